"""Determinants, exact to all orders at singular matrices too.

The slope of the determinant is the matrix of cofactors. Written as ``det(A) inv(A)'`` it is nothing at
singular matrices and, a derivative later, mostly rounding near them. Here it is made of the singular values
instead, where a cofactor is a product of the others and nothing is divided or cancels.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..bare import values_in
from ..custom import primitive
from ..rules import declare
from ._calls import compose
from ._tools import batch_of, shape_of, sum_to
from .linalg import turned


def square(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Draw matrices far from singular."""
    yield (rng.normal(size=(3, 3)) + 3.0 * np.eye(3), {})
    yield (rng.normal(size=(2, 2, 2)) + 3.0 * np.eye(2), {})


def inner(x: Any, y: Any) -> Any:
    """Sum of the products of the entries of matrices."""
    return np.sum(x * y, axis=(-2, -1))


class _Turned:
    """A = R U S V' C: singular values after rows and columns were scaled by powers of two, which is exact.

    Without the scaling, small cofactors of a matrix with rows in different units would drown in the rounding
    of the large ones. Matrices that are not finite are put aside: their results are nan.
    """

    def __init__(self, a: Any) -> None:
        self.n = a.shape[-1]
        self.finite = np.isfinite(a).all((-2, -1), keepdims=True)
        a = np.where(self.finite, a, 0.0)
        self.rows = np.frexp(np.max(np.abs(a), axis=-1, keepdims=True, initial=0.0))[1]
        a = np.ldexp(a, -self.rows)
        self.columns = np.frexp(np.max(np.abs(a), axis=-2, keepdims=True, initial=0.0))[1]
        self.u, self.s, self.vt = np.linalg.svd(np.ldexp(a, -self.columns))
        sign = np.linalg.slogdet(self.u)[0] * np.linalg.slogdet(self.vt)[0]
        self.sign = sign[..., None, None]

    def back(self, inside: Any) -> Any:
        """Turn and scale a matrix of minors back: each misses a row and a column, and their scales."""
        out = np.matmul(np.matmul(self.u * self.sign, inside), self.vt)
        missed = np.sum(self.rows, axis=-2, keepdims=True) - self.rows
        out = np.ldexp(out, missed + np.sum(self.columns, axis=-1, keepdims=True) - self.columns)
        return np.where(self.finite, out, np.nan)

    def ahead(self, e: Any) -> Any:
        """The same turns and scales for a direction."""
        scaled = np.ldexp(e, -self.rows - self.columns)
        return np.matmul(np.matmul(np.swapaxes(self.u, -1, -2), scaled), np.swapaxes(self.vt, -1, -2))

    def left_out(self) -> tuple[Any, Any]:
        """Products of all singular values but one, and but two: shapes (..., n) and (..., n, n)."""
        n, s = self.n, self.s
        ones = np.ones_like(s[..., :1])
        before = np.cumprod(np.concatenate([ones, s], axis=-1), axis=-1)[..., :n]
        after = np.cumprod(np.concatenate([ones, s[..., ::-1]], axis=-1), axis=-1)[..., :n][..., ::-1]
        # Between i and j: a cumulative product of row i that starts behind i, one place later.
        behind = np.where(np.tri(n, k=0, dtype=bool), 1.0, s[..., None, :])
        between = np.cumprod(np.concatenate([np.ones_like(behind[..., :1]), behind], axis=-1), axis=-1)
        two = np.triu(before[..., :, None] * between[..., :n] * after[..., None, :], 1)
        return before * after, two + np.swapaxes(two, -1, -2)


@primitive
def cofactors(a: Any) -> Any:
    """The slope of the determinant: determinants without one row and one column, with their signs."""
    parts = _Turned(*values_in([a]))
    return parts.back(parts.left_out()[0][..., None] * np.eye(parts.n, dtype=parts.s.dtype))


@primitive
def cofactors_slope(a: Any, e: Any) -> Any:
    """Derivative of `cofactors` at `a` in the direction `e`, of matrices of the same size."""
    a, e = values_in([a, e])
    parts = _Turned(a)
    e, others = parts.ahead(e), parts.left_out()[1]
    diagonal = np.matmul(others, np.diagonal(e, axis1=-2, axis2=-1)[..., None])
    inside = diagonal * np.eye(parts.n, dtype=parts.s.dtype) - others * np.swapaxes(e, -1, -2)
    return parts.back(inside)


def _minors(a: Any) -> Any:
    """What is left without row i and column j: shape (..., n, n, n - 1, n - 1)."""
    n = shape_of(a)[-1]
    others = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=int).reshape(n, n - 1)
    return a[..., others[:, None, :, None], others[None, :, None, :]]


def _third(a: Any, e: Any, f: Any) -> Any:
    """Derivative of `cofactors_slope` at `a` in the directions `e` and `f`, from those of the minors."""
    n = shape_of(a)[-1]
    if n < 3:
        return 0.0 * (e + f)
    signs = ((-1.0) ** np.add.outer(np.arange(n), np.arange(n))).astype(getattr(a, "dtype", float))
    return signs * inner(cofactors_slope(_minors(a), _minors(e)), _minors(f))


# All derivatives of the determinant are symmetric in their directions: each formula serves both walks.
declare(
    np.linalg.det,
    vjp=[lambda out_bar, out, a: out_bar[..., None, None] * cofactors(a)],
    jvp=[lambda a_dot, out, a: inner(cofactors(a), a_dot)],
    samples=square,
)
declare(
    cofactors,
    vjp=[lambda out_bar, out, a: cofactors_slope(a, out_bar)],
    jvp=[lambda a_dot, out, a: cofactors_slope(a, a_dot)],
    samples=square,
)


def _by_matrix(out_bar: Any, out: Any, a: Any, e: Any) -> Any:
    return sum_to(_third(a, e, out_bar), shape_of(a), len(batch_of(out_bar, out)))


def _by_direction(out_bar: Any, out: Any, a: Any, e: Any) -> Any:
    return sum_to(cofactors_slope(a, out_bar), shape_of(e), len(batch_of(out_bar, out)))


def _directions(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, _ in square(rng):
        yield a, rng.normal(size=a.shape), {}
    yield rng.normal(size=(3, 3)), rng.normal(size=(2, 3, 3)), {}


declare(
    cofactors_slope,
    vjp=[_by_matrix, _by_direction],
    jvp=[lambda a_dot, out, a, e: _third(a, e, a_dot), lambda e_dot, out, a, e: cofactors_slope(a, e_dot)],
    samples=_directions,
)


@primitive
def logabsdet(a: Any) -> Any:
    """Logarithm of the absolute value of the determinant."""
    return np.linalg.slogdet(a)[1]


declare(
    logabsdet,
    vjp=[lambda out_bar, out, a: out_bar[..., None, None] * turned(np.linalg.inv(a))],
    jvp=[lambda a_dot, out, a: inner(turned(np.linalg.inv(a)), a_dot)],
    samples=square,
)
SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")
compose(
    np.linalg.slogdet,
    lambda a: SlogdetResult(np.linalg.slogdet(values_in(a))[0], logabsdet(a)),
    square,
)
