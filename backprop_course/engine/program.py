"""A recorded graph as a program: NumPy calls with their arguments laid out, and buffers allocated once.

Each step is a function and a list of arguments, results included (NumPy's ``out``). A buffer is used again
once its value has been read for the last time, in place where the operation works entry by entry. What
changes from call to call (inputs, views of them, results without ``out``) is written into the argument lists.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .bare import Bare
from .tensor import Tensor
from .values import getitem

Call = Callable[..., Any]
Spot = tuple[list[Any], int]  # an argument list and a place in it

_VIEWS = {"reshape", "transpose", "broadcast_to", "getitem"}


def _sum(x: Any, out: Any, axis: Any = None, keepdims: bool = False) -> tuple[Call, list[Any]]:
    return np.add.reduce, [x, tuple(axis) if isinstance(axis, list) else axis, None, out, keepdims]


def _extremum(ufunc: np.ufunc) -> Callable[..., tuple[Call, list[Any]]]:
    def call(x: Any, out: Any, axis: Any = None, keepdims: bool = False) -> tuple[Call, list[Any]]:
        return ufunc.reduce, [x, tuple(axis) if isinstance(axis, list) else axis, None, out, keepdims]

    return call


_OUT_OF_REDUCE = 3  # place of ``out`` among the arguments of ufunc.reduce
_WITH_OUT: dict[
    Any, Callable[..., tuple[Call, list[Any]]]
] = {  # how NumPy takes the result of what is no ufunc
    np.sum: _sum,
    np.max: _extremum(np.maximum),
    np.min: _extremum(np.minimum),
}


_POSITIONAL: dict[Any, Call] = {  # NumPy does not take a third argument of these for the result
    np.maximum: lambda a, b, out: np.maximum(a, b, out=out),
    np.minimum: lambda a, b, out: np.minimum(a, b, out=out),
}


class Program:
    """Steps, and where inputs go in and results come out.

    Parameters
    ----------
    order : list of Tensor
        Computed Tensors, inputs before what uses them.
    inputs, outs : list of Tensor
        Whose values come with each call, and whose are wanted.
    donated : dict
        Place of an output in `outs` to the place of the input whose array it may overwrite.
    """

    def __init__(
        self, order: list[Tensor], inputs: list[Tensor], outs: list[Tensor], donated: dict[int, int]
    ) -> None:
        self.steps: list[tuple[Call, list[Any]]] = []
        self.input_spots: list[list[Spot]] = [[] for _ in inputs]
        self.dynamic = {id(t): spots for t, spots in zip(inputs, self.input_spots, strict=True)}
        self.arrays: dict[
            int, Any
        ] = {}  # by id of the Tensor: the buffer, view or constant that holds its value
        self.owner: dict[int, int] = {}  # by id of a Tensor that is a view: whose memory it looks at
        self.last_read = self._reads(order, outs)
        self.free: dict[Any, list[Any]] = {}
        self.buffer_of: dict[int, Any] = {}
        self.bytes = 0
        self.targets = self._donations(order, inputs, outs, donated)
        for k, t in enumerate(order):
            self._add(k, t)
        self.results: list[list[Any]] = []
        for k, t in enumerate(outs):
            cell = [None]
            self._read(t, cell, 0)
            self.results.append(cell)
            if (
                k in donated and id(t) not in self.targets
            ):  # could not be computed in place: copied at the end
                self._copy_to(inputs[donated[k]], t)

    # Who reads what, and when for the last time.

    def _reads(self, order: list[Tensor], outs: list[Tensor]) -> dict[int, int]:
        for t in order:
            node = _node(t)
            first = node.inputs[0] if node.inputs else None
            if isinstance(first, Tensor) and _is_view(t, first):
                self.owner[id(t)] = self.owner.get(id(first), id(first))
        last: dict[int, int] = {}
        for k, t in enumerate(order):
            for x in _node(t).inputs:
                if isinstance(x, Tensor):
                    last[self.owner.get(id(x), id(x))] = k
        for t in outs:
            last[self.owner.get(id(t), id(t))] = len(order)
        return last

    def _donations(
        self, order: list[Tensor], inputs: list[Tensor], outs: list[Tensor], donated: dict[int, int]
    ) -> dict[int, int]:
        """Outputs to be written straight into the array of a donated input, which is read no more by then."""
        place = {id(t): k for k, t in enumerate(order)}
        direct = {}
        for o, i in donated.items():
            made = place.get(id(outs[o]))
            if made is None or id(outs[o]) in self.owner or sum(t is outs[o] for t in outs) > 1:
                continue
            last = self.last_read.get(id(inputs[i]), -1)
            in_place = last == made and isinstance(_node(outs[o]).primitive.function, np.ufunc)
            if (last < made or in_place) and self._has_out(outs[o]):
                direct[id(outs[o])] = i
        return direct

    # One step for each Tensor.

    def _add(self, k: int, t: Tensor) -> None:
        node, function = _node(t), _node(t).primitive.function
        if id(t) in self.owner:
            self._add_view(t, node)
        elif self._has_out(t):
            self._add_with_out(k, t, node, function)
        else:
            self._add_plain(t, node, function)
        for x in {self.owner.get(id(x), id(x)) for x in node.inputs if isinstance(x, Tensor)}:
            if self.last_read.get(x) == k and x in self.buffer_of and self.buffer_of[x] is not None:
                self._release(x)

    def _has_out(self, t: Tensor) -> bool:
        function = _node(t).primitive.function
        if not isinstance(t.value, np.ndarray | np.generic) or t.value.dtype.kind not in "fbiu":
            return False
        if function in _WITH_OUT:
            return True
        return isinstance(function, np.ufunc) and function.nout == 1 and not _node(t).params

    def _add_view(self, t: Tensor, node: Tensor) -> None:
        x = node.inputs[0]
        rest, params, function = list(node.inputs[1:]), node.params, node.primitive.function
        if id(x) in self.arrays:  # the memory stays where it is: looked at once
            self.arrays[id(t)] = function(self.arrays[id(x)], *rest, **params)
        else:
            self._add_plain(t, node, function)

    def _add_plain(self, t: Tensor, node: Tensor, function: Call) -> None:
        """A call whose result is a new object each time; it is handed on to all who read it."""
        args: list[Any] = [None] * len(node.inputs)
        for position, x in enumerate(node.inputs):
            self._read(x, args, position)
        spots: list[Spot] = []
        self.dynamic[id(t)] = spots
        params = node.params

        def run(*values: Any) -> None:
            value = function(*values, **params)
            for holder, place in spots:
                holder[place] = value

        self.steps.append((run, args))

    def _add_with_out(self, k: int, t: Tensor, node: Tensor, function: Call) -> None:
        out = self._out_for(k, t, node)
        if function in _WITH_OUT:
            call, args = _WITH_OUT[function](None, out, **node.params)
            self._read(node.inputs[0], args, 0)
            place = _OUT_OF_REDUCE
        else:
            call, args = _POSITIONAL.get(function, function), [None] * len(node.inputs) + [out]
            for position, x in enumerate(node.inputs):
                self._read(x, args, position)
            place = len(node.inputs)
        if id(t) in self.targets:
            spots = self.input_spots[self.targets[id(t)]]
            spots.append((args, place))
            self.dynamic[id(t)] = spots
        else:
            self.arrays[id(t)] = out
        self.steps.append((call, args))

    def _copy_to(self, target: Tensor, source: Tensor) -> None:
        args: list[Any] = [None, None]
        self._read(target, args, 0)
        self._read(source, args, 1)
        self.steps.append((np.copyto, args))

    def _read(self, x: Any, args: list[Any], position: int) -> None:
        """Put the value of `x` into an argument list: now if it stays the same object, else when known."""
        if not isinstance(x, Bare):
            args[position] = x
        elif id(x) in self.arrays:
            args[position] = self.arrays[id(x)]
        elif id(x) in self.dynamic:
            self.dynamic[id(x)].append((args, position))
        else:
            args[position] = self.arrays[id(x)] = x.value  # computed from constants alone

    # Buffers.

    def _out_for(self, k: int, t: Tensor, node: Tensor) -> Any:
        if id(t) in self.targets:
            return None
        key = _layout(t.value)
        if isinstance(node.primitive.function, np.ufunc) and node.primitive.function.signature is None:
            for x in (
                node.inputs
            ):  # entry by entry: the result may take the place of an input read here for the last time
                dying = isinstance(x, Tensor) and self.last_read.get(id(x)) == k and id(x) not in self.owner
                if dying and self.buffer_of.get(id(x)) is not None and _layout(x.value) == key:
                    buffer = self.buffer_of[id(x)]
                    self.buffer_of[id(x)] = None
                    self.buffer_of[id(t)] = buffer
                    return buffer
        waiting = self.free.get(key)
        if waiting:
            buffer = waiting.pop()
        else:
            buffer = np.empty_like(np.asarray(t.value))  # the same order of memory: sums round the same
            self.bytes += buffer.nbytes
        self.buffer_of[id(t)] = buffer
        return buffer

    def _release(self, key: int) -> None:
        buffer, self.buffer_of[key] = self.buffer_of[key], None
        self.free.setdefault(_layout(buffer), []).append(buffer)

    def run(self, values: list[Any]) -> list[Any]:
        """Run all steps on the values of the inputs; the results are still the program's own buffers."""
        for spots, value in zip(self.input_spots, values, strict=True):
            for args, place in spots:
                args[place] = value
        for call, arguments in self.steps:
            call(*arguments)
        return [cell[0] for cell in self.results]


def _layout(value: Any) -> tuple[Any, ...]:
    """What two buffers must have in common to stand for each other."""
    return (np.shape(value), value.dtype, getattr(value, "strides", ()))


def _node(t: Tensor) -> Tensor:
    node = t.node
    assert isinstance(node, Tensor)  # a program is made of computed Tensors
    return node


def _is_view(t: Tensor, x: Tensor) -> bool:
    function = _node(t).primitive
    if function.name not in _VIEWS and function.function is not getitem:
        return False
    return (
        isinstance(t.value, np.ndarray)
        and isinstance(x.value, np.ndarray)
        and np.may_share_memory(t.value, x.value)
    )
