"""The trace of one `Backward` through node objects (NB08): who calls whose addgrad, with what.

`addgrad` and `backward` of every object are watched while `backprop_course.edf.Backward` runs, so that a
learner's own node classes are seen doing what they do. Parents are read off the nodes' attributes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .. import edf
from ..engine.drawing.text import shape_text, value_text
from ..errors import CourseError, UsageError
from ._failures import failure
from ._ledger import grad_ledger
from ._object_code import edf_code
from ._operations import Operation, Recording
from ._walks import Edge, Walk, counted
from .trace_graph import failed, graph_to_dict

Trace = dict[str, Any]


def trace_edf(loss: Any, backward: Callable[[Any], Any] | None = None) -> Trace:
    """Run `Forward` and `Backward` under watch and return their trace, or one whose ``error`` says why not.

    Parameters
    ----------
    loss : CompNode of `backprop_course.edf`, or of a class of one's own that derives from it
    backward : callable, optional
        Goes back from the loss; by default `edf.Backward`.

    Returns
    -------
    dict
        As `trace_graph` returns it, with ``table``, the grads of all nodes step by step, and ``code``.
    """
    try:
        if not isinstance(loss, edf.CompNode) or loss not in edf.CompNodes:
            raise UsageError(
                "There is no loss node to go back from.",
                expected="a CompNode made since clear_compgraph()",
                got=type(loss).__name__,
                mend="hand over the last node: loss = edf.CrossEntropyLoss(probabilities, labels)",
            )
        edf.Forward()
        objects, names, parents = _objects(loss)
        recording = _recording(objects, names, parents, loss)
        edges, notes, seed = _watch(backward or edf.Backward, loss, objects, names)
        n = len(np.atleast_1d(loss.value))
        opening = (
            f"Backward sets all grads to zero and begins with {value_text(seed)} at the loss: "
            f"1/N for the mean over N = {n} examples."
        )
        closing = "Every Parameter holds its gradient in grad until UpdateParameters takes a step."
        trace = graph_to_dict(recording, Walk(counted(edges, notes), seed, opening, closing))
        if not trace["error"]:
            starts = [_zeros(thing) for thing in objects]
            trace["table"] = grad_ledger(recording, trace, "What the nodes hold", "grad", starts)
            trace["code"] = edf_code(loss, backward or edf.Backward, objects, names)
            trace["title"] = f"Backward through {len(edf.CompNodes)} node objects"
        return trace
    except CourseError as error:
        return failed(f"This graph cannot be shown. {error}")
    except Exception as error:  # a learner's node may raise anything: the widget says what it was
        return failed(f"This graph cannot be shown. {failure(error, *_methods())}")


def _methods() -> list[Any]:
    return [getattr(type(node), name) for node in edf.CompNodes for name in ("forward", "backward")]


def _objects(loss: Any) -> tuple[list[Any], list[str], list[list[int]]]:
    """List inputs, parameters and nodes so that parents come first, with names and the places of parents."""
    objects: list[Any] = []
    names: list[str] = []
    parents: list[list[int]] = []

    def add(thing: Any, name: str, of: list[int]) -> None:
        objects.append(thing)
        names.append(name)
        parents.append(of)

    for node in edf.CompNodes:
        behind: list[int] = []
        for name, thing in _attributes(node):
            if not any(thing is other for other in objects):
                add(thing, name, [])
            behind.append(next(i for i, other in enumerate(objects) if other is thing))
        add(node, "loss" if node is loss else type(node).__name__.lower(), behind)
    return objects, _apart(names), parents


def _attributes(node: Any) -> Iterator[tuple[str, Any]]:
    for name, held in vars(node).items():
        if isinstance(held, edf.Input | edf.Parameter | edf.CompNode):
            yield name, held
        elif hasattr(held, "__dict__"):  # a pair of parameters
            yield from ((key, x) for key, x in vars(held).items() if isinstance(x, edf.Parameter))


def _apart(names: Sequence[str]) -> list[str]:
    """Number the names that occur more than once."""
    return [
        name if names.count(name) == 1 else f"{name}{names[: i + 1].count(name)}"
        for i, name in enumerate(names)
    ]


def _recording(
    objects: Sequence[Any], names: Sequence[str], parents: Sequence[list[int]], loss: Any
) -> Recording:
    operations = []
    for thing, name, behind in zip(objects, names, parents, strict=True):
        value = np.asarray(thing.value, dtype=float)[()]
        if isinstance(thing, edf.CompNode):
            operations.append(Operation(name, "compute", value, type(thing).__name__, tuple(behind)))
        else:
            operations.append(
                Operation(name, "input" if isinstance(thing, edf.Parameter) else "constant", value)
            )
    output = next(i for i, thing in enumerate(objects) if thing is loss)
    return Recording(operations, output, "this graph")


def _zeros(thing: Any) -> Any:
    return None if isinstance(thing, edf.Input) else np.zeros(np.shape(thing.value))[()]


def _watch(
    backward: Callable[[Any], Any], loss: Any, objects: Sequence[Any], names: Sequence[str]
) -> tuple[list[Edge], list[str], Any]:
    edges: list[Edge] = []
    notes: list[str] = []
    now: list[int] = []  # the node whose backward is running
    seeds: list[Any] = []

    def sends(place: int, original: Callable[[], None]) -> Callable[[], None]:
        def call() -> None:
            if not seeds:
                seeds.append(np.array(loss.grad, dtype=float)[()])
            now.append(place)
            try:
                original()
            finally:
                now.pop()

        return call

    def receives(place: int, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def call(delta: Any) -> None:
            thing = objects[place]
            before = np.array(thing.grad, dtype=float)[()]
            original(delta)
            if not now:
                return
            upstream = np.array(objects[now[-1]].grad, dtype=float)[()]
            is_first = place not in [edge[0] for edge in edges] and not np.any(before)
            share, held = np.array(delta, dtype=float)[()], None if is_first else before
            edges.append((place, now[-1], upstream, None, share, held, np.array(thing.grad)[()]))
            notes.append(_note(thing, names[place], names[now[-1]], share))

        return call

    with contextlib.ExitStack() as back:
        for place, thing in enumerate(objects):
            if isinstance(thing, edf.CompNode):
                _replace(back, thing, "backward", sends(place, thing.backward))
            if not isinstance(thing, edf.Input):
                _replace(back, thing, "addgrad", receives(place, thing.addgrad))
        with np.errstate(all="ignore"):
            backward(loss)
    return edges, notes, seeds[0] if seeds else np.array(loss.grad, dtype=float)[()]


def _replace(back: contextlib.ExitStack, thing: Any, name: str, method: Any) -> None:
    """Let the object itself have this method, in front of that of its class, until `back` is closed."""
    setattr(thing, name, method)
    back.callback(delattr, thing, name)


def _note(thing: Any, name: str, sender: str, share: Any) -> str:
    said = f"{sender} calls addgrad of {name}."
    if isinstance(thing, edf.Parameter):
        shape = shape_text(np.shape(share))
        said += f" It sends one gradient for each example, {shape} in all; {name} sums them."
    return said if np.any(share) else f"{said} All that it sends is zero."
