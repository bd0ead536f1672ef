"""Wrong answers to NB08, of the second round."""

from __future__ import annotations

import numpy as np

from backprop_course import Function
from backprop_course.edf import CompNode, CompNodes, Forward, Parameters
from backprop_course.tape import Node, primitive_vjps, toposort

from .. import Wrong
from ._noting import noting

WRONG, wrong = noting()


def fit(g, x):
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - np.ndim(x))))
    for i, n in enumerate(np.shape(x)):
        if n == 1:
            g = g.sum(axis=i, keepdims=True)
    return g


def _rules():
    return {
        "negative": [lambda g, ans, x: -g],
        "exp": [lambda g, ans, x: g * ans],
        "log": [lambda g, ans, x: g / x],
        "reciprocal": [lambda g, ans, x: -g * ans * ans],
        "add": [lambda g, ans, x, y: fit(g, x), lambda g, ans, x, y: fit(g, y)],
        "subtract": [lambda g, ans, x, y: fit(g, x), lambda g, ans, x, y: -fit(g, y)],
        "multiply": [lambda g, ans, x, y: fit(g * y, x), lambda g, ans, x, y: fit(g * x, y)],
        "dot": [lambda g, ans, x, y: g @ y.T, lambda g, ans, x, y: x.T @ g],
    }


@wrong("NB08.E01", "M21", "broadcasting is not undone in add and subtract")
def rules_without_fit(table):
    def same(g, ans, x, y):
        return g

    def minus(g, ans, x, y):
        return np.negative(g)

    table.update(_rules())
    table["add"] = [same, same]
    table["subtract"] = [same, minus]


@wrong("NB08.E01", "M06", "subtract passes g to both")
def rules_subtract_plus(table):
    for key, rules in _rules().items():
        table[key] = rules
    table["subtract"][1] = lambda g, ans, x, y: fit(g, y)


@wrong("NB08.E01", "M01", "the product's operands are not transposed")
def rules_dot_untransposed(table):
    table |= _rules()

    def for_x(g, ans, x, y):
        return np.matmul(g, y)

    def for_y(g, ans, x, y):
        return np.matmul(x, g)

    table["dot"] = [for_x, for_y]


def add_outgrads(prev, g):
    return g if prev is None else prev + g


@wrong("NB08.E02", "M10", "the last share wins", "backward_pass", add_outgrads=add_outgrads)
def pass_last_share(g, end_node):
    outgrads = {id(end_node): g}
    for node in toposort(end_node):
        bar = outgrads[id(node)]
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            vjp = primitive_vjps[node.fun][argnum]
            outgrads[id(parent)] = vjp(bar, node.value, *node.args, **node.kwargs)
    return bar


def back_to_root(g, end, root):
    bars = {id(end): np.asarray(g, dtype=float)}
    for node in toposort(end):
        bar = bars[id(node)]
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            share = primitive_vjps[node.fun][argnum](bar, node.value, *node.args, **node.kwargs)
            bars[id(parent)] = add_outgrads(bars.get(id(parent)), share)
    return bars[id(root)]


def make_vjp(fun, x):
    root = Node(np.array(x, dtype=float))
    end = fun(root)
    if not isinstance(end, Node):
        return (lambda g: np.zeros(np.shape(x))), end
    return (lambda g: back_to_root(g, end, root)), end.value


def grad_with(make, first=0):
    def grad(fun, argnum=0):
        def gradient(*args):
            place = argnum - first

            def of_one(a):
                return fun(*[a if i == place % len(args) else arg for i, arg in enumerate(args)])

            vjp, value = make(of_one, args[place])
            if np.size(value) != 1:
                raise ValueError("the output is not a single number")
            return vjp(np.ones(np.shape(value)))

        return gradient

    return grad


@wrong("NB08.E03", "M12", "vjp starts from ones, not from g", "make_vjp", grad=grad_with(make_vjp))
def make_vjp_of_ones(fun, x):
    root = Node(np.asarray(x, dtype=float))
    end = fun(root)
    if isinstance(end, Node):

        def vjp(g):
            return back_to_root(np.ones_like(end.value), end, root)

        return vjp, end.value
    return (lambda g: np.zeros_like(root.value)), end


WRONG.append(
    Wrong("NB08.E03", "M35", "argnum counted from 1", {"make_vjp": make_vjp, "grad": grad_with(make_vjp, 1)})
)


@wrong("NB08.E04", "M12", "self.grad is not used")
class SigmoidLocal(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = 0.5 * (1 + np.tanh(0.5 * self.x.value))

    def backward(self):
        self.x.addgrad(self.value * (1 - self.value))


@wrong("NB08.E04", "M08", "the sigmoid is taken of the value once more")
class SigmoidTwice(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    @staticmethod
    def squash(v):
        e = np.exp(-abs(v))
        return np.where(v < 0, e, 1.0) / (1 + e)

    def forward(self):
        self.value = self.squash(self.x.value)

    def backward(self):
        s = self.squash(self.value)
        self.x.addgrad(self.grad * s * (1 - s))


@wrong("NB08.E04", "M27", "1/(1+exp(-x)) as it stands")
class SigmoidPlain(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = 1.0 / (1.0 + np.exp(-self.x.value))

    def backward(self):
        delta = np.multiply(self.grad, self.value - self.value**2)
        self.x.addgrad(delta)


class _Affine(CompNode):
    def __init__(self, params, x):
        super().__init__(params.w, params.b, x)
        self.params = params
        self.x = x

    def forward(self):
        self.value = self.x.value @ self.params.w.value + self.params.b.value


@wrong("NB08.E05", "M33", "sums over the examples by itself")
class AffineSummed(_Affine):
    def backward(self):
        self.params.w.addgrad(self.x.value.T @ self.grad)
        self.params.b.addgrad(self.grad.sum(axis=0))
        self.x.addgrad(self.grad @ self.params.w.value.T)


@wrong("NB08.E05", "M31", "each example's outer product the other way round")
class AffineOuter(_Affine):
    def backward(self):
        each = [np.outer(g, x) for g, x in zip(self.grad, self.x.value, strict=True)]
        self.params.w.addgrad(np.array(each))
        self.params.b.addgrad(self.grad)
        self.x.addgrad(np.einsum("nk,dk->nd", self.grad, self.params.w.value))


@wrong("NB08.E05", "M01", "w without its transpose")
class AffineUntransposed(_Affine):
    def backward(self):
        self.params.b.addgrad(self.grad)
        self.params.w.addgrad(np.einsum("nd,nk->ndk", self.x.value, self.grad))
        self.x.addgrad(self.grad @ self.params.w.value)


def Backward(loss):
    for n in CompNodes + Parameters:
        n.grad = np.zeros(np.shape(n.value))
    loss.grad = np.full(loss.value.shape, 1 / loss.value.size)
    for n in CompNodes[::-1]:
        n.backward()


def UpdateParameters(lr):
    for p in Parameters:
        p.value = p.value - lr * p.grad


def train_step_with(backward, update):
    def train_step(loss, lr):
        Forward()
        before = float(np.mean(loss.value))
        backward(loss)
        update(lr)
        return before

    return train_step


def backward_of_sum(loss):
    for n in [*Parameters, *CompNodes]:
        n.grad = np.zeros_like(n.value, dtype=float)
    loss.grad = np.ones_like(loss.value)
    for n in reversed(CompNodes):
        n.backward()


def backward_not_zeroed(loss):
    for node in [*CompNodes, *Parameters]:
        if getattr(node, "grad", None) is None:
            node.grad = np.zeros_like(node.value)
    for node in CompNodes:
        node.grad = np.zeros_like(node.value)
    loss.grad = np.ones(len(loss.value)) / len(loss.value)
    for node in reversed(CompNodes):
        node.backward()


def update_uphill(lr):
    for i in range(len(Parameters)):
        Parameters[i].value = Parameters[i].value + lr * Parameters[i].grad


def _edf(label, why, backward=Backward, update=UpdateParameters):
    step = train_step_with(backward, update)
    parts = {"Backward": backward, "UpdateParameters": update, "train_step": step}
    WRONG.append(Wrong("NB08.E06", label, why, parts))


_edf("M04", "ones at the loss, not 1/N", backward=backward_of_sum)
_edf("M24", "the parameters' gradients are not zeroed", backward=backward_not_zeroed)
_edf("M06", "a step uphill", update=update_uphill)


class _Fused(Function):
    @staticmethod
    def forward(ctx, u, y):
        e = np.exp(-np.abs(u))
        p = np.where(u >= 0, 1.0, e) / (1 + e)
        ctx.save_for_backward(p, y)
        return np.mean(np.maximum(u, 0) - u * y + np.log1p(e))


@wrong("NB08.E07", "M12", "g is not used")
class FusedNoCotangent(_Fused):
    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return np.subtract(p, y) / len(y), None


@wrong("NB08.E07", "M04", "1/N is forgotten")
class FusedSum(_Fused):
    @staticmethod
    def backward(ctx, g):
        probs, labels = ctx.saved_tensors
        u_bar = np.array([g * (a - b) for a, b in zip(probs, labels, strict=True)])
        return u_bar, None


@wrong("NB08.E07", "M09", "the sigmoid's slope although the two are fused")
class FusedSlope(_Fused):
    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) * p * (1 - p) / p.size, None
