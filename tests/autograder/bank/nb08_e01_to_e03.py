"""Answers to NB08 as students write them: a table of rules, a walk, node objects, a Function.

E01 to E03.
"""

from __future__ import annotations

import numpy as np

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


def e02(add=good_add_outgrads, walk=good_backward_pass):
    return {"add_outgrads": add, "backward_pass": walk}


def e03(vjp=good_make_vjp, gradient=good_grad):
    return {"make_vjp": vjp, "grad": gradient}


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
]

RIGHT = [
    Right("NB08.E01", "plain", rules_plain),
    Right("NB08.E01", "loops, tuples and nested lists, one rule more", rules_by_loops),
    Right("NB08.E02", "plain", e02()),
    Right("NB08.E02", "lists of shares", e02(add_outgrads_by_numpy, walk_with_lists_of_shares)),
    Right("NB08.E02", "recursion over all paths", e02(walk=walk_recursively)),
    Right("NB08.E03", "plain", e03()),
    Right("NB08.E03", "a class, a list for the pair", e03(make_vjp_by_class, grad_by_list)),
]
