"""The text of RESULTS.md: tables from measurements, nothing typed by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from .engines import ENGINES
from .machine import Machine
from .running import Result
from .targets import TARGETS
from .workloads import CHAINS, DEPTHS, FIRST_CALLS, MEMORY, RATIOS, WIDTHS, Workload

PATH = Path(__file__).with_name("RESULTS.md")
_MIB = 2**20
_RATIOS = "Ratios to the floor"
_BOUNDED = f"{_RATIOS}: float64, one thread"  # the table that shows the bounds too
_BOUNDS = [(name, what) for name in ("dynamic tape", "compiled") for what in ("must", "goal")]

_HEAD = """\
# Results

{written}; [README.md](README.md) says what the numbers mean.

{machine}
{conditions}
Each engine ran in a process of its own, and all of them took turns, round by round. Before anything was
timed, the values and gradients of all engines were compared with those of a textbook version in float64. A
ratio is the median over the rounds of the time divided by the floor's time in the same round. Times are
medians, with minima in parentheses.
"""


def text(results: Sequence[Result], machine: Machine, *, quick: bool = False) -> str:
    """Write the whole page, without the parts that nothing was measured for.

    What ran once, cold, is held to no bound.
    """
    written = (
        "One call each (`--quick`): no measurement" if quick else "Written by `python -m benchmarks --write`"
    )
    head = _HEAD.format(machine=machine, conditions=machine.conditions, written=written)
    parts = [head, "" if quick else _targets(results)]
    settings = [(1, "float64"), (1, "float32"), (2, "float64"), (2, "float32")]
    tables: list[tuple[str, Callable[[Result, str], str]]] = [
        (_RATIOS, lambda r, name: f"{r.ratio(name):.2f}"),
        ("Times in µs", lambda r, name: f"{_us(r.median(name))} ({_us(r.minimum(name))})"),
    ]
    for title, cell in tables:
        for threads, dtype in settings:
            found = _of(results, RATIOS, threads, dtype)
            parts.append(_by_engine(f"{title}: {dtype}, {_threads(threads)}", found, cell))
    parts += [
        _faults(results),
        _by_engine("A chain of additions, in seconds", _of(results, CHAINS), _seconds),
        _memory(_of(results, MEMORY)),
        _by_engine("First call, in ms: record, plan and run", _of(results, FIRST_CALLS), _milliseconds),
        _growth("depth", "layers of 32 units, batch 32", _of(results, DEPTHS)),
        _growth("width", "units in two layers, batch 64", _of(results, WIDTHS)),
        _reasons(results, machine),
    ]
    return "\n".join(part for part in parts if part)


def _targets(results: Sequence[Result]) -> str:
    measured = {r.workload.name: r for r in results if (r.threads, r.dtype) == (1, "float64")}
    rows = []
    count = {"goal": 0, "must": 0, "met": 0, "MISSED": 0}
    for target in TARGETS:
        result = measured.get(target.workload)
        if result is None or (found := target.measured(result)) is None:
            continue
        value, engine = found
        verdict = target.verdict(value)
        count[verdict] += 1
        unit = {"us": "times the floor"}.get(result.workload.unit, result.workload.unit)
        goal = "" if target.goal is None else f"{target.goal:g}"
        rows.append(
            [
                target.name,
                target.workload,
                _title(engine),
                f"{value:.3g}",
                f"{target.must:g}",
                goal,
                unit,
                verdict,
            ]
        )
    if not rows:
        return ""
    reached = sum(count.values()) - count["MISSED"]
    return "\n".join(
        [
            "## Targets: float64, one thread\n",
            f"{reached} of {len(rows)} bounds that must hold are met, {count['goal']} with the goal too; "
            f"{count['MISSED']} missed.\n",
            table(["", "workload", "best form", "measured", "must", "goal", "unit", "verdict"], rows),
        ]
    )


def _by_engine(title: str, results: Sequence[Result], cell: Callable[[Result, str], str]) -> str:
    """A table with a row for each engine that took part, a column for each workload."""
    if not results:
        return ""
    rows = []
    for engine in ENGINES:
        if any(engine.name in r.samples for r in results):
            cells = [cell(r, engine.name) if engine.name in r.samples else "—" for r in results]
            rows.append([engine.title, *cells])
    if title == _BOUNDED:
        rows += [[f"{name}: {what}", *(_bound(name, what, r) for r in results)] for name, what in _BOUNDS]
    return f"## {title}\n\n" + table(["", *(r.workload.name for r in results)], rows)


def _bound(name: str, what: str, result: Result) -> str:
    found = (t for t in TARGETS if (t.name, t.workload) == (name, result.workload.name))
    return next((f"{getattr(t, what):g}" for t in found), "")


def _memory(results: Sequence[Result]) -> str:
    if not results:
        return ""
    rows = [
        [_title(name), f"{r.median(name) / _MIB:.2f}", f"{max(r.kept[name], 0) / _MIB:.2f}"]
        for r in results
        for name in r.samples
    ]
    lines = [
        "## Memory of a training step of the medium net, in MiB (`memory`)\n",
        "Beyond parameters and inputs, as `tracemalloc` sees it; into PyTorch and JAX it cannot see.\n",
        table(["", "extra at the peak of a step", "kept between steps"], rows),
    ]
    return "\n".join(lines)


def _faults(results: Sequence[Result]) -> str:
    found = [r for r in _of(results, RATIOS) if r.workload.batch > 100]
    note = (
        "\nMemory that is given back to the system and taken again is cleared page by page: about half a "
        "microsecond each.\n"
    )
    table = _by_engine(
        "Page faults per training step: float64, one thread", found, lambda r, n: f"{r.faults[n]:,.0f}"
    )
    return table and table + note


def _growth(what: str, of: str, results: Sequence[Result]) -> str:
    if len(results) < 3:
        return ""
    engines = [engine for engine in ENGINES if engine.name in results[0].samples]
    sizes = np.array([_size(r.workload) for r in results], dtype=float)
    rows = [[f"{r.workload.name}", *(_us(r.median(e.name)) for e in engines)] for r in results]
    for label, line in (("exponent of the last doubling", _exponent), ("fit", _fit)):
        if label != "fit" or what == "depth":
            rows.append(
                [label, *(line(sizes, np.array([r.median(e.name) for r in results])) for e in engines)]
            )
    return f"## Growth with {what} ({of}), in µs a step\n\n" + table(["", *(e.title for e in engines)], rows)


def _size(workload: Workload) -> int:
    return len(workload.sizes) - 1 if workload in DEPTHS else workload.sizes[0]


def _exponent(sizes: np.ndarray, seconds: np.ndarray) -> str:
    return f"{math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2]):.2f}"


def _fit(sizes: np.ndarray, seconds: np.ndarray) -> str:
    """A straight line through the times, each with the same relative weight, and how far the worst is off."""
    design = np.stack([np.ones_like(sizes), sizes], axis=1)
    (start, slope), *_ = np.linalg.lstsq(design / seconds[:, None], np.ones_like(seconds), rcond=None)
    off = np.max(np.abs(design @ (start, slope) / seconds - 1))
    return f"{start * 1e6:.0f} + {slope * 1e6:.1f} each, within {off:.0%}"


def _reasons(results: Sequence[Result], machine: Machine) -> str:
    lines = [f"- {_title(name)} is absent: {reason}." for name, reason in machine.absent.items()]
    seen: dict[tuple[str, str], list[str]] = {}
    for r in results:
        for name, reason in r.reasons.items():
            if name not in machine.absent and (known := seen.setdefault((name, reason), [])) is not None:
                known += [r.workload.name] if r.workload.name not in known else []
    lines += [f"- {_title(name)}, {', '.join(names)}: {reason}." for (name, reason), names in seen.items()]
    lines += [
        f"- {_title(name)} used {busy:.1f} processors although it was held to one thread."
        for name, busy in machine.busy.items()
        if busy > 1.2
    ]
    return "## What is missing, and why\n\n" + "\n".join(lines) + "\n" if lines else ""


def _of(
    results: Iterable[Result], workloads: Sequence[Workload], threads: int = 1, dtype: str = "float64"
) -> list[Result]:
    return [
        r
        for r in results
        if r.workload in workloads and (r.threads, r.dtype) == (threads, dtype) and r.samples
    ]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table: the first column to the left, the others to the right."""
    lines = [head, [":-" if k == 0 else "-:" for k in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _title(name: str) -> str:
    return next(engine.title for engine in ENGINES if engine.name == name)


def _threads(threads: int) -> str:
    return "one thread" if threads == 1 else "two threads"


def _us(seconds: float) -> str:
    us = seconds * 1e6
    return f"{us:,.0f}" if us >= 100 else f"{us:.3g}"


def _seconds(r: Result, name: str) -> str:
    return f"{r.median(name):.3g} ({r.minimum(name):.3g})"


def _milliseconds(r: Result, name: str) -> str:
    return f"{r.median(name) * 1e3:.3g} ({r.minimum(name) * 1e3:.3g})"
