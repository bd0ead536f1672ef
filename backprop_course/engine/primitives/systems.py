"""Linear systems, least squares, pseudo-inverses and powers of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import NoDerivativeError
from ..bare import values_in
from ..custom import primitive
from ..rules import declare
from ._calls import compose
from ._tools import given, shape_of, sum_to
from .decompositions import rectangles
from .linalg import turned


@primitive
def solve_matrix(a: Any, b: Any) -> Any:
    """X in A X = B, for matrices and stacks of them."""
    return np.linalg.solve(a, b)


# A X = B: B_bar = A'^-1 X_bar and A_bar = -B_bar X'.
def _solve_vjp_right(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
    batch = len(shape_of(out_bar)) - len(shape_of(out))
    return sum_to(solve_matrix(turned(a), out_bar), shape_of(b), batch)


def _solve_vjp_left(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
    batch = len(shape_of(out_bar)) - len(shape_of(out))
    return sum_to(-np.matmul(solve_matrix(turned(a), out_bar), turned(out)), shape_of(a), batch)


def _systems(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, b in (((3, 3), (3, 2)), ((2, 3, 3), (3, 2)), ((3, 3), (2, 3, 1))):
        yield rng.normal(size=a) + 3.0 * np.eye(3), rng.normal(size=b)


declare(
    solve_matrix,
    vjp=[_solve_vjp_left, _solve_vjp_right],
    jvp=[
        lambda a_dot, out, a, b: -solve_matrix(a, np.matmul(a_dot, out)),
        lambda b_dot, out, a, b: np.broadcast_to(solve_matrix(a, b_dot), shape_of(out)),
    ],
    samples=_systems,
)


def _vectors(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield from _systems(rng)
    yield rng.normal(size=(3, 3)) + 3.0 * np.eye(3), rng.normal(size=3)


def _solve(a: Any, b: Any) -> Any:
    return solve_matrix(a, b[:, None])[..., 0] if len(shape_of(b)) == 1 else solve_matrix(a, b)


compose(np.linalg.solve, _solve, _vectors)


@primitive
def pinv(a: Any) -> Any:
    """The Moore-Penrose inverse, where the rank does not change."""
    return np.linalg.pinv(a)


# Golub & Pereyra, "The differentiation of pseudo-inverses", SIAM J. Numer. Anal. 10 (1973).
def _pinv_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    m, n = shape_of(a)[-2:]
    left = np.eye(m).astype(out.dtype) - np.matmul(a, out)
    right = np.eye(n).astype(out.dtype) - np.matmul(out, a)
    change = -np.matmul(np.matmul(out, a_dot), out)
    change = change + np.matmul(np.matmul(np.matmul(out, turned(out)), turned(a_dot)), left)
    return change + np.matmul(right, np.matmul(turned(a_dot), np.matmul(turned(out), out)))


def _pinv_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    m, n = shape_of(a)[-2:]
    left = np.eye(m).astype(out.dtype) - np.matmul(a, out)
    right = np.eye(n).astype(out.dtype) - np.matmul(out, a)
    change = -np.matmul(np.matmul(turned(out), out_bar), turned(out))
    change = change + np.matmul(np.matmul(left, turned(out_bar)), np.matmul(out, turned(out)))
    return change + np.matmul(np.matmul(np.matmul(turned(out), out), turned(out_bar)), right)


declare(pinv, vjp=[_pinv_vjp], jvp=[_pinv_jvp], samples=rectangles)
compose(np.linalg.pinv, lambda a: pinv(a), rectangles)


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    m, n = shape_of(a)
    rank = int(np.linalg.matrix_rank(values_in(a))) if m and n else 0
    if rank < min(m, n):
        raise NoDerivativeError(
            "The least-squares solution jumps where columns become dependent, so it has no derivative there.",
            expected=f"a matrix of full rank, {min(m, n)}",
            got=f"rank {rank}",
            mend="drop the dependent columns, or add a small ridge: solve(a.T @ a + lam * I, a.T @ b)",
        )
    x = np.matmul(pinv(a), b)
    residuals = np.sum(np.square(np.matmul(a, x) - b), axis=0)
    flat = np.atleast_1d(residuals) if m > n else np.zeros(0)
    return x, flat, rank, np.linalg.svd(values_in(a), compute_uv=False)


compose(np.linalg.lstsq, _lstsq, given(((4, 2), (4,)), ((4, 2), (4, 3))))


def _as_matrix(a: Any, rows: int) -> Any:
    return np.reshape(a, (rows, rows))


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(len(shape_of(a)) - len(axes), len(shape_of(a))))
    unknown = shape_of(a)[len(shape_of(b)) :]
    return np.reshape(_solve(_as_matrix(a, int(np.prod(unknown))), np.ravel(b)), unknown)


def _tensorinv(a: Any, ind: int = 2) -> Any:
    shape = shape_of(a)
    return np.reshape(np.linalg.inv(_as_matrix(a, int(np.prod(shape[:ind])))), shape[ind:] + shape[:ind])


compose(np.linalg.tensorsolve, _tensorsolve, given(((2, 3, 6), (2, 3)), ((2, 6, 3), (2, 3), {"axes": (1,)})))
compose(np.linalg.tensorinv, _tensorinv, given(((4, 2, 2), {"ind": 1}), ((2, 3, 6), {})))


def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 0:
        return 0.0 * a + np.eye(shape_of(a)[-1]).astype(getattr(a, "dtype", float))
    power = _matrix_power(a, n // 2) if n > 1 else a
    if n > 1:
        power = np.matmul(power, power)
        power = np.matmul(power, a) if n % 2 else power
    return power


def _powers(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for n in (0, 1, 3, -2):
        yield (rng.normal(size=(3, 3)) + 3.0 * np.eye(3), {"n": n})


compose(np.linalg.matrix_power, _matrix_power, _powers)
