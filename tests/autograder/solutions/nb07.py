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


def relu(x):
    out = Tensor(np.maximum(0, x.value), x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad += out.grad * (x.value > 0)

    out._backward = _backward
    return out


def build_topo(root):
    order = []
    visited = set()
    stack = [(root, iter(root._prev))]
    visited.add(root)
    while stack:
        node, parents = stack[-1]
        for p in parents:
            if p not in visited:
                visited.add(p)
                stack.append((p, iter(p._prev)))
                break
        else:
            order.append(node)
            stack.pop()
    return order


def backward(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("nothing to differentiate")
    if grad is None:
        if self.value.size > 1:
            raise ValueError("give a gradient for an array")
        grad = np.ones_like(self.value)
    nodes = build_topo(self)
    for node in nodes:
        if node._prev:
            node.grad = np.zeros_like(node.value)
    self.grad = np.array(grad, dtype=float)
    for node in reversed(nodes):
        node._backward()


def neg(x):
    out = Tensor(-x.value, x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad = x.grad - out.grad

    out._backward = _backward
    return out


def sub(a, b):
    out = Tensor(a.value - b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad - out.grad

    out._backward = _backward
    return out


def pow(x, n):
    out = Tensor(x.value**n, x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + n * x.value ** (n - 1) * out.grad

    out._backward = _backward
    return out


def exp(x):
    out = Tensor(np.exp(x.value), x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.value * out.grad

    out._backward = _backward
    return out


def log(x):
    out = Tensor(np.log(x.value), x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.grad / x.value

    out._backward = _backward
    return out


def sigmoid(x):
    out = Tensor(1 / (1 + np.exp(-x.value)), x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.value * (1 - out.value) * out.grad

    out._backward = _backward
    return out


def tanh(x):
    out = Tensor(np.tanh(x.value), x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + (1 - out.value**2) * out.grad

    out._backward = _backward
    return out


def div(a, b):
    out = Tensor(a.value / b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad / b.value
        if b.requires_grad:
            b.grad = b.grad - out.grad * a.value / b.value**2

    out._backward = _backward
    return out


def unbroadcast(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def matmul(a, b):
    out = Tensor(a.value @ b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad @ b.value.T
        if b.requires_grad:
            b.grad = b.grad + a.value.T @ out.grad

    out._backward = _backward
    return out


def sum(x, axis=None, keepdims=False):
    out = Tensor(x.value.sum(axis=axis, keepdims=keepdims), x.requires_grad, (x,))

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        if x.requires_grad:
            x.grad = x.grad + g * np.ones_like(x.value)

    out._backward = _backward
    return out


def mean(x, axis=None, keepdims=False):
    out = Tensor(x.value.mean(axis=axis, keepdims=keepdims), x.requires_grad, (x,))

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        n = x.value.size / out.value.size
        if x.requires_grad:
            x.grad = x.grad + g * np.ones_like(x.value) / n

    out._backward = _backward
    return out


def broadcast_add(a, b):
    out = Tensor(a.value + b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + unbroadcast(out.grad, a.value.shape)
        if b.requires_grad:
            b.grad = b.grad + unbroadcast(out.grad, b.value.shape)

    out._backward = _backward
    return out


def broadcast_mul(a, b):
    out = Tensor(a.value * b.value, a.requires_grad or b.requires_grad, (a, b))

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + unbroadcast(out.grad * b.value, a.value.shape)
        if b.requires_grad:
            b.grad = b.grad + unbroadcast(out.grad * a.value, b.value.shape)

    out._backward = _backward
    return out


def fit_affine(X, y, lr, steps):
    w = Tensor(np.zeros((X.shape[1], y.shape[1])), requires_grad=True)
    b = Tensor(np.zeros(y.shape[1]), requires_grad=True)
    history = []
    for step in range(steps + 1):
        residual = sub(broadcast_add(matmul(Tensor(X), w), b), Tensor(y))
        loss = mean(multiply(residual, residual))
        history.append(float(loss.value))
        if step < steps:
            w.grad = np.zeros_like(w.value)
            b.grad = np.zeros_like(b.value)
            backward(loss)
            w.value = w.value - lr * w.grad
            b.value = b.value - lr * b.grad
    return w.value, b.value, history


RIGHT = {
    "NB07.E01": [{"Tensor": Tensor, "add": add, "multiply": multiply}],
    "NB07.E02": [relu],
    "NB07.E03": [build_topo],
    "NB07.E04": [backward],
    "NB07.E05": [
        {
            "neg": neg,
            "sub": sub,
            "pow": pow,
            "exp": exp,
            "log": log,
            "sigmoid": sigmoid,
            "tanh": tanh,
            "div": div,
        }
    ],
    "NB07.E06": [unbroadcast],
    "NB07.E07": [
        {
            "matmul": matmul,
            "sum": sum,
            "mean": mean,
            "broadcast_add": broadcast_add,
            "broadcast_mul": broadcast_mul,
            "fit_affine": fit_affine,
        }
    ],
}

EQUAL = {
    "NB07.E02": {
        "x.grad += out.grad * (x.value > 0) -> x.grad += out.grad * (x.value >= 0)": "taken as a convention",
    },
}
