"""A Tensor engine as NB07 builds it, as small as it can be: what the gallery's tape stepper looks at.

Your own tape of NB07 stands in its place in the notebook. Five fields, three operations, one walk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


class Tensor:
    """A value that remembers how it was made.

    Parameters
    ----------
    value : array_like of floats
    requires_grad : bool
        Whether anybody wants its gradient.

    Attributes
    ----------
    value, grad : ndarray of float64, of one shape
    """

    def __init__(self, value: ArrayLike, requires_grad: bool = False) -> None:
        self.value: Any = np.array(value, dtype=float)
        self.grad: Any = np.zeros(self.value.shape)
        self.requires_grad = requires_grad
        self._prev: tuple[Tensor, ...] = ()
        self._backward: Callable[[], None] = lambda: None

    def backward(self) -> None:
        """Add to the grad of every leaf the gradient of the sum of this value's entries."""
        order: list[Tensor] = []

        def visit(node: Tensor) -> None:
            if not any(node is other for other in order):
                for operand in node._prev:
                    visit(operand)
                order.append(node)

        visit(self)
        for node in order:
            if node._prev:
                node.grad = np.zeros(node.value.shape)
        self.grad = np.ones(self.value.shape)
        for node in reversed(order):
            node._backward()


def add(a: Tensor, b: Tensor) -> Tensor:
    """The sum of two Tensors of one shape."""
    out = _made(a.value + b.value, a, b)

    def _backward() -> None:
        a.grad = a.grad + out.grad
        b.grad = b.grad + out.grad

    out._backward = _backward
    return out


def multiply(a: Tensor, b: Tensor) -> Tensor:
    """The product of two Tensors of one shape, entry by entry."""
    out = _made(a.value * b.value, a, b)

    def _backward() -> None:
        a.grad = a.grad + b.value * out.grad
        b.grad = b.grad + a.value * out.grad

    out._backward = _backward
    return out


def relu(x: Tensor) -> Tensor:
    """The entries that are positive; 0 in the place of the others."""
    out = _made(np.maximum(x.value, 0.0), x)

    def _backward() -> None:
        x.grad = x.grad + (x.value > 0) * out.grad

    out._backward = _backward
    return out


def _made(value: Any, *operands: Tensor) -> Tensor:
    out = Tensor(value, any(x.requires_grad for x in operands))
    out._prev = operands
    return out
