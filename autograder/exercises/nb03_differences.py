"""NB03.E02 and E03: gradients and Jacobians by central differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor, jacobian

from ..exercise import Exercise
from ..instances import sizes
from ..mistakes import M02, M06, M25, M28, Kind
from ..probes.nb03 import SCALAR, vector
from ..reference import values_of

ONE_SIDED = Kind(
    "one-sided",
    "the difference is one-sided instead of central",
    "The numbers are right to fewer digits than a central difference gives.",
    "A less accurate formula is used.",
    "Stepping to one side only leaves an error that shrinks like the step; stepping to both sides and "
    "dividing by the distance between them cancels it.",
    "NB03.W4",
)
WRONG_DISTANCE = Kind(
    "wrong-distance",
    "the difference is divided by another distance than the one between the two points",
    "The numbers are twice as large as they should be, or far from it by a power of the step.",
    "A denominator is wrong.",
    "A slope is a difference of values over the distance between the two places: one step to each side "
    "makes two steps.",
    "NB03.W4",
)
ALL_AT_ONCE = Kind(
    "all-at-once",
    "all entries are moved at once",
    "Every entry is the same number: the sum of the right ones.",
    "A loop over the entries is missing.",
    "A partial derivative moves one entry and holds all the others still.",
    "NB03.W4",
)
FLATTENED = Kind(
    "flattened",
    "the axes of the input are laid out in one row",
    "The numbers are right, one behind another; the shape is not.",
    "A shape is lost on the way.",
    "A derivative has the axes of its input, all of them. What was laid out flat to go through it is given "
    "its shape back.",
    "NB03.W4",
)
EPS = 1e-6


def _slopes(f: Any, x: Any, step: Any, quotient: Any) -> Any:
    """Go through the entries: `step` moves one of a copy of x, `quotient` makes a slope of what f gives."""
    out = None
    for index in np.ndindex(np.shape(x)):
        value = np.asarray(quotient(f, *step(x, index)))
        out = np.zeros((*value.shape, *np.shape(x))) if out is None else out
        out[(..., *index)] = value
    return out


def _both_sides(x: Any, index: Any) -> Any:
    up, down = np.array(x, float), np.array(x, float)
    up[index] += EPS
    down[index] -= EPS
    return up, down, np.array(x, float)


def _whole(x: Any, index: Any) -> Any:
    return np.asarray(x) + EPS, np.asarray(x) - EPS, np.array(x, float)


def _keeping_the_dtype(x: Any, index: Any) -> Any:
    up, down = x.copy(), x.copy()
    up[index] = x[index] + EPS
    down[index] = x[index] - EPS
    return up, down, x


def _central(f: Any, up: Any, down: Any, at: Any) -> Any:
    return (f(up) - f(down)) / (2 * EPS)


_QUOTIENTS: list[Any] = [
    (ONE_SIDED, lambda f, up, down, at: (f(up) - f(at)) / EPS),
    (ONE_SIDED, lambda f, up, down, at: (f(at) - f(down)) / EPS),
    (WRONG_DISTANCE, lambda f, up, down, at: (f(up) - f(down)) / EPS),
    (WRONG_DISTANCE, lambda f, up, down, at: (f(up) - f(down)) / 2),
    (WRONG_DISTANCE, lambda f, up, down, at: (f(up) - f(at)) / (2 * EPS)),
    (M06, lambda f, up, down, at: (f(down) - f(up)) / (2 * EPS)),
]


def _by(quotient: Any, step: Any = _both_sides) -> Any:
    return lambda f, x, eps: _slopes(f, x, step, quotient)


def _left_moved(f: Any, x: Any, eps: float) -> Any:
    """Move each entry in place, and never back from the lower side."""
    if x.dtype.kind != "f":
        return _by(_central)(f, x, eps)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        before = x[index]
        x[index] = before + eps
        above = f(x)
        x[index] = before - eps
        gradient[index] = (above - f(x)) / (2 * eps)
    return gradient


def _gradient(kind: str, x: Any) -> dict[str, Any]:
    at = Tensor(np.asarray(x, np.float64), requires_grad=True)
    SCALAR[kind](at).backward()
    return {"gradient": np.asarray(at.grad), "x_moved_by": np.zeros(np.shape(x))}


def _moderate(rng: np.random.Generator, *shape: int) -> Any:
    return rng.uniform(-0.9, 0.9, shape)


# The tolerance lies between the errors of central differences, below 1e-8 of the largest number here, and
# those of one-sided ones, above 1e-6 of it.
numerical_gradient = Exercise(
    id="NB03.E02",
    points=3,
    see="NB03.W4",
    answer="numerical_gradient(f, x, eps) -> gradient",
    probe="nb03.differences(kind, x: (n, k), eps) -> gradient: (n, k), x_moved_by: (n, k)",
    reference=values_of(_gradient),
    instances=sizes(
        n=4,
        k=3,
        draw={
            "kind": lambda rng: str(rng.choice(list(SCALAR))),
            "x": lambda rng, n, k: _moderate(rng, n, k),
            "eps": lambda: EPS,
        },
        cases={
            "x has one axis": {"x": lambda rng: _moderate(rng, 5)},
            "x has three axes": {"x": lambda rng: _moderate(rng, 2, 3, 2)},
            "x has one entry": {"x": lambda rng: _moderate(rng, 1)},
            "x holds integers": {"kind": "exponential", "x": np.array([0, 1, -1, 1])},
            "x holds integers in two axes": {"kind": "wave", "x": np.array([[1, 0], [-1, 2], [2, -2]])},
        },
        without=["float32", "zeros", "read-only"],
    ),
    rtol=1e-7,
    atol=2e-8,
    shares={"x_moved_by": 0.5},
    mistakes=[
        *(kind(_by(quotient)) for kind, quotient in _QUOTIENTS),
        ALL_AT_ONCE(_by(_central, _whole)),
        M25(_left_moved),
        M28(_by(_central, _keeping_the_dtype)),
        M28(lambda f, x, eps: _by(_central)(f, x, eps).astype(x.dtype)),
        FLATTENED(lambda f, x, eps: _by(_central)(f, x, eps).ravel()),
    ],
)


def _jacobian(kind: str, A: Any, x: Any) -> Any:
    return jacobian(vector(kind, A))(x)


def _transposed(f: Any, x: Any, eps: float) -> Any:
    J = _by(_central)(f, x, eps)
    return np.moveaxis(J, 0, -1)


numerical_jacobian = Exercise(
    id="NB03.E03",
    points=3,
    see="NB03.W4",
    answer="numerical_jacobian(f, x, eps) -> J",
    probe="nb03.differences_of_a_vector(kind, A: (m, q), x: (n, k), eps) -> J: (m, n, k)",
    reference=values_of(_jacobian),
    instances=sizes(
        m=(1, 5),
        n=4,
        k=3,
        draw={
            "kind": lambda rng: str(rng.choice(["waves", "powers"])),
            "x": lambda rng, n, k: _moderate(rng, n, k),
            "A": lambda rng, m, n, k: rng.standard_normal((m, n * k)),
            "eps": lambda: EPS,
        },
        cases={
            "x has one axis": {
                "x": lambda rng: _moderate(rng, 4),
                "A": lambda rng: rng.standard_normal((3, 4)),
            },
            "m = n": {"x": lambda rng: _moderate(rng, 4), "A": lambda rng: rng.standard_normal((4, 4))},
            "x has one entry": {
                "x": lambda rng: _moderate(rng, 1),
                "A": lambda rng: rng.standard_normal((3, 1)),
            },
        },
        without=["float32", "zeros"],
    ),
    rtol=1e-7,
    atol=2e-8,
    mistakes=[
        *(kind(_by(quotient)) for kind, quotient in _QUOTIENTS),
        ALL_AT_ONCE(_by(_central, _whole)),
        M02(_transposed),
        FLATTENED(lambda f, x, eps: _by(_central)(f, x, eps).reshape(-1, np.size(x))),
    ],
)
