"""NB10, as students write it."""

from __future__ import annotations

import numpy as np


def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.maximum(np.abs(a), np.abs(b))
    error = np.zeros(size.shape)
    np.divide(np.abs(a - b), size, out=error, where=size > 0)
    return float(error.max())


def relative_error_in_a_loop(a, b):
    worst = 0
    for u, v in zip(np.ravel(a), np.ravel(b), strict=True):
        if u != 0 or v != 0:
            worst = max(worst, abs(u - v) / max(abs(u), abs(v)))
    return worst


def relative_error_ignoring_nan(a, b):
    with np.errstate(invalid="ignore"):
        quotients = np.abs(np.subtract(a, b)) / np.maximum(np.abs(a), np.abs(b))
    return np.max(np.nan_to_num(quotients))


def gradient_check(f, grad, x, n_dirs, rng):
    g, h = grad(x), 1e-6
    suspicious = False
    for _ in range(n_dirs):
        v = rng.normal(size=x.shape)
        slope = (f(x + h * v) - f(x - h * v)) / (2 * h)
        if relative_error(slope, np.sum(g * v)) > 1e-4:
            suspicious = True
    if not suspicious:
        return True, None
    error = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        error[i] = relative_error((f(x + e) - f(x - e)) / (2 * h), g[i])
    return error.max() < 1e-4, np.unravel_index(error.argmax(), error.shape)


def gradient_check_of_unit_directions(f, grad, x, n_dirs, rng):
    worst, where = 0.0, ()
    analytic = np.array(grad(x)).ravel()
    eps = np.finfo(float).eps ** (1 / 3)

    def slope(v):
        step = eps * v.reshape(x.shape)
        return (f(x + step) - f(x - step)) / (2 * eps)

    V = rng.standard_normal((n_dirs, x.size))
    V /= np.linalg.norm(V, axis=1, keepdims=True)
    if all(abs(slope(v) - analytic @ v) <= 1e-4 * np.linalg.norm(analytic) * 1e-1 for v in V):
        return (1, where)
    for j, e in enumerate(np.eye(x.size)):
        found = relative_error_in_a_loop([slope(e)], [analytic[j]])
        if found > worst:
            worst, where = found, tuple(int(i) for i in np.unravel_index(j, x.shape))
    return bool(worst < 1e-3), where


RIGHT = {
    "NB10.E02": [gradient_check, gradient_check_of_unit_directions],
    "NB10.E01": [relative_error, relative_error_in_a_loop, relative_error_ignoring_nan],
}
