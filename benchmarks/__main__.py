"""The command: ``python -m benchmarks [--quick] [--only NAME] [--write]``."""

from __future__ import annotations

import argparse
import sys
import time

from . import report
from .machine import Conditions, Machine
from .running import FULL, QUICK, Failure, Result, Session, Setting
from .workloads import CHAINS, WORKLOADS, Workload


def main(arguments: list[str] | None = None) -> int:
    """Measure, print the tables, and with ``--write`` keep them in RESULTS.md."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="once each, the longest left out: does it run and agree?"
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="one workload; may be repeated")
    parser.add_argument("--write", action="store_true", help="write benchmarks/RESULTS.md")
    options = parser.parse_args(arguments)
    names = [w.name for w in WORKLOADS]
    for name in options.only or ():
        if name not in names:
            parser.error(f"no workload is called {name!r}; there are {', '.join(names)}")
    if options.write and (options.only or options.quick):
        parser.error("RESULTS.md is written by a full run only")
    chosen = [w for w in WORKLOADS if w.name in (options.only or names)]
    if options.quick and not options.only:
        chosen.remove(CHAINS[-1])
    try:
        results, machine = run(chosen, QUICK if options.quick else FULL, (1,) if options.quick else (1, 2))
    except Failure as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    text = report.text(results, machine, quick=options.quick)
    print(text)
    if options.write:
        report.PATH.write_text(text, encoding="utf-8")
    return 0


def run(
    workloads: list[Workload], setting: Setting, all_threads: tuple[int, ...]
) -> tuple[list[Result], Machine]:
    """Measure all `workloads`; a second thread only where matrices are multiplied and engines compared."""
    results = []
    conditions = Conditions()
    busy: dict[str, float] = {}
    for threads in all_threads:
        mine = [w for w in workloads if threads == 1 or (w.blas and not w.engines)]
        if not mine:
            continue
        with Session(threads) as session:
            for workload in mine:
                for dtype in workload.dtypes:
                    start = time.perf_counter()
                    results.append(session.measure(workload, dtype, setting))
                    conditions.look()
                    spent = time.perf_counter() - start
                    print(f"{workload.name} {dtype} threads={threads}: {spent:.1f} s", file=sys.stderr)
            if threads == 1:
                busy = {name: peer.busy for name, peer in session.peers.items()}
            versions, absent = session.versions, session.absent
    return results, Machine(versions, absent, busy, str(conditions))


if __name__ == "__main__":
    sys.exit(main())
