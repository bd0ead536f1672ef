"""Functions of two arrays that broadcast, each by its partial derivatives."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..bare import values_in
from ..rules import declare
from ._calls import compose
from ._tools import (
    anywhere,
    away_from_zero,
    between_integers,
    binary,
    broadcast,
    elementwise,
    given,
    or_zero,
    over,
    positive,
    shape_of,
    unary,
    unbroadcast,
)


def dtype_of(x: Any) -> Any:
    """Dtype of an array, a Tensor or a number."""
    return getattr(x, "dtype", np.float64)


def greater_or_tied(a: Any, b: Any, out: Any) -> Any:
    """1 where a > b, ½ where they are equal, 0 elsewhere, in the dtype of `out`."""
    half = dtype_of(out).type(0.5) if shape_of(out) or hasattr(out, "dtype") else 0.5
    return np.greater(a, b) * half + np.greater_equal(a, b) * half


elementwise(np.add, 1.0, 1.0, samples=binary(), scalar=operator.add)
elementwise(np.subtract, 1.0, -1.0, samples=binary(), scalar=operator.sub)
elementwise(np.multiply, lambda out, a, b: b, lambda out, a, b: a, samples=binary(), scalar=operator.mul)
elementwise(
    np.true_divide,
    lambda out, a, b: over(1.0, b),
    lambda out, a, b: over(-out, b),
    samples=binary(anywhere, away_from_zero),
    scalar=operator.truediv,
)


def _power_by_base(out: Any, a: Any, b: Any) -> Any:
    if not isinstance(b, int | float | np.generic) or b == 0:  # a**0 is 1 for all a, 0 too: slope 0
        a = np.where(np.logical_and(np.equal(a, 0), np.equal(b, 0)), 1.0, a)
    return b * np.power(a, b - 1)


def _power_by_exponent(out: Any, a: Any, b: Any) -> Any:
    return out * np.log(np.where(np.equal(a, 0), 1.0, a))  # 0**b is 0 for all b > 0, so its slope is 0


elementwise(np.power, _power_by_base, _power_by_exponent, samples=binary(positive, anywhere), scalar=math.pow)

# At a tie each side gets half: the mean of the two one-sided slopes.
elementwise(
    np.maximum,
    lambda out, a, b: greater_or_tied(a, b, out),
    lambda out, a, b: greater_or_tied(b, a, out),
    samples=binary(),
)
elementwise(
    np.minimum,
    lambda out, a, b: greater_or_tied(b, a, out),
    lambda out, a, b: greater_or_tied(a, b, out),
    samples=binary(),
)
elementwise(
    np.remainder, 1.0, lambda out, a, b: -np.floor_divide(a, b), samples=binary(positive, away_from_zero)
)
elementwise(np.fmod, 1.0, lambda out, a, b: -np.trunc(over(a, b)), samples=binary(positive, away_from_zero))
elementwise(np.floor_divide, 0.0, 0.0, samples=binary(positive, away_from_zero))
compose(
    np.divmod,
    lambda a, b: (np.floor_divide(a, b), np.remainder(a, b)),
    binary(positive, away_from_zero),
)


def above(x: Any, out: Any) -> Any:
    """``x - out``, the logarithm of a share in a sum; a sum of nothing, with logarithm -inf, has none."""
    return x - np.where(np.equal(out, -np.inf), 0.0, out)


elementwise(
    np.logaddexp,
    lambda out, a, b: np.exp(above(a, out)),
    lambda out, a, b: np.exp(above(b, out)),
    samples=binary(),
)
elementwise(
    np.logaddexp2,
    lambda out, a, b: np.exp2(above(a, out)),
    lambda out, a, b: np.exp2(above(b, out)),
    samples=binary(),
)


def _picked(choose: Any) -> tuple[Any, Any]:
    """Partial derivatives of fmax and fmin: as of maximum and minimum, and what is nan is passed over."""

    def left(out: Any, a: Any, b: Any) -> Any:
        return np.where(np.isnan(b), 1.0, np.where(np.isnan(a), 0.0, choose(a, b, out))).astype(dtype_of(out))

    return left, lambda out, a, b: left(out, b, a)


elementwise(np.fmax, *_picked(greater_or_tied), samples=binary())
elementwise(np.fmin, *_picked(lambda a, b, out: greater_or_tied(b, a, out)), samples=binary())


elementwise(
    np.hypot,
    lambda out, a, b: or_zero(a, out),  # the norm of (a, b): slope 0 at the origin
    lambda out, a, b: or_zero(b, out),
    samples=binary(),
)
elementwise(
    np.arctan2,
    lambda out, a, b: or_zero(b, a * a + b * b),
    lambda out, a, b: or_zero(-a, a * a + b * b),
    samples=binary(),
)
elementwise(
    np.copysign,
    lambda out, a, b: np.sign(a) * np.copysign(1.0, b),  # |a| with the sign of b: slope 0 at a = 0
    0.0,
    samples=binary(away_from_zero, away_from_zero),
)
elementwise(
    np.heaviside,
    0.0,
    lambda out, a, b: np.equal(a, 0) * dtype_of(out).type(1.0),  # b is the value at 0
    samples=binary(away_from_zero, anywhere),
)
compose(np.float_power, lambda a, b: np.power(a, b), binary(positive, anywhere))


def _ldexp(x: Any, exponent: Any) -> Any:
    return x * np.ldexp(dtype_of(x).type(1.0), exponent)


def _frexp(x: Any) -> tuple[Any, Any]:
    exponent = np.frexp(values_in(x))[1]
    return _ldexp(x, -exponent), exponent


compose(np.ldexp, _ldexp, given(((3,), np.array([1, 0, -2]), {}), ((2, 3), 4, {})))
compose(np.frexp, _frexp, given(((3,), {}), ((2, 3), {})))
compose(np.modf, lambda x: (x - np.trunc(x), np.trunc(x)), unary(between_integers))


def _clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    a = a if low is None else np.maximum(a, low)
    return a if high is None else np.minimum(a, high)


compose(np.clip, _clip, given(((3, 4), {"a_min": -0.5, "a_max": 0.5}), ((3,), -0.2, (3,), {})))


def _where_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, b in (((), ()), ((3,), (2, 3)), ((2, 1), (2, 3))):
        yield np.array([True, False, True]), rng.normal(size=a), rng.normal(size=b)


# np.where selects: the cotangent goes where the value came from.
declare(
    np.where,
    vjp=[
        None,
        lambda out_bar, out, c, a, b: unbroadcast(np.where(c, out_bar, 0.0), a, out),
        lambda out_bar, out, c, a, b: unbroadcast(np.where(c, 0.0, out_bar), b, out),
    ],
    jvp=[
        None,
        lambda x_dot, out, c, a, b: broadcast(np.where(c, x_dot, 0.0), out),
        lambda x_dot, out, c, a, b: broadcast(np.where(c, 0.0, x_dot), out),
    ],
    samples=_where_samples,
)
