"""MyGrad, with its memory guarding off as its documentation advises where speed matters."""

from __future__ import annotations

from typing import Any

import mygrad as mg
from mygrad.nnet.losses import softmax_crossentropy

from ..workloads import LEARNING_RATE, Case, NotOffered, Workload, inputs, scalar_graph
from ..workloads import chain as add_up

mg.turn_memory_guarding_off()


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph`."""
    x, y = inputs(workload, dtype)

    def run() -> Any:
        variables = mg.tensor(x), mg.tensor(y)
        out = scalar_graph(*variables)
        out.backward()
        return [out.item(), *(v.grad for v in variables)]

    return Case(run)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, *parameters = inputs(workload, dtype)
    w, b = (mg.tensor(p) for p in parameters)

    def run() -> Any:
        out = mg.tanh(x * w + b).sum()
        out.backward()
        return [out.item(), w.grad, b.grad]

    return Case(run)


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    start, X, y = inputs(workload, dtype)
    params = [mg.tensor(p) for p in start]

    def run() -> Any:
        h = X
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            z = mg.matmul(h, W) + b
            h = mg.maximum(z, 0) if workload.classifies else mg.tanh(z)
        out = mg.matmul(h, params[-2]) + params[-1]
        loss = softmax_crossentropy(out, y) if workload.classifies else mg.mean((out - y) ** 2)
        loss.backward()
        for p in params:
            bar = p.grad
            bar *= LEARNING_RATE
            p.data -= bar
            p.null_grad()
        return loss.item()

    return Case(run, lambda loss: [loss, *(p.data for p in params)])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Refuse: a graph can be walked once."""
    raise NotOffered("it has no Jacobian, and forgets a graph after one backward walk")


def chain(workload: Workload, dtype: str) -> Case:
    """Value and derivative of a chain of adds."""
    x, _ = inputs(workload, dtype)

    def run() -> Any:
        variable = mg.tensor(x)
        out = add_up(variable, workload.sizes[0])
        out.backward()
        return [out.item(), variable.grad]

    return Case(run)
