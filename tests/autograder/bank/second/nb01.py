"""Wrong answers to NB01, of the second round."""

from __future__ import annotations

import numpy as np

from ._noting import noting

WRONG, wrong = noting()


@wrong("NB01.E02", "M06", "steps towards the error")
def perceptron_wrong_way(w, x, t, eta):
    out = 1 if sum(wi * xi for wi, xi in zip(w, x, strict=True)) > 0 else 0
    err = out - t
    return np.array([wi + eta * err * xi for wi, xi in zip(w, x, strict=True)])


@wrong("NB01.E02", "M25", "the caller's weights are changed in place")
def perceptron_in_place(w, x, t, eta):
    o = int(np.dot(w, x) > 0)
    for i in range(len(w)):
        w[i] += eta * (t - o) * x[i]
    return w


@wrong("NB01.E02", "M28", "the result is filled into an array of ints")
def perceptron_int_buffer(w, x, t, eta):
    fires = np.dot(w, x) > 0
    new = np.zeros(len(w), dtype=int)
    for i in range(len(w)):
        new[i] = w[i] + eta * (t - fires) * x[i]
    return new


@wrong("NB01.E03", "M27", "the sigmoid as exp(x)/(1+exp(x)), without cases")
def activation_overflows(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return np.maximum(np.asarray(x[0], float), x[1])
    x = np.array(x, dtype=float)
    if name == "sigmoid":
        e = np.exp(x)
        return e / (1 + e)
    if name == "tanh":
        return np.tanh(x)
    if name == "relu":
        return x * (x > 0)
    if name == "leaky_relu":
        return np.where(x > 0, x, slope * x)
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@wrong("NB01.E03", "M28", "zeros_like of an array of ints holds ints")
def activation_like_the_input(name, x, slope=0.01, alpha=1.0):
    if name == "maxout":
        return 1.0 * np.maximum(x[0], x[1])
    x = np.asarray(x)
    out = np.zeros_like(x)
    pos = x > 0
    if name == "sigmoid":
        out[pos] = 1 / (1 + np.exp(-x[pos]))
        e = np.exp(x[~pos])
        out[~pos] = e / (1 + e)
        return out
    if name == "tanh":
        out[...] = np.tanh(x)
        return out
    out[pos] = x[pos]
    if name == "leaky_relu":
        out[~pos] = slope * x[~pos]
    elif name == "elu":
        out[~pos] = alpha * (np.exp(x[~pos]) - 1)
    return out


def two_layers(x, W1, W2, g):
    hidden = g(W1.dot(x))
    return W2.dot(hidden)


@wrong("NB01.E04", "M02", "the collapsed matrix is transposed", "collapse", mlp_forward=two_layers)
def collapse_transposed(W1, W2):
    d, h = W2.shape
    n = W1.shape[1]
    M = np.zeros((n, d))
    for i in range(n):
        for j in range(d):
            for k in range(h):
                M[i, j] += W2[j, k] * W1[k, i]
    return M


def one_matrix(W1, W2):
    return np.einsum("dh,hn->dn", W2, W1)


@wrong("NB01.E04", "", "the activation after both layers", "mlp_forward", collapse=one_matrix)
def mlp_forward_twice(x, W1, W2, g):
    for W in (W1, W2):
        x = g(W @ x)
    return x
