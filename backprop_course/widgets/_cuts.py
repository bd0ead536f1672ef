"""One function cut coarser or finer: operations put together into one, or taken apart into several.

`contract` makes one node of all that only one node uses; its rule is the walk through its inside. `finer`
runs the recorded operations again, with each that has a formula of smaller ones replaced by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..engine.drawing.text import formula, number_text
from ..engine.graph import graph_of, trace
from ..engine.tensor import Tensor, record
from ._literals import literal
from ._operations import Operation, Recording, from_graph

# How an operation is put together from smaller ones; the last two take settings that decide it.
FORMULAS: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "silu": lambda x: x * (1 / (1 + np.exp(-x))),
    "square": lambda x: x * x,
    "affine": lambda x, W, b: x @ W + b,
    "softmax": lambda x, axis=-1: np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True),
    "logsumexp": lambda x, axis=None, keepdims=False: np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims)),
}
_PRECEDENCE = {
    "add": 1,
    "subtract": 1,
    "negative": 2,
    "multiply": 2,
    "divide": 2,
    "true_divide": 2,
    "matmul": 2,
}
_POSTFIX = {"power", "square", "transpose"}  # written behind their operand


def finer(f: Callable[..., Any], args: Sequence[Any], names: Sequence[str], called: str) -> Recording:
    """Record `f` with every operation that has a formula written out."""
    graph = trace(f, *args)
    own = local_names(f)
    results: list[Any] = []
    written: dict[int, str] = {}
    for node in graph.nodes:
        if node.kind == "constant":
            results.append(node.value)
            continue
        if node.kind == "input":
            results.append(Tensor(node.value, requires_grad=True))
        else:
            results.append(_again(node, [results[i] for i in node.inputs]))
        if node.kind == "input" or node.name in own:
            written[id(results[-1])] = node.name
    inputs = [results[node.index] for node in graph.nodes if node.kind == "input"]
    return from_graph(graph_of(inputs, results[graph.output], written), names, called)


def _again(node: Any, inputs: list[Any]) -> Any:
    if node.function == "power" and isinstance(inputs[1], float | int) and inputs[1] in (2, 3):
        x, n = inputs
        return x * x if n == 2 else x * x * x
    settings = {key: value for key, value in node.params.items() if value is not None}
    if node.function in FORMULAS:
        return FORMULAS[node.function](*inputs, **settings)
    return record(node._tensor.node.primitive, tuple(inputs), node.params)


def local_names(f: Callable[..., Any]) -> set[str]:
    """Names that the function's own lines give."""
    code = getattr(f, "__code__", None)
    return {*code.co_varnames, *code.co_cellvars} if code else set()


def contract(recording: Recording, kept: set[str]) -> Recording:
    """Put every operation that is not kept, and that one other uses, into that other."""
    operations = recording.operations
    home = list(range(len(operations)))
    for i in reversed(range(len(operations))):
        users = {home[j] for j, op in enumerate(operations) if i in op.inputs}
        is_free = operations[i].kind == "compute" and i != recording.output and operations[i].name not in kept
        home[i] = users.pop() if is_free and len(users) == 1 else i
    place: dict[int, int] = {}
    made: list[Operation] = []
    for i, op in enumerate(operations):
        if home[i] != i:
            continue
        members = [j for j in range(len(operations)) if home[j] == i]
        found = op if len(members) == 1 else _one_of(operations, members)
        place[i] = len(made)
        made.append(replace(found, inputs=tuple(place[j] for j in found.inputs)))
    return Recording(made, place[recording.output], recording.called)


def _one_of(operations: Sequence[Operation], members: list[int]) -> Operation:
    """Return several operations as one: the last of the members, made from what stands outside of them."""
    inside = set(members)
    outside = list(
        dict.fromkeys(
            j
            for i in members
            for j in operations[i].inputs
            if j not in inside and not operations[j].is_literal
        )
    )
    top = members[-1]

    def pull(out_bar: Any) -> list[Any]:
        bars: dict[int, Any] = {top: out_bar}
        for i in reversed(members):
            if i not in bars:
                continue
            for j, share in zip(operations[i].inputs, operations[i].pull(bars[i]), strict=True):
                if share is not None:
                    bars[j] = bars[j] + share if j in bars else share
        return [bars.get(j) for j in outside]

    def composed(operands: Sequence[str], say: Callable[..., str], number: Callable[[Any], str]) -> str:
        names = dict(zip(outside, operands, strict=True))

        def text(i: int) -> str:
            op = operations[i]
            if i not in inside:
                return names[i] if i in names else number(op.value)
            return say(op, [inner(op, k, j) for k, j in enumerate(op.inputs)])

        def inner(parent: Operation, position: int, j: int) -> str:
            said = text(j)
            if j not in inside or said.startswith(("−", "-")):  # a minus gets its brackets from the formula
                return said
            own, over = _PRECEDENCE.get(operations[j].function, 9), _PRECEDENCE.get(parent.function, 0)
            over = 9 if parent.function in _POSTFIX and position == 0 else over
            is_late = position == 1 and parent.function in ("subtract", "divide", "true_divide", "matmul")
            return f"({said})" if own < over or (own == over and is_late) else said

        return text(top)

    def write(operands: Sequence[str]) -> str:
        return composed(operands, lambda op, parts: formula(op.function, parts, op.settings), number_text)

    def code(operands: Sequence[str]) -> str:
        return composed(operands, lambda op, parts: op.code(parts), literal)

    return replace(
        operations[top],
        function="",
        inputs=tuple(outside),
        settings="",
        pull=pull,
        ufunc=False,
        written=write,
        code=None if any(operations[i].code is None for i in members) else code,
    )
