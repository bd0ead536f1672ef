"""The two walks over a recorded graph: `pullback` carries cotangents back, `pushforward` tangents ahead.

Both visit the Tensors in the order in which they were computed, or against it, and ask the primitive of each
for its rule. Neither knows any function by name.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from operator import attrgetter
from typing import Any

from . import refusals
from .modes import assert_finite, mode
from .tensor import Tensor
from .values import checked


def topological_order(outs: Iterable[Tensor]) -> list[Tensor]:
    """All Tensors that `outs` were computed from, inputs before outputs; leaves come first.

    Iterative, so that no depth is too deep; linear in the graph but for a sort of what is nearly sorted.
    """
    order = list(dict.fromkeys(outs))
    seen = set(order)
    for t in order:  # which grows meanwhile
        for x in t.inputs:
            if isinstance(x, Tensor) and x not in seen:
                seen.add(x)
                order.append(x)
    order.sort(key=attrgetter("number"))
    return order


def pullback(
    order: list[Tensor],
    bars: dict[Tensor, Any],
    wanted: Container[Tensor] | None = None,
    *,
    kept: Container[Tensor] | None = None,
    record: bool = False,
    edges: list[tuple[Tensor, Tensor, int, Any]] | None = None,
) -> dict[Tensor, Any]:
    """Walk back along `order` and fill `bars`, the cotangents by Tensor.

    Parameters
    ----------
    order : list of Tensor
        As `topological_order` gives it.
    bars : dict
        The cotangents to start from, those of the outputs.
    wanted : set of Tensor, or None
        Compute only the cotangents of these; `None` means of all that want a gradient.
    kept : set of Tensor, or None
        Forget all cotangents but these once they were sent on; `None` means to keep all.
    record : bool
        Hand the rules Tensors, so that the walk is recorded in its turn: derivatives of derivatives.
    edges : list, optional
        Receives what each edge carries: (output, input, position of the input, its share of the cotangent).

    Raises
    ------
    StaleValueError
        If a leaf was assigned to after it was used.
    """
    anomaly = mode.anomaly
    for t in reversed(order):
        p = t.primitive
        out_bar = None if p is None else bars.get(t)
        if out_bar is None:
            continue
        inputs, params = t.inputs, t.params
        if kept is not None and t not in kept:
            del bars[t]
        handed = (out_bar, t, *inputs) if record else (out_bar, t.value, *t.values)
        joint = None if p.ours or p.joint is None else p.joint(*handed, **params)
        for position, x in enumerate(inputs):
            if not isinstance(x, Tensor):
                continue
            if x.number > t.number:  # a leaf, written since: results are older than what is made of them
                raise refusals.stale(p.name, getattr(t, "where", ""))
            if not x.requires_grad or (wanted is not None and x not in wanted):
                continue
            if p.ours:
                x_bar = p.vjp[position](*handed, **params) if params else p.vjp[position](*handed)
            else:
                x_bar = joint[position] if joint else p.rule("vjp", position)(*handed, **params)
                x_bar = checked(x_bar, x, out_bar, t, p.name, "vjp", position)
            if edges is not None:
                edges.append((t, x, position, x_bar))
            if anomaly:
                what = f"cotangent that '{p.name}' sends to its input {position}"
                assert_finite(x_bar, what, getattr(t, "where", ""))
            bars[x] = bars[x] + x_bar if x in bars else x_bar
    return bars


def pushforward(order: list[Tensor], dots: dict[Tensor, Any], *, record: bool = False) -> dict[Tensor, Any]:
    """Walk ahead along `order` and fill `dots`, the tangents by Tensor; see `pullback`."""
    for t in order:
        if t in dots or (p := t.primitive) is None or not t.requires_grad:
            continue
        out, primals = (t, t.inputs) if record else (t.value, t.values)
        for position, x in enumerate(t.inputs):
            if isinstance(x, Tensor) and x in dots:
                x_dot = p.rule("jvp", position)(dots[x], out, *primals, **t.params)
                if not p.ours:
                    x_dot = checked(x_dot, t, t.value, t, p.name, "jvp", position)
                dots[t] = dots[t] + x_dot if t in dots else x_dot
    return dots
