"""Answers by finite and complex-step differences are told from formulas; their points wait for a person."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.exercises import find
from autograder.grading.backend import Task
from autograder.grading.deciding import decide, undo
from autograder.grading.explain import explanation, find_result
from autograder.grading.grade import grade_notebook
from autograder.grading.overrides import read_overrides
from autograder.grading.run import grade_class
from autograder.grading.stored import read_run, rows
from autograder.sandbox import Zygote
from backprop_course.errors import UsageError
from tests.classroom import MEMBERS, RIGHT, answering, flat, member, notebook_of, released_notebook
from tests.grading.test_class import Here

NB06 = [find("NB06.E06")]

CENTRAL = (
    "import numpy as np",
    "def along(A, h={h}):",
    "    G = np.zeros(A.shape)",
    "    for i in np.ndindex(*A.shape):",
    "        kept = A[i]",
    "        A[i] = kept + h; above = np.sum((X @ W + b) * dY)",
    "        A[i] = kept - h; below = np.sum((X @ W + b) * dY)",
    "        A[i] = kept; G[i] = (above - below) / 2 / h",
    "    return G",
    "X, W, b = np.array(X, float), np.array(W, float), np.zeros(W.shape[1])",
    "return along(X), along(W), along(b)",
)
COMPLEX = """
import numpy as np
def step(f, A):
    G = np.zeros(A.shape)
    for i in np.ndindex(*A.shape):
        Z = A.astype(complex); Z[i] += 1e-20j
        G[i] = f(Z).imag / 1e-20
    return G
def affine_backward(dY, X, W):
    return step(lambda X: np.sum(X @ W * dY), X), step(lambda W: np.sum(X @ W * dY), W), dY.sum(axis=0)
"""
QUOTIENT = """
import numpy as np
def loss(X, W, dY): return np.sum(X @ W * dY)
def affine_backward(dY, X, W):
    dX = np.zeros_like(X)
    for i in np.ndindex(*X.shape):
        E = np.zeros_like(X); E[i] = 1.0
        dX[i] = (loss(X + E, W, dY) - loss(X - E, W, dY)) / 2.0
    return dX, X.T @ dY, dY.sum(axis=0)
"""


def central(h: float) -> bytes:
    return answering(*(line.replace("{h}", repr(h)) for line in CENTRAL))


def suspected(data: bytes, zygote: Zygote, seed: int = 5) -> str:
    result = grade_notebook(data, NB06, seed, zygote)
    question = result.questions[0]
    assert (question.trouble == "withheld") is (question.score is None) is bool(result.flags)
    assert result.state == ("partial" if result.flags else "graded")
    return question.reason


@pytest.mark.parametrize("h", [1e-3, 1e-4, 1e-5, 1e-6, 1e-7])
def test_central_differences_are_known_by_their_error(zygote: Zygote, h: float) -> None:
    assert "off by" in suspected(central(h), zygote)


def test_complex_steps_and_exact_quotients_are_known_by_their_text(zygote: Zygote) -> None:
    assert "complex step" in suspected(notebook_of(COMPLEX), zygote)
    assert "two calls of loss" in suspected(notebook_of(QUOTIENT), zygote)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", [m.name for m in MEMBERS if m.state == "graded"])
def test_no_formula_is_suspected(zygote: Zygote, name: str, seed: int) -> None:
    assert suspected(member(name).make(released_notebook()), zygote, seed) == ""


def test_single_precision_is_not_taken_for_differences(zygote: Zygote) -> None:
    lines = ("dY, X, W = (a.astype('float32') for a in (dY, X, W))", RIGHT)
    assert suspected(answering("import numpy as np", *lines), zygote) == ""


def test_a_check_by_differences_beside_a_formula_is_not_suspected(zygote: Zygote) -> None:
    assert suspected(notebook_of(QUOTIENT.replace("affine_backward", "check_it"), ANSWER), zygote) == ""


ANSWER = f"def affine_backward(dY, X, W):\n    {RIGHT}"


def test_points_may_be_given_with_the_flag_alone(zygote: Zygote) -> None:
    task = Task("a", "a.ipynb", "k", notebook_of(QUOTIENT), "NB06", 5, zygote.limits, "flag")
    result = task.done(zygote)
    assert (result.state, result.score) == ("graded", 3.0)
    assert "differences" in result.flags[0]


@pytest.mark.parametrize("engine", ["backprop_course", "autograd"])
def test_a_call_of_an_engine_earns_nothing_and_is_flagged(zygote: Zygote, engine: str) -> None:
    answer = (
        f"def affine_backward(dY, X, W):\n    import {engine}\n    return {engine}.grad(lambda X: X @ W)(X)"
    )
    result = Task("a", "a.ipynb", "k", notebook_of(answer), "NB06", 5, zygote.limits).done(zygote)
    assert (result.state, result.score) == ("graded", 0.0)
    (flag,) = result.flags
    assert flag.startswith("NB06.E06: affine_backward fails")
    assert "it calls a function of a package that is not available" in flag


# A person decides ----------------------------------------------------------------------------------


def table(folder: Path) -> dict[str, dict[str, str]]:
    with open(folder / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


@pytest.fixture
def out(tmp_path: Path, zygote: Zygote) -> Path:
    flat(tmp_path / "in", {"a.ipynb": notebook_of(QUOTIENT), "b.ipynb": answering(RIGHT)})
    grade_class(tmp_path / "in", "NB06", tmp_path / "out", seed=5, backend=Here(zygote))
    return tmp_path / "out"


def test_withheld_points_are_empty_until_a_person_decides(out: Path) -> None:
    row = table(out)["a"]
    assert (row["state"], row["NB06.E06"]) == ("partial", "")
    assert "differences" in row["flags"]
    assert "withheld until a person" in (out / "feedback" / "a.html").read_text()
    decide(out, "a", "E06", 2.5, "derived\nby hand, checked by differences")
    row = table(out)["a"]
    assert (row["state"], row["score"], row["NB06.E06"]) == ("graded", "2.5", "2.5")
    assert "2.5 points by hand: derived by hand, checked" in row["flags"]
    page = (out / "feedback" / "a.html").read_text()
    assert "<b>2.5</b> of" in page
    assert "derived by hand" in page
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as gradebook:
        assert gradebook.find_submission("NB06", "a").score == 2.5
        assert gradebook.find_submission("NB06", "b").score == 3.0


def test_the_card_and_explain_say_of_a_withheld_answer_what_the_table_says(out: Path) -> None:
    page = (out / "feedback" / "a.html").read_text()
    assert "affine_backward: - of 3 points, withheld" in page
    assert "affine_backward: 3 of 3 points" not in page
    told = explanation(find_result(out, "a"), "E06")
    assert "affine_backward: - of 3 points, withheld" in told
    assert "withheld until a person has decided: this looks computed by differences" in told
    decide(out, "a", "E06", 2.5, "derived by hand")
    page = (out / "feedback" / "a.html").read_text()
    assert "affine_backward: 2.5 of 3 points, given by hand" in page
    told = explanation(find_result(out, "a"), "E06", read_overrides(out)["a"])
    assert "affine_backward: 2.5 of 3 points, given by hand" in told
    assert "withheld" not in page + told
    undo(out, "a", "E06")
    assert "- of 3 points, withheld" in (out / "feedback" / "a.html").read_text()


def test_a_decision_stays_when_the_class_is_graded_again(out: Path, tmp_path: Path, zygote: Zygote) -> None:
    decide(out, "b", "NB06.E06", 1.0, "copied")
    decide(out, "b", "nb06-e06", 2.0, "on second thoughts")
    again = grade_class(tmp_path / "in", "NB06", out, seed=6, backend=Here(zygote))
    assert again.rows["b"].score == 2.0
    assert again.rows["b"].by_hand == {"NB06.E06": 2.0}
    assert [row.scores.get("NB06.E06") for row in rows(out, read_run(out))] == [None, 2.0]
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("NB06-E06-check", "NB06", "NB06", "b")
        assert (grade.auto_score, grade.manual_score) == (3.0, 2.0)


@pytest.mark.parametrize(
    ("student", "exercise", "points"),
    [("a", "E06", 3.5), ("a", "E06", -1.0), ("a", "E06", float("nan")), ("a", "E99", 1.0), ("z", "E06", 1.0)],
)
def test_a_decision_that_cannot_be_is_refused(out: Path, student: str, exercise: str, points: float) -> None:
    with pytest.raises(UsageError, match="expected"):
        decide(out, student, exercise, points, "why")
    assert not (out / "overrides.jsonl").exists()


def test_a_torn_decision_is_dropped(out: Path) -> None:
    decide(out, "a", "E06", 2.5, "because")
    with open(out / "overrides.jsonl", "ab") as file:
        file.write(json.dumps({"student": "a"}).encode())
    assert [row.score for row in rows(out, read_run(out))] == [2.5, 3.0]
    decide(out, "b", "E06", 1.5, "because")
    assert [row.score for row in rows(out, read_run(out))] == [2.5, 1.5]
