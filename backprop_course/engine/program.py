"""A program as it would be written by hand: one Python function of NumPy calls with all buffers made once.

It is generated as text, one line a step, and can be read: ``print(plan.source)``. A line costs what the NumPy
call costs; a loop over (function, arguments) pairs adds 60 ns to each, an eighth of a small call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .lifetimes import REDUCTIONS, Lifetimes, has_out, is_view
from .memory import Blocks, same_layout, shaped
from .randomness import DRAWS
from .rules import Primitive, table
from .steps import Step, assembled, uniform
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


class Program:
    """Lines of Python for the steps, the objects they name, and what stands for each result.

    Parameters
    ----------
    order, inputs, outs, donated, reuse
        See `Lifetimes`.

    Attributes
    ----------
    lines : list of str
        Statements; the inputs are called x0, x1, ...
    names : dict
        What the lines refer to.
    results : list of str
        One expression per output.
    bytes : int
        Memory of all buffers.
    """

    def __init__(
        self,
        order: list[Step],
        inputs: list[Step],
        outs: list[Any],
        donated: dict[int, int],
        reuse: bool,
    ) -> None:
        self.life = Lifetimes(order, inputs, outs, donated, reuse)
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"copyto": np.copyto}
        self.text: dict[int, str] = {}  # by id of a step: the expression that stands for it
        self.arrays: dict[int, Any] = {}  # by id of a step: the array that holds its value at every call
        self.block: dict[int, Any] = {}  # by id of a root: its memory
        self.called: dict[int, str] = {}  # by id of an object: its name
        self.blocks = Blocks()
        self.held: dict[int, list[str]] = {}  # by number of an input: lines that make views of it
        self.numbers = {id(x): n for n, x in enumerate(inputs)}
        self.donated_roots = {id(inputs[i]): i for i in donated.values()}
        for n, x in enumerate(inputs):
            self.text[id(x)] = f"x{n}"
        for k, step in enumerate(order):
            self._add(k, step)
            for root in {id(self.life.root[id(x)]) for x in (step, *step.inputs) if type(x) is Step}:
                if self.life.last[root] == k and root in self.block:
                    self.blocks.give_back(self.block.pop(root))
        self.results = self._finish(inputs, outs, donated, reuse)
        self.bytes = self.blocks.bytes

    # One line for each step.

    def _add(self, k: int, step: Step) -> None:
        if id(step) in self.life.views and is_view(step):
            self._add_view(step)
        elif not isinstance(step.like, np.ndarray):
            self._assign(step, self._scalar(step))
        elif not has_out(step):
            self._assign(step, self._plain(step))
        elif step.function is assembled:
            self._assemble(step)
        else:
            out = self._out_for(k, step)
            if out is None:
                self._assign(step, self._call(step, ""))
            else:
                self.text[id(step)] = out
                self.lines.append(self._call(step, out))

    def _assign(self, step: Step, expression: str) -> None:
        self.text[id(step)] = name = f"v{len(self.text)}"
        self.lines.append(f"{name} = {expression}")

    def _add_view(self, step: Step) -> None:
        x = step.inputs[0]
        if id(x) in self.arrays:  # the memory stays where it is: looked at once
            self._stays(step, step.function(self.arrays[id(x)], *step.inputs[1:], **step.params))  # type: ignore[misc]
            return
        self._assign(step, self._view(step))
        number = self.numbers.get(id(self.life.root[id(step)]))
        if number is not None:  # arrays mostly come back: looked at again only when another one comes
            self.held.setdefault(number, []).append(self.lines.pop())

    def _view(self, step: Step) -> str:
        x, params = self.text[id(step.inputs[0])], step.params
        if step.function is getitem:
            return f"{x}[{self._name(params['index'])}]"
        if step.function is np.transpose:
            axes = step.inputs[1] if len(step.inputs) > 1 else params.get("axes")
            return f"{x}.T" if axes is None else f"{x}.transpose({self._name(tuple(axes))})"
        if step.function is np.broadcast_to:
            return self._plain(step)
        return f"{x}.reshape({self._name(params['shape'])})"

    def _scalar(self, step: Step) -> str:
        """A call that makes a number; Python's operators do it four times faster, to the same bits."""
        likes = [x.like if type(x) is Step else x for x in step.inputs]
        numbers = all(type(x) in (float, int) or isinstance(x, np.floating) for x in likes)
        safe = step.function is not np.true_divide or type(step.like) is not float
        if numbers and not step.params and step.function in _SIGNS and safe:
            left, right = (self._operand(x) for x in step.inputs)
            return f"{left} {_SIGNS[step.function]} {right}"
        if type(step.like) is float:
            call = self._name(float_call(step))
            return f"{call}({', '.join(map(self._operand, step.inputs))})"
        if step.function is np.matmul:
            left, right = map(self._operand, step.inputs)
            return f"{left}.dot({right})" if type(step.inputs[0]) is Step else self._plain(step)
        if step.function in REDUCTIONS and not step.params.get("keepdims"):
            reduce = self._name(REDUCTIONS[step.function].reduce)
            x, axis = step.inputs[0], _axis(step.params)
            if axis is None and np.ndim(x.like) == 1:
                return f"{reduce}({self._operand(x)})"  # to look at None takes 0.1 us
            return f"{reduce}({self._operand(x)}, {self._name(axis)})"
        return self._plain(step)

    def _plain(self, step: Step) -> str:
        params = [f"{key}={self._name(value)}" for key, value in step.params.items()]
        return f"{self._name(step.function)}({', '.join([*map(self._operand, step.inputs), *params])})"

    def _call(self, step: Step, out: str) -> str:
        """A call that writes into `out`, or makes a new array where it is empty."""
        function, params = step.function, step.params
        into = f", {out}" if out else ""
        if function in DRAWS:
            method = getattr(
                params["rng"], "random" if "uniform" in DRAWS[function].name else "standard_normal"
            )
            return f"{self._name(method)}({self._name(step.like.shape)}, {self._name(params['dtype'])}{into})"
        if function in REDUCTIONS:
            call, x = self._name(REDUCTIONS[function].reduce), self._operand(step.inputs[0])
            keep = ", True" if params.get("keepdims") else ""
            return f"{call}({x}, {self._name(_axis(params))}, None, {out or None}{keep})"
        if not isinstance(function, np.ufunc):  # another dtype
            x = self._operand(step.inputs[0])
            return f"copyto({out}, {x})" if out else f"{x}.astype({self._name(step.like.dtype)})"
        if function is np.matmul and self._dots(step, out):
            # the same BLAS call by a third of the way: 0.5 us less
            return f"{self._operand(step.inputs[0])}.dot({self._operand(step.inputs[1])}{into})"
        operands = ", ".join(self._operand(self._constant(step, x)) for x in step.inputs)
        if function in (np.maximum, np.minimum):  # a third argument by place is refused by these
            into = f", out={out}" if out else ""
        return f"{self._name(function)}({operands}{into})"

    def _dots(self, step: Step, out: str) -> bool:
        """Whether `ndarray.dot` gives the bits of `np.matmul`: on floats, up to two axes each."""
        likes = [x.like if type(x) is Step else x for x in step.inputs]
        if not out:
            return False
        plain = all(isinstance(x, np.ndarray) and 1 <= x.ndim <= 2 and x.size for x in likes)
        target = self.life.target.get(id(step))
        rows = (self.arrays[id(step)] if target is None else target.like).flags.c_contiguous
        return plain and rows and step.like.dtype.char in "fd" and likes[0].dtype == likes[1].dtype

    def _constant(self, step: Step, x: Any) -> Any:
        """A constant as NumPy need not convert it: 0-d and of the right dtype (0.3 us less a number)."""
        if type(x) is Step or (c := uniform(x)) is None:
            return x
        others = [y.like for y in step.inputs if type(y) is Step]
        if type(c) in (float, int):
            dtype = np.result_type(*(y for y in others if not isinstance(y, float)))
            return np.asarray(c, dtype) if dtype.kind == "f" and step.function in _ONE_DTYPE else x
        covers = any(np.shape(y) == step.like.shape for y in others)
        return np.asarray(c) if covers else x

    # Memory.

    def _stays(self, step: Step, array: Any) -> None:
        self.arrays[id(step)] = array
        self.text[id(step)] = self._name(array, "b")

    def _out_for(self, k: int, step: Step) -> str | None:
        life = self.life
        if id(step) in life.target:
            return self.text[id(life.target[id(step)])]
        if id(step) in life.fresh:
            return None
        if id(step) in life.part:
            self._stays(step, self._part(step))
            return self.text[id(step)]
        for x in step.inputs:
            root = id(life.root[id(x)]) if type(x) is Step else 0
            if (
                root in self.block
                and root == id(x)
                and life.last[root] == k
                and life.may_overwrite(step, x)
                and same_layout(x.like, step.like)
            ):
                self.block[id(step)] = self.block.pop(root)
                self._stays(
                    step, self.arrays[id(x)]
                )  # the very same object: NumPy sees that nothing overlaps
                return self.text[id(step)]
        self.block[id(step)] = self.blocks.take(step.like.nbytes)
        self._stays(step, shaped(self.block[id(step)], step.like))
        return self.text[id(step)]

    def _whole(self, step: Step) -> Any:
        """The array of an assembled step, which its parts are written into beforehand."""
        if id(step) not in self.arrays:
            if id(step) in self.life.part:
                self._stays(step, self._part(step))
            else:
                self.block[id(step)] = self.blocks.take(step.like.nbytes)
                self._stays(step, shaped(self.block[id(step)], step.like))
        return self.arrays[id(step)]

    def _part(self, step: Step) -> Any:
        """The place of a part in the array that it is a part of."""
        whole, place, shape = self.life.part[id(step)]
        return self._whole(whole)[place].reshape(shape)

    def _assemble(self, step: Step) -> None:
        """Copy the parts that were computed elsewhere, and put zeros where there is no part."""
        whole = self._whole(step)
        covered = step.params["covered"]
        if not covered.all():
            rest = self._name(~covered)
            self.lines.append(f"copyto({self.text[id(step)]}, 0.0, where={rest})")
        for x, place in zip(step.inputs, step.params["places"], strict=True):
            inside = (
                type(x) is Step and id(x) in self.arrays and self.life.root[id(x)] is self.life.root[id(step)]
            )
            view = whole[place]
            if not (inside and _same_memory(self.arrays[id(x)], view)):
                self.lines.append(f"copyto({self._name(view, 'b')}, {self._operand(x)})")

    # Results.

    def _finish(self, inputs: list[Step], outs: list[Any], donated: dict[int, int], reuse: bool) -> list[str]:
        results, taken = [], set()
        moved = {}
        for k, x in enumerate(outs):
            text = self._operand(x)
            isarray = isinstance(x.like if type(x) is Step else x, np.ndarray)
            if k in donated and id(x) in self.life.target:
                results.append(text)
                continue
            own = (
                id(x) in self.life.fresh and x.function is not None and x.seen is None and id(x) not in taken
            )
            taken.add(id(x))
            if k in donated:  # could not be computed there: copied at the end, when all is read
                moved[self.text[id(inputs[donated[k]])]] = f"w{k}"
                copied = type(x) is Step and id(self.life.root[id(x)]) in self.donated_roots
                self.lines.append(f"w{k} = {text}" + (".copy()" if copied else ""))
                results.append(self.text[id(inputs[donated[k]])])
            elif isarray and not reuse and not own:
                self.lines.append(f"w{k} = {text}.copy('K')")
                results.append(f"w{k}")
            else:
                results.append(text)
        self.lines += [f"copyto({target}, {source})" for target, source in moved.items()]
        return results

    # Names.

    def _operand(self, x: Any) -> str:
        return self.text[id(x)] if type(x) is Step else self._name(x)

    def _name(self, x: Any, letter: str = "c") -> str:
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


def _same_memory(a: Any, b: Any) -> bool:
    return bool(a.size == b.size and a.__array_interface__["data"] == b.__array_interface__["data"])
