"""Which steps share memory, where their values must end up, and until when they are read."""

from __future__ import annotations

from typing import Any

import numpy as np

from .randomness import DRAWS
from .steps import Step, assembled
from .values import getitem

_VIEWS = {getitem, np.transpose, np.broadcast_to}


class Lifetimes:
    """What is known of a program's memory before any is given out.

    Parameters
    ----------
    order : list of Step
        In the order in which they run.
    outs : list of Step or constant
        The results.
    inputs : list of Step
        What comes with each call.
    donated : dict
        Place of an output in `outs` to the place of the input whose array it overwrites.
    reuse : bool
        Whether results may stay in the program's own memory.

    Attributes
    ----------
    root : dict
        By ``id`` of a step, the step whose memory it looks at: itself, but for views and parts.
    last : dict
        By ``id`` of a root, the number of the step that reads it last.
    target : dict
        By ``id`` of a step, the donated input into whose array it is written.
    part : dict
        By ``id`` of a step, the assembled array it is written into, and where.
    fresh : set
        Ids of the steps whose result NumPy allocates anew at each call, because the caller keeps it.
    """

    def __init__(
        self,
        order: list[Step],
        inputs: list[Step],
        outs: list[Any],
        donated: dict[int, int],
        reuse: bool,
    ) -> None:
        self.root: dict[int, Step] = {id(x): x for x in inputs}
        self.views: set[int] = set()
        for step in order:
            seen = looked_at(step)
            if seen is not None:
                self.views.add(id(step))
            self.root[id(step)] = self.root[id(seen)] if seen is not None else step
        self.last = self._read_last(order, outs)
        self.target = self._targets(order, inputs, outs, donated)
        self.fresh = (
            set()
            if reuse
            else {
                id(x)
                for k, x in enumerate(outs)
                if type(x) is Step
                and k not in donated
                and id(x) not in self.views
                and x.function is not assembled
            }
        )
        self.part: dict[int, tuple[Step, Any, tuple[int, ...]]] = {}
        for step in order:
            if step.function is assembled:
                self._place_parts(step)
        if self.part:  # parts live in the memory of the whole now
            self.root.update({key: self.root[id(root)] for key, root in self.root.items()})
            self.last = self._read_last(order, outs)

    def _read_last(self, order: list[Step], outs: list[Any]) -> dict[int, int]:
        last = {}
        for k, step in enumerate(order):
            last[id(self.root[id(step)])] = k
            for x in step.inputs:
                if type(x) is Step:
                    last[id(self.root[id(x)])] = k
        last.update({id(self.root[id(x)]): len(order) for x in outs if type(x) is Step})
        return last

    def _targets(
        self, order: list[Step], inputs: list[Step], outs: list[Any], donated: dict[int, int]
    ) -> dict[int, Step]:
        """Outputs that can be written straight into a donated array, which nothing reads any more by then."""
        place = {id(step): k for k, step in enumerate(order)}
        found = {}
        for k, i in donated.items():
            out, made = outs[k], place.get(id(outs[k]), -1)
            if (
                made < 0
                or id(out) in self.views
                or sum(x is out for x in outs) > 1
                or not has_out(out)
                or out.function is assembled
            ):
                continue
            last = self.last.get(id(inputs[i]), -1)
            if last < made or (last == made and self.may_overwrite(out, inputs[i])):
                found[id(out)] = inputs[i]
        return found

    def may_overwrite(self, step: Step, x: Step) -> bool:
        """Whether `step` may be written over its input `x`: it works entry by entry, on no view besides."""
        if not isinstance(step.function, np.ufunc) or step.function.signature or id(x) in self.views:
            return False
        others = (y for y in step.inputs if type(y) is Step and y is not x)
        return all(self.root[id(y)] is not self.root[id(x)] for y in others)

    def _place_parts(self, whole: Step) -> None:
        for part, place in zip(whole.inputs, whole.params["places"], strict=True):
            source = part
            while (
                type(source) is Step
                and id(source) in self.views
                and _rows(source)
                and _rows(source.inputs[0])
            ):
                if source.function is getitem or source.function in _VIEWS:
                    break
                source = source.inputs[0]
            if (
                type(source) is Step
                and _rows(source)
                and has_out(source)
                and source.like.dtype == whole.like.dtype
                and not {id(source)} & (self.part.keys() | self.target.keys() | self.fresh | self.views)
                and np.may_share_memory(whole.like[place].reshape(source.like.shape), whole.like)
            ):
                self.part[id(source)] = whole, place, source.like.shape
                self.root[id(source)] = whole


def _rows(x: Any) -> bool:
    return type(x) is Step and isinstance(x.like, np.ndarray) and bool(x.like.flags.c_contiguous)


def looked_at(step: Step) -> Step | None:
    """The input whose memory the result looks at; `like` is brought up to date for views."""
    if not is_view(step):
        return step.seen
    x = step.inputs[0]
    like = step.function(x.like, *step.inputs[1:], **step.params)  # type: ignore[misc]  # a view has a function
    if not isinstance(like, np.ndarray) or not np.may_share_memory(like, x.like):
        return None
    step.like = like
    return x  # type: ignore[no-any-return]


def is_view(step: Step) -> bool:
    """Whether the call looks at the memory of its first input wherever it can."""
    named = getattr(step.function, "__name__", "") == "reshape"
    return (named or step.function in _VIEWS) and isinstance(
        getattr(step.inputs[0], "like", None), np.ndarray
    )


def has_out(step: Step) -> bool:
    """Whether NumPy can be told where to write the result."""
    function = step.function
    if not isinstance(step.like, np.ndarray) or not step.like.ndim or step.like.dtype.kind not in "fbiu":
        return False
    if function in REDUCTIONS or function in DRAWS or function is assembled:
        return True
    if getattr(function, "__name__", "") in COPIES:
        return True
    return isinstance(function, np.ufunc) and function.nout == 1 and not step.params


COPIES = ("cast", "contiguous")  # primitives of ours that only copy
REDUCTIONS = {np.sum: np.add, np.max: np.maximum, np.min: np.minimum}
