"""Probes of NB07: a learner's own Tensor and operations on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import NOTHING, field, raised, wrote

Array = npt.NDArray[np.float64]
Operation = Callable[..., Any]

STRANGER = "another object"


class Plain:
    """The five fields of a Tensor and nothing else: what operations work on where there is no Tensor."""

    value: Any
    grad: Any
    requires_grad: bool
    _prev: tuple[Any, ...]
    _backward: Callable[[], Any]


def operand(Tensor: Any, value: Any, *, requires_grad: bool = True, prev: Iterable[Any] = ()) -> Any:
    """Return a node with all fields set, of the learner's own Tensor where that can be made.

    So an operation is not judged by the constructor, which is asked for elsewhere.
    """
    value = np.asarray(value)
    try:
        return _with_fields(wrote(Tensor(value, requires_grad=requires_grad)), value, requires_grad, prev)
    except Exception:  # a learner's class may fail in any way
        return _with_fields(Plain(), value, requires_grad, prev)


def _with_fields(node: Any, value: Any, requires_grad: bool, prev: Iterable[Any]) -> Any:
    node.value, node.grad, node.requires_grad = value, np.zeros(value.shape), requires_grad
    node._prev, node._backward = tuple(prev), lambda: None
    return node


def fields(Tensor: Operation, x: Array) -> dict[str, Any]:
    """Make a Tensor and tell its fields."""
    t = Tensor(x, requires_grad=True)
    field(t, "_backward")()  # a leaf has something to call, which does nothing
    return {
        "value": field(t, "value"),
        "grad": field(t, "grad"),
        "requires_grad": [field(t, "requires_grad"), field(Tensor(x), "requires_grad")],
        "prev": len(field(t, "_prev")),
    }


def from_integers(Tensor: Operation, x: npt.NDArray[np.int64], number: float) -> dict[str, Any]:
    """Make a Tensor of integers and one of a number; tell where gradients begin."""
    grad = np.asarray(field(Tensor(x, requires_grad=True), "grad"))
    return {
        "grad_type": {"f": "float", "i": "integer"}.get(grad.dtype.kind, grad.dtype.name),
        "grad_of_a_number": field(Tensor(number, requires_grad=True), "grad"),
    }


def unary(operation: Operation, Tensor: Any, x: Array, g: Array, before: Array) -> tuple[Any, ...]:
    """Apply an operation to a Tensor that has a gradient already, and send one back."""
    tx = operand(Tensor, x)
    out = wrote(operation(tx))
    return field(out, "value"), _sent(out, g, tx, before)[0]


def powers(operation: Operation, Tensor: Any, x: Array, n: float, g: Array, before: Array) -> tuple[Any, ...]:
    """Raise a Tensor to a power."""
    return unary(lambda tx: operation(tx, n), Tensor, x, g, before)


def binary(operation: Operation, Tensor: Any, a: Array, b: Array, g: Array, before: Array) -> tuple[Any, ...]:
    """Combine two Tensors, the first of which has a gradient already, and send one back."""
    ta, tb = operand(Tensor, a), operand(Tensor, b)
    out = wrote(operation(ta, tb))
    return field(out, "value"), *_sent(out, g, ta, before, tb)


def repeated_operand(operation: Operation, Tensor: Any, a: Array, g: Array, before: Array) -> tuple[Any, ...]:
    """Combine a Tensor with itself."""
    ta = operand(Tensor, a)
    return _sent(wrote(operation(ta, ta)), g, ta, before)


def one_constant(operation: Operation, Tensor: Any, a: Array, b: Array, g: Array) -> tuple[Any, ...]:
    """Combine a Tensor with one that wants no gradient, as second and as first operand."""
    ta, tb = operand(Tensor, a), operand(Tensor, b, requires_grad=False)
    wanted, constant = _sent(wrote(operation(ta, tb)), g, ta, None, tb)
    ta.grad = np.zeros(ta.value.shape)
    (again,) = _sent(wrote(operation(tb, ta)), g, tb)
    return wanted, constant, again


def recorded(operation: Operation, Tensor: Any, a: Array, b: Array) -> tuple[str, list[bool]]:
    """Tell which operands a result remembers, and for which it wants a gradient."""
    ta, tb = operand(Tensor, a), operand(Tensor, b)
    names = {id(ta): "a", id(tb): "b"}
    prev = field(wrote(operation(ta, tb)), "_prev")
    made_from = type(prev).__name__
    if isinstance(prev, (tuple, list)):
        made_from = ", ".join(name for node in prev for name in _operands(node, names))
    wants = []
    for ta.requires_grad, tb.requires_grad in ((True, True), (True, False), (False, True), (False, False)):
        wants.append(bool(field(wrote(operation(ta, tb)), "requires_grad")))
    return made_from, wants


def _operands(node: Any, names: dict[int, str]) -> list[str]:
    """Return the name of an operand, or the names of those that a node in between is made from."""
    if id(node) in names:
        return [names[id(node)]]
    inner = [name for other in getattr(node, "_prev", ()) for name in _operands(other, names)]
    return [name for name in inner if name != STRANGER] or [STRANGER]


def _sent(out: Any, g: Array, ta: Any, before: Array | None = None, tb: Any = None) -> tuple[Any, ...]:
    """Send a gradient back and return what arrives, in `ta` on top of what was there before."""
    if before is not None:
        ta.grad = before.copy()
    out.grad = g
    _hand_back(out, [ta, tb])
    return tuple(field(t, "grad") for t in (ta, tb) if t is not None)


def _hand_back(out: Any, until: Iterable[Any]) -> None:
    """Call the closure of `out`, and of nodes between it and `until`: for one put together from others."""
    seen = {id(node) for node in until}
    order: list[Any] = []

    def visit(node: Any) -> None:
        seen.add(id(node))
        prev = getattr(node, "_prev", ())
        for inner in prev if isinstance(prev, (tuple, list)) else ():
            if id(inner) not in seen and getattr(inner, "_prev", None):
                visit(inner)
        order.append(node)

    visit(out)
    for node in reversed(order):
        field(node, "_backward")()


Graph = dict[int, tuple[int, ...]]


def network(Tensor: Any, parents: Graph, shape: tuple[int, ...] = ()) -> dict[int, Any]:
    """Return nodes by number, made from one another as `parents` says, which names parents first."""
    nodes: dict[int, Any] = {}
    for number, prev in parents.items():
        nodes[number] = operand(Tensor, np.full(shape, 0.5), prev=[nodes[p] for p in prev])
    return nodes


def ordered(build_topo: Operation, Tensor: Any, parents: Graph, root: int) -> tuple[list[int]]:
    """Sort a graph; tell the numbers of its nodes in that order, -1 for what is no node of it."""
    nodes = network(Tensor, parents)
    numbers = {id(node): number for number, node in nodes.items()}
    return ([numbers.get(id(node), -1) for node in wrote(build_topo(nodes[root]))],)


def deep(build_topo: Operation, Tensor: Any, length: int) -> tuple[int, bool]:
    """Sort a chain; tell how many nodes come out, and whether each stands behind the one it is made from."""
    nodes = [operand(Tensor, 0.5)]
    first = nodes[0]
    for _ in range(length - 1):  # fields are set one by one: thousands of constructors take their time
        node = object.__new__(type(first))
        node.value, node.grad, node.requires_grad = first.value, first.grad, True
        node._prev, node._backward = (nodes[-1],), first._backward
        nodes.append(node)
    order = list(wrote(build_topo(nodes[-1])))
    rising = all(node is other for node, other in zip(order, nodes, strict=False))
    return len(order), rising


def walked(
    backward: Operation, Tensor: Any, parents: Graph, weights: dict[int, list[Array]], seeds: list[Any]
) -> tuple[list[Any]]:
    """Call backward on the last node of a graph once for each seed; tell what its leaves hold then.

    Every node is a weighted sum of its parents, entry by entry; a seed of None means that none is given.
    """
    shape = next(np.shape(w) for ws in weights.values() for w in ws)
    nodes = network(Tensor, parents, shape)
    called: list[Any] = []
    for number, node in nodes.items():
        node._backward = _weighted(node, weights[number], called)
    root = nodes[list(parents)[-1]]
    untouched = root.grad
    for seed in seeds:
        if seed is None:
            backward(root)
        else:
            backward(root, seed)
    if not called and root.grad is untouched:
        raise NotImplementedError  # a stub's: the judge says "not yet written"
    return ([node.grad for number, node in nodes.items() if not parents[number]],)


def _weighted(node: Any, weights: list[Array], called: list[Any]) -> Callable[[], None]:
    def send() -> None:
        called.append(node)
        for parent, w in zip(node._prev, weights, strict=True):
            parent.grad = np.asarray(parent.grad + w * node.grad)

    return send


def refused(backward: Operation, Tensor: Any, shape: tuple[int, ...]) -> tuple[str, str]:
    """Tell what is raised for a root that wants no gradient, and for an array without a gradient to begin."""
    called: list[Any] = []
    roots = operand(Tensor, 0.5, requires_grad=False), operand(Tensor, np.full(shape, 0.5))
    untouched = [root.grad for root in roots]
    for root in roots:
        root._backward = lambda: called.append(1)
    said = [
        raised(kind, backward, root) or NOTHING
        for kind, root in zip(("RuntimeError", "ValueError"), roots, strict=True)
    ]
    idle = not called and all(root.grad is g for root, g in zip(roots, untouched, strict=True))
    if idle and said == [NOTHING, NOTHING]:
        raise NotImplementedError  # a stub's: the judge says "not yet written"
    return said[0], said[1]


def composite(
    neg: Operation,
    sub: Operation,
    pow: Operation,
    exp: Operation,
    log: Operation,
    sigmoid: Operation,
    tanh: Operation,
    div: Operation,
    Tensor: Any,
    x: Array,
    y: Array,
    g: Array,
) -> tuple[Any, ...]:
    """Join all operations to one function of two variables, and go back through it."""
    tx, ty = operand(Tensor, x), operand(Tensor, y)
    made: list[Any] = []

    def then(out: Any) -> Any:
        made.append(wrote(out))
        return out

    squashed = then(sigmoid(then(neg(then(sub(tx, ty))))))
    logarithm = then(log(then(pow(ty, 2))))
    quotient = then(div(then(tanh(tx)), then(exp(logarithm))))
    out = then(sub(then(exp(then(neg(squashed)))), quotient))
    out.grad = g
    for node in reversed(made):  # each after the nodes that it is made from
        _hand_back(node, made)
    return field(tx, "grad"), field(ty, "grad")


def reduced(
    operation: Operation, Tensor: Any, x: Array, axis: int | None, keepdims: bool, g: Array, before: Array
) -> tuple[Any, ...]:
    """Reduce a Tensor over an axis, and send a gradient back."""
    return unary(lambda tx: operation(tx, axis, keepdims), Tensor, x, g, before)


def reduced_to_a_number(
    operation: Operation, Tensor: Any, x: Array, g: Array, before: Array
) -> tuple[Any, ...]:
    """Reduce a Tensor over all its axes, as if nothing else were asked."""
    return unary(operation, Tensor, x, g, before)
