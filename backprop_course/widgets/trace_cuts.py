"""The trace of the granularity switch: one function as few large operations, or as many small ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.drawing.text import bar_mark, joined, value_text
from ._cuts import contract, finer, local_names
from ._operations import Recording
from ._program import program
from ._walks import carry
from .trace_graph import Trace, failed, graph_to_dict, of_function

Facts = dict[str, Any]


def trace_cuts(f: Callable[..., Any], *args: Any, names: Sequence[str] | None = None) -> Trace:
    """Run `f` and return it in every cut; where that is not possible, a trace whose ``error`` says why.

    The cuts are: the whole as one operation; one for each line that names its result; as the engine records
    it; and with sigmoid, tanh, squares and their like written out. Cuts that change nothing are left out.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor of one entry.
    *args : arrays or floats
        Where to run it.
    names : sequence of str, optional
        Names of the arguments.

    Returns
    -------
    dict, plain JSON
        ``error``, ``title``; ``cuts``: each with ``name``, ``trace`` (see `graph_to_dict`), ``sentence`` and
        ``row``, the texts of a table whose heads are ``columns``; ``start``, the place of the recorded one.

    Raises
    ------
    UsageError
        If `f` is not callable, or there are not as many names as arguments.
    """

    def make(recording: Recording) -> Trace:
        return _cuts(f, args, names or (), recording)

    return of_function(make, f, args, names)


def _cuts(f: Callable[..., Any], args: Sequence[Any], names: Sequence[str], recorded: Recording) -> Trace:
    if np.size(recorded.operations[recorded.output].value) != 1:
        shape = recorded.operations[recorded.output].shape
        return failed(
            f"{recorded.called} returns shape {shape}, and slopes start from one number: sum it up."
        )
    with np.errstate(all="ignore"):
        written_out = finer(f, args, names, recorded.called)
    found = {
        "whole": contract(recorded, set()),
        "line by line": contract(recorded, local_names(f)),
        "as recorded": recorded,
        "written out": written_out,
    }
    shapes = {name: [(op.function, op.inputs) for op in cut.operations] for name, cut in found.items()}
    found = {name: cut for name, cut in found.items() if name == "as recorded" or _is_new(name, shapes)}
    traces = {
        name: {**graph_to_dict(cut), "code": program(cut, "GranularitySwitch")} for name, cut in found.items()
    }
    errors = [trace["error"] for trace in traces.values() if trace["error"]]
    if errors:
        return failed(errors[0])
    facts = {name: _facts(cut) for name, cut in found.items()}
    inputs = [op.name for op in recorded.operations if op.kind == "input"]
    return {
        "error": "",
        "title": f"{recorded.called}, cut in {len(found)} ways",
        "columns": ["cut", "operations", "edges back", "numbers kept", "value", *map(bar_mark, inputs)],
        "cuts": [
            {"name": name, "trace": traces[name], "row": _row(name, facts[name]), "sentence": said}
            for name, said in _sentences(facts).items()
        ],
        "start": list(found).index("as recorded"),
    }


def _is_new(name: str, shapes: dict[str, Any]) -> bool:
    """Whether a cut differs from the one as recorded, and from the coarser ones before it."""
    order = list(shapes)
    others = ["as recorded", *order[: order.index(name)]]
    return all(shapes[name] != shapes[other] for other in others if other != name)


def _facts(cut: Recording) -> Facts:
    carried = carry(cut)
    sums = {c.source: c.sum for c in carried}
    computed = [op for op in cut.operations if op.kind == "compute"]
    inputs = [(i, op) for i, op in enumerate(cut.operations) if op.kind == "input"]
    return {
        "operations": len(computed),
        "edges": len(carried),
        "kept": sum(int(np.size(op.value)) for op in computed),
        "value": cut.operations[cut.output].value,
        "slopes": {op.name: sums.get(i, np.zeros(op.shape)[()]) for i, op in inputs},
    }


def _row(name: str, facts: Facts) -> list[str]:
    counts = [f"{facts[key]:,}" for key in ("operations", "edges", "kept")]
    return [name, *counts, value_text(facts["value"]), *map(value_text, facts["slopes"].values())]


def _sentences(facts: dict[str, Facts]) -> dict[str, str]:
    said = {}
    whole = facts["as recorded"]
    for name, cut in facts.items():
        n, edges, kept = cut["operations"], cut["edges"], cut["kept"]
        text = (
            f"{name.capitalize()}: {n} operation{'s' * (n != 1)}, {edges} edge{'s' * (edges != 1)} to walk "
            f"back, {kept} number{'s' * (kept != 1)} kept. "
        )
        differs = [] if _same(cut["value"], whole["value"]) else ["the value"]
        differs += [
            f"the slope of {key}"
            for key, bar in cut["slopes"].items()
            if not _same(bar, whole["slopes"][key])
        ]
        if differs:
            text += f"In floats it is not the same: look at {joined(differs)}. "
            text += "One rule for the whole can be the safer one."
        elif name != "as recorded":
            text += "Value and slopes are those of every other cut."
        else:
            text += "Value and slopes are compared with these."
        said[name] = text
    return said


def _same(a: Any, b: Any) -> bool:
    return bool(np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True))
