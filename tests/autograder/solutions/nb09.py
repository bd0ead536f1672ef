"""NB09, as students write it."""

from __future__ import annotations

import math

import numpy as np


class EarlyStopping:
    def __init__(self, patience):
        self.patience = patience
        self.lowest = None
        self.since = 0
        self.best = None

    def update(self, score, params):
        if self.lowest is None or score < self.lowest:
            self.lowest = score
            self.best = {name: np.array(value) for name, value in params.items()}
            self.since = 0
            return False
        self.since += 1
        return self.since >= self.patience


def minibatches(X, y, size, rng):
    order = rng.permutation(len(X))
    for start in range(0, len(X), size):
        rows = order[start : start + size]
        yield X[rows], y[rows]


def minibatches_as_a_list(X, y, size, rng):
    indices = list(range(X.shape[0]))
    rng.shuffle(indices)
    batches = []
    while indices:
        taken, indices = indices[:size], indices[size:]
        batches.append([X[taken, :], [y[i] for i in taken]])
    return batches


def minibatches_by_splitting(X, y, size, rng):
    order = np.argsort(rng.random(len(y)))
    parts = np.split(order, np.arange(size, len(y), size))
    return iter([(np.take(X, part, axis=0), np.take(y, part)) for part in parts])


def activation_backward(name, x, g):
    if name == "tanh":
        return g * (1 - np.tanh(x) ** 2)
    if name == "relu":
        return g * (x > 0)
    if name == "leaky_relu":
        return np.where(x > 0, g, 0.01 * g)
    if name == "elu":
        return np.where(x > 0, g, g * np.exp(x))
    a, b = x
    return g * (a > b), g * (b > a)


def activation_backward_by_masks(name, x, g):
    if name == "maxout":
        da, db = np.zeros_like(g), np.zeros_like(g)
        first = x[0] >= x[1]
        da[first], db[~first] = g[first], g[~first]
        return [da, db]
    dx = g.copy()
    if name == "tanh":
        return dx / np.cosh(x) ** 2
    off = ~(x > 0)
    dx[off] *= {"relu": 0.0, "leaky_relu": 0.01, "elu": np.exp(x[off])}[name]
    return dx


def activation_backward_by_a_table(name, x, g):
    if name == "maxout":
        slopes = (np.sign(x[0] - x[1]) + 1) / 2
        return slopes * g, g - slopes * g
    slope = {
        "tanh": lambda v: (1 - math.tanh(v)) * (1 + math.tanh(v)),
        "relu": lambda v: 1.0 if v > 0 else 0.0,
        "leaky_relu": lambda v: 1.0 if v > 0 else 0.01,
        "elu": lambda v: 1.0 if v > 0 else math.exp(v),
    }[name]
    return np.vectorize(slope)(x) * g


def normalize_backward(dY, cache, axis):
    xhat, inv_std = cache["xhat"], cache["inv_std"]
    dgamma = np.sum(dY * xhat, axis=0)
    dbeta = np.sum(dY, axis=0)
    h = dY * cache["gamma"]
    mean_h = np.mean(h, axis=axis, keepdims=True)
    mean_hx = np.mean(h * xhat, axis=axis, keepdims=True)
    dX = inv_std * (h - mean_h - xhat * mean_hx)
    return dX, dgamma, dbeta


def normalize_backward_by_three_paths(dY, cache, axis):
    X, mean, var, eps = cache["X"], cache["mean"], cache["var"], cache["eps"]
    n = X.shape[axis]
    dxhat = dY * cache["gamma"]
    dvar = (dxhat * (X - mean) * -0.5 * (var + eps) ** -1.5).sum(axis=axis, keepdims=True)
    dmean = (-dxhat / np.sqrt(var + eps)).sum(axis=axis, keepdims=True)
    dX = dxhat / np.sqrt(var + eps) + dvar * 2 * (X - mean) / n + dmean / n
    return dX, np.einsum("nd,nd->d", dY, cache["xhat"]), np.ones(len(dY)) @ dY


def normalize_backward_in_loops(dY, cache, axis):
    G = dY * cache["gamma"]
    A, S = np.array(cache["xhat"]), cache["inv_std"].ravel()
    if axis == 1:
        G, A = G.T, A.T
    dX = np.empty(G.shape)
    for j in range(G.shape[1]):
        n = len(G)
        J = np.eye(n) - 1 / n - np.outer(A[:, j], A[:, j]) / n
        dX[:, j] = S[j] * (J @ G[:, j])
    return [dX if axis == 0 else dX.T, (dY * cache["xhat"]).sum(0), dY.sum(0)]


def init_weights(kind, fan_in, fan_out, rng):
    shape = (fan_in, fan_out)
    if kind == "zeros":
        return np.zeros(shape)
    std = {"normal": 0.01, "xavier": np.sqrt(2 / (fan_in + fan_out)), "kaiming": np.sqrt(2 / fan_in)}[kind]
    return rng.normal(0, std, shape)


def init_weights_uniform(kind, fan_in, fan_out, rng):
    if kind == "zeros":
        return [[0] * fan_out for _ in range(fan_in)]
    bound = {
        "normal": 0.01 * 3**0.5,
        "xavier": (6 / (fan_in + fan_out)) ** 0.5,
        "kaiming": (6 / fan_in) ** 0.5,
    }[kind]
    return bound * (2 * rng.random((fan_in, fan_out)) - 1)


def init_weights_in_rows(kind, fan_in, fan_out, rng):
    W = np.zeros((fan_in, fan_out))
    variance = {"zeros": 0, "normal": 0.01**2, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    for row in W:
        row += math.sqrt(variance) * rng.standard_normal(fan_out)
    return W


def dropout_forward(x, p, train, rng):
    mask = (rng.random(x.shape) >= p) / (1 - p) if train else np.ones(x.shape)
    return x * mask, mask


def dropout_backward(g, mask):
    return g * mask


def dropout_forward_by_choice(x, p, train, rng):
    if not train:
        return x, 1.0 + 0 * x
    mask = rng.choice([0.0, 1 / (1 - p)], size=x.shape, p=[p, 1 - p])
    y = x.copy()
    y[mask == 0] = 0
    y /= 1 - p
    return [y, mask]


def dropout_backward_where_kept(g, mask):
    dx = np.zeros(g.shape)
    dx[mask != 0] = (g * mask)[mask != 0]
    return dx


def dropout_forward_by_binomial(x, p, train, rng):
    keep = 1 - p if train else 1.0
    mask = rng.binomial(1, keep, size=x.shape) / keep
    return np.multiply(mask, x), mask


def residual_block_backward(dY, cache, params):
    dS = dY * (cache["S"] > 0)
    dW2 = cache["H"].T @ dS
    db2 = dS.sum(axis=0)
    dH = dS @ params["W2"].T
    dZ1 = dH * (cache["Z1"] > 0)
    dW1 = cache["X"].T @ dZ1
    db1 = dZ1.sum(axis=0)
    dX = dS + dZ1 @ params["W1"].T
    return dX, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def residual_block_backward_row_by_row(dY, cache, params):
    N, d = dY.shape
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dX = []
    for n in range(N):
        ds = [dY[n, j] if cache["Y"][n, j] > 0 else 0.0 for j in range(d)]
        dz = params["W2"] @ ds
        dz[cache["H"][n] <= 0] = 0.0
        grads["W2"] += np.outer(cache["H"][n], ds)
        grads["b2"] += ds
        grads["W1"] += np.outer(cache["X"][n], dz)
        grads["b1"] += dz
        dX.append(params["W1"] @ dz + ds)
    return [dX, grads]


def overfit_check(model, X, y, steps):
    first = model.loss(X, y)
    for _ in range(steps):
        model.step(X, y)
    last = model.loss(X, y)
    if not np.isfinite(last):
        return {"ok": False, "reason": "not finite"}
    if last > first:
        return {"ok": False, "reason": "grows"}
    if last > 0.1 * first:
        return {"ok": False, "reason": "does not fall"}
    return {"ok": True, "reason": "fits"}


def overfit_check_by_history(model, X, y, steps):
    history = []
    while len(history) < steps:
        history.append(float(model.step(X, y)))
        if math.isnan(history[-1]) or math.isinf(history[-1]):
            return dict(ok=0, reason="not finite", history=history)
    ratio = history[-1] / history[0]
    reason = "fits" if ratio <= 0.1 else "does not fall" if ratio <= 1 else "grows"
    return dict(ok=reason == "fits", reason=reason, history=history)


RIGHT = {
    "NB09.E08": [overfit_check, overfit_check_by_history],
    "NB09.E05": [residual_block_backward, residual_block_backward_row_by_row],
    "NB09.E04": [init_weights, init_weights_uniform, init_weights_in_rows],
    "NB09.E06": [
        {"dropout_forward": dropout_forward, "dropout_backward": dropout_backward},
        {"dropout_forward": dropout_forward_by_choice, "dropout_backward": dropout_backward_where_kept},
        {"dropout_forward": dropout_forward_by_binomial, "dropout_backward": dropout_backward},
    ],
    "NB09.E03": [normalize_backward, normalize_backward_by_three_paths, normalize_backward_in_loops],
    "NB09.E02": [activation_backward, activation_backward_by_masks, activation_backward_by_a_table],
    "NB09.E01": [minibatches, minibatches_as_a_list, minibatches_by_splitting],
    "NB09.E07": [EarlyStopping],
}

EQUAL = {"NB09.E07": {"self.since = 0 -> self.since = 1": "the first update sets it back, whatever it was"}}

EQUAL = {
    "NB09.E07": {
        "self.since = 0 -> self.since = 1": "the first update, always the best so far, sets it to 0"
    },
    "NB09.E08": {
        "if last > first: -> if last >= first:": "no two losses are equal",
        "if last > 0.1 * first: -> if last >= 0.1 * first:": "no loss is exactly a tenth of another one",
    },
    "NB09.E02": {
        "return np.where(x > 0, g, 0.01 * g) -> return np.where(x >= 0, g, 0.01 * g)": (
            "the slope at the kink is a convention, M16, which is accepted"
        ),
        "return (g * (a > b), g * (b > a)) -> return (g * (a > b), g * (b >= a))": (
            "a tie of two inputs has no derivative, and none is asked for"
        ),
    },
}
