"""Nodes that a learner's own class made (NB07), read by their fields; what is said where one is missing."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ..engine.drawing.text import number_text
from ..errors import GraphError, ShapeError, UsageError
from ._operations import Operation, Recording

MOST_NODES = 120
FIELDS = {
    "value": "a number or an array",
    "grad": "an array of floats in the shape of value",
    "requires_grad": "True or False",
    "_prev": "the tuple of its operands",
    "_backward": "a function of no arguments",
}
_FUNCTIONS = {"mul": "multiply", "sub": "subtract", "div": "divide", "truediv": "divide", "neg": "negative"}
_FUNCTIONS |= {"pow": "power", "broadcast_add": "add", "broadcast_mul": "multiply"}


def read_nodes(root: Any, names: Mapping[str, Any]) -> list[Any]:
    """List the nodes behind `root`, operands first, and refuse what no walk could get through.

    Raises
    ------
    UsageError, ShapeError
        If a node lacks one of the five fields, or a field does not hold what it should.
    GraphError
        If a node is behind itself, or there are too many to read.
    """
    called = {id(node): name for name, node in names.items()}
    order: list[Any] = []
    seen: dict[int, bool] = {}  # True as soon as a node is listed; until then its operands are being seen to
    waiting = [(root, False)]
    while waiting:
        node, has_operands = waiting.pop()
        if has_operands:
            seen[id(node)] = True
            order.append(node)
        elif id(node) not in seen:
            _check(node, f"The node {called.get(id(node)) or _maker(node) or 'without a name'}")
            seen[id(node)] = False
            waiting.append((node, True))
            waiting += [(operand, False) for operand in reversed(node._prev)]
        elif not seen[id(node)]:
            raise GraphError(
                f"The node {called.get(id(node)) or _maker(node)} is behind itself, by its operands.",
                expected="_prev holds what a node was computed from, and that was there before it",
                got="operands that lead back to the node",
                mend="set _prev of the new node alone, in the operation that makes it",
            )
        if len(seen) > MOST_NODES:
            raise GraphError(
                "Too many nodes are behind this one for the stepper to draw them.",
                expected=f"at most {MOST_NODES} nodes",
                got=f"more than {MOST_NODES}",
                mend="show a node that fewer operations lead to",
            )
    return order


def _check(node: Any, who: str) -> None:
    for field, wanted in FIELDS.items():
        if not hasattr(node, field):
            raise UsageError(
                f"{who} has no field {field}.",
                expected=f"{field}, {wanted}",
                got=f"{type(node).__name__} with {_fields(node)}",
                mend=f"set self.{field} in the constructor",
            )
    if not isinstance(node._prev, tuple | list):
        lost = "; a set loses their order, and one that is given twice" if isinstance(node._prev, set) else ""
        raise UsageError(
            f"{who} keeps its operands in a {type(node._prev).__name__}.",
            expected=f"_prev, {FIELDS['_prev']}{lost}",
            got=f"{type(node._prev).__name__}",
            mend="write _prev = (a, b), and () for a leaf",
        )
    if not callable(node._backward):
        raise UsageError(
            f"{who} has a _backward that cannot be called.",
            expected=f"_backward, {FIELDS['_backward']}",
            got=f"{node._backward!r}"[:60],
            mend="store the function itself: out._backward = _backward, without parentheses",
        )
    for field in ("value", "grad"):
        _numbers(node, field, who)
    check_grad(node, who, "has")


def check_grad(node: Any, who: str, verb: str) -> None:
    """Refuse a grad in another shape than the value's."""
    grad, value = (np.shape(getattr(node, field)) for field in ("grad", "value"))
    if grad != value:
        raise ShapeError(
            f"{who} {verb} a grad in another shape than its value.",
            expected=f"shape {value}, that of value",
            got=f"shape {grad}",
            mend="begin with np.zeros(value.shape), and add shares of that shape: unbroadcast them first",
        )


def _numbers(node: Any, field: str, who: str) -> None:
    try:
        np.asarray(getattr(node, field), dtype=float)
    except (TypeError, ValueError):
        raise UsageError(
            f"{who} has a {field} that is no number.",
            expected=f"{field}, {FIELDS[field]}",
            got=f"{type(getattr(node, field)).__name__}",
            mend="unpack the operands: compute with a.value, not with a",
        ) from None


def recording_of(order: list[Any], names: Mapping[str, Any], called: str) -> Recording:
    """Return the nodes as operations; a pull calls the node's closure, and leaves all grads as they were."""
    given = {id(node): name for name, node in names.items()}
    place = {id(node): i for i, node in enumerate(order)}
    free = (f"v{k}" for k in itertools.count(1) if f"v{k}" not in names)
    operations = []
    for node in order:
        value = np.array(node.value, dtype=float)[()]
        is_number = not node._prev and not node.requires_grad and np.ndim(value) == 0
        name = given.get(id(node)) or (number_text(float(value)) if is_number else next(free))
        if node._prev:
            inputs = tuple(place[id(operand)] for operand in node._prev)
            pull = _pull(node) if node.requires_grad else _nothing(len(inputs))
            operations.append(Operation(name, "compute", value, _maker(node) or "made", inputs, "", pull))
        else:
            operations.append(Operation(name, "input" if node.requires_grad else "constant", value))
    return Recording(operations, len(order) - 1, called)


def _pull(node: Any) -> Any:
    def pull(out_bar: Any) -> list[Any]:
        with kept([node, *node._prev]):
            node.grad = np.array(out_bar, dtype=float)
            for operand in node._prev:
                operand.grad = np.zeros(np.shape(operand.value))
            with np.errstate(all="ignore"):
                node._backward()
            shares = [np.array(operand.grad)[()] for operand in node._prev]
        first = {id(operand): k for k, operand in reversed(list(enumerate(node._prev)))}
        return [
            share if operand.requires_grad and first[id(operand)] == k else None
            for k, (operand, share) in enumerate(zip(node._prev, shares, strict=True))
        ]

    return pull


def _nothing(n: int) -> Any:
    return lambda out_bar: [None] * n


@contextlib.contextmanager
def kept(nodes: list[Any]) -> Iterator[None]:
    """Put the grads of these nodes back afterwards."""
    grads = [(node, np.array(node.grad), node.grad) for node in nodes]
    try:
        yield
    finally:
        for node, grad, held in grads:
            if isinstance(held, np.ndarray) and held.shape and held.flags.writeable:
                held[...] = grad  # it may have been added to in place, also under another name
            node.grad = held


def _maker(node: Any) -> str:
    """Return the function in which the closure was made: that is the operation's name."""
    if not getattr(node, "_prev", ()):
        return ""
    made = getattr(getattr(node, "_backward", None), "__qualname__", "")
    outer = made.split(".<locals>")[0].rsplit(".", 1)[-1] if ".<locals>" in made else ""
    bare = re.sub(r"^__r?(\w+?)__$", r"\1", outer)
    return _FUNCTIONS.get(bare, bare)


def _fields(node: Any) -> str:
    has = [field for field in FIELDS if hasattr(node, field)]
    return ", ".join(has) if has else "none of the five fields"
