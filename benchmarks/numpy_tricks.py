"""More tricks, entered like those of `trick_list`: how NumPy is called, memory, and whole programs."""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_course.engine.allocation import no_collection

from .engines import compiled, tape, textbook
from .trick_list import RNG, Pair, trick
from .workloads import LEARNING_RATE, STEPS, inputs

_TRIM_FROM, _MAP_FROM = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of <malloc.h>

# How NumPy is called.


@trick(
    "`np.add.reduce` for `np.sum`", "64 × 10 entries", "the function is Python code that ends in this call"
)
def _reduce() -> Pair:
    x = RNG.normal(size=(64, 10))
    return lambda: np.sum(x), lambda: np.add.reduce(x, None)


@trick(
    "`a.dot(b, out)` for `np.matmul(a, b, out)`",
    "32 × 16 by 16 × 16",
    "a ufunc works out loops over further axes first; a method goes to BLAS directly",
)
def _dot() -> Pair:
    a, b, out = RNG.normal(size=(32, 16)), RNG.normal(size=(16, 16)), np.empty((32, 16))
    return lambda: np.matmul(a, b, out), lambda: a.dot(b, out)


@trick(
    "A product with ones for a sum over the batch",
    "64 × 64 entries",
    "BLAS has a kernel for it; a sum over the first axis is one addition after the other",
)
def _ones() -> Pair:
    bar, ones, out = RNG.normal(size=(64, 64)), np.ones(64), np.empty(64)
    return lambda: np.add.reduce(bar, 0, out=out), lambda: ones.dot(bar, out)


@trick(
    "Constants as arrays without axes",
    "maximum of 32 × 16 entries and 0",
    "a Python number is converted, and its place among the dtypes decided, at every call",
)
def _constants() -> Pair:
    x, out, zero = RNG.normal(size=(32, 16)), np.empty((32, 16)), np.zeros(())
    return lambda: np.maximum(x, 0.0, out=out), lambda: np.maximum(x, zero, out=out)


# Memory.


@trick(
    "Results into buffers (`out=`)",
    "tanh(x * w + b) of 10 entries",
    "allocating is quick where NumPy keeps small blocks ready: little to gain",
)
def _small_buffers() -> Pair:
    x, w, b = RNG.normal(size=(3, 10))
    t = np.empty(10)
    return lambda: np.tanh(x * w + b), lambda: np.tanh(np.add(np.multiply(x, w, t), b, t), t)


@trick(
    "The allocator told that large blocks come and go",
    "a textbook step of the medium net",
    "glibc gives freed memory back to the system, which clears it page by page when it is taken again",
)
def _kept_memory() -> Pair:
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's; elsewhere both ways are one
    steps = [textbook.mlp(STEPS[3], "float64").run for _ in range(2)]

    def told(mapped: int, step: Callable[[], Any]) -> Any:
        if mallopt is not None:
            mallopt(_MAP_FROM, mapped)
            mallopt(_TRIM_FROM, 2 * mapped)  # as glibc sets it by itself
        return step()

    gradient = 784 * 256 * 8  # the largest block of this net, from which glibc learns if nobody tells it
    return lambda: told(gradient, steps[0]), lambda: told(2**25, steps[1])


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


@trick(
    "No search for garbage while planning",
    "20,000 lists that are kept",
    "Python looks for cycles each time some hundred objects are new, and finds all in use",
)
def _no_garbage() -> Pair:
    def lists() -> int:
        return len([[k] for k in range(20_000)])

    def undisturbed() -> int:
        with no_collection():
            return lists()

    return lists, undisturbed


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
