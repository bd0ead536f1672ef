"""Answers to NB05, right and wrong.

E01 to E04.
"""

from __future__ import annotations

import math

import numpy as np

from backprop_course import sigmoid

from . import Right, Wrong


def _sig(u):
    return math.exp(u) / (1 + math.exp(u)) if u < 0 else 1 / (1 + math.exp(-u))


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
]

RIGHT = [
    Right("NB05.E01", "both terms by logaddexp", bce_signs_of_labels),
    Right("NB05.E01", "one by one, lists", bce_one_by_one),
    Right("NB05.E02", "by the probability of what happened", steps_by_cases),
    Right("NB05.E03", "feature by feature, a list", gradient_by_feature),
    Right("NB05.E03", "the ones are summed by themselves", gradient_split_by_label),
    Right("NB05.E04", "loss and gradient together", fit_with_helpers),
    Right("NB05.E04", "plain lists", fit_plain_lists),
]
