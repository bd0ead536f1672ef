"""The standard mistakes as functions that run: refused by the check, and named as they are declared."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograder import check
from autograder.exercises import UnknownExercise

from .solutions import RIGHT

EXERCISES = ("NB06.E06", "NB06.E07")


@pytest.mark.parametrize("id", EXERCISES)
def test_each_is_refused_and_looks_like_what_it_is(id: str) -> None:
    found = check.broken(id, RIGHT[id][0])
    assert len(found) > 10
    for one in found:
        verdict = check(id, one["function"])
        assert not verdict.ok
        assert tuple(one["codes"]) in [diagnosis.codes for diagnosis in verdict.diagnoses]


def affine_backward(dY: Any, X: Any, W: Any) -> Any:
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def test_a_change_is_made_to_each_array_of_the_right_answer() -> None:
    rng = np.random.default_rng(0)
    inputs: tuple[Any, ...] = (rng.random((5, 2)), rng.random((5, 3)), rng.random((3, 2)))
    right = affine_backward(*inputs)
    found = check.broken("NB06.E06", affine_backward)
    answers = {tuple(one["codes"]): one["function"](*inputs) for one in found if one["codes"][-1] == "M06"}
    assert all(np.array_equal(wrong, -g) for wrong, g in zip(answers["M06",], right, strict=True))
    for wrong, g in zip(answers["M04", "M06"], right, strict=True):
        np.testing.assert_allclose(wrong, -g / 5, rtol=1e-15)  # N is 5: one division, rounded once


def test_what_is_a_matter_of_convention_is_no_mistake() -> None:
    assert not any("M16" in one["codes"] for one in check.broken("NB06.E07", RIGHT["NB06.E07"][0]))


def test_an_exercise_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownExercise, match="no exercise with this id"):
        check.broken("NB06.E99", len)
