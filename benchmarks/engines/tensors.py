"""Our engine in its other natural form: Tensors with `backward`.

The parameters share the arrays of the caller (``copy=False``), who updates these in place once the graph of a
step has served. `assign` would say so to the graph as well, for 2 us more and another array.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor

from ..workloads import LEARNING_RATE, Case, NotOffered, Workload, inputs, scalar_graph
from ..workloads import chain as add_up
from .tape import loss_of


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph` on Python's floats."""
    x, y = inputs(workload, dtype)

    def run() -> Any:
        variables = Tensor(x, requires_grad=True), Tensor(y, requires_grad=True)
        out = scalar_graph(*variables)
        out.backward()
        return [out.value, *(v.grad for v in variables)]

    return Case(run)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, *parameters = inputs(workload, dtype)
    w, b = (Tensor(p, requires_grad=True) for p in parameters)

    def run() -> Any:
        w.zero_grad()
        b.zero_grad()
        out = np.tanh(x * w + b).sum()
        out.backward()
        return [out.value, w.grad, b.grad]

    return Case(run)


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    start, X, y = inputs(workload, dtype)
    params = [Tensor(p, requires_grad=True, copy=False) for p in start]
    loss_function = loss_of(workload)

    def run() -> Any:
        loss = loss_function(params, X, y)
        loss.backward()
        for p, array in zip(params, start, strict=True):
            p.grad *= LEARNING_RATE
            array -= p.grad
            p.zero_grad()
        return loss.value

    return Case(run, lambda loss: [loss, *(p.value for p in params)])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Refuse: `backward` gives gradients."""
    raise NotOffered("a Jacobian is a matter of functions")


def chain(workload: Workload, dtype: str) -> Case:
    """Value and derivative of a chain of adds, on Python's floats."""
    x, _ = inputs(workload, dtype)

    def run() -> Any:
        variable = Tensor(x, requires_grad=True)
        out = add_up(variable, workload.sizes[0])
        out.backward()
        return [out.value, variable.grad]

    return Case(run)
