# ruff: noqa: RUF007, RUF059 - written as learners write
"""Answers to NB03, right and wrong.

E04 to E07.
"""

from __future__ import annotations

import math

import numpy as np

from . import Right, Wrong

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
    Right("NB03.E04", "number by number", vjp_number_by_number),
    Right("NB03.E04", "from the values, match and case", vjp_from_values),
    Right("NB03.E05", "einsum, a list of rows", matvec_einsum),
    Right("NB03.E05", "loops and lists", matvec_by_loops),
    Right("NB03.E06", "filled in", products_fill_in),
    Right("NB03.E06", "lists for rows, apply_along_axis for columns", products_apply),
    Right("NB03.E07", "a walk along the chain, a list returned", cost_as_a_walk),
    Right("NB03.E07", "integers of NumPy", cost_numpy),
]
