"""Graders as a teacher starts them, on folders of submissions, with their wall time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from autograder.nbgrader.source import source_notebook
from autograder.release import REPOSITORY

from .submissions import UNIT


def autograder(folder: Path) -> float:
    """Seconds of ``autograder grade`` for the submissions of a course folder."""
    command = [sys.executable, "-m", "autograder", "grade", "submitted", "--unit", UNIT, "--out", "grades"]
    return _timed(folder, [*command, "--seed", "1"])


def nbgrader(folder: Path) -> float:
    """Seconds of plain ``nbgrader autograde``: its own preprocessors, a kernel for each submission."""
    source = folder / "source" / UNIT / f"{UNIT}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(source_notebook(UNIT, REPOSITORY)), encoding="utf-8")
    (folder / "nbgrader_config.py").write_text("c = get_config()\n", encoding="utf-8")
    script = str(Path(sysconfig.get_path("scripts")) / "nbgrader")
    _timed(folder, [script, "generate_assignment", UNIT])
    return _timed(folder, [script, "autograde", UNIT])


def _timed(folder: Path, command: list[str]) -> float:
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(REPOSITORY)}
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(f"error: {' '.join(command[:3])}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return seconds
