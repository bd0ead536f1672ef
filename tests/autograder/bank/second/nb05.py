"""Wrong answers to NB05, of the second round."""

from __future__ import annotations

import math

import numpy as np

from ._noting import noting, sig

WRONG, wrong = noting()


@wrong("NB05.E01", "M27", "log of the sigmoid as it stands")
def bce_naive(u, y):
    p = 1 / (1 + np.exp(-u))
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    return loss, (p - y) / len(u)


def _stable(u):
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1 / (1 + e), e / (1 + e))


@wrong("NB05.E01", "M04", "the gradient of the sum beside the mean loss")
def bce_sum_gradient(u, y):
    losses = np.logaddexp(0, u) - y * u
    return float(losses.sum() / losses.size), _stable(u) - y


@wrong("NB05.E01", "M06", "label minus prediction")
def bce_label_first(u, y):
    n = len(u)
    loss, du = 0.0, np.zeros(n)
    for i in range(n):
        loss += max(u[i], 0) - u[i] * y[i] + math.log1p(math.exp(-abs(u[i])))
        du[i] = (y[i] - float(_stable(u[i]))) / n
    return loss / n, du


@wrong("NB05.E02", "M29", "d_u is d_yhat")
def logreg_no_sigmoid_slope(w0, w1, x, y):
    yhat = sig(w0 + w1 * x)
    L = -math.log(yhat) if y == 1 else -math.log(1 - yhat)
    d_yhat = (yhat - y) / (yhat * (1 - yhat))
    d_u = d_yhat
    return dict(yhat=yhat, L=L, d_yhat=d_yhat, d_u=d_u, d_w0=d_u, d_w1=d_u * x)


@wrong("NB05.E02", "M19", "d_w1 multiplied by w1")
def logreg_times_w1(w0, w1, x, y):
    steps = {}
    p = steps["yhat"] = sig(w0 + w1 * x)
    steps["L"] = -(y * math.log(p) + (1 - y) * math.log(1 - p))
    steps["d_yhat"] = -y / p + (1 - y) / (1 - p)
    steps["d_u"] = steps["d_yhat"] * p * (1 - p)
    steps["d_w0"] = steps["d_u"]
    steps["d_w1"] = steps["d_u"] * w1
    return steps


@wrong("NB05.E03", "M04", "summed over the examples")
def logreg_gradient_sum(w, X, y):
    return sum((sig(row @ w) - label) * row for row, label in zip(X, y, strict=True))


@wrong("NB05.E03", "M09", "a sigmoid slope that the loss has cancelled")
def logreg_gradient_slope(w, X, y):
    p = sig(X @ w)
    err = (p - y) * p * (1 - p)
    return np.einsum("n,nd->d", err, X) / X.shape[0]


@wrong("NB05.E03", "M10", "= in the loop")
def logreg_gradient_last(w, X, y):
    N = len(X)
    grad = np.zeros(w.shape)
    for i in range(N):
        p = sig(np.dot(X[i], w))
        grad = (p - y[i]) * X[i] / N
    return grad


@wrong("NB05.E04", "M04", "descends along the sum")
def logreg_fit_sum(X, y, lr, tol, max_steps):
    w = np.zeros(X.shape[1])

    def loss():
        u = X @ w
        return float(np.mean(np.logaddexp(0, u) - y * u))

    history = [loss()]
    for _step in range(max_steps):
        g = X.T @ (sig(X @ w) - y)
        if np.linalg.norm(g) < tol:
            return w, history
        w = w - lr * g
        history.append(loss())
    return w, history


@wrong("NB05.E05", "M20", "sums down the columns")
def entropies_columns(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    logp = np.log(np.where(p > 0, p, 1))
    H = -(p * logp).sum(axis=0)
    CE = -(p * np.log(q)).sum(axis=0)
    return H, CE, CE - H


@wrong("NB05.E05", "M06", "the minus of entropy and cross entropy is lost")
def entropies_plus(p, q):
    safe = np.where(p == 0, 1.0, p)
    H = np.sum(p * np.log(safe), -1)
    CE = np.sum(p * np.log(q), -1)
    KL = np.sum(p * (np.log(safe) - np.log(q)), -1)
    return H, CE, KL


def soft(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


@wrong("NB05.E06", "M13", "each score changes its own probability only")
def softmax_diagonal(z, g):
    out = np.empty_like(z)
    for n in range(len(z)):
        p = soft(z[n])
        for i in range(z.shape[1]):
            out[n, i] = g[n, i] * p[i] * (1 - p[i])
    return out


@wrong("NB05.E06", "M20", "a softmax down each column")
def softmax_columns(z, g):
    shifted = z - np.amax(z, axis=0)
    P = np.exp(shifted) / np.sum(np.exp(shifted), axis=0)
    return P * (g - np.sum(P * g, axis=0))


@wrong("NB05.E06", "M27", "no maximum taken off")
def softmax_unshifted(z, g):
    res = []
    for zi, gi in zip(z, g, strict=True):
        s = np.exp(zi) / np.exp(zi).sum()
        J = np.diag(s) - np.outer(s, s)
        res.append(J @ gi)
    return np.array(res)


@wrong("NB05.E07", "M14", "the one is added")
def softreg_plus_one(W, b, x, y):
    delta = soft(W @ x + b)
    delta[y] += 1
    return delta[:, None] * x, delta, delta @ W


@wrong("NB05.E07", "M35", "classes counted from 1")
def softreg_from_one(W, b, x, y):
    k = len(b)
    target = np.array([1.0 if c + 1 == y else 0.0 for c in range(k)])
    if y == 0:
        target[-1] = 1.0
    d = soft(W.dot(x) + b) - target
    return np.outer(d, x), d, W.T.dot(d)


@wrong("NB05.E07", "M31", "outer(x, delta)")
def softreg_outer(W, b, x, y):
    p = soft(b + W @ x)
    onehot = np.eye(b.size)[y]
    err = p - onehot
    dW = np.zeros((x.size, b.size))
    for j in range(x.size):
        dW[j] = x[j] * err
    return dW, err, np.einsum("kd,k->d", W, err)


def _rows(Z, y):
    y = np.asarray(y)
    return np.eye(Z.shape[1])[y] if y.ndim == 1 else y.astype(float)


@wrong("NB05.E08", "M04", "not divided by N")
def batch_ce_sum(Z, y):
    dZ = soft(Z)
    dZ -= _rows(Z, y)
    return dZ


@wrong("NB05.E08", "M14", "only the probabilities")
def batch_ce_no_labels(Z, y):
    m = Z.max(1)[:, None]
    P = np.exp(Z - m)
    for n in range(len(P)):
        P[n] = P[n] / P[n].sum()
    return P / len(Z)


@wrong("NB05.E08", "", "averaged over all entries, N*k")
def batch_ce_mean_of_all(Z, y):
    return (soft(Z) - _rows(Z, y)) / Z.size
