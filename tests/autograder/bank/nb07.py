"""Answers to NB07 as students write them: a Tensor with closures, an order, a walk, broadcasting, a fit."""

from __future__ import annotations

import numpy as np

from . import Right, Wrong


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


def good_add(a, b):
    out = Tensor(a.value + b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad + out.grad

    out._backward = _backward
    return out


def good_multiply(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        send(a, out.grad * b.value)
        send(b, out.grad * a.value)

    out._backward = _backward
    return out


# E01 -----------------------------------------------------------------------------------------------------


def add_assigns(a, b):
    out = Tensor(a.value + b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = out.grad
        if b.requires_grad:
            b.grad = out.grad

    out._backward = _backward
    return out


def multiply_assigns(a, b):
    out = Tensor(a.value * b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = b.value * out.grad
        if b.requires_grad:
            b.grad = a.value * out.grad

    out._backward = _backward
    return out


def multiply_own_operand(a, b):
    result = Tensor(a.value * b.value, requires_grad=bool(a.requires_grad + b.requires_grad))
    result._prev = (a, b)

    def closure():
        for operand in result._prev:
            if operand.requires_grad:
                operand.grad = operand.grad + operand.value * result.grad

    result._backward = closure
    return result


def multiply_local_only(a, b):
    z = Tensor(a.value * b.value)
    z._prev = (a, b)
    z.requires_grad = a.requires_grad or b.requires_grad

    def back():
        if a.requires_grad:
            a.grad += b.value
        if b.requires_grad:
            b.grad += a.value

    z._backward = back
    return z


def add_ones(a, b):
    z = Tensor(a.value + b.value)
    z._prev = (a, b)
    z.requires_grad = a.requires_grad or b.requires_grad

    def back():
        if a.requires_grad:
            a.grad += np.ones(a.value.shape)
        if b.requires_grad:
            b.grad += np.ones(b.value.shape)

    z._backward = back
    return z


def multiply_late_binding(a, b):
    out = Tensor(a.value * b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)
    steps = []
    for me, other in [(a, b), (b, a)]:
        if me.requires_grad:
            steps.append(lambda: setattr(me, "grad", me.grad + other.value * out.grad))

    def _backward():
        for step in steps:
            step()

    out._backward = _backward
    return out


def multiply_asks_nobody(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        a.grad = a.grad + b.value * out.grad
        b.grad = b.grad + a.value * out.grad

    out._backward = _backward
    return out


def multiply_once_for_a_square(a, b):
    """The else is the slip: with a is b only one share is sent."""
    out = made(a.value * b.value, a, b)

    def _backward():
        if a is not b:
            send(a, b.value * out.grad)
            send(b, a.value * out.grad)
        else:
            send(a, a.value * out.grad)

    out._backward = _backward
    return out


class IntegerTensor:
    def __init__(self, value, requires_grad=False):
        self.value = np.asarray(value)
        self.grad = np.zeros_like(self.value)
        self.requires_grad, self._prev = requires_grad, ()
        self._backward = lambda: None


def add_integer(a, b):
    out = IntegerTensor(a.value + b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        for o in (a, b):
            if o.requires_grad:
                o.grad = o.grad + out.grad

    out._backward = _backward
    return out


def multiply_integer(a, b):
    out = IntegerTensor(a.value * b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        for o, other in ((a, b), (b, a)):
            if o.requires_grad:
                o.grad = o.grad + other.value * out.grad

    out._backward = _backward
    return out


class SlottedTensor:
    """In an unusual style: slots, keyword only inside, methods for the closures."""

    __slots__ = ("_backward", "_prev", "grad", "name", "requires_grad", "value")

    def __init__(self, value, requires_grad=False):
        self.value = np.asarray(value, dtype=np.float64) + 0.0
        self.grad = self.value * 0
        self.requires_grad = bool(requires_grad)
        self._prev = tuple()
        self._backward = self.nothing
        self.name = "leaf"

    def nothing(self):
        pass

    @classmethod
    def result(cls, value, operands, shares):
        out = cls(value, any(o.requires_grad for o in operands))
        out._prev, out.name = tuple(operands), "computed"

        def run():
            for o, share in zip(operands, shares(out.grad), strict=True):
                if o.requires_grad:
                    o.grad = np.add(o.grad, share)

        out._backward = run
        return out


def slotted_add(a, b):
    return SlottedTensor.result(np.add(a.value, b.value), [a, b], lambda g: (g, g))


def slotted_multiply(a, b):
    return SlottedTensor.result(np.multiply(a.value, b.value), [a, b], lambda g: (g * b.value, g * a.value))


class InPlaceTensor(Tensor):
    """Adds in place into arrays that belong to it alone."""


def in_place_add(a, b):
    out = InPlaceTensor(a.value + b.value, a.requires_grad | b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad += out.grad
        if b.requires_grad:
            b.grad += out.grad

    out._backward = _backward
    return out


def in_place_multiply(a, b):
    out = InPlaceTensor(a.value * b.value, a.requires_grad | b.requires_grad)
    out._prev = (a, b)

    def _backward():
        from_a, from_b = a.value * out.grad, b.value * out.grad
        if a.requires_grad:
            a.grad += from_b
        if b.requires_grad:
            b.grad += from_a

    out._backward = _backward
    return out


# E02 -----------------------------------------------------------------------------------------------------


def relu_mask_of_upstream(x):
    out = made(np.maximum(x.value, 0), x)

    def _backward():
        send(x, np.where(out.grad > 0, out.grad, 0))

    out._backward = _backward
    return out


def relu_times_itself(x):
    out = made(np.maximum(0, x.value), x)

    def _backward():
        if x.requires_grad:
            x.grad = x.grad + out.value * out.grad

    out._backward = _backward
    return out


def relu_mask_only(x):
    out = made(x.value * (x.value > 0), x)

    def _backward():
        if x.requires_grad:
            mask = np.zeros(x.value.shape)
            mask[x.value > 0] = 1.0
            x.grad = x.grad + mask

    out._backward = _backward
    return out


def relu_replaces(x):
    mask = x.value > 0
    out = Tensor(np.where(mask, x.value, 0.0), x.requires_grad)
    out._prev = (x,)

    def _backward():
        if x.requires_grad:
            g = out.grad.copy()
            g[~mask] = 0
            x.grad = g

    out._backward = _backward
    return out


def relu_by_halves(x):
    out = made((x.value + np.abs(x.value)) / 2, x)

    def _backward():
        if not x.requires_grad:
            return
        g = np.array(out.grad, dtype=float)
        flat = [u if v > 0 else 0.0 for u, v in zip(g.ravel(), x.value.ravel(), strict=True)]
        x.grad = x.grad + np.array(flat).reshape(x.value.shape)

    out._backward = _backward
    return out


# E03 -----------------------------------------------------------------------------------------------------


def topo_pre_order(root):
    order, seen, stack = [], set(), [root]
    while stack:
        n = stack.pop()
        if id(n) in seen:
            continue
        seen.add(id(n))
        order.append(n)
        stack.extend(n._prev)
    order.reverse()
    return order


def topo_recursive(root):
    order, visited = [], set()

    def visit(n):
        if n not in visited:
            visited.add(n)
            for child in n._prev:
                visit(child)
            order.append(n)

    visit(root)
    return order


def topo_with_duplicates(root):
    todo, order = [(root, False)], []
    while todo:
        n, ready = todo.pop()
        if ready:
            order.append(n)
        else:
            todo.append((n, True))
            for p in n._prev:
                todo.append((p, False))
    return order


def topo_without_leaves(root):
    todo, order, seen = [(root, False)], [], set()
    while todo:
        n, ready = todo.pop()
        if ready:
            order.append(n)
        elif id(n) not in seen:
            seen.add(id(n))
            todo.append((n, True))
            todo += [(p, False) for p in n._prev if p._prev]
    return order


def topo_root_first(root):
    found = topo_by_counting(root)
    return found[::-1]


def topo_by_counting(root):
    """Kahn: a node is listed when all who use it are; then the list is turned."""
    uses, stack, nodes = {}, [root], {id(root): root}
    while stack:
        n = stack.pop()
        for p in n._prev:
            uses[id(p)] = uses.get(id(p), 0) + 1
            if id(p) not in nodes:
                nodes[id(p)] = p
                stack.append(p)
    order, ready = [], [root]
    while ready:
        n = ready.pop(0)
        order.append(n)
        for p in n._prev:
            uses[id(p)] -= 1
            if uses[id(p)] == 0:
                ready.append(p)
    return order[::-1]


def topo_by_iterators(root):
    order, seen = [], {root}
    stack = [(root, iter(root._prev))]
    while stack:
        n, operands = stack[-1]
        for p in operands:
            if p not in seen:
                seen.add(p)
                stack.append((p, iter(p._prev)))
                break
        else:
            order.append(n)
            stack.pop()
    return tuple(order)


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


# E06 -----------------------------------------------------------------------------------------------------


def unbroadcast_forgets_keepdims(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=0)
    for axis, n in reversed(list(enumerate(shape))):
        if n == 1:
            g = g.sum(axis=axis)
    return g


def unbroadcast_last_axes(g, shape):
    extra = g.ndim - len(shape)
    for _ in range(extra):
        g = g.sum(axis=-1)  # the new axes
    for axis, n in enumerate(shape):
        if n == 1:
            g = np.sum(g, axis=axis, keepdims=True)
    return g


def unbroadcast_front_only(g, shape):
    lead = tuple(range(np.ndim(g) - len(shape)))
    return np.sum(g, axis=lead)


def unbroadcast_mean(g, shape):
    g = g.mean(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return g.mean(axis=stretched, keepdims=True)


def unbroadcast_first_row(g, shape):
    g = np.array(g)
    while g.ndim > len(shape):
        g = g[0]
    for axis in range(len(shape)):
        if shape[axis] == 1:
            g = np.take(g, [0], axis=axis)
    return g


def unbroadcast_everything(g, shape):
    return np.ones(shape) * np.sum(g)


def unbroadcast_by_padding(g, shape):
    padded = (1,) * (np.ndim(g) - len(shape)) + tuple(shape)
    axes = tuple(i for i, (n, m) in enumerate(zip(padded, np.shape(g), strict=True)) if n != m)
    return np.sum(g, axis=axes, keepdims=True).reshape(shape)


def unbroadcast_entry_by_entry(g, shape):
    x_bar = np.zeros(shape)
    for index, entry in np.ndenumerate(np.asarray(g)):
        own = index[len(index) - len(shape) :]
        own = tuple(0 if n == 1 else i for i, n in zip(own, shape, strict=True))
        x_bar[own] += entry
    return x_bar


# E07 -----------------------------------------------------------------------------------------------------


def run_backward(loss):
    backward_counts_users(loss)


def matmul_good(a, b):
    out = made(a.value @ b.value, a, b)

    def _backward():
        send(a, out.grad @ b.value.T)
        send(b, a.value.T @ out.grad)

    out._backward = _backward
    return out


def sum_good(x, axis=None, keepdims=False):
    out = made(x.value.sum(axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        send(x, g * np.ones_like(x.value))

    out._backward = _backward
    return out


def mean_good(x, axis=None, keepdims=False):
    n = x.value.size if axis is None else x.value.shape[axis]
    out = made(x.value.mean(axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if axis is None or keepdims else np.expand_dims(out.grad, axis)
        send(x, np.broadcast_to(g, x.value.shape) / n)

    out._backward = _backward
    return out


def broadcast_add_good(a, b):
    out = made(a.value + b.value, a, b)

    def _backward():
        send(a, unbroadcast_by_padding(out.grad, a.value.shape))
        send(b, unbroadcast_by_padding(out.grad, b.value.shape))

    out._backward = _backward
    return out


def broadcast_mul_good(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        send(a, unbroadcast_by_padding(out.grad * b.value, a.value.shape))
        send(b, unbroadcast_by_padding(out.grad * a.value, b.value.shape))

    out._backward = _backward
    return out


def fit_good(X, y, lr, steps):
    w = Tensor(np.zeros((X.shape[1], y.shape[1])), requires_grad=True)
    b = Tensor(np.zeros(y.shape[1]), requires_grad=True)
    history = []
    for step in range(steps + 1):
        r = good_sub(broadcast_add_good(matmul_good(Tensor(X), w), b), Tensor(y))
        loss = mean_good(good_multiply(r, r))
        history.append(float(loss.value))
        if step < steps:
            w.grad, b.grad = np.zeros(w.value.shape), np.zeros(b.value.shape)
            run_backward(loss)
            w.value = w.value - lr * w.grad
            b.value = b.value - lr * b.grad
    return w.value, b.value, history


ARRAYS = {
    "matmul": matmul_good,
    "sum": sum_good,
    "mean": mean_good,
    "broadcast_add": broadcast_add_good,
    "broadcast_mul": broadcast_mul_good,
    "fit_affine": fit_good,
}


def matmul_without_transposes(a, b):
    out = Tensor(a.value @ b.value, a.requires_grad or b.requires_grad)
    out._prev = (a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad @ b.value
        if b.requires_grad:
            b.grad = b.grad + a.value @ out.grad

    out._backward = _backward
    return out


def matmul_second_turned(a, b):
    out = made(np.matmul(a.value, b.value), a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + np.einsum("nk,dk->nd", out.grad, b.value)
        if b.requires_grad:
            b.grad = b.grad + np.einsum("nk,nd->kd", out.grad, a.value)

    out._backward = _backward
    return out


def broadcast_add_as_it_comes(a, b):
    out = made(a.value + b.value, a, b)

    def _backward():
        if a.requires_grad:
            a.grad = a.grad + out.grad
        if b.requires_grad:
            b.grad = b.grad + out.grad

    out._backward = _backward
    return out


def broadcast_mul_as_it_comes(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        send(a, out.grad * b.value)
        send(b, out.grad * a.value)

    out._backward = _backward
    return out


def broadcast_mul_own_operand(a, b):
    out = made(a.value * b.value, a, b)

    def _backward():
        for t in (a, b):
            send(t, unbroadcast_by_padding(out.grad * t.value, t.value.shape))

    out._backward = _backward
    return out


def mean_like_a_sum(x, axis=None, keepdims=False):
    out = made(np.mean(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad
        if axis is not None and not keepdims:
            g = np.expand_dims(g, axis)
        if x.requires_grad:
            x.grad = x.grad + np.broadcast_to(g, x.value.shape)

    out._backward = _backward
    return out


def mean_divides_by_size(x, axis=None, keepdims=False):
    out = made(np.mean(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        g = out.grad if keepdims or axis is None else np.expand_dims(out.grad, axis)
        send(x, g * np.ones(x.value.shape) / x.value.size)

    out._backward = _backward
    return out


def sum_without_the_axis(x, axis=None, keepdims=False):
    out = made(np.sum(x.value, axis=axis, keepdims=keepdims), x)

    def _backward():
        send(x, np.ones(x.value.shape))

    out._backward = _backward
    return out


def fit_gradients_pile_up(X, y, lr, steps):
    w = Tensor(np.zeros((X.shape[1], y.shape[1])), True)
    b = Tensor(np.zeros(y.shape[1]), True)
    data, target = Tensor(X), Tensor(y)
    losses = []
    for _ in range(steps):
        diff = good_sub(broadcast_add_good(matmul_good(data, w), b), target)
        loss = mean_good(good_multiply(diff, diff))
        losses.append(loss.value.item())
        run_backward(loss)
        w.value = w.value - lr * w.grad
        b.value = b.value - lr * b.grad
    losses.append(float(np.mean((X @ w.value + b.value - y) ** 2)))
    return w.value, b.value, losses


def fit_uphill(X, y, lr, steps):
    w, b = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1])
    history = []
    for i in range(steps + 1):
        tw, tb = Tensor(w, True), Tensor(b, True)
        e = good_sub(Tensor(y), broadcast_add_good(matmul_good(Tensor(X), tw), tb))
        L = mean_good(good_multiply(e, e))
        history.append(float(L.value))
        if i == steps:
            break
        run_backward(L)
        w, b = w + lr * tw.grad, b + lr * tb.grad
    return w, b, history


def fit_history_too_short(X, y, lr, steps):
    w, b, history = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1]), []
    for _ in range(steps):
        tw, tb = Tensor(w, True), Tensor(b, True)
        e = good_sub(broadcast_add_good(matmul_good(Tensor(X), tw), tb), Tensor(y))
        L = mean_good(good_multiply(e, e))
        history.append(float(L.value))
        run_backward(L)
        w, b = w - lr * tw.grad, b - lr * tb.grad
    return w, b, history


def matmul_loops(a, b):
    n, d = a.value.shape
    k = b.value.shape[1]
    value = [[np.dot(a.value[i], b.value[:, j]) for j in range(k)] for i in range(n)]
    out = made(value, a, b)

    def _backward():
        da, db = np.zeros((n, d)), np.zeros((d, k))
        for i in range(n):
            for j in range(k):
                da[i] += out.grad[i, j] * b.value[:, j]
                db[:, j] += out.grad[i, j] * a.value[i]
        send(a, da)
        send(b, db)

    out._backward = _backward
    return out


def mean_by_sum(x, axis=None, keepdims=False):
    total = np.sum(x.value, axis=axis, keepdims=True)
    count = x.value.size // total.size
    out = made(total / count if keepdims else np.sum(x.value, axis=axis) / count, x)

    def _backward():
        send(x, np.zeros_like(x.value) + out.grad.reshape(total.shape) / count)

    out._backward = _backward
    return out


def fit_plain_numpy(X, y, lr, steps):
    w, b = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1])
    r = X @ w + b - y
    history = [float((r**2).mean())]
    for _ in range(steps):
        g = 2 * r / r.size
        w, b = w - lr * X.T @ g, b - lr * g.sum(0)
        r = X @ w + b - y
        history.append(float((r**2).mean()))
    return [w, b, history]


def e01(**changed):
    return {"Tensor": Tensor, "add": good_add, "multiply": good_multiply} | changed


WRONG = [
    Wrong("NB07.E01", "M10", "assigns the shares", e01(add=add_assigns, multiply=multiply_assigns)),
    Wrong("NB07.E01", "M19", "each operand times itself", e01(multiply=multiply_own_operand)),
    Wrong("NB07.E01", "M12", "local slopes only", e01(add=add_ones, multiply=multiply_local_only)),
    Wrong("NB07.E01", "", "closures of a loop see its last operand", e01(multiply=multiply_late_binding)),
    Wrong("NB07.E01", "", "sends to operands that want none", e01(multiply=multiply_asks_nobody)),
    Wrong("NB07.E01", "M10", "one share only where a is b", e01(multiply=multiply_once_for_a_square)),
    Wrong(
        "NB07.E01",
        "M28",
        "integers stay integers",
        {"Tensor": IntegerTensor, "add": add_integer, "multiply": multiply_integer},
    ),
    Wrong("NB07.E02", "M15", "mask of the upstream gradient", relu_mask_of_upstream),
    Wrong("NB07.E02", "M17", "times the ReLU itself", relu_times_itself),
    Wrong("NB07.E02", "M12", "only the mask is added", relu_mask_only),
    Wrong("NB07.E02", "M10", "the share is assigned", relu_replaces),
    Wrong("NB07.E03", "", "pre-order, turned", topo_pre_order),
    Wrong("NB07.E03", "", "calls itself", topo_recursive),
    Wrong("NB07.E03", "", "duplicates", topo_with_duplicates),
    Wrong("NB07.E03", "", "leaves are missing", topo_without_leaves),
    Wrong("NB07.E03", "", "root first", topo_root_first),
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
    Wrong("NB07.E06", "M36", "keepdims forgotten", unbroadcast_forgets_keepdims),
    Wrong("NB07.E06", "M20", "new axes taken from the end", unbroadcast_last_axes),
    Wrong("NB07.E06", "M21", "stretched axes stay stretched", unbroadcast_front_only),
    Wrong("NB07.E06", "M04", "means", unbroadcast_mean),
    Wrong("NB07.E06", "M10", "the first copy only", unbroadcast_first_row),
    Wrong("NB07.E06", "M32", "one number for all", unbroadcast_everything),
    Wrong("NB07.E07", "M01", "no transposes", ARRAYS | {"matmul": matmul_without_transposes}),
    Wrong("NB07.E07", "M02", "gradient of b turned", ARRAYS | {"matmul": matmul_second_turned}),
    Wrong(
        "NB07.E07",
        "M21",
        "broadcasting not undone",
        ARRAYS | {"broadcast_add": broadcast_add_as_it_comes, "broadcast_mul": broadcast_mul_as_it_comes},
    ),
    Wrong("NB07.E07", "M19", "times the own operand", ARRAYS | {"broadcast_mul": broadcast_mul_own_operand}),
    Wrong("NB07.E07", "M04", "mean goes back like a sum", ARRAYS | {"mean": mean_like_a_sum}),
    Wrong("NB07.E07", "", "mean over an axis divides by all", ARRAYS | {"mean": mean_divides_by_size}),
    Wrong("NB07.E07", "M12", "ones go back from a sum", ARRAYS | {"sum": sum_without_the_axis}),
    Wrong("NB07.E07", "M24", "gradients pile up", ARRAYS | {"fit_affine": fit_gradients_pile_up}),
    Wrong("NB07.E07", "M06", "goes uphill", ARRAYS | {"fit_affine": fit_uphill}),
    Wrong("NB07.E07", "", "the last loss is missing", ARRAYS | {"fit_affine": fit_history_too_short}),
]

RIGHT = [
    Right("NB07.E01", "plain closures", e01()),
    Right(
        "NB07.E01",
        "slots, one closure for all operands",
        {"Tensor": SlottedTensor, "add": slotted_add, "multiply": slotted_multiply},
    ),
    Right(
        "NB07.E01",
        "adds in place",
        {"Tensor": InPlaceTensor, "add": in_place_add, "multiply": in_place_multiply},
    ),
    Right("NB07.E02", "halves of x and |x|, a list of numbers", relu_by_halves),
    Right("NB07.E03", "counts users", topo_by_counting),
    Right("NB07.E03", "a stack of iterators, a tuple", topo_by_iterators),
    Right("NB07.E04", "counts users, no list", backward_counts_users),
    Right("NB07.E05", "slopes as functions", GOOD),
    Right("NB07.E05", "other formulas", STYLED),
    Right("NB07.E06", "pads the shape", unbroadcast_by_padding),
    Right("NB07.E06", "entry by entry", unbroadcast_entry_by_entry),
    Right("NB07.E07", "as in the notebook", ARRAYS),
    Right(
        "NB07.E07",
        "loops, counts, plain NumPy",
        ARRAYS | {"matmul": matmul_loops, "mean": mean_by_sum, "fit_affine": fit_plain_numpy},
    ),
]
