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
from tests.autograder.bank.second import WRONG as SECOND
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

The bank in `tests/autograder/bank/` has {wrong} wrong answers to {exercises} exercises and {right}
right ones in unusual styles, written from the notebooks without sight of the catalogue's code.
{labelled} of the wrong ones have a mistake of the catalogue, as their authors labelled them. Many
exercises know a mistake under a name of their own (`value-for-slope`); where a person read it as the
same (`own_names.py`), it counts too. M16 is accepted with a remark, and counts as refused.

The first round, before anything was mended for it: 292 of 351 mistakes of the catalogue were named by
its code, 308 (88 %) by that or a name of their own; 8 of 465 answers (1.7 %) were given a name that did
not fit, 4 wrong ones passed, no right one was refused. Then declarations were mended by what it had
shown, so that the table's numbers for it say how well it is kept. A second round, {second} answers, was
written in the same way and measured without mending anything: it says what one clean new mistake meets.
"""


def main() -> None:
    """Judge the bank, time the checks of right answers, print the tables, and write them if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.diagnosis", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    written = parser.parse_args().write
    first, second = [[judged(wrong) for wrong in bank] for bank in (WRONG, SECOND)]
    passed = [check(right.exercise, right.answer).ok for right in RIGHT]
    text = "\n".join([*_naming(first, second, passed), *_times(first + second)])
    print(text)
    if written:
        PATH.write_text(text, encoding="utf-8")


def _naming(first: list[Told], second: list[Told], passed: list[bool]) -> Iterator[str]:
    yield _HEAD.format(machine=Machine(), second=len(second), **_sizes(first), right=len(passed))
    rows = [*_counts("first round", first), *_counts("second round", second)]
    rows.append(("right answers passed", sum(passed), len(passed), "all"))
    yield table(
        ["", "count", "of", "share", "asked"],
        [[name, str(n), str(of), f"{n / of:.1%}", asked] for name, n, of, asked in rows],
    )
    yield "\n## Not named rightly\n"
    yield table(
        ["exercise", "label", "what went wrong", "said"],
        [
            [one.wrong.exercise, one.wrong.label or "none", one.wrong.why, " ".join(one.codes) or "nothing"]
            for one in first + second
            if (one.wrong.label and not one.is_named_rightly) or one.is_named_wrongly
        ],
    )


def _sizes(told: list[Told]) -> dict[str, int]:
    exercises = {one.wrong.exercise for one in told}
    return {"wrong": len(told), "exercises": len(exercises), "labelled": len(_labelled(told))}


def _labelled(told: list[Told]) -> list[Told]:
    return [one for one in told if one.wrong.label]


def _counts(name: str, told: list[Told]) -> Iterator[tuple[str, int, int, str]]:
    labelled = _labelled(told)
    yield f"{name}: wrong answers refused", sum(map(_is_refused, told)), len(told), "all"
    yield f"{name}: named rightly", sum(one.is_named_rightly for one in labelled), len(labelled), "90 %"
    exactly = sum(one.is_named_exactly for one in labelled)
    yield f"{name}: by the catalogue's own code", exactly, len(labelled), ""
    yield f"{name}: named wrongly", sum(one.is_named_wrongly for one in told), len(told), "at most 2 %"


def _times(told: list[Told]) -> Iterator[str]:
    yield "\n## Time of a check\n"
    yield (
        f"Milliseconds, medians of {ROUNDS}. Of right answers, over all exercises; of the bank's wrong ones, "
        "which are checked once each.\n"
    )
    times = {e.id: _milliseconds(e.id) for unit in units() for e in of_unit(unit)}
    quick = {name: time for name, time in times.items() if name not in TRAINED}
    slowest = max(quick, key=quick.__getitem__)
    diagnosed = sorted(
        (1e3 * one.seconds, one.wrong.exercise) for one in told if one.wrong.exercise not in TRAINED
    )
    right = ["right answers", f"{statistics.median(quick.values()):.0f}", f"{quick[slowest]:.0f}", slowest]
    longest, where = diagnosed[-1]
    middle = statistics.median(milliseconds for milliseconds, _ in diagnosed)
    wrong = ["wrong answers", f"{middle:.0f}", f"{longest:.0f}", where]
    yield table(
        ["", "median", "worst", "which", "asked"],
        [
            [*right, "100, 1000"],
            [*wrong, "100, 1000"],
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
