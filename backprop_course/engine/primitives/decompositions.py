"""Inverses and factorizations of matrices. Read next: `systems`, `norms`.

The formulas are those of Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008); for rectangular matrices, Walter & Lehmann (2010, thin QR) and Townsend (2016,
singular values). A factorization with several results is one primitive that lays them side by side in one
array; the parts are cut out of it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import NoDerivativeError
from ..custom import primitive
from ..rules import declare
from ._calls import compose
from ._tools import shape_of
from .determinants import square
from .linalg import turned

declare(
    np.linalg.inv,
    vjp=[lambda out_bar, out, a: -np.matmul(np.matmul(turned(out), out_bar), turned(out))],
    jvp=[lambda a_dot, out, a: -np.matmul(np.matmul(out, a_dot), out)],
    samples=square,
)


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


def _over(numerator: Any, denominator: Any) -> Any:
    """A quotient, and 0 where both are 0: what does not turn vectors of one value asks nothing of them."""
    nothing = np.logical_and(np.equal(numerator, 0), np.equal(denominator, 0))
    return np.where(nothing, 0.0, numerator) / np.where(nothing, 1.0, denominator)


def _over_gaps(numerator: Any, x: Any) -> Any:
    """``numerator_ij / (x_j - x_i)``, and 0 on the diagonal."""
    eye = np.eye(shape_of(x)[-1], dtype=bool)
    return _over(np.where(eye, 0.0, numerator), np.where(eye, 0.0, x[..., None, :] - x[..., :, None]))


def _eigh_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    values, vectors = out[..., 0, :], out[..., 1:, :]
    values_bar, vectors_bar = out_bar[..., :1, :], out_bar[..., 1:, :]
    inside = _over_gaps(np.matmul(turned(vectors), vectors_bar), values)
    inside = inside + np.eye(shape_of(values)[-1]).astype(out.dtype) * values_bar
    return symmetric(np.matmul(np.matmul(vectors, inside), turned(vectors)))


def _eigh_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    values, vectors = out[..., 0, :], out[..., 1:, :]
    inside = np.matmul(np.matmul(turned(vectors), symmetric(a_dot)), vectors)
    values_dot = np.diagonal(inside, axis1=-2, axis2=-1)[..., None, :]
    return np.concatenate([values_dot, np.matmul(vectors, _over_gaps(inside, values))], axis=-2)


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


# Values alone: their slopes are quotients of nothing, so repeated ones do no harm.


@primitive
def eigenvalues_of_symmetric_part(a: Any) -> Any:
    """Eigenvalues of the symmetric part, in ascending order."""
    return np.linalg.eigvalsh(symmetric(a))


def _eigenvalues_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    vectors = np.linalg.eigh(symmetric(a))[1]
    return np.matmul(vectors * out_bar[..., None, :], turned(vectors))


def _eigenvalues_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    vectors = np.linalg.eigh(symmetric(a))[1]
    return np.sum(vectors * np.matmul(symmetric(a_dot), vectors), axis=-2)


declare(eigenvalues_of_symmetric_part, vjp=[_eigenvalues_vjp], jvp=[_eigenvalues_jvp], samples=_with_gaps)
compose(np.linalg.eigvalsh, lambda a, UPLO="L": eigenvalues_of_symmetric_part(a), _with_gaps)


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
    row, column = s[..., None, :], s[..., :, None]
    u_part = _over_gaps(np.matmul(turned(u), u_bar) - np.matmul(turned(u_bar), u), np.square(s))
    v_part = _over_gaps(np.matmul(turned(v), v_bar) - np.matmul(turned(v_bar), v), np.square(s))
    eye = np.eye(shape_of(s)[-1]).astype(out.dtype)
    middle = u_part * row + column * v_part + eye * s_bar[..., None, :]
    a_bar = np.matmul(np.matmul(u, middle), turned(v))
    a_bar = a_bar + np.matmul(_over(_rest(u, u_bar), row), turned(v))
    return a_bar + np.matmul(u, turned(_over(_rest(v, v_bar), row)))


def _svd_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    u, s, v = _parts(out, shape_of(a)[-2])
    row, column = s[..., None, :], s[..., :, None]
    inside = np.matmul(np.matmul(turned(u), a_dot), v)
    u_dot = np.matmul(u, _over_gaps(inside * row + column * turned(inside), np.square(s)))
    v_dot = np.matmul(v, _over_gaps(column * inside + turned(inside) * row, np.square(s)))
    u_dot = u_dot + _over(_rest(u, np.matmul(a_dot, v)), row)
    v_dot = v_dot + _over(_rest(v, np.matmul(turned(a_dot), u)), row)
    s_dot = np.diagonal(inside, axis1=-2, axis2=-1)[..., None, :]
    return np.concatenate([u_dot, s_dot, v_dot], axis=-2)


def rectangles(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    """Draw square, tall and wide matrices with singular values 1, 2, ..."""
    for m, n in ((3, 3), (4, 2), (2, 4)):
        k = min(m, n)
        u, v = np.linalg.qr(rng.normal(size=(m, k)))[0], np.linalg.qr(rng.normal(size=(n, k)))[0]
        yield (u * np.arange(1.0, k + 1) @ v.T, {})


declare(svd_packed, vjp=[_svd_vjp], jvp=[_svd_jvp], samples=rectangles)


@primitive
def singular_values(a: Any) -> Any:
    """Singular values, in descending order."""
    return np.linalg.svd(a, compute_uv=False)


def _singular_values_vjp(out_bar: Any, out: Any, a: Any) -> Any:
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.matmul(u * out_bar[..., None, :], vt)


def _singular_values_jvp(a_dot: Any, out: Any, a: Any) -> Any:
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(u * np.matmul(a_dot, turned(vt)), axis=-2)


declare(singular_values, vjp=[_singular_values_vjp], jvp=[_singular_values_jvp], samples=rectangles)
SVDResult = namedtuple("SVDResult", "U S Vh")


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    m, n = shape_of(a)[-2:]
    if not compute_uv:
        return singular_values(a)
    u, s, v = _parts(svd_packed(a), m)
    if full_matrices and m != n:
        raise NoDerivativeError(
            "The full matrices of a singular value decomposition are not unique: they have no derivative.",
            expected="np.linalg.svd(a, full_matrices=False)",
            got=f"full_matrices=True (NumPy's default) and a matrix of shape {(m, n)}",
            mend="pass full_matrices=False",
        )
    return SVDResult(u, s, turned(v))


def _thin(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, _ in rectangles(rng):
        yield (a, {"full_matrices": False})


compose(np.linalg.svd, _svd, _thin)
compose(np.linalg.svdvals, lambda x: singular_values(x), rectangles)


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


declare(qr_packed, vjp=[_qr_vjp], jvp=[_qr_jvp], samples=rectangles)
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


compose(np.linalg.qr, _qr, rectangles)
