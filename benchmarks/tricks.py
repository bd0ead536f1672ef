"""Where the time goes, and what each trick buys: ``python -m benchmarks.tricks [--write] [--only TEXT]``.

Both versions of a trick are run in turn in this process, on one thread, after their results were compared.
``--write`` puts the tables into README.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # read when NumPy is loaded

import numpy as np

from backprop_course import compile, value_and_grad

from . import numpy_tricks as numpy_tricks  # enters its tricks
from . import plan_tricks as plan_tricks
from . import walk_tricks as walk_tricks
from .machine import Machine
from .report import table
from .trick_list import TRICKS, Trick

README = Path(__file__).with_name("README.md")
_ROUNDS = 80
_SECONDS = 0.003  # of one batch
_LINKS = 100  # operations of the chain that is taken apart

# The time of this process alone, which has one thread; where that clock is coarse, the one on the wall.
_FINE = time.get_clock_info("process_time").resolution < 1e-6
_clock = time.process_time if _FINE else time.perf_counter

Run = Callable[[], Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the tables, and with ``--write`` put them into README.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tricks", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="tricks whose name contains this")
    parser.add_argument("--quick", action="store_true", help="each once: does it run, do both ways agree?")
    parser.add_argument("--write", action="store_true", help="put the tables into benchmarks/README.md")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.quick):
        parser.error("README.md is written with all tricks, measured at length")
    rounds = 1 if options.quick else _ROUNDS
    chosen = [t for t in TRICKS if options.only in t.name]
    if not chosen:
        parser.error(f"no trick has {options.only!r} in its name: {'; '.join(t.name for t in TRICKS)}")
    tables = {"tricks": trick_table(chosen, rounds)}
    if not options.only:
        tables = {"machine": f"{Machine()}\n", "anatomy": anatomy_table(rounds), **tables}
    for text in tables.values():
        print(text)
    if options.write:
        page = README.read_text(encoding="utf-8")
        for name, text in tables.items():
            page = filled(page, name, text)
        README.write_text(page, encoding="utf-8")
    return 0


def filled(page: str, name: str, text: str) -> str:
    """Replace what stands between the marks of a generated part."""
    begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"README.md has no part between {begin.strip()} and {end}")
    return before + begin + text + end + after


def in_turn(runs: Sequence[Run], rounds: int) -> list[float]:
    """Seconds of a call of each of `runs`, in batches that take turns: the least, for others only add."""
    calls = []
    for run in runs:
        run()
        start = _clock()
        run()
        calls.append(max(1, round(_SECONDS / max(_clock() - start, 1e-7))) if rounds > 1 else 1)
    samples: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, count, seconds in zip(runs, calls, samples, strict=True):
            start = _clock()
            for _ in range(count):
                run()
            seconds.append((_clock() - start) / count)
    return [min(seconds) for seconds in samples]


def trick_table(tricks: Sequence[Trick], rounds: int) -> str:
    """One row for each trick: without it, with it, and what it buys."""
    rows = []
    for t in tricks:
        without, with_it = t.make()
        np.testing.assert_allclose(_numbers(with_it()), _numbers(without()), rtol=1e-9, err_msg=t.name)
        slow, fast = in_turn((without, with_it), rounds)
        rows.append([t.name, t.where, _us(slow), _us(fast), f"{slow / fast:.1f}", t.reason])
    return table(["trick", "measured on", "without, µs", "with, µs", "times faster", "why"], rows)


def anatomy_table(rounds: int) -> str:
    """Where the time of one multiplication goes, in µs, forward and back, on three sizes of arrays."""
    rng = np.random.default_rng(0)
    rows: list[list[str]] = [
        ["the product itself, forward and back"],
        ["on the tape: recorded and walked back"],
        ["on the tape, each call of `value_and_grad` besides"],
        ["replayed by `compile`"],
        ["replayed, each call besides"],
    ]
    for c in (1.0001, rng.uniform(0.9, 1.1, 10), rng.uniform(0.9, 1.1, (64, 64))):
        parts = _anatomy(c, rounds)
        for row, seconds in zip(rows, parts, strict=True):
            row.append(_us(max(seconds, 0.0)))
    return table(["µs", "a float", "10 entries", "64 × 64 entries"], rows)


def _anatomy(c: Any, rounds: int) -> list[float]:
    """Seconds of one multiplication by `c`: alone, on the tape, in a plan; and of the calls around them."""

    def chain(x: Any, c: Any, links: int) -> Any:
        for _ in range(links):
            x = x * c
        return x if type(x.value) is float else x.sum()

    x = c * 1.0
    f = value_and_grad(chain)

    def by_hand() -> Any:
        value = bar = x
        for _ in range(_LINKS):
            value = value * c
        for _ in range(_LINKS):
            bar = bar * c
        return value, bar

    plans = [compile(value_and_grad(lambda x, c, n=n: chain(x, c, n)), x, c) for n in (1, _LINKS + 1)]
    runs: list[Run] = [by_hand, lambda: f(x, c, 1), lambda: f(x, c, _LINKS + 1)]
    runs += [lambda: plans[0](x, c), lambda: plans[1](x, c)]
    alone, short, long, replayed_short, replayed_long = in_turn(runs, rounds)
    per_link, per_link_replayed = (long - short) / _LINKS, (replayed_long - replayed_short) / _LINKS
    return [alone / _LINKS, per_link, short - per_link, per_link_replayed, replayed_short - per_link_replayed]


def _numbers(result: Any) -> list[float]:
    """All numbers in a result, in order."""
    if isinstance(result, list | tuple):
        return [x for part in result for x in _numbers(part)]
    return [float(x) for x in np.ravel(result)]


def _us(seconds: float) -> str:
    return f"{seconds * 1e6:.3g}" if seconds < 1e-4 else f"{seconds * 1e6:,.0f}"


if __name__ == "__main__":
    sys.exit(main())
