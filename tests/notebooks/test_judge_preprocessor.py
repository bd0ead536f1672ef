"""The judge in nbgrader's place: what it writes is what nbgrader reads, and it fails closed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbgrader.utils import determine_grade
from notebook_units import cells_of, released

from autograder import check
from autograder.exercises import find
from autograder.judge import Verdict
from autograder.nbgrader import kernel, preprocessor, scores
from autograder.nbgrader.preprocessor import Judge, NotJudged, PointsError
from autograder.sandbox import SandboxError

RESOURCES = {"nbgrader": {"notebook": "NB06", "assignment": "NB06", "student": "ada"}}


@pytest.fixture
def notebook() -> Any:
    """Return a submission with two of three gradients right."""
    copy = nbformat.from_dict(released("NB06"))
    _, stub, _, _ = cells_of(copy, "NB06.E06")
    stub.source = stub.source.replace("...", "return dY @ W.T, X.T @ dY, dY")
    return copy


def judged(notebook: Any) -> Any:
    result, _ = Judge().preprocess(notebook, RESOURCES)
    return cells_of(result, "NB06.E06")[-1]


def test_the_check_cell_shows_the_points_as_a_number_and_the_card_as_html(notebook: Any) -> None:
    cell = judged(notebook)
    assert determine_grade(cell) == (2.0, 3.0)
    (output,) = cell.outputs
    assert output.data["text/plain"] == "2.0"
    assert "M03" in output.data["text/html"]


STEPS = """
    import numpy as np

    def slopes(f, A):
        steps = 1e-20j * np.eye(A.size).reshape(-1, *A.shape)
        return np.array([f(A + step).imag / 1e-20 for step in steps]).reshape(A.shape)

    return slopes(lambda X: np.sum(X @ W * dY), X), slopes(lambda W: np.sum(X @ W * dY), W), dY.sum(axis=0)
"""


@pytest.fixture
def by_steps() -> Any:
    """Return a submission that is right, but by complex steps."""
    copy = nbformat.from_dict(released("NB06"))
    _, stub, _, _ = cells_of(copy, "NB06.E06")
    stub.source = stub.source.replace("...", STEPS)
    return copy


def test_points_for_differences_are_withheld_with_the_reason(by_steps: Any) -> None:
    cell = judged(by_steps)
    assert scores.is_withheld(cell)
    assert determine_grade(cell) == (0.0, 3.0)  # for a reader that knows nothing of withheld points
    shown = cell.outputs[0].data["text/html"]
    assert "- of 3 points, withheld" in shown
    assert "until a person has looked at the answer" in shown
    assert "it takes the imaginary part of a complex step" in shown


def test_points_for_differences_are_given_where_the_configuration_says(by_steps: Any) -> None:
    result, _ = Judge(differences="flag").preprocess(by_steps, RESOURCES)
    cell = cells_of(result, "NB06.E06")[-1]
    assert not scores.is_withheld(cell)
    assert determine_grade(cell) == (3.0, 3.0)
    assert "withheld" not in cell.outputs[0].data["text/html"]


def test_what_the_submission_brought_as_output_does_not_count(notebook: Any) -> None:
    forged = nbformat.v4.new_output("execute_result", {"text/plain": "3.0"})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [forged]
    assert determine_grade(judged(notebook)) == (2.0, 3.0)
    shown = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert forged not in shown


@pytest.fixture
def short(notebook: Any) -> Any:
    """Return the same submission with nothing in it but what belongs to the exercise."""
    notebook.cells = [notebook.cells[0], *cells_of(notebook, "NB06.E06")]
    return notebook


def own_test(notebook: Any, source: str) -> Any:
    """Add a graded cell that no exercise is declared for."""
    marks = {"grade": True, "grade_id": source, "locked": True, "points": 5, "schema_version": 3}
    cell = nbformat.v4.new_code_cell(
        source, metadata={"nbgrader": {**marks, "solution": False, "task": False}}
    )
    notebook.cells.append(cell)
    return cell


def test_graded_cells_without_an_exercise_run_in_a_confined_kernel(short: Any) -> None:
    dB = "affine_backward(*map(__import__('numpy').ones, ((5, 2), (5, 3), (3, 2))))[2]"
    tests = [
        own_test(short, source)
        for source in (f"assert {dB}.ndim == 2", f"assert {dB}.ndim == 1", "3.5", "open('/etc/passwd')")
    ]
    judged(short)
    assert [determine_grade(test) for test in tests] == [(5.0, 5.0), (0, 5.0), (3.5, 5.0), (0, 5.0)]
    assert tests[3].outputs[-1].ename == "FileNotFoundError"
    ran = short.metadata.autograder
    assert ran["cells"]["isolation"] == ran["answers"]["isolation"]


def test_graded_cells_that_have_not_run_earn_nothing(short: Any) -> None:
    first = own_test(short, "1 == 1")
    short.cells.append(nbformat.v4.new_code_cell("import os; os._exit(0)"))
    last = own_test(short, "1 != 2")
    judged(short)
    assert determine_grade(first) == (5.0, 5.0)
    assert determine_grade(last) == (0, 5.0)
    assert last.outputs[0].ename == "NotRun"


def test_a_kernel_that_cannot_be_had_gives_no_grade(notebook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise SandboxError("No kernel here.")

    own_test(notebook, "1 == 1")
    monkeypatch.setattr(kernel, "run_in_kernel", refuse)
    with pytest.raises(NotJudged, match="No kernel here"):
        judged(notebook)


@pytest.mark.parametrize("points", [30, 1])
def test_points_that_differ_from_the_exercises_are_refused(notebook: Any, points: int) -> None:
    cells_of(notebook, "NB06.E06")[-1].metadata.nbgrader.points = points
    with pytest.raises(
        PointsError, match=r"(?s)NB06\.E06.*expected: 2 of 3 points.*got:.*to mend: +run nbgrader"
    ):
        judged(notebook)


def test_a_failure_of_the_grader_itself_gives_no_grade(
    notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*args: Any) -> Any:
        questions, session = real(*args)
        faulty = [
            type(q)(q.exercise, 0, 3, unjudged(q.verdict)) if q.exercise == "NB06.E06" else q
            for q in questions
        ]
        return faulty, session

    real = preprocessor.ask
    monkeypatch.setattr(preprocessor, "ask", ask)
    with pytest.raises(NotJudged, match=r"NB06\.E\d+ could not be judged"):
        judged(notebook)


def unjudged(verdict: Verdict) -> Verdict:
    return Verdict.from_json({**verdict.to_json(), "result": "not judged", "reason": "a fault of ours"})


def test_the_seed_is_kept_where_the_configuration_says(notebook: Any, tmp_path: Path) -> None:
    judge = Judge(seed_folder=str(tmp_path / "source"))
    judge.preprocess(notebook, RESOURCES)
    first = (tmp_path / "source" / "seed").read_text()
    judge.preprocess(notebook, RESOURCES)
    assert (tmp_path / "source" / "seed").read_text() == first


def test_in_a_kernel_of_nbgraders_a_check_shows_its_points_as_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    result = check("NB06.E06", lambda dY, X, W: (dY @ W.T, X.T @ dY, dY))
    assert "M03" in repr(result)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert float(repr(result)) == result.score == 2.0 < find("NB06.E06").points
