"""What the stepper needs to know of one recorded operation, and how it is read off the engine's graph.

The learner's own Tensors, the tracer and the framework of other units need only another reader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ..engine import Graph, Tensor, trace
from ..engine.bare import values_in
from ..engine.graph import GraphNode, graph_of
from ..engine.walks import topological_order
from ._calls import Write, call_of

Kind = Literal["input", "constant", "compute"]


def _no_pull(out_bar: Any) -> list[Any]:
    return []


@dataclass(frozen=True)
class Operation:
    """One node of a graph.

    `pull` maps the cotangent of the value to one cotangent per input, `None` where none is wanted: the vjp
    rule of this operation, already bound to its inputs.
    """

    name: str
    kind: Kind
    value: Any
    function: str = ""
    inputs: tuple[int, ...] = ()
    settings: str = ""
    pull: Callable[[Any], list[Any]] = _no_pull
    ufunc: bool = False  # works entry by entry (where shapes are equal): its Jacobian is diagonal
    written: Write | None = None  # from the operands' texts, not the function
    code: Write | None = None  # the same as Python

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return tuple(np.shape(self.value))

    @property
    def is_literal(self) -> bool:
        """Whether this is a number written in the formula, which the picture shows there."""
        return self.kind == "constant" and self.shape == () and not self.name.isidentifier()


@dataclass(frozen=True)
class Recording:
    """Operations in topological order, and the index of the output."""

    operations: list[Operation]
    output: int
    called: str = "f"


def record(
    f: Callable[..., Any] | Graph, args: Sequence[Any], names: Sequence[str] | None, called: str
) -> Recording:
    """Run `f` once with `trace` and return what it computed; `names` replaces the names of the arguments.

    A graph is computed again at these arguments; the one that is handed over stays as it is.
    """
    with np.errstate(all="ignore"):  # a value that is not finite is shown, not warned about
        if isinstance(f, Graph):
            graph = Graph([copy(node) for node in f.nodes], f.output)
            graph.forward(*args)
        else:
            graph = trace(f, *args)
    return from_graph(graph, names or (), called)


def expression(f: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Return a computed Tensor as its graph, and a graph without arguments with those of its recording."""
    if isinstance(f, Tensor):
        given = [t for t in topological_order([f]) if t.requires_grad and t.node is None]
        f = graph_of(given, f)
    if isinstance(f, Graph) and not args:
        args = tuple(node.value for node in f.nodes if node.kind == "input")
    return f, args


def from_graph(graph: Graph, names: Sequence[str] = (), called: str = "f") -> Recording:
    """Read the engine's graph."""
    taken: set[str] = set()
    operations = []
    for node in graph.nodes:
        name = names[node.index] if node.kind == "input" and names else node.name
        while name in taken and node.kind != "constant":
            name += "′"  # a local variable that was bound again
        taken.add(name)
        operations.append(_operation(node, name))
    return Recording(operations, graph.output, called)


def _operation(node: GraphNode, name: str) -> Operation:
    value = np.asarray(node.value)[()]
    if node.kind != "compute":
        return Operation(name, "input" if node.kind == "input" else "constant", value)
    settings = ", ".join(f"{key}={item}" for key, item in node.params.items() if item is not None)
    assert node._tensor is not None  # compute nodes are made of computed Tensors
    made = node._tensor.node
    assert made is not None  # as above
    p = made.primitive
    primals = [node.value, *values_in(made.inputs)]

    def pull(out_bar: Any) -> list[Any]:
        with np.errstate(all="ignore"):
            if p.joint:
                bars = list(p.joint(out_bar, *primals, **made.params))
            else:
                bars = [
                    p.rule("vjp", i)(out_bar, *primals, **made.params) if wants[i] else None for i in wants
                ]
        return [bar if wants[i] else None for i, bar in enumerate(bars)]

    wants = {i: bool(getattr(x, "requires_grad", False)) for i, x in enumerate(made.inputs)}
    return Operation(
        name,
        "compute",
        value,
        node.function,
        node.inputs,
        settings,
        pull,
        isinstance(p.function, np.ufunc),
        code=call_of(p, made.params),
    )
