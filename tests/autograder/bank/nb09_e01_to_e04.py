"""Answers to NB09 as students write them: batches, normalisation, a residual block, dropout, stopping.

E01 to E04.
"""

from __future__ import annotations

import numpy as np

from . import Right, Wrong

# E01 -----------------------------------------------------------------------------------------------------


def batches_drop_the_rest(X, y, size, rng):
    order = rng.permutation(len(X))
    for k in range(len(X) // size):
        idx = order[k * size : (k + 1) * size]
        yield X[idx], y[idx]


def batches_two_shuffles(X, y, size, rng):
    Xs, ys = rng.permutation(X), rng.permutation(y)
    for start in range(0, len(Xs), size):
        yield Xs[start : start + size], ys[start : start + size]


def batches_unshuffled(X, y, size, rng):
    return [(X[i : i + size], y[i : i + size]) for i in range(0, X.shape[0], size)]


def batches_with_replacement(X, y, size, rng):
    n = len(y)
    out = []
    for start in range(0, n, size):
        idx = rng.integers(0, n, min(size, n - start))
        out.append((X[idx], y[idx]))
    return out


def batches_shuffle_in_place(X, y, size, rng):
    order = rng.permutation(len(y))
    X[:] = X[order]
    y[:] = y[order]
    for i in range(0, len(y), size):
        yield X[i : i + size].copy(), y[i : i + size].copy()


def batches_by_sorting(X, y, size, rng):
    keys = rng.random(len(X))
    order = sorted(range(len(X)), key=lambda i: keys[i])
    while order:
        now, order = order[:size], order[size:]
        yield np.array([X[i] for i in now]), np.array([y[i] for i in now])


def batches_array_split(X, y, size, rng):
    table = np.column_stack([X, y])
    rng.shuffle(table)
    cuts = list(range(size, len(table), size))
    return [(part[:, :-1], part[:, -1]) for part in np.split(table, cuts)]


# E02 -----------------------------------------------------------------------------------------------------


def good_activation(name, x, g):
    if name == "maxout":
        a, b = x
        return g * (a > b), g * (b > a)
    slopes = {
        "tanh": lambda: 1 - np.tanh(x) ** 2,
        "relu": lambda: (x > 0) * 1.0,
        "leaky_relu": lambda: np.where(x > 0, 1.0, 0.01),
        "elu": lambda: np.where(x > 0, 1.0, np.exp(np.minimum(x, 0))),
    }
    return g * slopes[name]()


def activations_mask_of_g(name, x, g):
    if name == "tanh":
        return g * (1 - np.tanh(x) ** 2)
    if name == "relu":
        return np.where(g > 0, g, 0)
    if name == "leaky_relu":
        return np.where(g > 0, g, 0.01 * g)
    if name == "elu":
        return np.where(g > 0, g, g * np.exp(np.minimum(x, 0)))
    a, b = x
    return g * (a >= b), g * (a < b)


def activations_without_g(name, x, g):
    if name == "relu":
        return (x > 0).astype(float)
    elif name == "leaky_relu":
        d = np.ones_like(x)
        d[x <= 0] = 0.01
        return d
    elif name == "elu":
        d = np.ones_like(x)
        d[x <= 0] = np.exp(x[x <= 0])
        return d
    elif name == "tanh":
        return 1 - np.tanh(x) ** 2
    return 1.0 * (x[0] > x[1]), 1.0 * (x[1] > x[0])


def activations_relu_value(name, x, g):
    if name == "relu":
        return g * np.maximum(x, 0)
    return good_activation(name, x, g)


def activations_tanh_twice(name, x, g):
    if name == "tanh":
        a = np.tanh(x)
        return g * (1 - np.tanh(a) ** 2)
    if name == "elu":
        a = np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)
        return g * np.where(a > 0, 1, np.exp(np.minimum(a, 0)))
    return good_activation(name, x, g)


def activations_maxout_to_both(name, x, g):
    if name != "maxout":
        return good_activation(name, x, g)
    a, b = x
    larger = np.maximum(a, b)
    return g * (larger != 0), g * (larger != 0)


def activations_maxout_exchanged(name, x, g):
    if name != "maxout":
        return good_activation(name, x, g)
    first, second = x
    mask = first > second
    return np.where(mask, 0.0, g), np.where(mask, g, 0.0)


def activations_elu_too_much(name, x, g):
    """The derivative of exp(x) - 1 is not exp(x) - 1."""
    if name == "elu":
        return np.where(x > 0, g, g * (np.exp(np.minimum(x, 0)) - 1))
    return good_activation(name, x, g)


def activations_entry_by_entry(name, x, g):
    def slope(v):
        if name == "tanh":
            return 1 / np.cosh(v) ** 2
        if v > 0:
            return 1.0
        return {"relu": 0.0, "leaky_relu": 0.01, "elu": np.exp(v)}[name]

    if name == "maxout":
        chosen = np.argmax(np.stack(x), axis=0)
        return [np.choose(chosen, [g, 0 * g]), np.choose(chosen, [0 * g, g])]
    out = np.empty(np.shape(g))
    for i in np.ndindex(out.shape):
        out[i] = slope(x[i]) * g[i]
    return out.tolist()


# E03 -----------------------------------------------------------------------------------------------------


def norm_constants(dY, cache, axis):
    dxhat = dY * cache["gamma"]
    dX = dxhat * cache["inv_std"]
    return dX, (dY * cache["xhat"]).sum(axis=0), dY.sum(axis=0)


def norm_variance_constant(dY, cache, axis):
    h = dY * cache["gamma"]
    dX = cache["inv_std"] * (h - h.mean(axis=axis, keepdims=True))
    dgamma = np.einsum("nd,nd->d", dY, cache["xhat"])
    return dX, dgamma, np.sum(dY, 0)


def norm_sums_along_the_axis(dY, cache, axis):
    n = dY.shape[axis]
    h = dY * cache["gamma"]
    dvar = np.sum(h * (cache["X"] - cache["mean"]), axis=axis, keepdims=True) * -0.5 * cache["inv_std"] ** 3
    dmean = -np.sum(h * cache["inv_std"], axis=axis, keepdims=True)
    dX = h * cache["inv_std"] + dvar * 2 * (cache["X"] - cache["mean"]) / n + dmean / n
    return dX, np.sum(dY * cache["xhat"], axis=axis), np.sum(dY, axis=axis)


def norm_always_the_batch(dY, cache, axis):
    N = len(dY)
    dgamma = (dY * cache["xhat"]).sum(0)
    dbeta = dY.sum(0)
    h = dY * cache["gamma"]
    s = cache["inv_std"]
    dX = s / N * (N * h - h.sum(0) - cache["xhat"] * (h * cache["xhat"]).sum(0))
    return dX, dgamma, dbeta


def norm_not_summed(dY, cache, axis):
    h = dY * cache["gamma"]
    m1 = h.mean(axis, keepdims=True)
    m2 = (h * cache["xhat"]).mean(axis, keepdims=True)
    return cache["inv_std"] * (h - m1 - cache["xhat"] * m2), dY * cache["xhat"], dY


def norm_forgets_gamma(dY, cache, axis):
    xhat = cache["xhat"]
    a = np.mean(dY, axis=axis, keepdims=True)
    b = np.mean(dY * xhat, axis=axis, keepdims=True)
    return (dY - a - xhat * b) * cache["inv_std"], np.sum(dY * xhat, axis=0), np.sum(dY, axis=0)


def norm_means_for_gamma(dY, cache, axis):
    h = dY * cache["gamma"]
    xhat = cache["xhat"]
    dX = cache["inv_std"] * (
        h - h.mean(axis=axis, keepdims=True) - xhat * (h * xhat).mean(axis=axis, keepdims=True)
    )
    return dX, (dY * xhat).mean(axis=0), dY.mean(axis=0)


def norm_long_way(dY, cache, axis):
    X, mu, s = cache["X"], cache["mean"], cache["inv_std"]
    n = X.shape[axis]
    total = lambda a: np.add.reduce(a, axis=axis, keepdims=True)  # noqa: E731
    h = dY * cache["gamma"]
    s_bar = total(h * (X - mu))
    v_bar = s_bar * (-0.5) * (cache["var"] + cache["eps"]) ** -1.5
    mu_bar = total(-h * s)  # the variance adds nothing: its terms sum to 0
    X_bar = h * s + v_bar * 2 / n * (X - mu) + mu_bar / n
    return X_bar, np.ones(len(X)) @ (dY * cache["xhat"]), np.ones(len(X)) @ dY


def norm_by_jacobians(dY, cache, axis):
    h, xhat = dY * cache["gamma"], cache["xhat"]
    h, xhat, s = (h.T, xhat.T, cache["inv_std"].ravel()) if axis == 0 else (h, xhat, cache["inv_std"].ravel())
    n = h.shape[1]
    rows = []
    for i in range(len(h)):
        J = s[i] * (np.eye(n) - 1 / n - np.outer(xhat[i], xhat[i]) / n)
        rows.append(J @ h[i])
    dX = np.array(rows).T if axis == 0 else np.array(rows)
    dgamma = [float(np.dot(dY[:, j], cache["xhat"][:, j])) for j in range(dY.shape[1])]
    return [dX, dgamma, [float(c.sum()) for c in dY.T]]


# E04 -----------------------------------------------------------------------------------------------------


def init_variance_as_deviation(kind, fan_in, fan_out, rng):
    scale = {"zeros": 0.0, "normal": 0.01, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    return rng.normal(0, scale, (fan_in, fan_out))


def init_fans_exchanged(kind, fan_in, fan_out, rng):
    W = rng.standard_normal((fan_in, fan_out))
    if kind == "zeros":
        return W * 0
    if kind == "normal":
        return W * 0.01
    if kind == "xavier":
        return W * np.sqrt(2 / (fan_in + fan_out))
    return W * np.sqrt(2 / fan_out)


def init_turned(kind, fan_in, fan_out, rng):
    std = {
        "zeros": 0,
        "normal": 0.01,
        "xavier": (2 / (fan_in + fan_out)) ** 0.5,
        "kaiming": (2 / fan_in) ** 0.5,
    }
    return std[kind] * rng.normal(size=(fan_out, fan_in))


def init_uniform_from_zero(kind, fan_in, fan_out, rng):
    if kind == "zeros":
        return np.zeros((fan_in, fan_out))
    var = {"normal": 1e-4, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    return rng.random((fan_in, fan_out)) * np.sqrt(12 * var)


def init_one_column(kind, fan_in, fan_out, rng):
    if kind == "zeros":
        return np.zeros((fan_in, fan_out))
    var = {"normal": 0.01**2, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    column = rng.normal(0, var**0.5, (fan_in, 1))
    return np.repeat(column, fan_out, axis=1)


def init_uniform(kind, fan_in, fan_out, rng):
    var = {"zeros": 0, "normal": 1e-4, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    limit = (3 * var) ** 0.5
    return [[float(rng.uniform(-limit, limit)) for _ in range(fan_out)] for _ in range(fan_in)]


WRONG = [
    Wrong("NB09.E01", "", "drops the remainder", batches_drop_the_rest),
    Wrong("NB09.E01", "", "shuffles rows and labels apart", batches_two_shuffles),
    Wrong("NB09.E01", "", "no shuffle", batches_unshuffled),
    Wrong("NB09.E01", "", "draws with replacement", batches_with_replacement),
    Wrong("NB09.E01", "M25", "shuffles the caller's arrays", batches_shuffle_in_place),
    Wrong("NB09.E02", "M15", "masks of g", activations_mask_of_g),
    Wrong("NB09.E02", "M12", "slopes without g", activations_without_g),
    Wrong("NB09.E02", "M17", "times the ReLU itself", activations_relu_value),
    Wrong("NB09.E02", "M08", "slopes at the output", activations_tanh_twice),
    Wrong("NB09.E02", "M09", "maxout sends to both", activations_maxout_to_both),
    Wrong("NB09.E02", "M34", "maxout's pair exchanged", activations_maxout_exchanged),
    Wrong("NB09.E02", "", "elu's value as its slope", activations_elu_too_much),
    Wrong("NB09.E03", "M23", "mean and variance constant", norm_constants),
    Wrong("NB09.E03", "M23", "variance constant", norm_variance_constant),
    Wrong("NB09.E03", "M20", "gamma and beta summed along axis", norm_sums_along_the_axis),
    Wrong("NB09.E03", "M20", "always over the batch", norm_always_the_batch),
    Wrong("NB09.E03", "M03", "gamma and beta per row", norm_not_summed),
    Wrong("NB09.E03", "", "gamma forgotten on the way back", norm_forgets_gamma),
    Wrong("NB09.E03", "M04", "means for gamma and beta", norm_means_for_gamma),
    Wrong("NB09.E04", "", "variance as deviation", init_variance_as_deviation),
    Wrong("NB09.E04", "", "fan out for fan in", init_fans_exchanged),
    Wrong("NB09.E04", "M02", "shape turned", init_turned),
    Wrong("NB09.E04", "", "not around 0", init_uniform_from_zero),
    Wrong("NB09.E04", "", "all units alike", init_one_column),
]

RIGHT = [
    Right("NB09.E01", "sorts random keys", batches_by_sorting),
    Right("NB09.E01", "one table, split, a list", batches_array_split),
    Right("NB09.E02", "slopes in a dict", good_activation),
    Right("NB09.E02", "entry by entry, lists", activations_entry_by_entry),
    Right("NB09.E03", "line by line", norm_long_way),
    Right("NB09.E03", "a Jacobian for each group, lists", norm_by_jacobians),
    Right("NB09.E04", "uniform, nested lists", init_uniform),
]
