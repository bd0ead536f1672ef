"""NumPy as a textbook writes backpropagation: one line a formula, a fresh array for each result.

Also the reference: what other engines compute is compared with this.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..workloads import LEARNING_RATE, ROUNDS, Case, Workload, inputs
from ..workloads import chain as add_up


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph` on NumPy's scalars, which is what indexing an array gives."""
    x, y = map(np.float64, inputs(workload, dtype))

    def run() -> list[Any]:
        a, b = x, y
        seen = []
        for _ in range(ROUNDS):
            seen.append((a, b))
            a, b = (a * b + x) * 0.5, (a - b * y) / 1.7
        out = a + b
        a_bar = b_bar = np.float64(1.0)
        x_bar = y_bar = np.float64(0.0)
        for a, b in reversed(seen):
            c_bar, d_bar = a_bar * 0.5, b_bar / 1.7
            x_bar = x_bar + c_bar
            y_bar = y_bar - d_bar * b
            a_bar, b_bar = c_bar * b + d_bar, c_bar * a - d_bar * y
        return [out, x_bar + a_bar, y_bar + b_bar]

    return Case(run)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, w, b = inputs(workload, dtype)

    def run() -> list[Any]:
        t = np.tanh(x * w + b)
        b_bar = 1 - t**2
        return [t.sum(), b_bar * x, b_bar]

    return Case(run)


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    params, X, y = inputs(workload, dtype)
    weights, biases = params[::2], params[1::2]
    N = len(X)

    def run() -> Any:
        activations = [X]
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            Z = activations[-1] @ W + b
            activations.append(np.maximum(Z, 0) if workload.classifies else np.tanh(Z))
        out = activations[-1] @ weights[-1] + biases[-1]
        if workload.classifies:
            shifted = out - out.max(axis=1, keepdims=True)
            log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            loss = -log_p[np.arange(N), y].mean()
            Z_bar = np.exp(log_p)
            Z_bar[np.arange(N), y] -= 1
            Z_bar /= N
        else:
            loss = ((out - y) ** 2).mean()
            Z_bar = 2 * (out - y) / out.size
        for i in reversed(range(len(weights))):
            A = activations[i]
            W_bar, b_bar = A.T @ Z_bar, Z_bar.sum(axis=0)
            if i:
                A_bar = Z_bar @ weights[i].T
                Z_bar = A_bar * (A > 0) if workload.classifies else A_bar * (1 - A**2)
            weights[i] -= LEARNING_RATE * W_bar
            biases[i] -= LEARNING_RATE * b_bar
        return loss

    return Case(run, lambda loss: [loss, *params])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x: the rows of W, each scaled by the slope of its tanh."""
    W, b, x = inputs(workload, dtype)

    def run() -> Any:
        t = np.tanh(W @ x + b)
        return np.diag(1 - t**2) @ W

    return Case(run, lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """The sum, and the derivative that needs no computing; for comparing results."""
    x, _ = inputs(workload, dtype)
    return Case(lambda: [add_up(x, workload.sizes[0]), 1.0])


first_mlp, first_scalar = mlp, scalar  # the reference for results; nothing of ours is compiled
