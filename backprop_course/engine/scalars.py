"""Graphs of Python's floats: operators that know their slopes, and a reverse walk over nothing else.

Such a graph costs what Python's calls and objects cost, and none is spent here that can be saved: the formula
stands in the operator instead of behind a call, the partial derivatives are computed while the operands are
at hand, and the walk keeps its cotangents in the Tensors. That is three times as fast as `record` and
`pullback` (`benchmarks/`), which say the same in general and take over wherever something else takes part.
"""

from __future__ import annotations

import threading
from collections.abc import Set
from operator import attrgetter
from typing import Any

import numpy as np

from .modes import switched_on as switched_on  # these names stand in the text of the operators
from .modes import tick as tick
from .rules import entry
from .tensor import NONE, Tensor
from .tensor import record as record


class Scalar(Tensor):
    """What an operator makes of two floats: a Tensor that remembers its operands with their slopes."""

    __slots__ = ("left", "left_slope", "right", "right_slope")

    left: Any  # an operand: a Tensor or a float
    left_slope: float  # the partial derivative by it
    right: Any
    right_slope: float
    requires_grad = True

    __init__ = object.__init__  # nothing to do: no call of Python, and a quarter less than `object.__new__`
    inputs = property(lambda self: (self.left, self.right))
    values = property(lambda self: [getattr(x, "value", x) for x in self.inputs])
    params = property(lambda self: NONE)

    @property
    def name(self) -> str | None:
        """The name that somebody gave it."""
        try:
            name: str | None = _name.__get__(self)
            return name
        except AttributeError:
            return None

    @name.setter
    def name(self, name: str | None) -> None:
        _name.__set__(self, name)

    def detach(self) -> Any:
        """Return a constant with the same value."""
        return Tensor(self.value, name=self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        return Tensor, (self.value, self.requires_grad, self.name)


_name: Any = Tensor.name

_SOURCE = """
def made_for(primitive):
    def operator(self, other):
        {own}, kind = self.value, type(other)
        if kind is Scalar:
            {others} = other.value
        else:
            {others} = other if kind is float else other.value if isinstance(other, Tensor) else None
        if type({others}) is float and not switched_on{and_own}:
            out = Scalar()
            try:
                out.value = {value}
                out.left_slope, out.right_slope = {left_slope}, {right_slope}
            except ArithmeticError:  # a corner: NumPy gives inf or nan
                return record(primitive, ({left}, {right}))
            out.left, out.right = {left}, {right}
            out.primitive, out.number, out.grad = primitive, tick(), None
            return out
        return record(primitive, ({left}, {right}))
    return operator
"""
_SIDES = (
    {"own": "a", "others": "b", "left": "self", "right": "other"},
    {"own": "b", "others": "a", "left": "other", "right": "self"},
)
_CONDITIONS = {  # of a Scalar it is known that its value is a float and that a gradient is wanted of it
    Scalar: "",
    Tensor: " and type({own}) is float and (self.requires_grad or getattr(other, 'requires_grad', False))",
}


def _write_out(name: str, ufunc: np.ufunc, value: str, left_slope: str, right_slope: str) -> None:
    """Write out an operator and its reflected twin, from formulas in `a` and `b`."""
    for kind, condition in _CONDITIONS.items():
        for prefix, side in zip(("__", "__r"), _SIDES, strict=True):
            formulas = {"value": value, "left_slope": left_slope, "right_slope": right_slope}
            text = _SOURCE.format(and_own=condition.format(**side), **formulas, **side)
            own: dict[str, Any] = {}
            exec(compile(text, __file__, "exec"), globals(), own)  # our own text and formulas
            setattr(kind, f"{prefix}{name}__", own["made_for"](entry(ufunc)))


_write_out("add", np.add, "a + b", "1.0", "1.0")
_write_out("sub", np.subtract, "a - b", "1.0", "-1.0")
_write_out("mul", np.multiply, "a * b", "b", "a")
_write_out("truediv", np.true_divide, "a / b", "1.0 / b", "-a / b / b")

_walking = threading.Lock()


def pullback_of_floats(
    out: Tensor, out_bar: float, ends: Set[Tensor] = frozenset()
) -> dict[Tensor, float] | None:
    """Walk back from `out`; return the cotangents of leaves and `ends`, and leave those between as `grad`.

    Returns `None` where that is a matter for `pullback`: if anything but a `Scalar`, a leaf or one of `ends`
    takes part, if a Scalar is older than the `ends` and so not theirs, if a leaf was written meanwhile.
    """
    since = min((x.number for x in ends), default=0)
    zero = float("0")  # a new object: what has it as `grad` has been seen by this walk
    ends_met: list[Any] = []
    leaves: dict[Tensor, Any] = {}  # and what their `grad` was
    order: list[Any] = [out]
    with _walking:
        out.grad = zero
        try:
            for t in order:  # which grows meanwhile
                a, b = t.left, t.right
                if type(a) is Scalar:
                    if a.grad is not zero:
                        if a.number < since:
                            return None
                        a.grad = zero
                        order.append(a)
                elif type(a) is not float:
                    ends_met.append(a)
                if type(b) is Scalar:
                    if b.grad is not zero:
                        if b.number < since:
                            return None
                        b.grad = zero
                        order.append(b)
                elif type(b) is not float:
                    ends_met.append(b)
            order.sort(key=attrgetter("number"), reverse=True)
            for x in dict.fromkeys(ends_met):
                if (x.primitive is not None and x not in ends) or x.number > order[-1].number:
                    return None
                leaves[x] = x.grad
            for x in leaves:
                x.grad = 0.0
            out.grad = out_bar
            for t in order:
                a, b, bar = t.left, t.right, t.grad
                if type(a) is not float:
                    a.grad += bar * t.left_slope
                if type(b) is not float:
                    b.grad += bar * t.right_slope
            return {x: x.grad for x in leaves}
        finally:
            for x, before in leaves.items():
                x.grad = before
