"""NumPy by hand as fast as we can honestly write it: an arithmetic that no engine can beat by much.

Everything that can be allocated or looked up once is: buffers, views, functions. Training steps are in
`_tuned_steps`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..workloads import ROUNDS, Case, NotOffered, Workload, inputs
from ._tuned_steps import mlp as mlp


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph` in pure Python, whose floats beat NumPy's."""
    x, y = inputs(workload, dtype)

    def run() -> tuple[float, float, float]:
        seen: list[tuple[float, float]] = []
        push = seen.append
        a, b = x, y
        for _ in range(ROUNDS):
            push((a, b))
            a, b = (a * b + x) * 0.5, (a - b * y) / 1.7
        out = a + b
        a_bar = b_bar = 1.0
        x_bar = y_bar = 0.0
        for a, b in reversed(seen):
            c_bar = a_bar * 0.5
            d_bar = b_bar / 1.7
            x_bar += c_bar
            y_bar -= d_bar * b
            a_bar = c_bar * b + d_bar
            b_bar = c_bar * a - d_bar * y
        return out, x_bar + a_bar, y_bar + b_bar

    return Case(run)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b, in three buffers."""
    x, w, b = inputs(workload, dtype)
    t, w_bar, b_bar = np.empty_like(w), np.empty_like(w), np.empty_like(w)
    one = np.ones((), dtype)
    multiply, add, subtract, tanh, total = np.multiply, np.add, np.subtract, np.tanh, np.add.reduce

    def run() -> tuple[Any, Any, Any]:
        multiply(x, w, t)
        add(t, b, t)
        tanh(t, t)
        out = total(t)
        multiply(t, t, t)
        subtract(one, t, b_bar)
        multiply(b_bar, x, w_bar)
        return out, w_bar, b_bar

    return Case(run)


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x, written into one buffer."""
    W, b, x = inputs(workload, dtype)
    t, J, one = np.empty_like(b), np.empty_like(W), np.ones((), dtype)
    slopes = t[:, None]
    dot, multiply, add, subtract, tanh = W.dot, np.multiply, np.add, np.subtract, np.tanh

    def run() -> Any:
        dot(x, t)
        add(t, b, t)
        tanh(t, t)
        multiply(t, t, t)
        subtract(one, t, t)
        return multiply(W, slopes, J)

    return Case(run, lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """Refuse: the comparison would be with nothing."""
    raise NotOffered("by hand the derivative of a sum is no computation")
