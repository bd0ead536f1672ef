"""An answer under another name is told to a person: only where it can be nothing else."""

from __future__ import annotations

import pytest

from autograder.exercises import find, of_unit
from autograder.grading.grade import grade_notebook
from autograder.grading.renamed import under_another_name
from autograder.sandbox import Zygote
from tests.classroom import answering

EXERCISE = find("NB04.E02")  # reg_logistic_ls_grads(w, b, x, t, lam)


@pytest.mark.parametrize(
    "definition",
    [
        "def grads(w, b, x, t, lam):\n    ...",
        "def grads(\n    w: float, b, x, t,\n    lam=0.1,\n) -> tuple:\n    ...",
    ],
)
def test_a_function_with_the_arguments_of_the_missing_one_is_told(definition: str) -> None:
    said = under_another_name(["import numpy as np", definition], EXERCISE)
    assert said == ("reg_logistic_ls_grads is not defined; grads(w, b, x, t, lam) takes the same arguments")


@pytest.mark.parametrize(
    "cells",
    [
        ["def reg_logistic_ls_grads(w, b, x, t, lam):\n    ...", "def grads(w, b, x, t, lam):\n    ..."],
        ["def grads(w, b, x, t):\n    ..."],
        ["def grads(b, w, x, t, lam):\n    ..."],
        ["def one(w, b, x, t, lam):\n    ...", "def two(w, b, x, t, lam):\n    ..."],
        ["def regularised(w, b, x, t, lam):\n    ..."],  # a function of the unit's text
        ["# def grads(w, b, x, t, lam):"],
        [],
    ],
    ids=["it is there", "fewer", "another order", "several", "of the text", "a comment", "nothing"],
)
def test_nothing_is_told_where_it_may_be_something_else(cells: list[str]) -> None:
    assert under_another_name(cells, EXERCISE) == ""


def test_another_exercises_answer_is_not_taken_for_a_renamed_one() -> None:
    """`primitive_bars` of E03 has the arguments of E01's `logistic_ls_grads`."""
    assert under_another_name(["def primitive_bars(w, b, x, t):\n    ..."], find("NB04.E01")) == ""


def test_a_renamed_answer_is_flagged_and_earns_nothing(zygote: Zygote) -> None:
    right = answering("return dY @ W.T, X.T @ dY, dY.sum(axis=0)")
    data = right.replace(b"def affine_backward(", b"def my_backward(")
    assert data != right
    (exercise,) = (exercise for exercise in of_unit("NB06") if exercise.id == "NB06.E06")
    result = grade_notebook(data, [exercise], 5, zygote)
    assert result.questions[0].score == 0.0
    assert "NB06.E06: affine_backward is not defined; my_backward(dY, X, W) takes the same arguments" in (
        result.flags
    )
