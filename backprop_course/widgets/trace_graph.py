"""The trace of the graph stepper: one plain JSON dict with every number, every place and every sentence.

JavaScript, the picture and the text form only index it. `trace_graph` runs a function, `graph_to_dict` takes
operations from any source. Read next: `_steps`, the two walks as steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..engine import Graph, Tensor
from ..engine.drawing.layout import lay_out
from ..engine.drawing.text import bar_mark, number_text, shape_text, value_text
from ..errors import CourseError, UsageError
from ._failures import line_of
from ._ledger import shape_ledger
from ._operations import Operation, Recording, expression, record
from ._program import program
from ._steps import backward_steps, end_step, formula_of, forward_steps, start_step
from ._walks import Carried, Walk, carry

MOST_NODES = 120
MOST_ENTRIES = 64  # of an array whose entries the trace holds
Trace = dict[str, Any]


def trace_graph(
    f: Callable[..., Any] | Graph | Tensor,
    *args: Any,
    names: Sequence[str] | None = None,
    ledger: bool = False,
    like: Trace | None = None,
) -> Trace:
    """Run `f` once and return its trace; where that is not possible, a trace whose ``error`` says why.

    Parameters
    ----------
    f : callable, Graph or Tensor
        Maps Tensors to one Tensor. Gradients need one of size 1; otherwise only the forward walk is shown.
        Or what was recorded: a graph, as `trace` returns it, or a Tensor that was computed from others.
    *args : arrays or floats
        Where to run it; all of them are differentiated. Of what was recorded they may be left out.
    names : sequence of str, optional
        Names of the arguments (default: those of the parameters of `f`). A computed value is called as the
        local variable of `f` that holds it.
    ledger : bool
        Add the ledger of shapes.
    like : dict, optional
        An earlier trace of `f`. Where the graph is the same, no box is smaller than there, so that the
        picture stands still while values change.

    Returns
    -------
    dict
        ``error``, ``title``, ``width``, ``height`` (CSS pixels), ``nodes``, ``edges`` and ``steps``; see
        `graph_to_dict`. ``code``: a program for a notebook. With a ledger ``table``: ``caption``,
        ``columns``, ``rows`` with ``name`` and ``cells``; a cell is a list of pairs of a step and the text
        that it holds from there on.

    Raises
    ------
    UsageError
        If `f` is not callable, or there are not as many names as arguments.
    """

    def make(recording: Recording) -> Trace:
        trace = graph_to_dict(recording, like=like)
        if trace["error"]:
            return trace
        trace["code"] = program(recording, "GraphStepper", ", ledger=True" if ledger else "")
        return {**trace, "table": shape_ledger(recording, trace)} if ledger else trace

    recorded, given = expression(f, args)
    return of_function(make, recorded, given, names)


def of_function(
    make: Callable[[Recording], Trace],
    f: Callable[..., Any] | Graph,
    args: Sequence[Any],
    names: Sequence[str] | None,
) -> Trace:
    """Run `f` once and return what `make` makes of that, or the trace that says why that is not possible."""
    if not callable(f) and not isinstance(f, Graph):
        raise UsageError(
            "This picture traces a function.",
            expected="a callable, then its arguments",
            got=f"{type(f).__name__}",
            mend="write GraphStepper(f, x) instead of GraphStepper(f(x))",
        )
    if names is not None and (
        isinstance(names, str) or not isinstance(names, Sequence) or len(names) != len(args)
    ):
        raise UsageError(
            "Every argument wants one name.",
            expected=f"names with {len(args)} entries",
            got=f"{names!r}",
            mend="leave names out to take those of the function's parameters",
        )
    called = "this expression" if isinstance(f, Graph) else getattr(f, "__name__", type(f).__name__)
    called = "this function" if called == "<lambda>" else called
    subject = called[0].upper() + called[1:] if " " in called else called
    try:
        return make(record(f, args, names, called))
    except CourseError as error:
        return failed(f"{subject} cannot be traced. {error}")
    except Exception as error:  # the learner's function may raise anything: the widget says what it was
        where = "" if isinstance(f, Graph) else line_of(error, f)
        who = f"{subject} raised" if where else f"{subject} could not be traced:"
        return failed(f"{who} {type(error).__name__}: {error}{where}")


def failed(sentence: str) -> Trace:
    """Return the trace of what could not be traced."""
    return {"error": sentence, "title": "", "width": 0, "height": 0, "nodes": [], "edges": [], "steps": []}


def graph_to_dict(recording: Recording, walk: Walk | None = None, like: Trace | None = None) -> Trace:
    """Turn what was recorded, from any source, into a trace.

    Parameters
    ----------
    recording : Recording
        The operations, in topological order.
    walk : Walk, optional
        The walk back as it was done elsewhere; without one it is done here.
    like : dict, optional
        An earlier trace; see `trace_graph`.

    Returns
    -------
    dict, plain JSON
        ``nodes``: ``name``, ``kind``, ``label`` (the name, and the rest of its row), ``formula``, ``title``,
        ``value`` (text), ``number`` (or nested lists; `None` for what is not finite, or large), ``shape``,
        ``bar`` (how its cotangent is written; empty for a constant), ``box`` (left, top, width, height in CSS
        pixels). ``strange`` says which value is the first that is not finite.

        ``edges``, those that carry a cotangent first, in walking order: ``source``, ``target``, ``carries``,
        ``upstream``, ``local`` (`None` for a Jacobian that is not diagonal), ``downstream``, ``sum`` (what
        the source has accumulated by then), ``term`` (text of the downstream where several meet), and
        ``curve``, ``label``, ``room``, ``note``, ``span`` for drawing.

        ``steps``: ``phase``, ``node``, ``edge``, ``sentence``, ``equation``, ``pill`` and ``question``
        (beside the edge), ``bar`` (text of the cotangent accumulated so far), ``ask`` (for prediction mode).
    """
    operations = recording.operations
    drawn = [i for i, op in enumerate(operations) if not op.is_literal]
    if len(drawn) > MOST_NODES:
        return failed(
            f"The graph of {recording.called} has {len(drawn):,} nodes; the stepper draws at most "
            f"{MOST_NODES}. Trace a part of the function, or inputs that need fewer operations."
        )
    steps = [start_step(recording), *forward_steps(recording)]
    carried: list[Carried] = []
    if walk:
        carried = walk.carried
        steps += backward_steps(recording, carried, walk.seed, walk.opening)
    elif np.size(operations[recording.output].value) == 1:
        carried = carry(recording)
        steps += backward_steps(recording, carried)
    steps.append(end_step(recording, carried, walk))
    place = {i: k for k, i in enumerate(drawn)}
    steps = [replace(step, node=None if step.node is None else place[step.node]) for step in steps]
    count = sum(op.kind == "compute" for op in operations)
    trace: Trace = {
        "error": "",
        "title": f"Computation graph of {recording.called}: {count} operation{'s' * (count != 1)}",
        "nodes": [drawn_node(operations[i], operations) for i in drawn],
        "edges": [_edge(c, place) for c in carried] + _plain_edges(operations, carried, place),
        "steps": [step.to_dict() for step in steps],
        "strange": _strange(operations),
    }
    _place(trace, like)
    return trace


def _strange(operations: Sequence[Operation]) -> str:
    """Say which value is the first that is not finite; empty where there is none."""
    for op in operations:
        if op.kind == "compute" and not np.all(np.isfinite(op.value)):
            made = f"{op.name} = {formula_of(op, operations)}"
            return f"{made} = {value_text(op.value)} for these inputs. What comes from it need not be right."
    return ""


def drawn_node(op: Operation, operations: Sequence[Operation]) -> Trace:
    """Return a node without its place."""
    rest = f" = {formula_of(op, operations)}" if op.kind == "compute" else ""
    said = f"shape {shape_text(op.shape)}: " if op.shape else ""
    value = value_text(op.value)
    return {
        "name": op.name,
        "kind": op.kind,
        "label": [op.name, rest if len(rest) <= 18 else ""],
        "formula": rest.removeprefix(" = "),
        "title": f"{op.name}{rest}, {said}{value_text(op.value, limit=MOST_ENTRIES)}",
        "value": value if len(value) <= 18 else f"shape {shape_text(op.shape)}",
        "number": _plain(op.value),
        "shape": [int(n) for n in op.shape],
        "bar": "" if op.kind == "constant" else bar_mark(op.name),
    }


def _edge(c: Carried, place: dict[int, int]) -> Trace:
    return {
        "source": place[c.source],
        "target": place[c.target],
        "carries": True,
        "upstream": _plain(c.upstream),
        "local": None if c.local is None else _plain(c.local),
        "downstream": _plain(c.downstream),
        "sum": _plain(c.sum),
        "term": "" if c.paths == 1 or np.ndim(c.downstream) else number_text(c.downstream),
    }


def _plain_edges(
    operations: Sequence[Operation], carried: Sequence[Carried], place: dict[int, int]
) -> list[Trace]:
    """Edges that carry nothing back: from constants, and all of them where there is no gradient."""
    back = {(c.source, c.target) for c in carried}
    return [
        {"source": place[source], "target": place[target], "carries": False, "term": ""}
        for target, op in enumerate(operations)
        for source in op.inputs
        if source in place and (source, target) not in back
    ]


def _place(trace: Trace, like: Trace | None) -> None:
    """Add boxes, curves, spots for labels and the size of the picture."""
    pills = {step["edge"]: sum(len(part["text"]) for part in step["pill"]) for step in trace["steps"]}
    rooms = [round(28 + 7.6 * pills.get(i, 0), 1) for i in range(len(trace["edges"]))]
    sizes = [_size(trace, i) for i in range(len(trace["nodes"]))]
    spans = [7.0 * len(edge["term"]) for edge in trace["edges"]]
    if like and _wires(like) == _wires(trace):
        sizes = [
            (max(w, node["box"][2]), max(h, node["box"][3]))
            for (w, h), node in zip(sizes, like["nodes"], strict=True)
        ]
        rooms = [max(room, edge["room"]) for room, edge in zip(rooms, like["edges"], strict=True)]
        spans = [max(span, edge["span"]) for span, edge in zip(spans, like["edges"], strict=True)]
    layout = lay_out(
        sizes,
        [(edge["source"], edge["target"]) for edge in trace["edges"]],
        labels=[(room, 24.0) for room in rooms],
        notes=[(span, 14.0) for span in spans],
    )
    for node, (x, y), (width, height) in zip(trace["nodes"], layout.centres, sizes, strict=True):
        node["box"] = [round(x - width / 2, 1), round(y - height / 2, 1), width, height]
    for i, edge in enumerate(trace["edges"]):
        edge["curve"] = [list(point) for point in layout.curves[i]]
        edge["label"], edge["room"] = list(layout.labels[i]), rooms[i]
        edge["note"], edge["span"] = list(layout.notes[i]), spans[i]
    trace["width"], trace["height"] = layout.width, layout.height


def _wires(trace: Trace) -> list[Any]:
    return [len(trace["nodes"]), *((edge["source"], edge["target"]) for edge in trace["edges"])]


def _size(trace: Trace, i: int) -> tuple[float, float]:
    """Width and height of a box that holds its three rows, whatever step it is."""
    node = trace["nodes"][i]
    bars = [len(step["bar"]) for step in trace["steps"] if step["node"] == i]
    rows = (
        7.0 * sum(map(len, node["label"])),
        8.2 * len(node["value"]),
        7.2 * (len(node["name"]) + 1 + max(bars, default=0)) if node["bar"] else 0.0,
    )
    return round(max(56.0, max(rows) + 18.0), 1), 66.0 if node["bar"] else 52.0


def _plain(value: Any) -> Any:
    """Return a number or nested lists for JSON, with `None` for what is not finite and for large arrays."""
    array = np.asarray(value, dtype=float)
    if array.size > MOST_ENTRIES:
        return None
    if array.ndim:
        return [_plain(entry) for entry in array]
    return float(array) if np.isfinite(array) else None
