"""A large mixed class by ``autograder grade``: how long, what came of it, how much memory the grader took."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autograder.release import REPOSITORY

from .submissions import UNIT, mixed, write

_LOOK = 0.5  # seconds between two looks at the memory


@dataclass(frozen=True)
class Class:
    """What grading a class came to.

    Parameters
    ----------
    count : int
    seconds : float
    states : dict of int
        Submissions by state.
    memory : int
        Bytes: the most that the grader and its workers had, each at its own peak; 0 where that is not known.
    full : int
        Submissions with full points for the six answers.
    """

    count: int
    seconds: float
    states: dict[str, int]
    memory: int
    full: int


def measure(count: int) -> Class:
    """Grade `count` mixed submissions."""
    with tempfile.TemporaryDirectory(prefix="class-") as name:
        folder = Path(name)
        submitted = write(folder, mixed(count))
        command = [sys.executable, "-m", "autograder", "grade", str(submitted), "--unit", UNIT]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        begun = time.perf_counter()
        with tempfile.TemporaryFile() as said:
            grader = subprocess.Popen(
                [*command, "--out", str(folder / "grades")], stdout=said, stderr=said, env=environment
            )
            peaks: dict[int, int] = {}
            while grader.poll() is None:
                for pid in (grader.pid, *_workers(grader.pid)):
                    peaks[pid] = max(peaks.get(pid, 0), _peak(pid))
                time.sleep(_LOOK)
            seconds = time.perf_counter() - begun
            if grader.returncode not in (0, 1):  # 1: some submissions need a person
                said.seek(0)
                raise SystemExit(f"error: autograder grade\n{said.read()[-3000:].decode(errors='replace')}")
        with (folder / "grades" / "grades.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        states = Counter(row["state"] for row in rows)
        best = max(float(row["score"] or 0) for row in rows)
        full = sum(float(row["score"] or 0) == best for row in rows)
        return Class(count, seconds, dict(states.most_common()), sum(peaks.values()), full)


def _workers(pid: int) -> list[int]:
    """The processes that a process started itself."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)
