"""The Jacobian's short way through functions that work entry by entry, and the layer they stand on."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import (
    AnomalyError,
    StaleValueError,
    Tensor,
    detect_anomaly,
    jacobian,
    numerical_jacobian,
)

A = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])
C = np.array([0.3, -0.2])

PATHS = {
    "a layer": lambda x: np.tanh(A @ x + C),
    "a layer whose matrix is a Tensor": lambda x: np.exp(Tensor(A) @ x),
    "a matrix alone": lambda x: A @ x,
    "two layers": lambda x: np.tanh(A.T @ np.tanh(A @ x)),
    "no matrix": lambda x: 2.0 * np.sin(x) - 1.0,
    "the input itself": lambda x: x,
    "a vector before the matrix": lambda x: np.cos(x @ A.T),
    "a branch": lambda x: np.exp(x) * np.sin(x),
    "one Tensor twice": lambda x: np.tanh(x * x),
    "a scalar spread out": lambda x: np.exp(x[0] * A),
    "a constant spread out": lambda x: np.square(x / np.array([[2.0], [3.0]])),
    "a matrix of outputs": lambda x: np.sin(np.reshape(np.tile(x, 2), (2, 3)) * A),
    "a stack of matrices": lambda x: np.tanh(np.stack([A, A]) @ x),
    "nothing of the input": lambda x: np.tanh(A @ Tensor(np.ones(3), requires_grad=True)),
}


@pytest.mark.parametrize("f", PATHS.values(), ids=PATHS)
def test_it_is_the_jacobian_of_forward_mode(f, rng):
    x = rng.normal(size=3)
    reverse = jacobian(f, mode="reverse")(x)
    # The same products of numbers of size one, in another order.
    np.testing.assert_allclose(reverse, jacobian(f, mode="forward")(x), rtol=1e-13, atol=1e-14)
    # Central differences are good to 1e-9 here; a forgotten slope is not.
    np.testing.assert_allclose(reverse, numerical_jacobian(lambda x: f(Tensor(x)).value, x), atol=1e-7)


def test_the_result_shares_no_memory_with_the_matrix():
    J = jacobian(lambda x: A @ x)(np.ones(3))
    assert not np.shares_memory(J, A)
    np.testing.assert_array_equal(J, A)


def test_single_precision_stays():
    x = np.ones(3, np.float32)
    assert jacobian(lambda x: np.tanh(A.astype(np.float32) @ x))(x).dtype == np.float32


def test_an_infinite_slope_stays_in_its_own_row():
    with np.errstate(divide="ignore"):
        J = jacobian(np.sqrt)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(J, [[np.inf, 0.0], [0.0, 0.25]])


def test_a_constant_overwritten_meanwhile_is_refused():
    factor = Tensor(np.array([1.0, 2.0]))

    def f(x):
        y = x * factor
        factor.assign(np.array([3.0, 4.0]))
        return np.tanh(y)

    with pytest.raises(StaleValueError):
        jacobian(f)(np.ones(2))


def test_detect_anomaly_looks_at_these_cotangents_too():
    with detect_anomaly(), np.errstate(divide="ignore", invalid="ignore"), pytest.raises(AnomalyError):
        jacobian(np.sqrt)(np.array([0.0, 4.0]))
