# ruff: noqa: RUF007, RUF059 - written as learners write
"""Answers to NB03, right and wrong."""

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


# NB03.E04


def _s(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0, e, 1) / (1 + e)


def vjp_slope_at_the_value(name, z, g):
    if name == "exp":
        out, slope = np.exp(z), lambda a: a
    elif name == "log":
        out, slope = z, lambda a: 1 / a
    elif name == "sigmoid":
        out, slope = _s(z), lambda a: _s(a) * (1 - _s(a))
    elif name == "tanh":
        out, slope = np.tanh(z), lambda a: 1 - np.tanh(a) ** 2
    else:
        out, slope = z, lambda a: 2 * a
    return slope(out) * g


def vjp_input_taken_for_value(name, z, g):
    slopes = {"exp": np.exp, "log": np.reciprocal, "square": lambda v: 2 * v}
    if name in slopes:
        return slopes[name](z) * g
    if name == "sigmoid":
        return z * (1 - z) * g
    return (1 - z**2) * g


def vjp_slopes_only(name, z, g):
    if name == "exp":
        return np.exp(z)
    if name == "log":
        return 1 / z
    if name == "square":
        return 2 * z
    y = _s(z) if name == "sigmoid" else np.tanh(z)
    return y * (1 - y) if name == "sigmoid" else 1 - y * y


def vjp_square_without_two(name, z, g):
    d = {}
    d["exp"] = np.exp(z)
    d["sigmoid"] = _s(z) - _s(z) ** 2
    d["tanh"] = 1 / np.cosh(z) ** 2
    d["square"] = z
    if name == "log":
        return g / z
    return g * d[name]


def vjp_slope_twice(name, z, g):
    def local(v):
        if name == "exp":
            return np.exp(v)
        if name == "log":
            return 1 / v
        if name == "sigmoid":
            return _s(v) * _s(-v)
        if name == "tanh":
            return 1 - np.tanh(v) ** 2
        return 2 * v

    dz = g * local(z)
    dz = dz * local(z)
    return dz


def vjp_tanh_sigmoid_passed_through(name, z, g):
    # squashing functions just pass the gradient on
    if name in ("sigmoid", "tanh"):
        return g.copy()
    if name == "exp":
        return g * np.exp(z)
    return g / z if name == "log" else g * 2 * z


def vjp_scales_g_in_place(name, z, g):
    if name == "exp":
        g *= np.exp(z)
    elif name == "log":
        g /= z
    elif name == "sigmoid":
        s = _s(z)
        g *= s * (1 - s)
    elif name == "tanh":
        g *= 1 - np.tanh(z) ** 2
    elif name == "square":
        g *= 2 * z
    return g


def vjp_values_for_slopes(name, z, g):
    if name == "log":
        return g * np.log(z)
    out = {"exp": np.exp(z), "sigmoid": _s(z), "tanh": np.tanh(z), "square": z**2}[name]
    return g * out


def vjp_number_by_number(name, z, g):
    def slope(v):
        if name == "exp":
            return math.exp(v)
        if name == "log":
            return 1.0 / v
        if name == "sigmoid":
            s = 0.5 * (1 + math.tanh(v / 2))
            return s * (1 - s)
        if name == "tanh":
            return 1 - math.tanh(v) ** 2
        return 2.0 * v

    flat = [slope(float(v)) * float(c) for v, c in zip(np.ravel(z), np.ravel(g), strict=True)]
    return np.reshape(flat, np.shape(z))


def vjp_from_values(name, z, g):
    match name:
        case "exp":
            y = np.exp(z)
            return np.multiply(y, g)
        case "log":
            return np.divide(g, z)
        case "sigmoid":
            y = np.exp(-np.logaddexp(0, -z))
            return g * y - g * y * y
        case "tanh":
            y = np.tanh(z)
            return (1 - y) * (1 + y) * g
        case "square":
            return z * g + g * z


# NB03.E05


def matvec_outer_swapped(W, x, g):
    gW = np.array([[xj * gi for gi in g] for xj in x])
    gx = np.array([W[:, j] @ g for j in range(W.shape[1])])
    return gW, gx


def matvec_no_transpose(W, x, g):
    gW = np.zeros(W.shape)
    for i in range(W.shape[0]):
        gW[i] = g[i] * x
    return gW, np.dot(W, g)


def matvec_without_cotangent(W, x, g):
    m, n = W.shape
    gW = np.ones((m, 1)) * x
    gx = W.sum(axis=0)
    return gW, gx


def matvec_x_first(W, x, g):
    back_to_x = (g[:, None] * W).sum(0)
    back_to_W = g[:, None] * x[None]
    return back_to_x, back_to_W


def matvec_last_row_only(W, x, g):
    gW, gx = np.zeros_like(W), np.zeros_like(x)
    for i, gi in enumerate(g):
        for j, xj in enumerate(x):
            gW[i, j] = gi * xj
            gx[j] = gi * W[i, j]
    return gW, gx


def matvec_columns(W, x, g):
    x_col, g_col = x[:, np.newaxis], g[:, np.newaxis]
    return g_col @ x_col.T, W.T @ g_col


def matvec_sums_the_wrong_way(W, x, g):
    gW = np.multiply.outer(g, x)
    gx = np.sum(W * g.reshape(-1, 1), axis=1)
    return gW, gx


def matvec_einsum(W, x, g):
    return list(np.einsum("i,j->ij", g, x)), np.einsum("ij,i", W, g)


def matvec_by_loops(W, x, g):
    m, n = W.shape
    gW = [[0.0] * n for _ in range(m)]
    gx = [0.0] * n
    for i in range(m):
        for j in range(n):
            gW[i][j] = float(g[i] * x[j])
            gx[j] += float(g[i] * W[i, j])
    return gW, gx


# NB03.E06


def products_always_stacked(product, n, m, mode):
    size = n if mode == "columns" else m
    result = []
    for k in range(size):
        e = np.zeros(size)
        e[k] = 1.0
        result.append(product(e))
    return np.array(result)


def products_always_columns(product, n, m, mode):
    if mode == "columns":
        return np.column_stack([product(e) for e in np.eye(n)])
    return np.column_stack([product(e) for e in np.eye(m)])


def products_rows_overwritten(product, n, m, mode):
    J = np.zeros((m, n))
    if mode == "columns":
        for j in range(n):
            J = np.zeros((m, n))
            J[:, j] = product(np.eye(n)[j])
    else:
        for i in range(m):
            J = np.zeros((m, n))
            J[i] = product(np.eye(m)[i])
    return J


def products_one_call_too_many(product, n, m, mode):
    if mode == "columns":
        J = np.zeros((len(product(np.zeros(n))), n))
        for j in range(n):
            J[:, j] = product(np.eye(n)[:, j])
        return J
    J = np.zeros((m, len(product(np.zeros(m)))))
    for i in range(m):
        J[i, :] = product(np.eye(m)[i, :])
    return J


def products_fill_in(product, n, m, mode):
    J = np.full((m, n), np.nan)
    for k in range(n if mode == "columns" else m):
        unit = np.array([float(k == i) for i in range(n if mode == "columns" else m)])
        if mode == "columns":
            J[:, k] = product(unit)
        else:
            J[k, :] = product(unit)
    return J


def products_apply(product, n, m, mode):
    if mode == "rows":
        return [product(u).tolist() for u in np.identity(m)]
    return np.apply_along_axis(product, 0, np.identity(n))


# NB03.E07


def cost_exchanged(dims):
    per_product = sum(a * b for a, b in zip(dims[:-1], dims[1:], strict=True))
    return dims[-1] * per_product, dims[0] * per_product


def cost_without_first_link(dims):
    c = 0
    for i in range(1, len(dims) - 1):
        c += dims[i] * dims[i + 1]
    return c * dims[0], c * dims[-1]


def cost_last_link(dims):
    for i in range(len(dims) - 1):
        cost = dims[i] * dims[i + 1]
    return dims[0] * cost, dims[-1] * cost


def cost_of_one_product(dims):
    c = int(np.dot(dims[1:], dims[:-1]))
    return c, c


def cost_as_a_walk(dims):
    n, *rest = dims
    m = rest[-1]
    previous, total = n, 0
    for size in rest:
        total, previous = total + size * previous, size
    return [n * total, m * total]


def cost_numpy(dims):
    d = np.asarray(dims)
    return tuple(d[[0, -1]] * (d[1:] * d[:-1]).sum())


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
    Wrong("NB03.E04", "M08", "the slope is taken at the value", vjp_slope_at_the_value),
    Wrong("NB03.E04", "", "the input is taken for the value", vjp_input_taken_for_value),
    Wrong("NB03.E04", "M12", "the cotangent is ignored", vjp_slopes_only),
    Wrong("NB03.E04", "M07", "the square's 2 is missing", vjp_square_without_two),
    Wrong("NB03.E04", "M09", "every slope twice", vjp_slope_twice),
    Wrong("NB03.E04", "M09", "sigmoid and tanh pass the cotangent on", vjp_tanh_sigmoid_passed_through),
    Wrong("NB03.E04", "M25", "the cotangent is scaled in place", vjp_scales_g_in_place),
    Wrong("NB03.E04", "M17", "the value stands in place of the slope", vjp_values_for_slopes),
    Wrong("NB03.E05", "M31", "inputs down, outputs across", matvec_outer_swapped),
    Wrong("NB03.E05", "M01", "W without its transpose", matvec_no_transpose),
    Wrong("NB03.E05", "M12", "the cotangent is ignored", matvec_without_cotangent),
    Wrong("NB03.E05", "M34", "gx first", matvec_x_first),
    Wrong("NB03.E05", "M10", "only the last output's path to x", matvec_last_row_only),
    Wrong("NB03.E05", "M36", "gx is a column", matvec_columns),
    Wrong("NB03.E05", "M20", "summed over the inputs", matvec_sums_the_wrong_way),
    Wrong("NB03.E06", "M02", "columns are stacked as rows", products_always_stacked),
    Wrong("NB03.E06", "M02", "rows are stacked as columns", products_always_columns),
    Wrong("NB03.E06", "M10", "only the last product is kept", products_rows_overwritten),
    Wrong("NB03.E06", "", "one product more, to learn a size", products_one_call_too_many),
    Wrong("NB03.E07", "M34", "the pair is exchanged", cost_exchanged),
    Wrong("NB03.E07", "M35", "links are counted from 1, the first is missed", cost_without_first_link),
    Wrong("NB03.E07", "M10", "only the last link counts", cost_last_link),
    Wrong("NB03.E07", "", "one product instead of all", cost_of_one_product),
]
RIGHT = [
    Right("NB03.E01", "point by point, a list returned", total_point_by_point),
    Right("NB03.E01", "one formula", total_as_one_formula),
    Right("NB03.E02", "unit arrays", gradient_with_unit_arrays),
    Right("NB03.E02", "through a flat view, nested lists returned", gradient_through_a_flat_view),
    Right("NB03.E03", "entry by entry", jacobian_output_by_output),
    Right("NB03.E03", "inputs first, then an axis moved", jacobian_moved_axis),
    Right("NB03.E04", "number by number", vjp_number_by_number),
    Right("NB03.E04", "from the values, match and case", vjp_from_values),
    Right("NB03.E05", "einsum, a list of rows", matvec_einsum),
    Right("NB03.E05", "loops and lists", matvec_by_loops),
    Right("NB03.E06", "filled in", products_fill_in),
    Right("NB03.E06", "lists for rows, apply_along_axis for columns", products_apply),
    Right("NB03.E07", "a walk along the chain, a list returned", cost_as_a_walk),
    Right("NB03.E07", "integers of NumPy", cost_numpy),
]
