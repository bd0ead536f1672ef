"""Late penalties by nbgrader's own plugin, on our points, in nbgrader's own export."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from autograder.exercises import find
from autograder.release import REPOSITORY
from tests.classroom import RIGHT, answering

pytestmark = [pytest.mark.notebook, pytest.mark.slow]

POINTS = find("NB06.E06").points
NBGRADER = str(Path(sysconfig.get_path("scripts")) / "nbgrader")
HANDED_IN = {"early": "2026-03-01 12:00:00 UTC", "late": "2026-03-03 12:00:00 UTC"}


def run(root: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a due date, and the same right answer handed in before it and after it."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(REPOSITORY / "solutions" / "NB06", root / "solutions" / "NB06")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    for student, when in HANDED_IN.items():
        folder = root / "submitted" / student / "NB06"
        folder.mkdir(parents=True)
        (folder / "NB06.ipynb").write_bytes(answering(RIGHT))
        (folder / "timestamp.txt").write_text(when)
    run(root, NBGRADER, "generate_assignment", "NB06")
    run(root, NBGRADER, "db", "assignment", "add", "NB06", "--duedate=2026-03-02 12:00:00 UTC")
    run(root, NBGRADER, "autograde", "NB06", "--LateSubmissionPlugin.penalty_method=zero")
    return root


def exported(root: Path) -> dict[str, tuple[str, str, str]]:
    """Return the raw score, the penalty and the score of each student."""
    run(root, NBGRADER, "export", "--to=exported.csv")
    with (root / "exported.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = ("raw_score", "late_submission_penalty", "score")
    return {row["student_id"]: tuple(row[name] for name in columns) for row in rows}  # type: ignore[misc]


def test_a_late_penalty_is_taken_off_and_stays_when_we_grade_again(course: Path) -> None:
    full = f"{float(POINTS)}"
    expected = {"early": (full, "0.0", full), "late": (full, full, "0.0")}
    assert exported(course) == expected
    own = ("grade", "submitted", "--unit", "NB06", "--out", "own")
    run(course, sys.executable, "-m", "autograder", *own, "--db", f"sqlite:///{course / 'gradebook.db'}")
    assert exported(course) == expected
