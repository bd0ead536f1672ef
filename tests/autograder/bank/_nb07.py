"""What several answers to NB07 share."""

from __future__ import annotations

import numpy as np


class Tensor:
    """The class that most answers below work with."""

    def __init__(self, value, requires_grad=False):
        self.value = np.array(value, dtype=float)
        self.requires_grad = requires_grad
        self.grad = np.zeros(self.value.shape)
        self._prev = ()
        self._backward = lambda: None


def made(value, *operands):
    """A Tensor computed from operands, its closure still to come."""
    t = Tensor(value, any(o.requires_grad for o in operands))
    t._prev = operands
    return t


def send(operand, share):
    if operand.requires_grad:
        operand.grad = operand.grad + share


def good_multiply(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        send(a, out.grad * b.value)
        send(b, out.grad * a.value)

    out._backward = _backward
    return out
