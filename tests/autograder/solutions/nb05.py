"""NB05, as students write it."""

from __future__ import annotations

import numpy as np


def logreg_fit(X, y, lr, tol, max_steps):
    w, history = np.zeros(X.shape[1]), []
    for step in range(max_steps + 1):
        p = 1 / (1 + np.exp(-X @ w))
        history.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
        g = np.mean((p - y)[:, None] * X, axis=0)
        if np.sqrt(np.sum(g**2)) < tol or step == max_steps:
            return w, history
        w = w - lr * g


RIGHT = {"NB05.E04": [logreg_fit]}
