"""The machine and the versions a measurement was taken with; no names, no paths, no dates."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .engines import BY_NAME


@dataclass
class Machine:
    """Where the numbers come from.

    Attributes
    ----------
    versions, absent : dict
        By engine, its version or why it is not here.
    busy : dict
        By engine, the largest CPU time by wall time with one thread: above 1 it used more than one.
    """

    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    busy: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        parts = [
            f"{_cpu()}, {os.cpu_count()} cores, {platform.system()}",
            f"{platform.python_implementation()} {platform.python_version()}",
            f"NumPy {np.__version__} with {blas['name']} {blas['version']}",
        ]
        parts += [f"{BY_NAME[name].title} {version}" for name, version in self.versions.items() if version]
        return "; ".join(parts)


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU"
    )
