"""Functions of one array, entry by entry, each by its derivative ``(out, x) -> slope``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..custom import primitive
from ._tools import anywhere, away_from_zero, between_integers, elementwise, inside_one, positive, unary

elementwise(np.negative, -1.0, samples=unary(anywhere))
elementwise(np.positive, 1.0, samples=unary(anywhere))
elementwise(np.exp, lambda out, x: out, samples=unary(anywhere))
elementwise(np.exp2, lambda out, x: out * math.log(2.0), samples=unary(anywhere))
elementwise(np.expm1, lambda out, x: out + 1.0, samples=unary(anywhere))
elementwise(np.log, lambda out, x: np.true_divide(1.0, x), samples=unary(positive))
elementwise(np.log2, lambda out, x: np.true_divide(1.0 / math.log(2.0), x), samples=unary(positive))
elementwise(np.log10, lambda out, x: np.true_divide(1.0 / math.log(10.0), x), samples=unary(positive))
elementwise(np.log1p, lambda out, x: np.true_divide(1.0, 1.0 + x), samples=unary(positive))
elementwise(np.sqrt, lambda out, x: np.true_divide(0.5, out), samples=unary(positive))
elementwise(np.cbrt, lambda out, x: np.true_divide(1.0, 3.0 * out * out), samples=unary(positive))
elementwise(np.square, lambda out, x: 2.0 * x, samples=unary(anywhere))
elementwise(np.reciprocal, lambda out, x: -out * out, samples=unary(away_from_zero))
elementwise(np.sin, lambda out, x: np.cos(x), samples=unary(anywhere))
elementwise(np.cos, lambda out, x: -np.sin(x), samples=unary(anywhere))
elementwise(np.tan, lambda out, x: 1.0 + out * out, samples=unary(inside_one))
elementwise(np.arcsin, lambda out, x: np.true_divide(1.0, np.sqrt(1.0 - x * x)), samples=unary(inside_one))
elementwise(np.arccos, lambda out, x: np.true_divide(-1.0, np.sqrt(1.0 - x * x)), samples=unary(inside_one))
elementwise(np.arctan, lambda out, x: np.true_divide(1.0, 1.0 + x * x), samples=unary(anywhere))
elementwise(np.sinh, lambda out, x: np.cosh(x), samples=unary(anywhere))
elementwise(np.cosh, lambda out, x: np.sinh(x), samples=unary(anywhere))
elementwise(np.tanh, lambda out, x: 1.0 - out * out, samples=unary(anywhere))
elementwise(np.arcsinh, lambda out, x: np.true_divide(1.0, np.sqrt(x * x + 1.0)), samples=unary(anywhere))
elementwise(
    np.arccosh,
    lambda out, x: np.true_divide(1.0, np.sqrt(x * x - 1.0)),
    samples=unary(lambda rng, shape: rng.uniform(1.5, 3.0, size=shape)),
)
elementwise(np.arctanh, lambda out, x: np.true_divide(1.0, 1.0 - x * x), samples=unary(inside_one))

# |x| has a kink at 0; the convention is slope 0 there, the mean of the slopes on both sides.
elementwise(np.absolute, lambda out, x: np.sign(x), samples=unary(away_from_zero))
elementwise(np.fabs, lambda out, x: np.sign(x), samples=unary(away_from_zero))

# Steps: flat wherever they are smooth.
for step in (np.sign, np.floor, np.ceil, np.trunc, np.rint):
    elementwise(step, 0.0, samples=unary(between_integers))


@primitive
def sigmoid(x: Any) -> Any:
    """1 / (1 + exp(-x)), entry by entry; exact and silent at any size of `x`.

    The exponential is only taken of negative numbers, so it cannot overflow.
    """
    e = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1.0, e) / (1.0 + e)


@primitive
def relu(x: Any) -> Any:
    """max(x, 0), entry by entry. The slope at 0 is 0."""
    return np.maximum(x, 0.0)


elementwise(sigmoid, lambda out, x: out * (1.0 - out), samples=unary(anywhere))
elementwise(relu, lambda out, x: np.greater(x, 0), samples=unary(away_from_zero))
