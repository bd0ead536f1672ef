"""NB06, in other styles than the solution text."""

from __future__ import annotations

import functools
import math

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def two_layer_forward(p, x, t):
    z = [sum(p["W1"][i][j] * x[j] for j in range(2)) + p["b1"][i] for i in range(2)]
    h = [1 / (1 + math.exp(-value)) for value in z]
    y = [p["W2"][i] @ np.array(h) + p["b2"][i] for i in range(2)]
    return dict(z=z, h=h, y=y, L=0.5 * ((y[0] - t[0]) ** 2 + (y[1] - t[1]) ** 2))


def two_layer_forward_with_rows(p, x, t):
    z = x @ p["W1"].T + p["b1"]
    h = 0.5 * (1 + np.tanh(z / 2))
    y = np.einsum("kh,h->k", p["W2"], h) + p["b2"]
    return {"L": np.dot(y - t, y - t) / 2, "y": y, "h": h, "z": z, "x": x}


def two_layer_backward(p, cache, t):
    y_bar = cache["y"] - t
    h_bar = p["W2"].T @ y_bar
    z_bar = h_bar * cache["h"] * (1 - cache["h"])
    return {"W2": np.outer(y_bar, cache["h"]), "b2": y_bar, "W1": np.outer(z_bar, cache["x"]), "b1": z_bar}


def two_layer_backward_from_z(p, cache, t):
    s = sigmoid(cache["z"])
    delta2 = (cache["y"] - t)[:, None]
    delta1 = p["W2"].T.dot(delta2) * (s * (1 - s))[:, None]
    return {
        "W1": delta1 @ cache["x"][None, :],
        "b1": delta1[:, 0],
        "W2": delta2 @ s[None, :],
        "b2": delta2.ravel(),
    }


def two_layer_backward_in_loops(p, cache, t):
    x, h, y = cache["x"], cache["h"], cache["y"]
    grads = {name: np.zeros(np.shape(value)) for name, value in p.items()}
    for k in range(len(y)):
        e = y[k] - t[k]
        grads["b2"][k] += e
        for i in range(len(h)):
            grads["W2"][k, i] += e * h[i]
            back = e * p["W2"][k, i] * h[i] * (1 - h[i])
            grads["b1"][i] += back
            for j in range(len(x)):
                grads["W1"][i, j] += back * x[j]
    return grads


def regression_net_grads(theta, x, y):
    w1, w2, w3, w4, b = theta
    out1, out2 = sigmoid(w1 * x), sigmoid(w2 * x)
    e = y - (w3 * out1 + w4 * out2 + b)
    return np.array(
        [
            -e * w3 * out1 * (1 - out1) * x,
            -e * w4 * out2 * (1 - out2) * x,
            -e * out1,
            -e * out2,
            -e,
        ]
    )


def regression_net_grads_with_vectors(theta, x, y):
    into, out = theta[:2], theta[2:4]
    h = sigmoid(into * x)
    e = h @ out + theta[4] - y
    return np.concatenate([e * out * (h - h**2) * x, e * h, [e]])


def bp_equations(Ws, zs, as_, y):
    L = len(Ws)
    dW, db = [None] * L, [None] * L
    delta = (as_[-1] - y) * sigmoid(zs[-1]) * (1 - sigmoid(zs[-1]))
    for layer in range(L - 1, -1, -1):
        dW[layer] = np.outer(delta, as_[layer])
        db[layer] = delta
        if layer > 0:
            a = as_[layer]
            delta = (Ws[layer].T @ delta) * a * (1 - a)
    return dW, db


def bp_equations_with_columns(Ws, zs, as_, y):
    dW, db = [], []
    bar = (as_[-1] - y).reshape(-1, 1)
    for W, a, below in zip(Ws[::-1], as_[:0:-1], as_[-2::-1], strict=True):
        bar = bar * (a * (1 - a))[:, None]
        dW.append(bar @ below.reshape(1, -1))
        db.append(bar[:, 0])
        bar = np.dot(W.T, bar)
    return tuple(dW[::-1]), tuple(db[::-1])


def bp_equations_by_jacobians(Ws, zs, as_, y):
    """Uncached: each layer's product from the loss down to it."""
    L = len(Ws)
    dW, db = [], []
    for layer in range(L):
        row = as_[L] - y
        for above in range(L - 1, layer, -1):
            s = sigmoid(zs[above])
            row = row @ (np.diag(s * (1 - s)) @ Ws[above])
        s = sigmoid(zs[layer])
        row = row @ np.diag(s * (1 - s))
        db.append(row)
        dW.append(row[:, None] * as_[layer])
    return [dW, db]


def backprop_with_penalty(Ws, bs, cache, g, lam, penalise_bias=False):
    hs = cache["hs"]
    dW, db = [None] * len(Ws), [None] * len(Ws)
    for layer in reversed(range(len(Ws))):
        h = hs[layer + 1]
        g = g * h * (1 - h)
        dW[layer] = np.outer(g, hs[layer]) + lam * Ws[layer]
        db[layer] = g + lam * bs[layer] if penalise_bias else g
        g = Ws[layer].T @ g
    return dW, db, g


def backprop_with_penalty_from_z(Ws, bs, cache, g, lam, penalise_bias=False):
    dW, db, g0 = [], [], np.array(g, dtype=float)
    for W, b, z, x in zip(
        reversed(Ws), reversed(bs), reversed(cache["zs"]), reversed(cache["hs"][:-1]), strict=True
    ):
        g0 *= sigmoid(z) * sigmoid(-z)
        dW = [lam * W + np.einsum("i,j->ij", g0, x), *dW]
        db = [(lam if penalise_bias else 0) * b + g0, *db]
        g0 = g0 @ W
    return [dW, db, g0]


def affine_backward(dY, X, W):
    n, d, k = len(X), len(W), len(W[0])
    dX = [[sum(dY[i, c] * W[j, c] for c in range(k)) for j in range(d)] for i in range(n)]
    dW = np.zeros(W.shape)
    for i in range(n):
        dW += np.outer(X[i], dY[i])
    return [dX, dW, [sum(dY[i, c] for i in range(n)) for c in range(k)]]


def affine_backward_by_einsum(dY, X, W):
    g = dY.astype(float)
    return np.einsum("nk,dk->nd", g, W), np.einsum("nd,nk->dk", X, g), np.ones(len(g)) @ g


def mlp_backward(params, cache, dY):
    grads = []
    g = dY
    for layer in range(len(params) - 1, -1, -1):
        W = params[layer][0]
        h = cache["hs"][layer]
        grads.append((h.T @ g, g.sum(axis=0)))
        if layer > 0:
            g = g @ W.T
            if cache["activation"] == "relu":
                g = g * (h > 0)
            else:
                g = g * h * (1 - h)
    return grads[::-1]


def mlp_backward_in_place(params, cache, dY):
    g = np.array(dY, dtype=float)
    grads = [None] * len(params)
    for layer in reversed(range(len(params))):
        grads[layer] = [np.einsum("ni,no->io", cache["hs"][layer], g), np.ones(len(g)) @ g]
        if layer == 0:
            break
        g = np.dot(g, params[layer][0].T)
        z = cache["zs"][layer - 1]
        if cache["activation"] == "relu":
            g[z <= 0] = 0
        else:
            g *= sigmoid(z) * sigmoid(-z)
    return grads


def mlp_backward_example_by_example(params, cache, dY):
    grads = [(np.zeros(W.shape), np.zeros(b.shape)) for W, b in params]
    for n in range(len(dY)):
        g = dY[n]
        for layer in reversed(range(len(params))):
            dW, db = grads[layer]
            dW += np.outer(cache["hs"][layer][n], g)
            db += g
            if layer:
                z = cache["zs"][layer - 1][n]
                s = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
                g = (params[layer][0] @ g) * (z > 0 if cache["activation"] == "relu" else s - s**2)
    return grads


def xor_grads(W, c, w, X, y):
    Z = X @ W + c
    H = np.maximum(Z, 0)
    u_bar = (sigmoid(H @ w) - y) / len(y)
    Z_bar = u_bar[:, None] * w * (Z > 0)
    return X.T @ Z_bar, Z_bar.sum(axis=0), H.T @ u_bar


def xor_grads_step_by_step(W, c, w, X, y):
    N = len(X)
    H = np.where(X @ W + c > 0, X @ W + c, 0.0)
    yhat = sigmoid(H @ w)
    yhat_bar = (-y / yhat + (1 - y) / (1 - yhat)) / N
    u_bar = yhat_bar * yhat * (1 - yhat)
    H_bar = u_bar.reshape(N, 1) @ w.reshape(1, 2)
    Z_bar = np.where(H > 0, H_bar, 0)
    return X.T @ Z_bar, Z_bar.sum(0), (u_bar[:, None] * H).sum(0)


def xor_grads_point_by_point(W, c, w, X, y):
    dW, dc, dw = np.zeros((2, 2)), np.zeros(2), np.zeros(2)
    for x, target in zip(X, y, strict=True):
        h = [max(0.0, x @ W[:, j] + c[j]) for j in range(2)]
        e = (1 / (1 + math.exp(-(h[0] * w[0] + h[1] * w[1]))) - target) / len(X)
        for j in range(2):
            dw[j] += e * h[j]
            if h[j] > 0:
                dc[j] += e * w[j]
                for i in range(2):
                    dW[i, j] += e * w[j] * x[i]
    return dW, dc, dw


XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])


@functools.lru_cache(maxsize=512)  # the tests ask the same again and again
def descended(output_bias, restarts, seed):
    X, y = XOR
    rng = np.random.default_rng(seed)
    W, c = rng.normal(size=(restarts, 2, 2)), rng.normal(size=(restarts, 2))
    w, b = rng.normal(size=(restarts, 2)), np.zeros(restarts)
    for _ in range(800):
        Z = np.einsum("ni,rij->rnj", X, W) + c[:, None, :]
        H = np.maximum(Z, 0)
        u_bar = (sigmoid(np.einsum("rnj,rj->rn", H, w) + b[:, None]) - y) / 4
        Z_bar = u_bar[:, :, None] * w[:, None, :] * (Z > 0)
        W = W - np.einsum("ni,rnj->rij", X, Z_bar)
        c = c - Z_bar.sum(axis=1)
        w = w - np.einsum("rnj,rn->rj", H, u_bar)
        if output_bias:
            b = b - u_bar.sum(axis=1)
    return W, c, w, b


def fit_xor(output_bias, restarts, seed):
    X, y = XOR
    W, c, w, b = descended(output_bias, restarts, seed)
    losses = []
    for r in range(restarts):
        u = np.maximum(X @ W[r] + c[r], 0) @ w[r] + b[r]
        losses.append(np.mean(np.log(1 + np.exp(u)) - y * u))
    best = np.argmin(losses)
    params = {"W": W[best], "c": c[best], "w": w[best]}
    if output_bias:
        params["b"] = b[best]
    return params, losses[best]


def fit_xor_with_columns(output_bias, restarts, seed):
    """The same starts; shapes as they come out of products, and the loss by its two logarithms."""
    X, y = XOR
    W, c, w, b = descended(bool(output_bias), int(restarts), int(seed))
    best = None
    for r in range(restarts):
        p = sigmoid(np.maximum(X @ W[r] + c[r], 0) @ w[r][:, None] + b[r])[:, 0]
        loss = -sum(np.log(p[n]) if y[n] == 1 else np.log(1 - p[n]) for n in range(4)) / 4
        if best is None or loss < best[1]:
            best = {"W": W[r].tolist(), "c": c[r][None, :], "w": w[r][:, None], "b": [b[r]]}, loss
    return best


def skip_backward(W1, W2, x, dy):
    z = W1 @ x
    return dy + W1.T @ ((W2.T @ dy) * (z > 0))


def skip_backward_by_jacobian(W1, W2, x, dy):
    J = np.eye(len(x)) + W2 @ np.diag(np.heaviside(W1 @ x, 0)) @ W1
    return dy @ J


def skip_backward_unit_by_unit(W1, W2, x, dy):
    dx = list(dy)
    for i in range(len(W1)):
        if sum(W1[i][j] * x[j] for j in range(len(x))) > 0:
            back = sum(W2[k][i] * dy[k] for k in range(len(dy)))
            for j in range(len(x)):
                dx[j] = dx[j] + W1[i][j] * back
    return dx


def count_products(L, cached):
    if cached:
        return 2 * L
    return sum(L - layer + 2 for layer in range(1, L + 1))


def count_products_by_formula(L, cached):
    return 2 * L if cached else L * (L + 3) / 2


RIGHT = {
    "NB06.E01": [two_layer_forward, two_layer_forward_with_rows],
    "NB06.E02": [two_layer_backward, two_layer_backward_from_z, two_layer_backward_in_loops],
    "NB06.E03": [regression_net_grads, regression_net_grads_with_vectors],
    "NB06.E04": [bp_equations, bp_equations_with_columns, bp_equations_by_jacobians],
    "NB06.E05": [backprop_with_penalty, backprop_with_penalty_from_z],
    "NB06.E06": [affine_backward, affine_backward_by_einsum],
    "NB06.E07": [mlp_backward, mlp_backward_in_place, mlp_backward_example_by_example],
    "NB06.E08": [xor_grads, xor_grads_step_by_step, xor_grads_point_by_point],
    "NB06.E09": [fit_xor, fit_xor_with_columns],
    "NB06.E10": [skip_backward, skip_backward_by_jacobian, skip_backward_unit_by_unit],
    "NB06.E11": [count_products, count_products_by_formula],
}
EQUAL = {
    "NB06.E06": {
        "n, d, k = (len(X), len(W), len(W[0])) -> n, d, k = (len(X), len(W), len(W[1]))": (
            "all rows of a matrix are of one length"
        ),
    },
    "NB06.E04": {"if layer > 0: -> if layer >= 0:": "what goes below the first layer is not used"},
    "NB06.E10": {
        "return dy + W1.T @ (W2.T @ dy * (z > 0)) -> return dy + W1.T @ (W2.T @ dy * (z >= 0))": (
            "the other convention for the slope at exactly 0, which is accepted"
        ),
    },
}
