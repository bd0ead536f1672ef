"""The trace of the path highlighter: every route between two values, products of local slopes, their sum.

All pairs of values are worked out beforehand. How many routes there are, and what they add up to, is counted
without listing them: there can be exponentially many. Read next: `trace_graph`, whose cards these are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.drawing.layout import lay_out
from ..engine.drawing.text import MINUS, joined, number_text, shape_text, value_text
from ._operations import Recording
from .trace_graph import Trace, drawn_node, failed, of_function

MOST_NODES = 25
MOST_ENTRIES = 64  # of a value, as Jacobians are multiplied here
MOST_ROUTES = 6  # listed of one pair
CODE = """from backprop_course import trace

graph = trace(f, *point)  # f and the point are yours
bars = graph.backward()
for above, below, _, share in graph.contributions():
    names = graph.nodes[below].name, graph.nodes[above].name
    print("{} → {}: upstream {}, downstream {}".format(*names, bars[above], share))"""
SENTENCES = {
    "route": "Route {k} of {n}: {way}. {factors} = {value}.",
    "edge": "Route {k} of {n}: {way}, one edge, whose slope is {value}.",
    "none": "No route leads from {start} to {end}: {end} is not computed from {start}.",
    "same": "{start} is both ends. Choose two values.",
}


@dataclass(frozen=True)
class _Edge:
    source: int
    target: int
    jacobian: Any  # (entries of the target, entries of the source)
    text: str


def trace_paths(f: Callable[..., Any], *args: Any, names: Sequence[str] | None = None) -> Trace:
    """Run `f` once and return all routes between its values; if that fails, a trace whose ``error`` says why.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor.
    *args : arrays or floats
        Where to run it.
    names : sequence of str, optional
        Names of the arguments.

    Returns
    -------
    dict, plain JSON
        ``nodes`` and ``edges`` as in `graph_to_dict`, each edge with ``factor`` (text of its local slope) and
        ``note`` (where that is written); ``width``, ``height``; ``has_arrays``; ``start`` and ``end``, the
        pair to begin with; ``pairs``, by ``"start,end"``: ``count``, ``total`` (text), ``slope`` (its name),
        ``routes`` (at most `MOST_ROUTES`, each with ``edges`` and ``value``), ``between`` (edges on any
        route) and ``sentence``; ``sentences`` with places to fill; ``code``, to be copied.

    Raises
    ------
    UsageError
        If `f` is not callable, or there are not as many names as arguments.
    """
    return of_function(paths_to_dict, f, args, names)


def look_up(trace: Trace, start: int, end: int, route: int) -> str:
    """Return what is said of a route of a pair, counted from 1; of the pair itself for 0."""
    names = [node["name"] for node in trace["nodes"]]
    places = {"start": names[start], "end": names[end]}
    pair = trace["pairs"].get(f"{start},{end}")
    if pair is None:
        return str(trace["sentences"]["same" if start == end else "none"].format(**places))
    if not 0 < route <= len(pair["routes"]):
        return str(pair["sentence"])
    chosen = pair["routes"][route - 1]
    way, factors = way_of(trace, chosen["edges"])
    kind = "route" if len(chosen["edges"]) > 1 else "edge"
    places |= {
        "k": route,
        "n": f"{pair['count']:,}",
        "way": way,
        "factors": factors,
        "value": chosen["value"],
    }
    return str(trace["sentences"][kind].format(**places))


def way_of(trace: Trace, route: Sequence[int]) -> tuple[str, str]:
    """Write the nodes of a route, and its factors; Jacobians in the order in which they are multiplied."""
    edges = [trace["edges"][i] for i in route]
    names = [trace["nodes"][edges[0]["source"]]["name"]]
    names += [trace["nodes"][edge["target"]]["name"] for edge in edges]
    texts = [edge["factor"] for edge in edges]
    return " → ".join(names), " · ".join(reversed(texts)) if trace["has_arrays"] else " × ".join(texts)


def paths_to_dict(recording: Recording) -> Trace:
    """Return the routes of what was recorded, as `trace_paths` does."""
    operations = recording.operations
    drawn = [i for i, op in enumerate(operations) if not op.is_literal]
    if len(drawn) > MOST_NODES:
        return failed(
            f"The graph of {recording.called} has {len(drawn):,} nodes; the highlighter draws at most "
            f"{MOST_NODES}. Trace a part of the function."
        )
    empty = [op.name for op in operations if np.size(op.value) == 0]
    if empty:
        return failed(
            f"{joined(empty)} in {recording.called} {'has' if len(empty) == 1 else 'have'} no entries, and a "
            "slope needs at least one on either side. Use arrays with an entry or more."
        )
    large = [op.name for op in operations if np.size(op.value) > MOST_ENTRIES]
    if large:
        have = "has" if len(large) == 1 else "have"
        return failed(
            f"{joined(large)} in {recording.called} {have} more than {MOST_ENTRIES} entries, and every edge "
            "holds a Jacobian here. Use smaller arrays."
        )
    place = {i: k for k, i in enumerate(drawn)}
    edges = [_Edge(place[e.source], place[e.target], e.jacobian, e.text) for e in _edges(recording)]
    names = [operations[i].name for i in drawn]
    shapes = [operations[i].shape for i in drawn]
    pairs = {
        f"{start},{end}": pair
        for start in range(len(drawn))
        for end in range(start + 1, len(drawn))
        if (pair := _pair(edges, names, shapes, start, end))
    }
    inputs = [place[i] for i, op in enumerate(operations) if op.kind == "input"]
    end = place.get(recording.output, 0)
    start = next((i for i in inputs if f"{i},{end}" in pairs), 0)
    trace: Trace = {
        "error": "",
        "title": f"All routes through {recording.called}",
        "nodes": [{**drawn_node(operations[i], operations), "bar": ""} for i in drawn],
        "edges": [{"source": e.source, "target": e.target, "factor": e.text} for e in edges],
        "has_arrays": any(op.shape for op in operations),
        "start": start,
        "end": end,
        "pairs": pairs,
        "sentences": SENTENCES,
        "code": CODE,
    }
    _place(trace)
    return trace


def _edges(recording: Recording) -> list[_Edge]:
    found = []
    for target, op in enumerate(recording.operations):
        if op.kind != "compute":
            continue
        units = np.eye(max(np.size(op.value), 1)).reshape(-1, *op.shape)
        rows = [op.pull(unit[()]) for unit in units]  # one row of every Jacobian for each entry of the value
        for position, source in enumerate(op.inputs):
            if rows[0][position] is None:
                continue
            jacobian = np.array([np.ravel(row[position]) for row in rows])
            shape = op.shape + recording.operations[source].shape
            number = number_text(float(jacobian[0, 0]))
            text = f"J{shape_text(shape)}" if shape else f"({number})" if number.startswith(MINUS) else number
            found.append(_Edge(source, target, jacobian, text))
    return found


def _pair(
    edges: Sequence[_Edge], names: Sequence[str], shapes: Sequence[tuple[int, ...]], start: int, end: int
) -> Trace | None:
    """Return the routes of a pair, or `None` where there is none."""
    before, after = {start: 1}, {end: 1}  # routes from the start to a node, and from a node to the end
    totals: dict[int, Any] = {start: np.eye(int(np.prod(shapes[start], dtype=int)))}
    for e in edges:
        if e.source in before:
            before[e.target] = before.get(e.target, 0) + before[e.source]
            totals[e.target] = totals.get(e.target, 0) + _times(e.jacobian, totals[e.source])
    if end not in before:
        return None
    for e in reversed(edges):
        if e.target in after:
            after[e.source] = after.get(e.source, 0) + after[e.target]
    between = [i for i, e in enumerate(edges) if e.source in before and e.target in after]
    count = before[end]
    shape = shapes[end] + shapes[start]
    routes = _routes(edges, between, start, end)
    total = _value(totals[end], shape)
    shared = [
        f"{names[edges[i].source]} → {names[edges[i].target]}"
        for i in between
        if before[edges[i].source] * after[edges[i].target] == count
    ]
    return {
        "count": count,
        "total": total,
        "slope": f"∂{names[end]}/∂{names[start]}",
        "between": between,
        "routes": [_route(edges, route, shape) for route in routes],
        "sentence": _said(names[start], names[end], count, len(routes), total, shared, len(between)),
    }


def _routes(edges: Sequence[_Edge], between: Sequence[int], start: int, end: int) -> list[list[int]]:
    """List the first routes, in the order of a search into the depth."""
    found: list[list[int]] = []
    waiting: list[tuple[int, list[int]]] = [(start, [])]
    while waiting and len(found) < MOST_ROUTES:
        node, route = waiting.pop()
        if node == end:
            found.append(route)
            continue
        waiting += [(edges[i].target, [*route, i]) for i in reversed(between) if edges[i].source == node]
    return found


def _route(edges: Sequence[_Edge], route: Sequence[int], shape: tuple[int, ...]) -> Trace:
    product: Any = 1.0
    for i in route:
        product = _times(edges[i].jacobian, product)
    return {"edges": list(route), "value": _value(product, shape)}


def _said(start: str, end: str, count: int, listed: int, total: str, shared: list[str], edges: int) -> str:
    slope = f"∂{end}/∂{start}"
    if count == 1:
        return f"One route leads from {start} to {end}. Its product is {slope} = {total}."
    some = f", of which {listed} are listed" if listed < count else ""
    said = f"{count:,} routes lead from {start} to {end}{some}. Their products add up to {slope} = {total}."
    if shared:
        said += f" Every route uses {joined(shared)}."
    return f"{said} The walk back needs no list: it passes each of the {edges} edges between once."


def _times(jacobian: Any, product: Any) -> Any:
    with np.errstate(all="ignore"):
        return jacobian @ product if np.ndim(product) else jacobian * product


def _value(product: Any, shape: tuple[int, ...]) -> str:
    return value_text(np.reshape(product, shape)[()])


def _place(trace: Trace) -> None:
    """Add boxes, curves, and places for the factors."""
    sizes = []
    for node in trace["nodes"]:
        longest = max(7.0 * sum(map(len, node["label"])), 8.2 * len(node["value"]))
        sizes.append((round(max(56.0, longest + 18.0), 1), 52.0))
    layout = lay_out(
        sizes,
        [(edge["source"], edge["target"]) for edge in trace["edges"]],
        notes=[(7.6 * len(edge["factor"]) + 8, 18.0) for edge in trace["edges"]],
    )
    for node, (x, y), (width, height) in zip(trace["nodes"], layout.centres, sizes, strict=True):
        node["box"] = [round(x - width / 2, 1), round(y - height / 2, 1), width, height]
    for i, edge in enumerate(trace["edges"]):
        edge["curve"], edge["note"] = [list(point) for point in layout.curves[i]], list(layout.notes[i])
    trace["width"], trace["height"] = layout.width, layout.height
