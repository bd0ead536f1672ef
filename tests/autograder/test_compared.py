"""What the backward debugger is handed: an answer's arrays beside the right ones and beside differences."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from autograder import check
from autograder.exercises import of_unit, units


def unsummed_and_negative(dY, X, W):
    return dY @ W.T, -X.T @ dY, dY


def test_each_gradient_stands_beside_the_reference_and_beside_differences():
    found = check.compared("NB06.E06", unsummed_and_negative)
    assert found["title"] == "NB06.E06 affine_backward: partly right"
    assert found["where"] == "N = 5, d = 3, k = 4"
    parts = {part["name"]: part for part in found["parts"]}
    assert [(name, part["state"]) for name, part in parts.items()] == [
        ("dX", "right"),
        ("dW", "wrong value"),
        ("db", "wrong shape"),
    ]
    np.testing.assert_array_equal(parts["dW"]["got"], -parts["dW"]["right"])
    assert parts["dW"]["wrong"].all()
    assert not parts["dX"]["wrong"].any()
    assert parts["db"]["got"].shape == (5, 4)
    assert parts["db"]["wrong"] is None
    for part in parts.values():  # 1e-6 is the step: rounding 1e-10, nothing bends here
        np.testing.assert_allclose(part["numerical"], part["right"], atol=1e-8)
    assert any("looks like M03" in sentence for sentence in found["said"])


@pytest.mark.parametrize("unit", units())
def test_a_right_answer_is_right_in_every_array(unit):
    right = importlib.import_module(f"tests.autograder.solutions.{unit.lower()}").RIGHT
    for exercise in of_unit(unit):
        found = check.compared(exercise.id, right[exercise.id][0])
        for part in found["parts"]:
            assert part["state"] == "right", (exercise.id, part["name"])
            assert part["wrong"] is None or not part["wrong"].any()
            if part["numerical"] is not None:
                # A difference with step 1e-6 of numbers around 1 has about nine digits.
                np.testing.assert_allclose(part["numerical"], part["right"], rtol=1e-6, atol=1e-7)


def test_the_call_that_went_wrong_is_the_one_that_is_shown():
    def right_but_for_one_example(dY, X, W):
        return dY @ W.T, X.T @ dY, dY.sum(axis=0) if len(dY) > 1 else 2 * dY[0]

    found = check.compared("NB06.E06", right_but_for_one_example)
    assert "N = 1" in found["where"]
    assert [part["state"] for part in found["parts"]] == ["right", "right", "wrong value"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda dY, X, W: 1 / 0, "ZeroDivisionError"),
        (lambda dY, X, W: dY, "returned an array"),
        (lambda dY, X, W: None, ""),
        ("text", "it is a str"),
    ],
)
def test_an_answer_that_fails_as_a_whole_has_arrays_beside_it_all_the_same(answer, reason):
    found = check.compared("NB06.E06", answer)
    assert reason in found["reason"]
    assert [part["got"] for part in found["parts"]] == [None] * 3
    assert all(part["right"].size for part in found["parts"])


def test_entries_of_lists_and_dicts_stand_by_themselves():
    names = [part["name"] for part in check.compared("NB06.E04", lambda *a: None)["parts"]]
    assert names[:2] == ["dW[0]", "dW[1]"]
