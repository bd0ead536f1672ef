"""A program as it would be written by hand: one Python function of NumPy calls with all buffers made once.

It is generated as text, one line a step, and can be read: ``print(plan.source)``. A line costs what the NumPy
call costs; a loop over (function, arguments) pairs adds 60 ns to each, an eighth of a small call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .lifetimes import Lifetimes, has_out, is_view
from .memory import Blocks, same_layout, shaped
from .steps import Step, assembled
from .wording import Wording


class Program(Wording):
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
        super().__init__(Lifetimes(order, inputs, outs, donated, reuse))
        self.lines: list[str] = []
        self.block: dict[int, Any] = {}  # by id of a root: its memory
        self.blocks = Blocks()
        self.held: dict[int, list[str]] = {}  # by number of an input: lines that make views of it
        self.numbers = {id(x): n for n, x in enumerate(inputs)}  # of inputs, and of what only looks at one
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
            self._assign(step, self.scalar(step))
        elif not has_out(step):
            self._assign(step, self.plain(step))
        elif step.function is assembled:
            self._assemble(step)
        else:
            out = self._out_for(k, step)
            if out is None:
                self._assign(step, self.call(step, ""))
            else:
                self.text[id(step)] = out
                self.lines.append(self.call(step, out))

    def _assign(self, step: Step, expression: str) -> None:
        self.text[id(step)] = name = f"v{len(self.text)}"
        self.lines.append(f"{name} = {expression}")

    def _add_view(self, step: Step) -> None:
        x = step.inputs[0]
        if id(x) in self.arrays:  # the memory stays where it is: looked at once
            self._stays(step, step.function(self.arrays[id(x)], *step.inputs[1:], **step.params))  # type: ignore[misc]
            return
        self._assign(step, self.view(step))
        number = self.numbers.get(id(x))
        if number is not None:  # arrays mostly come back: looked at again only when another one comes
            self.numbers[id(step)] = number
            self.held.setdefault(number, []).append(self.lines.pop())

    # Memory.

    def _stays(self, step: Step, array: Any) -> None:
        self.arrays[id(step)] = array
        self.text[id(step)] = self.name(array, "b")

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
            rest = self.name(~covered)
            self.lines.append(f"copyto({self.text[id(step)]}, 0.0, where={rest})")
        for x, place in zip(step.inputs, step.params["places"], strict=True):
            inside = (
                type(x) is Step and id(x) in self.arrays and self.life.root[id(x)] is self.life.root[id(step)]
            )
            view = whole[place]
            if not (inside and _same_memory(self.arrays[id(x)], view)):
                self.lines.append(f"copyto({self.name(view, 'b')}, {self.operand(x)})")

    # Results.

    def _finish(self, inputs: list[Step], outs: list[Any], donated: dict[int, int], reuse: bool) -> list[str]:
        results, taken = [], set()
        moved = {}
        for k, x in enumerate(outs):
            text = self.operand(x)
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


def _same_memory(a: Any, b: Any) -> bool:
    return bool(a.size == b.size and a.__array_interface__["data"] == b.__array_interface__["data"])
