"""Answers to NB07 as students write them: a Tensor with closures, an order, a walk, broadcasting, a fit.

E01 to E03.
"""

from __future__ import annotations

import numpy as np

from . import Right, Wrong
from ._nb07 import Tensor, good_multiply, made, send


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
]
