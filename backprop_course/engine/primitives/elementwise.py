"""Functions of one array, entry by entry, each by its derivative ``(out, x) -> slope``."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import refusals
from ..bare import values_in
from ..custom import primitive
from ._calls import compose
from ._tools import (
    anywhere,
    away_from_zero,
    between_integers,
    elementwise,
    given,
    inside_one,
    linear,
    over,
    positive,
    shape_of,
    unary,
)

elementwise(np.negative, -1.0, samples=unary(anywhere), scalar=operator.neg)
elementwise(np.positive, 1.0, samples=unary(anywhere))
elementwise(np.exp, lambda out, x: out, samples=unary(anywhere), scalar=math.exp)
elementwise(np.exp2, lambda out, x: out * math.log(2.0), samples=unary(anywhere))
elementwise(np.expm1, lambda out, x: out + 1.0, samples=unary(anywhere), scalar=math.expm1)
elementwise(np.log, lambda out, x: over(1.0, x), samples=unary(positive), scalar=math.log)
elementwise(np.log2, lambda out, x: over(1.0 / math.log(2.0), x), samples=unary(positive))
elementwise(np.log10, lambda out, x: over(1.0 / math.log(10.0), x), samples=unary(positive))
elementwise(np.log1p, lambda out, x: over(1.0, 1.0 + x), samples=unary(positive), scalar=math.log1p)
elementwise(np.sqrt, lambda out, x: over(0.5, out), samples=unary(positive), scalar=math.sqrt)
elementwise(np.cbrt, lambda out, x: over(1.0, 3.0 * out * out), samples=unary(positive))
elementwise(np.square, lambda out, x: 2.0 * x, samples=unary(anywhere))
elementwise(np.reciprocal, lambda out, x: -out * out, samples=unary(away_from_zero))
elementwise(np.sin, lambda out, x: np.cos(x), samples=unary(anywhere), scalar=math.sin)
elementwise(np.cos, lambda out, x: -np.sin(x), samples=unary(anywhere), scalar=math.cos)
elementwise(np.tan, lambda out, x: 1.0 + out * out, samples=unary(inside_one))
elementwise(np.arcsin, lambda out, x: over(1.0, np.sqrt(1.0 - x * x)), samples=unary(inside_one))
elementwise(np.arccos, lambda out, x: over(-1.0, np.sqrt(1.0 - x * x)), samples=unary(inside_one))
elementwise(np.arctan, lambda out, x: over(1.0, 1.0 + x * x), samples=unary(anywhere))
elementwise(np.sinh, lambda out, x: np.cosh(x), samples=unary(anywhere))
elementwise(np.cosh, lambda out, x: np.sinh(x), samples=unary(anywhere))
elementwise(np.tanh, lambda out, x: 1.0 - out * out, samples=unary(anywhere), scalar=math.tanh)
elementwise(np.arcsinh, lambda out, x: over(1.0, np.sqrt(x * x + 1.0)), samples=unary(anywhere))
elementwise(
    np.arccosh,
    lambda out, x: over(1.0, np.sqrt(x * x - 1.0)),
    samples=unary(lambda rng, shape: rng.uniform(1.5, 3.0, size=shape)),
)
elementwise(np.arctanh, lambda out, x: over(1.0, 1.0 - x * x), samples=unary(inside_one))

# |x| has a kink at 0; the convention is slope 0 there, the mean of the slopes on both sides.
elementwise(np.absolute, lambda out, x: np.sign(x), samples=unary(away_from_zero), scalar=abs)
elementwise(np.fabs, lambda out, x: np.sign(x), samples=unary(away_from_zero))

# Steps: flat wherever they are smooth.
for step in (np.sign, np.floor, np.ceil, np.trunc, np.rint):
    elementwise(step, 0.0, samples=unary(between_integers))
elementwise(np.round, 0.0, samples=unary(between_integers))
compose(np.around, lambda a, decimals=0: np.round(a, decimals), unary(between_integers))
compose(np.fix, lambda x: np.trunc(x), unary(between_integers))

for turn_to_degrees in (np.degrees, np.rad2deg):
    elementwise(turn_to_degrees, 180.0 / math.pi, samples=unary(anywhere))
for turn_to_radians in (np.radians, np.deg2rad):
    elementwise(turn_to_radians, math.pi / 180.0, samples=unary(anywhere))
compose(np.conjugate, lambda x: np.positive(x), unary(anywhere))
compose(np.real, lambda val: np.positive(val), unary(anywhere))
compose(np.real_if_close, lambda a, tol=100: np.positive(a), unary(anywhere))
compose(np.imag, lambda val: np.where(np.zeros(shape_of(val), dtype=bool), val, 0.0), unary(anywhere))


def _angle(z: Any, deg: bool = False) -> Any:
    """0 to the right of 0, pi to the left of it: flat on both sides."""
    radians = np.arctan2(0.0, z)
    return np.degrees(radians) if deg else radians


compose(np.angle, _angle, unary(away_from_zero))


@primitive
def cast(x: Any, *, to: Any) -> Any:
    """The same numbers in another floating dtype; `None` is their own."""
    return np.asarray(x).astype(to or x.dtype)[()]


# Rounding aside this is the identity; what comes back is rounded to the precision that went in.
linear(
    cast,
    lambda out_bar, out, x, to: cast(out_bar, to=getattr(x, "dtype", None)),
    samples=given(((2, 3), {"to": None}), ((0, 3), {"to": None})),
)


def _astype(x: Any, dtype: Any, copy: bool = True, device: None = None) -> Any:
    kind = np.dtype(dtype).kind
    if kind == "c":
        raise refusals.not_real(np.dtype(dtype))
    return cast(x, to=dtype) if kind == "f" else np.asarray(values_in(x)).astype(dtype)


def _doubles(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield rng.normal(size=(2, 3)), np.float64


compose(np.astype, _astype, _doubles)


def _i0(x: Any) -> Any:
    """The mean of ``exp(x cos t)`` over the circle; evenly spaced points are exact for periodic functions."""
    largest = float(np.max(np.abs(values_in(x)), initial=0.0))
    n = 32 + int(12.0 * np.sqrt(largest + 1.0))
    cosines = np.cos(np.arange(n) * (2.0 * np.pi / n)).astype(getattr(x, "dtype", float))
    return np.mean(np.exp(x[..., None] * cosines), axis=-1)


compose(np.i0, _i0, unary(anywhere))


def _nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    limits = np.finfo(getattr(x, "dtype", np.float64))
    high, low = limits.max if posinf is None else posinf, limits.min if neginf is None else neginf
    x = np.where(np.isnan(x), nan, x)  # slope 0 where an entry is replaced
    return np.where(np.equal(x, np.inf), float(high), np.where(np.equal(x, -np.inf), float(low), x))


compose(np.nan_to_num, _nan_to_num, unary(anywhere))


def _sinc(x: Any) -> Any:
    """``sin(pi x) / (pi x)``; near 0 its power series, so that derivatives of any order are right there."""
    z = np.pi * x
    near = np.less(np.abs(z), 0.5)
    square = np.where(near, z * z, 0.0)
    series = 1.0 + 0.0 * square
    for k in range(9, 0, -1):  # Horner's rule for sum (-z^2)^k / (2k + 1)!
        series = 1.0 - series * square / (2 * k * (2 * k + 1))
    away = np.where(near, 1.0, z)
    return np.where(near, series, np.sin(away) / away)


def _around_zero(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (np.array([0.0, 0.01, -0.1, 0.159, 0.16, 1.3, -2.0]),)


compose(np.sinc, _sinc, _around_zero)
