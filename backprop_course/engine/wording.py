"""How each call is written: the quickest way that NumPy has to do it, to the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from .lifetimes import REDUCTIONS, Lifetimes
from .randomness import DRAWS
from .rules import Primitive, table
from .steps import Step, uniform
from .values import getitem, of_floats

_ONE_DTYPE = {  # these compute in the dtype of their arrays, whatever numbers are beside them
    *(
        np.add,
        np.subtract,
        np.multiply,
        np.true_divide,
        np.power,
        np.maximum,
        np.minimum,
        np.equal,
        np.not_equal,
    ),
    *(np.less, np.less_equal, np.greater, np.greater_equal, np.logaddexp, np.hypot, np.arctan2, np.copysign),
}
_SIGNS = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}


class Wording:
    """Expressions for steps, and the objects that they name.

    Attributes
    ----------
    names : dict
        What the expressions refer to.
    text : dict
        By ``id`` of a step, the expression that stands for it.
    arrays : dict
        By ``id`` of a step, the array that holds its value at every call.
    """

    def __init__(self, life: Lifetimes) -> None:
        self.life = life
        self.names: dict[str, Any] = {"copyto": np.copyto}
        self.text: dict[int, str] = {}
        self.arrays: dict[int, Any] = {}
        self.called: dict[int, str] = {}  # by id of an object: its name

    def view(self, step: Step) -> str:
        """A view of what has its place only when the program runs."""
        x, params = self.text[id(step.inputs[0])], step.params
        if step.function is getitem:
            return f"{x}[{self.name(params['index'])}]"
        if step.function is np.transpose:
            axes = step.inputs[1] if len(step.inputs) > 1 else params.get("axes")
            return f"{x}.T" if axes is None else f"{x}.transpose({self.name(tuple(axes))})"
        if step.function is np.broadcast_to:
            return self.plain(step)
        return f"{x}.reshape({self.name(params['shape'])})"

    def scalar(self, step: Step) -> str:
        """A call that makes a number; Python's operators do it four times faster, to the same bits."""
        likes = [x.like if type(x) is Step else x for x in step.inputs]
        numbers = all(type(x) in (float, int) or isinstance(x, np.floating) for x in likes)
        safe = step.function is not np.true_divide or type(step.like) is not float
        if numbers and not step.params and step.function in _SIGNS and safe:
            left, right = (self.operand(x) for x in step.inputs)
            return f"{left} {_SIGNS[step.function]} {right}"
        if type(step.like) is float:
            call = self.name(float_call(step))
            return f"{call}({', '.join(map(self.operand, step.inputs))})"
        if step.function is np.matmul:
            left, right = map(self.operand, step.inputs)
            return f"{left}.dot({right})" if type(step.inputs[0]) is Step else self.plain(step)
        if step.function in REDUCTIONS and not step.params.get("keepdims"):
            reduce = self.name(REDUCTIONS[step.function].reduce)
            x, axis = step.inputs[0], _axis(step.params)
            if axis is None and np.ndim(x.like) == 1:
                return f"{reduce}({self.operand(x)})"  # to look at None takes 0.1 us
            return f"{reduce}({self.operand(x)}, {self.name(axis)})"
        return self.plain(step)

    def plain(self, step: Step) -> str:
        """The call as it was recorded."""
        params = [f"{key}={self.name(value)}" for key, value in step.params.items()]
        return f"{self.name(step.function)}({', '.join([*map(self.operand, step.inputs), *params])})"

    def call(self, step: Step, out: str) -> str:
        """A call that writes into `out`, or makes a new array where it is empty."""
        function, params = step.function, step.params
        into = f", {out}" if out else ""
        if function in DRAWS:
            method = getattr(
                params["rng"], "random" if "uniform" in DRAWS[function].name else "standard_normal"
            )
            return f"{self.name(method)}({self.name(step.like.shape)}, {self.name(params['dtype'])}{into})"
        if function in REDUCTIONS:
            call, x = self.name(REDUCTIONS[function].reduce), self.operand(step.inputs[0])
            keep = ", True" if params.get("keepdims") else ""
            return f"{call}({x}, {self.name(_axis(params))}, None, {out or None}{keep})"
        if not isinstance(function, np.ufunc):  # one of COPIES
            return f"copyto({out}, {self.operand(step.inputs[0])})" if out else self.plain(step)
        if function is np.matmul and self.dots(step, out):
            # the same BLAS call by a third of the way: 0.5 us less
            return f"{self.operand(step.inputs[0])}.dot({self.operand(step.inputs[1])}{into})"
        operands = ", ".join(self.operand(self.constant(step, x)) for x in step.inputs)
        if function in (np.maximum, np.minimum):  # a third argument by place is refused by these
            into = f", out={out}" if out else ""
        return f"{self.name(function)}({operands}{into})"

    def dots(self, step: Step, out: str) -> bool:
        """Whether `ndarray.dot` gives the bits of `np.matmul`: on floats, up to two axes each."""
        likes = [x.like if type(x) is Step else x for x in step.inputs]
        if not out:
            return False
        plain = all(isinstance(x, np.ndarray) and 1 <= x.ndim <= 2 and x.size for x in likes)
        target = self.life.target.get(id(step))
        rows = (self.arrays[id(step)] if target is None else target.like).flags.c_contiguous
        return plain and rows and step.like.dtype.char in "fd" and likes[0].dtype == likes[1].dtype

    def constant(self, step: Step, x: Any) -> Any:
        """A constant as NumPy need not convert it: 0-d and of the right dtype (0.3 us less a number)."""
        if type(x) is Step or (c := uniform(x)) is None:
            return x
        others = [y.like for y in step.inputs if type(y) is Step]
        if type(c) in (float, int):
            dtype = np.result_type(*(y for y in others if not isinstance(y, float)))
            return np.asarray(c, dtype) if dtype.kind == "f" and step.function in _ONE_DTYPE else x
        covers = any(np.shape(y) == step.like.shape for y in others)
        return np.asarray(c) if covers else x

    # Names.

    def operand(self, x: Any) -> str:
        """The expression for a step or a constant."""
        return self.text[id(x)] if type(x) is Step else self.name(x)

    def name(self, x: Any, letter: str = "c") -> str:
        """Write `x` into a line: as it is, or by a name."""
        if x is None or type(x) in (bool, int, str) or (type(x) is float and np.isfinite(x)):
            return repr(x) if not isinstance(x, float | int) or x >= 0 else f"({x!r})"
        if type(x) is tuple and all(type(n) is int for n in x):
            return repr(x)
        found = self.called.get(id(x))
        if found is None:
            word = getattr(x, "__name__", "")
            numpys = isinstance(x, np.ufunc) or str(getattr(x, "__module__", "")).startswith("numpy")
            if numpys and word.isidentifier() and self.names.get(word, x) is x:
                found = word
            elif word == "reduce" and getattr(x, "__self__", None) in REDUCTIONS.values():
                found = f"{x.__self__.__name__}_reduce"
            else:
                found = f"{letter}{len(self.names)}"
            self.called[id(x)], self.names[found] = found, x
        return found


def float_call(step: Step) -> Any:
    """The call as the tape makes it on Python's floats."""
    function, params = step.function, step.params
    primitive = table.get(function) or Primitive(function)  # type: ignore[arg-type]  # no input
    return lambda *values: of_floats(primitive, list(values), params)


def _axis(params: dict[str, Any]) -> Any:
    axis = params.get("axis")
    return tuple(axis) if isinstance(axis, list) else axis
