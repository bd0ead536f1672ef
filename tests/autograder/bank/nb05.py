# ruff: noqa: RUF059 - written as learners write
"""Answers to NB05, right and wrong."""

from __future__ import annotations

import math

import numpy as np

from backprop_course import sigmoid

from . import Right, Wrong


def _sig(u):
    return math.exp(u) / (1 + math.exp(u)) if u < 0 else 1 / (1 + math.exp(-u))


def _soft(z):
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def _stable_loss(u, y):
    return np.maximum(u, 0) - y * u + np.log1p(np.exp(-np.abs(u)))


# NB05.E01


def bce_gradient_not_averaged(u, y):
    return float(np.mean(_stable_loss(u, y))), sigmoid(u) - y


def bce_textbook(u, y):
    yhat = 1 / (1 + np.exp(-u))
    loss = np.mean(np.log(1 + np.exp(u)) - y * u)
    return loss, (yhat - y) / len(u)


def bce_clipped(u, y):
    p = np.clip(sigmoid(u), 1e-7, 1 - 1e-7)
    losses = -(y * np.log(p) + (1 - y) * np.log(1 - p))
    return losses.sum() / losses.size, (p - y) / losses.size


def bce_with_slope(u, y):
    p = sigmoid(u)
    d_yhat = (p - y) / u.size
    d_u = d_yhat * p * (1 - p)
    return np.logaddexp(0, u).mean() - (y * u).mean(), d_u


def bce_label_forgotten(u, y):
    n = len(u)
    loss, du = 0.0, np.zeros(n)
    for i in range(n):
        loss += _stable_loss(u[i], y[i]) / n
        du[i] = sigmoid(u[i]) / n
    return loss, du


def bce_label_minus_prediction(u, y):
    losses = np.logaddexp(0, u) - y * u
    return np.average(losses), (np.asarray(y) - sigmoid(u)) / len(losses)


def bce_averaged_twice(u, y):
    N = u.shape[0]
    share = np.full(N, 1 / N)
    loss = share @ _stable_loss(u, y)
    du = share * (sigmoid(u) - y)
    return float(loss), du / N


def bce_signs_of_labels(u, y):
    # both terms on their own: log yhat = -softplus(-u), log(1 - yhat) = -softplus(u)
    losses = y * np.logaddexp(0, -u) + (1 - y) * np.logaddexp(0, u)
    return np.array(losses.mean()), (1 - y) / len(u) - sigmoid(-u) / len(u)


def bce_one_by_one(u, y):
    total, slopes = 0.0, []
    for score, label in zip(u.tolist(), np.asarray(y).tolist(), strict=True):
        total += max(score, 0.0) + math.log1p(math.exp(-abs(score))) - label * score
        slopes.append((_sig(score) - label) / len(u))
    return [total / len(u), slopes]


# NB05.E02


def steps_second_sign(w0, w1, x, y):
    u = w0 + w1 * x
    yhat = _sig(u)
    L = -y * math.log(yhat) - (1 - y) * math.log(1 - yhat)
    d_yhat = -y / yhat - (1 - y) / (1 - yhat)
    d_u = d_yhat * yhat * (1 - yhat)
    return {"yhat": yhat, "L": L, "d_yhat": d_yhat, "d_u": d_u, "d_w0": d_u, "d_w1": d_u * x}


def steps_sigmoid_skipped(w0, w1, x, y):
    yhat = _sig(w0 + x * w1)
    p = yhat if y == 1 else 1 - yhat
    d = {"yhat": yhat, "L": -math.log(p)}
    d["d_yhat"] = (yhat - y) / (yhat * (1 - yhat))
    d["d_u"] = d["d_yhat"]
    d["d_w0"], d["d_w1"] = d["d_u"], d["d_u"] * x
    return d


def steps_weight_by_itself(w0, w1, x, y):
    u = w0 + w1 * x
    yhat = sigmoid(u)
    out = {"yhat": yhat, "L": np.logaddexp(0, u) - y * u}
    out["d_yhat"] = -(y / yhat - (1 - y) / (1 - yhat))
    out["d_u"] = yhat - y
    out["d_w0"] = out["d_u"] * w0
    out["d_w1"] = out["d_u"] * w1
    return out


def steps_slope_at_the_prediction(w0, w1, x, y):
    yhat = _sig(w0 + w1 * x)
    L = -math.log(yhat if y else 1 - yhat)
    d_yhat = -1 / yhat if y else 1 / (1 - yhat)
    d_u = d_yhat * _sig(yhat) * (1 - _sig(yhat))
    return dict(yhat=yhat, L=L, d_yhat=d_yhat, d_u=d_u, d_w0=d_u, d_w1=x * d_u)


def steps_inputs_only(w0, w1, x, y):
    yhat = sigmoid(w0 + w1 * x)
    L = -(y * np.log(yhat) + (1 - y) * np.log(1 - yhat))
    d_yhat = (yhat - y) / yhat / (1 - yhat)
    d_u = yhat - y
    du_dw0, du_dw1 = 1.0, x
    return {"yhat": yhat, "L": L, "d_yhat": d_yhat, "d_u": d_u, "d_w0": du_dw0, "d_w1": du_dw1}


def steps_fused_and_once_more(w0, w1, x, y):
    yhat = _sig(w0 + w1 * x)
    delta = (yhat - y) * yhat * (1 - yhat)
    return {
        "yhat": yhat,
        "L": -y * math.log(yhat) - (1 - y) * math.log(1 - yhat),
        "d_yhat": (yhat - y) / (yhat * (1 - yhat)),
        "d_u": delta,
        "d_w0": delta,
        "d_w1": delta * x,
    }


def steps_by_cases(w0, w1, x, y):
    u = w0 + w1 * x
    sign = 1 if y == 1 else -1
    p = _sig(sign * u)  # of what happened
    d_u = -sign * (1 - p)
    yhat = p if y == 1 else 1 - p
    values = {"u": u, "yhat": yhat, "L": -math.log(p), "d_yhat": -sign / p}
    values.update(d_u=d_u, d_w0=d_u, d_w1=d_u * x)
    return values


# NB05.E03


def gradient_sum(w, X, y):
    return X.T @ (sigmoid(X @ w) - y)


def gradient_label_first(w, X, y):
    g = np.zeros(len(w))
    for row, label in zip(X, y, strict=True):
        g += (label - _sig(float(row @ w))) * row
    return g / len(y)


def gradient_no_transpose(w, X, y):
    delta = sigmoid(np.dot(X, w)) - y
    return np.dot(X, delta) / len(y)


def gradient_row_for_each_example(w, X, y):
    delta = (sigmoid(X @ w) - y) / len(y)
    return delta[:, np.newaxis] * X


def gradient_last_example(w, X, y):
    N, d = X.shape
    dw = np.zeros(d)
    for n in range(N):
        p = sigmoid(np.sum(X[n] * w))
        for j in range(d):
            dw[j] = (p - y[n]) * X[n, j] / N
    return dw


def gradient_with_slope(w, X, y):
    p = sigmoid(X @ w)
    return ((p - y) * p * (1 - p)) @ X / X.shape[0]


def gradient_mean_of_shares(w, X, y):
    delta = (sigmoid(X @ w) - y) / len(X)
    return np.mean(X * delta[:, None], axis=0)


def gradient_mean_over_features(w, X, y):
    return np.mean((sigmoid(X @ w) - y)[:, None] * X, axis=1)


def gradient_prediction_only(w, X, y):
    return np.einsum("n,nd->d", sigmoid(X @ w), X) / len(X)


def gradient_label_first_sum(w, X, y):
    error = y - sigmoid(X @ w)
    return np.array([np.sum(error * X[:, j]) for j in range(X.shape[1])])


def gradient_column(w, X, y):
    yhat = sigmoid(X @ w.reshape(-1, 1))
    return X.T @ (yhat - y.reshape(-1, 1)) / len(y)


def gradient_one_number(w, X, y):
    return np.sum((sigmoid(X @ w) - y)[:, None] * X) / len(X)


def gradient_by_feature(w, X, y):
    errors = [_sig(sum(a * b for a, b in zip(row, w, strict=True))) - t for row, t in zip(X, y, strict=True)]
    return [sum(e * row[j] for e, row in zip(errors, X, strict=True)) / len(X) for j in range(len(w))]


def gradient_split_by_label(w, X, y):
    towards = X[np.asarray(y) == 1].sum(axis=0)
    return (np.tensordot(sigmoid(X @ w), X, axes=1) - towards) / len(X)


# NB05.E04


def fit_on_the_sum(X, y, lr, tol, max_steps):
    w = np.zeros(X.shape[1])
    history = [float(np.mean(_stable_loss(X @ w, y)))]
    for _ in range(max_steps):
        g = X.T @ (sigmoid(X @ w) - y)
        if np.linalg.norm(g) < tol:
            break
        w = w - lr * g
        history.append(float(np.mean(_stable_loss(X @ w, y))))
    return w, history


def fit_example_by_example(X, y, lr, tol, max_steps):
    N, d = X.shape
    w, history = np.zeros(d), [math.log(2)]
    for _ in range(max_steps):
        before = w.copy()
        if np.linalg.norm(X.T @ (sigmoid(X @ before) - y) / N) < tol:
            break
        for n in range(N):
            w = w - lr / N * (sigmoid(X[n] @ w) - y[n]) * X[n]
        history.append(float(np.mean(_stable_loss(X @ w, y))))
    return w, history


def fit_with_slope(X, y, lr, tol, max_steps):
    w = np.zeros(X.shape[1])
    losses = [float(_stable_loss(X @ w, y).mean())]
    k = 0
    while k < max_steps:
        p = sigmoid(X @ w)
        g = X.T @ ((p - y) * p * (1 - p)) / len(y)
        if np.sqrt(np.sum(g**2)) < tol:
            break
        w -= lr * g
        losses.append(float(_stable_loss(X @ w, y).mean()))
        k += 1
    return w, losses


def fit_history_late(X, y, lr, tol, max_steps):
    w, history = np.zeros(X.shape[1]), []
    for _ in range(max_steps):
        g = X.T @ (sigmoid(X @ w) - y) / len(y)
        if np.linalg.norm(g) < tol:
            break
        history.append(float(np.mean(_stable_loss(X @ w, y))))
        w = w - lr * g
    return w, history


def fit_averaged_twice(X, y, lr, tol, max_steps):
    def gradient(w):
        share = (sigmoid(X @ w) - y) / len(y)
        return np.mean(share[:, None] * X, axis=0)

    w = np.zeros(X.shape[1])
    history = [float(np.mean(np.logaddexp(0, X @ w) - y * (X @ w)))]
    while len(history) <= max_steps and np.linalg.norm(gradient(w)) >= tol:
        w = w - lr * gradient(w)
        history.append(float(np.mean(np.logaddexp(0, X @ w) - y * (X @ w))))
    return w, history


def fit_total_loss_kept(X, y, lr, tol, max_steps):
    w = np.zeros(X.shape[1])
    history = [float(np.sum(_stable_loss(X @ w, y)))]
    for _ in range(max_steps):
        g = X.T @ (sigmoid(X @ w) - y) / len(y)
        if np.linalg.norm(g) < tol:
            return w, history
        w = w - lr * g
        history.append(float(np.sum(_stable_loss(X @ w, y))))
    return w, history


def fit_with_helpers(X, y, lr, tol, max_steps):
    def forward(w):
        u = X @ w
        return np.logaddexp(0, u).mean() - (y * u).mean(), X.T @ (sigmoid(u) - y) / y.size

    w = np.zeros((X.shape[1],))
    loss, g = forward(w)
    history = [loss]
    for _ in range(max_steps):
        if not np.linalg.norm(g) >= tol:
            break
        w -= lr * g
        loss, g = forward(w)
        history += [loss]
    return w, history


def fit_plain_lists(X, y, lr, tol, max_steps):
    rows, N = X.tolist(), len(X)
    w = [0.0] * len(rows[0])

    def scores():
        return [sum(a * b for a, b in zip(r, w, strict=True)) for r in rows]

    def loss():
        return sum(float(_stable_loss(u, t)) for u, t in zip(scores(), y, strict=True)) / N

    history = [loss()]
    for _ in range(max_steps):
        errors = [_sig(u) - t for u, t in zip(scores(), y, strict=True)]
        g = [sum(e * r[j] for e, r in zip(errors, rows, strict=True)) / N for j in range(len(w))]
        if math.hypot(*g) < tol:
            break
        w = [a - lr * b for a, b in zip(w, g, strict=True)]
        history.append(loss())
    return [w, history]


# NB05.E05


def _entropy(p):
    return -np.sum(p * np.log(np.where(p > 0, p, 1.0)), axis=-1)


def distances_plus_entropy(p, q):
    with_logs = np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0), axis=-1)
    ce = -np.sum(p * np.log(q), axis=-1)
    return with_logs, ce, ce + with_logs


def distances_straight_formulas(p, q):
    H = -np.sum(p * np.log(p), axis=-1)
    CE = -np.sum(p * np.log(q), axis=-1)
    KL = np.sum(p * np.log(p / q), axis=-1)
    return H, CE, KL


def distances_first_axis(p, q):
    H = -np.sum(p * np.log(np.where(p == 0, 1, p)), axis=0)
    CE = -np.sum(p * np.log(q), axis=0)
    return H, CE, CE - H


def distances_one_number(p, q):
    safe = p[p > 0]
    H = -(safe * np.log(safe)).sum()
    CE = -(p * np.log(q)).sum()
    return float(H), float(CE), float(CE - H)


def distances_divergence_second(p, q):
    H, CE = _entropy(p), -np.einsum("...k,...k->...", p, np.log(q))
    KL = CE - H
    return H, KL, CE


def distances_keep_the_axis(p, q):
    logp = np.zeros(np.shape(p))
    np.log(p, out=logp, where=p > 0)
    H = -(p * logp).sum(axis=-1, keepdims=True)
    CE = -(p * np.log(q)).sum(axis=-1, keepdims=True)
    return H, CE, CE - H


def distances_mean_over_outcomes(p, q):
    H = -np.mean(p * np.log(np.where(p > 0, p, 1)), axis=-1)
    CE = -np.mean(p * np.log(q), axis=-1)
    return H, CE, CE - H


def distances_in_bits(p, q):
    H = -np.sum(p * np.log2(np.where(p > 0, p, 1)), axis=-1)
    CE = -np.sum(p * np.log2(q), axis=-1)
    return H, CE, CE - H


def distances_divergence_from_q(p, q):
    H, CE = _entropy(p), -np.sum(p * np.log(q), axis=-1)
    KL = CE + H
    return H, CE, KL


def distances_row_by_row(p, q):
    p, q = np.asarray(p, float), np.asarray(q, float)
    if p.ndim > 1:
        parts = [distances_row_by_row(a, b) for a, b in zip(p, q, strict=True)]
        return tuple(np.array([part[i] for part in parts]) for i in range(3))
    H = CE = KL = 0.0
    for a, b in zip(p, q, strict=True):
        if a == 0:
            continue
        H -= a * math.log(a)
        CE -= a * math.log(b)
        KL += a * math.log(a / b)
    return H, CE, KL


def distances_masked(p, q):
    logp = np.log(p, out=np.zeros_like(p, dtype=float), where=np.asarray(p) > 0)
    H = -np.vecdot(p, logp) if hasattr(np, "vecdot") else -(p * logp).sum(-1)
    KL = (p * (logp - np.log(q))).sum(-1)
    return [H, H + KL, KL]


# NB05.E06


def softmax_entry_by_entry(z, g):
    p = _soft(z)
    return g * p * (1 - p)


def softmax_without_maximum(z, g):
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    return p * (g - (g * p).sum(axis=1, keepdims=True))


def softmax_one_maximum_for_all(z, g):
    e = np.exp(z - z.max())
    p = (e.T / e.sum(axis=1)).T
    return p * g - p * np.sum(g * p, axis=1)[:, None]


def softmax_down_the_columns(z, g):
    e = np.exp(z - z.max(axis=0))
    p = e / e.sum(axis=0)
    return p * (g - (g * p).sum(axis=0))


def softmax_cotangent_ignored(z, g):
    dz = np.zeros_like(z)
    for n, row in enumerate(z):
        p = _soft(row)
        J = np.diag(p) - np.outer(p, p)
        dz[n] = J.sum(axis=0)
    return dz


def softmax_sign(z, g):
    p = _soft(z)
    dots = np.einsum("nk,nk->n", g, p)
    return p * (dots[:, None] - g)


def softmax_plain_sum(z, g):
    p = _soft(z)
    return p * (g - g.sum(axis=1, keepdims=True))


def softmax_mean_over_the_batch(z, g):
    p = _soft(z)
    return p * (g - np.sum(g * p))


def softmax_shifts_in_place(z, g):
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z * (g - np.sum(z * g, axis=1, keepdims=True))


def softmax_matrix_for_each_row(z, g):
    out = []
    for scores, cot in zip(z, g, strict=True):
        top = max(scores)
        e = [math.exp(s - top) for s in scores]
        p = np.array(e) / sum(e)
        out.append((np.diag(p) - np.outer(p, p)).T @ cot)
    return out


def softmax_all_jacobians(z, g):
    p = _soft(z)
    J = np.einsum("ni,ij->nij", p, np.eye(z.shape[1])) - p[:, :, None] * p[:, None, :]
    return np.einsum("nij,ni->nj", J, g)


# NB05.E07


def regression_label_left_out(W, b, x, y):
    p = _soft(W @ x + b)
    dz = p
    return np.outer(dz, x), dz, W.T @ dz


def regression_label_added(W, b, x, y):
    onehot = np.eye(len(b))[y]
    dz = _soft(W.dot(x) + b) + onehot
    return dz[:, None] * x, dz, dz @ W


def regression_outer_swapped(W, b, x, y):
    dz = _soft(b + W @ x)
    dz[y] -= 1
    return x[:, None] * dz[None, :], dz, (W * dz[:, None]).sum(axis=0)


def regression_no_transpose(W, b, x, y):
    k, d = W.shape
    dz = _soft(W @ x + b) - (np.arange(k) == y)
    return np.outer(dz, x), dz, np.dot(W, dz)


def regression_classes_from_one(W, b, x, y):
    dz = _soft(W @ x + b)
    dz[y - 1] -= 1.0
    return np.outer(dz, x), dz.copy(), W.T.dot(dz)


def regression_x_first(W, b, x, y):
    target = [1.0 if c == y else 0.0 for c in range(len(b))]
    dz = _soft(W @ x + b) - target
    dx = W.T @ dz
    dW = np.outer(dz, x)
    return dx, dW, dz


def regression_label_minus_p(W, b, x, y):
    dz = -_soft(W @ x + b)
    dz[y] += 1
    db = dz
    dW = np.array([d * x for d in dz])
    dx = sum(dz[i] * W[i] for i in range(len(dz)))
    return dW, db, dx


def regression_diagonal_softmax(W, b, x, y):
    p = _soft(W @ x + b)
    dp = np.zeros_like(p)
    dp[y] = -1 / p[y]
    dz = dp * p * (1 - p)
    return np.outer(dz, x), dz, W.T @ dz


def regression_bias_one_number(W, b, x, y):
    dz = _soft(W @ x + b)
    dz[y] = dz[y] - 1
    return np.outer(dz, x), np.sum(dz), dz @ W


def regression_columns(W, b, x, y):
    z = W @ x[:, None] + b[:, None]
    dz = _soft(z[:, 0])[:, None]
    dz[y, 0] -= 1
    return dz @ x[None, :], dz, W.T @ dz


def regression_softmax_skipped(W, b, x, y):
    p = _soft(W @ x + b)
    dz = np.zeros_like(p)
    dz[y] = -1 / p[y]  # the loss looks at one entry only
    return np.outer(dz, x), dz, W.T @ dz


def regression_by_loops(W, b, x, y):
    k, d = len(W), len(x)
    z = [sum(W[i][j] * x[j] for j in range(d)) + b[i] for i in range(k)]
    top = max(z)
    total = sum(math.exp(v - top) for v in z)
    dz = [math.exp(z[i] - top) / total - (i == y) for i in range(k)]
    dW = [[dz[i] * x[j] for j in range(d)] for i in range(k)]
    return [dW, dz, [sum(dz[i] * W[i][j] for i in range(k)) for j in range(d)]]


def regression_by_the_jacobian(W, b, x, y):
    p = _soft(np.einsum("ij,j->i", W, x) + b)
    dz = (np.diag(p) - np.multiply.outer(p, p))[y] * (-1 / p[y])
    return np.kron(dz[:, None], x[None]), dz, np.tensordot(dz, W, axes=(0, 0))


# NB05.E08


def _rows(y, k):
    return np.eye(k)[y] if np.ndim(y) == 1 else np.asarray(y, dtype=float)


def batch_not_averaged(Z, y):
    dZ = np.empty(Z.shape)
    for n in range(len(Z)):
        dZ[n] = _soft(Z[n]) - _rows(y, Z.shape[1])[n]
    return dZ


def batch_averaged_over_entries(Z, y):
    N, k = Z.shape
    return (_soft(Z) - _rows(y, k)) / (N * k)


def batch_averaged_twice(Z, y):
    N = Z.shape[0]
    weight = 1.0 / N
    errors = weight * (_soft(Z) - _rows(y, Z.shape[1]))
    return errors / N


def batch_down_the_columns(Z, y):
    e = np.exp(Z - Z.max(axis=0, keepdims=True))
    return (e / e.sum(axis=0, keepdims=True) - _rows(y, Z.shape[1])) / len(Z)


def batch_labels_left_out(Z, y):
    P = _soft(Z)
    return P / P.shape[0]


def batch_diagonal_softmax(Z, y):
    P, Y = _soft(Z), _rows(y, Z.shape[1])
    # -Y / P from the loss times P (1 - P) from the softmax, P cancels
    return -Y * (1 - P) / len(Z)


def batch_without_maximum(Z, y):
    P = np.exp(Z)
    P /= np.sum(P, axis=1, keepdims=True)
    if y.ndim == 1:
        P[np.arange(len(y)), y] -= 1
    else:
        P -= y
    return P / len(y)


def batch_labels_minus_p(Z, y):
    return (_rows(y, Z.shape[1]) - _soft(Z)) / Z.shape[0]


def batch_classes_from_one(Z, y):
    N, k = Z.shape
    Y = np.zeros((N, k))
    if y.ndim == 1:
        for n, label in enumerate(y):
            Y[n, label - 1] = 1
    else:
        Y = y
    return (_soft(Z) - Y) / N


def batch_shifts_in_place(Z, y):
    Z -= Z.max(axis=1)[:, None]
    P = np.exp(Z) / np.exp(Z).sum(axis=1)[:, None]
    P -= _rows(y, Z.shape[1])
    return P / len(P)


def batch_labels_added(Z, y):
    P = _soft(Z)
    if y.ndim == 2:
        return (P + y) / len(P)
    P[range(len(P)), y] += 1
    return P / len(P)


def batch_label_minus_p_sum(Z, y):
    N = len(Z)
    P = _soft(Z)
    hot = np.zeros_like(P)
    hot[np.arange(N), y if y.ndim == 1 else y.argmax(axis=1)] = 1
    return hot - P


def batch_numbers_only(Z, y):
    P = _soft(Z)
    P[np.arange(len(Z)), y] -= 1
    return P / len(Z)


def batch_row_by_row(Z, y):
    result = []
    for n, row in enumerate(Z.tolist()):
        top = max(row)
        e = [math.exp(v - top) for v in row]
        c = int(y[n]) if y.ndim == 1 else int(np.argmax(y[n]))
        result.append([(v / sum(e) - (j == c)) / len(Z) for j, v in enumerate(e)])
    return result


def batch_by_take_along(Z, y):
    shifted = Z - np.max(Z, axis=1, keepdims=True)
    logp = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    labels = y if y.ndim == 1 else np.nonzero(y)[1]
    dZ = np.exp(logp)
    picked = np.take_along_axis(dZ, labels[:, None], axis=1)
    np.put_along_axis(dZ, labels[:, None], picked - 1, axis=1)
    return dZ * (1 / len(Z))


WRONG = [
    Wrong("NB05.E01", "M04", "the loss is averaged, its gradient is not", bce_gradient_not_averaged),
    Wrong("NB05.E01", "M27", "the exponential of a large score", bce_textbook),
    Wrong("NB05.E01", "", "the prediction is clipped", bce_clipped),
    Wrong("NB05.E01", "M09", "the slope of the sigmoid once too often", bce_with_slope),
    Wrong("NB05.E01", "M14", "the label is not taken off", bce_label_forgotten),
    Wrong("NB05.E01", "M06", "label minus prediction", bce_label_minus_prediction),
    Wrong("NB05.E01", "M05", "the gradient is averaged twice", bce_averaged_twice),
    Wrong("NB05.E02", "M06", "the second logarithm's sign", steps_second_sign),
    Wrong("NB05.E02", "M29", "the sigmoid is skipped", steps_sigmoid_skipped),
    Wrong("NB05.E02", "M19", "the weights are scaled by themselves", steps_weight_by_itself),
    Wrong("NB05.E02", "M08", "the slope is taken at the prediction", steps_slope_at_the_prediction),
    Wrong("NB05.E02", "M12", "the weights have their local slopes", steps_inputs_only),
    Wrong("NB05.E02", "M09", "fused, and the slope once more", steps_fused_and_once_more),
    Wrong("NB05.E03", "M04", "a sum instead of a mean", gradient_sum),
    Wrong("NB05.E03", "M06", "label minus prediction", gradient_label_first),
    Wrong("NB05.E03", "M01", "X without its transpose", gradient_no_transpose),
    Wrong("NB05.E03", "M03", "one row for each example", gradient_row_for_each_example),
    Wrong("NB05.E03", "M10", "only the last example's share", gradient_last_example),
    Wrong("NB05.E03", "M09", "the slope of the sigmoid once too often", gradient_with_slope),
    Wrong("NB05.E03", "M05", "averaged twice", gradient_mean_of_shares),
    Wrong("NB05.E03", "M20", "the mean over the features", gradient_mean_over_features),
    Wrong("NB05.E03", "M14", "the label is not taken off", gradient_prediction_only),
    Wrong("NB05.E03", "M04+M06", "label minus prediction, and a sum", gradient_label_first_sum),
    Wrong("NB05.E03", "M36", "a column comes out", gradient_column),
    Wrong("NB05.E03", "M32", "summed to one number", gradient_one_number),
    Wrong("NB05.E04", "M04", "steps along the sum", fit_on_the_sum),
    Wrong("NB05.E04", "M26", "a step after each example", fit_example_by_example),
    Wrong("NB05.E04", "M09", "the slope of the sigmoid once too often", fit_with_slope),
    Wrong("NB05.E04", "", "the last loss is not kept", fit_history_late),
    Wrong("NB05.E04", "M05", "the gradient is averaged twice", fit_averaged_twice),
    Wrong("NB05.E04", "M04", "the history holds sums", fit_total_loss_kept),
    Wrong("NB05.E05", "M06", "the entropy without its minus", distances_plus_entropy),
    Wrong("NB05.E05", "M27", "the logarithm of 0", distances_straight_formulas),
    Wrong("NB05.E05", "M20", "summed over the first axis", distances_first_axis),
    Wrong("NB05.E05", "M32", "summed over everything", distances_one_number),
    Wrong("NB05.E05", "M34", "the divergence comes second", distances_divergence_second),
    Wrong("NB05.E05", "M36", "the last axis is kept", distances_keep_the_axis),
    Wrong("NB05.E05", "M04", "means over the outcomes", distances_mean_over_outcomes),
    Wrong("NB05.E05", "", "in bits", distances_in_bits),
    Wrong("NB05.E05", "M06", "the entropy is added to the cross entropy", distances_divergence_from_q),
    Wrong("NB05.E06", "M13", "entry by entry", softmax_entry_by_entry),
    Wrong("NB05.E06", "M27", "no maximum is taken off", softmax_without_maximum),
    Wrong("NB05.E06", "M27", "one maximum for all rows", softmax_one_maximum_for_all),
    Wrong("NB05.E06", "M20", "softmax along the columns", softmax_down_the_columns),
    Wrong("NB05.E06", "M12", "the Jacobian's columns are summed", softmax_cotangent_ignored),
    Wrong("NB05.E06", "M06", "the mean less the cotangent", softmax_sign),
    Wrong("NB05.E06", "", "a sum without weights", softmax_plain_sum),
    Wrong("NB05.E06", "M20", "the weighted sum over the whole batch", softmax_mean_over_the_batch),
    Wrong("NB05.E06", "M25", "the scores are changed in place", softmax_shifts_in_place),
    Wrong("NB05.E07", "M14", "the label is not taken off", regression_label_left_out),
    Wrong("NB05.E07", "M14", "the label is added", regression_label_added),
    Wrong("NB05.E07", "M31", "inputs down, classes across", regression_outer_swapped),
    Wrong("NB05.E07", "M01", "W without its transpose", regression_no_transpose),
    Wrong("NB05.E07", "M35", "classes are counted from 1", regression_classes_from_one),
    Wrong("NB05.E07", "M34", "dx first", regression_x_first),
    Wrong("NB05.E07", "M06", "label minus prediction", regression_label_minus_p),
    Wrong("NB05.E07", "M13", "the softmax is taken for its diagonal", regression_diagonal_softmax),
    Wrong("NB05.E07", "M32", "the bias gradient is one number", regression_bias_one_number),
    Wrong("NB05.E07", "M36", "columns come out", regression_columns),
    Wrong("NB05.E07", "", "the softmax is skipped", regression_softmax_skipped),
    Wrong("NB05.E08", "M04", "a sum instead of a mean", batch_not_averaged),
    Wrong("NB05.E08", "", "the mean over all entries", batch_averaged_over_entries),
    Wrong("NB05.E08", "M05", "averaged twice", batch_averaged_twice),
    Wrong("NB05.E08", "M20", "softmax along the columns", batch_down_the_columns),
    Wrong("NB05.E08", "M14", "the labels are not taken off", batch_labels_left_out),
    Wrong("NB05.E08", "M13", "the softmax is taken for its diagonal", batch_diagonal_softmax),
    Wrong("NB05.E08", "M27", "no maximum is taken off", batch_without_maximum),
    Wrong("NB05.E08", "M06", "labels minus predictions", batch_labels_minus_p),
    Wrong("NB05.E08", "M35", "classes are counted from 1", batch_classes_from_one),
    Wrong("NB05.E08", "M25", "the scores are changed in place", batch_shifts_in_place),
    Wrong("NB05.E08", "M14", "the labels are added", batch_labels_added),
    Wrong("NB05.E08", "M04+M06", "labels minus predictions, and a sum", batch_label_minus_p_sum),
    Wrong("NB05.E08", "", "one-hot rows are not understood", batch_numbers_only),
]
RIGHT = [
    Right("NB05.E01", "both terms by logaddexp", bce_signs_of_labels),
    Right("NB05.E01", "one by one, lists", bce_one_by_one),
    Right("NB05.E02", "by the probability of what happened", steps_by_cases),
    Right("NB05.E03", "feature by feature, a list", gradient_by_feature),
    Right("NB05.E03", "the ones are summed by themselves", gradient_split_by_label),
    Right("NB05.E04", "loss and gradient together", fit_with_helpers),
    Right("NB05.E04", "plain lists", fit_plain_lists),
    Right("NB05.E05", "by recursion over rows", distances_row_by_row),
    Right("NB05.E05", "masked logarithms, a list returned", distances_masked),
    Right("NB05.E06", "a matrix for each row, a list of rows", softmax_matrix_for_each_row),
    Right("NB05.E06", "all matrices at once", softmax_all_jacobians),
    Right("NB05.E07", "loops and lists", regression_by_loops),
    Right("NB05.E07", "by the row of the Jacobian", regression_by_the_jacobian),
    Right("NB05.E08", "row by row, lists", batch_row_by_row),
    Right("NB05.E08", "by logarithms and indices", batch_by_take_along),
]
