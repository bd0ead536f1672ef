"""The command: ``python -m benchmarks.grading [--quick] [--count N] [--turns N] [--otter DIR] [--write]``."""

from __future__ import annotations

import argparse
import importlib.metadata
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..machine import Conditions, Machine
from ..report import table
from . import by_part, commands, crowd
from .otter import Absent, Otter, prepared
from .submissions import right, write

PATH = Path(__file__).with_name("RESULTS.md")
CPU, CROWD, SECONDS, MEMORY = 30.0, 10_000, 600.0, 500  # ms; submissions; for all of them; MiB
_MIB = 1 << 20

_HEAD = """\
# Grading

Written by `python -m benchmarks.grading --write`.

{machine}; nbgrader {nbgrader}
{conditions}
All submissions are to NB04, with six of its seven exercises answered and the seventh left as it was released.
Processor time is a median over {rounds} rounds of {count} right submissions, without what starting costs. The
graders took turns, {turns} each, on the same {batch} submissions, started as a teacher starts them; a time is
the median of the turns, starting included, a ratio the median of the ratios in the same turn.
"""
_OURS = "`autograder grade`"


def side_by_side(
    turns: int, batch: int, otter: Otter | None, look: Callable[[], None]
) -> dict[str, list[float]]:
    """Seconds a submission of each grader, one number for each turn."""
    graders: dict[str, Callable[[Path], float]] = {
        _OURS: commands.autograder,
        "`nbgrader autograde`": commands.nbgrader,
    }
    if otter is not None:
        graders[f"`otter run` ({otter.version})"] = otter.grade
    seconds: dict[str, list[float]] = {name: [] for name in graders}
    for turn in range(turns):
        names = list(graders)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            with tempfile.TemporaryDirectory(prefix="course-") as folder:
                write(Path(folder), ((f"student{n}", right(n)) for n in range(batch)))
                seconds[name].append(graders[name](Path(folder)) / batch)
            look()
            _progress(f"turn {turn + 1}, {name}: {seconds[name][-1]:.2f} s a submission")
    return seconds


def text(
    head: str, cost: by_part.Cost, seconds: dict[str, list[float]], absent: str, large: crowd.Class
) -> str:
    """Write the whole page; `absent` says why Otter is not in it, empty if it is."""
    both = cost.parent + cost.processes
    allowed = SECONDS * large.count / CROWD
    memory = f"{large.memory / _MIB:,.0f} MiB" if large.memory else "not known"
    targets = [
        ["processor time of a right submission", f"{both:.1f} ms", f"{CPU:g} ms", _verdict(both <= CPU)],
        [
            f"a class of {large.count:,}",
            f"{large.seconds:,.0f} s",
            f"{allowed:,.0f} s ({CROWD:,} in {SECONDS:g} s)",
            _verdict(large.seconds <= allowed),
        ],
        ["the grader's own memory", memory, f"{MEMORY} MiB", _verdict(large.memory <= MEMORY * _MIB)],
    ]
    times = [
        [name, f"{statistics.median(s):.2f}", f"{min(s):.2f}", f"{_ratio(s, seconds[_OURS]):.1f}"]
        for name, s in seconds.items()
    ]
    if absent:
        times.append(["`otter run`", f"absent: {absent}", "", ""])
    states = [[state.replace("_", " "), f"{count:,}"] for state, count in large.states.items()]
    return "\n".join(
        [
            head,
            table(["", "measured", "must", "verdict"], targets),
            f"## A right submission, in ms of processor time (isolation: {cost.isolation})\n",
            table(
                ["the grader's process", "zygote and children", "both"],
                [[f"{cost.parent:.1f}", f"{cost.processes:.1f}", f"{both:.1f}"]],
            ),
            "## The same right submissions, in seconds each\n",
            table(["", "median", "least", "ratio"], times),
            f"## A mixed class of {large.count:,}\n",
            "Of 20 submissions 12 are right, 6 wrong, one is broken and one hits a limit: it loops, sleeps, "
            "takes all memory, recurses without end, or ends its process.\n",
            f"{large.seconds:,.0f} s in all, {large.count / large.seconds:.1f} submissions a second; "
            f"{large.full:,} with full points for the six answers; memory of the grader and its workers at "
            f"their peaks: {memory}.\n",
            table(["state", "submissions"], states),
        ]
    )


def _ratio(theirs: list[float], ours: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def _progress(done: str) -> None:
    sys.stderr.write(f"{done}\n")


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> int:
    """Measure, print the page, and with ``--write`` keep it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: does it run?")
    parser.add_argument("--count", type=int, default=CROWD, help="size of the mixed class")
    parser.add_argument("--turns", type=int, default=3, help="of each grader, side by side")
    parser.add_argument(
        "--otter",
        type=Path,
        help="a virtual environment with otter-grader, made by pip where it is not there; "
        "by default one for this run alone, none with --quick",
    )
    parser.add_argument("--write", action="store_true", help="write benchmarks/grading/RESULTS.md")
    options = parser.parse_args()
    if options.write and options.quick:
        parser.error("RESULTS.md is written by a full run only")
    rounds, count, turns, batch = (1, 5, 1, 2) if options.quick else (5, 30, options.turns, 30)
    conditions = Conditions()
    cost = by_part.measure(count, rounds, conditions.look)
    _progress(f"a right submission: {cost.parent:.1f} + {cost.processes:.1f} ms of processor time")
    large = crowd.measure(200 if options.quick else options.count)
    conditions.look()
    _progress(f"a mixed class of {large.count}: {large.seconds:.0f} s")
    otter, absent = None, "not asked for"
    with tempfile.TemporaryDirectory(prefix="otter-") as made:
        if options.otter or not options.quick:
            try:
                environment = options.otter.absolute() if options.otter else Path(made, "environment")
                otter, absent = prepared(environment, Path(made)), ""
            except Absent as error:
                absent = str(error)
                _progress(f"Otter is absent: {absent}")
        seconds = side_by_side(turns, batch, otter, conditions.look)
    head = _HEAD.format(
        machine=Machine(),
        nbgrader=importlib.metadata.version("nbgrader"),
        conditions=conditions,
        rounds=rounds,
        count=count,
        batch=batch,
        turns=turns,
    )
    page = text(head, cost, seconds, absent, large)
    print(page)
    if options.write:
        PATH.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
