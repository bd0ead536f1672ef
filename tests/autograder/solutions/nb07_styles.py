"""NB07 in other styles and by other routes."""

from __future__ import annotations

import numpy as np

from .nb07 import Tensor, add, broadcast_add, exp, log, matmul, mean, multiply, neg, pow, sub, unbroadcast


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


def sub_put_together(a, b):
    return add(a, neg(b))


def sub_of_minus_one(a, b):
    return add(a, multiply(Tensor(-np.ones_like(b.value)), b))


def sigmoid_put_together(x):
    one = Tensor(np.ones_like(x.value))
    return div_put_together(one, add(one, exp(neg(x))))


def tanh_put_together(x):
    two = Tensor(np.full_like(x.value, 2.0))
    return sub(multiply(two, sigmoid_put_together(multiply(two, x))), Tensor(np.ones_like(x.value)))


def div_put_together(a, b):
    return multiply(a, pow(b, -1))


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


def unbroadcast_at_once(g, shape):
    extra = g.ndim - len(shape)
    padded = (1,) * extra + tuple(shape)
    axes = tuple(i for i in range(g.ndim) if padded[i] == 1 and g.shape[i] != 1)
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)


def unbroadcast_by_counting(g, shape):
    """Add up each entry where it belongs."""
    result = np.zeros(shape)
    place = np.broadcast_to(np.arange(result.size).reshape(shape), g.shape)
    np.add.at(result.reshape(-1), place.ravel(), g.ravel())
    return result


def _op(value, sends):
    """A result whose operands each have a function that says what they are sent."""
    out = Tensor(value)
    out._prev = tuple(node for node, _ in sends)
    out.requires_grad = any(node.requires_grad for node in out._prev)

    def _backward():
        for node, send in sends:
            if node.requires_grad:
                node.grad = node.grad + send(out.grad)

    out._backward = _backward
    return out


def fit_with_fresh_tensors(X, y, lr, steps):
    """No gradient is ever zeroed: each step has Tensors of its own."""
    w, b = np.zeros((len(X[0]), len(y[0]))), np.zeros((1, len(y[0])))

    def loss_of(tw, tb):
        residual = broadcast_add(broadcast_add(matmul(Tensor(X), tw), tb), neg(Tensor(y)))
        return mean(pow(residual, 2))

    history = [loss_of(Tensor(w), Tensor(b)).value]
    for _ in range(steps):
        tw, tb = Tensor(w, True), Tensor(b, True)
        backward_in_place(loss_of(tw, tb))
        w, b = w - lr * tw.grad, b - lr * tb.grad
        history += [loss_of(Tensor(w), Tensor(b)).value]
    return w, b[0], np.array(history)


def _spread(x, axis, keepdims, g):
    if axis is None:
        return np.full(x.value.shape, np.asarray(g).item())
    return np.broadcast_to(g if keepdims else np.expand_dims(g, axis), x.value.shape)


def sum_by_broadcasting(x, axis=None, keepdims=False):
    value = np.sum(x.value, axis=axis, keepdims=keepdims)
    return _op(value, [(x, lambda g: _spread(x, axis, keepdims, g))])


def mean_by_sum(x, axis=None, keepdims=False):
    n = x.value.size if axis is None else x.value.shape[axis]
    total = sum_by_broadcasting(x, axis, keepdims)
    return multiply(total, Tensor(np.full(total.value.shape, 1 / n)))


def matmul_by_einsum(a, b):
    return _op(
        np.einsum("ij,jk->ik", a.value, b.value),
        [
            (a, lambda g: np.einsum("ik,jk->ij", g, b.value)),
            (b, lambda g: np.einsum("ij,ik->jk", a.value, g)),
        ],
    )


def add_by_closures(a, b):
    return _op(
        np.add(a.value, b.value),
        [(a, lambda g: unbroadcast_at_once(g, a.value.shape)), (b, lambda g: unbroadcast(g, b.grad.shape))],
    )


def mul_by_closures(a, b):
    return _op(
        np.multiply(b.value, a.value),
        [
            (a, lambda g: unbroadcast_by_counting(b.value * g, a.value.shape)),
            (b, lambda g: unbroadcast_at_once(a.value * g, b.value.shape)),
        ],
    )


RIGHT = {
    "NB07.E01": [
        {
            "Tensor": Slotted,
            "add": _made_by(lambda a, b: a + b, lambda a, b: (1.0, 1.0)),
            "multiply": _made_by(lambda a, b: b * a, lambda a, b: (b, a)),
        }
    ],
    "NB07.E02": [relu_by_output, relu_in_a_loop],
    "NB07.E03": [topo_by_counting, topo_with_two_marks],
    "NB07.E04": [backward_in_place],
    "NB07.E05": [
        {
            "Tensor": Slotted,
            "neg": neg,
            "sub": _made_by(lambda a, b: a - b, lambda a, b: (1.0, -1.0)),
            "pow": pow,
            "exp": exp_of_input,
            "log": log,
            "sigmoid": sigmoid_of_input,
            "tanh": tanh_by_cosh,
            "div": _made_by(np.divide, lambda a, b: (1 / b, -a / b / b)),
        },
        {
            "Tensor": Tensor,
            "neg": lambda x: sub_of_minus_one(Tensor(np.zeros_like(x.value)), x),
            "sub": sub_put_together,
            "pow": pow,
            "exp": exp,
            "log": log,
            "sigmoid": sigmoid_put_together,
            "tanh": tanh_put_together,
            "div": div_put_together,
        },
    ],
    "NB07.E06": [unbroadcast_at_once, unbroadcast_by_counting],
    "NB07.E07": [
        {
            "Tensor": Tensor,
            "matmul": matmul_by_einsum,
            "sum": sum_by_broadcasting,
            "mean": mean_by_sum,
            "broadcast_add": add_by_closures,
            "broadcast_mul": mul_by_closures,
            "fit_affine": fit_with_fresh_tensors,
        }
    ],
}
