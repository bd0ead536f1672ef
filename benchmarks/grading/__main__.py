"""The command: ``python -m benchmarks.grading [--quick] [--count N] [--write]``."""

from __future__ import annotations

import argparse
import importlib.metadata
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ..machine import Machine, Others
from ..report import table
from . import by_part, commands, crowd
from .submissions import right, write

PATH = Path(__file__).with_name("RESULTS.md")
CPU, CROWD, SECONDS, MEMORY = 30.0, 10_000, 600.0, 500  # ms; submissions; for all of them; MiB
_MIB = 1 << 20

_HEAD = """\
# Grading

Written by `python -m benchmarks.grading --write`.

{machine}; nbgrader {nbgrader}
{others}
All submissions are to NB04, with six of its seven exercises answered and the seventh left as it was released.
Processor time is a median over {rounds} rounds of {count} right submissions, without what starting costs. The
graders took turns, {turns} each, on the same {batch} submissions, started as a teacher starts them; a time is
the median of the turns, starting included.
"""


def side_by_side(turns: int, batch: int) -> dict[str, list[float]]:
    """Seconds a submission of each grader, one number for each turn."""
    graders: dict[str, Callable[[Path], float]] = {
        "`autograder grade`": commands.autograder,
        "`nbgrader autograde`": commands.nbgrader,
    }
    seconds: dict[str, list[float]] = {name: [] for name in graders}
    for turn in range(turns):
        names = list(graders)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            with tempfile.TemporaryDirectory(prefix="course-") as folder:
                write(Path(folder), ((f"student{n}", right(n)) for n in range(batch)))
                seconds[name].append(graders[name](Path(folder)) / batch)
    return seconds


def text(head: str, cost: by_part.Cost, seconds: dict[str, list[float]], large: crowd.Class) -> str:
    """Write the whole page."""
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
    times = [[name, f"{statistics.median(s):.2f}", f"{min(s):.2f}"] for name, s in seconds.items()]
    times.append(["`otter run`", f"absent: {commands.otter_is_absent()}", ""])
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
            table(["", "median", "least"], times),
            f"## A mixed class of {large.count:,}\n",
            "Of 20 submissions 12 are right, 6 wrong, one is broken and one hits a limit: it loops, sleeps, "
            "takes all memory, recurses without end, or ends its process.\n",
            f"{large.seconds:,.0f} s in all, {large.count / large.seconds:.1f} submissions a second; "
            f"{large.full:,} with full points for the six answers; memory of the grader and its workers at "
            f"their peaks: {memory}.\n",
            table(["state", "submissions"], states),
        ]
    )


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> int:
    """Measure, print the page, and with ``--write`` keep it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: does it run?")
    parser.add_argument("--count", type=int, default=CROWD, help="size of the mixed class")
    parser.add_argument("--write", action="store_true", help="write benchmarks/grading/RESULTS.md")
    options = parser.parse_args()
    if options.write and options.quick:
        parser.error("RESULTS.md is written by a full run only")
    rounds, count, turns, batch = (1, 5, 1, 2) if options.quick else (5, 30, 3, 30)
    others = Others()
    cost = by_part.measure(count, rounds)
    seconds = side_by_side(turns, batch)
    large = crowd.measure(200 if options.quick else options.count)
    busy = others.processors()
    head = _HEAD.format(
        machine=Machine(),
        nbgrader=importlib.metadata.version("nbgrader"),
        others=""
        if busy is None
        else f"\nOther programs kept {busy:.1f} processors busy meanwhile, on average.\n",
        rounds=rounds,
        count=count,
        batch=batch,
        turns=turns,
    )
    page = text(head, cost, seconds, large)
    print(page)
    if options.write:
        PATH.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
