"""Answers to NB06 as students write them: two layers, many layers, batches, XOR, a skip connection.

E08 to E11.
"""

from __future__ import annotations

import numpy as np

from . import Right, Wrong
from ._nb06 import sig

# E08 -----------------------------------------------------------------------------------------------------


def xor_without_output_sigmoid(W, c, w, X, y):
    N = len(y)
    Z = X @ W + c
    H = np.maximum(Z, 0)
    p = sig(H @ w)
    dL = -(y / p - (1 - y) / (1 - p)) / N
    dw = H.T @ dL
    dZ = np.outer(dL, w) * (Z > 0)
    return X.T @ dZ, dZ.sum(axis=0), dw


def xor_bias_each(W, c, w, X, y):
    H = np.clip(X.dot(W) + c, 0, None)
    u_bar = (sig(H.dot(w)) - y) / X.shape[0]
    Z_bar = u_bar[:, None] * w * (H > 0)
    return X.T.dot(Z_bar), Z_bar, H.T.dot(u_bar)


def xor_sum_not_mean(W, c, w, X, y):
    dW, dc, dw = np.zeros((2, 2)), np.zeros(2), np.zeros(2)
    for x, label in zip(X, y, strict=True):
        z = x @ W + c
        h = np.where(z > 0, z, 0.0)
        du = sig(h @ w) - label
        dw += du * h
        dz = du * w * (z > 0)
        dc += dz
        dW += np.outer(x, dz)
    return dW, dc, dw


def xor_outer_turned(W, c, w, X, y):
    N = len(X)
    dW, dc, dw = np.zeros((2, 2)), np.zeros(2), np.zeros(2)
    for n in range(N):
        pre = W.T @ X[n] + c
        act = np.maximum(pre, 0)
        err = (1 / (1 + np.exp(-act @ w)) - y[n]) / N
        delta = err * w
        delta[pre <= 0] = 0
        dW += np.outer(delta, X[n])
        dc += delta
        dw += err * act
    return dW, dc, dw


def xor_mask_of_signal(W, c, w, X, y):
    H = np.maximum(X @ W + c, 0)
    u = (sig(H @ w) - y) / len(y)
    dH = np.outer(u, w)
    dH = np.maximum(dH, 0)
    return X.T @ dH, dH.sum(axis=0), H.T @ u


def xor_relu_left_out(W, c, w, X, y):
    H = np.maximum(X @ W + c, 0)
    u_bar = (sig(H @ w) - y) / len(y)
    H_bar = u_bar.reshape(-1, 1) @ w.reshape(1, -1)
    return X.T @ H_bar, H_bar.sum(axis=0), H.T @ u_bar


def xor_label_minus_prediction(W, c, w, X, y):
    pre = np.einsum("ni,ij->nj", X, W) + c
    H = pre * (pre > 0)
    d = (y - 1 / (1 + np.exp(-H @ w))) / len(y)
    dpre = np.einsum("n,j->nj", d, w) * (pre > 0)
    return np.einsum("ni,nj->ij", X, dpre), np.einsum("nj->j", dpre), np.einsum("nj,n->j", H, d)


def xor_long_way(W, c, w, X, y):
    """Every link of the path as on the page, one example after the other, then the mean."""
    parts = []
    for (x1, x2), label in zip(X, y, strict=True):
        ins = [x1 * W[0, j] + x2 * W[1, j] + c[j] for j in range(2)]
        outs = [max(v, 0.0) for v in ins]
        yhat = sig(w[0] * outs[0] + w[1] * outs[1])
        d_u = -(label / yhat - (1 - label) / (1 - yhat)) * yhat * (1 - yhat)
        d_in = [d_u * w[j] if ins[j] > 0 else 0.0 for j in range(2)]
        parts.append([*(x1 * d for d in d_in), *(x2 * d for d in d_in), *d_in, d_u * outs[0], d_u * outs[1]])
    flat = np.mean(parts, axis=0)
    return flat[:4].reshape(2, 2), flat[4:6], flat[6:]


# E09 -----------------------------------------------------------------------------------------------------

XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([0.0, 1.0, 1.0, 0.0])


def descend_all(W, c, w, b, output_bias, steps=1500, lr=1.0):
    """Descend from all starts, W (r, 2, 2), c (r, 1, 2), w (r, 2, 1), b (r, 1, 1)."""
    for step in range(steps + 1):
        H = np.maximum(XOR_X @ W + c, 0)
        U = H @ w + b
        if step == steps:
            break
        G = (sig(U) - XOR_Y[:, None]) / 4
        dZ = (G @ w.transpose(0, 2, 1)) * (H > 0)
        w = w - lr * H.transpose(0, 2, 1) @ G
        W = W - lr * XOR_X.T @ dZ
        c = c - lr * dZ.sum(axis=1, keepdims=True)
        if output_bias:
            b = b - lr * G.sum(axis=1, keepdims=True)
    losses = (np.logaddexp(0, U) - U * XOR_Y[:, None]).mean(axis=(1, 2))
    return W, c, w, b, losses


def packed(W, c, w, b, losses, i, output_bias):
    params = {"W": W[i], "c": c[i, 0], "w": w[i, :, 0]}
    if output_bias:
        params["b"] = b[i, 0, 0]
    return params, losses[i]


def fit_one_start(output_bias, restarts, seed):
    gen = np.random.default_rng(seed)
    W, c, w = gen.normal(size=(1, 2, 2)), np.zeros((1, 1, 2)), gen.normal(size=(1, 2, 1))
    res = descend_all(W, c, w, np.zeros((1, 1, 1)), output_bias)
    return packed(*res, 0, output_bias)


def fit_same_start(output_bias, restarts, seed):
    W = np.stack([np.random.default_rng(seed).normal(size=(2, 2)) for _ in range(restarts)])
    w = np.stack([np.random.default_rng(seed).normal(size=(2, 1)) for _ in range(restarts)])
    res = descend_all(W, np.zeros((restarts, 1, 2)), w, np.zeros((restarts, 1, 1)), output_bias)
    return packed(*res, int(np.argmin(res[-1])), output_bias)


def fit_last_start(output_bias, restarts, seed):
    gen = np.random.default_rng(seed)
    W, w = gen.normal(size=(restarts, 2, 2)), gen.normal(size=(restarts, 2, 1))
    res = descend_all(W, np.zeros((restarts, 1, 2)), w, np.zeros((restarts, 1, 1)), output_bias)
    return packed(*res, restarts - 1, output_bias)


def fit_best(output_bias, restarts, seed):
    gen = np.random.default_rng([seed, 1])
    W, w = gen.uniform(-2, 2, size=(restarts, 2, 2)), gen.uniform(-2, 2, size=(restarts, 2, 1))
    c = gen.uniform(-1, 1, size=(restarts, 1, 2))
    res = descend_all(W, c, w, np.zeros((restarts, 1, 1)), output_bias, steps=2500, lr=0.7)
    params, loss = packed(*res, int(np.argmin(res[-1])), output_bias)
    return {key: np.asarray(value).tolist() for key, value in params.items()}, float(loss)


# E10 -----------------------------------------------------------------------------------------------------


def skip_forgets_the_skip(W1, W2, x, dy):
    z = W1 @ x
    d = W2.T @ dy
    d[z <= 0] = 0.0
    return W1.T @ d


def skip_forgets_the_branch(W1, W2, x, dy):
    dx = W1.T @ ((W1 @ x > 0) * (W2.T @ dy))
    dx = dy.copy()  # the identity passes everything
    return dx


def skip_masks_the_signal(W1, W2, x, dy):
    back = np.dot(dy, W2)
    back = np.array([b if b > 0 else 0.0 for b in back])
    return dy + np.dot(back, W1)


def skip_no_relu(W1, W2, x, dy):
    return (np.eye(len(x)) + W2 @ W1).T @ dy


def skip_no_transposes(W1, W2, x, dy):
    R = np.diag((W1 @ x > 0).astype(float))
    return dy + W2 @ R @ W1 @ dy


def skip_relu_value(W1, W2, x, dy):
    hidden = np.maximum(W1 @ x, 0)
    branch = (dy @ W2) * hidden
    return dy + branch @ W1


def skip_by_jacobian(W1, W2, x, dy):
    J = np.eye(len(x))
    for unit in range(len(W1)):
        if W1[unit] @ x > 0:
            J += np.outer(W2[:, unit], W1[unit])
    return list(J.T @ dy)


# E11 -----------------------------------------------------------------------------------------------------


def count_layers_only(L, cached):
    return L if cached else L * (L + 1) // 2


def count_one_too_many(L, cached):
    if cached:
        return 2 * L + 1
    return sum(i + 2 for i in range(1, L + 1))


def count_by_walking(L, cached):
    products = 0
    for layer in range(L):
        factors = 2 + (L - 1 - layer) + 1
        products += 2 if cached else factors - 1
    return float(products)


WRONG = [
    Wrong("NB06.E08", "M29", "output sigmoid left out", xor_without_output_sigmoid),
    Wrong("NB06.E08", "M03", "bias per example", xor_bias_each),
    Wrong("NB06.E08", "M04", "sum instead of mean", xor_sum_not_mean),
    Wrong("NB06.E08", "M31", "outer product turned", xor_outer_turned),
    Wrong("NB06.E08", "M15", "ReLU applied to the gradient", xor_mask_of_signal),
    Wrong("NB06.E08", "M09", "ReLU left out", xor_relu_left_out),
    Wrong("NB06.E08", "M06", "y - yhat", xor_label_minus_prediction),
    Wrong("NB06.E09", "", "a single start", fit_one_start),
    Wrong("NB06.E09", "", "all starts the same", fit_same_start),
    Wrong("NB06.E09", "", "the last start instead of the best", fit_last_start),
    Wrong("NB06.E10", "M10", "skip lost", skip_forgets_the_skip),
    Wrong("NB06.E10", "M10", "branch lost", skip_forgets_the_branch),
    Wrong("NB06.E10", "M15", "mask of the gradient", skip_masks_the_signal),
    Wrong("NB06.E10", "M09", "ReLU left out", skip_no_relu),
    Wrong("NB06.E10", "M01", "no transposes", skip_no_transposes),
    Wrong("NB06.E10", "M17", "times the ReLU itself", skip_relu_value),
    Wrong("NB06.E11", "", "counts layers, not products", count_layers_only),
    Wrong("NB06.E11", "", "one too many", count_one_too_many),
]

RIGHT = [
    Right("NB06.E08", "the long way, mean of parts", xor_long_way),
    Right("NB06.E09", "uniform starts, lists", fit_best),
    Right("NB06.E10", "builds the Jacobian, a list", skip_by_jacobian),
    Right("NB06.E11", "walks through the layers, a float", count_by_walking),
]
