"""Probes of NB03: functions to differentiate by differences, and products whose calls are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import Counting, wrote

Array = npt.NDArray[Any]

# Curved enough that a one-sided difference is off by more than the tolerance.
SCALAR: dict[str, Callable[[Any], Any]] = {
    "exponential": lambda x: np.sum(np.exp(3.0 * x)),
    "wave": lambda x: np.sum(np.sin(7.0 * x) * np.sin(7.0 * x + 1.0)),
    "coupled": lambda x: np.sum(x**3) * np.sum(4.0 * x**2),
}


def vector(kind: str, A: Array) -> Callable[[Any], Any]:
    """Return a function to vectors: A times a curved function of the flattened argument."""
    if kind == "waves":
        return lambda x: A @ np.sin(7.0 * np.reshape(x, -1))
    return lambda x: A @ np.exp(3.0 * np.reshape(x, -1))


def differences(numerical_gradient: Callable[..., Any], kind: str, x: Array, eps: float) -> dict[str, Any]:
    """Differentiate a function that keeps what it is handed, and see by how many `eps` x has moved."""
    kept: list[Array] = []

    def f(at: Array) -> Any:
        kept.append(at)
        return SCALAR[kind](at)

    handed = x.copy()
    gradient = wrote(numerical_gradient(f, handed, eps))
    return {"gradient": gradient, "x_moved_by": np.round((handed - x) / eps)}


def differences_of_a_vector(
    numerical_jacobian: Callable[..., Any], kind: str, A: Array, x: Array, eps: float
) -> tuple[Any]:
    """Differentiate a function to vectors."""
    return (numerical_jacobian(vector(kind, A), x, eps),)


def counted(jacobian_from_products: Callable[..., Any], A: Array, mode: str) -> tuple[Any, int]:
    """Ask for the Jacobian A by products with its columns or rows, and count them."""
    m, n = A.shape
    product = Counting((lambda v: A @ v) if mode == "columns" else (lambda u: u @ A))
    J = wrote(jacobian_from_products(product, n, m, mode))
    return J, product.calls
