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


RIGHT = {
    "NB05.E01": [bce_with_logits, bce_with_logits_in_a_loop, bce_with_logits_by_logaddexp],
    "NB05.E02": [logreg_steps, logreg_steps_by_class],
    "NB05.E03": [logreg_gradient, logreg_gradient_in_a_loop, logreg_gradient_by_margins],
    "NB05.E04": [logreg_fit],
}
