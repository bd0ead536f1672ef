"""Polynomials as arrays of coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bare import values_in
from ._calls import compose
from ._tools import given, shape_of


def _polyval(p: Any, x: Any) -> Any:
    value = np.zeros_like(x) + 0.0 * p[0] if shape_of(p)[0] else np.zeros_like(x)
    for k in range(shape_of(p)[0]):  # Horner's rule
        value = value * x + p[k]
    return value


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:  # NumPy's name
    n = shape_of(x)[0] if N is None else N
    powers = np.arange(n)
    return x[:, None] ** (powers if increasing else powers[::-1]).astype(getattr(x, "dtype", float))


def _poly(seq_of_zeros: Any) -> Any:
    """The product of ``(x - z)`` over the zeros z."""
    if len(shape_of(seq_of_zeros)) != 1:
        return _poly(np.linalg.eigvals(seq_of_zeros))  # which has no derivative here, and says so
    dtype = getattr(seq_of_zeros, "dtype", float)
    p, zero = np.ones(1, dtype), np.zeros(1, dtype)
    for k in range(shape_of(seq_of_zeros)[0]):
        p = np.append(p, zero) - np.append(zero, seq_of_zeros[k] * p)
    return p


def _same_length(a: Any, b: Any) -> tuple[Any, Any]:
    a, b = np.atleast_1d(a), np.atleast_1d(b)
    longer = max(shape_of(a)[0], shape_of(b)[0])
    return tuple(np.pad(x, (longer - shape_of(x)[0], 0)) for x in (a, b))  # type: ignore[return-value]  # two


def _trimmed(p: Any) -> Any:
    """The coefficients from the first that is not 0 on."""
    p = np.atleast_1d(p)
    nonzero = np.flatnonzero(np.asarray(values_in(p)))
    return p[nonzero[0] :] if len(nonzero) else np.append(p, np.zeros(1, p.dtype))[-1:]


def _polyder(p: Any, m: int = 1) -> Any:
    for _ in range(m):
        n = shape_of(p)[0]
        p = p[:-1] * np.arange(n - 1, 0, -1).astype(getattr(p, "dtype", float))
    return p


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = np.zeros(m) if k is None else np.broadcast_to(np.ravel(k), (m,))
    for i in range(m):
        n = shape_of(p)[0]
        p = np.append(p / np.arange(n, 0, -1).astype(getattr(p, "dtype", float)), constants[i])
    return p


def _polydiv(u: Any, v: Any) -> tuple[Any, Any]:
    u, v = np.atleast_1d(u), np.atleast_1d(v)
    steps = max(shape_of(u)[0] - shape_of(v)[0] + 1, 0)
    quotient = []
    for _ in range(steps):
        quotient.append(u[0] / v[0])
        u = np.append(u[1 : shape_of(v)[0]] - quotient[-1] * v[1:], u[shape_of(v)[0] :])
    return np.stack(quotient) if steps else np.zeros(1), u if shape_of(u)[0] else np.zeros(1)


def _polyfit(x: Any, y: Any, deg: int) -> Any:
    """Least squares on powers of x, each power scaled to length 1 so that none drowns the others."""
    powers = _vander(x, deg + 1)
    scale = np.sqrt(np.sum(np.square(powers), axis=0))
    found = np.linalg.lstsq(powers / scale, y)[0]
    return found / (scale if len(shape_of(y)) == 1 else scale[:, None])


_TWO = given(((4,), (2,)), ((2,), (3,)))
compose(np.polyval, _polyval, given(((4,), (3,)), ((3,), ())))
compose(np.vander, _vander, given(((3,), {}), ((3,), {"N": 2, "increasing": True})))
compose(np.poly, _poly, given(((3,),)))
compose(np.polyadd, lambda a1, a2: np.add(*_same_length(a1, a2)), _TWO)
compose(np.polysub, lambda a1, a2: np.subtract(*_same_length(a1, a2)), _TWO)
compose(np.polymul, lambda a1, a2: np.convolve(_trimmed(a1), _trimmed(a2)), _TWO)
compose(np.polydiv, _polydiv, given(((4,), (2,)), ((5,), (3,))))
compose(np.polyder, _polyder, given(((4,), {}), ((4,), {"m": 2})))
compose(np.polyint, _polyint, given(((3,), {}), ((3,), {"m": 2, "k": [1.0, 2.0]})))
compose(np.polyfit, _polyfit, given(((6,), (6,), {"deg": 2}), ((5,), (5, 2), {"deg": 1})))
