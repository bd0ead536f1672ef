"""A Tensor engine as a learner of NB07 writes it; its fields and operations are those of the exercises."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class Tensor:
    """Five fields, and a method `backward` that walks users first."""

    def __init__(self, value: Any, requires_grad: bool = False) -> None:
        self.value: Any = np.array(value, dtype=float)
        self.grad: Any = np.zeros(self.value.shape)
        self.requires_grad = requires_grad
        self._prev: Any = ()
        self._backward: Callable[[], None] = lambda: None

    def backward(self) -> None:
        """Sort, zero the inner nodes, seed, call the closures from the end."""
        if not self.requires_grad:
            raise RuntimeError("nothing behind this Tensor requires a gradient")
        order = build_topo(self)
        for node in order:
            if node._prev:
                node.grad = np.zeros(node.value.shape)
        self.grad = np.ones(self.value.shape)
        for node in reversed(order):
            node._backward()


def build_topo(root: Tensor) -> list[Tensor]:
    """List operands first; small graphs only."""
    order: list[Tensor] = []

    def visit(node: Tensor) -> None:
        if node not in order:
            for operand in node._prev:
                visit(operand)
            order.append(node)

    visit(root)
    return order


def result(value: Any, *operands: Tensor) -> Tensor:
    """A node made from these operands."""
    out = Tensor(value, any(x.requires_grad for x in operands))
    out._prev = operands
    return out


def add(a: Tensor, b: Tensor) -> Tensor:
    """The sum."""
    out = result(a.value + b.value, a, b)

    def _backward() -> None:
        for x in (a, b):
            if x.requires_grad:
                x.grad = x.grad + out.grad

    out._backward = _backward
    return out


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The product, entry by entry."""
    out = result(a.value * b.value, a, b)

    def _backward() -> None:
        if a.requires_grad:
            a.grad = a.grad + b.value * out.grad
        if b.requires_grad:
            b.grad = b.grad + a.value * out.grad

    out._backward = _backward
    return out


def relu(x: Tensor) -> Tensor:
    """Added to in place, as some write it."""
    out = result(np.maximum(x.value, 0), x)

    def _backward() -> None:
        x.grad += (x.value > 0) * out.grad

    out._backward = _backward
    return out


def total(x: Tensor) -> Tensor:
    """The sum of all entries."""
    out = result(x.value.sum(), x)

    def _backward() -> None:
        x.grad = x.grad + np.ones(x.value.shape) * out.grad

    out._backward = _backward
    return out


def first_program() -> dict[str, Tensor]:
    """The program of NB07.W1, as names and nodes."""
    x, y = Tensor(3.0, True), Tensor(2.0, True)
    z = multiply(x, y)
    w = add(z, y)
    return {"x": x, "y": y, "z": z, "w": w, "o": relu(w)}
