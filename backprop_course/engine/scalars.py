"""Python's operators on Tensors that hold Python's floats, written out from their formulas.

A graph of single numbers costs what Python's calls, tuples and objects cost, so here none is spent that can
be saved (measured in `benchmarks/`): the formula stands in the operator instead of behind a call, and both
partial derivatives are computed with the value, while the operands are at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .rules import entry

_SOURCE = """
def made_for(primitive):
    def operator(self, other):
        {own} = self.value
        {others} = other.value if type(other) is Tensor else other
        if type({own}) is float is type({others}) and not switched_on.count:
            if self.requires_grad or ({others} is not other and other.requires_grad):
                try:
                    value, slopes = {value}, ({slopes})
                except ArithmeticError:  # a corner: NumPy gives inf or nan
                    return record(primitive, ({left}, {right}))
                out = new(Tensor)
                out.value, out.slopes, out.requires_grad = value, slopes, True
                out.primitive, out.inputs, out.params = primitive, ({left}, {right}), NONE
                out.grad = out.name = None
                out.number = tick()
                return out
        return record(primitive, ({left}, {right}))
    return operator
"""
_DIRECT = {"own": "a", "others": "b", "left": "self", "right": "other"}
_REFLECTED = {"own": "b", "others": "a", "left": "other", "right": "self"}


def operators(
    names: dict[str, Any], ufunc: np.ufunc, value: str = "", slopes: str = ""
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Make an operator of `ufunc` and its reflected twin.

    Parameters
    ----------
    names : dict
        The module in which the operators live; it has Tensor, record, new, tick, NONE and switched_on.
    ufunc : ufunc
        What is recorded, and what answers wherever an operand is no Python float.
    value, slopes : str
        Formulas in `a` and `b`, of the value and of its two partial derivatives, where floats are worth it.
    """
    primitive = entry(ufunc)
    if not value:
        return lambda a, b: names["record"](primitive, (a, b)), lambda a, b: names["record"](
            primitive, (b, a)
        )
    found = []
    for form in (_DIRECT, _REFLECTED):
        own: dict[str, Any] = {}
        exec(_SOURCE.format(value=value, slopes=slopes, **form), names, own)  # our own text and formulas
        found.append(own["made_for"](primitive))
    return found[0], found[1]
