"""Graphs of Python's floats as formulas: no call per operation, and a name only for what is read twice."""

from __future__ import annotations

import collections
import math
import operator
from typing import Any

from .rules import table
from .steps import Step
from .wording import float_call

_SIGNS: dict[Any, str] = {
    operator.add: " + ",
    operator.sub: " - ",
    operator.mul: " * ",
    operator.truediv: " / ",
}
_BINDS = {" + ": 1, " - ": 1, " * ": 2, " / ": 2}  # how strongly; names and calls bind strongest
_STRONGEST = 3
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
    text = {id(x): f"x{n}" for n, x in enumerate(inputs)}
    names: dict[str, Any] = {}
    lines = []
    readers = collections.Counter([id(x) for step in order for x in step.inputs])
    readers.update([id(x) for x in outs] * 2)

    def name_of(x: Any) -> str:
        if type(x) is Step:
            return text[id(x)]
        value = float(x)
        if math.isfinite(value):
            return repr(value) if math.copysign(1.0, value) > 0 else f"({value!r})"
        return f"float('{value}')"

    binds: dict[int, int] = {}  # by id of a step whose text is a formula: how strongly it binds

    def within(x: Any, level: int) -> str:
        # Brackets that change nothing are left out: to read them took Python a third of its time.
        if type(x) is not Step:
            return name_of(x)
        return f"({text[id(x)]})" if binds.get(id(x), _STRONGEST) < level else text[id(x)]

    for k, step in enumerate(order):
        primitive = table.get(step.function)  # type: ignore[arg-type]  # no input
        call = primitive.scalar if primitive and not step.params else None
        sign = _SIGNS.get(call)
        if sign is not None:
            level = _BINDS[sign]  # a - b - c is (a - b) - c: only what stands on the right must bind stronger
            formula = within(step.inputs[0], level) + sign + within(step.inputs[1], level + 1)
        elif call is operator.neg:
            formula = f"(-{within(step.inputs[0], _STRONGEST)})"
        else:
            names[f"f{k}"] = call or float_call(step)
            formula = f"f{k}({', '.join(map(name_of, step.inputs))})"
        if readers[id(step)] == 1 and len(formula) < _LONGEST:
            text[id(step)] = formula
            if sign is not None:
                binds[id(step)] = _BINDS[sign]
        else:
            text[id(step)] = f"v{k}"
            lines.append(f"v{k} = {formula}")
    return lines, names, [name_of(x) for x in outs]
