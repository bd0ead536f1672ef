"""Our engine with `compile`: recorded once, then replayed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_course import compile, value_and_grad
from backprop_course import jacobian as jacobian_of

from ..workloads import LEARNING_RATE, Case, NotOffered, Workload, inputs, scalar_graph
from .tape import flattened, loss_of, tanh_layer, tanh_sum


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph` on Python's floats."""
    x, y = inputs(workload, dtype)
    f = compile(value_and_grad(scalar_graph, argnums=(0, 1)), x, y)
    return Case(lambda: f(x, y), flattened)


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum() and gradients of w and b, left in the plan's buffers like the floor's."""
    x, w, b = inputs(workload, dtype)
    f = compile(value_and_grad(tanh_sum, argnums=(0, 1)), w, b, x, reuse=True)
    return Case(lambda: f(w, b, x), flattened)


def views(flat: Any, shapes: Sequence[tuple[int, ...]]) -> list[Any]:
    """Cut a flat vector into the parameters of these shapes."""
    found, start = [], 0
    for shape in shapes:
        stop = start + math.prod(shape)
        found.append(flat[start:stop].reshape(shape))
        start = stop
    return found


def training_step(workload: Workload, shapes: Sequence[tuple[int, ...]]) -> Any:
    """Write a whole step, forward, backward and SGD, as a function from parameters to parameters.

    All parameters are one flat vector, like the floor's: the update is two calls, and the plan writes each
    gradient into its place.
    """
    loss_of_params = loss_of(workload)
    f = value_and_grad(lambda flat, X, y: loss_of_params(views(flat, shapes), X, y))

    def step(flat: Any, X: Any, y: Any) -> tuple[Any, Any]:
        loss, bar = f(flat, X, y)
        return flat - LEARNING_RATE * bar, loss

    return step


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step in one plan; the parameters are donated, so that it writes them in place."""
    params, X, y = inputs(workload, dtype)
    shapes = [p.shape for p in params]
    flat = np.concatenate([p.ravel() for p in params])
    step = compile(training_step(workload, shapes), flat, X, y, donate=0)

    def run() -> Any:
        nonlocal flat
        flat, loss = step(flat, X, y)
        return loss

    return Case(run, lambda loss: [loss, *views(flat, shapes)])


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x, all cotangents in one walk, replayed."""
    W, b, x = inputs(workload, dtype)
    f = compile(jacobian_of(tanh_layer), x, W, b, reuse=True)
    return Case(lambda: f(x, W, b), lambda J: [J])


def chain(workload: Workload, dtype: str) -> Case:
    """Refuse: a program is as long as the graph, and made for being run again."""
    raise NotOffered("a plan of so many single additions is not what plans are for")


def first_mlp(workload: Workload, dtype: str) -> Case:
    """Record, plan and run a training step for the first time.

    The parameters are a list of arrays here. One flat array makes the update of small nets quicker; but each
    part of it then has a gradient in the size of the whole while the step is recorded, a fifth of the time.
    """
    params, X, y = inputs(workload, dtype)
    f = value_and_grad(loss_of(workload))

    def step(params: list[Any], X: Any, y: Any) -> tuple[list[Any], Any]:
        loss, bars = f(params, X, y)
        return [p - LEARNING_RATE * bar for p, bar in zip(params, bars, strict=True)], loss

    def run() -> Any:
        return compile(step, params, X, y)(params, X, y)

    return Case(run, lambda result: [result[1], *result[0]])


def first_scalar(workload: Workload, dtype: str) -> Case:
    """Record, plan and run `scalar_graph` for the first time."""
    x, y = inputs(workload, dtype)
    f = value_and_grad(scalar_graph, argnums=(0, 1))
    return Case(lambda: compile(f, x, y)(x, y), flattened)
