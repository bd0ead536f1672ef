"""Activations of networks that NumPy does not have; slopes at kinks are those of the left side."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ...errors import UsageError
from ..custom import primitive
from ..rules import entry
from ._calls import compose
from ._tools import anywhere, away_from_zero, elementwise, unary
from .special import erf


@primitive
def sigmoid(x: Any) -> Any:
    """``1 / (1 + exp(-x))``, entry by entry; exact and silent at any size of `x`.

    The exponential is only taken of numbers below 0, so it cannot overflow.

    Parameters
    ----------
    x : array_like or Tensor of floats, any shape
    """
    e = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1.0, e) / (1.0 + e)


def _sigmoid_of_float(x: float) -> float:
    e = math.exp(-abs(x))
    return 1.0 / (1.0 + e) if x >= 0 else e / (1.0 + e)


def _relu_of_float(x: float) -> float:
    return x if x > 0 or x != x else 0.0


@primitive
def relu(x: Any) -> Any:
    """``max(x, 0)``, entry by entry. The slope at 0 is 0."""
    return np.maximum(x, 0.0)


elementwise(sigmoid, lambda out, x: out * (1.0 - out), samples=unary(anywhere), scalar=_sigmoid_of_float)
elementwise(relu, lambda out, x: np.greater(out, 0), samples=unary(away_from_zero), scalar=_relu_of_float)


def _relu_vjp(out_bar: Any, out: Any, x: Any) -> Any:
    """The same product; of two arrays of one kind without NumPy's piecewise conversion of the booleans."""
    mask = np.greater(out, 0)
    if type(out_bar) is not np.ndarray or type(mask) is not np.ndarray or out_bar.shape != mask.shape:
        return out_bar * mask
    slope = mask.astype(out_bar.dtype)
    return np.multiply(out_bar, slope, slope)


entry(relu).vjp = [_relu_vjp]


@primitive
def softplus(x: Any) -> Any:
    """``log(1 + exp(x))``, entry by entry, a smooth relu; exact and silent at any size of `x`."""
    return np.logaddexp(x, 0.0)


elementwise(softplus, lambda out, x: sigmoid(x), samples=unary(anywhere))


def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """`x` where it is above 0, ``slope * x`` elsewhere. The slope at 0 is `slope`."""
    return np.where(np.greater(x, 0), x, slope * x)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """`x` where it is above 0, ``alpha * (exp(x) - 1)`` elsewhere; its slope is continuous for alpha 1.

    References
    ----------
    Clevert, Unterthiner & Hochreiter, "Fast and accurate deep network learning by exponential linear units
    (ELUs)" (2016).
    """
    return np.where(np.greater(x, 0), x, alpha * np.expm1(np.where(np.greater(x, 0), 0.0, x)))


def silu(x: Any) -> Any:
    """``x * sigmoid(x)``, also called Swish."""
    return x * sigmoid(x)


def gelu(x: Any, approximate: str = "none") -> Any:
    """``x * Phi(x)``, where Phi is the normal distribution function.

    Parameters
    ----------
    x : array_like or Tensor of floats
    approximate : {"none", "tanh"}
        The exact form by `erf`, or the one by tanh.

    References
    ----------
    Hendrycks & Gimpel, "Gaussian error linear units" (2016).
    """
    if approximate == "tanh":
        return 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x**3)))
    if approximate != "none":
        raise UsageError(
            "gelu knows two forms.",
            expected="approximate='none' or 'tanh'",
            got=repr(approximate),
            mend="leave it out for the exact form",
        )
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))


def maxout(*xs: Any) -> Any:
    """The elementwise maximum of several arrays; at a tie of two each has slope one half."""
    return functools.reduce(np.maximum, xs)


for _activation in (leaky_relu, elu, silu, gelu):
    compose(_activation, _activation, unary(away_from_zero))
compose(
    maxout, maxout, lambda rng: iter([(rng.normal(size=(2, 3)), rng.normal(size=(2, 3)), rng.normal(size=3))])
)
