"""Sums and what is made of them, maxima and minima."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..rules import declare
from ._tools import linear, shape_of

Axis = Any


def axes_of(x: Any, axis: Axis) -> tuple[int, ...]:
    """Return the reduced axes as numbers from 0 up."""
    ndim = len(shape_of(x))
    if axis is None:
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
    return int(np.prod([shape[a] for a in axes_of(x, axis)], dtype=int))


def axis_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Yield arrays with every kind of axis."""
    yield (rng.normal(size=()), {})
    yield (rng.normal(size=(3,)), {})
    yield (rng.normal(size=(2, 4)), {"axis": 0})
    yield (rng.normal(size=(2, 4)), {"axis": -1, "keepdims": True})
    yield (rng.normal(size=(2, 3, 4)), {"axis": (0, 2)})
    yield (rng.normal(size=(2, 3, 4)), {"axis": (-1, 0), "keepdims": True})


def sum_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Yield the same, and an empty array."""
    yield from axis_samples(rng)
    yield (rng.normal(size=(0, 3)), {"axis": 0})


def _sum_vjp(out_bar: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    # Every entry entered the sum once: each gets the cotangent of its sum.
    column = restored(out_bar, out, x, axis)
    return np.broadcast_to(column, shape_of(column)[: len(shape_of(column)) - len(shape_of(x))] + shape_of(x))


def _mean_vjp(out_bar: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return _sum_vjp(out_bar / count(x, axis), out, x, axis)


linear(np.sum, _sum_vjp, samples=sum_samples)
linear(np.mean, _mean_vjp, samples=axis_samples)


def _winners(out: Any, x: Any, axis: Axis) -> Any:
    """Shares of the entries in their extremum: equal extrema share equally."""
    won = np.equal(x, restored(out, out, x, axis))
    shares = won / np.sum(won, axis=axes_of(x, axis), keepdims=True)
    return shares.astype(getattr(x, "dtype", np.float64))


def _extremum_vjp(out_bar: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return restored(out_bar, out, x, axis) * _winners(out, x, axis)


def _extremum_jvp(x_dot: Any, out: Any, x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return np.sum(x_dot * _winners(out, x, axis), axis=axis, keepdims=keepdims)


declare(np.max, vjp=[_extremum_vjp], jvp=[_extremum_jvp], samples=axis_samples)
declare(np.min, vjp=[_extremum_vjp], jvp=[_extremum_jvp], samples=axis_samples)
