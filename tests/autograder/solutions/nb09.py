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


RIGHT = {
    "NB09.E03": [normalize_backward, normalize_backward_by_three_paths, normalize_backward_in_loops],
    "NB09.E02": [activation_backward, activation_backward_by_masks, activation_backward_by_a_table],
    "NB09.E01": [minibatches, minibatches_as_a_list, minibatches_by_splitting],
    "NB09.E07": [EarlyStopping],
}

EQUAL = {"NB09.E07": {"self.since = 0 -> self.since = 1": "the first update sets it back, whatever it was"}}

EQUAL = {
    "NB09.E02": {
        "return np.where(x > 0, g, 0.01 * g) -> return np.where(x >= 0, g, 0.01 * g)": (
            "the slope at the kink is a convention, M16, which is accepted"
        ),
        "return (g * (a > b), g * (b > a)) -> return (g * (a > b), g * (b >= a))": (
            "a tie of two inputs has no derivative, and none is asked for"
        ),
    },
}
