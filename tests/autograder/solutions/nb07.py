"""NB07, as students write it."""

from __future__ import annotations

import numpy as np


class Tensor:
    def __init__(self, value, requires_grad=False, _prev=()):
        self.value = np.array(value, dtype=float)
        self.grad = np.zeros(self.value.shape)
        self.requires_grad = requires_grad
        self._prev = tuple(_prev)
        self._backward = lambda: None


def add(a, b):
    out = Tensor(a.value + b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad + out.grad

    out._backward = _backward
    return out


def multiply(a, b):
    out = Tensor(a.value * b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad += b.value * out.grad
        if b.requires_grad:
            b.grad += a.value * out.grad

    out._backward = _backward
    return out


RIGHT = {"NB07.E01": [{"Tensor": Tensor, "add": add, "multiply": multiply}]}
