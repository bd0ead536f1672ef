"""NB01, as students write it."""

from __future__ import annotations

import math

import numpy as np


def threshold_unit(x, w, theta):
    total = 0.0
    for xi, wi in zip(x, w, strict=True):
        total += xi * wi
    return 1 if total >= theta else 0


def threshold_unit_in_numpy(x, w, theta):
    return np.dot(w, x) >= theta


GATES = {"OR": ((1, 1), 1), "AND": ((1, 1), 2), "NOT": ((-1,), 0)}
OTHER_GATES = {"OR": (np.array([2.0, 2.0]), 1.0), "AND": ([1, 1], 1.5), "NOT": ([-1.0], -0.5), "XOR": None}


def perceptron_step(w, x, t, eta):
    total = 0.0
    for i in range(len(w)):
        total = total + w[i] * x[i]
    o = 1 if total > 0 else 0
    return w + eta * (t - o) * x


def perceptron_step_by_cases(w, x, t, eta):
    o = float(np.dot(w, x) > 0)
    if o == t:
        return list(w)
    return w + eta * x if t > o else w - eta * x


def activation(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        a, b = x
        return np.where(a > b, a, b)
    x = np.asarray(x, dtype=float)
    e = np.exp(-np.abs(x))
    if name == "sigmoid":
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    if name == "tanh":
        return np.sign(x) * (1 - e**2) / (1 + e**2)
    if name == "relu":
        return x * (x > 0)
    if name == "leaky_relu":
        return np.maximum(x, 0) + slope * np.minimum(x, 0)
    return np.maximum(x, 0) + alpha * (np.exp(np.minimum(x, 0)) - 1)


def activation_in_numpy(name, x, slope=0.01, alpha=1.0):
    if name == "sigmoid":
        return 0.5 * (1 + np.tanh(0.5 * x))
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return np.maximum(0, x)
    if name == "leaky_relu":
        return np.where(x < 0, slope * x, x)
    if name == "elu":
        return np.where(x < 0, alpha * np.expm1(np.minimum(x, 0)), x)
    return np.max(np.stack(x), axis=0)


def mlp_forward(x, W1, W2, g):
    h = g(W1 @ x)
    return W2 @ h


def collapse(W1, W2):
    return W2 @ W1


def mlp_forward_by_rows(x, W1, W2, g):
    h = g(np.array([sum(w * v for w, v in zip(row, x, strict=True)) for row in W1]))
    return [math.fsum(row * h) for row in W2]


def collapse_by_einsum(W1, W2):
    return np.einsum("hn,dh->dn", W1, W2)


def count(sizes, bias=True):
    params, multiply_adds = 0, 0
    for layer in range(1, len(sizes)):
        weights = sizes[layer - 1] * sizes[layer]
        multiply_adds += weights
        params += weights
        if bias:
            params += sizes[layer]
    return params, multiply_adds


def count_in_numpy(sizes, bias=True):
    s = np.array(sizes)
    weights = np.sum(s[1:] * s[:-1])
    return weights + bias * np.sum(s[1:]), weights


RIGHT = {
    "NB01.E01": [
        {"threshold_unit": threshold_unit, "GATES": GATES},
        {"threshold_unit": threshold_unit_in_numpy, "GATES": OTHER_GATES},
    ],
    "NB01.E02": [perceptron_step, perceptron_step_by_cases],
    "NB01.E03": [activation, activation_in_numpy],
    "NB01.E04": [
        {"mlp_forward": mlp_forward, "collapse": collapse},
        {"mlp_forward": mlp_forward_by_rows, "collapse": collapse_by_einsum},
    ],
    "NB01.E05": [count, count_in_numpy],
}

EQUAL = {}

STUBS = {
    "NB01.E01": {"threshold_unit": lambda x, w, theta: None, "GATES": {"OR": None, "AND": None, "NOT": ...}}
}
