"""micrograd: one object a number."""

from __future__ import annotations

from typing import Any

from micrograd.engine import Value

from ..workloads import Case, NotOffered, Workload, inputs, scalar_graph
from ..workloads import chain as add_up


def scalar(workload: Workload, dtype: str) -> Case:
    """Value and derivatives of `scalar_graph`."""
    x, y = inputs(workload, dtype)

    def run() -> Any:
        variables = Value(x), Value(y)
        out = scalar_graph(*variables)
        out.backward()
        return [out.data, *(v.grad for v in variables)]

    return Case(run)


def mlp(workload: Workload, dtype: str) -> Case:
    """Refuse: the networks here need what it does not have."""
    raise NotOffered("it has neither tanh nor exp, and no arrays")


op10 = jacobian = mlp


def chain(workload: Workload, dtype: str) -> Case:
    """Value and derivative of a chain of adds; its walk calls itself, so that Python may stop it."""
    x, _ = inputs(workload, dtype)

    def run() -> Any:
        variable = Value(x)
        out = add_up(variable, workload.sizes[0])
        out.backward()
        return [out.data, variable.grad]

    return Case(run)
