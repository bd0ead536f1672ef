"""The command: ``python -m benchmarks.epochs [--quick] [--only NAME] [--write]``."""

from __future__ import annotations

import argparse
import importlib.metadata
import math
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ..machine import Conditions, Machine
from ..report import table
from ..running import _environment
from . import CONTESTANTS
from .cases import CASES, EPOCHS, Case, loss
from .processes import Process

PATH = Path(__file__).with_name("RESULTS.md")
ROUNDS = 15
WITHIN = 1.15  # of the loop by hand; and faster than both libraries

_HEAD = """\
# Epochs of training

Written by `python -m benchmarks.epochs --write`.

{machine}; {versions}
{conditions}
An epoch of digits has 57 steps, one of moons 32, with 32 examples each, in float64 and with one thread.
Everybody takes the same steps from the same start, in the same order; the losses after them are compared
before a time is written. Each has a process of its own, and all took turns, {rounds} rounds long. An epoch is
what a run of {long} epochs takes longer than a run of one, divided by {more}: medians over the rounds, minima
in parentheses. A ratio is the median of the ratios within a round. The first epoch has whatever is set up
once; ours is planned in it.
"""


@dataclass
class Measured:
    """Of one case: milliseconds of an epoch and of a first epoch by contestant, one for each round."""

    case: Case
    epochs: dict[str, list[float]] = field(default_factory=dict)
    firsts: dict[str, list[float]] = field(default_factory=dict)

    def ratio(self, name: str, other: str) -> float:
        """Median over the rounds of the ratio of two epochs of the same round."""
        pairs = zip(self.epochs[name], self.epochs[other], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def tolerance(case: Case, name: str) -> float:
    """How far losses may lie apart, as a share.

    The steps are the same but for the order of some sums: 600 of them leave 1e-9 with room to spare, while
    another order of the examples is seen in the third digit. scikit-learn's Adam adds eps to the root of the
    raw second moment, so that eps counts for more in the first steps: 1e-3.
    """
    return 1e-3 if (case.rule, name) == ("adam", "with_sklearn") else 1e-9


def measure(case: Case, processes: dict[str, Process], rounds: int) -> Measured:
    """Compare the losses, then time everybody in turn."""
    right = loss(case, processes["by_hand"].train(case, 1 + EPOCHS).params)
    for name, process in processes.items():
        found = loss(case, process.train(case, 1 + EPOCHS).params)
        if not math.isclose(found, right, rel_tol=tolerance(case, name)):
            raise SystemExit(
                f"error: {name} reaches another loss in {case.name}: {found!r} instead of {right!r}"
            )
    measured = Measured(case)
    names = list(processes)
    for k in range(rounds):
        turn = k % len(names)  # who begins changes
        for name in names[turn:] + names[:turn]:
            first = processes[name].train(case, 1).seconds
            whole = processes[name].train(case, 1 + EPOCHS).seconds
            measured.firsts.setdefault(name, []).append(first * 1e3)
            measured.epochs.setdefault(name, []).append((whole - first) / EPOCHS * 1e3)
    return measured


def text(results: list[Measured], machine: str, versions: str, conditions: str, rounds: int) -> str:
    """Write the page."""
    named = [c for c in CONTESTANTS if any(c.name in r.epochs for r in results)]
    head = _HEAD.format(
        machine=machine, versions=versions, conditions=conditions, rounds=rounds, long=1 + EPOCHS, more=EPOCHS
    )
    targets = []
    for r in results:
        for other, bound in (("by_hand", WITHIN), ("with_torch", 1.0), ("with_sklearn", 1.0)):
            if other in r.epochs:
                found = r.ratio("ours", other)
                title = next(c.title for c in named if c.name == other)
                verdict = "met" if found <= bound else "MISSED"
                targets.append([r.case.name, title, f"{found:.2f}", f"{bound:g}", verdict])
    columns = ["", *(r.case.name for r in results)]
    times = [
        [
            c.title,
            *(f"{statistics.median(r.epochs[c.name]):.2f} ({min(r.epochs[c.name]):.2f})" for r in results),
        ]
        for c in named
    ]
    firsts = [[c.title, *(f"{statistics.median(r.firsts[c.name]):.1f}" for r in results)] for c in named]
    parts = [
        head,
        "## Ours as a share of the others' time\n\n"
        + table(["", "of", "measured", "bound", "verdict"], targets),
        "## An epoch, in ms\n\n" + table(columns, times),
        "## The first epoch of a run, in ms\n\n" + table(columns, firsts),
    ]
    return "\n".join(parts)


def main() -> int:
    """Measure, print the tables, and with ``--write`` keep them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.epochs", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round: does it run and agree?")
    parser.add_argument("--only", action="append", metavar="NAME", help="one case; may be repeated")
    parser.add_argument("--write", action="store_true", help="write benchmarks/epochs/RESULTS.md")
    options = parser.parse_args()
    chosen = [case for case in CASES if case.name in (options.only or [case.name])]
    if not chosen:
        parser.error(f"there are {', '.join(case.name for case in CASES)}")
    if options.write and (options.only or options.quick):
        parser.error("RESULTS.md is written by a full run only")
    os.environ.update(_environment(1))  # before NumPy is loaded by the processes
    processes, versions = {}, []
    for c in CONTESTANTS:
        try:
            versions += [f"{c.title} {importlib.metadata.version(c.package)}"] if c.package else []
        except importlib.metadata.PackageNotFoundError:
            print(f"{c.title} is not installed", file=sys.stderr)
            continue
        processes[c.name] = Process(c.name)
    rounds = 1 if options.quick else ROUNDS
    conditions = Conditions()
    try:
        results = []
        for case in chosen:
            results.append(measure(case, processes, rounds))
            conditions.look()
    finally:
        for process in processes.values():
            process.close()
    page = text(results, str(Machine()), "; ".join(versions), str(conditions), rounds)
    print(page)
    if options.write:
        PATH.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
