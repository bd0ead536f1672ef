"""Sums and what is made of them, maxima and minima."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..bare import values_in
from ..custom import primitive
from ..modes import mode
from ..rules import declare, entry
from ._calls import compose
from ._tools import given, linear, or_zero, shape_of
from .arithmetic import above

Axis = Any


def axes_of(x: Any, axis: Axis) -> tuple[int, ...]:
    """Return the reduced axes as numbers from 0 up."""
    ndim = len(shape_of(x))
    if axis is None or not ndim:  # NumPy takes axis=0 of a number, too
        return tuple(range(ndim))
    return tuple(a % ndim for a in (axis if isinstance(axis, tuple | list) else (axis,)))


def restored(reduced: Any, out: Any, x: Any, axis: Axis) -> Any:
    """Give back to `reduced` the axes that the reduction removed, with size 1; leading batch axes stay."""
    axes = axes_of(x, axis)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape_of(x)))
    full = shape_of(reduced)
    return np.reshape(reduced, full[: len(full) - len(shape_of(out))] + kept)


def count(x: Any, axis: Axis) -> int:
    """How many entries go into one entry of the result."""
    shape = shape_of(x)
    return math.prod(shape[a] for a in axes_of(x, axis))


_AXES: tuple[Any, ...] = (
    ((), {}),
    ((3,), {}),
    ((2, 4), {"axis": 0}),
    ((2, 4), {"axis": -1, "keepdims": True}),
    ((2, 3, 4), {"axis": (0, 2)}),
    ((2, 3, 4), {"axis": (-1, 0), "keepdims": True}),
)


def _sum_vjp(out_bar: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    # Every entry entered the sum once: each gets the cotangent of its sum.
    if axis is None and type(out_bar) in (np.float64, np.float32) and type(x) is np.ndarray:
        x_bar = np.empty(x.shape, out_bar.dtype)  # together a third of np.full
        x_bar.fill(out_bar)
        return x_bar
    column = restored(out_bar, out, x, axis)
    return np.broadcast_to(column, shape_of(column)[: len(shape_of(column)) - len(shape_of(x))] + shape_of(x))


def _mean_vjp(out_bar: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    if axis is None and type(out_bar) in (np.float64, np.float32) and type(x) is np.ndarray:
        return _sum_vjp(out_bar / out_bar.dtype.type(x.size), out, x)
    return _sum_vjp(out_bar / count(x, axis), out, x, axis)


linear(np.sum, _sum_vjp, samples=given(*_AXES, ((0, 3), {"axis": 0})))
linear(np.mean, _mean_vjp, samples=given(*_AXES))


# What np.sum and np.mean do for arrays, without the layers of Python around it.
_add_up: Any = np.add.reduce  # by position, which its stubs do not know


def _quick_sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _add_up(x, tuple(axis) if type(axis) is list else axis, None, None, keepdims)


def _quick_mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    if x.dtype.kind != "f" or not x.size:
        return np.mean(x, axis=axis_key(axis), keepdims=keepdims)
    total = _quick_sum(x, axis, keepdims)
    return total / total.dtype.type(x.size // max(total.size, 1))


_quick_sum.__qualname__, _quick_mean.__qualname__ = "sum", "mean"  # what Python's errors call them
entry(np.sum).call, entry(np.mean).call = _quick_sum, _quick_mean


def _winners(out: Any, x: Any, axis: Axis) -> Any:
    """Shares of the entries in their extremum: equal extrema share equally."""
    won = np.equal(x, restored(out, out, x, axis))
    shares = won / np.sum(won, axis=axes_of(x, axis), keepdims=True)
    return shares.astype(getattr(x, "dtype", np.float64))


def _extremum_vjp(out_bar: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return restored(out_bar, out, x, axis) * _winners(out, x, axis)


def _extremum_jvp(x_dot: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return np.sum(x_dot * _winners(out, x, axis), axis=axis, keepdims=keepdims)


declare(np.max, vjp=[_extremum_vjp], jvp=[_extremum_jvp], samples=given(*_AXES))
declare(np.min, vjp=[_extremum_vjp], jvp=[_extremum_jvp], samples=given(*_AXES))
compose(np.amax, np.max, given(*_AXES))
compose(np.amin, np.min, given(*_AXES))
compose(
    np.ptp,
    lambda a, axis=None, keepdims=False: (
        np.max(a, axis=axis, keepdims=keepdims) - np.min(a, axis=axis, keepdims=keepdims)
    ),
    given(*_AXES[1:]),
)


@primitive
def norm2(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """Square root of the sum of squares. The slope of a zero vector is 0."""
    return np.sqrt(np.sum(np.square(x), axis=axis_key(axis), keepdims=keepdims))


def axis_key(axis: Axis) -> Axis:
    """Return a list of axes as the tuple that NumPy takes."""
    return tuple(axis) if isinstance(axis, list) else axis


def _unit(out: Any, x: Any, axis: Axis) -> Any:
    return or_zero(x, restored(out, out, x, axis))


declare(
    norm2,
    vjp=[
        lambda out_bar, out, x, axis=None, keepdims=False: (
            restored(out_bar, out, x, axis) * _unit(out, x, axis)
        )
    ],
    jvp=[
        lambda x_dot, out, x, axis=None, keepdims=False: np.sum(
            x_dot * _unit(out, x, axis), axis=axis_key(axis), keepdims=keepdims
        )
    ],
    samples=given(*_AXES),
)


@primitive
def logsumexp(x: Any, *, axis: Axis = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))``; the largest entry is taken out first, so nothing overflows."""
    top = np.max(x, axis=axis, keepdims=True)
    total = np.sum(np.exp(x - np.where(np.isfinite(top), top, 0.0)), axis=axis, keepdims=True)
    out = (
        np.log(total + np.equal(top, -np.inf)) + top
    )  # where all entries are -inf, so is the result: 0 + top
    axes = axes_of(x, axis)
    return out if keepdims else np.reshape(out, [n for i, n in enumerate(shape_of(x)) if i not in axes])


def _shares(out: Any, x: Any, axis: Axis) -> Any:
    return np.exp(above(x, restored(out, out, x, axis)))


declare(
    logsumexp,
    vjp=[
        lambda out_bar, out, x, axis=None, keepdims=False: (
            restored(out_bar, out, x, axis) * _shares(out, x, axis)
        )
    ],
    jvp=[
        lambda x_dot, out, x, axis=None, keepdims=False: np.sum(
            x_dot * _shares(out, x, axis), axis=axis, keepdims=keepdims
        )
    ],
    samples=given(*_AXES),
)


# The product of all other entries: out / x where no entry is 0, and otherwise product by product.
@primitive
def prod_last(x: Any) -> Any:
    """Product over the last axis."""
    return np.multiply.reduce(x, axis=-1)


def _others(out: Any, x: Any) -> Any:
    if not mode.tracing and np.all(values_in(x)):
        return out[..., None] / x
    n = shape_of(x)[-1]
    return prod_last(np.where(np.eye(n, dtype=bool), 1.0, x[..., None, :]))


def _zeros_too(rng: np.random.Generator) -> Any:
    yield (rng.normal(size=(3,)), {})
    yield (rng.normal(size=(2, 4)), {})
    yield (np.array([[2.0, 0.0, 3.0], [0.0, 0.0, 1.5]]), {})


declare(
    prod_last,
    vjp=[lambda out_bar, out, x: out_bar[..., None] * _others(out, x)],
    jvp=[lambda x_dot, out, x: np.sum(x_dot * _others(out, x), axis=-1)],
    samples=_zeros_too,
)


def gathered(a: Any, axis: Axis) -> Any:
    """The axes to reduce in a row, as the last one."""
    axes = axes_of(a, axis)
    kept = [i for i in range(len(shape_of(a))) if i not in axes]
    return np.reshape(np.transpose(a, [*kept, *axes]), [shape_of(a)[i] for i in kept] + [count(a, axis)])


def _prod(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    out = prod_last(gathered(a, axis))
    return restored(out, out, a, axis) if keepdims else out


compose(np.prod, _prod, given(*_AXES))
