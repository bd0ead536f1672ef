"""Probes of NB07: a learner's own Tensor and operations on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import field, wrote

Array = npt.NDArray[np.float64]


def fields(Tensor: Callable[..., Any], x: Array) -> dict[str, Any]:
    """Make a Tensor and tell its fields."""
    t = Tensor(x, requires_grad=True)
    return {
        "value": field(t, "value"),
        "grad": field(t, "grad"),
        "requires_grad": [field(t, "requires_grad"), field(Tensor(x), "requires_grad")],
        "prev": len(field(t, "_prev")),
    }


def two_operands(
    Tensor: Callable[..., Any], operation: Callable[..., Any], a: Array, b: Array, g: Array, before: Array
) -> tuple[Any, ...]:
    """Combine two Tensors, the first of which has a gradient already, and send one back."""
    ta, tb = Tensor(a, requires_grad=True), Tensor(b, requires_grad=True)
    out = wrote(operation(ta, tb))
    ta.grad = before.copy()
    out.grad = g.copy()
    field(out, "_backward")()
    prev = [(operand is ta) + 2 * (operand is tb) for operand in field(out, "_prev")]
    return field(out, "value"), field(ta, "grad"), field(tb, "grad"), prev


def repeated_operand(
    Tensor: Callable[..., Any], operation: Callable[..., Any], a: Array, g: Array
) -> tuple[Any, ...]:
    """Combine a Tensor with itself."""
    ta = Tensor(a, requires_grad=True)
    out = wrote(operation(ta, ta))
    out.grad = g.copy()
    field(out, "_backward")()
    return (field(ta, "grad"),)


def one_constant(
    Tensor: Callable[..., Any], operation: Callable[..., Any], a: Array, b: Array, g: Array
) -> tuple[Any, ...]:
    """Combine a Tensor with one that wants no gradient."""
    ta, tb = Tensor(a, requires_grad=True), Tensor(b)
    out = wrote(operation(ta, tb))
    out.grad = np.array(g)
    field(out, "_backward")()
    return field(ta, "grad"), field(tb, "grad")
