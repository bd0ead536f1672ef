"""HIPS autograd: the same NumPy code through its wrapped NumPy."""

from __future__ import annotations

from typing import Any

import autograd.numpy as np
from autograd import jacobian as jacobian_of
from autograd import value_and_grad
from autograd.scipy.special import logsumexp

from ..workloads import LEARNING_RATE, Case, Workload, inputs, scalar_graph
from ..workloads import chain as add_up


def _loss(workload: Workload) -> Any:
    examples = np.arange(workload.batch)

    def loss(params: list[Any], X: Any, y: Any) -> Any:
        h = X
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            z = np.dot(h, W) + b
            h = np.maximum(z, 0) if workload.classifies else np.tanh(z)
        out = np.dot(h, params[-2]) + params[-1]
        if workload.classifies:
            return np.mean(logsumexp(out, axis=1) - out[examples, y])
        return np.mean((out - y) ** 2)

    return loss


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph`."""
    f = value_and_grad(lambda p: scalar_graph(p[0], p[1]))
    point = inputs(workload, dtype)
    return Case(lambda: f(point), lambda result: [result[0], *result[1]])


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, w, b = inputs(workload, dtype)
    f = value_and_grad(lambda w, b: np.sum(np.tanh(x * w + b)), argnum=(0, 1))
    return Case(lambda: f(w, b), lambda result: [result[0], *result[1]])


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    params, X, y = inputs(workload, dtype)
    f = value_and_grad(_loss(workload))

    def run() -> Any:
        loss, bars = f(params, X, y)
        for p, bar in zip(params, bars, strict=True):
            bar *= LEARNING_RATE
            p -= bar
        return loss

    return Case(run, lambda loss: [loss, *params])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x, one walk for each output."""
    W, b, x = inputs(workload, dtype)
    f = jacobian_of(lambda x: np.tanh(np.dot(W, x) + b))
    return Case(lambda: f(x), lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """Value and derivative of a chain of adds."""
    x, _ = inputs(workload, dtype)
    f = value_and_grad(lambda x: add_up(x, workload.sizes[0]))
    return Case(lambda: f(x))
