"""Plain nbgrader commands on a copy of the repository: they work as they stand and give the same points.

The environment is not activated: PATH is the system's, so that nbgrader finds `alembic` only if the
configuration sees to it.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Set
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from notebook_units import cells_of

from autograder.exercises import find
from autograder.nbgrader.source import released_path, source_notebook
from autograder.release import REPOSITORY

pytestmark = [pytest.mark.notebook, pytest.mark.slow]

POINTS = find("NB06.E06").points
RIGHT = "return dY @ W.T, X.T @ dY, dY.sum(axis=0)"
ANSWERS = {
    "right": RIGHT,
    "wrong": "return -dY @ W.T, 2 * X.T @ dY, dY",
    "partly": "return dY @ W.T, X.T @ dY, dY",
    "leaving": "import os; os._exit(0)",
    "raising": "raise ValueError('no idea')",
    "printing": f"import sys; print('look', file=sys.stderr); {RIGHT}",
    "differencing": """import numpy as np
    def slopes(f, A):
        steps = 1e-20j * np.eye(A.size).reshape(-1, *A.shape)
        return np.array([f(A + step).imag / 1e-20 for step in steps]).reshape(A.shape)
    return slopes(lambda X: np.sum(X @ W * dY), X), slopes(lambda W: np.sum(X @ W * dY), W), dY.sum(axis=0)
""",
    "unsolved": "...",
    "boasting": "import autograder; autograder.check = None; return 99.0, 99.0, 99.0",
    "forging": "...",
    "deleting": RIGHT,
    "doubling": RIGHT,
    "outdated": RIGHT,
    "stripped": RIGHT,
    "invented": RIGHT,
}
DESERVED = {student: POINTS for student, body in ANSWERS.items() if RIGHT in body}
DESERVED["partly"] = round(POINTS * 2 / 3, 2)


def submission(student: str) -> Any:
    """Return a student's notebook: a released one with the answer, and with whatever else was done to it."""
    notebook = nbformat.read(released_path("NB06", REPOSITORY), as_version=4)
    _, stub, _, check = cells_of(notebook, "NB06.E06")
    stub.source = stub.source.replace("# YOUR CODE HERE\n    ...", ANSWERS[student])
    assert ANSWERS[student] in stub.source
    if student == "forging":  # claims the points in the check cell itself
        check.source = "3.0"
    if student == "deleting":
        notebook.cells.remove(check)
    if student == "doubling":  # copied the stub's cell, with all its metadata, and left the copy above
        unsolved = nbformat.from_dict({**stub, "id": "copy", "source": stub.source.replace(RIGHT, "...")})
        notebook.cells.insert(notebook.cells.index(stub), unsolved)
    if student == "outdated":  # saved by an old nbgrader
        stub.metadata.nbgrader.schema_version = 1
        check.metadata.nbgrader.points = "many"
    if student == "stripped":  # saved by a program that keeps no metadata
        for cell in notebook.cells:
            cell.metadata = {}
    if student == "invented":
        stub.metadata.nbgrader.grade_id = "NB06-E99"
    return notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the repository, as far as nbgrader needs it, with a class of submissions."""
    root = tmp_path_factory.mktemp("course")
    for folder in ("solutions", "notebooks"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    for student in ANSWERS:
        folder = root / "submitted" / student / "NB06"
        folder.mkdir(parents=True)
        nbformat.write(submission(student), folder / "NB06.ipynb")
    return root


def run(root: Path, *command: str, path: str = "/usr/bin:/bin") -> str:
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SCRIPTS = Path(sysconfig.get_path("scripts"))


def nbgrader(root: Path, *arguments: str, **settings: str) -> str:
    return run(root, str(SCRIPTS / "nbgrader"), *arguments, **settings)


@pytest.fixture(scope="module")
def graded(course: Path) -> Path:
    nbgrader(course, "generate_assignment", "NB06")
    nbgrader(course, "autograde", "NB06")
    nbgrader(course, "generate_feedback", "NB06")
    return course


def recorded(root: Path, withheld: Set[str] = frozenset()) -> dict[str, float]:
    """Return the sums of points; of our exercises those of `withheld` alone must wait for a person."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions("NB06")
        notebooks = [notebook for submission in submissions for notebook in submission.notebooks]
        open_ = [(n.student.id, grade) for n in notebooks for grade in n.grades if grade.needs_manual_grade]
        # A person reads the reflections: also those of a student whose cells have lost their metadata.
        waiting = {(who, grade.name) for who, grade in open_ if grade.name not in ("NB06-R1", "NB06-R2")}
        assert waiting == {(student, "NB06-E06-check") for student in withheld}
        assert all(grade.auto_score is None for _, grade in open_)
        return {submission.student.id: submission.score for submission in submissions}


@pytest.fixture(scope="module")
def scores(graded: Path) -> dict[str, float]:
    return recorded(graded, {"differencing"})


def test_generate_assignment_gives_the_released_bytes(graded: Path) -> None:
    assert released_path("NB06", graded).read_bytes() == released_path("NB06", REPOSITORY).read_bytes()


@pytest.mark.parametrize("student", ANSWERS)
def test_autograde_gives_what_the_answer_deserves(student: str, scores: dict[str, float]) -> None:
    assert scores[student] == DESERVED.get(student, 0)


def test_autograde_gives_the_same_points_as_our_own_grading(graded: Path, scores: dict[str, float]) -> None:
    run(graded, sys.executable, "-m", "autograder", "grade", "submitted", "--unit", "NB06", "--out", "own")
    with (graded / "own" / "grades.csv").open(newline="") as file:
        ours = {row["student"]: float(row["score"]) for row in csv.DictReader(file)}
    assert ours == scores


def test_withheld_points_are_said_to_be_so_in_the_feedback(graded: Path) -> None:
    page = (graded / "feedback" / "differencing" / "NB06" / "NB06.html").read_text(encoding="utf-8")
    assert "These points are withheld until a person has looked at the answer." in page
    assert "This looks computed by differences: it takes the imaginary part of a complex step" in page


def test_feedback_names_the_mistake_and_hides_the_hidden_inputs(graded: Path) -> None:
    page = (graded / "feedback" / "partly" / "NB06" / "NB06.html").read_text(encoding="utf-8")
    assert "M03" in page
    (card,) = re.findall(r"<section [^>]*NB06\.E06.*?</section>", page, re.DOTALL)
    hidden = hidden_numbers(int((graded / "source" / "seed").read_text(encoding="ascii")))
    assert len(hidden) > 100
    assert not [number for number in hidden if f"{number:.6f}" in page]  # such long ones are nothing else
    told = set(re.findall(r"\d+\.\d{2,}", card))
    assert not told & {f"{number:.{digits}g}" for number in hidden for digits in (3, 4, 5)}


def hidden_numbers(seed: int) -> list[float]:
    """Return the sizes of all numbers with a fraction that the answer was called with, and of right ones."""
    found = []
    for piece in find("NB06.E06").tried:
        for instance in piece.draw(seed):
            dY, X, W = (np.asarray(instance.variables[name]) for name in ("dY", "X", "W"))
            for array in (dY, X, W, dY @ W.T, X.T @ dY, dY.sum(axis=0)):
                found += [abs(float(number)) for number in array.flat if abs(number) % 0.01]
    return found


@pytest.mark.parametrize(
    ("student", "says"),
    [
        ("right", "Success!"),
        ("partly", "VALIDATION FAILED ON 1 CELL"),
        ("unsolved", "VALIDATION FAILED ON 1 CELL"),
    ],
)
def test_the_validate_button_passes_only_what_is_right(course: Path, student: str, says: str) -> None:
    notebook = source_notebook("NB06", REPOSITORY)  # all other exercises solved
    _, solution, _, _ = cells_of(notebook, "NB06.E06")
    before, rest = solution.source.split("### BEGIN SOLUTION\n")
    after = rest.split("### END SOLUTION")[1]
    solution.source = f"{before}{ANSWERS[student]}{after}"
    path = course / "validated" / f"{student}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    assert says in nbgrader(course, "validate", str(path))


def test_without_our_configuration_a_kernel_gives_no_more_than_deserved(tmp_path: Path) -> None:
    source = released_path("NB06", REPOSITORY)
    folders = {"source": {"NB06": nbformat.read(source, as_version=4)}}
    folders["submitted"] = {
        f"{student}/NB06": submission(student) for student in ("right", "partly", "unsolved")
    }
    for stage, notebooks in folders.items():
        for folder, notebook in notebooks.items():
            (tmp_path / stage / folder).mkdir(parents=True)
            nbformat.write(notebook, tmp_path / stage / folder / "NB06.ipynb")
    path = f"{SCRIPTS}:/usr/bin:/bin"
    nbgrader(tmp_path, "generate_assignment", "NB06", path=path)
    nbgrader(tmp_path, "autograde", "NB06", path=path)
    assert recorded(tmp_path) == {"right": POINTS, "partly": DESERVED["partly"], "unsolved": 0}
