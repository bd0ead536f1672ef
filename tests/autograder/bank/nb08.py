"""Answers to NB08 as students write them: a table of rules, a walk, node objects, a Function."""

from __future__ import annotations

import numpy as np

from backprop_course import Function
from backprop_course.edf import CompNode, CompNodes, Forward, Parameters
from backprop_course.tape import Node, primitive_vjps, toposort

from . import Right, Wrong


def sum_to_fit(g, x):
    """Given in the notebook."""
    fitted = np.asarray(g)
    while fitted.ndim > np.ndim(x):
        fitted = fitted.sum(axis=0)
    for axis, length in enumerate(np.shape(x)):
        if length == 1:
            fitted = fitted.sum(axis=axis, keepdims=True)
    return fitted


# E01 -----------------------------------------------------------------------------------------------------


def good_rules():
    return {
        "negative": [lambda g, ans, x: -g],
        "exp": [lambda g, ans, x: g * ans],
        "log": [lambda g, ans, x: g / x],
        "reciprocal": [lambda g, ans, x: -g * ans**2],
        "add": [lambda g, ans, x, y: sum_to_fit(g, x), lambda g, ans, x, y: sum_to_fit(g, y)],
        "subtract": [lambda g, ans, x, y: sum_to_fit(g, x), lambda g, ans, x, y: sum_to_fit(-g, y)],
        "multiply": [lambda g, ans, x, y: sum_to_fit(g * y, x), lambda g, ans, x, y: sum_to_fit(g * x, y)],
        "dot": [lambda g, ans, x, y: g @ y.T, lambda g, ans, x, y: x.T @ g],
    }


def rules_local_slopes(table):
    """Only the local slopes; the walk will multiply, I thought."""
    table["negative"] = [lambda g, ans, x: -np.ones_like(x)]
    table["exp"] = [lambda g, ans, x: ans]
    table["log"] = [lambda g, ans, x: 1 / x]
    table["reciprocal"] = [lambda g, ans, x: -1 / x**2]
    for name in ("add", "subtract", "multiply", "dot"):
        table[name] = good_rules()[name]


def rules_own_operand(table):
    def mul_x(g, ans, x, y):
        return sum_to_fit(g * x, x)

    def mul_y(g, ans, x, y):
        return sum_to_fit(g * y, y)

    table.update(good_rules(), multiply=[mul_x, mul_y])


def rules_difference_like_sum(table):
    table.update(good_rules())
    same = lambda which: lambda g, ans, *args: sum_to_fit(g, args[which])  # noqa: E731
    for name in ["add", "subtract"]:
        table[name] = [same(0), same(1)]


def rules_reciprocal_without_sign(table):
    table |= good_rules()
    table["reciprocal"] = [lambda g, ans, x: np.multiply(g, np.square(ans))]


def rules_without_fit(table):
    table["add"] = [lambda g, ans, x, y: g, lambda g, ans, x, y: g]
    table["subtract"] = [lambda g, ans, x, y: g, lambda g, ans, x, y: -g]
    table["multiply"] = [lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x]
    table["negative"] = [lambda g, ans, x: -g]
    table["exp"] = [lambda g, ans, x: g * ans]
    table["log"] = [lambda g, ans, x: g / x]
    table["reciprocal"] = [lambda g, ans, x: -g / x**2]
    table["dot"] = [lambda g, ans, x, y: np.dot(g, y.T), lambda g, ans, x, y: np.dot(x.T, g)]


def rules_exp_of_x(table):
    def exp_rule(g, ans, x):
        return x * g

    for name, rules in good_rules().items():
        table[name] = rules
    table["exp"] = [exp_rule]


def rules_exp_of_exp(table):
    table.update(good_rules())
    table["exp"] = [lambda g, ans, x: g * np.exp(ans)]


def rules_dot_flat(table):
    table.update(good_rules())

    def dot_x(g, ans, x, y):
        return g @ y

    def dot_y(g, ans, x, y):
        return x @ g

    table["dot"] = [dot_x, dot_y]


def rules_dot_exchanged(table):
    table.update(good_rules())
    table["dot"] = [lambda g, ans, x, y: x.T @ g, lambda g, ans, x, y: g @ y.T]


def rules_dot_turned(table):
    table.update(good_rules())
    table["dot"] = [
        lambda g, ans, x, y: (g @ y.T).T,
        lambda g, ans, x, y: g.T @ x,
    ]


def rules_by_loops(table):
    """The rule of each operation is found by going through the entries."""

    def fit(g, x):
        total = np.zeros(np.shape(x))
        for index in np.ndindex(g.shape):
            own = index[g.ndim - total.ndim :]
            total[tuple(min(i, n - 1) for i, n in zip(own, total.shape, strict=True))] += g[index]
        return total

    def pair(first, second):
        return (
            lambda g, ans, x, y: fit(g * first(x, y), x),
            lambda g, ans, x, y: fit(g * second(x, y), y),
        )

    table["add"] = pair(lambda x, y: 1.0, lambda x, y: 1.0)
    table["subtract"] = pair(lambda x, y: 1.0, lambda x, y: -1.0)
    table["multiply"] = pair(lambda x, y: y, lambda x, y: x)
    table["negative"] = (lambda g, ans, x: 0.0 - g,)
    table["exp"] = (lambda g, ans, x: g * np.exp(x),)
    table["log"] = (lambda g, ans, x: g * np.exp(-ans),)
    table["reciprocal"] = (lambda g, ans, x: -ans * g / x,)
    table["dot"] = (
        lambda g, ans, x, y: np.einsum("nk,dk->nd", g, y).tolist(),
        lambda g, ans, x, y: np.einsum("nd,nk->dk", x, g).tolist(),
    )
    table["tanh"] = (lambda g, ans, x: g * (1 - ans**2),)


def rules_plain(table):
    for name, rules in good_rules().items():
        table.setdefault(name, rules)
    return table


# E02 -----------------------------------------------------------------------------------------------------


def good_add_outgrads(prev, g):
    return g if prev is None else prev + g


def good_backward_pass(g, end_node):
    outgrads = {end_node: g}
    for node in toposort(end_node):
        outgrad = outgrads.pop(node)
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            share = primitive_vjps[node.fun][argnum](outgrad, node.value, *node.args, **node.kwargs)
            outgrads[parent] = good_add_outgrads(outgrads.get(parent), share)
    return outgrad


def add_outgrads_takes_the_new(prev, g):
    if prev is None:
        return g
    prev = g
    return prev


def walk_overwrites(g, end_node):
    grads = {id(end_node): g}
    last = g
    for node in toposort(end_node):
        last = grads[id(node)]
        for i in range(len(node.parents)):
            rule = primitive_vjps[node.fun][node.argnums[i]]
            grads[id(node.parents[i])] = rule(last, node.value, *node.args, **node.kwargs)
    return last


def add_outgrads_by_truth(prev, g):
    if not prev:
        return g
    return prev + g


def add_outgrads_in_place(prev, g):
    if prev is None:
        return g
    prev += g
    return prev


def walk_not_in_order(g, end_node):
    """Follows the parents as they come, with a queue."""
    outgrads = {end_node: g}
    queue, done = [end_node], set()
    node = end_node
    root = end_node
    while queue:
        node = queue.pop(0)
        if node in done:
            continue
        done.add(node)
        if not node.parents:
            root = node
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            share = primitive_vjps[node.fun][argnum](outgrads[node], node.value, *node.args, **node.kwargs)
            outgrads[parent] = good_add_outgrads(outgrads.get(parent), share)
            queue.append(parent)
    return outgrads[root]


def walk_begins_with_ones(g, end_node):
    outgrads = {end_node: np.ones(np.shape(end_node.value))}
    for node in toposort(end_node):
        current = outgrads.pop(node)
        for parent, argnum in zip(node.parents, node.argnums, strict=True):
            vjp = primitive_vjps[node.fun][argnum]
            new = vjp(current, node.value, *node.args, **node.kwargs)
            outgrads[parent] = new if parent not in outgrads else outgrads[parent] + new
    return current


def walk_argnum_zero(g, end_node):
    outgrads = {end_node: g}
    for node in toposort(end_node):
        current = outgrads.pop(node)
        for parent in node.parents:
            share = primitive_vjps[node.fun][0](current, node.value, *node.args, **node.kwargs)
            outgrads[parent] = good_add_outgrads(outgrads.get(parent), share)
    return current


def add_outgrads_by_numpy(prev, g):
    return np.array(g) if prev is None else np.add(prev, g)


def walk_with_lists_of_shares(g, end_node):
    shares = {id(end_node): [np.asarray(g, dtype=float)]}
    result = None
    for node in list(toposort(end_node)):
        result = sum(shares.pop(id(node)))
        rules = primitive_vjps.get(node.fun, {})
        for k, p in enumerate(node.parents):
            one = rules[node.argnums[k]](result, node.value, *node.args, **node.kwargs)
            shares.setdefault(id(p), []).append(one)
    return result


def walk_recursively(g, end_node):
    """Sums over all paths; slow and right."""
    if not end_node.parents:
        return g
    total = 0.0
    for argnum, parent in zip(end_node.argnums, end_node.parents, strict=True):
        rule = primitive_vjps[end_node.fun][argnum]
        total = total + walk_recursively(rule(g, end_node.value, *end_node.args, **end_node.kwargs), parent)
    return total


# E03 -----------------------------------------------------------------------------------------------------


def good_make_vjp(fun, x):
    root = Node(x)
    end = fun(root)
    if not isinstance(end, Node):
        return (lambda g: np.zeros(np.shape(x))), end
    return (lambda g: good_backward_pass(g, end)), end.value


def good_grad(fun, argnum=0):
    def gradient(*args):
        def one(v):
            return fun(*args[:argnum], v, *args[argnum + 1 :])

        vjp, value = good_make_vjp(one, args[argnum])
        if np.shape(value) != ():
            raise ValueError("not a number")
        return vjp(1.0)

    return gradient


def make_vjp_ones(fun, x):
    start = Node(x)
    end = fun(start)
    if isinstance(end, Node):

        def vjp(g):
            return good_backward_pass(np.ones(np.shape(end.value)), end)

        return vjp, end.value
    return lambda g: np.zeros_like(x), end


def grad_of_the_first(fun, argnum=0):
    def gradfun(x, *rest):
        vjp, value = good_make_vjp(lambda v: fun(v, *rest), x)
        if np.ndim(value) > 0:
            raise ValueError("scalar output needed")
        return vjp(1.0)

    return gradfun


def grad_counted_from_one(fun, argnum=0):
    def gradfun(*args):
        args = list(args)

        def f(v):
            new = args[:]
            new[argnum - 1] = v
            return fun(*new)

        vjp, value = good_make_vjp(f, args[argnum - 1])
        if np.size(value) != 1:
            raise ValueError
        return vjp(1.0)

    return gradfun


def grad_of_a_sum(fun, argnum=0):
    def gradfun(*args):
        def f(v):
            return fun(*[v if i == argnum else a for i, a in enumerate(args)])

        vjp, value = good_make_vjp(f, args[argnum])
        return vjp(np.ones(np.shape(value)))

    return gradfun


def make_vjp_without_constants(fun, x):
    root = Node(x)
    end = fun(root)

    def vjp(g):
        return good_backward_pass(g, end)

    return vjp, end.value


class Tracer:
    """The pair as a small class; it unpacks like a tuple."""

    def __init__(self, fun, x):
        self.x = np.asarray(x)
        self.end = fun(Node(x))

    def back(self, g):
        if isinstance(self.end, Node):
            return walk_with_lists_of_shares(g, self.end)
        return 0.0 * self.x

    def value(self):
        return getattr(self.end, "value", self.end) if isinstance(self.end, Node) else self.end


def make_vjp_by_class(fun, x):
    tracer = Tracer(fun, x)
    return [tracer.back, tracer.value()]


def grad_by_list(fun, argnum=0):
    def inner(*args):
        where = list(args)
        root = Node(np.asarray(args[argnum], dtype=float))
        where[argnum] = root
        end = fun(*where)
        if not isinstance(end, Node):
            if np.ndim(end):
                raise ValueError("the output is an array")
            return np.zeros(np.shape(args[argnum]))
        if np.ndim(end.value):
            raise ValueError("the output is an array")
        return walk_recursively(np.float64(1), end)

    return inner


# E04 -----------------------------------------------------------------------------------------------------


class Unary(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        e = np.exp(-np.abs(self.x.value))
        self.value = np.where(self.x.value >= 0, 1 / (1 + e), e / (1 + e))


class SigmoidSlopeAtValue(Unary):
    def backward(self):
        s = 1 / (1 + np.exp(-self.value))
        self.x.addgrad(self.grad * s * (1 - s))


class SigmoidLocalOnly(Unary):
    def backward(self):
        local = self.value - self.value**2
        self.x.addgrad(local)


class SigmoidAssigns(Unary):
    def backward(self):
        self.x.grad = self.grad * self.value * (1 - self.value)


class SigmoidPlain(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        self.value = 1.0 / (1.0 + np.exp(-self.x.value))

    def backward(self):
        self.x.addgrad(self.grad * self.value * (1.0 - self.value))


class SigmoidClipped(CompNode):
    def __init__(self, x):
        super().__init__(x)
        self.x = x

    def forward(self):
        z = np.clip(self.x.value, -10, 10)
        self.value = 1 / (1 + np.exp(-z))

    def backward(self):
        self.x.addgrad(self.grad * self.value * (1 - self.value))


class SigmoidNoSlope(Unary):
    def backward(self):
        self.x.addgrad(self.grad * self.value)


class SigmoidByTanh(CompNode):
    def __init__(self, x):
        CompNode.__init__(self, x)
        self.x = x
        self.calls = 0

    def forward(self):
        self.calls += 1
        self.t = np.tanh(self.x.value / 2)
        self.value = 0.5 + 0.5 * self.t

    def backward(self):
        delta = self.grad * (1 - self.t**2) / 4
        self.x.addgrad(delta)


# E05 -----------------------------------------------------------------------------------------------------


class AffineBase(CompNode):
    def __init__(self, params, x):
        super().__init__(params.w, params.b, x)
        self.params = params
        self.x = x

    def forward(self):
        self.value = self.x.value @ self.params.w.value + self.params.b.value


class AffineSums(AffineBase):
    def backward(self):
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value.T @ self.grad)
        self.params.b.addgrad(self.grad.sum(axis=0))


class AffineOuterTurned(AffineBase):
    def backward(self):
        self.x.addgrad(np.dot(self.grad, self.params.w.value.T))
        per_example = [np.outer(g, x) for g, x in zip(self.grad, self.x.value, strict=True)]
        self.params.w.addgrad(np.array(per_example))
        self.params.b.addgrad(self.grad)


class AffineDividesByN(AffineBase):
    def backward(self):
        N = len(self.grad)
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * self.grad[:, None, :] / N)
        self.params.b.addgrad(self.grad / N)


class AffineNoTranspose(AffineBase):
    def backward(self):
        self.x.addgrad(self.grad @ self.params.w.value)
        self.params.w.addgrad(np.einsum("nd,nk->ndk", self.x.value, self.grad))
        self.params.b.addgrad(self.grad)


class AffineIgnoresUpstream(AffineBase):
    def backward(self):
        N, k = self.value.shape
        g = np.ones((N, k))
        self.x.addgrad(g @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * g[:, None, :])
        self.params.b.addgrad(g)


class AffineLoops(AffineBase):
    def backward(self):
        W = self.params.w.value
        dx, dw = np.zeros(self.x.value.shape), np.zeros((len(self.grad), *W.shape))
        for n in range(len(self.grad)):
            for i in range(W.shape[0]):
                for j in range(W.shape[1]):
                    dx[n, i] += W[i, j] * self.grad[n, j]
                    dw[n, i, j] = self.x.value[n, i] * self.grad[n, j]
        self.params.b.addgrad(1.0 * self.grad)
        self.params.w.addgrad(dw)
        self.x.addgrad(dx)


class AffineByTensordot(AffineBase):
    def forward(self):
        self.value = np.add(np.tensordot(self.x.value, self.params.w.value, 1), self.params.b.value[None])

    def backward(self):
        self.x.addgrad(np.tensordot(self.grad, self.params.w.value, axes=(1, 1)))
        self.params.w.addgrad(np.matmul(self.x.value[..., None], self.grad[:, np.newaxis]))
        self.params.b.addgrad(self.grad)


# E06 -----------------------------------------------------------------------------------------------------


def good_Backward(loss):
    for n in CompNodes + Parameters:
        n.grad = np.zeros(n.value.shape)
    loss.grad = np.full(loss.value.shape, 1 / len(loss.value))
    for n in reversed(CompNodes):
        n.backward()


def good_Update(lr):
    for p in Parameters:
        p.value = p.value - lr * p.grad


def good_step(loss, lr):
    Forward()
    before = float(np.mean(loss.value))
    good_Backward(loss)
    good_Update(lr)
    return before


def Backward_parameters_not_zeroed(loss):
    for n in CompNodes:
        n.grad = np.zeros_like(n.value)
    loss.grad = np.ones(len(loss.value)) / len(loss.value)
    for n in CompNodes[::-1]:
        n.backward()


def Backward_seed_of_a_sum(loss):
    for group in (CompNodes, Parameters):
        for n in group:
            n.grad = np.zeros(np.shape(n.value))
    loss.grad = np.ones(np.shape(loss.value))
    for i in range(len(CompNodes) - 1, -1, -1):
        CompNodes[i].backward()


def Backward_seed_first(loss):
    loss.grad = np.ones(loss.value.shape) / loss.value.shape[0]
    for n in [*CompNodes, *Parameters]:
        n.grad = np.zeros(n.value.shape)
    for n in reversed(CompNodes):
        n.backward()


def Backward_in_order_of_creation(loss):
    for n in [*CompNodes, *Parameters]:
        n.grad = np.zeros(n.value.shape)
    loss.grad += 1 / len(loss.value)
    for n in CompNodes:
        n.backward()


def Update_uphill(lr):
    for p in Parameters:
        p.value = p.value + lr * p.grad


def step_with(backward, update=good_Update):
    def train_step(loss, lr):
        Forward()
        L = np.mean(loss.value).item()
        backward(loss)
        update(lr)
        return L

    return {"Backward": backward, "UpdateParameters": update, "train_step": train_step}


def step_without_forward(loss, lr):
    value = float(loss.value.mean())
    good_Backward(loss)
    good_Update(lr)
    Forward()
    return value


def Backward_numpy_style(loss):
    everything = list(Parameters)
    everything.extend(CompNodes)
    for item in everything:
        item.grad = item.value * 0.0
    N = loss.value.shape[0]
    loss.grad = loss.grad + np.repeat(1.0 / N, N)
    stack = list(CompNodes)
    while stack:
        stack.pop().backward()


def Update_in_place(lr):
    for p in Parameters:
        p.value -= np.multiply(lr, p.grad)
    return None


def step_returning_numpy(loss, lr):
    Forward()
    Backward_numpy_style(loss)
    Update_in_place(lr)
    return sum(loss.value) / len(loss.value)


# E07 -----------------------------------------------------------------------------------------------------


def stable_loss(u, y):
    return (np.maximum(u, 0) - u * y + np.log1p(np.exp(-np.abs(u)))).mean()


def stable_p(u):
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, e) / (1 + e)


class FusedIgnoresUpstream(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return (p - y) / len(y), None


class FusedNaive(Function):
    @staticmethod
    def forward(ctx, u, y):
        p = 1 / (1 + np.exp(-u))
        ctx.save_for_backward(p, y)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) / y.size, None


class FusedOneGradient(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * (p - y) / len(p)


class FusedSum(Function):
    @staticmethod
    def forward(ctx, u, y):
        probs = stable_p(u)
        ctx.save_for_backward(probs - y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        (diff,) = ctx.saved_tensors
        return g * diff, None


class FusedSign(Function):
    @staticmethod
    def forward(ctx, u, y):
        n = u.shape[0]
        t = np.exp(-np.abs(u))
        prob = np.where(u > 0, 1 / (1 + t), t / (1 + t))
        ctx.save_for_backward(y, prob)
        return np.sum(np.where(u > 0, u, 0) - u * y + np.log1p(t)) / n

    @staticmethod
    def backward(ctx, g):
        y, prob = ctx.saved_tensors
        return np.array([g * (yi - pi) / len(y) for yi, pi in zip(y, prob, strict=True)]), None


class FusedNoLabel(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        return g * p / len(y), None


class FusedWithSlopeAgain(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward(stable_p(u), y)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        p, y = ctx.saved_tensors
        dp = (p - y) / len(y) * g
        du = dp * p * (1 - p)
        return du, None


class FusedMeanTwice(Function):
    @staticmethod
    def forward(ctx, u, y):
        N = u.size
        p = stable_p(u)
        ctx.save_for_backward((p - y) / N)
        return stable_loss(u, y)

    @staticmethod
    def backward(ctx, g):
        (du,) = ctx.saved_tensors
        return g * du / du.shape[0], None


class FusedSavesTheAnswer(Function):
    @staticmethod
    def forward(ctx, u, y):
        ctx.save_for_backward((stable_p(u) - y) / len(u))
        return float(np.mean(np.logaddexp(0, u) - u * y))

    @staticmethod
    def backward(ctx, g):
        return [g * ctx.saved_tensors[0], None]


class FusedByTanh(Function):
    @staticmethod
    def forward(ctx, u, y):
        half = np.tanh(0.5 * u)
        ctx.save_for_backward(half, y, np.array(float(len(u))))
        losses = [max(v, 0.0) - v * t + np.log1p(np.exp(-abs(v))) for v, t in zip(u, y, strict=True)]
        return sum(losses) / len(losses)

    @staticmethod
    def backward(ctx, g):
        half, y, n = ctx.saved_tensors
        return (0.5 * (1 + half) - y) * (g / n), None


def e02(add=good_add_outgrads, walk=good_backward_pass):
    return {"add_outgrads": add, "backward_pass": walk}


def e03(vjp=good_make_vjp, gradient=good_grad):
    return {"make_vjp": vjp, "grad": gradient}


def e06(**changed):
    return {"Backward": good_Backward, "UpdateParameters": good_Update, "train_step": good_step} | changed


WRONG = [
    Wrong("NB08.E01", "M12", "local slopes without g", rules_local_slopes),
    Wrong("NB08.E01", "M19", "product with the own operand", rules_own_operand),
    Wrong("NB08.E01", "M06", "difference like a sum", rules_difference_like_sum),
    Wrong("NB08.E01", "M06", "reciprocal without its minus", rules_reciprocal_without_sign),
    Wrong("NB08.E01", "M21", "broadcasting not undone", rules_without_fit),
    Wrong("NB08.E01", "", "exp with x in the place of ans", rules_exp_of_x),
    Wrong("NB08.E01", "", "exp taken at ans", rules_exp_of_exp),
    Wrong("NB08.E01", "M01", "dot without transposes", rules_dot_flat),
    Wrong("NB08.E01", "M34", "rules of dot exchanged", rules_dot_exchanged),
    Wrong("NB08.E01", "M02", "dot's cotangents turned", rules_dot_turned),
    Wrong(
        "NB08.E02", "M10", "the new share replaces the sum", e02(add_outgrads_takes_the_new, walk_overwrites)
    ),
    Wrong("NB08.E02", "", "truth of an array", e02(add=add_outgrads_by_truth)),
    Wrong("NB08.E02", "M25", "adds in place", e02(add=add_outgrads_in_place)),
    Wrong("NB08.E02", "M11", "passes on before it is complete", e02(walk=walk_not_in_order)),
    Wrong("NB08.E02", "M12", "begins with ones", e02(walk=walk_begins_with_ones)),
    Wrong("NB08.E02", "", "always the rule of argument 0", e02(walk=walk_argnum_zero)),
    Wrong("NB08.E03", "M12", "ones whatever g is", e03(vjp=make_vjp_ones)),
    Wrong("NB08.E03", "", "argnum ignored", e03(gradient=grad_of_the_first)),
    Wrong("NB08.E03", "M35", "argnum counted from 1", e03(gradient=grad_counted_from_one)),
    Wrong("NB08.E03", "", "an array's sum without a word", e03(gradient=grad_of_a_sum)),
    Wrong("NB08.E03", "", "constants forgotten", e03(vjp=make_vjp_without_constants)),
    Wrong("NB08.E04", "M08", "slope taken at the value", SigmoidSlopeAtValue),
    Wrong("NB08.E04", "M12", "local slope only", SigmoidLocalOnly),
    Wrong("NB08.E04", "M10", "sets grad instead of addgrad", SigmoidAssigns),
    Wrong("NB08.E04", "M27", "overflows", SigmoidPlain),
    Wrong("NB08.E04", "", "clipped", SigmoidClipped),
    Wrong("NB08.E04", "", "1 - y left out of the slope", SigmoidNoSlope),
    Wrong("NB08.E05", "M33", "sums over the examples itself", AffineSums),
    Wrong("NB08.E05", "M31", "outer product turned", AffineOuterTurned),
    Wrong("NB08.E05", "M04", "divides by N", AffineDividesByN),
    Wrong("NB08.E05", "M01", "w not turned", AffineNoTranspose),
    Wrong("NB08.E05", "M12", "ones in the place of grad", AffineIgnoresUpstream),
    Wrong("NB08.E06", "M24", "parameters not zeroed", step_with(Backward_parameters_not_zeroed)),
    Wrong("NB08.E06", "M04", "seed of ones: a sum", step_with(Backward_seed_of_a_sum)),
    Wrong("NB08.E06", "", "seeds before zeroing", step_with(Backward_seed_first)),
    Wrong("NB08.E06", "M11", "first node first", step_with(Backward_in_order_of_creation)),
    Wrong("NB08.E06", "M06", "goes uphill", step_with(good_Backward, Update_uphill)),
    Wrong("NB08.E06", "", "no forward before", e06(train_step=step_without_forward)),
    Wrong("NB08.E07", "M12", "g ignored", FusedIgnoresUpstream),
    Wrong("NB08.E07", "M27", "logarithm of a rounded probability", FusedNaive),
    Wrong("NB08.E07", "", "no None for the labels", FusedOneGradient),
    Wrong("NB08.E07", "M04", "1/N left out", FusedSum),
    Wrong("NB08.E07", "M06", "y - p", FusedSign),
    Wrong("NB08.E07", "M14", "label not subtracted", FusedNoLabel),
    Wrong("NB08.E07", "M09", "slope once more", FusedWithSlopeAgain),
    Wrong("NB08.E07", "M05", "1/N twice", FusedMeanTwice),
]

RIGHT = [
    Right("NB08.E01", "plain", rules_plain),
    Right("NB08.E01", "loops, tuples and nested lists, one rule more", rules_by_loops),
    Right("NB08.E02", "plain", e02()),
    Right("NB08.E02", "lists of shares", e02(add_outgrads_by_numpy, walk_with_lists_of_shares)),
    Right("NB08.E02", "recursion over all paths", e02(walk=walk_recursively)),
    Right("NB08.E03", "plain", e03()),
    Right("NB08.E03", "a class, a list for the pair", e03(make_vjp_by_class, grad_by_list)),
    Right("NB08.E04", "by tanh", SigmoidByTanh),
    Right("NB08.E05", "loops", AffineLoops),
    Right("NB08.E05", "tensordot, matmul", AffineByTensordot),
    Right("NB08.E06", "plain", e06()),
    Right(
        "NB08.E06",
        "in place, pops, a NumPy number",
        {
            "Backward": Backward_numpy_style,
            "UpdateParameters": Update_in_place,
            "train_step": step_returning_numpy,
        },
    ),
    Right("NB08.E07", "saves the answer, returns a list", FusedSavesTheAnswer),
    Right("NB08.E07", "by tanh, a loop for the loss", FusedByTanh),
]
