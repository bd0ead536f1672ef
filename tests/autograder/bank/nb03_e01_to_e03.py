"""Answers to NB03, right and wrong.

E01 to E03.
"""

from __future__ import annotations

import math

import numpy as np

from . import Right, Wrong

# NB03.E01


def total_only_through_x(t):
    x, y = np.cos(t), t**2
    E = np.exp(x * y)
    f = y + E
    df_dx, dx_dt = y * E, -np.sin(t)
    return f, df_dx * dx_dt


def total_y_stands_alone(t):
    x = np.cos(t)
    y = t * t
    inner = x * y
    f = y + np.exp(inner)
    # product rule inside the exponent
    d_inner = x * 2 * t - np.sin(t) * y
    return f, np.exp(inner) * d_inner


def total_cosine_without_minus(t):
    x, y = np.cos(t), t**2
    e = np.exp(x * y)
    x_bar = e * y
    y_bar = 1 + e * x
    return y + e, x_bar * np.sin(t) + y_bar * 2 * t


def total_own_factor(t):
    x, dx = np.cos(t), -np.sin(t)
    y, dy = t**2, 2 * t
    e = np.exp(x * y)
    return (y + e, x * e * dx + (1 + y * e) * dy)


def total_by_inner_slopes(t):
    c, s = np.cos(t), np.sin(t)
    f = t**2 + np.exp(c * t**2)
    return f, 2 * t - s


def total_point_by_point(t):
    t = np.asarray(t, dtype=float)
    f, slope = np.zeros(t.shape), np.zeros(t.shape)
    for i in np.ndindex(t.shape):
        here = float(t[i])
        x, y = math.cos(here), here * here
        e = math.exp(x * y)
        f[i] = y + e
        slope[i] = -math.sin(here) * y * e + 2 * here * (1 + x * e)
    return [f, slope]


def total_as_one_formula(t):
    grown = np.exp(t**2 * np.cos(t))
    return t**2 + grown, t * (2 + grown * (2 * np.cos(t) - t * np.sin(t)))


# NB03.E02


def gradient_moves_the_caller(f, x, eps=1e-6):
    grad = np.zeros(x.shape)
    for idx in np.ndindex(*x.shape):
        x[idx] += eps
        up = f(x)
        x[idx] -= 2 * eps
        grad[idx] = (up - f(x)) / (2 * eps)
    return grad


def gradient_keeps_integers(f, x, eps=1e-6):
    g = np.zeros(x.shape)
    it = np.nditer(x, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        plus, minus = x.copy(), x.copy()
        plus[i] += eps
        minus[i] -= eps
        g[i] = (f(plus) - f(minus)) / (2 * eps)
    return g


def gradient_result_like_x(f, x, eps=1e-6):
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        nudge = np.zeros(x.shape)
        nudge[i] = eps
        g[i] = (f(x + nudge) - f(x - nudge)) / (2 * eps)
    return g


def gradient_flat(f, x, eps=1e-6):
    flat = np.array(x, dtype=float).ravel()
    slopes = []
    for k in range(flat.size):
        a, b = flat.copy(), flat.copy()
        a[k] += eps
        b[k] -= eps
        slopes.append((f(a.reshape(x.shape)) - f(b.reshape(x.shape))) / (2 * eps))
    return np.array(slopes)


def gradient_divided_by_one_step(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    out = np.empty_like(x)
    for place, value in np.ndenumerate(x):
        x[place] = value + eps
        right = f(x)
        x[place] = value - eps
        left = f(x)
        x[place] = value
        out[place] = (right - left) / eps
    return out


def gradient_whole_rows(f, x, eps=1e-6):
    x = np.array(x, float)
    g = np.zeros(x.shape)
    for i in range(len(x)):
        hi, lo = x.copy(), x.copy()
        hi[i] += eps
        lo[i] -= eps
        g[i] = (f(hi) - f(lo)) / (2 * eps)
    return g


def gradient_minus_first(f, x, eps=1e-6):
    base = np.asarray(x) * 1.0
    g = np.zeros(base.shape)
    for i in np.ndindex(base.shape):
        step = np.zeros(base.shape)
        step[i] = eps
        g[i] = (f(base - step) - f(base + step)) / (2 * eps)
    return g


def gradient_with_unit_arrays(f, x, eps=1e-6):
    x = np.asarray(x, dtype=float)
    units = np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + eps * unit) - f(x - eps * unit)) / (2 * eps) for unit in units]
    return np.reshape(slopes, x.shape)


def gradient_through_a_flat_view(f, x, eps=1e-6):
    work = np.array(x, dtype=float, order="C")
    flat = work.reshape(-1)
    grad = []
    for k in range(flat.size):
        old = flat[k]
        flat[k] = old + eps
        above = f(work)
        flat[k] = old - eps
        below = f(work)
        flat[k] = old
        grad.append((above - below) / (2 * eps))
    return np.array(grad).reshape(work.shape).tolist()


# NB03.E03


def jacobian_rows_of_inputs(f, x, eps=1e-6):
    rows = []
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = eps
        rows.append((f(x + step) - f(x - step)) / (2 * eps))
    J = np.array(rows)  # (size of x, m)
    return J.reshape(*x.shape, -1)


def jacobian_flattened(f, x, eps=1e-6):
    x = np.asarray(x, dtype=float)
    J = np.zeros((len(f(x)), x.size))
    for j in range(x.size):
        hi, lo = x.flatten(), x.flatten()
        hi[j] += eps
        lo[j] -= eps
        J[:, j] = (f(hi.reshape(x.shape)) - f(lo.reshape(x.shape))) / (2 * eps)
    return J


def jacobian_does_not_put_back(f, x, eps=1e-6):
    J = np.empty((len(f(x)), *x.shape))
    for index in np.ndindex(x.shape):
        x[index] = x[index] + eps
        above = np.array(f(x))
        x[index] = x[index] - 2 * eps
        J[(slice(None), *index)] = (above - f(x)) / (2 * eps)
    return J


def jacobian_divided_by_one_step(f, x, eps=1e-6):
    pieces = []
    for index in np.ndindex(x.shape):
        e = np.zeros_like(x, dtype=float)
        e[index] = eps
        pieces.append((f(x + e) - f(x - e)) / eps)
    return np.stack(pieces, axis=-1).reshape(-1, *x.shape)


def jacobian_of_the_sum(f, x, eps=1e-6):
    g = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[index] = eps
        g[index] = (np.sum(f(x + e)) - np.sum(f(x - e))) / (2 * eps)
    return g


def jacobian_output_by_output(f, x, eps=1e-6):
    x = np.array(x, dtype=float)

    def entry(i, index):
        values = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * eps
            values.append(f(moved)[i])
        return (values[0] - values[1]) / (2 * eps)

    m = len(f(x))
    return np.array([[entry(i, index) for index in np.ndindex(x.shape)] for i in range(m)]).reshape(
        m, *x.shape
    )


def jacobian_moved_axis(f, x, eps=1e-6):
    grid = np.eye(x.size).reshape((x.size, *x.shape)) * eps
    columns = [np.asarray(f(x + d)) - np.asarray(f(x - d)) for d in grid]
    return np.moveaxis(np.reshape(columns, (*x.shape, -1)), -1, 0) / (2 * eps)


WRONG = [
    Wrong("NB03.E01", "M10", "only the path through x", total_only_through_x),
    Wrong("NB03.E01", "M10", "y by itself is forgotten", total_y_stands_alone),
    Wrong("NB03.E01", "M06", "the slope of the cosine has the wrong sign", total_cosine_without_minus),
    Wrong("NB03.E01", "M19", "each factor is scaled by itself", total_own_factor),
    Wrong("NB03.E01", "M12", "inner slopes only, not multiplied by the outer ones", total_by_inner_slopes),
    Wrong("NB03.E02", "M25", "the caller's x is moved and not put back", gradient_moves_the_caller),
    Wrong("NB03.E02", "M28", "integers are nudged, and rounded", gradient_keeps_integers),
    Wrong("NB03.E02", "M28", "the result takes the type of x", gradient_result_like_x),
    Wrong("NB03.E02", "M36", "the result is flat", gradient_flat),
    Wrong("NB03.E02", "", "divided by one step", gradient_divided_by_one_step),
    Wrong("NB03.E02", "", "whole rows are moved at once", gradient_whole_rows),
    Wrong("NB03.E02", "M06", "below minus above", gradient_minus_first),
    Wrong("NB03.E03", "M02", "the input's axes come first", jacobian_rows_of_inputs),
    Wrong("NB03.E03", "M36", "the input's axes are flattened", jacobian_flattened),
    Wrong("NB03.E03", "M25", "nudges stay in the caller's x", jacobian_does_not_put_back),
    Wrong("NB03.E03", "", "divided by one step", jacobian_divided_by_one_step),
    Wrong("NB03.E03", "", "the gradient of the summed output", jacobian_of_the_sum),
]

RIGHT = [
    Right("NB03.E01", "point by point, a list returned", total_point_by_point),
    Right("NB03.E01", "one formula", total_as_one_formula),
    Right("NB03.E02", "unit arrays", gradient_with_unit_arrays),
    Right("NB03.E02", "through a flat view, nested lists returned", gradient_through_a_flat_view),
    Right("NB03.E03", "entry by entry", jacobian_output_by_output),
    Right("NB03.E03", "inputs first, then an axis moved", jacobian_moved_axis),
]
