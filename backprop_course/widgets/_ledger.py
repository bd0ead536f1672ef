"""The table beside a graph: for each node a row, whose cells say from which step on they hold what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.drawing.text import shape_text, value_text
from ._operations import Recording
from ._steps import formula_of

Trace = dict[str, Any]
States = list[list[Any]]  # [step, text], in the order of the steps


def shape_ledger(recording: Recording, trace: Trace) -> Trace:
    """Return the ledger of shapes: of each value, of its cotangent, and of the product that brought it."""
    nodes, edges = trace["nodes"], trace["edges"]

    def product(edge: int) -> str:
        upstream, source = (nodes[edges[edge][end]]["shape"] for end in ("target", "source"))
        return f"{shape_text(upstream)} · {shape_text([*upstream, *source])}"

    rows = []
    for i, formula in enumerate(_formulas(recording)):
        if nodes[i]["kind"] == "constant":
            continue
        shape = shape_text(nodes[i]["shape"])
        back = [(k, step["edge"]) for k, step in _back(trace) if step["node"] == i]
        products = [[k, "the start" if edge is None else product(edge)] for k, edge in back]
        bars = [[k, shape] for k, _ in back[:1]]
        rows.append(_row(nodes[i]["name"], [[0, formula]], [[_made(trace, i), shape]], bars, products))
    columns = ["", "computed as", "shape", "shape of its bar", "upstream · Jacobian"]
    return {"caption": "Ledger of shapes", "columns": columns, "rows": rows}


def grad_ledger(
    recording: Recording,
    trace: Trace,
    caption: str,
    held: str,
    at_first: Sequence[Any],
    *,
    is_taken: bool = False,
) -> Trace:
    """Return what every node holds step by step; with `is_taken`, an entry goes when its node is left."""
    rows = []
    for i, formula in enumerate(_formulas(recording)):
        node = trace["nodes"][i]
        if node["kind"] == "constant":
            continue
        grads: States = [] if at_first[i] is None else [[0, value_text(at_first[i])]]
        for k, step in _back(trace):
            if step["node"] == i:
                grads.append([k, step["bar"]])
            edge = step["edge"]
            left = is_taken and edge is not None and trace["edges"][edge]["target"] == i
            if left and grads and grads[-1][1] != "taken out":
                grads.append([k, "taken out"])
        value = [[_made(trace, i), node["value"]]]
        rows.append(_row(node["name"], [[0, formula or node["kind"]]], value, grads))
    return {"caption": caption, "columns": ["", "made by", "value", held], "rows": rows}


def _row(name: str, *cells: States) -> Trace:
    return {"name": name, "cells": list(cells)}


def _formulas(recording: Recording) -> list[str]:
    """Formulas of the nodes that are drawn, in their order; empty for what is given."""
    operations = recording.operations
    return [
        formula_of(op, operations) if op.kind == "compute" else "" for op in operations if not op.is_literal
    ]


def _made(trace: Trace, node: int) -> int:
    steps = enumerate(trace["steps"])
    return next((k for k, step in steps if step["phase"] == "forward" and step["node"] == node), 0)


def _back(trace: Trace) -> list[tuple[int, Trace]]:
    return [(k, step) for k, step in enumerate(trace["steps"]) if step["phase"] == "backward"]
