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


class Slotted:
    """No constructor argument for what an operation sets, no other attribute than the five."""

    __slots__ = ("_backward", "_prev", "grad", "requires_grad", "value")

    def __init__(self, value, *, requires_grad=False):
        self.value = np.asarray(value, dtype=np.float64)
        self.grad = np.zeros_like(self.value)
        self.requires_grad = bool(requires_grad)
        self._prev = ()
        self._backward = self._nothing

    def _nothing(self):
        return None


def _made_by(forward, slopes):
    """One closure for all operands, which goes through them in a loop."""

    def op(a, b):
        out = Slotted(forward(a.value, b.value), requires_grad=bool(a.requires_grad | b.requires_grad))
        out._prev = [a, b]

        def send():
            for node, slope in zip(out._prev, slopes(a.value, b.value), strict=True):
                if not node.requires_grad:
                    continue
                node.grad = np.add(node.grad, slope * out.grad)

        out._backward = send
        return out

    return op


def relu(x):
    out = Tensor(np.maximum(0, x.value), x.requires_grad, (x,))

    def _backward():
        if x.requires_grad:
            x.grad += out.grad * (x.value > 0)

    out._backward = _backward
    return out


def relu_by_output(x):
    out = Tensor(np.where(x.value > 0, x.value, 0.0), requires_grad=x.requires_grad)
    out._prev = (x,)

    def _backward():
        passed = np.array(out.grad)
        passed[out.value == 0] = 0
        x.grad = x.grad + passed

    out._backward = _backward
    return out


def relu_in_a_loop(x):
    value = (abs(x.value) + x.value) / 2
    out = Tensor(value, x.requires_grad, [x])

    def back():
        for i, row in enumerate(x.value):
            for j, entry in enumerate(row):
                x.grad[i, j] += out.grad[i, j] if entry > 0 else 0

    out._backward = back
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


def topo_by_counting(root):
    """Kahn: count the uses of each node, take those that nobody waits for, turn the list round."""
    reached = {id(root): root}
    todo = [root]
    uses = {id(root): 0}
    while todo:
        for parent in todo.pop()._prev:
            uses[id(parent)] = uses.get(id(parent), 0) + 1
            if id(parent) not in reached:
                reached[id(parent)] = parent
                todo.append(parent)
    ready = [root]
    topo = []
    while ready:
        node = ready.pop(0)
        topo.append(node)
        for parent in node._prev:
            uses[id(parent)] -= 1
            if uses[id(parent)] == 0:
                ready.append(parent)
    topo.reverse()
    return tuple(topo)


def topo_with_two_marks(root):
    topo, state, stack = [], {}, [root]
    while stack:
        node = stack[-1]
        if state.get(id(node)) is None:
            state[id(node)] = "open"
            stack.extend(p for p in node._prev if id(p) not in state)
        else:
            stack.pop()
            if state[id(node)] == "open":
                state[id(node)] = "done"
                topo += [node]
    return topo


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


def backward_in_place(self, grad=None):
    """Leaves are saved, everything is wiped, leaves are added back."""
    if self.requires_grad is False:
        raise RuntimeError
    if grad is None and np.shape(self.value) != ():
        raise ValueError("shape")
    nodes = topo_by_counting(self)
    leaves = [(node, node.grad.copy()) for node in nodes if len(node._prev) == 0]
    for node in nodes:
        node.grad *= 0.0
    self.grad = self.grad + (1.0 if grad is None else grad)
    while nodes:
        *nodes, node = nodes
        node._backward()
    for leaf, before in leaves:
        leaf.grad += before


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


def tensor_pow(x, n):
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


def exp_of_input(x):
    out = Slotted(np.e**x.value, requires_grad=x.requires_grad)
    out._prev = (x,)

    def chain():
        x.grad += np.exp(x.value) * out.grad

    out._backward = chain
    return out


def sigmoid_of_input(x):
    def slope():
        s = np.exp(-x.value) / (1 + np.exp(-x.value)) ** 2
        x.grad += s * out.grad

    out = Tensor(0.5 * (1 + np.tanh(x.value / 2)), x.requires_grad, (x,))
    out._backward = slope
    return out


def tanh_by_cosh(x):
    def slope():
        x.grad += np.divide(out.grad, np.cosh(x.value) ** 2)

    out = Tensor((np.exp(x.value) - np.exp(-x.value)) / (np.exp(x.value) + np.exp(-x.value)))
    out.requires_grad, out._prev, out._backward = x.requires_grad, (x,), slope
    return out


RIGHT = {
    "NB07.E01": [
        {"Tensor": Tensor, "add": add, "multiply": multiply},
        {
            "Tensor": Slotted,
            "add": _made_by(lambda a, b: a + b, lambda a, b: (1.0, 1.0)),
            "multiply": _made_by(lambda a, b: b * a, lambda a, b: (b, a)),
        },
    ],
    "NB07.E02": [relu, relu_by_output, relu_in_a_loop],
    "NB07.E03": [build_topo, topo_by_counting, topo_with_two_marks],
    "NB07.E04": [backward, backward_in_place],
    "NB07.E05": [
        {
            "neg": neg,
            "sub": sub,
            "pow": tensor_pow,
            "exp": exp,
            "log": log,
            "sigmoid": sigmoid,
            "tanh": tanh,
            "div": div,
        },
        {
            "Tensor": Slotted,
            "neg": neg,
            "sub": _made_by(lambda a, b: a - b, lambda a, b: (1.0, -1.0)),
            "pow": tensor_pow,
            "exp": exp_of_input,
            "log": log,
            "sigmoid": sigmoid_of_input,
            "tanh": tanh_by_cosh,
            "div": _made_by(np.divide, lambda a, b: (1 / b, -a / b / b)),
        },
    ],
}

EQUAL = {
    "NB07.E02": {
        "x.grad += out.grad * (x.value > 0) -> x.grad += out.grad * (x.value >= 0)": "the slope at exactly 0 is "
        "a convention, and accepted"
    },
}
