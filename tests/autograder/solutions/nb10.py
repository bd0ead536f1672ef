"""NB10, as students write it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np


def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.maximum(np.abs(a), np.abs(b))
    error = np.zeros(size.shape)
    np.divide(np.abs(a - b), size, out=error, where=size > 0)
    return float(error.max())


def relative_error_in_a_loop(a, b):
    worst = 0
    for u, v in zip(np.ravel(a), np.ravel(b), strict=True):
        if u != 0 or v != 0:
            worst = max(worst, abs(u - v) / max(abs(u), abs(v)))
    return worst


def relative_error_ignoring_nan(a, b):
    with np.errstate(invalid="ignore"):
        quotients = np.abs(np.subtract(a, b)) / np.maximum(np.abs(a), np.abs(b))
    return np.max(np.nan_to_num(quotients))


def gradient_check(f, grad, x, n_dirs, rng):
    g, h = grad(x), 1e-6
    suspicious = False
    for _ in range(n_dirs):
        v = rng.normal(size=x.shape)
        slope = (f(x + h * v) - f(x - h * v)) / (2 * h)
        if relative_error(slope, np.sum(g * v)) > 1e-4:
            suspicious = True
    if not suspicious:
        return True, None
    error = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[i] = h
        error[i] = relative_error((f(x + e) - f(x - e)) / (2 * h), g[i])
    return error.max() < 1e-4, np.unravel_index(error.argmax(), error.shape)


def gradient_check_of_unit_directions(f, grad, x, n_dirs, rng):
    worst, where = 0.0, ()
    analytic = np.array(grad(x)).ravel()
    eps = np.finfo(float).eps ** (1 / 3)

    def slope(v):
        step = eps * v.reshape(x.shape)
        return (f(x + step) - f(x - step)) / (2 * eps)

    V = rng.standard_normal((n_dirs, x.size))
    V /= np.linalg.norm(V, axis=1, keepdims=True)
    if all(abs(slope(v) - analytic @ v) <= 1e-4 * np.linalg.norm(analytic) * 1e-1 for v in V):
        return (1, where)
    for j, e in enumerate(np.eye(x.size)):
        found = relative_error_in_a_loop([slope(e)], [analytic[j]])
        if found > worst:
            worst, where = found, tuple(int(i) for i in np.unravel_index(j, x.shape))
    return bool(worst < 1e-3), where


def name_the_mistake(student_grad, problem):
    def same(value):
        return np.shape(value) == np.shape(student_grad) and np.allclose(value, student_grad, rtol=1e-7)

    if same(problem.reference):
        return "none"
    for code, value in problem.mistakes.items():
        if same(value):
            return code
    return "none"


def name_the_mistake_by_errors(student_grad, problem):
    errors = {"none": 1e-5}
    for code in problem.mistakes:
        value = np.asarray(problem.mistakes[code], dtype=float)
        if value.shape == np.shape(student_grad):
            errors[code] = relative_error_in_a_loop(value, student_grad)
    return min(errors, key=errors.get)


def affine_backward_broken(dY, X, W):
    dX = dY @ W.T
    dW = X.T @ dY
    db = dY.sum(axis=0)
    return dX, dW, db


def mse_backward_broken(X, y, W, w):
    H = np.tanh(X @ W)
    e = 2 * (H @ w - y) / len(y)
    dw = H.T @ e
    dZ = e[:, None] * w * (1 - H**2)
    return X.T @ dZ, dw


def residual_backward_broken(dY, X, W1, W2):
    dZ = (dY @ W2.T) * (X @ W1 > 0)
    return dY + dZ @ W1.T


def relu_backward_broken(dY, X):
    return dY * (X > 0)


def normalize_backward_broken(dY, X, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    xhat = (X - X.mean(axis=0)) / std
    return (dY - dY.mean(axis=0) - xhat * (dY * xhat).mean(axis=0)) / std


REPAIRED = {
    "affine_backward_broken": affine_backward_broken,
    "mse_backward_broken": mse_backward_broken,
    "residual_backward_broken": residual_backward_broken,
    "relu_backward_broken": relu_backward_broken,
    "normalize_backward_broken": normalize_backward_broken,
}


def affine_by_rows(dY, X, W):
    dW, db = 0 * W, np.zeros(dY.shape[1])
    for x, g in zip(X, dY, strict=True):
        dW, db = dW + np.outer(x, g), db + g
    return [np.einsum("nk,dk->nd", dY, W), dW, list(db)]


def mse_by_examples(X, y, W, w):
    N = len(y)
    dW, dw = np.zeros(W.shape), np.zeros(w.shape)
    for n in range(N):
        h = np.tanh(W.T @ X[n])
        e = h @ w - y[n]
        dw += 2 * e * h / N
        dW += np.outer(X[n], 2 * e * w / np.cosh(W.T @ X[n]) ** 2) / N
    return dW, dw


def normalize_by_paths(dY, X, eps):
    N, mean, var = len(X), np.mean(X, 0), np.var(X, 0)
    dvar = np.sum(dY * (X - mean), 0) * -0.5 / (var + eps) ** 1.5
    dmean = -np.sum(dY, 0) / np.sqrt(var + eps)
    return dY / np.sqrt(var + eps) + dvar * 2 / N * (X - mean) + dmean / N


REPAIRED_OTHERWISE = {
    **REPAIRED,
    "affine_backward_broken": affine_by_rows,
    "mse_backward_broken": mse_by_examples,
    "relu_backward_broken": lambda dY, X: np.where(X > 0, dY, 0),
    "normalize_backward_broken": normalize_by_paths,
}


def train_mlp(X, y, sizes, rng):
    Ws = [rng.normal(0, np.sqrt(2 / a), (a, b)) for a, b in pairwise(sizes)]
    bs = [np.zeros(b) for b in sizes[1:]]
    vWs, vbs = [0 * W for W in Ws], [0 * b for b in bs]

    def forward(X):
        hs = [X]
        for W, b in zip(Ws[:-1], bs[:-1], strict=True):
            hs.append(np.maximum(hs[-1] @ W + b, 0))
        return hs, 1 / (1 + np.exp(-(hs[-1] @ Ws[-1] + bs[-1])[:, 0]))

    history = []
    for _ in range(100):
        order = rng.permutation(len(X))
        for start in range(0, len(X), 20):
            rows = order[start : start + 20]
            hs, p = forward(X[rows])
            g = ((p - y[rows]) / len(rows))[:, None]
            for i in range(len(Ws) - 1, -1, -1):
                dW, db = hs[i].T @ g, g.sum(axis=0)
                g = (g @ Ws[i].T) * (hs[i] > 0)
                vWs[i] = 0.9 * vWs[i] - 0.1 * dW
                vbs[i] = 0.9 * vbs[i] - 0.1 * db
                Ws[i] += vWs[i]
                bs[i] += vbs[i]
        p = np.clip(forward(X)[1], 1e-12, 1 - 1e-12)
        history.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
    return lambda X: forward(X)[1], history


class Net:
    """Tanh units, plain gradient descent on standardised inputs; gives labels instead of probabilities."""

    def __init__(self, sizes, rng):
        self.params = [[rng.standard_normal((a, b)) / a**0.5, np.zeros(b)] for a, b in pairwise(sizes)]

    def scores(self, X):
        self.inputs = []
        for i, (W, b) in enumerate(self.params):
            self.inputs.append(X)
            X = X @ W + b
            if i + 1 < len(self.params):
                X = np.tanh(X)
        return X.ravel()

    def __call__(self, X):
        return (self.scores((X - self.mean) / self.std) > 0).astype(int)


def train_mlp_as_a_class(X, y, sizes, rng):
    net = Net(sizes, rng)
    net.mean, net.std = X.mean(axis=0), X.std(axis=0)
    X = (X - net.mean) / net.std
    losses = []
    for _ in range(1500):
        u = net.scores(X)
        losses.append(np.logaddexp(0, -(2 * y - 1) * u).mean())
        delta = ((0.5 * np.tanh(u / 2) + 0.5 - y) / y.size).reshape(-1, 1)
        for layer, h in list(zip(net.params, net.inputs, strict=True))[::-1]:
            dW, db = h.T @ delta, delta.sum(0)
            delta = delta @ layer[0].T * (1 - h * h)
            layer[0] = layer[0] - 1.0 * dW
            layer[1] = layer[1] - 1.0 * db
    return net, np.array(losses)


RIGHT = {
    "NB10.E05": [train_mlp, train_mlp_as_a_class],
    "NB10.E04": [REPAIRED, REPAIRED_OTHERWISE],
    "NB10.E03": [name_the_mistake, name_the_mistake_by_errors],
    "NB10.E02": [gradient_check, gradient_check_of_unit_directions],
    "NB10.E01": [relative_error, relative_error_in_a_loop, relative_error_ignoring_nan],
}

_RECORDED = "history.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))"
_ANY_LOSS = "which loss is recorded is free, as long as it falls"
EQUAL = {
    "NB10.E05": {
        "vWs, vbs = ([0 * W for W in Ws], [0 * b for b in bs]) -> "
        "vWs, vbs = ([0 * W for W in Ws], [0 + b for b in bs])": "the biases start at 0, with either",
        "p = np.clip(forward(X)[1], 1e-12, 1 - 1e-12) -> p = np.clip(forward(X)[1], 1e-12, 2 - 1e-12)": (
            "no probability comes so near to 1 that it is cut off"
        ),
        "vbs[i] = 0.9 * vbs[i] - 0.1 * db -> vbs[i] = 0.9 * vbs[i] - 1.1 * db": (
            "another rate for the biases is a choice: it learns what is asked for, if not from every start"
        ),
        f"{_RECORDED} -> history.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1)))": _ANY_LOSS,
    },
}
