"""NumPy by hand: the loop that a course asks for, written with care and without tricks."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from .cases import BATCH, SEED, Case, Trained


def train(case: Case, epochs: int) -> Trained:
    """Train from the start."""
    X, y = case.examples()
    params = case.start()
    step = _sgd(params, case.lr) if case.rule == "sgd" else _adam(params, case.lr)
    rng = np.random.default_rng(SEED)
    start = time.perf_counter()
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for k in range(0, len(X), BATCH):
            rows = order[k : k + BATCH]
            step(_gradients(case, params, X[rows], y[rows]))
    return Trained(time.perf_counter() - start, params)


def _gradients(case: Case, params: list[Any], X: Any, y: Any) -> list[Any]:
    """Forward and backward through a batch; the loss is computed too, as everybody does."""
    relu, layers, n = case.activation == "relu", len(params) // 2, len(X)
    outs = [X]
    for k in range(layers - 1):
        z = outs[-1] @ params[2 * k] + params[2 * k + 1]
        outs.append(np.maximum(z, 0) if relu else np.tanh(z))
    z = outs[-1] @ params[-2] + params[-1]
    if case.sizes[-1] == 1:
        e = np.exp(-np.abs(z))
        _loss = np.mean(np.maximum(z, 0) - z * y + np.log1p(e))
        delta = (np.where(z >= 0, 1, e) / (1 + e) - y) / n
    else:
        z -= z.max(axis=1, keepdims=True)
        p = np.exp(z)
        total = p.sum(axis=1, keepdims=True)
        rows = np.arange(n)
        _loss = np.mean(np.log(total[:, 0]) - z[rows, y])
        p /= total
        p[rows, y] -= 1
        delta = p / n
    grads: list[Any] = [None] * len(params)
    for k in reversed(range(layers)):
        grads[2 * k], grads[2 * k + 1] = outs[k].T @ delta, delta.sum(axis=0)
        if k:
            delta = delta @ params[2 * k].T
            delta *= outs[k] > 0 if relu else 1 - outs[k] ** 2
    return grads


def _sgd(params: list[Any], lr: float) -> Any:
    def step(grads: list[Any]) -> None:
        for p, g in zip(params, grads, strict=True):
            p -= lr * g

    return step


def _adam(params: list[Any], lr: float) -> Any:
    means, squares = [np.zeros_like(p) for p in params], [np.zeros_like(p) for p in params]
    t = 0

    def step(grads: list[Any]) -> None:
        nonlocal t
        t += 1
        size, root = lr / (1 - 0.9**t), np.sqrt(1 - 0.999**t)
        for p, g, m, v in zip(params, grads, means, squares, strict=True):
            m *= 0.9
            m += 0.1 * g
            v *= 0.999
            v += 0.001 * g * g
            p -= size * m / (np.sqrt(v) / root + 1e-8)

    return step
