"""Graphs of Python's floats as formulas: no call per operation, and a name only for what is read twice."""

from __future__ import annotations

import collections
import math
import operator
from typing import Any

from .rules import table
from .steps import Step
from .wording import float_call

_SIGNS: dict[Any, tuple[str, int]] = {  # and how strongly each binds
    operator.add: (" + ", 1),
    operator.sub: (" - ", 1),
    operator.mul: (" * ", 2),
    operator.truediv: (" / ", 2),
}
_STRONGEST = 3  # names, calls, and what stands in brackets
_LONGEST = (
    200  # characters of a formula; Python reads brackets within brackets within brackets, but not for ever
)


def is_straight(order: list[Step], inputs: list[Step]) -> bool:
    """Whether there are Python's floats only."""
    return all(type(step.like) is float for step in [*inputs, *order])


def straight_lines(
    order: list[Step], inputs: list[Step], outs: list[Any]
) -> tuple[list[str], dict[str, Any], list[str]]:
    """Lines of Python, what they name, and one expression per output.

    They raise ArithmeticError or ValueError where Python's floats do and NumPy gives inf or nan.
    """
    known = {id(x): (f"x{n}", _STRONGEST) for n, x in enumerate(inputs)}  # text, and how strongly it binds
    names: dict[str, Any] = {}
    lines = []
    readers = collections.Counter([id(x) for step in order for x in step.inputs])
    readers.update([id(x) for x in outs] * 2)

    def text(x: Any, level: int = 0) -> str:
        # Brackets that change nothing are left out: to read them took Python a third of its time.
        if type(x) is not Step:
            return _number(float(x))
        formula, strength = known[id(x)]
        return formula if strength >= level else f"({formula})"

    for k, step in enumerate(order):
        primitive = table.get(step.function)  # type: ignore[arg-type]  # no input
        call = primitive.scalar if primitive and not step.params else None
        strength = _STRONGEST
        if call in _SIGNS:
            sign, strength = _SIGNS[
                call
            ]  # a - b - c is (a - b) - c: only what is on the right must bind stronger
            a, b = step.inputs
            formula = text(a, strength) + sign + text(b, strength + 1)
        elif call is operator.neg:
            formula = f"(-{text(step.inputs[0], _STRONGEST)})"
        else:
            names[f"f{k}"] = call or float_call(step)
            formula = f"f{k}({', '.join(map(text, step.inputs))})"
        if readers[id(step)] == 1 and len(formula) < _LONGEST:
            known[id(step)] = formula, strength
        else:
            known[id(step)] = f"v{k}", _STRONGEST
            lines.append(f"v{k} = {formula}")
    return lines, names, [text(x) for x in outs]


def _number(value: float) -> str:
    if 0.0 < value < math.inf:
        return repr(value)
    if math.isfinite(value):
        return repr(value) if math.copysign(1.0, value) > 0 else f"({value!r})"
    return f"float('{value}')"
