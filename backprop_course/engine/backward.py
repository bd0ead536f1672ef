"""`Tensor.backward`: one reverse walk, and where its cotangents are kept."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numpy as np

from . import refusals
from .bare import values_in
from .modes import mode
from .scalars import Scalar, pullback_of_floats
from .tensor import Tensor
from .walks import pullback, topological_order


def backward(out: Tensor, grad: Any = None) -> None:
    """Fill in `grad` of everything this Tensor was computed from.

    Leaves add to their `grad` over calls, inner nodes get a fresh one each time.

    Parameters
    ----------
    grad : array_like, the shape of this Tensor, optional
        The cotangent to start from, in this Tensor's shape; 1.0 by default, for one entry.

    Raises
    ------
    NotScalarError, ShapeError
        If `grad` is left out and there is more than one entry; if it has another shape.
    GraphError, StaleValueError
        If this Tensor wants no gradient; if a leaf was assigned to since it was used.
    """
    if not out.requires_grad:
        raise refusals.no_graph()
    start = _start(out, grad)
    if type(out) is Scalar and not mode.anomaly:
        of_leaves = pullback_of_floats(out, start)
        if of_leaves is not None:
            for leaf, share in of_leaves.items():
                if leaf.requires_grad:
                    leaf.grad = share if leaf.grad is None else leaf.grad + share
            return
    bars = {out: start}
    walk_back(out, bars)
    taken = {id(grad)}  # arrays that are some Tensor's gradient already: no leaf shares one
    leaves = []
    for t, bar in bars.items():
        if t.primitive is None:
            leaves.append(t)
        else:
            t.grad = bar
            taken.add(id(bar))
    for t in leaves:
        bar = _own(bars[t], t, taken)
        t.grad = bar if t.grad is None else t.grad + bar


def walk_back(out: Tensor, bars: dict[Tensor, Any]) -> None:
    """Fill `bars` as `pullback` does, for one output and all that wants a gradient.

    What was met waits in a heap, the latest on top: no order is made beforehand, and where every rule is ours
    there is little to ask. That is a seventh of a step of a small net. From a user's rule on, the rest is
    left to `pullback`, with the cotangents as they are by then.
    """
    waiting = [(-out.number, out)] if out.primitive is not None else []
    while waiting:
        t = heappop(waiting)[1]
        p, number, params = t.primitive, t.number, t.params
        if not p.ours or mode.special:
            pullback(topological_order([t, *(x for _, x in waiting)]), bars)
            return
        vjp, handed = p.vjp, (bars[t], t.value, *t.values)
        for position, x in enumerate(t.inputs):
            if not isinstance(x, Tensor):
                continue
            if x.number > number:
                raise refusals.stale(p.name, getattr(t, "where", ""))
            if x.requires_grad:
                x_bar = vjp[position](*handed, **params) if params else vjp[position](*handed)
                if x in bars:
                    bars[x] = bars[x] + x_bar
                else:
                    bars[x] = x_bar
                    if x.primitive is not None:
                        heappush(waiting, (-x.number, x))


Tensor.backward = backward
_ONE = np.float64(1.0)


def _start(out: Tensor, grad: Any) -> Any:
    """The cotangent to start from, in the shape of `out`."""
    if grad is None and type(out.value) is np.float64:
        return _ONE
    if grad is None and out.size != 1:
        mend = "reduce with .sum() or .mean(), or hand in the cotangent: backward(grad)"
        raise refusals.not_one_entry(
            "backward() without grad needs one number to start from.", out.shape, mend
        )
    if type(out.value) is float and (grad is None or np.ndim(values_in(grad)) == 0):
        return 1.0 if grad is None else float(values_in(grad))
    if grad is None and not out.shape:
        return out.dtype.type(1.0)
    start = np.ones(out.shape, out.dtype) if grad is None else np.asarray(values_in(grad))
    if start.shape != out.shape:
        what = "backward() was given a grad of the wrong shape."
        raise refusals.shapes(what, out.shape, start.shape, "give it the shape of the Tensor")
    return start[()]


def _own(bar: Any, x: Tensor, taken: set[int]) -> Any:
    """Return `bar` as an array that nothing else refers to, in the dtype of `x`."""
    value = x.value
    if type(value) is float:
        return float(bar)
    if type(bar) is not np.ndarray:
        return x.dtype.type(bar)
    if id(bar) in taken or bar.base is not None or bar.dtype != value.dtype or not bar.flags.writeable:
        bar = bar.astype(value.dtype)
    taken.add(id(bar))
    return bar
