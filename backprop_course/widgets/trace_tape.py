"""The trace of a learner's own tape (NB07): what their backward does, closure by closure.

Nothing is computed in its place. Each closure is watched while their `backward` runs; afterwards all grads
and all closures are as before. Read next: `_tape_nodes`, how the fields are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.drawing.text import joined, value_text
from ..errors import CourseError, UsageError
from ._failures import failure
from ._ledger import grad_ledger
from ._object_code import tape_code
from ._operations import Recording
from ._tape_nodes import check_grad, kept, read_nodes, recording_of
from ._walks import Carried, Edge, Walk, carry, counted
from .trace_graph import failed, graph_to_dict

Trace = dict[str, Any]


@dataclass
class _Watched:
    """What was seen: the calls of closures in their order, and what each sent to which operand."""

    order: list[Any]
    names: list[str]
    called: list[int] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seed: Any = None


def trace_tape(root: Any, **names: Any) -> Trace:
    """Run ``root.backward()`` under watch and return its trace; if that fails, one whose ``error`` says why.

    Parameters
    ----------
    root : object with the fields value, grad, requires_grad, _prev and _backward, and a method backward
        The node to go back from.
    **names : the same kind of object
        What the nodes are called; others are ``v1, v2, ...``.

    Returns
    -------
    dict
        As `trace_graph` returns it, with ``table``, the grads of all nodes step by step, and ``code``.
    """
    try:
        order = read_nodes(root, names)
        recording = recording_of(order, names, "your tape")
        with kept(order):
            at_first = [np.array(node.grad, dtype=float)[()] for node in order]
            seen = _watch(root, order, [op.name for op in recording.operations])
        walk = _walk(recording, seen, at_first)
        trace = graph_to_dict(recording, walk)
        if trace["error"]:
            return trace
        drawn = [i for i, op in enumerate(recording.operations) if not op.is_literal]
        starts = [at_first[i] for i in drawn]
        trace["table"] = grad_ledger(recording, trace, "What your nodes hold", "grad", starts)
        trace["code"] = tape_code(order, [op.name for op in recording.operations])
        trace["title"] = f"Your own tape: {len(drawn)} nodes"
        return trace
    except CourseError as error:
        return failed(f"This tape cannot be shown. {error}")
    except Exception as error:  # the learner's class may raise anything: the widget says what it was
        return failed(f"This tape cannot be shown. {failure(error, getattr(type(root), 'backward', None))}")


def _watch(root: Any, order: list[Any], names: list[str]) -> _Watched:
    """Let the learner's own backward run, and note what each closure does."""
    backward = getattr(root, "backward", None)
    if not callable(backward):
        raise UsageError(
            f"The node {names[-1]} has no method backward.",
            expected="backward(), which calls the closures from the end of the list to its beginning",
            got=type(root).__name__,
            mend="attach it to the class: Tensor.backward = backward",
        )
    seen = _Watched(order, names)
    originals = [(node, node._backward) for node in order]
    try:
        for place, (node, closure) in enumerate(originals):
            node._backward = _watched(seen, place, closure)
        with np.errstate(all="ignore"):
            backward()
        if seen.seed is None:
            seen.seed = np.array(root.grad, dtype=float)[()]
    finally:
        for node, closure in originals:
            node._backward = closure
    return seen


def _watched(seen: _Watched, place: int, closure: Callable[[], Any]) -> Callable[[], None]:
    node, who = seen.order[place], seen.names[place]
    operands = list({id(operand): operand for operand in node._prev}.values())

    def call() -> None:
        if not operands:  # the closure of a leaf does nothing
            closure()
            return
        if place == len(seen.order) - 1 and seen.seed is None:
            seen.seed = np.array(node.grad, dtype=float)[()]
        upstream = np.array(node.grad, dtype=float)[()]
        before = [np.array(operand.grad, dtype=float)[()] for operand in operands]
        closure()
        seen.called.append(place)
        for operand, held in zip(operands, before, strict=True):
            source = next(i for i, other in enumerate(seen.order) if other is operand)
            check_grad(operand, f"After the closure of {who} was called, {seen.names[source]}", "has")
            after = np.array(operand.grad, dtype=float)[()]
            if not operand.requires_grad and np.array_equal(after, held):
                continue
            is_first = source not in [edge[0] for edge in seen.edges] and not np.any(held)
            share = after - held
            seen.edges.append((source, place, upstream, None, share, None if is_first else held, after))
            seen.notes.append(_note(seen, place, source, sum(other is operand for other in node._prev)))

    return call


def _note(seen: _Watched, place: int, source: int, times: int) -> str:
    said = f"The closure of {seen.names[place]} is called, number {len(seen.called)}."
    if times > 1:
        said += f" {seen.names[source]} is its operand {'twice' if times == 2 else f'{times} times'}; "
        said += "the shares come together."
    if not seen.order[source].requires_grad:
        said += f" {seen.names[source]} has asked for no gradient."
    return said


def _walk(recording: Recording, seen: _Watched, at_first: Sequence[Any]) -> Walk:
    """Turn what was seen into a walk: with local slopes where they are numbers, and with what went wrong."""
    operations = recording.operations
    edges, notes = [], list(seen.notes)
    for k, (source, target, upstream, _, share, *sums) in enumerate(seen.edges):
        local = None
        if np.size(upstream) == np.size(share) == 1 and operations[source].kind != "constant":
            pulled = operations[target].pull(np.ones(operations[target].shape)[()])
            local = next(p for i, p in zip(operations[target].inputs, pulled, strict=True) if i == source)
            if local is not None and not np.allclose(upstream * local, share, rtol=1e-9, atol=1e-12):
                notes[k] += (
                    " What arrives is not upstream × local: does the closure use the grad of its result?"
                )
        edges.append((source, target, upstream, local, share, *sums))
    seed, out = seen.seed, operations[recording.output].name
    opening = f"Your backward begins: {out}_bar, the grad of {out}, is set to {value_text(seed)}."
    if not np.array_equal(seed, np.ones(np.shape(seed))):
        opening += " Without an argument it should be 1, the slope of a value in itself."
    return Walk(counted(edges, notes), seed, opening, _findings(recording, seen, at_first))


def _findings(recording: Recording, seen: _Watched, at_first: Sequence[Any]) -> str:
    """Compare with a walk in a right order, made of the same closures; say what differs, and why."""
    operations = recording.operations
    names, sound = seen.names, _sums(carry(recording))
    held = {i: after for i, *_, after in seen.edges}
    leaves = [i for i, op in enumerate(operations) if op.kind == "input" and i in sound]
    wrong = [i for i in leaves if not _same(held.get(i, at_first[i]), at_first[i] + sound[i])]
    if not wrong:
        old = [names[i] for i in leaves if np.any(at_first[i])]
        more = f" {joined(old)} held something before, and leaves add up." if old else ""
        return f"A sound walk over your closures gives the same.{more}"
    right = joined([f"{names[i]}_bar = {value_text(at_first[i] + sound[i])}" for i in wrong])
    return " ".join([f"A sound walk over your closures gives {right}.", *_reasons(recording, seen, at_first)])


def _reasons(recording: Recording, seen: _Watched, at_first: Sequence[Any]) -> list[str]:
    names, operations = seen.names, recording.operations
    said = []
    inner = [i for i, op in enumerate(operations) if op.kind == "compute" and i != recording.output]
    last = {edge[0]: k for k, edge in enumerate(seen.edges)}
    first = {edge[1]: k for k, edge in reversed(list(enumerate(seen.edges)))}
    early = [names[i] for i in inner if i in first and last.get(i, -1) > first[i]]
    if early:
        said.append(f"The closure of {joined(early)} was called before all shares had come to it.")
    again = [names[i] for i, times in Counter(seen.called).items() if times > 1]
    if again:
        said.append(f"The closure of {joined(again)} was called more than once.")
    wanted = [i for i, op in enumerate(operations) if op.kind == "compute" and seen.order[i].requires_grad]
    missing = [names[i] for i in wanted if i not in seen.called]
    if missing:
        said.append(f"The closure of {joined(missing)} was never called.")
    begun = {edge[0]: edge[5] for edge in reversed(seen.edges)}
    stale = [names[i] for i in inner if begun.get(i) is not None and np.any(begun[i]) and np.any(at_first[i])]
    if stale:
        said.append(f"{joined(stale)} began with what an earlier call had left; inner nodes begin at zero.")
    return said


def _sums(carried: Sequence[Carried]) -> dict[int, Any]:
    return {c.source: c.sum for c in carried}


def _same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))
