"""Inverses, solutions, determinants and factorizations of matrices.

The formulas are those of Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); for rectangular matrices, Walter & Lehmann (2010, thin QR) and Townsend (2016,
singular values). A factorization with several results is one primitive that lays them side by side in one
array; the parts are cut out of it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...errors import NoDerivativeError
from ..bare import values_in
from ..custom import primitive
from ..rules import declare
from ._calls import compose
from ._tools import given, shape_of, sum_to
from .linalg import turned
from .reduction import norm2


def square(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Draw matrices far from singular."""
    yield (rng.normal(size=(3, 3)) + 3.0 * np.eye(3), {})
    yield (rng.normal(size=(2, 2, 2)) + 3.0 * np.eye(2), {})


declare(
    np.linalg.inv,
    vjp=[lambda out_bar, out, a: -np.matmul(np.matmul(turned(out), out_bar), turned(out))],
    jvp=[lambda a_dot, out, a: -np.matmul(np.matmul(out, a_dot), out)],
    samples=square,
)


def _cofactors(out: Any, a: Any) -> Any:
    """The slope of the determinant: det(A) times the inverse, transposed."""
    return out[..., None, None] * turned(np.linalg.inv(a))


def _inner(x: Any, y: Any) -> Any:
    return np.sum(x * y, axis=(-2, -1))


@primitive
def logabsdet(a: Any) -> Any:
    """Logarithm of the absolute value of the determinant."""
    return np.linalg.slogdet(a)[1]


declare(
    np.linalg.det,
    vjp=[lambda out_bar, out, a: out_bar[..., None, None] * _cofactors(out, a)],
    jvp=[lambda a_dot, out, a: _inner(_cofactors(out, a), a_dot)],
    samples=square,
)
declare(
    logabsdet,
    vjp=[lambda out_bar, out, a: out_bar[..., None, None] * turned(np.linalg.inv(a))],
    jvp=[lambda a_dot, out, a: _inner(turned(np.linalg.inv(a)), a_dot)],
    samples=square,
)
SlogdetResult = namedtuple("SlogdetResult", "sign logabsdet")
compose(
    np.linalg.slogdet,
    lambda a: SlogdetResult(np.linalg.slogdet(values_in(a))[0], logabsdet(a)),
    square,
)


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


def symmetric(x: Any) -> Any:
    """The symmetric part."""
    return (x + turned(x)) / 2.0


def _positive_definite(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, _ in square(rng):
        yield (np.matmul(a, turned(a)), {})


@primitive
def cholesky_of_symmetric_part(a: Any) -> Any:
    """The Cholesky factor of (A + A') / 2, so that derivatives are those of a symmetric matrix."""
    return np.linalg.cholesky(symmetric(a))


def _lower_half(x: Any) -> Any:
    """The lower triangle, with half of the diagonal."""
    n = shape_of(x)[-1]
    return x * (np.tri(n) - np.eye(n) / 2.0).astype(getattr(x, "dtype", float))


def _cholesky_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    inverse = np.linalg.inv(out)
    middle = _lower_half(np.matmul(turned(out), out_bar))
    return symmetric(np.matmul(np.matmul(turned(inverse), middle), inverse))


def _cholesky_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    inverse = np.linalg.inv(out)
    return np.matmul(out, _lower_half(np.matmul(np.matmul(inverse, symmetric(a_dot)), turned(inverse))))


declare(cholesky_of_symmetric_part, vjp=[_cholesky_vjp], jvp=[_cholesky_jvp], samples=_positive_definite)


def _cholesky(a: Any, *, upper: bool = False) -> Any:
    return turned(cholesky_of_symmetric_part(a)) if upper else cholesky_of_symmetric_part(a)


compose(np.linalg.cholesky, _cholesky, _positive_definite)


# Factorizations with several results.


@primitive
def eigh_packed(a: Any) -> Any:
    """Eigenvalues of the symmetric part as the first row, eigenvectors as columns below it."""
    values, vectors = np.linalg.eigh(symmetric(a))
    return np.concatenate([values[..., None, :], vectors], axis=-2)


def _differences(x: Any) -> Any:
    """``1 / (x_j - x_i)``, and 0 on the diagonal."""
    eye = np.eye(shape_of(x)[-1], dtype=bool)
    gaps = x[..., None, :] - x[..., :, None]
    return np.where(eye, 0.0, 1.0 / np.where(eye, 1.0, gaps))


def _eigh_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    values, vectors = out[..., 0, :], out[..., 1:, :]
    values_bar, vectors_bar = out_bar[..., :1, :], out_bar[..., 1:, :]
    inside = _differences(values) * np.matmul(turned(vectors), vectors_bar)
    inside = inside + np.eye(shape_of(values)[-1]).astype(out.dtype) * values_bar
    return symmetric(np.matmul(np.matmul(vectors, inside), turned(vectors)))


def _eigh_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    values, vectors = out[..., 0, :], out[..., 1:, :]
    inside = np.matmul(np.matmul(turned(vectors), symmetric(a_dot)), vectors)
    values_dot = np.diagonal(inside, axis1=-2, axis2=-1)[..., None, :]
    return np.concatenate([values_dot, np.matmul(vectors, _differences(values) * inside)], axis=-2)


def _with_gaps(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for shape in ((3, 3), (2, 2, 2)):
        turn = np.linalg.qr(rng.normal(size=shape))[0]
        yield (np.matmul(turn * np.arange(1.0, shape[-1] + 1), turned(turn)), {})


declare(eigh_packed, vjp=[_eigh_vjp], jvp=[_eigh_jvp], samples=_with_gaps)
EighResult = namedtuple("EighResult", "eigenvalues eigenvectors")


def _eigh(a: Any, UPLO: str = "L") -> Any:  # NumPy's name
    packed = eigh_packed(a)
    return EighResult(packed[..., 0, :], packed[..., 1:, :])


compose(np.linalg.eigh, _eigh, _with_gaps)
compose(np.linalg.eigvalsh, lambda a, UPLO="L": eigh_packed(a)[..., 0, :], _with_gaps)


@primitive
def svd_packed(a: Any) -> Any:
    """U (m, k), the singular values as a row, and V (n, k), one below the other; k = min(m, n)."""
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([u, s[..., None, :], turned(vt)], axis=-2)


def _parts(packed: Any, m: int) -> tuple[Any, Any, Any]:
    return packed[..., :m, :], packed[..., m, :], packed[..., m + 1 :, :]


def _rest(u: Any, x: Any) -> Any:
    """What of the columns of `x` lies outside the space of the columns of `u`."""
    return x - np.matmul(u, np.matmul(turned(u), x))


def _svd_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    m = shape_of(a)[-2]
    (u, s, v), (u_bar, s_bar, v_bar) = _parts(out, m), _parts(out_bar, m)
    gaps = _differences(np.square(s))
    row, column = s[..., None, :], s[..., :, None]
    u_part = gaps * (np.matmul(turned(u), u_bar) - np.matmul(turned(u_bar), u))
    v_part = gaps * (np.matmul(turned(v), v_bar) - np.matmul(turned(v_bar), v))
    eye = np.eye(shape_of(s)[-1]).astype(out.dtype)
    middle = u_part * row + column * v_part + eye * s_bar[..., None, :]
    a_bar = np.matmul(np.matmul(u, middle), turned(v))
    a_bar = a_bar + np.matmul(_rest(u, u_bar) / row, turned(v))
    return a_bar + np.matmul(u / row, turned(_rest(v, v_bar)))


def _svd_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    u, s, v = _parts(out, shape_of(a)[-2])
    row, column = s[..., None, :], s[..., :, None]
    gaps = _differences(np.square(s))
    inside = np.matmul(np.matmul(turned(u), a_dot), v)
    u_dot = np.matmul(u, gaps * (inside * row + column * turned(inside)))
    v_dot = np.matmul(v, gaps * (column * inside + turned(inside) * row))
    u_dot = u_dot + _rest(u, np.matmul(a_dot, v)) / row
    v_dot = v_dot + _rest(v, np.matmul(turned(a_dot), u)) / row
    s_dot = np.diagonal(inside, axis1=-2, axis2=-1)[..., None, :]
    return np.concatenate([u_dot, s_dot, v_dot], axis=-2)


def _rectangles(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for m, n in ((3, 3), (4, 2), (2, 4)):
        k = min(m, n)
        u, v = np.linalg.qr(rng.normal(size=(m, k)))[0], np.linalg.qr(rng.normal(size=(n, k)))[0]
        yield (u * np.arange(1.0, k + 1) @ v.T, {})


declare(svd_packed, vjp=[_svd_vjp], jvp=[_svd_jvp], samples=_rectangles)
SVDResult = namedtuple("SVDResult", "U S Vh")


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    m, n = shape_of(a)[-2:]
    u, s, v = _parts(svd_packed(a), m)
    if not compute_uv:
        return s
    if full_matrices and m != n:
        raise NoDerivativeError(
            "The full matrices of a singular value decomposition are not unique: they have no derivative.",
            expected="np.linalg.svd(a, full_matrices=False)",
            got=f"full_matrices=True (NumPy's default) and a matrix of shape {(m, n)}",
            mend="pass full_matrices=False",
        )
    return SVDResult(u, s, turned(v))


def _thin(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, _ in _rectangles(rng):
        yield (a, {"full_matrices": False})


compose(np.linalg.svd, _svd, _thin)
compose(np.linalg.svdvals, lambda x: _svd(x, compute_uv=False), _rectangles)


@primitive
def qr_packed(a: Any) -> Any:
    """Q' (k, m) and R (k, n) side by side; k = min(m, n)."""
    q, r = np.linalg.qr(a)
    return np.concatenate([turned(q), r], axis=-1)


def _qr_parts(packed: Any, m: int) -> tuple[Any, Any]:
    return turned(packed[..., :m]), packed[..., m:]


def _mirrored(x: Any) -> Any:
    """Copy the lower triangle to the upper one: tril(X) + tril(X, -1)'."""
    return np.tril(x) + turned(np.tril(x, -1))


def _tall_qr_vjp(q_bar: Any, r_bar: Any, q: Any, r: Any) -> Any:
    middle = np.matmul(r, turned(r_bar)) - np.matmul(turned(q_bar), q)
    return np.matmul(q_bar + np.matmul(q, _mirrored(middle)), turned(np.linalg.inv(r)))


def _qr_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    m, n = shape_of(a)[-2:]
    (q, r), (q_bar, r_bar) = _qr_parts(out, m), _qr_parts(out_bar, m)
    if m >= n:
        return _tall_qr_vjp(q_bar, r_bar, q, r)
    # A = [X Y] wide: X = Q U is square, and Y = Q V follows from it.
    y, u, u_bar, v_bar = a[..., m:], r[..., :m], r_bar[..., :m], r_bar[..., m:]
    x_bar = _tall_qr_vjp(q_bar + np.matmul(y, turned(v_bar)), u_bar, q, u)
    return np.concatenate([x_bar, np.matmul(q, v_bar)], axis=-1)


def _tall_qr_jvp(a_dot: Any, q: Any, r: Any) -> tuple[Any, Any]:
    scaled = np.matmul(a_dot, np.linalg.inv(r))
    inside = np.matmul(turned(q), scaled)
    turning = np.tril(inside, -1)
    turning = turning - turned(turning)
    q_dot = np.matmul(q, turning) + scaled - np.matmul(q, inside)
    return q_dot, np.matmul(inside - turning, r)


def _qr_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    m, n = shape_of(a)[-2:]
    q, r = _qr_parts(out, m)
    q_dot, r_dot = _tall_qr_jvp(a_dot[..., :m], q, r[..., :m]) if m < n else _tall_qr_jvp(a_dot, q, r)
    if m < n:
        y, y_dot = a[..., m:], a_dot[..., m:]
        r_dot = np.concatenate([r_dot, np.matmul(turned(q_dot), y) + np.matmul(turned(q), y_dot)], axis=-1)
    return np.concatenate([turned(q_dot), r_dot], axis=-1)


declare(qr_packed, vjp=[_qr_vjp], jvp=[_qr_jvp], samples=_rectangles)
QRResult = namedtuple("QRResult", "Q R")


def _qr(a: Any, mode: str = "reduced") -> Any:
    m, n = shape_of(a)[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise NoDerivativeError(
            "Only the reduced form of a QR decomposition is determined by the matrix.",
            expected="mode='reduced' or 'r'",
            got=f"mode={mode!r}",
            mend="leave mode out",
        )
    q, r = _qr_parts(qr_packed(a), m)
    return r if mode == "r" else QRResult(q, r)


compose(np.linalg.qr, _qr, _rectangles)


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


declare(pinv, vjp=[_pinv_vjp], jvp=[_pinv_jvp], samples=_rectangles)
compose(np.linalg.pinv, lambda a: pinv(a), _rectangles)


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    m, n = shape_of(a)
    rank = int(np.linalg.matrix_rank(values_in(a)))
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


def _matrix_power(a: Any, n: int) -> Any:
    if n < 0:
        a, n = np.linalg.inv(a), -n
    if n == 0:
        return np.zeros(shape_of(a)) * a + np.eye(shape_of(a)[-1])
    power = _matrix_power(a, n // 2) if n > 1 else a
    if n > 1:
        power = np.matmul(power, power)
        power = np.matmul(power, a) if n % 2 else power
    return power


def _powers(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for n in (0, 1, 3, -2):
        yield (rng.normal(size=(3, 3)) + 3.0 * np.eye(3), {"n": n})


compose(np.linalg.matrix_power, _matrix_power, _powers)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:  # NumPy's name
    rank = len(shape_of(x))
    axes = (axis if axis is None or isinstance(axis, tuple) else (axis,)) or (
        None if ord is None else tuple(range(rank))
    )
    if axes is None or ord in ("fro", "f") or (ord is None) or (ord == 2 and len(axes) == 1):
        return norm2(x, axis=axes, keepdims=keepdims)
    return (_vector_norm if len(axes) == 1 else _matrix_norm)(x, ord, axes, keepdims)


def _vector_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    if abs(order) == np.inf:
        return (np.max if order > 0 else np.min)(np.abs(x), axis=axes, keepdims=keepdims)
    if order == 0:
        return np.sum(np.where(np.not_equal(x, 0), 1.0, 0.0), axis=axes, keepdims=keepdims)
    if order == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=keepdims)
    return np.sum(np.abs(x) ** float(order), axis=axes, keepdims=keepdims) ** (1.0 / order)


def _matrix_norm(x: Any, order: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    extreme: Callable[..., Any] = np.min if isinstance(order, int | float) and order < 0 else np.max
    moved = np.moveaxis(x, axes, (-2, -1))
    if order in (1, -1, np.inf, -np.inf):
        out = extreme(np.sum(np.abs(moved), axis=-2 if abs(order) == 1 else -1), axis=-1)
    else:
        singular = _svd(moved, compute_uv=False)
        out = np.sum(singular, axis=-1) if order == "nuc" else extreme(singular, axis=-1)
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
