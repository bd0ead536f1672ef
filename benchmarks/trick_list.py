"""The tricks, each as two functions that compute the same: without it and with it.

Where our engine can be told either way its public functions are used; else the trick is written out again in
a few lines. `tricks` measures them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_course import cross_entropy, jacobian, logsumexp, value_and_grad, vjp

from .engines import compiled, floor, tape, textbook
from .workloads import LEARNING_RATE, SMALL, STEPS, inputs, scalar_graph

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
_RNG = np.random.default_rng(0)


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
    return textbook.scalar(workload, "float64").run, floor.scalar(workload, "float64").run


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
    return [(float(a), float(b)) for a, b in _RNG.normal(size=(count, 2))]


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
    "The first cotangent that arrives is stored",
    "a chain of 20 Tensors of 64 × 64",
    "most Tensors are read once: starting from zeros costs an array and a sum that most never need",
)
def _store_first() -> Pair:
    bar, factors = _RNG.normal(size=(64, 64)), _RNG.uniform(0.9, 1.1, size=(20, 64, 64))

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
    logits, labels, rows = _RNG.normal(size=(64, 10)), _RNG.integers(0, 10, 64), np.arange(64)
    composed = value_and_grad(lambda z: np.mean(logsumexp(z, axis=1) - z[rows, labels]))
    fused = value_and_grad(lambda z: cross_entropy(z, labels))
    return lambda: composed(logits)[1], lambda: fused(logits)[1]


@trick(
    "The class axis first",
    "softmax of 128 × 10 logits, product included",
    "NumPy's inner loop runs along the last axis: 128 entries long rather than 10",
)
def _class_axis() -> Pair:
    A, W = _RNG.normal(size=(128, 64)), _RNG.normal(size=(64, 10))

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
    x, bar = _RNG.normal(size=(2, 128, 256))
    return lambda: np.where(x > 0, bar, 0.0), lambda: bar * (x > 0)


@trick(
    "All cotangents in one walk",
    "the Jacobian of `jac50`",
    "fifty walks call every rule fifty times; one walk with a leading axis calls it once",
)
def _batched() -> Pair:
    W, b, x = _RNG.normal(size=(50, 50)), _RNG.normal(size=50), _RNG.normal(size=50)

    def row_by_row() -> Any:
        _, f_vjp = vjp(lambda x: tape.tanh_layer(x, W, b), x)
        return np.stack([f_vjp(row)[0] for row in np.eye(50)])

    J = jacobian(lambda x: tape.tanh_layer(x, W, b))
    return row_by_row, lambda: J(x)


# How NumPy is called.


@trick(
    "`np.add.reduce` for `np.sum`", "64 × 10 entries", "the function is Python code that ends in this call"
)
def _reduce() -> Pair:
    x = _RNG.normal(size=(64, 10))
    return lambda: np.sum(x), lambda: np.add.reduce(x, None)


@trick(
    "`a.dot(b, out)` for `np.matmul(a, b, out)`",
    "32 × 16 by 16 × 16",
    "a ufunc works out loops over further axes first; a method goes to BLAS directly",
)
def _dot() -> Pair:
    a, b, out = _RNG.normal(size=(32, 16)), _RNG.normal(size=(16, 16)), np.empty((32, 16))
    return lambda: np.matmul(a, b, out), lambda: a.dot(b, out)


@trick(
    "A product with ones for a sum over the batch",
    "64 × 64 entries",
    "BLAS has a kernel for it; a sum over the first axis is one addition after the other",
)
def _ones() -> Pair:
    bar, ones, out = _RNG.normal(size=(64, 64)), np.ones(64), np.empty(64)
    return lambda: np.add.reduce(bar, 0, out=out), lambda: ones.dot(bar, out)


@trick(
    "Constants as arrays without axes",
    "maximum of 32 × 16 entries and 0",
    "a Python number is converted, and its place among the dtypes decided, at every call",
)
def _constants() -> Pair:
    x, out, zero = _RNG.normal(size=(32, 16)), np.empty((32, 16)), np.zeros(())
    return lambda: np.maximum(x, 0.0, out=out), lambda: np.maximum(x, zero, out=out)


# Memory.


@trick(
    "Results into buffers (`out=`), small",
    "tanh(x * w + b) of 10 entries",
    "allocating is quick where NumPy keeps small blocks ready: little to gain",
)
def _small_buffers() -> Pair:
    x, w, b = _RNG.normal(size=(3, 10))
    t = np.empty(10)
    return lambda: np.tanh(x * w + b), lambda: np.tanh(np.add(np.multiply(x, w, t), b, t), t)


@trick(
    "Results into buffers (`out=`), large",
    "four products of 784 × 256 entries",
    "what is freed together goes back to the system, which clears it page by page when it is taken again",
)
def _large_buffers() -> Pair:
    x = _RNG.normal(size=(784, 256))
    buffers = [np.empty_like(x) for _ in range(4)]

    def fresh() -> Any:
        return [x * 2.0 for _ in buffers][-1]

    return fresh, lambda: [np.multiply(x, 2.0, out) for out in buffers][-1]


@trick(
    "One flat array for all parameters",
    "update of a 2-16-16-1 net",
    "two calls for the whole net, not two for each of its arrays",
)
def _flat() -> Pair:
    params, _, _ = inputs(STEPS[1], "float64")
    bars = [np.full_like(p, 1e-30) for p in params]  # so small that thousands of updates change nothing
    flat = np.concatenate([p.ravel() for p in params])
    flat_bar = np.full_like(flat, 1e-30)
    scratch, scratches = np.empty_like(flat), [np.empty_like(p) for p in params]

    def one_by_one() -> Any:
        for p, bar, s in zip(params, bars, scratches, strict=True):
            np.multiply(bar, LEARNING_RATE, s)
            np.subtract(p, s, p)
        return params[0].ravel()

    def all_at_once() -> Any:
        np.multiply(flat_bar, LEARNING_RATE, scratch)
        np.subtract(flat, scratch, flat)
        return flat[: params[0].size]

    return one_by_one, all_at_once


# Whole programs.


@trick(
    "Straight-line Python for graphs of floats",
    "1,000 products of floats",
    "an operation on local names is two bytecodes; a loop over calls looks everything up",
)
def _straight_line() -> Pair:
    steps = [(operator.mul, k, k + 1 if k % 2 else k) for k in range(1000)]
    source = ["def program(v0, v1):"]
    source += [f"    v{k + 2} = v{i} * v{j}" for k, (_, i, j) in enumerate(steps)]
    space: dict[str, Any] = {}
    exec("\n".join([*source, "    return v1001"]), space)
    program = space["program"]

    def loop() -> float:
        values = [0.5, 1.0]
        for call, i, j in steps:
            values.append(call(values[i], values[j]))
        return values[1001]

    return loop, lambda: program(0.5, 1.0)


@trick(
    "Recording once and replaying",
    "a step of the small net",
    "what is called on what is known, so nothing is looked up, wrapped or allocated again",
)
def _replay() -> Pair:
    return tape.mlp(STEPS[2], "float64").run, compiled.mlp(STEPS[2], "float64").run
