"""The trace of a walk back through the nodes of a tracer (NB08): the dictionary of outgoing gradients.

The rules in the table are watched while a `backward_pass` runs, the package's or a learner's own. The
dictionary itself is not seen; what has to be in it is worked out from what the rules are called with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .. import tape
from ..engine.drawing.text import joined, number_text, value_text
from ..errors import CourseError, GraphError, NoDerivativeError, UsageError
from ._failures import failure
from ._ledger import grad_ledger
from ._object_code import tracer_code
from ._operations import Operation, Recording
from ._walks import Edge, Walk, carry, counted
from .trace_graph import failed, graph_to_dict

Trace = dict[str, Any]
Pass = Callable[[Any, Any], Any]
_FIELDS = ("value", "fun", "args", "kwargs", "parents", "argnums")


@dataclass
class _Watched:
    """The calls of rules in their order, what the dictionary has to hold, and what was odd."""

    edges: list[Edge] = field(default_factory=list)
    held: dict[int, Any] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)


def trace_tracer(end: Any, backward_pass: Pass | None = None, **names: Any) -> Trace:
    """Run ``backward_pass(1, end)`` under watch and return its trace, or one whose ``error`` says why not.

    Parameters
    ----------
    end : Node of `backprop_course.tape`, with a value of one entry
    backward_pass : callable, optional
        ``backward_pass(g, end_node)`` returns the cotangent of the root; by default the package's own.
    **names : Node
        What nodes are called; others are ``n0, n1, ...`` in the order of the walk.

    Returns
    -------
    dict
        As `trace_graph` returns it, with ``table``, the dictionary step by step, and ``code``.
    """
    run = backward_pass or tape.backward_pass
    try:
        nodes = _nodes(end)
        recording, place = _recording(nodes, names)
        seed = np.ones(np.shape(end.value))[()]
        seen = _Watched(held={place[id(end)]: seed})
        result = _watch(run, seed, end, nodes, seen, place, [op.name for op in recording.operations])
        walk = _walk(recording, seen, seed, result)
        trace = graph_to_dict(recording, walk)
        if not trace["error"]:
            drawn = [op for op in recording.operations if not op.is_literal]
            caption = "The dictionary of outgoing gradients"
            starts = [None] * len(drawn)
            trace["table"] = grad_ledger(recording, trace, caption, "outgrads", starts, is_taken=True)
            called = {id(node): recording.operations[place[id(node)]].name for node in nodes}
            trace["code"] = tracer_code(nodes, called, run)
            trace["title"] = f"A walk back through {len(nodes)} nodes of a tracer"
        return trace
    except CourseError as error:
        return failed(f"This walk cannot be shown. {error}")
    except Exception as error:  # the learner's walk may raise anything: the widget says what it was
        return failed(f"This walk cannot be shown. {failure(error, run)}")


def _nodes(end: Any) -> list[Any]:
    """List the nodes in the order of the walk, and refuse what is no graph of a tracer."""
    missing = [name for name in _FIELDS if not hasattr(end, name)]
    if missing:
        raise UsageError(
            "There is no Node to walk back from.",
            expected="a Node with value, fun, args, kwargs, parents and argnums",
            got=f"{type(end).__name__} without {joined(missing)}",
            mend="call the program with a Node: end = program(Node(2.0)); its functions are the tape's",
        )
    if np.size(_plain(end)) != 1:
        raise UsageError(
            "The walk begins with 1, so the end node has to be one number.",
            expected="one entry",
            got=f"shape {np.shape(_plain(end))}",
            mend="sum it up with tape.sum",
        )
    reached = [end]
    for node in reached:  # grows while it is read
        reached += [parent for parent in dict.fromkeys(node.parents) if parent not in reached]
    nodes = list(tape.toposort(end))
    later = {node: k for k, node in enumerate(nodes)}
    if any(later.get(parent, -1) <= later.get(node, -1) for node in reached for parent in node.parents):
        raise GraphError(
            "A node is behind itself: its parents lead back to it.",
            expected="parents that were there before their node",
            got="parents changed after their node was made",
            mend="leave parents as the wrapper has set them",
        )
    return nodes


def _plain(node: Any) -> Any:
    if isinstance(node.value, tape.Node):
        raise UsageError(
            "This Node was traced twice: its value is a Node itself.",
            expected="a number or an array in value",
            got="a Node in value",
            mend="walk through one trace at a time",
        )
    return node.value


def _recording(nodes: Sequence[Any], names: Mapping[str, Any]) -> tuple[Recording, dict[int, int]]:
    given = {id(node): name for name, node in names.items()}
    operations: list[Operation] = []
    place: dict[int, int] = {}
    for k, node in reversed(list(enumerate(nodes))):
        name = given.get(id(node), f"n{k}")
        value = np.asarray(_plain(node), dtype=float)[()]
        if node.fun is None:
            made = Operation(name, "input", value)
        else:
            inputs, settings = [], [f"{key}={item}" for key, item in node.kwargs.items()]
            parents = dict(zip(node.argnums, node.parents, strict=True))
            argnums = []
            for argnum, arg in enumerate(node.args):
                if argnum in parents:
                    inputs.append(place[id(parents[argnum])])
                elif isinstance(arg, float | int | np.ndarray | np.generic):
                    constant = np.asarray(arg, dtype=float)[()]
                    label = number_text(float(constant)) if np.ndim(constant) == 0 else "constant"
                    operations.append(Operation(label, "constant", constant))
                    inputs.append(len(operations) - 1)
                else:
                    settings.append(str(arg))
                    continue
                argnums.append(argnum)
            function = {"dot": "matmul"}.get(node.fun.__name__, node.fun.__name__)
            pull = _pull(node, argnums, parents)
            made = Operation(name, "compute", value, function, tuple(inputs), ", ".join(settings), pull)
        place[id(node)] = len(operations)
        operations.append(made)
    return Recording(operations, place[id(nodes[0])], "your trace"), place


def _rule(node: Any, argnum: int) -> Any:
    rule = tape.primitive_vjps.get(node.fun, {}).get(argnum)
    if rule is None:
        raise NoDerivativeError(
            f"The table has no rule of {node.fun.__name__} for argument {argnum}.",
            expected=f"primitive_vjps[{node.fun.__name__}][{argnum}]",
            got="no entry there",
            mend="add it by defvjp, one rule per argument",
        )
    return rule


def _pull(node: Any, argnums: Sequence[int], parents: Mapping[int, Any]) -> Callable[[Any], list[Any]]:
    def pull(out_bar: Any) -> list[Any]:
        with np.errstate(all="ignore"):
            return [
                np.asarray(_rule(node, k)(out_bar, node.value, *node.args, **node.kwargs))[()]
                if k in parents
                else None
                for k in argnums
            ]

    return pull


def _watch(
    run: Pass,
    seed: Any,
    end: Any,
    nodes: Sequence[Any],
    seen: _Watched,
    place: Mapping[int, int],
    names: Sequence[str],
) -> Any:
    """Let the walk run with every rule in the table replaced by one that takes notes."""
    originals = {
        (node.fun, k): _rule(node, k) for node in nodes if node.fun is not None for k in node.argnums
    }

    def noted(fun: Any, argnum: int, rule: Any) -> Any:
        def call(g: Any, ans: Any, *args: Any, **settings: Any) -> Any:
            share = rule(g, ans, *args, **settings)
            node = _owner([n for n in nodes if n.fun is fun and argnum in n.argnums], ans, args)
            if node is not None:
                _note(seen, node, node.parents[node.argnums.index(argnum)], g, share, place, names)
            return share

        return call

    try:
        for (fun, argnum), rule in originals.items():
            tape.primitive_vjps[fun][argnum] = noted(fun, argnum, rule)
        with np.errstate(all="ignore"):
            return run(seed, end)
    finally:
        for (fun, argnum), rule in originals.items():
            tape.primitive_vjps[fun][argnum] = rule


def _owner(nodes: Sequence[Any], ans: Any, args: Sequence[Any]) -> Any:
    """Find the node whose rule is called: by the very value, else by what is equal to it."""
    for node in nodes:
        if ans is node.value:
            return node
    for node in nodes:
        same = [a is b or np.array_equal(a, b) for a, b in zip(args, node.args, strict=False)]
        if np.array_equal(ans, node.value) and all(same):
            return node
    return None


def _note(
    seen: _Watched,
    node: Any,
    parent: Any,
    g: Any,
    share: Any,
    place: Mapping[int, int],
    names: Sequence[str],
) -> None:
    source, target = place[id(parent)], place[id(node)]
    upstream, downstream = (np.asarray(value, dtype=float)[()] for value in (g, share))
    if np.shape(downstream) != np.shape(parent.value):
        raise UsageError(
            f"The rule of {node.fun.__name__} has returned a share in another shape than its argument.",
            expected=f"shape {np.shape(parent.value)}, that of {names[source]}",
            got=f"shape {np.shape(downstream)}",
            mend="sum over the axes along which the argument was copied",
        )
    complete = seen.held.get(target)
    if complete is None or not _same(upstream, complete):
        had = "nothing" if complete is None else value_text(complete)
        seen.odd.append(
            f"The rule of {names[target]} is called with {value_text(upstream)}; what had arrived is {had}."
        )
    before = seen.held.get(source)
    seen.held[source] = downstream if before is None else before + downstream
    seen.edges.append((source, target, upstream, None, downstream, before, seen.held[source]))


def _walk(recording: Recording, seen: _Watched, seed: Any, result: Any) -> Walk:
    operations = recording.operations
    edges, notes, left = [], [], set()
    used: dict[tuple[int, int], int] = {}
    for source, target, upstream, _, share, *sums in seen.edges:
        local = None
        if np.size(upstream) == np.size(share) == 1:
            pulled = operations[target].pull(np.ones(operations[target].shape)[()])
            positions = [i for i, j in enumerate(operations[target].inputs) if j == source]
            nth = used.get((source, target), 0)
            used[source, target] = nth + 1
            local = pulled[positions[min(nth, len(positions) - 1)]]
        notes.append(
            "" if target in left else f"The entry of {operations[target].name} is complete and taken out."
        )
        left.add(target)
        edges.append((source, target, upstream, local, share, *sums))
    out = operations[recording.output].name
    opening = f"The dictionary begins with one entry, that of the end node: {out}_bar = {value_text(seed)}."
    return Walk(counted(edges, notes), seed, opening, _findings(recording, seen, result))


def _findings(recording: Recording, seen: _Watched, result: Any) -> str:
    root = next((i for i, op in enumerate(recording.operations) if op.kind == "input"), None)
    if root is None:
        return ""
    name = recording.operations[root].name
    sound = {c.source: c.sum for c in carry(recording)}.get(root, np.ones(())[()])
    said = seen.odd[:1]
    if result is None:
        said.append(
            f"backward_pass has returned nothing; the entry of {name}, taken out last, is the answer."
        )
    elif not _same(np.asarray(result, dtype=float), sound):
        said.append(
            f"backward_pass has returned {value_text(result)}; a sound walk gives {value_text(sound)}."
        )
    else:
        said.append(f"The entry of {name} is taken out last, and returned.")
    return " ".join(said)


def _same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))
