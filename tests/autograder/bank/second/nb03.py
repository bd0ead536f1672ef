"""Wrong answers to NB03, of the second round."""

from __future__ import annotations

import numpy as np

from ._noting import dsig, noting, sig

WRONG, wrong = noting()


@wrong("NB03.E01", "M10", "only the path through y")
def total_only_y(t):
    x, y = np.cos(t), np.square(t)
    e = np.exp(x * y)
    df_dy = 1 + x * e
    return y + e, df_dy * 2 * t


@wrong("NB03.E01", "M10", "only the path through x")
def total_only_x(t):
    y = t * t
    e = np.exp(np.cos(t) * y)
    return y + e, y * e * -np.sin(t)


@wrong("NB03.E02", "M25", "the nudged entry is not put back")
def nudge_left_behind(f, x, eps=1e-6):
    if x.dtype.kind != "f":
        x = x.astype(float)
    g = np.zeros(x.shape)
    it = np.nditer(g, flags=["multi_index"])
    for _ in it:
        i = it.multi_index
        x[i] += eps
        up = f(x)
        x[i] -= 2 * eps
        down = f(x)
        g[i] = (up - down) / (2 * eps)
    return g


@wrong("NB03.E02", "M28", "the gradient is kept in an array of the inputs' type")
def nudge_int_result(f, x, eps=1e-6):
    out = np.zeros_like(x)
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = eps
        step = step.reshape(x.shape)
        out.flat[k] = (f(x + step) - f(x - step)) / (2 * eps)
    return out


@wrong("NB03.E03", "M02", "one row for each input")
def jacobian_rows_of_inputs(f, x, eps=1e-6):
    rows = []
    for k in range(x.size):
        e = np.zeros(x.size)
        e[k] = eps
        e = e.reshape(x.shape)
        rows.append((f(x + e) - f(x - e)) / (2 * eps))
    J = np.array(rows)
    return J.reshape(*x.shape, J.shape[1])


@wrong("NB03.E04", "M12", "the slopes alone, g is not used")
def elementwise_slopes_only(name, z, g):
    table = {
        "exp": lambda v: np.exp(v),
        "log": lambda v: 1 / v,
        "sigmoid": dsig,
        "tanh": lambda v: 1 - np.tanh(v) ** 2,
        "square": lambda v: 2 * v,
    }
    return table[name](z)


@wrong("NB03.E04", "M08", "sigma' and tanh' are taken at the output")
def elementwise_slope_at_output(name, z, g):
    if name == "exp":
        return g * np.exp(z)
    if name == "log":
        return g / z
    if name == "square":
        return 2 * g * z
    if name == "sigmoid":
        a = sig(z)
        return g * dsig(a)
    a = np.tanh(z)
    return g * (1 - np.tanh(a) ** 2)


@wrong("NB03.E04", "M09", "passes g on as it is through sigmoid and tanh")
def elementwise_slope_missing(name, z, g):
    local = np.ones_like(z)
    if name == "exp":
        local = np.exp(z)
    elif name == "log":
        local = 1 / z
    elif name == "square":
        local = z + z
    return local * g


@wrong("NB03.E05", "M31", "outer(x, g)")
def matvec_outer_reversed(W, x, g):
    gW = x[:, None] * g[None, :]
    return gW, g @ W


@wrong("NB03.E05", "M01", "W in place of its transpose")
def matvec_untransposed(W, x, g):
    return np.outer(g, x), W.dot(g)


@wrong("NB03.E05", "M12", "g is ignored for W")
def matvec_no_g(W, x, g):
    m = W.shape[0]
    gW = np.tile(x, (m, 1))
    gx = np.sum(W, axis=0)
    return gW, gx


@wrong("NB03.E06", "M02", "columns stacked as rows")
def products_columns_as_rows(product, n, m, mode):
    size = n if mode == "columns" else m
    J = [product(np.eye(size)[i]) for i in range(size)]
    if mode == "columns":
        return np.array(J)
    return np.stack(J)


@wrong("NB03.E07", "M34", "reverse first")
def cost_exchanged(dims):
    links = sum(dims[i] * dims[i + 1] for i in range(len(dims) - 1))
    return dims[-1] * links, dims[0] * links
