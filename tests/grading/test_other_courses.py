"""A course of another teacher: its exercises are found, checked, released and graded like ours."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

COURSE = Path(__file__).parents[1] / "classroom" / "other_course"
RIGHT = (
    "n = np.linalg.norm(X, axis=1, keepdims=True)\n"
    "    return dY / n - X * (dY * X).sum(axis=1, keepdims=True) / n**3"
)
WRONG = "return dY / np.linalg.norm(X, axis=1, keepdims=True)"


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this Python with only what is given of our variables."""
    command = [sys.executable, *arguments]
    environ = {key: value for key, value in os.environ.items() if key != "AUTOGRADER_EXERCISES"} | environment
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def install(course: Path) -> dict[str, str]:
    """Make it a package with an entry point; return the variables with which it is as if installed."""
    project = tomllib.loads((course / "pyproject.toml").read_text())["project"]
    info = course / "my_course-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-course\nVersion: 1.0\n")
    points = project["entry-points"]["autograder.exercises"]
    lines = [f"{name} = {package}\n" for name, package in points.items()]
    (info / "entry_points.txt").write_text("".join(["[autograder.exercises]\n", *lines]))
    return {"PYTHONPATH": str(course)}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    shutil.copytree(COURSE, tmp_path / "course")
    return tmp_path / "course"


@pytest.fixture(params=["a folder in the environment", "an entry point"])
def environment(request: pytest.FixtureRequest, course: Path) -> dict[str, str]:
    """Return the variables with which the course is found: named, or as if it were installed."""
    if request.param == "a folder in the environment":
        return {"AUTOGRADER_EXERCISES": str(course / "my_exercises")}
    return install(course)


def test_it_is_released_checked_and_graded(course: Path, environment: dict[str, str]) -> None:
    released = run("-m", "autograder", "release", "--root", ".", folder=course, **environment)
    assert released.returncode == 0, released.stderr
    assert released.stdout.endswith("before you hand out: python -m autograder try MY01 --root .\n")
    notebook = nbformat.read(course / "notebooks/MY01/MY01.ipynb", as_version=4)
    stub = next(cell for cell in notebook.cells if cell.id == "MY01-E01")
    assert "# YOUR CODE HERE\n    ..." in stub.source
    assert "length**3" not in stub.source
    reflection = next(cell for cell in notebook.cells if cell.id == "MY01-R1")  # for a person to read
    assert reflection.metadata.nbgrader.points == 0

    unsolved = stub.source
    (course / "in").mkdir()
    for student, body in {"right": RIGHT, "wrong": WRONG}.items():
        stub.source = unsolved.replace("# YOUR CODE HERE\n    ...", body)
        nbformat.write(notebook, course / "in" / f"{student}.ipynb")
    graded = run(
        "-m", "autograder", "grade", "in", "--unit", "MY01", "--out", "out", folder=course, **environment
    )
    assert graded.returncode == 0, graded.stderr
    with (course / "out/grades.csv").open() as file:
        scores = {row["student"]: row["MY01.E01"] for row in csv.DictReader(file)}
    assert scores == {"right": "4", "wrong": "0"}
    assert "the length of the row is taken as a constant" in (course / "out/feedback/wrong.html").read_text()

    checking = (
        f"import numpy as np\nfrom autograder import check\ndef unit_rows_backward(dY, X):\n    {WRONG}\n"
    )
    checked = run("-c", checking + "print(check('MY01.E01').mistakes)", folder=course, **environment)
    assert checked.stdout == "['length-fixed']\n"


@pytest.mark.slow
def test_a_corrected_exercise_is_graded_again_and_its_points_change_when_told(course: Path) -> None:
    declared = course / "my_exercises" / "my01.py"
    corrected = declared.read_text(encoding="utf-8")
    reference = "reference=cotangents_of(lambda X: X / np.sqrt((X * X).sum(axis={}, keepdims=True)))"
    assert reference.format(1) in corrected
    declared.write_text(corrected.replace(reference.format(1), reference.format(0)), encoding="utf-8")
    (course / "in").mkdir()
    for student, body in {"right": RIGHT, "wrong": WRONG}.items():
        answer = f"import numpy as np\n\n\ndef unit_rows_backward(dY, X):\n    {body}\n"
        (course / "in" / f"{student}.py").write_text(answer, encoding="utf-8")

    def grade(*options: str) -> subprocess.CompletedProcess[str]:
        given = ("--unit", "MY01", "--out", "out", *options)
        variables = {"AUTOGRADER_EXERCISES": str(course / "my_exercises")}
        return run("-m", "autograder", "grade", "in", *given, folder=course, **variables)

    def scores() -> dict[str, str]:
        with (course / "out/grades.csv").open() as file:
            return {row["student"]: row["MY01.E01"] for row in csv.DictReader(file)}

    assert grade().returncode == 0
    assert scores() == {"right": "0", "wrong": "0"}
    assert "nothing graded anew" in grade().stdout
    declared.write_text(corrected, encoding="utf-8")
    shown = grade()
    assert shown.returncode == 2
    assert "right  MY01.E01  0 -> 4" in shown.stdout + shown.stderr
    assert "wrong  MY01.E01" not in shown.stdout + shown.stderr
    assert scores() == {"right": "0", "wrong": "0"}
    assert grade("--yes").returncode == 0
    assert scores() == {"right": "4", "wrong": "0"}
    assert "nothing graded anew" in grade().stdout


def test_a_broken_course_says_so_and_leaves_ours_alone(course: Path) -> None:
    (course / "my_exercises" / "__init__.py").write_text("import nothing_of_this_name\n")
    install(course)
    look = "from autograder.exercises import find\nprint(find('NB06.E06').id)\nfind('MY01.E01')"
    found = run("-c", look, folder=course, PYTHONPATH=str(course))
    assert found.stdout == "NB06.E06\n"
    assert "my_exercises: ModuleNotFoundError" in found.stderr
    assert "to mend:" in found.stderr


def test_a_release_without_the_exercises_says_where_they_may_be(course: Path) -> None:
    released = run("-m", "autograder", "release", "--root", ".", folder=course)
    assert released.returncode != 0
    said = " ".join(released.stderr.split())
    assert "a package with the entry point autograder.exercises" in said
    assert "a folder that AUTOGRADER_EXERCISES names" in said
    assert "rename the module to my01.py" in said


def test_a_module_of_another_name_is_told_what_to_be_called(course: Path) -> None:
    (course / "my_exercises" / "my01.py").rename(course / "my_exercises" / "course.py")
    environment = install(course)
    released = run("-m", "autograder", "release", "--root", ".", folder=course, **environment)
    assert released.returncode != 0
    assert "rename the module to my01.py" in " ".join(released.stderr.split())


def test_a_folder_that_is_not_there_is_named(course: Path) -> None:
    found = run(
        "-c",
        "from autograder.exercises import find; find('MY01.E01')",
        folder=course,
        AUTOGRADER_EXERCISES="no_such_folder",
    )
    assert "AUTOGRADER_EXERCISES names a folder that is not there" in found.stderr
    assert "to mend:" in found.stderr
