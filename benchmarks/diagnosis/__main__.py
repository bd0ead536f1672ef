"""The command: ``python -m benchmarks.diagnosis [--write]``."""

from __future__ import annotations

import argparse
import contextlib
import io
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from autograder import check
from autograder.exercises import of_unit, units
from tests.autograder.bank import RIGHT, WRONG
from tests.autograder.solutions import RIGHT as SOLUTIONS

from ..machine import Machine
from ..report import table
from . import Told, judged

PATH = Path(__file__).with_name("RESULTS.md")
ROUNDS = 5
TRAINED = ("NB06.E09", "NB09.E08", "NB10.E05")  # their checks train networks

_HEAD = """\
# Naming mistakes, and the time of a check

Written by `python -m benchmarks.diagnosis --write`.

{machine}

The bank in `tests/autograder/bank/` has {wrong} wrong answers to {exercises} exercises and {right} right ones
in unusual styles, written from the notebooks without sight of the catalogue's code. {of_the_catalogue} of the
wrong ones have a mistake of the catalogue, as their authors labelled them. Many exercises know a mistake under
a name of their own (`value-for-slope`); where a person read it as the same (`own_names.py`), it counts too.

{first}
"""

# What the bank was for: the state before any declaration was mended for it. It cannot be measured again.
_FIRST = """\
"""


def main() -> None:
    """Judge the bank, time the checks of right answers, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    written = parser.parse_args().write
    told = [judged(wrong) for wrong in WRONG]
    passed = [check(right.exercise, right.answer).ok for right in RIGHT]
    text = "\n".join(_report(told, passed))
    print(text)
    if written:
        PATH.write_text(text, encoding="utf-8")


def _report(told: list[Told], passed: list[bool]) -> Iterator[str]:
    labelled = [one for one in told if one.wrong.label]
    yield _HEAD.format(
        machine=Machine(),
        wrong=len(told),
        exercises=len({one.wrong.exercise for one in told}),
        right=len(passed),
        of_the_catalogue=len(labelled),
        first=_FIRST,
    )
    counts = [
        (
            "wrong answers refused (M16 is accepted, with a remark)",
            sum(map(_is_refused, told)),
            len(told),
            "all",
        ),
        (
            "mistakes of the catalogue named rightly",
            sum(one.is_named_rightly for one in labelled),
            len(labelled),
            "90 %",
        ),
        (
            "of these, by the catalogue's code",
            sum(one.is_named_exactly for one in labelled),
            len(labelled),
            "",
        ),
        (
            "wrong answers named wrongly",
            sum(one.is_named_wrongly for one in told),
            len(told),
            "at most 2 %",
        ),
        ("right answers passed", sum(passed), len(passed), "all"),
    ]
    yield table(
        ["", "count", "of", "share", "asked"],
        [[name, str(n), str(of), f"{n / of:.1%}", asked] for name, n, of, asked in counts],
    )
    yield "\n## Not named rightly\n"
    yield table(
        ["exercise", "label", "what went wrong", "said"],
        [
            [one.wrong.exercise, one.wrong.label, one.wrong.why, " ".join(one.codes) or "nothing"]
            for one in told
            if (one.wrong.label and not one.is_named_rightly) or one.is_named_wrongly
        ],
    )
    yield "\n## Time of a check\n"
    yield (
        f"Milliseconds, medians of {ROUNDS}. Of right answers, over all exercises; of the bank's wrong ones, "
        "which are checked once each.\n"
    )
    times = {e.id: _milliseconds(e.id) for unit in units() for e in of_unit(unit)}
    quick = {name: time for name, time in times.items() if name not in TRAINED}
    slowest = max(quick, key=quick.__getitem__)
    diagnosed = sorted(1e3 * one.seconds for one in told if one.wrong.exercise not in TRAINED)
    yield table(
        ["", "median", "worst", "which", "asked"],
        [
            [
                "right answers",
                f"{statistics.median(quick.values()):.0f}",
                f"{quick[slowest]:.0f}",
                slowest,
                "100, 1000",
            ],
            ["wrong answers", f"{statistics.median(diagnosed):.0f}", f"{diagnosed[-1]:.0f}", "", "100, 1000"],
            *[[f"training, {name}", f"{times[name]:.0f}", "", "", "20000"] for name in TRAINED],
        ],
    )


def _is_refused(one: Told) -> bool:
    return one.refused or one.codes == ("M16",)


def _milliseconds(id: str) -> float:
    """Time the check of the first right answer of an exercise."""
    taken = []
    for _ in range(1 if id in TRAINED else ROUNDS):
        begun = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            check(id, SOLUTIONS[id][0])
        taken.append(1e3 * (time.perf_counter() - begun))
    return statistics.median(taken)


if __name__ == "__main__":
    main()
