"""Norms of vectors and matrices, and what is measured by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._calls import compose
from ._tools import given, shape_of
from .decompositions import singular_values
from .determinants import square
from .reduction import count, norm2


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # NumPy's name
    rank = len(shape_of(x))
    axes = (axis if axis is None or isinstance(axis, tuple) else (axis,)) or (
        None if ord is None else tuple(range(rank))
    )
    if axes is None or ord in ("fro", "f") or (ord is None) or (ord == 2 and len(axes) == 1):
        return norm2(x, axis=axes, keepdims=keepdims)
    return (_vector_norm if len(axes) == 1 else _matrix_norm)(x, ord, axes, keepdims)


def _largest(x: Any, axes: Any, keepdims: bool = False) -> Any:
    """The largest of numbers that are not negative; of none it is 0."""
    return (np.max if count(x, axes) else np.sum)(x, axis=axes, keepdims=keepdims)


def _smallest(x: Any, axes: Any, keepdims: bool = False) -> Any:
    return np.min(x, axis=axes, keepdims=keepdims)


def _vector_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if abs(order) == np.inf:
        return (_largest if order > 0 else _smallest)(np.abs(x), axes, keepdims)
    if order == 0:
        return np.sum(np.where(np.not_equal(x, 0), np.ones_like(x), 0.0), axis=axes, keepdims=keepdims)
    if order == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=keepdims)
    total = np.sum(_powers(x, float(order)), axis=axes, keepdims=keepdims)
    nothing = np.equal(total, 0)  # the norm of a zero vector is 0, and so is its slope
    return np.where(nothing, 0.0, np.where(nothing, 1.0, total) ** (1.0 / order))


def _powers(x: Any, order: float) -> Any:
    """``|x|**order``; at 0, where some derivative has a kink or is infinite, all of them are 0."""
    if order % 2 == 0 and order > 0:  # smooth, without |x|
        return np.power(x, order)
    if order < 0:
        return np.abs(x) ** order
    nothing = np.equal(x, 0)
    return np.where(nothing, 0.0, np.abs(np.where(nothing, 1.0, x)) ** order)


def _matrix_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    extreme = _smallest if isinstance(order, int | float) and order < 0 else _largest
    moved = np.moveaxis(x, axes, (-2, -1))
    if order in (1, -1, np.inf, -np.inf):
        out = extreme(np.sum(np.abs(moved), axis=-2 if abs(order) == 1 else -1), -1)
    else:
        singular = singular_values(moved)
        out = np.sum(singular, axis=-1) if order == "nuc" else extreme(singular, -1)
    if not keepdims:
        return out
    return np.expand_dims(out, tuple(a % len(shape_of(x)) for a in axes))


compose(
    np.linalg.norm,
    _norm,
    given(
        ((3,), {}),
        ((2, 3), {}),
        ((2, 3), {"axis": 1}),
        *[((4,), {"ord": o}) for o in (1, 2, 3, -1, np.inf, -np.inf)],
        *[((2, 3), {"ord": o}) for o in (1, -1, 2, -2, np.inf, -np.inf, "fro", "nuc")],
        ((2, 3, 4), {"ord": 1, "axis": (0, 2), "keepdims": True}),
    ),
)
compose(
    np.linalg.vector_norm,
    lambda x, axis=None, keepdims=False, ord=2: (
        _norm(np.ravel(x), ord) if axis is None else _norm(x, ord, axis, keepdims)
    ),
    given(((3,), {}), ((2, 3), {"axis": 1, "ord": 3})),
)
compose(
    np.linalg.matrix_norm,
    lambda x, keepdims=False, ord="fro": _norm(x, ord, (-2, -1), keepdims),
    given(((2, 3), {}), ((2, 3, 3), {"ord": 2})),
)


def _cond(x: Any, p: Any = None) -> Any:
    """How much a relative error of b can grow in the solution of A x = b."""
    if p in (None, 2, -2):
        s = singular_values(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return _norm(x, p, (-2, -1)) * _norm(np.linalg.inv(x), p, (-2, -1))


def _conditions(rng: np.random.Generator) -> Any:
    for p in (None, -2, 1, "fro"):
        for x, _ in square(rng):
            yield x, {"p": p}


compose(np.linalg.cond, _cond, _conditions)
