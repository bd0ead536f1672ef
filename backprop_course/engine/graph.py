"""trace: a function, run once, as a Graph one can read: nodes in order, values, local rules."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from . import refusals
from .cost import Cost, count_cost
from .drawing.svg import graph_svg
from .modes import differentiating
from .tensor import Tensor, record
from .trees import is_tree, leaves, with_leaves, with_paths
from .walks import pullback, topological_order


class GraphNode:
    """One value of a graph.

    Attributes
    ----------
    index : int
        Its place in ``graph.nodes``; inputs come before what is computed from them.
    kind : {"input", "constant", "compute"}
    name : str
        The argument's name, the local variable's that held it, or ``v1, v2, ...``.
    function : str
        Name of the primitive; empty for inputs and constants.
    inputs : tuple of int
        Indices of the nodes it was computed from, in the order of the arguments (repeats stay).
    params : dict
        Settings of the call, such as ``axis``.
    value : ndarray or float
    """

    __slots__ = ("_tensor", "function", "index", "inputs", "kind", "name", "params", "value")

    def __init__(self, index: int, kind: str, name: str, value: Any, tensor: Tensor | None = None) -> None:
        self.index, self.kind, self.name, self.value, self._tensor = index, kind, name, value, tensor
        self.function, self.inputs, self.params = "", (), {}  # type: str, tuple[int, ...], dict[str, Any]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return tuple(np.shape(self.value))

    def __repr__(self) -> str:
        made = f" = {self.function}{self.inputs}" if self.kind == "compute" else f" ({self.kind})"
        return f"{self.index}: {self.name}{made}, shape {self.shape}"


class Graph:
    """The nodes of one run of a function, in an order in which they can be computed.

    Attributes
    ----------
    nodes : list of GraphNode
    output : int
        Index of the result.
    """

    def __init__(self, nodes: list[GraphNode], output: int) -> None:
        self.nodes, self.output = nodes, output

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.nodes))

    def forward(self, *args: Any) -> Any:
        """Compute all values again, from new inputs if any are given, and return the output.

        The operations are the recorded ones: what the function decided by values (a branch, a sort) stays.

        Parameters
        ----------
        *args : array_like of floats, in the shapes of the inputs, or trees of them as the function took

        Raises
        ------
        UsageError, ShapeError
            If there are not as many as inputs, or their shapes differ.
        """
        inputs = [node for node in self.nodes if node.kind == "input"]
        given = [x for arg in args for x in (filter(_is_float, leaves(arg)) if is_tree(arg) else [arg])]
        if args and len(given) != len(inputs):
            raise refusals.argument_count("forward", len(inputs), len(given))
        for node, x in zip(inputs, given, strict=bool(args)):
            fresh = Tensor(x, requires_grad=True)
            if fresh.shape != node.shape:
                what = f"forward() was given another shape for input '{node.name}'."
                raise refusals.shapes(what, node.shape, fresh.shape, "trace the function again")
            node._tensor, node.value = fresh, fresh.value
        for node in self.nodes:
            if node.kind == "compute" and node._tensor is not None and node._tensor.node is not None:
                old = node._tensor.node
                found = [
                    self.nodes[i]._tensor if isinstance(x, Tensor) else x
                    for i, x in zip(node.inputs, old.inputs, strict=True)
                ]
                node._tensor = record(old.primitive, tuple(found), old.params)
                node.value = node._tensor.value
        return self.nodes[self.output].value

    def cost(self) -> Cost:
        """Count multiply-adds, products and bytes, of evaluating and of differentiating; see `Cost`."""
        return count_cost(self)

    def _repr_svg_(self) -> str:
        """The picture that a notebook shows."""
        return graph_svg(self)

    def to_dot(self) -> str:
        """The graph in the language of Graphviz."""
        lines = ["digraph {", "  rankdir=LR"]
        for node in self.nodes:
            shape = {"input": "box", "constant": "plaintext", "compute": "ellipse"}[node.kind]
            label = f"{node.name}\\n{node.function}" if node.function else node.name
            lines.append(f'  n{node.index} [shape={shape}, label="{label}"]')
            lines += [f"  n{i} -> n{node.index}" for i in node.inputs]
        return "\n".join([*lines, "}"])

    def backward(self, out_bar: Any = None) -> list[Any]:
        """Return the cotangents of all nodes in order; `None` where the output does not depend on one.

        Parameters
        ----------
        out_bar : array_like, shape of the output, optional
            1.0 by default, for an output of one entry.

        Raises
        ------
        NotScalarError
            If `out_bar` is left out and the output has more than one entry.
        """
        bars, _ = self._walk_back(out_bar)
        return [None if node._tensor is None else bars.get(node._tensor) for node in self.nodes]

    def contributions(self, out_bar: Any = None) -> list[tuple[int, int, int, Any]]:
        """List what each edge carries back, in walking order: (from, to, position of the argument, share)."""
        place = {id(node._tensor): node.index for node in self.nodes if node._tensor is not None}
        _, edges = self._walk_back(out_bar)
        return [(place[id(t)], place[id(x)], position, x_bar) for t, x, position, x_bar in edges]

    def _walk_back(self, out_bar: Any) -> tuple[dict[Tensor, Any], list[tuple[Tensor, Tensor, int, Any]]]:
        out = self.nodes[self.output]
        tensor = out._tensor
        assert tensor is not None  # the output is no literal
        if out_bar is None and np.size(out.value) != 1:
            mend = "hand in the cotangent of the output"
            raise refusals.not_one_entry("backward() needs one number to start from.", out.shape, mend)
        start: Any = np.ones(out.shape)[()] if out_bar is None else np.asarray(out_bar)[()]
        start = float(start) if type(out.value) is float else start
        edges: list[tuple[Tensor, Tensor, int, Any]] = []
        order = [node._tensor for node in self.nodes if node._tensor is not None]
        return pullback(sorted(order, key=attrgetter("number")), {tensor: start}, edges=edges), edges


def trace(f: Callable[..., Any], *args: Any) -> Graph:
    """Run `f` on `args` and return what it did as a `Graph`.

    Parameters
    ----------
    f : callable
        Maps Tensors to one Tensor.
    *args : array_like of floats, or trees of them
        Inputs of the graph. Nodes are named after the parameters of `f` and its local variables. What is not
        made of floats in a tree stays as it is.

    Raises
    ------
    UsageError
        If `f` is no function, or does not return one result.
    DtypeError
        If an argument is made of integers.

    Examples
    --------
    >>> from backprop_course import trace
    >>> def f(x):
    ...     y = x * x
    ...     return y + x
    >>> graph = trace(f, 3.0)
    >>> graph
    0: x (input), shape ()
    1: y = multiply(0, 0), shape ()
    2: v2 = add(1, 0), shape ()
    >>> graph.backward()
    [7.0, 1.0, 1.0]
    """
    if not callable(f):
        raise refusals.not_a_function("trace", f)
    inputs: list[Tensor] = []
    input_names: list[str] = []

    def lift(x: Any, name: str) -> Any:
        if is_tree(x):
            pairs = list(with_paths(x))
            return with_leaves(x, iter([lift(y, name + path) if _is_float(y) else y for path, y in pairs]))
        inputs.append(Tensor(x, requires_grad=True))
        input_names.append(name)
        return inputs[-1]

    lifted = [lift(x, name) for x, name in zip(args, _parameters(f, len(args)), strict=True)]
    with differentiating:
        out, local_names = _call_and_look(f, lifted)
    if out is None or isinstance(out, tuple | list | dict):
        raise refusals.not_one_array("The function to trace", out)
    if not isinstance(out, Tensor):
        out = Tensor(out)
    names = {id(t): name for name, t in local_names.items() if isinstance(t, Tensor)}
    names |= {id(t): name for t, name in zip(inputs, input_names, strict=True)}
    return graph_of(inputs, out, names)


def graph_of(inputs: Sequence[Tensor], out: Tensor, names: Mapping[int, str] | None = None) -> Graph:
    """The graph between Tensors that have been computed; `names` are by ``id`` of the Tensor."""
    names = names or {}
    nodes: list[GraphNode] = []
    index_of: dict[int, int] = {}
    letter = next(
        (c for c in "vus" if not any(re.fullmatch(rf"{c}\d+", name) for name in names.values())), "_"
    )

    def add(kind: str, value: Any, tensor: Tensor | None, fallback: str) -> int:
        name = (tensor.name or names.get(id(tensor)) if tensor is not None else None) or fallback
        nodes.append(GraphNode(len(nodes), kind, name, value, tensor))
        return len(nodes) - 1

    for k, t in enumerate(inputs):
        index_of[id(t)] = add("input", t.value, t, f"x{k}")
    computed = 0
    for t in topological_order([out]):
        if id(t) in index_of or t.node is None:
            continue
        parents = []
        for x in t.node.inputs:
            if isinstance(x, Tensor) and id(x) in index_of:
                parents.append(index_of[id(x)])
                continue
            value = x.value if isinstance(x, Tensor) else x
            shown = f"{value:g}" if np.ndim(value) == 0 else "constant"
            parents.append(add("constant", value, x if isinstance(x, Tensor) else None, shown))
            if isinstance(x, Tensor):
                index_of[id(x)] = parents[-1]
        computed += 1
        i = index_of[id(t)] = add("compute", t.value, t, f"{letter}{computed}")
        nodes[i].function, nodes[i].inputs = t.node.primitive.name, tuple(parents)
        nodes[i].params = dict(t.node.params)
    if id(out) not in index_of:  # the output depends on no input
        index_of[id(out)] = add("constant", out.value, out, "constant")
    return Graph(nodes, index_of[id(out)])


def _parameters(f: Callable[..., Any], n: int) -> list[str]:
    """Name the first `n` arguments of `f`."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    plain = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [plain[i] if i < len(plain) else f"x{i}" for i in range(n)]


def _is_float(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _call_and_look(f: Callable[..., Any], args: list[Any]) -> tuple[Any, dict[str, Any]]:
    """Call `f`, and read its local variables as it returns: the names that the reader gave to the nodes."""
    seen: dict[str, Any] = {}
    code = getattr(f, "__code__", None)

    def look(frame: Any, event: str, arg: Any) -> None:
        if event == "return" and frame.f_code is code:
            seen.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        return f(*args), seen
    finally:
        sys.setprofile(before)
