"""Probes of NB07: a learner's own Tensor and operations on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import field, wrote

Array = npt.NDArray[np.float64]
Operation = Callable[..., Any]


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


def repeated_operand(operation: Operation, Tensor: Any, a: Array, g: Array) -> tuple[Any, ...]:
    """Combine a Tensor with itself."""
    ta = operand(Tensor, a)
    return _sent(wrote(operation(ta, ta)), g, ta)


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
        made_from = ", ".join(names.get(id(node), "another object") for node in prev)
    wants = []
    for ta.requires_grad, tb.requires_grad in ((True, True), (True, False), (False, True), (False, False)):
        wants.append(bool(field(wrote(operation(ta, tb)), "requires_grad")))
    return made_from, wants


def _sent(out: Any, g: Array, ta: Any, before: Array | None = None, tb: Any = None) -> tuple[Any, ...]:
    """Send a gradient back and return what arrives, in `ta` on top of what was there before."""
    if before is not None:
        ta.grad = before.copy()
    out.grad = g
    field(out, "_backward")()
    return tuple(field(t, "grad") for t in (ta, tb) if t is not None)
