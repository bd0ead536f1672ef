"""The tricks, each as two functions that compute the same: without it and with it.

Where our engine can be told either way its public functions are used; else the trick is written out again in
a few lines. `tricks` measures them, and those of `numpy_tricks` and `walk_tricks`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_course import cross_entropy, jacobian, logsumexp, value_and_grad, vjp
from backprop_course.engine.primitives.labels import latest_exponentials

from .engines import tape, textbook, tuned
from .workloads import SMALL, inputs, scalar_graph

Pair = tuple[Callable[[], Any], Callable[[], Any]]


@dataclass(frozen=True)
class Trick:
    """One thing that pays.

    Parameters
    ----------
    name : str
        What is done.
    where : str
        On what it is measured.
    reason : str
        Why it is faster.
    make : callable
        Gives the two functions, without the trick and with it.
    """

    name: str
    where: str
    reason: str
    make: Callable[[], Pair]


TRICKS: list[Trick] = []
RNG = np.random.default_rng(0)


def trick(name: str, where: str, reason: str) -> Callable[[Callable[[], Pair]], Callable[[], Pair]]:
    """Enter the function below as a trick."""

    def enter(make: Callable[[], Pair]) -> Callable[[], Pair]:
        TRICKS.append(Trick(name, where, reason, make))
        return make

    return enter


# What a number is.


@trick(
    "Python's floats for single numbers",
    "`scalar1000` by hand",
    "`np.float64` looks for a ufunc, a dtype and a place for warnings at each operation",
)
def _floats() -> Pair:
    workload = SMALL[0]
    return textbook.scalar(workload, "float64").run, tuned.scalar(workload, "float64").run


@trick(
    "Keeping floats on the tape",
    "`scalar1000` on the tape",
    "the same, through recording and walking back",
)
def _floats_on_the_tape() -> Pair:
    x, y = inputs(SMALL[0], "float64")
    f = value_and_grad(scalar_graph, argnums=(0, 1))
    return lambda: f(np.float64(x), np.float64(y)), lambda: f(x, y)


# What a tape stores.


def _two_numbers(count: int) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in RNG.normal(size=(count, 2))]


@trick(
    "A tuple of inputs, and rules made once",
    "1,000 products of floats",
    "a closure for each operation is a function object, its cells, and a call to make it",
)
def _no_closures() -> Pair:
    pairs = _two_numbers(1000)

    def closures() -> float:
        rules = []
        for a, b in pairs:

            def rule(bar: float, a: float = a, b: float = b) -> tuple[float, float]:
                return bar * b, bar * a

            rules.append(rule)
        return sum(left + right for left, right in (rule(1.0) for rule in rules))

    def product(bar: float, a: float, b: float) -> tuple[float, float]:
        return bar * b, bar * a

    def records() -> float:
        nodes = [(product, pair) for pair in pairs]
        return sum(left + right for left, right in (rule(1.0, *pair) for rule, pair in nodes))

    return closures, records


@trick(
    "Objects made by their class",
    "1,000 objects",
    "where there is no `__init__` in Python, a call of the class is one step in C",
)
def _by_class() -> Pair:
    class Node:
        __slots__ = ("inputs", "value")

    new = object.__new__
    return lambda: len([new(Node) for _ in range(1000)]), lambda: len([Node() for _ in range(1000)])


@trick(
    "The first cotangent that arrives is stored",
    "a chain of 20 Tensors of 64 × 64",
    "most Tensors are read once: starting from zeros costs an array and a sum that most never need",
)
def _store_first() -> Pair:
    bar, factors = RNG.normal(size=(64, 64)), RNG.uniform(0.9, 1.1, size=(20, 64, 64))

    def from_zeros() -> Any:
        found = [bar, *(np.zeros_like(bar) for _ in factors)]
        for k, factor in enumerate(factors):
            found[k + 1] += found[k] * factor
        return found[-1]

    def stored() -> Any:
        found: list[Any] = [bar, *(None for _ in factors)]
        for k, factor in enumerate(factors):
            sent = found[k] * factor
            found[k + 1] = sent if found[k + 1] is None else found[k + 1] + sent
        return found[-1]

    return from_zeros, stored


@trick(
    "The order is that of creation",
    "a graph of 1,000 nodes",
    "sorting nearly sorted numbers is one call in C; a search that puts inputs first is Python throughout",
)
def _order() -> Pair:
    nodes: list[tuple[int, tuple[Any, ...]]] = [(0, ())]
    for number in range(1, 1000):
        nodes.append((number, (nodes[-1], nodes[number // 2])))

    def search() -> Any:
        order: list[Any] = []
        seen = {0}
        stack = [(nodes[-1], iter(nodes[-1][1]))]
        while stack:
            node, rest = stack[-1]
            for child in rest:
                if child[0] not in seen:
                    seen.add(child[0])
                    stack.append((child, iter(child[1])))
                    break
            else:
                order.append(node[0])
                stack.pop()
        return order

    def by_number() -> Any:
        stack, seen = [nodes[-1]], {999: nodes[-1]}
        while stack:
            for child in stack.pop()[1]:
                if child[0] not in seen:
                    seen[child[0]] = child
                    stack.append(child)
        return sorted(seen)[1:]

    return search, by_number


@trick(
    "Broadcasting undone only where shapes differ",
    "1,000 shapes that do not",
    "one comparison of two tuples answers most of the calls",
)
def _unbroadcast() -> Pair:
    full = shape = (64, 10)

    def axes() -> list[int]:
        added = len(full) - len(shape)
        stretched = (added + i for i, n in enumerate(shape) if n == 1 and full[added + i] != 1)
        return [*range(added), *stretched]

    return lambda: [axes() for _ in range(1000)][-1], lambda: [
        [] if full == shape else axes() for _ in range(1000)
    ][-1]


# Rules.


@trick(
    "A fused cross-entropy",
    "64 × 10 logits on the tape",
    "the gradient of the logits is p − y: three operations in the place of a dozen recorded ones",
)
def _fused() -> Pair:
    logits, labels, rows = RNG.normal(size=(64, 10)), RNG.integers(0, 10, 64), np.arange(64)
    composed = value_and_grad(lambda z: np.mean(logsumexp(z, axis=1) - z[rows, labels]))
    fused = value_and_grad(lambda z: cross_entropy(z, labels))
    return lambda: composed(logits)[1], lambda: fused(logits)[1]


@trick(
    "The class axis first",
    "softmax of 128 × 10 logits, product included",
    "NumPy's inner loop runs along the last axis: 128 entries long rather than 10",
)
def _class_axis() -> Pair:
    A, W = RNG.normal(size=(128, 64)), RNG.normal(size=(64, 10))

    def last() -> Any:
        logits = A @ W
        e = np.exp(logits - np.maximum.reduce(logits, 1, keepdims=True))
        return e / np.add.reduce(e, 1, keepdims=True)

    def first() -> Any:
        logits = W.T @ A.T
        e = np.exp(logits - np.maximum.reduce(logits, 0))
        return (e / np.add.reduce(e, 0)).T

    return last, first


@trick(
    "The mask of relu multiplied",
    "128 × 256 entries",
    "one pass that reads a byte an entry; `np.where` reads and converts a constant as well",
)
def _mask() -> Pair:
    x, bar = RNG.normal(size=(2, 128, 256))
    return lambda: np.where(x > 0, bar, 0.0), lambda: bar * (x > 0)


@trick(
    "The mask converted, then multiplied in place",
    "128 × 256 entries",
    "a product of floats and booleans converts piece by piece, and is a third array",
)
def _converted_mask() -> Pair:
    x, bar = RNG.normal(size=(2, 128, 256))

    def converted() -> Any:
        slope = (x > 0).astype(bar.dtype)
        return np.multiply(bar, slope, slope)

    return lambda: bar * (x > 0), converted


@trick(
    "Exponentials of the loss kept for its rule",
    "cross-entropy of 64 × 10 logits, forward and back",
    "the rule needs the softmax, which the loss had computed but for a division",
)
def _kept_exponentials() -> Pair:
    logits, labels = RNG.normal(size=(64, 10)), RNG.integers(0, 10, 64)

    def forgetful(z: Any) -> Any:
        loss = cross_entropy(z, labels)
        latest_exponentials.clear()
        return loss

    without, with_it = value_and_grad(forgetful), value_and_grad(lambda z: cross_entropy(z, labels))
    return lambda: without(logits)[1], lambda: with_it(logits)[1]


@trick(
    "The cotangent of a slice written, not added",
    "10,000 of 200,000 entries",
    "integers and slices take no entry twice: no list of positions is needed",
)
def _written_slice() -> Pair:
    part = RNG.normal(size=10_000)

    def added() -> Any:
        positions = np.arange(200_000)[5_000:15_000]
        out = np.zeros(200_000)
        np.add.at(out, positions, part)
        return out[::100]

    def written() -> Any:
        out = np.zeros(200_000)
        out[5_000:15_000] = part
        return out[::100]

    return added, written


@trick(
    "All cotangents in one walk",
    "the Jacobian of `jac50`",
    "fifty walks call every rule fifty times; one walk with a leading axis calls it once",
)
def _batched() -> Pair:
    W, b, x = RNG.normal(size=(50, 50)), RNG.normal(size=50), RNG.normal(size=50)

    def row_by_row() -> Any:
        _, f_vjp = vjp(lambda x: tape.tanh_layer(x, W, b), x)
        return np.stack([f_vjp(row)[0] for row in np.eye(50)])

    J = jacobian(lambda x: tape.tanh_layer(x, W, b))
    return row_by_row, lambda: J(x)
