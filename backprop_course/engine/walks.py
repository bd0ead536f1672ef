"""The two walks over a recorded graph: `pullback` carries cotangents back, `pushforward` tangents ahead.

Both visit the Tensors in the order in which they were computed, or against it, and ask each Node's function
for its rule. Neither knows any function by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from . import refusals
from .modes import assert_finite, mode
from .tensor import Tensor
from .values import checked


def topological_order(outs: Iterable[Tensor], leaves: dict[int, Tensor] | None = None) -> list[Tensor]:
    """All computed Tensors that `outs` depend on and that a gradient is wanted of, inputs before outputs.

    Iterative, so that no depth is too deep; linear in the graph but for a sort of what is nearly sorted.
    Leaves that want a gradient are put into `leaves`, by their ``id``.
    """
    stack = [t for t in outs if t.node is not None]
    seen = {id(t): t for t in stack}
    while stack:
        for x in stack.pop().node.inputs:
            if isinstance(x, Tensor) and id(x) not in seen:
                if x.node is not None:
                    seen[id(x)] = x
                    stack.append(x)
                elif leaves is not None and x.requires_grad:
                    leaves[id(x)] = x
    return sorted(seen.values(), key=lambda t: t.node.number)


def pullback(
    order: list[Tensor],
    bars: dict[int, Any],
    wanted: set[int] | None = None,
    *,
    record: bool = False,
    edges: list[tuple[Tensor, Tensor, int, Any]] | None = None,
) -> dict[int, Any]:
    """Walk back along `order` and fill `bars`, the cotangents by ``id`` of their Tensor.

    Parameters
    ----------
    order : list of Tensor
        As `topological_order` gives it.
    bars : dict
        The cotangents to start from, those of the outputs.
    wanted : set of ids, or None
        Compute only the cotangents of these Tensors; `None` means of all that want a gradient.
    record : bool
        Hand the rules Tensors, so that the walk is recorded in its turn: derivatives of derivatives.
    edges : list, optional
        Receives what each edge carries: (output, input, position of the input, its share of the cotangent).
    """
    anomaly = mode.anomaly
    for t in reversed(order):
        out_bar, node = bars.get(id(t)), t.node
        if out_bar is None or node is None:
            continue
        p, number, params = node.primitive, node.number, node.params
        out, primals = (t, node.inputs) if record else (t.value, node.values)
        joint = None if p.joint is None else p.joint(out_bar, out, *primals, **params)
        for position, x in enumerate(node.inputs):
            if not isinstance(x, Tensor):
                continue
            if x.written > number:
                raise refusals.stale(p.name, node.where)
            if not x.requires_grad or (wanted is not None and id(x) not in wanted):
                continue
            if p.ours:
                x_bar = p.vjp[position](out_bar, out, *primals, **params)
            else:
                x_bar = (
                    joint[position] if joint else p.rule("vjp", position)(out_bar, out, *primals, **params)
                )
                x_bar = checked(x_bar, x, out_bar, t, p.name, "vjp", position)
            if anomaly:
                assert_finite(x_bar, f"cotangent that '{p.name}' sends to its input {position}", node.where)
            if edges is not None:
                edges.append((t, x, position, x_bar))
            before = bars.get(id(x))
            bars[id(x)] = x_bar if before is None else before + x_bar
    return bars


def pushforward(order: list[Tensor], dots: dict[int, Any], *, record: bool = False) -> dict[int, Any]:
    """Walk ahead along `order` and fill `dots`, the tangents by ``id`` of their Tensor; see `pullback`."""
    for t in order:
        if id(t) in dots or (node := t.node) is None:
            continue
        p = node.primitive
        out, primals = (t, node.inputs) if record else (t.value, node.values)
        for position, x in enumerate(node.inputs):
            if isinstance(x, Tensor) and id(x) in dots:
                x_dot = p.rule("jvp", position)(dots[id(x)], out, *primals, **node.params)
                if not p.ours:
                    x_dot = checked(x_dot, t, t.value, t, p.name, "jvp", position)
                dots[id(t)] = dots[id(t)] + x_dot if id(t) in dots else x_dot
    return dots
