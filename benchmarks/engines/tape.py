"""Our engine as a user meets it: functions of Tensors, recorded anew at each call.

Training steps use `value_and_grad` over the list of parameters, which are plain arrays updated in place. The
other natural form, Tensors with `backward`, is in `tensors`; the bounds are held against the
better of the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import affine, cross_entropy, mse_loss, relu, value_and_grad
from backprop_course import jacobian as jacobian_of

from ..workloads import LEARNING_RATE, Case, Workload, inputs, scalar_graph
from ..workloads import chain as add_up


def squared_error_loss(params: list[Any], X: Any, y: Any) -> Any:
    """Mean squared error of a network with tanh layers."""
    h = X
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        h = np.tanh(affine(h, W, b))
    return mse_loss(affine(h, params[-2], params[-1]), y)


def cross_entropy_loss(params: list[Any], X: Any, y: Any) -> Any:
    """Mean softmax cross-entropy of a network with relu layers."""
    h = X
    for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
        h = relu(affine(h, W, b))
    return cross_entropy(affine(h, params[-2], params[-1]), y)


def loss_of(workload: Workload) -> Any:
    """Choose the loss that the workload asks for."""
    return cross_entropy_loss if workload.classifies else squared_error_loss


def tanh_sum(w: Any, b: Any, x: Any) -> Any:
    """Write `op10`, the parameters first."""
    return np.tanh(x * w + b).sum()


def tanh_layer(x: Any, W: Any, b: Any) -> Any:
    """Write one layer, the variable first."""
    return np.tanh(W @ x + b)


def flattened(result: tuple[Any, tuple[Any, ...]]) -> list[Any]:
    """Turn (value, gradients) into one list."""
    return [result[0], *result[1]]


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph` on Python's floats."""
    x, y = inputs(workload, dtype)
    f = value_and_grad(scalar_graph, argnums=(0, 1))
    return Case(lambda: f(x, y), flattened)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, w, b = inputs(workload, dtype)
    f = value_and_grad(tanh_sum, argnums=(0, 1))
    return Case(lambda: f(w, b, x), flattened)


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    params, X, y = inputs(workload, dtype)
    f = value_and_grad(loss_of(workload))

    def run() -> Any:
        loss, bars = f(params, X, y)
        for p, bar in zip(params, bars, strict=True):
            bar *= LEARNING_RATE
            p -= bar
        return loss

    return Case(run, lambda loss: [loss, *params])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x, all cotangents in one walk."""
    W, b, x = inputs(workload, dtype)
    f = jacobian_of(tanh_layer)
    return Case(lambda: f(x, W, b), lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """Value and derivative of a chain of adds, on Python's floats."""
    x, _ = inputs(workload, dtype)
    f = value_and_grad(add_up)
    return Case(lambda: f(x, workload.sizes[0]))
