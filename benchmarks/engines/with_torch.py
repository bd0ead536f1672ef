"""PyTorch, eager, on the CPU."""

from __future__ import annotations

import os
from typing import Any

import torch

from ..workloads import LEARNING_RATE, Case, Workload, inputs, scalar_graph
from ..workloads import chain as add_up

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


def _variable(x: Any, dtype: str) -> Any:
    return torch.tensor(x, dtype=getattr(torch, dtype), requires_grad=True)


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph`."""
    x, y = inputs(workload, dtype)

    def run() -> Any:
        variables = _variable(x, dtype), _variable(y, dtype)
        out = scalar_graph(*variables)
        return [out.detach(), *torch.autograd.grad(out, variables)]

    return Case(run)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, w, b = inputs(workload, dtype)
    x, variables = torch.tensor(x), (_variable(w, dtype), _variable(b, dtype))

    def run() -> Any:
        out = torch.tanh(x * variables[0] + variables[1]).sum()
        return [out.detach(), *torch.autograd.grad(out, variables)]

    return Case(run)


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    start, X, y = inputs(workload, dtype)
    params, X, y = [_variable(p, dtype) for p in start], torch.tensor(X), torch.tensor(y)
    functional = torch.nn.functional
    activate = torch.relu if workload.classifies else torch.tanh
    loss_of = functional.cross_entropy if workload.classifies else functional.mse_loss

    def run() -> Any:
        h = X
        for W, b in zip(params[:-2:2], params[1:-2:2], strict=True):
            h = activate(torch.addmm(b, h, W))
        loss = loss_of(torch.addmm(params[-1], h, params[-2]), y)
        bars = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, bar in zip(params, bars, strict=True):
                p.sub_(bar, alpha=LEARNING_RATE)
        return loss

    return Case(run, lambda loss: [loss.item(), *(p.detach().numpy() for p in params)])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x, all cotangents in one batched walk."""
    W, b, x = (torch.tensor(a) for a in inputs(workload, dtype))
    f = torch.func.jacrev(lambda x: torch.tanh(torch.mv(W, x) + b))
    return Case(lambda: f(x), lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """Value and derivative of a chain of adds."""
    x, _ = inputs(workload, dtype)

    def run() -> Any:
        variable = _variable(x, dtype)
        out = add_up(variable, workload.sizes[0])
        return [out.item(), *torch.autograd.grad(out, variable)]

    return Case(run)
