"""The machine and the versions a measurement was taken with; no names, no paths, no dates."""

from __future__ import annotations

import os
import platform
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .engines import BY_NAME

_LOOP = 100_000  # multiplications


@dataclass
class Machine:
    """Where the numbers come from.

    Attributes
    ----------
    versions, absent : dict
        By engine, its version or why it is not here.
    busy : dict
        By engine, the largest CPU time by wall time with one thread: above 1 it used more than one.
    conditions : str
        What `Conditions` says.
    """

    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)
    conditions: str = ""

    def __str__(self) -> str:
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        parts = [
            f"{_cpu()}, {os.cpu_count()} cores, {platform.system()}",
            f"{platform.python_implementation()} {platform.python_version()}",
            f"NumPy {np.__version__} with {blas['name']} {blas['version']}",
        ]
        parts += [f"{BY_NAME[name].title} {version}" for name, version in self.versions.items() if version]
        return "; ".join(parts)


class Conditions:
    """Notes, from its making on, how busy other programs keep the machine, and how fast it runs.

    A virtual machine may run at half its speed for hours without a word, when another one shares its cores.
    """

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.busy = _busy_seconds()
        self.own = _own_seconds()
        self.loops: list[float] = []
        self.look()

    def look(self) -> None:
        """Time a loop of Python, in milliseconds."""
        begun = time.perf_counter()
        total = 0
        for i in range(_LOOP):
            total += i * i
        self.loops.append((time.perf_counter() - begun) * 1e3)

    def processors(self) -> float | None:
        """Give how many processors others used on average; `None` where the system does not say."""
        if self.busy is None or (busy := _busy_seconds()) is None:
            return None
        spent = busy - self.busy - (_own_seconds() - self.own)
        return max(0.0, spent / (time.perf_counter() - self.start))

    def __str__(self) -> str:
        """Say it in a paragraph of its own."""
        others, least, most = self.processors(), min(self.loops), max(self.loops)
        lines = (
            []
            if others is None
            else [f"Other programs kept {others:.1f} processors busy meanwhile, on average."]
        )
        lines += [
            f"A loop of {_LOOP:,} multiplications in Python, which tells how fast the machine ran, took",
            f"{statistics.median(self.loops):.1f} ms in the median, and from {least:.1f} to {most:.1f} ms.",
        ]
        return "\n".join(["", *lines, ""])


def _own_seconds() -> float:
    """CPU time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def _busy_seconds() -> float | None:
    """CPU time of all processors since the start of the system that was not idle."""
    try:
        line = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, interrupts, soft = map(int, line.split()[1:8])
    return float(user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU"
    )
