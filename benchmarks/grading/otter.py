"""Otter, for comparison: in a virtual environment of its own, ``otter run`` for each submission.

Its tests are those of the course: in the kernel that has run a submission each asks ``check`` for one answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.exercises import of_unit
from autograder.release import REPOSITORY

from .submissions import LEFT, UNIT, right

_INSTALL, _RUN = 900.0, 300.0  # seconds until it is given up
_TEST = """\
OK_FORMAT = True
test = {{
    "name": "{id}",
    "points": {points},
    "suites": [{{"type": "doctest", "cases": [{{"code": ">>> check('{id}', {name}).ok\\nTrue"}}]}}],
}}
"""


class Absent(Exception):
    """Otter cannot be had here; the text says why."""


@dataclass(frozen=True)
class Otter:
    """Otter, and an assignment in the form that it grades.

    Parameters
    ----------
    program : Path
    assignment : Path
        Its ``autograder.zip``.
    version : str
    """

    program: Path
    assignment: Path
    version: str

    def grade(self, folder: Path) -> float:
        """Seconds of ``otter run`` for the submissions of a course folder, one after the other."""
        begun = time.perf_counter()
        for notebook in sorted((folder / "submitted").rglob("*.ipynb")):
            self.passed(notebook, folder / "otter" / notebook.parents[1].name)
        return time.perf_counter() - begun

    def passed(self, notebook: Path, out: Path) -> list[str]:
        """Grade one submission and return the names of the tests with all points."""
        out.mkdir(parents=True)
        command = [self.program, "run", "--no-logo", "-a", self.assignment, "-o", out, notebook]
        _run([str(part) for part in command], out, _RUN)
        tests = json.loads((out / "results.json").read_text(encoding="utf-8"))["tests"]
        scored = [test for test in tests if "max_score" in test]
        return [str(test["name"]) for test in scored if test["score"] == test["max_score"] > 0]


def prepared(environment: Path, folder: Path) -> Otter:
    """Return Otter, ready to grade; it is installed by pip where the environment is not there.

    Parameters
    ----------
    environment : Path
        Of a virtual environment that has ``otter-grader``, or is to be made.
    folder : Path
        Where its assignment is put.

    Raises
    ------
    Absent
        If it cannot be installed, or does not give a right submission its points.
    """
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    try:
        if not (scripts / "otter").exists():
            _run([sys.executable, "-m", "venv", str(environment)], folder, _INSTALL)
            install = ["-m", "pip", "install", "--quiet", "otter-grader", "ipykernel"]
            _run([str(scripts / "python"), *install], folder, _INSTALL)
        # Behind its own packages: the course, and what its notebooks import.
        shown = "import sysconfig; print(sysconfig.get_path('purelib'))"
        own = Path(_run([str(scripts / "python"), "-c", shown], folder, _RUN).strip())
        (own / "course.pth").write_text(f"{REPOSITORY}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
        asked = "import importlib.metadata as m; print(m.version('otter-grader'))"
        version = _run([str(scripts / "python"), "-c", asked], folder, _RUN).strip()
        otter = Otter(scripts / "otter", _assignment(scripts / "otter", folder), version)
        notebook = folder / f"{UNIT}.ipynb"
        notebook.write_bytes(right(0))
        passed = otter.passed(notebook, folder / "tried")
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        raise Absent(" ".join(str(said).split())[-200:] or type(error).__name__) from error
    answered = sum(exercise.grade_id != LEFT for exercise in of_unit(UNIT))
    if len(passed) != answered:
        raise Absent(f"it gave a right submission the points of {len(passed)} of {answered} answers")
    return otter


def _assignment(program: Path, folder: Path) -> Path:
    tests = folder / "tests"
    tests.mkdir()
    for exercise in of_unit(UNIT):
        text = _TEST.format(id=exercise.id, name=exercise.name, points=exercise.points)
        (tests / f"{exercise.grade_id}.py").write_text(text, encoding="utf-8")
    _run([str(program), "generate", "-t", str(tests), "-o", str(folder / "autograder.zip")], folder, _RUN)
    return folder / "autograder.zip"


def _run(command: list[str], folder: Path, seconds: float) -> str:
    environment = {**os.environ, "PATH": os.pathsep.join([str(Path(command[0]).parent), os.environ["PATH"]])}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=seconds
    )
    return done.stdout
