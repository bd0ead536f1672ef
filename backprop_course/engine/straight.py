"""Straight-line Python for graphs of scalars: one assignment an operation, no loop, no list."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .tensor import Tensor

_SIGNS: dict[Any, str] = {
    operator.add: "{} + {}",
    operator.sub: "{} - {}",
    operator.mul: "{} * {}",
    operator.truediv: "{} / {}",
    operator.neg: "-{}",
}


def straight_line(
    order: list[Tensor], inputs: list[Tensor], outs: list[Tensor]
) -> Callable[..., tuple[Any, ...]] | None:
    """Make a Python function of all operations, or `None` where one is not of Python's floats alone.

    It raises ArithmeticError or ValueError where Python's floats do and NumPy gives inf or nan.
    """
    if not all(type(t.value) is float for t in [*inputs, *order]):
        return None
    names = {id(t): f"x{i}" for i, t in enumerate(inputs)}
    known: dict[str, Any] = {}
    lines = []

    def name_of(x: Any) -> str:
        if isinstance(x, Tensor) and id(x) in names:
            return names[id(x)]
        value = x.value if isinstance(x, Tensor) else x
        if type(value) in (float, int):
            return f"({value!r})" if np.isfinite(value) else f"float('{value}')"
        key = f"c{len(known)}"
        known[key] = value
        return key

    for k, t in enumerate(order):
        node = t.node
        assert isinstance(node, Tensor)  # computed
        operands = [name_of(x) for x in node.inputs]
        call = node.primitive.scalar if not node.params else None
        if call in _SIGNS:
            formula = _SIGNS[call].format(*operands)
        else:
            key = f"f{k}"
            known[key] = call or _to_float(node)
            formula = f"{key}({', '.join(operands)})"
        names[id(t)] = f"v{k}"
        lines.append(f"    v{k} = {formula}")
    arguments = ", ".join(names[id(t)] for t in inputs)
    results = "".join(f"{name_of(t)}, " for t in outs)
    source = "\n".join([f"def program({arguments}):", *lines, f"    return ({results})"])
    exec(compile(source, "<straight line>", "exec"), known)  # our own text, made of names and numbers
    program: Callable[..., tuple[Any, ...]] = known["program"]
    return program


def _to_float(node: Tensor) -> Callable[..., float]:
    function, params = node.primitive.function, node.params
    return lambda *values: float(function(*values, **params))
