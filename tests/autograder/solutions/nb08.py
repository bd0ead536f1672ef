"""NB08, as students write it."""

from __future__ import annotations

import numpy as np

from backprop_course import Function
from backprop_course.edf import CompNode, CompNodes, Forward, Parameters
from backprop_course.tape import Node, primitive_vjps, toposort


def to_shape_of(g, x):
    g = np.asarray(g)
    while g.ndim > np.ndim(x):
        g = g.sum(axis=0)
    for axis, n in enumerate(np.shape(x)):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g


def register_rules(table):
    table["negative"] = [lambda g, ans, x: -g]
    table["exp"] = [lambda g, ans, x: g * ans]
    table["log"] = [lambda g, ans, x: g / x]
    table["reciprocal"] = [lambda g, ans, x: -g * ans**2]
    table["add"] = [lambda g, ans, x, y: to_shape_of(g, x), lambda g, ans, x, y: to_shape_of(g, y)]
    table["subtract"] = [lambda g, ans, x, y: to_shape_of(g, x), lambda g, ans, x, y: to_shape_of(-g, y)]
    table["multiply"] = [
        lambda g, ans, x, y: to_shape_of(g * y, x),
        lambda g, ans, x, y: to_shape_of(g * x, y),
    ]
    table["dot"] = [lambda g, ans, x, y: g @ y.T, lambda g, ans, x, y: x.T @ g]


def rules_returned(table):
    """A new table, rules by position in a dict, one alone where there is one argument."""

    def summed(rule, i):
        def fitted(g, ans, *args):
            full = rule(g, *args)
            shape = args[i].shape
            extra = tuple(range(full.ndim - len(shape)))
            full = full.sum(axis=extra)
            thin = tuple(a for a, (n, m) in enumerate(zip(full.shape, shape, strict=True)) if n != m)
            return full.sum(axis=thin, keepdims=True)

        return fitted

    pairs = {
        "add": (lambda g, x, y: +g, lambda g, x, y: +g),
        "subtract": (lambda g, x, y: +g, lambda g, x, y: -g),
        "multiply": (lambda g, x, y: y * g, lambda g, x, y: x * g),
    }
    return {
        "negative": lambda g, ans, x: np.negative(g),
        "exp": lambda g, ans, x: np.exp(x) * g,
        "log": lambda g, ans, x: g * np.exp(-ans),
        "reciprocal": lambda g, ans, x: -g / (x * x),
        **{name: {i: summed(rule, i) for i, rule in enumerate(two)} for name, two in pairs.items()},
        "dot": (
            lambda g, ans, x, y: np.dot(y, g.T).T,
            lambda g, ans, x, y: sum(np.outer(a, b) for a, b in zip(x, g, strict=True)),
        ),
    }


def add_outgrads(prev, g):
    if prev is None:
        return g
    return prev + g


def backward_pass(g, end_node):
    outgrads = {end_node: g}
    for node in toposort(end_node):
        outgrad = outgrads.pop(node)
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            rule = primitive_vjps[node.fun][argnum]
            term = rule(outgrad, node.value, *node.args)
            outgrads[parent] = add_outgrads(outgrads.get(parent), term)
    return outgrad


def add_with_numpy(prev, g):
    return np.add(0.0 if prev is None else prev, g)


def backward_with_lists(g, end_node):
    """Contributions are kept by the node's id and summed when its turn comes."""
    contributions = {id(end_node): [g]}
    for node in list(toposort(end_node)):
        total = sum(contributions[id(node)][1:], contributions[id(node)][0])
        for k in range(len(node.parents)):
            vjp = primitive_vjps[node.fun][node.argnums[k]]
            contributions.setdefault(id(node.parents[k]), []).append(
                vjp(total, node.value, *node.args, **node.kwargs)
            )
    return total


def make_vjp(fun, x):
    start = Node(x)
    end = fun(start)
    if not isinstance(end, Node):
        return lambda g: np.zeros_like(x), end

    def vjp(g):
        return backward_pass(g, end)

    return vjp, end.value


def grad(fun, argnum=0):
    def gradfun(*args):
        def of_one(x):
            others = list(args)
            others[argnum] = x
            return fun(*others)

        vjp, value = make_vjp(of_one, args[argnum])
        if np.ndim(value) > 0:
            raise ValueError("one number is needed")
        return vjp(1.0)

    return gradfun


class Pullback:
    """What is needed to go back, as an object."""

    def __init__(self, end, x):
        self.end, self.zero = end, 0.0 * np.asarray(x)

    def __call__(self, g):
        if type(self.end) is Node:
            return backward_with_lists(g, self.end)
        return self.zero


def make_vjp_object(fun, x):
    end = fun(Node(np.asarray(x)))
    return [Pullback(end, x), getattr(end, "value", end)]


def grad_by_slices(fun, argnum=0):
    def derivative(*args):
        pullback, y = make_vjp_object(lambda v: fun(*args[:argnum], v, *args[argnum + 1 :]), args[argnum])
        if np.shape(y) != ():
            raise TypeError("grad of an array")
        return float(pullback(np.array(1.0)))

    return derivative


class Sigmoid(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        z = np.exp(-np.abs(self.x.value))
        self.value = np.where(self.x.value >= 0, 1 / (1 + z), z / (1 + z))

    def backward(self):
        self.x.addgrad(self.grad * self.value * (1 - self.value))


class SigmoidByEntry(CompNode):
    def __init__(self, x):
        CompNode.__init__(self, x)
        self.parent = x

    def forward(self):
        x = self.parent.value
        self.value = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            if x[i] > 0:
                self.value[i] = 1 / (1 + np.exp(-x[i]))
            else:
                self.value[i] = np.exp(x[i]) / (1 + np.exp(x[i]))

    def backward(self):
        slope = self.value - self.value**2
        self.parent.addgrad(np.multiply(slope, self.grad))


class Affine(CompNode):
    def __init__(self, params, x):
        super().__init__(params.w, params.b, x)
        self.params = params
        self.x = x

    def forward(self):
        self.value = self.x.value @ self.params.w.value + self.params.b.value

    def backward(self):
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * self.grad[:, None, :])
        self.params.b.addgrad(self.grad)


class AffineByExamples(CompNode):
    """Sends the examples' gradients one after the other."""

    def __init__(self, params, x):
        super().__init__(x, params.b, params.w)
        self.w, self.b, self.x = params.w, params.b, x

    def forward(self):
        rows = [self.w.value.T @ row + self.b.value for row in self.x.value]
        self.value = np.array(rows)

    def backward(self):
        for row, g in zip(self.x.value, self.grad, strict=True):
            self.w.addgrad(np.outer(row, g)[None])
            self.b.addgrad(g.reshape(1, -1))
        self.x.addgrad(np.einsum("nk,dk->nd", self.grad, self.w.value))


def Backward(loss):
    for node in CompNodes + Parameters:
        node.grad = np.zeros_like(node.value)
    loss.grad = np.ones_like(loss.value) / len(loss.value)
    for node in reversed(CompNodes):
        node.backward()


def UpdateParameters(lr):
    for p in Parameters:
        p.value = p.value - lr * p.grad


def train_step(loss, lr):
    Forward()
    Backward(loss)
    UpdateParameters(lr)
    return np.mean(loss.value)


def backward_by_index(loss):
    for p in Parameters:
        p.grad = np.zeros(p.value.shape)
    for node in CompNodes:
        node.grad = 0.0
    n = loss.value.size
    loss.grad = np.full(n, 1 / n)
    for i in range(len(CompNodes) - 1, -1, -1):
        CompNodes[i].backward()


def update_in_place(lr=0.1):
    [p.UpdateParameters(lr) for p in Parameters]


def step_with_its_own_loops(loss, lr):
    for node in CompNodes:
        node.forward()
    before = float(sum(loss.value) / len(loss.value))
    backward_by_index(loss)
    for p in Parameters:
        p.value -= lr * p.grad
    return before


class FusedSigmoidBCE(Function):
    @staticmethod
    def forward(ctx, u, y):
        e = np.exp(-np.abs(u))
        p = np.where(u >= 0, 1 / (1 + e), e / (1 + e))
        ctx.save_for_backward(p, y)
        return np.mean(np.maximum(u, 0) - u * y + np.log1p(e))

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) / len(y), None


class FusedByLogaddexp:
    """No base class, no loop saved: the finished factor alone."""

    def forward(ctx, u, y):
        log_p = -np.logaddexp(0, -u)
        ctx.save_for_backward((np.exp(log_p) - y) / y.size)
        return (-log_p + (1 - y) * u).mean()

    def backward(ctx, g):
        return [np.multiply(*ctx.saved_tensors, g), None]


class FusedByTanh(Function):
    @classmethod
    def forward(cls, ctx, u, y):
        ctx.N = u.shape[0]
        p = 0.5 + 0.5 * np.tanh(0.5 * u)
        ctx.save_for_backward(p - y)
        total = 0.0
        for score, label in zip(u, y, strict=True):
            total += np.logaddexp(0.0, score) - label * score
        return total / ctx.N

    @classmethod
    def backward(cls, ctx, g):
        (residual,) = ctx.saved_tensors
        return residual / ctx.N * g, None


class EmptyFunction:
    @staticmethod
    def forward(ctx, u, y):
        pass

    @staticmethod
    def backward(ctx, g):
        pass


RIGHT = {
    "NB08.E01": [register_rules, rules_returned],
    "NB08.E02": [
        {"add_outgrads": add_outgrads, "backward_pass": backward_pass},
        {"Node": Node, "add_outgrads": add_with_numpy, "backward_pass": backward_with_lists},
    ],
    "NB08.E03": [{"make_vjp": make_vjp, "grad": grad}, {"make_vjp": make_vjp_object, "grad": grad_by_slices}],
    "NB08.E04": [Sigmoid, SigmoidByEntry],
    "NB08.E05": [Affine, AffineByExamples],
    "NB08.E06": [
        {"Backward": Backward, "UpdateParameters": UpdateParameters, "train_step": train_step},
        {
            "Backward": backward_by_index,
            "UpdateParameters": update_in_place,
            "train_step": step_with_its_own_loops,
            "CompNodes": CompNodes,
            "Parameters": Parameters,
        },
    ],
    "NB08.E07": [FusedSigmoidBCE, FusedByLogaddexp, FusedByTanh],
}

EQUAL = {
    "NB08.E07": {
        "p = np.where(u >= 0, 1 / (1 + e), e / (1 + e)) -> "
        "p = np.where(u > 0, 1 / (1 + e), e / (1 + e))": "both forms give 1/2 at 0",
    },
}
STUBS = {"NB08.E07": {"FusedSigmoidBCE": EmptyFunction}}
