"""Answers to NB10 as students write them: a gradient check, names, repairs, a network trained by hand.

E04 to E05.
"""

from __future__ import annotations

import itertools

import numpy as np

from . import Right, Wrong

# E04 -----------------------------------------------------------------------------------------------------


def good_affine(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def good_mse(X, y, W, w):
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y) / len(y)
    return X.T @ (np.outer(e, w) * (1 - H**2)), H.T @ e


def good_residual(dY, X, W1, W2):
    return dY + ((dY @ W2.T) * (X @ W1 > 0)) @ W1.T


def good_relu(dY, X):
    return dY * (X > 0)


def good_normalize(dY, X, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    xhat = (X - X.mean(axis=0)) / std
    return (dY - dY.mean(axis=0) - xhat * (dY * xhat).mean(axis=0)) / std


def repaired(**changed):
    """All five under the names of the notebook; the changed ones by their first word."""
    good = {
        "affine": good_affine,
        "mse": good_mse,
        "residual": good_residual,
        "relu": good_relu,
        "normalize": good_normalize,
    }
    return {f"{name}_backward_broken": f for name, f in (good | changed).items()}


def affine_averages(dY, X, W):
    dX = dY @ W.T
    dW = X.T @ dY
    db = dY.mean(axis=0)
    return dX, dW, db


def affine_sums_over_outputs(dY, X, W):
    return dY @ W.T, X.T @ dY, np.sum(dY, axis=1)


def affine_row_vector(dY, X, W):
    dX = dY @ W.T
    dW = X.T @ dY
    db = np.sum(dY, axis=0, keepdims=True)
    return dX, dW, db


def mse_both_twice(X, y, W, w):
    N = len(y)
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y) / N
    dw = H.T @ e / N  # now both layers have it
    dZ = np.outer(e, w) * (1 - H**2)
    return X.T @ dZ / N, dw


def mse_no_mean_at_all(X, y, W, w):
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y)
    dZ = e[:, None] * w[None, :] * (1 - H**2)
    return X.T @ dZ, H.T @ e


def mse_half(X, y, W, w):
    H = np.tanh(X @ W)
    e = (H @ w - y) / len(y)
    return X.T @ (np.outer(e, w) * (1 - H**2)), H.T @ e


def residual_doubles_the_skip(dY, X, W1, W2):
    dH = dY @ W2.T
    dZ = dH * (X @ W1 > 0)
    dX = dY
    dX = dX + dZ @ W1.T
    dX = dX + dY
    return dX


def residual_identity(dY, X, W1, W2):
    dX = dY
    return dX


def residual_mask_of_signal(dY, X, W1, W2):
    dZ = np.maximum(dY @ W2.T, 0)
    return dY + dZ @ W1.T


def relu_absolute(dY, X):
    mask = np.abs(dY) > 0
    return dY * mask


def relu_both(dY, X):
    mask = np.logical_and(dY > 0, X > 0)
    return dY * mask


def relu_forward_value(dY, X):
    return dY * np.maximum(X, 0)


def relu_mask_alone(dY, X):
    mask = X > 0
    return 1.0 * mask


def normalize_centres_only(dY, X, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    dX = dY / std
    dX = dX - dX.mean(axis=0)
    return dX


def normalize_rows(dY, X, eps):
    std = np.sqrt(X.var(axis=1, keepdims=True) + eps)
    xhat = (X - X.mean(axis=1, keepdims=True)) / std
    inner = (dY * xhat).mean(axis=1, keepdims=True)
    return (dY - dY.mean(axis=1, keepdims=True) - xhat * inner) / std


def relu_in_place(dY, X):
    out = np.array(dY)
    for row, inputs in zip(out, X, strict=True):
        for j, v in enumerate(inputs):
            if not v > 0:
                row[j] = 0.0
    return out.tolist()


def normalize_line_by_line(dY, X, eps):
    N = X.shape[0]
    mu = sum(X) / N
    C = X - mu
    v = sum(C * C) / N
    s = 1 / np.sqrt(v + eps)
    s_bar = sum(dY * C)
    v_bar = -0.5 * s_bar * s**3
    C_bar = dY * s + 2 * C * v_bar / N
    return C_bar - sum(C_bar) / N


# E05 -----------------------------------------------------------------------------------------------------


def forward(params, X):
    hs = [X]
    for i, (W, b) in enumerate(params):
        Z = hs[-1] @ W + b
        hs.append(np.tanh(Z) if i < len(params) - 1 else Z)
    return hs[:-1], hs[-1][:, 0]


def backward(params, hs, g):
    grads = []
    for i in range(len(params) - 1, -1, -1):
        grads.insert(0, (hs[i].T @ g, g.sum(axis=0)))
        if i:
            g = (g @ params[i][0].T) * (1 - hs[i] ** 2)
    return grads


def started(sizes, rng):
    return [[rng.normal(size=(m, n)) / np.sqrt(m), np.zeros(n)] for m, n in itertools.pairwise(sizes)]


def bce(u, y):
    return float(np.mean(np.logaddexp(0, u) - u * y))


def probability(u):
    return (1 + np.tanh(u / 2)) / 2


def train_too_short(X, y, sizes, rng):
    params, history = started(sizes, rng), []
    for _ in range(5):
        hs, u = forward(params, X)
        history.append(bce(u, y))
        for p, (dW, db) in zip(
            params, backward(params, hs, (probability(u) - y)[:, None] / len(y)), strict=True
        ):
            p[0] -= 0.1 * dW
            p[1] -= 0.1 * db
    return (lambda Z: probability(forward(params, Z)[1])), history


def train_uphill(X, y, sizes, rng):
    params, history = started(sizes, rng), []
    for _ in range(300):
        hs, u = forward(params, X)
        history.append(bce(u, y))
        grads = backward(params, hs, (y - probability(u))[:, None] / len(y))
        for i, (dW, db) in enumerate(grads):
            params[i][0] = params[i][0] - 0.05 * dW
            params[i][1] = params[i][1] - 0.05 * db
    return (lambda Z: probability(forward(params, Z)[1])), history


def train_dropout_stays_on(X, y, sizes, rng):
    """Dropout in the hidden layer, also when the model is used."""
    params, history = started(sizes, rng), []

    def run(Z):
        hs, masks = [Z], []
        for W, b in params[:-1]:
            H = np.tanh(hs[-1] @ W + b)
            masks.append((rng.random(H.shape) > 0.2) / 0.8)
            hs.append(H * masks[-1])
        return hs, masks, (hs[-1] @ params[-1][0] + params[-1][1])[:, 0]

    for _ in range(1500):
        hs, masks, u = run(X)
        history.append(bce(u, y))
        g = (probability(u) - y)[:, None] / len(y)
        for i in range(len(params) - 1, -1, -1):
            dW, db = hs[i].T @ g, g.sum(axis=0)
            if i:
                mask = masks[i - 1]
                clean = np.divide(hs[i], mask, out=np.zeros_like(hs[i]), where=mask > 0)
                g = (g @ params[i][0].T) * mask * (1 - clean**2)
            params[i][0] = params[i][0] - 0.8 * dW
            params[i][1] = params[i][1] - 0.8 * db
    return (lambda Z: probability(run(Z)[2])), history


def train_full_batch(X, y, sizes, rng):
    params, history = started(sizes, rng), []
    speed = [[np.zeros_like(W), np.zeros_like(b)] for W, b in params]
    for _ in range(1200):
        hs, u = forward(params, X)
        history.append(bce(u, y))
        grads = backward(params, hs, (probability(u) - y)[:, None] / len(y))
        for p, v, g in zip(params, speed, grads, strict=True):
            for j in range(2):
                v[j] = 0.9 * v[j] - 0.3 * g[j]
                p[j] = p[j] + v[j]
    return [lambda Z: probability(forward(params, Z)[1]).tolist(), history]


WRONG = [
    Wrong("NB10.E04", "M04", "mean for the bias", repaired(affine=affine_averages)),
    Wrong("NB10.E04", "M20", "bias summed over the outputs", repaired(affine=affine_sums_over_outputs)),
    Wrong("NB10.E04", "M36", "bias of shape (1, k)", repaired(affine=affine_row_vector)),
    Wrong("NB10.E04", "M05", "1/N twice in both layers", repaired(mse=mse_both_twice)),
    Wrong("NB10.E04", "M04", "no 1/N any more", repaired(mse=mse_no_mean_at_all)),
    Wrong("NB10.E04", "M07", "the 2 is lost", repaired(mse=mse_half)),
    Wrong("NB10.E04", "", "the skip counted twice", repaired(residual=residual_doubles_the_skip)),
    Wrong("NB10.E04", "M10", "branch lost", repaired(residual=residual_identity)),
    Wrong("NB10.E04", "M15", "mask of the signal in the branch", repaired(residual=residual_mask_of_signal)),
    Wrong("NB10.E04", "M09", "everything passes", repaired(relu=relu_absolute)),
    Wrong("NB10.E04", "M15", "mask of both", repaired(relu=relu_both)),
    Wrong("NB10.E04", "M17", "times the ReLU itself", repaired(relu=relu_forward_value)),
    Wrong("NB10.E04", "M12", "the mask alone", repaired(relu=relu_mask_alone)),
    Wrong("NB10.E04", "M23", "variance still constant", repaired(normalize=normalize_centres_only)),
    Wrong("NB10.E04", "M20", "each row on its own", repaired(normalize=normalize_rows)),
    Wrong("NB10.E05", "", "five steps", train_too_short),
    Wrong("NB10.E05", "M06", "goes uphill", train_uphill),
    Wrong("NB10.E05", "M22", "dropout when the model is used", train_dropout_stays_on),
]

RIGHT = [
    Right("NB10.E04", "plain", repaired()),
    Right("NB10.E04", "loops, line by line", repaired(relu=relu_in_place, normalize=normalize_line_by_line)),
    Right("NB10.E05", "full batch, momentum, lists", train_full_batch),
]
