"""A second engine, to be read in one sitting: a tracer that wraps NumPy and looks its rules up in a table.

`primitive` makes functions that record Nodes, `defvjp` fills the table, `backward_pass` walks from the end
to the root, `make_vjp` and `grad` put the three together. The design is Autograd's; NB08 builds it again.
Rules call wrapped functions, so that a walk can be recorded in its turn: ``grad(grad(f))`` works.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from . import _refusals

Value = Any  # a number, an array, or a Node of an outer trace: no type says "what NumPy's operators take"
Fun = Callable[..., Value]

primitive_vjps: dict[Fun | None, dict[int, Fun]] = {}  # the table: rules by function, then by argument
_levels = itertools.count(1)


@dataclass(eq=False, slots=True, repr=False)
class Node:
    """A value and how it was made; ``Node(value)`` is a root.

    ``parents[i]`` is the Node that was argument ``argnums[i]``; `args` holds the values of all arguments.
    `level` tells traces apart: a Node of an outer trace is a constant of the inner one.
    """

    value: Value
    fun: Fun | None = None
    args: tuple[Value, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    parents: tuple[Node, ...] = ()
    argnums: tuple[int, ...] = ()
    level: int = 0

    __array_priority__ = 1000.0  # NumPy leaves ``array * node`` to Node

    def __repr__(self) -> str:
        return f"Node({self.value!r}, {self.fun.__name__ if self.fun else 'root'})"

    def __neg__(self) -> Value:
        return negative(self)

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise _refusals.seen_by_numpy()


def _plain(x: Value) -> Value:
    return _plain(x.value) if isinstance(x, Node) else x


def _shape(x: Value) -> tuple[int, ...]:
    return np.shape(_plain(x))


def primitive(fun: Fun) -> Fun:
    """Wrap a function of arrays: called on a Node, it returns a Node that remembers the call."""

    def wrapped(*args: Value, **kwargs: Any) -> Value:
        level = max((x.level for x in args if isinstance(x, Node)), default=None)
        if level is None:
            return fun(*args, **kwargs)
        argnums = tuple(i for i, x in enumerate(args) if isinstance(x, Node) and x.level == level)
        values = tuple(x.value if i in argnums else x for i, x in enumerate(args))
        parents = tuple(args[i] for i in argnums)
        return Node(wrapped(*values, **kwargs), wrapped, values, kwargs, parents, argnums, level)

    wrapped.__name__ = wrapped.__qualname__ = fun.__name__
    return wrapped


def defvjp(fun: Fun, *vjps: Fun) -> None:
    """Give a wrapped function one rule per argument: ``(g, ans, *args, **kwargs) -> x_bar``."""
    primitive_vjps[fun] = dict(enumerate(vjps))


@primitive
def dot(x: Value, y: Value, axes: int = 1) -> Value:
    """``np.dot`` of vectors and matrices, or with ``axes=0`` the outer product of vectors."""
    dims = np.ndim(x), np.ndim(y)
    if axes not in (0, 1) or min(dims) < axes or max(dims) > 1 + axes:
        raise _refusals.dot_of(np.shape(x), np.shape(y), axes)
    return np.tensordot(x, y, axes)[()]


negative, exp, log, tanh, reciprocal = map(primitive, (np.negative, np.exp, np.log, np.tanh, np.reciprocal))
add, subtract, multiply, divide = map(primitive, (np.add, np.subtract, np.multiply, np.divide))
power, sum = primitive(np.power), primitive(np.sum)
reshape, transpose = primitive(np.reshape), primitive(np.transpose)
for _op, _fun in dict(add=add, sub=subtract, mul=multiply, truediv=divide, pow=power, matmul=dot).items():
    setattr(Node, f"__{_op}__", _fun)
    setattr(Node, f"__r{_op}__", lambda right, left, fun=_fun: fun(left, right))


def unbroadcast(g: Value, x: Value) -> Value:
    """Sum a cotangent over the axes along which broadcasting repeated `x`."""
    padded = (-1,) * (len(_shape(g)) - len(_shape(x))) + _shape(x)
    repeated = [i for i, n in enumerate(_shape(g)) if n != padded[i]]
    return reshape(sum(g, axis=tuple(repeated)), _shape(x)) if repeated else g


def _sum_vjp(g: Value, ans: Value, x: Value, axis: Any = None, keepdims: bool = False) -> Value:
    return reshape(g, np.sum(_plain(x), axis=axis, keepdims=True).shape) * np.ones_like(_plain(x))


defvjp(negative, lambda g, ans, x: -g)
defvjp(exp, lambda g, ans, x: g * ans)
defvjp(log, lambda g, ans, x: g / x)
defvjp(tanh, lambda g, ans, x: g * (1.0 - ans * ans))
defvjp(reciprocal, lambda g, ans, x: -g * ans * ans)
defvjp(add, lambda g, ans, x, y: unbroadcast(g, x), lambda g, ans, x, y: unbroadcast(g, y))
defvjp(subtract, lambda g, ans, x, y: unbroadcast(g, x), lambda g, ans, x, y: unbroadcast(-g, y))
defvjp(multiply, lambda g, ans, x, y: unbroadcast(g * y, x), lambda g, ans, x, y: unbroadcast(g * x, y))
defvjp(divide, lambda g, ans, x, y: unbroadcast(g / y, x), lambda g, ans, x, y: unbroadcast(-g * ans / y, y))
defvjp(power, lambda g, ans, x, n: unbroadcast(g * n * x ** (n - (n != 0)), x))  # n is a constant
defvjp(sum, _sum_vjp)
defvjp(reshape, lambda g, ans, x, shape: reshape(g, _shape(x)))
defvjp(transpose, lambda g, ans, x: transpose(g))
defvjp(  # of two matrices: g @ y.T and x.T @ g
    dot,
    lambda g, ans, x, y, axes=1: dot(g, transpose(y), len(_shape(y)) - axes),
    lambda g, ans, x, y, axes=1: dot(transpose(x), g, len(_shape(x)) - axes),
)


def toposort(end_node: Node) -> Iterator[Node]:
    """Yield `end_node` and all it was made from, each after every Node that uses it: the root comes last."""
    uses = Counter({end_node: 0})
    reached = [end_node]
    for node in reached:  # grows while it is read
        reached += [parent for parent in dict.fromkeys(node.parents) if parent not in uses]
        uses.update(node.parents)
    ready = [end_node]
    while ready:
        yield (node := ready.pop())
        uses.subtract(node.parents)
        ready += [parent for parent in dict.fromkeys(node.parents) if uses[parent] == 0]


def add_outgrads(previous: Value | None, g: Value) -> Value:
    """Accumulate: the first contribution as it is, later ones added, never in place (`g` may be shared)."""
    return g if previous is None else previous + g


def backward_pass(g: Value, end_node: Node) -> Value:
    """Walk back from `end_node`, whose cotangent is `g`, and return the cotangent of the root."""
    if _shape(g) != _shape(end_node):
        raise _refusals.unlike("The cotangent does not fit.", _shape(end_node), _shape(g))
    outgrads = {end_node: g}
    for node in toposort(end_node):
        outgrad = outgrads.pop(node)
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            if (rule := primitive_vjps.get(node.fun, {}).get(argnum)) is None:
                raise _refusals.no_rule(node, argnum)
            x_bar = rule(outgrad, node.value, *node.args, **node.kwargs)
            if _shape(x_bar) != _shape(parent):
                what = f"A rule is wrong: of {node} for argument {argnum}."
                raise _refusals.unlike(what, _shape(parent), _shape(x_bar))
            outgrads[parent] = add_outgrads(outgrads.get(parent), x_bar)
    return outgrad


def make_vjp(fun: Fun, x: Value) -> tuple[Fun, Value]:
    """Trace ``fun(x)``; return ``vjp(g)``, to be called as often as one likes, and the value."""
    if np.asarray(_plain(x)).dtype.kind != "f":
        raise _refusals.no_floats(x)
    root = Node(x if isinstance(x, Node) else np.array(x)[()], level=next(_levels))
    end = fun(root)
    if not isinstance(_plain(end), float | int | np.generic | np.ndarray):
        raise _refusals.no_value(end)
    if isinstance(end, Node) and end.level == root.level:
        return lambda g: backward_pass(g, end), end.value
    return lambda g: np.zeros_like(_plain(root))[()], end  # nothing in it was made from the root


def grad(fun: Fun, argnum: int = 0) -> Fun:
    """Gradient of a scalar function by argument `argnum`, as a function of the same arguments.

    >>> float(grad(grad(lambda x: x**3))(2.0))
    12.0
    """

    def gradfun(*args: Value, **kwargs: Any) -> Value:
        if not 0 <= argnum < len(args):
            raise _refusals.no_argument(argnum, len(args))
        vjp, ans = make_vjp(lambda x: fun(*args[:argnum], x, *args[argnum + 1 :], **kwargs), args[argnum])
        if np.size(_plain(ans)) != 1:
            raise _refusals.not_one_number(_shape(ans))
        return vjp(np.ones_like(_plain(ans))[()])

    return gradfun
