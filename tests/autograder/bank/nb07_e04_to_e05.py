"""Answers to NB07 as students write them: a Tensor with closures, an order, a walk, broadcasting, a fit.

E04 to E05.
"""

from __future__ import annotations

import numpy as np

from . import Right, Wrong
from ._nb07 import Tensor, made, send
from .nb07_e01_to_e03 import topo_by_counting, topo_by_iterators

# E04 -----------------------------------------------------------------------------------------------------


def backward_keeps_inner_gradients(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("no gradient wanted")
    if grad is None:
        if self.value.size != 1:
            raise ValueError("give a gradient")
        grad = np.ones_like(self.value)
    self.grad = np.zeros_like(self.value) + grad
    for n in reversed(topo_by_counting(self)):
        n._backward()


def backward_never_zeroed_root_added(self, grad=None):
    if self.requires_grad is False:
        raise RuntimeError("requires_grad is False")
    if grad is None and self.value.size > 1:
        raise ValueError("array without grad")
    seed = 1.0 if grad is None else grad
    self.grad = self.grad + seed * np.ones(self.value.shape)
    order = topo_by_iterators(self)
    for i in range(len(order) - 1, -1, -1):
        order[i]._backward()


def backward_without_order(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("nobody wants this gradient")
    if grad is None and self.value.size != 1:
        raise ValueError("an array needs a grad")
    for n in topo_by_counting(self):
        if n._prev:
            n.grad = np.zeros(n.value.shape)
    self.grad = np.ones(self.value.shape) * (1.0 if grad is None else grad)
    queue, seen = [self], {id(self)}
    while queue:  # breadth first, as the graph is met
        n = queue.pop(0)
        n._backward()
        for p in n._prev:
            if id(p) not in seen:
                seen.add(id(p))
                queue.append(p)


def backward_grad_or_one(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError
    if grad is None and self.value.size != 1:
        raise ValueError
    if grad is None or not np.any(grad):
        grad = 1.0
    order = topo_by_counting(self)
    for n in order:
        if len(n._prev) > 0:
            n.grad = np.zeros_like(n.value)
    self.grad = np.ones_like(self.value) * grad
    for n in order[::-1]:
        n._backward()


def backward_always_ones(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("requires_grad=False")
    if self.value.size != 1 and grad is None:
        raise ValueError("not a scalar")
    nodes = list(topo_by_iterators(self))
    for n in nodes:
        if n._prev != ():
            n.grad = 0 * n.value
    self.grad = np.ones(self.value.shape)
    while nodes:
        nodes.pop()._backward()


def backward_refuses_nothing(self, grad=None):
    order = topo_by_counting(self)
    for n in order:
        if n._prev:
            n.grad = np.zeros(n.value.shape)
    self.grad = np.ones(self.value.shape) if grad is None else np.ones(self.value.shape) * grad
    for n in reversed(order):
        n._backward()


def backward_zeroes_the_leaves_too(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("root does not require a gradient")
    if grad is None:
        if self.value.size > 1:
            raise ValueError("grad is needed for arrays")
        grad = 1
    order = topo_by_counting(self)
    for n in order:
        n.grad = np.zeros(n.value.shape)
    self.grad = np.zeros(self.value.shape) + grad
    for n in order[::-1]:
        n._backward()


def backward_counts_users(self, grad=None):
    """No list at all: a node runs when all of its users have."""
    if not self.requires_grad:
        raise RuntimeError("no gradient is required here")
    if grad is None and np.size(self.value) != 1:
        raise ValueError("say which gradient")
    waiting, met, stack = {}, {id(self)}, [self]
    while stack:
        n = stack.pop()
        if n._prev:
            n.grad = np.zeros(np.shape(n.value))
        for p in n._prev:
            waiting[id(p)] = waiting.get(id(p), 0) + 1
            if id(p) not in met:
                met.add(id(p))
                stack.append(p)
    seed = np.broadcast_to(np.asarray(1.0 if grad is None else grad, dtype=float), np.shape(self.value))
    self.grad = self.grad + seed
    ready = [self]
    while ready:
        n = ready.pop()
        n._backward()
        for p in n._prev:
            waiting[id(p)] -= 1
            if waiting[id(p)] == 0:
                ready.append(p)


# E05 -----------------------------------------------------------------------------------------------------


def unary(forward, slope):
    """An operation from its function and its slope in terms of input and output."""

    def operation(x):
        out = made(forward(x.value), x)

        def _backward():
            send(x, slope(x.value, out.value) * out.grad)

        out._backward = _backward
        return out

    return operation


def good_sub(a, b):
    out = made(a.value - b.value, a, b)

    def _backward():
        send(a, out.grad)
        send(b, -out.grad)

    out._backward = _backward
    return out


def good_pow(x, n):
    out = made(x.value**n, x)

    def _backward():
        send(x, n * x.value ** (n - 1) * out.grad)

    out._backward = _backward
    return out


def good_div(a, b):
    out = made(a.value / b.value, a, b)

    def _backward():
        send(a, out.grad / b.value)
        send(b, -out.grad * a.value / (b.value * b.value))

    out._backward = _backward
    return out


GOOD = {
    "neg": unary(np.negative, lambda x, y: -np.ones_like(x)),
    "sub": good_sub,
    "pow": good_pow,
    "exp": unary(np.exp, lambda x, y: y),
    "log": unary(np.log, lambda x, y: 1 / x),
    "sigmoid": unary(lambda v: 1 / (1 + np.exp(-v)), lambda x, y: y * (1 - y)),
    "tanh": unary(np.tanh, lambda x, y: 1 - y * y),
    "div": good_div,
}


def sub_same_sign(a, b):
    out = Tensor(a.value - b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        for operand in (a, b):
            if operand.requires_grad:
                operand.grad = operand.grad + out.grad

    out._backward = _backward
    return out


def div_positive(a, b):
    out = Tensor(a.value / b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad * (1 / b.value)
        if b.requires_grad:
            b.grad = b.grad + out.grad * (a.value / b.value**2)

    out._backward = _backward
    return out


def pow_keeps_exponent(x, n):
    out = made(np.power(x.value, n), x)

    def _backward():
        send(x, n * out.value * out.grad)

    out._backward = _backward
    return out


def sigmoid_of_output(x):
    def s(v):
        return 1 / (1 + np.exp(-v))

    out = made(s(x.value), x)

    def _backward():
        slope = s(out.value) * (1 - s(out.value))
        send(x, slope * out.grad)

    out._backward = _backward
    return out


def tanh_of_output(x):
    out = made(np.tanh(x.value), x)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + (1 - np.tanh(out.value) ** 2) * out.grad

    out._backward = _backward
    return out


def tanh_forgets_tanh(x):
    out = made(np.tanh(x.value), x)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + (1 - x.value**2) * out.grad

    out._backward = _backward
    return out


def exp_local(x):
    e = np.exp(x.value)
    out = made(e, x)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + e

    out._backward = _backward
    return out


def log_replaces(x):
    out = made(np.log(x.value), x)

    def _backward():
        if x.requires_grad:
            x.grad = out.grad / x.value

    out._backward = _backward
    return out


def neg_no_sign(x):
    out = made(-x.value, x)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.grad

    out._backward = _backward
    return out


def with_shares(value, *pairs):
    """Operands beside functions from the upstream gradient to their share."""
    out = made(value, *(o for o, _ in pairs))

    def run():
        for o, f in pairs:
            send(o, f(out.grad))

    out._backward = run
    return out


STYLED = {
    "neg": lambda x: with_shares(0 - x.value, (x, np.negative)),
    "sub": lambda a, b: with_shares(a.value - b.value, (a, lambda g: g), (b, lambda g: 0 - g)),
    "pow": lambda x, n: with_shares(x.value**n, (x, lambda g: g * n * x.value**n / x.value)),
    "exp": lambda x: with_shares(np.e**x.value, (x, lambda g: g * np.exp(x.value))),
    "log": lambda x: with_shares(np.log2(x.value) * np.log(2), (x, lambda g: g * x.value**-1.0)),
    "sigmoid": lambda x: with_shares(
        (1 + np.tanh(x.value / 2)) / 2, (x, lambda g: g / (4 * np.cosh(x.value / 2) ** 2))
    ),
    "tanh": lambda x: with_shares(np.tanh(x.value), (x, lambda g: g * np.cosh(x.value) ** -2.0)),
    "div": lambda a, b: with_shares(
        a.value * b.value**-1.0, (a, lambda g: g / b.value), (b, lambda g: -(g * a.value) / b.value / b.value)
    ),
}


WRONG = [
    Wrong("NB07.E04", "M24", "inner nodes keep their gradients", backward_keeps_inner_gradients),
    Wrong("NB07.E04", "M24", "nothing zeroed, the root's seed added", backward_never_zeroed_root_added),
    Wrong("NB07.E04", "M11", "breadth first", backward_without_order),
    Wrong("NB07.E04", "", "a grad of 0 counts as none", backward_grad_or_one),
    Wrong("NB07.E04", "M12", "begins with ones whatever is given", backward_always_ones),
    Wrong("NB07.E04", "", "refuses nothing", backward_refuses_nothing),
    Wrong("NB07.E04", "", "leaves start at zero too", backward_zeroes_the_leaves_too),
    Wrong("NB07.E05", "M06", "second operand of a difference", GOOD | {"sub": sub_same_sign}),
    Wrong("NB07.E05", "M06", "second operand of a quotient", GOOD | {"div": div_positive}),
    Wrong("NB07.E05", "", "exponent not lowered", GOOD | {"pow": pow_keeps_exponent}),
    Wrong("NB07.E05", "M08", "sigmoid slope at the output", GOOD | {"sigmoid": sigmoid_of_output}),
    Wrong("NB07.E05", "M08", "tanh slope at the output", GOOD | {"tanh": tanh_of_output}),
    Wrong("NB07.E05", "", "1 - x**2 for the slope of tanh", GOOD | {"tanh": tanh_forgets_tanh}),
    Wrong("NB07.E05", "M12", "upstream missing in exp", GOOD | {"exp": exp_local}),
    Wrong("NB07.E05", "M10", "log assigns", GOOD | {"log": log_replaces}),
    Wrong("NB07.E05", "M06", "no minus in neg", GOOD | {"neg": neg_no_sign}),
]

RIGHT = [
    Right("NB07.E04", "counts users, no list", backward_counts_users),
    Right("NB07.E05", "slopes as functions", GOOD),
    Right("NB07.E05", "other formulas", STYLED),
]
