"""Tricks of the walks back, measured on the engine's own ways: the general one, and the one that is short."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor, jacobian
from backprop_course.derivatives.transforms import Run
from backprop_course.engine.backward import walk_back
from backprop_course.engine.walks import pullback, topological_order

from .engines import tape
from .trick_list import Pair, trick
from .workloads import JACOBIANS, STEPS, inputs


@trick(
    "What was met waits in a heap",
    "the walk back of an `xor` step",
    "no order is made before the walk, and where all rules are the table's there is little to ask on the way",
)
def _heap() -> Pair:
    start, X, y = inputs(STEPS[0], "float64")
    params = [Tensor(p, requires_grad=True) for p in start]
    loss = tape.squared_error_loss(params, X, y)
    one = np.float64(1.0)

    def ordered() -> Any:
        return pullback(topological_order([loss]), {loss: one})[params[0]]

    def waiting() -> Any:
        bars: dict[Tensor, Any] = {loss: one}
        walk_back(loss, bars)
        return bars[params[0]]

    return ordered, waiting


@trick(
    "A diagonal carried as one vector",
    "the Jacobian of `jac50`",
    "tanh scales rows, and a layer's Jacobian is its matrix: no basis, and no products with zeros",
)
def _diagonal() -> Pair:
    W, b, x = inputs(JACOBIANS[0], "float64")

    def dense() -> Any:
        run = Run(tape.tanh_layer, (x, W, b), [0])
        return run.pull_from({run.outs[0]: np.eye(50)})[0]

    J = jacobian(tape.tanh_layer)
    return dense, lambda: J(x, W, b)
