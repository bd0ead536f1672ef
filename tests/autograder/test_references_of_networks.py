"""The references of NB05 and NB06 give the numbers that the course map works out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.exercises import find
from autograder.instances import Instance

# The course map prints six digits.
SIX_DIGITS = 5e-7
INPUT = np.array([1.0, 2.0])


def right(id, **variables):
    exercise = find(id)
    return exercise.tried[0].expected(Instance(variables, "worked"))


def test_four_steps_through_a_logistic_unit():
    """NB05.W3."""
    parts = right("NB05.E02", w0=-1.0, w1=2.0, x=1.5, y=1.0)
    worked = {"yhat": 0.880797, "L": 0.126928, "d_yhat": -1.135335, "d_u": -0.119203, "d_w1": -0.178804}
    for name, number in worked.items():
        assert parts[name] == pytest.approx(number, abs=SIX_DIGITS)


def test_entropy_cross_entropy_and_divergence():
    """NB05.W4."""
    parts = right("NB05.E05", p=np.array([0.7, 0.3]), q=np.array([0.5, 0.5]))
    assert {name: round(float(value), 6) for name, value in parts.items()} == {
        "H": 0.610864,
        "CE": 0.693147,
        "KL": 0.082283,
    }


def test_softmax_regression():
    """NB05.W6: the third of three classes."""
    W = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    parts = right("NB05.E07", W=W, b=np.array([0.0, 0.5, -0.5]), x=INPUT, y=2)
    p = np.array([0.100368, 0.449816, 0.449816])
    np.testing.assert_allclose(parts["db"], p - [0, 0, 1], atol=SIX_DIGITS)
    np.testing.assert_allclose(parts["dx"], [-0.449816, -0.100368], atol=SIX_DIGITS)
    np.testing.assert_allclose(parts["dW"], np.outer(p - [0, 0, 1], INPUT), atol=2 * SIX_DIGITS)


TWO_LAYERS = {
    "W1": np.array([[0.5, -0.3], [0.8, 0.2]]),
    "b1": np.array([0.1, -0.1]),
    "W2": np.array([[1.0, -1.0], [0.5, 2.0]]),
    "b2": np.array([0.0, 0.2]),
}


def test_two_layers_forwards_and_backwards():
    """NB06.W1."""
    p, t = TWO_LAYERS, np.array([1.0, 0.0])
    parts = right("NB06.E01", p=p, x=INPUT, t=t)
    np.testing.assert_allclose(parts["h"], [0.5, 0.750260], atol=SIX_DIGITS)
    np.testing.assert_allclose(parts["y"], [-0.250260, 1.950520], atol=SIX_DIGITS)
    assert parts["L"] == pytest.approx(2.683840, abs=SIX_DIGITS)
    grads = right("NB06.E02", p=p, x=INPUT, t=t, cache={"x": INPUT, **parts})
    z_bar = np.array([-0.06875, 0.965199])
    np.testing.assert_allclose(grads["b1"], z_bar, atol=SIX_DIGITS)
    np.testing.assert_allclose(grads["W1"], np.outer(z_bar, INPUT), atol=2 * SIX_DIGITS)
    np.testing.assert_allclose(p["W2"].T @ grads["b2"], [-0.275, 5.151301], atol=SIX_DIGITS)


def test_a_small_net_for_regression():
    """NB06.W3."""
    parts = right("NB06.E03", theta=np.array([0.5, -1.0, 2.0, 1.0, 0.25]), x=1.5, y=2.0)
    worked = [-0.136762, -0.046806, -0.142096, -0.038167, -0.209217]
    np.testing.assert_allclose(parts["gradient"], worked, atol=SIX_DIGITS)


def test_a_skip_connection():
    """NB06.W7: exact numbers."""
    parts = right(
        "NB06.E10",
        W1=np.array([[1.0, -1.0], [2.0, 0.5]]),
        W2=np.array([[0.5, 1.0], [-1.0, 2.0]]),
        x=INPUT,
        dy=np.array([1.0, -1.0]),
    )
    assert parts["dx"].tolist() == [-1.0, -1.5]


def test_products_with_and_without_a_cache():
    """NB06.W2: 324 against 48 for 24 layers."""
    assert right("NB06.E11", L=24, cached=False)["count"] == 324
    assert right("NB06.E11", L=24, cached=True)["count"] == 48


def test_the_xor_loss_without_an_output_bias_stays_above_its_infimum():
    """NB06.W6: (ln 2) / 4 is approached and not reached; with a bias the infimum is 0."""
    for piece, low, high in zip(find("NB06.E09").tried, (np.log(2) / 4, 0.0), (0.18, 0.05), strict=True):
        parts = piece.expected(piece.draw(0)[0])
        loss = next(part["loss"] for name, part in parts.items() if name.startswith("loss"))
        assert low < loss < high
