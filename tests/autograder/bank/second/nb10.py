"""Wrong answers to NB10, of the second round."""

from __future__ import annotations

import math

import numpy as np

from ._noting import noting
from .nb05 import soft
from .nb09 import _others

WRONG, wrong = noting()


def affine_fixed(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def mse_fixed(X, y, W, w):
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y) / len(y)
    return X.T @ (np.outer(e, w) * (1 - H**2)), H.T @ e


def residual_fixed(dY, X, W1, W2):
    return dY + ((dY @ W2.T) * (X @ W1 > 0)) @ W1.T


def relu_fixed(dY, X):
    return dY * (X > 0)


def normalize_fixed(dY, X, eps):
    s = 1 / np.sqrt(X.var(axis=0) + eps)
    xh = (X - X.mean(axis=0)) * s
    return s * (dY - dY.mean(axis=0) - xh * (dY * xh).mean(axis=0))


REPAIRED = dict(
    affine_backward_broken=affine_fixed,
    mse_backward_broken=mse_fixed,
    residual_backward_broken=residual_fixed,
    relu_backward_broken=relu_fixed,
    normalize_backward_broken=normalize_fixed,
)


@wrong("NB10.E04", "M32", "the bias mended with a sum over everything", "affine_backward_broken", **REPAIRED)
def affine_summed_whole(dY, X, W):
    db = 0.0
    for row in dY:
        db += row.sum()
    return dY.dot(W.T), np.einsum("nd,nk->dk", X, dY), db


@wrong("NB10.E04", "M23", "the mean is mended, the variance is not", "normalize_backward_broken", **REPAIRED)
def normalize_half_mended(dY, X, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    dX = dY / std
    dX = dX - dX.sum(axis=0) / len(dX)
    return dX


@wrong("NB10.E04", "M17", "the value of the ReLU as its slope", "relu_backward_broken", **REPAIRED)
def relu_times_value(dY, X):
    mask = X * (X > 0)
    return mask * dY


@wrong("NB10.E04", "M05", "still divides by N a second time", "mse_backward_broken", **REPAIRED)
def mse_twice(X, y, W, w):
    N = X.shape[0]
    H = np.tanh(np.dot(X, W))
    err = (2 / N) * (np.dot(H, w) - y)
    dw = np.zeros_like(w)
    dW = np.zeros_like(W)
    for n in range(N):
        dw += err[n] * H[n]
        dW += np.outer(X[n], err[n] * w * (1 - H[n] ** 2)) / N
    return dW, dw


# without a name in the catalogue


@wrong("NB02.E05", "", "the cosine is not shifted")
def schedule_cosine(kind, t, eta0, **kw):
    if kind == "cosine":
        return float(eta0 * math.cos(math.pi * t / kw["t_max"]))
    if kind == "step":
        return eta0 * kw["drop"] ** (t // kw["every"])
    return eta0 / (1 + kw["k"] * t) if kind == "inverse" else eta0


@wrong("NB03.E02", "", "a difference to one side only")
def nudge_one_side(f, x, eps=1e-6):
    x = np.array(x, dtype=float)
    base = f(x.copy())
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += eps * 1e3
        g[i] = (f(moved) - base) / (eps * 1e3)
    return g


@wrong("NB04.E05", "", "parents stand behind their children")
def order_reversed(parents):
    left = {n: set(p) for n, p in parents.items()}
    order = []
    while left:
        free = [n for n, p in left.items() if not p]
        if not free:
            raise ValueError("there is a cycle")
        for n in free:
            del left[n]
        for p in left.values():
            p.difference_update(free)
        order += free
    return order[::-1]


@wrong("NB05.E06", "", "p enters only once")
def softmax_without_outer_p(z, g):
    p = soft(z)
    return p * g - (p * g).sum(axis=1, keepdims=True)


@wrong("NB06.E01", "", "ReLU in place of the sigmoid")
def forward_relu(p, x, t):
    z = p["W1"] @ x + p["b1"]
    h = np.maximum(z, 0)
    y = p["W2"] @ h + p["b2"]
    return {"z": z, "h": h, "y": y, "L": 0.5 * np.sum((y - t) ** 2)}


@wrong("NB06.E06", "", "the bias takes the largest entry")
def affine_max_bias(dY, X, W):
    return np.inner(dY, W), np.tensordot(X, dY, axes=(0, 0)), dY.max(axis=0)


@wrong("NB09.E02", "", "elu's slope is its value on the left")
def activations_elu_value(name, x, g):
    if name == "elu":
        return g * np.where(x > 0, 1.0, np.expm1(np.minimum(x, 0)))
    return _others(name, x, g)


@wrong("NB09.E04", "", "kaiming's variance as a standard deviation")
def init_no_root(kind, fan_in, fan_out, rng):
    shape = (fan_in, fan_out)
    if kind == "zeros":
        return np.zeros(shape)
    sd = {"normal": 0.01, "xavier": 2 / (fan_in + fan_out), "kaiming": 2 / fan_in}[kind]
    return rng.normal(0, sd, shape)


@wrong("NB10.E01", "", "a small constant below")
def relative_error_blind(a, b):
    a, b = np.asarray(a, float), np.asarray(b, float)
    return float(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8)))
