"""From what was recorded to the steps of a program: primitives of our own are NumPy calls, too.

A primitive of ours that is written in NumPy's functions is called again on Tensors, and what that records
takes its place: all of it then gets buffers, and what two of them compute alike is computed once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import CourseError
from .randomness import DRAWS
from .rules import Primitive
from .steps import Step, Steps, joined, put_down
from .tensor import Tensor
from .walks import topological_order

_AS_THEY_ARE = {
    "reshape",
    "getitem",
    "cast",
    "pick",
    "input",
}  # one call each: nothing is gained by a look inside


def lowered(outs: list[Any], inputs: list[Tensor]) -> tuple[Steps, list[Step], list[Any], list[Tensor]]:
    """Steps for all that `outs` are computed from; the inputs and outputs among them; Tensors from elsewhere.

    Must be called while `compile` traces, for primitives of ours are called again. What depends on no input
    is a constant.
    """
    lowering = _Lowering()
    found = [lowering.steps.input(t.value) for t in inputs]
    lowering.known.update({id(t): step for t, step in zip(inputs, found, strict=True)})
    lowering.add(topological_order(x for x in outs if isinstance(x, Tensor)))
    return lowering.steps, found, [lowering.of(x) for x in outs], lowering.leaves


class _Lowering:
    def __init__(self) -> None:
        self.steps = Steps()
        self.known: dict[int, Any] = {}  # by id of a Tensor: its step, or the constant that it is
        self.leaves: list[Tensor] = []  # what `f` found elsewhere than in its arguments
        self.alive: list[Tensor] = []  # Tensors made here: their ids must stay theirs

    def of(self, x: Any) -> Any:
        """The step of an input of a call, or the constant."""
        return self.known.get(id(x), x)

    def add(self, order: list[Tensor]) -> None:
        """Enter recorded calls, each after those that it needs; a leaf is a constant."""
        known = self.known
        for t in order:
            if id(t) in known:
                continue
            if (p := t.primitive) is None:
                known[id(t)] = t.value
                self.leaves.append(t)
            else:
                known[id(t)] = self.entered(t, p, t.inputs, t.params)

    def entered(self, t: Tensor, primitive: Primitive, given: tuple[Any, ...], params: dict[str, Any]) -> Any:
        known = self.known
        function, inputs = primitive.function, tuple([known.get(id(x), x) for x in given])
        if isinstance(function, np.ufunc):
            constant = Step not in map(type, inputs)
            return t.value if constant else self.steps.call(function, inputs, params, t.value)
        if function in DRAWS:
            return self.steps.draw(function, params, t.value)
        if Step not in map(type, inputs):
            return t.value
        if primitive.name in ("lifted", "detached"):
            return inputs[0]
        if type(t.value) is float:
            return self.steps.call(function, inputs, params, t.value)
        if function is np.mean and t.dtype.char in "fd" and t.dtype == given[0].dtype:
            return self._mean(t, inputs[0], params)
        numpys = str(function.__module__).startswith("numpy")
        raw = None if numpys else getattr(function, "__wrapped__", None)  # of what `primitive` made
        if raw is not None and primitive.ours:
            special = self._in_parts(t, primitive.name, inputs, params)
            if special is not None:
                return special
            if primitive.name not in _AS_THEY_ARE:
                found = self._written_out(raw, primitive, given, inputs, params)
                if found is not None:
                    return found
        step = self.steps.call(raw or function, inputs, params, t.value)
        if isinstance(t.value, np.ndarray):  # a view of an input, or the input itself
            values = ((x, step) for x, step in zip(given, inputs, strict=True) if type(step) is Step)
            step.seen = next((s for x, s in values if np.may_share_memory(x.value, t.value)), None)
        return step

    def _mean(self, t: Tensor, x: Step, params: dict[str, Any]) -> Any:
        """The sum by the number of entries, which is how NumPy does it for these dtypes."""
        total = np.sum(x.like, **params)
        count = x.like.size // max(total.size, 1)
        return self.steps.call(
            np.true_divide, (self.steps.call(np.sum, (x,), params, total), count), {}, t.value
        )

    def _in_parts(self, t: Tensor, name: str, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if name == "put":
            return put_down(self.steps, inputs[0], like=t.value, **params)
        if name == "concatenate" and all(
            np.asarray(x.like if type(x) is Step else x).dtype == t.dtype for x in inputs
        ):
            return joined(self.steps, inputs, like=t.value, **params)
        return self._affine(t, inputs) if name == "affine" else None

    def _affine(self, t: Tensor, inputs: tuple[Any, ...]) -> Any:
        """Product and sum, known without a call: that would multiply the matrices again."""
        x, W, b = [x.like if type(x) is Step else np.asarray(x) for x in inputs]
        usual = x.ndim == W.ndim == 2 and b.ndim == 1 and x.dtype == W.dtype == b.dtype
        if not usual or Step not in map(type, inputs[:2]):
            return None
        product = self.steps.call(np.matmul, inputs[:2], {}, t.value)
        return self.steps.call(np.add, (product, inputs[2]), {}, t.value)

    def _written_out(
        self, raw: Any, primitive: Primitive, given: Any, inputs: tuple[Any, ...], params: dict[str, Any]
    ) -> Any:
        """The calls that `raw` makes; None where it looks at values and so has to be one call of its own."""
        handed = [x if type(step) is Step else step for x, step in zip(given, inputs, strict=True)]
        try:
            out = raw(*handed, **params)
        except CourseError:
            return None
        order = self._unknown(out)
        if not isinstance(out, Tensor) or any(t.primitive is primitive for t in order):
            return None
        self.add(order)
        return self.of(out)

    def _unknown(self, out: Any) -> list[Tensor]:
        """Tensors that `out` is computed from and that have no step yet, inputs before what uses them."""
        found: list[Tensor] = []
        stack = [out] if isinstance(out, Tensor) else []
        done: set[int] = set()
        while stack:
            t = stack[-1]
            if id(t) in self.known or id(t) in done:
                stack.pop()
                continue
            before = [
                x for x in t.inputs if isinstance(x, Tensor) and id(x) not in self.known and id(x) not in done
            ]
            if before:
                stack += before
            else:
                found.append(stack.pop())
                done.add(id(t))
        self.alive += found
        return found
