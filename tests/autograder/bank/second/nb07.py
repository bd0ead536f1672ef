"""Wrong answers to NB07, of the second round."""

from __future__ import annotations

import numpy as np

from ._noting import noting

WRONG, wrong = noting()


class Tensor:
    """A value with the five fields."""

    def __init__(self, value, requires_grad=False):
        self.value = np.asarray(value, dtype=float)
        self.requires_grad = requires_grad
        self.grad = np.zeros(self.value.shape)
        self._prev = ()
        self._backward = lambda: None


def result_of(value, *operands):
    out = Tensor(value, any(t.requires_grad for t in operands))
    out._prev = operands
    return out


def give(t, share):
    if t.requires_grad:
        t.grad = t.grad + share


def add(a, b):
    out = result_of(a.value + b.value, a, b)

    def _backward():
        for t in (a, b):
            give(t, out.grad)

    out._backward = _backward
    return out


def multiply(a, b):
    out = result_of(a.value * b.value, a, b)

    def _backward():
        give(a, b.value * out.grad)
        give(b, a.value * out.grad)

    out._backward = _backward
    return out


@wrong("NB07.E01", "M19", "each operand gets its own value", "multiply", Tensor=Tensor, add=add)
def multiply_own(a, b):
    c = Tensor(a.value * b.value, a.requires_grad or b.requires_grad)
    c._prev = (a, b)

    def back():
        for operand in c._prev:
            if operand.requires_grad:
                operand.grad = operand.grad + operand.value * c.grad

    c._backward = back
    return c


@wrong("NB07.E01", "M10", "= in the product", "multiply", Tensor=Tensor, add=add)
def multiply_assigns(a, b):
    node = Tensor(np.multiply(a.value, b.value))
    node.requires_grad = a.requires_grad or b.requires_grad
    node._prev = (a, b)

    def step():
        if a.requires_grad:
            a.grad = node.grad * b.value
        if b.requires_grad:
            b.grad = node.grad * a.value

    node._backward = step
    return node


@wrong(
    "NB07.E01", "M12", "adds ones in place of the upstream gradient", "add", Tensor=Tensor, multiply=multiply
)
def add_ones(a, b):
    total = result_of(a.value + b.value, a, b)

    def _backward():
        give(a, np.ones_like(a.value))
        give(b, np.ones_like(b.value))

    total._backward = _backward
    return total


@wrong("NB07.E02", "M15", "looks where out.grad is positive")
def relu_of_gradient(x):
    out = result_of(np.maximum(x.value, 0), x)

    def _backward():
        if not x.requires_grad:
            return
        x.grad = x.grad + np.maximum(out.grad, 0)

    out._backward = _backward
    return out


@wrong("NB07.E02", "M17", "the ReLU's value times upstream")
def relu_value_as_slope(x):
    y = np.where(x.value > 0, x.value, 0.0)
    node = Tensor(y, x.requires_grad)
    node._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + y * node.grad

    node._backward = _backward
    return node


@wrong("NB07.E02", "M10", "x.grad is overwritten")
def relu_assigns(x):
    alive = x.value > 0
    node = Tensor(x.value * alive, x.requires_grad)
    node._prev = (x,)

    def _backward():
        if x.requires_grad:
            x.grad = np.where(alive, node.grad, 0.0)

    node._backward = _backward
    return node


@wrong("NB07.E04", "M24", "inner nodes keep what an earlier call has left")
def backward_stale(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("needs requires_grad")
    if grad is None:
        if self.value.size != 1:
            raise ValueError("give a gradient")
        grad = 1.0
    order, done, stack = [], set(), [(self, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            order.append(node)
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((p, False) for p in node._prev)
    self.grad = self.grad + np.ones_like(self.value) * grad
    for node in order[::-1]:
        node._backward()


@wrong("NB07.E04", "M11", "each node hands on when it is first met")
def backward_breadth_first(self, grad=None):
    if not self.requires_grad:
        raise RuntimeError("this Tensor does not require a gradient")
    if grad is None and np.size(self.value) > 1:
        raise ValueError("backward of an array needs grad")
    queue, known = [self], {id(self)}
    for node in queue:
        for p in node._prev:
            if id(p) not in known:
                known.add(id(p))
                queue.append(p)
    for node in queue:
        if node._prev:
            node.grad = np.zeros_like(node.value)
    start = np.ones_like(self.value) * (1.0 if grad is None else grad)
    self.grad = start if self._prev else self.grad + start
    for node in queue:
        node._backward()


@wrong("NB07.E06", "M36", "axes of length 1 are lost")
def unbroadcast_loses_ones(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis in range(len(shape) - 1, -1, -1):
        if shape[axis] == 1:
            g = np.sum(g, axis=axis)
    return g


@wrong("NB07.E06", "M21", "only the axes in front are summed")
def unbroadcast_front_only(g, shape):
    front = g.ndim - len(shape)
    return np.sum(g, axis=tuple(range(front)))


def matmul(a, b):
    out = result_of(a.value @ b.value, a, b)

    def _backward():
        give(a, out.grad @ b.value.T)
        give(b, a.value.T @ out.grad)

    out._backward = _backward
    return out


def unbroadcast(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    ones = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.sum(axis=ones, keepdims=True) if ones else g


def sum_(x, axis=None, keepdims=False):
    out = result_of(np.sum(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if axis is None or keepdims else np.expand_dims(out.grad, axis)
        give(x, np.broadcast_to(g, x.value.shape))

    out._backward = _backward
    return out


def mean_(x, axis=None, keepdims=False):
    out = result_of(np.mean(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if axis is None or keepdims else np.expand_dims(out.grad, axis)
        give(x, np.broadcast_to(g, x.value.shape) * out.value.size / x.value.size)

    out._backward = _backward
    return out


def broadcast_add(a, b):
    out = result_of(a.value + b.value, a, b)

    def _backward():
        give(a, unbroadcast(out.grad, a.value.shape))
        give(b, unbroadcast(out.grad, b.value.shape))

    out._backward = _backward
    return out


def broadcast_mul(a, b):
    out = result_of(a.value * b.value, a, b)

    def _backward():
        give(a, unbroadcast(out.grad * b.value, a.value.shape))
        give(b, unbroadcast(out.grad * a.value, b.value.shape))

    out._backward = _backward
    return out


def fit_affine(X, y, lr, steps):
    N, k = y.shape
    w, b, history = np.zeros((X.shape[1], k)), np.zeros(k), []
    for _ in range(steps + 1):
        r = X @ w + b - y
        history.append(float((r**2).mean()))
        if len(history) <= steps:
            w, b = w - lr * 2 * X.T @ r / (N * k), b - lr * 2 * r.sum(0) / (N * k)
    return w, b, history


ARRAY_OPS = dict(
    matmul=matmul,
    sum=sum_,
    mean=mean_,
    broadcast_add=broadcast_add,
    broadcast_mul=broadcast_mul,
    fit_affine=fit_affine,
)


@wrong("NB07.E07", "M01", "transposes are missing in the product", "matmul", **ARRAY_OPS)
def matmul_untransposed(a, b):
    z = result_of(a.value.dot(b.value), a, b)

    def _backward():
        give(a, z.grad.dot(b.value))
        give(b, a.value.dot(z.grad))

    z._backward = _backward
    return z


@wrong("NB07.E07", "M04", "the mean hands back what a sum would", "mean", **ARRAY_OPS)
def mean_without_count(x, axis=None, keepdims=False):
    node = result_of(x.value.mean(axis=axis, keepdims=keepdims), x)

    def _backward():
        up = node.grad
        if axis is not None and not keepdims:
            up = np.expand_dims(up, axis)
        give(x, up * np.ones_like(x.value))

    node._backward = _backward
    return node


@wrong("NB07.E07", "M19", "own operand, with broadcasting", "broadcast_mul", **ARRAY_OPS)
def broadcast_mul_own(a, b):
    node = result_of(a.value * b.value, a, b)

    def _backward():
        for t in node._prev:
            give(t, unbroadcast(node.grad * t.value, t.value.shape))

    node._backward = _backward
    return node
