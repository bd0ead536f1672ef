"""NB05, as students write it."""

from __future__ import annotations

import math

import numpy as np


def bce_with_logits(u, y):
    loss = np.mean(np.maximum(u, 0) - u * y + np.log1p(np.exp(-np.abs(u))))
    e = np.exp(-np.abs(u))
    p = np.where(u >= 0, 1 / (1 + e), e / (1 + e))
    return loss, (p - y) / len(u)


def bce_with_logits_in_a_loop(u, y):
    N = len(u)
    loss, du = 0.0, np.zeros(N)
    for n in range(N):
        if u[n] >= 0:
            p = 1 / (1 + math.exp(-u[n]))
            loss += (1 - y[n]) * u[n] + math.log(1 + math.exp(-u[n]))
        else:
            p = math.exp(u[n]) / (1 + math.exp(u[n]))
            loss += -y[n] * u[n] + math.log(1 + math.exp(u[n]))
        du[n] = (p - y[n]) / N
    return loss / N, du


def bce_with_logits_by_logaddexp(u, y):
    loss = y @ np.logaddexp(0, -u) + (1 - y) @ np.logaddexp(0, u)
    return [loss / u.size, (0.5 * np.tanh(u / 2) + 0.5 - y) / u.size]


def logreg_steps(w0, w1, x, y):
    u = w0 + w1 * x
    yhat = 1 / (1 + np.exp(-u))
    L = -y * np.log(yhat) - (1 - y) * np.log(1 - yhat)
    d_yhat = -y / yhat + (1 - y) / (1 - yhat)
    d_u = d_yhat * yhat * (1 - yhat)
    return {"yhat": yhat, "L": L, "d_yhat": d_yhat, "d_u": d_u, "d_w0": d_u, "d_w1": d_u * x}


def logreg_steps_by_class(w0, w1, x, y):
    yhat = 1 / (1 + math.exp(-(w1 * x + w0)))
    if y == 1:
        L, d_yhat = -math.log(yhat), -1 / yhat
    else:
        L, d_yhat = -math.log(1 - yhat), 1 / (1 - yhat)
    steps = dict(u=w0 + w1 * x, yhat=yhat, L=L, d_yhat=d_yhat, d_u=yhat - y)
    steps["d_w0"], steps["d_w1"] = (yhat - y) * 1, (yhat - y) * x
    return steps


def logreg_gradient(w, X, y):
    p = 1 / (1 + np.exp(-X @ w))
    return X.T @ (p - y) / len(y)


def logreg_gradient_in_a_loop(w, X, y):
    g = [0.0] * len(w)
    for row, label in zip(X, y, strict=True):
        u = sum(a * b for a, b in zip(row, w, strict=True))
        for j in range(len(w)):
            g[j] += (1 / (1 + math.exp(-u)) - label) * row[j] / len(X)
    return g


def logreg_gradient_by_margins(w, X, y):
    s = 2.0 * y - 1
    return -np.einsum("n,nd->d", s / (1 + np.exp(s * (X @ w))), X) / X.shape[0]


def logreg_fit(X, y, lr, tol, max_steps):
    w, history = np.zeros(X.shape[1]), []
    for step in range(max_steps + 1):
        p = 1 / (1 + np.exp(-X @ w))
        history.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
        g = np.mean((p - y)[:, None] * X, axis=0)
        if np.sqrt(np.sum(g**2)) < tol or step == max_steps:
            return w, history
        w = w - lr * g


def entropy_ce_kl(p, q):
    safe = np.where(p > 0, p, 1)
    H = -np.sum(p * np.log(safe), axis=-1)
    CE = -np.sum(p * np.log(q), axis=-1)
    return H, CE, CE - H


def entropy_ce_kl_with_masks(p, q):
    def term(a, b):
        out = np.zeros(a.shape)
        np.log(b, out=out, where=a > 0)
        return (a * out).sum(-1)

    return np.array([-term(p, p), -term(p, q), term(p, p) - term(p, q)])


def entropy_ce_kl_in_a_loop(p, q):
    if p.ndim > 1:
        results = [entropy_ce_kl_in_a_loop(a, b) for a, b in zip(p, q, strict=True)]
        return [[r[i] for r in results] for i in range(3)]
    H = CE = KL = 0.0
    for a, b in zip(p, q, strict=True):
        if a > 0:
            H -= a * math.log(a)
            KL += a * math.log(a / b)
        CE -= a * math.log(b)
    return H, CE, KL


def softmax_vjp(z, g):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return p * (g - np.sum(p * g, axis=1, keepdims=True))


def softmax_vjp_by_jacobians(z, g):
    rows = []
    for scores, upstream in zip(z, g, strict=True):
        e = np.exp(scores - scores.max())
        p = e / e.sum()
        J = np.diag(p) - np.outer(p, p)
        rows.append(J.T @ upstream)
    return np.array(rows)


def softmax_vjp_by_loops(z, g):
    N, k = z.shape
    dz = np.zeros((N, k))
    for n in range(N):
        p = [1 / sum(math.exp(min(z[n, j] - z[n, i], 500)) for j in range(k)) for i in range(k)]
        for i in range(k):
            for j in range(k):
                dz[n, i] += g[n, j] * p[j] * ((i == j) - p[i])
    return dz


def softmax_regression_grads(W, b, x, y):
    z = W @ x + b
    p = np.exp(z - z.max())
    p /= p.sum()
    p[y] -= 1
    return np.outer(p, x), p, W.T @ p


def softmax_regression_grads_by_jacobian(W, b, x, y):
    z = x @ W.T + b
    p = np.exp(z) / np.sum(np.exp(z))
    dp = np.zeros(len(p))
    dp[y] = -1 / p[y]
    dz = (np.diag(p) - p[:, None] * p) @ dp
    return dz[:, None] * x[None, :], dz.copy(), dz @ W


def softmax_ce_backward(Z, y):
    N, k = Z.shape
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = e / e.sum(axis=1, keepdims=True)
    Y = np.eye(k)[y] if y.ndim == 1 else y
    return (P - Y) / N


def softmax_ce_backward_in_place(Z, y):
    if y.ndim == 2:
        y = y.argmax(axis=1)
    D = np.exp(Z - np.max(Z, axis=1)[:, None])
    D /= D.sum(axis=1).reshape(-1, 1)
    D[np.arange(len(D)), y] -= 1
    return D / len(D)


def softmax_ce_backward_row_by_row(Z, y):
    rows = []
    for z, label in zip(Z, y, strict=True):
        c = int(label) if np.ndim(label) == 0 else list(label).index(1)
        p = np.exp(z - np.logaddexp.reduce(z))
        rows.append([(p[j] - (j == c)) / len(Z) for j in range(len(z))])
    return rows


RIGHT = {
    "NB05.E01": [bce_with_logits, bce_with_logits_in_a_loop, bce_with_logits_by_logaddexp],
    "NB05.E02": [logreg_steps, logreg_steps_by_class],
    "NB05.E03": [logreg_gradient, logreg_gradient_in_a_loop, logreg_gradient_by_margins],
    "NB05.E04": [logreg_fit],
    "NB05.E05": [entropy_ce_kl, entropy_ce_kl_with_masks, entropy_ce_kl_in_a_loop],
    "NB05.E06": [softmax_vjp, softmax_vjp_by_jacobians, softmax_vjp_by_loops],
    "NB05.E07": [softmax_regression_grads, softmax_regression_grads_by_jacobian],
    "NB05.E08": [softmax_ce_backward, softmax_ce_backward_in_place, softmax_ce_backward_row_by_row],
}

EQUAL = {
    "NB05.E04": {
        "if np.sqrt(np.sum(g ** 2)) < tol or step == max_steps: -> "
        "if np.sqrt(np.sum(g ** 2)) <= tol or step == max_steps:": "no norm is exactly the tolerance",
    },
    "NB05.E07": {
        "p = np.exp(z - z.max()) -> p = np.exp(z + z.max())": "a softmax does not change with a shift",
    },
}
