"""Training steps by hand in NumPy, with every buffer and view made once.

A step computes what every engine must: the loss, the gradient of each parameter, the new parameters.

- ``a.dot(b, out)`` multiplies matrices with a third of the overhead of `np.matmul`.
- A bias gradient is a product with a vector of ones, which BLAS does faster than a sum over the first axis.
- All parameters live in one flat array and so do all gradients: the update is two calls, however many layers.
- Logits are computed class axis first: what is done to 10 classes then runs along the long axis of examples.
- Constants are arrays without axes: NumPy need not convert them at each call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..workloads import LEARNING_RATE, Case, Workload, inputs

Loss = Callable[[], Any]


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD."""
    start, X, y = inputs(workload, dtype)
    flat, params = packed(start)
    flat_bar, bars = packed([np.empty_like(p) for p in start])
    count = len(params) // 2
    outs = [X] + [np.empty((len(X), b.size), dtype) for b in params[1:-2:2]]  # of all layers but the last
    make_loss = _cross_entropy if workload.classifies else _squared_error
    loss, Z_bar = make_loss(outs[-1], params[-2], params[-1], y)
    forward = list(zip(outs, params[:-2:2], params[1:-2:2], outs[1:], strict=False))
    backward = []
    for i in reversed(range(count)):
        W_bar, b_bar, A = bars[2 * i], bars[2 * i + 1], outs[i]
        A_bar = np.empty_like(A) if i else None
        slope = np.empty(A.shape, bool if workload.classifies else dtype)
        backward.append((A.T, Z_bar, W_bar, b_bar, params[2 * i].T, A, A_bar, slope))
        Z_bar = A_bar
    relu = workload.classifies
    ones, rate = np.ones(len(X), dtype), np.asarray(LEARNING_RATE, dtype)
    zero, one = np.zeros((), dtype), np.ones((), dtype)
    add, subtract, multiply, tanh = np.add, np.subtract, np.multiply, np.tanh
    maximum, greater = np.maximum, np.greater

    def run() -> Any:
        for A, W, b, Z in forward:
            A.dot(W, Z)
            add(Z, b, Z)
            if relu:
                maximum(Z, zero, out=Z)
            else:
                tanh(Z, Z)
        value = loss()
        for A_T, Z_bar, W_bar, b_bar, W_T, A, A_bar, slope in backward:
            A_T.dot(Z_bar, W_bar)
            ones.dot(Z_bar, b_bar)
            if A_bar is None:
                continue
            Z_bar.dot(W_T, A_bar)
            if relu:
                greater(A, zero, slope)
            else:
                multiply(A, A, slope)
                subtract(one, slope, slope)
            multiply(A_bar, slope, A_bar)
        multiply(flat_bar, rate, flat_bar)
        subtract(flat, flat_bar, flat)
        return value

    return Case(run, lambda value: [value, *params])


def packed(arrays: list[Any]) -> tuple[Any, list[Any]]:
    """Copy `arrays` into one flat array; return it and views into it in the shapes of `arrays`."""
    flat = np.concatenate([a.ravel() for a in arrays])
    ends = np.cumsum([a.size for a in arrays])
    return flat, [flat[end - a.size : end].reshape(a.shape) for a, end in zip(arrays, ends, strict=True)]


def _squared_error(A: Any, W: Any, b: Any, y: Any) -> tuple[Loss, Any]:
    """Last layer, mean squared error (a vector times itself) and its cotangent."""
    Z = np.empty((len(A), b.size), A.dtype)
    entries, size, factor = Z.ravel(), Z.size, np.asarray(2 / Z.size, Z.dtype)
    add, subtract, multiply = np.add, np.subtract, np.multiply

    def loss() -> Any:
        A.dot(W, Z)
        add(Z, b, Z)
        subtract(Z, y, Z)
        value = entries.dot(entries) / size
        multiply(Z, factor, Z)
        return value

    return loss, Z


def _cross_entropy(A: Any, W: Any, b: Any, y: Any) -> tuple[Loss, Any]:
    """Last layer, mean softmax cross-entropy of integer labels and its cotangent, class axis first."""
    N, C = len(A), b.size
    Z = np.empty((C, N), A.dtype)
    entries = Z.ravel()
    W_T, A_T, column = W.T, A.T, b[:, None]
    per_example, picked = np.empty(N, Z.dtype), np.empty(N, Z.dtype)
    place, examples = np.empty(N, np.intp), np.arange(N)
    examples_in_all, share = np.asarray(N, Z.dtype), np.asarray(1 / N, Z.dtype)
    add, subtract, multiply, divide = np.add, np.subtract, np.multiply, np.divide
    total: Any = np.add.reduce  # its stubs know `out` by name only, which is slower
    largest: Any = np.maximum.reduce
    exp, log, take = np.exp, np.log, entries.take

    def loss() -> Any:
        W_T.dot(A_T, Z)
        add(Z, column, Z)
        largest(Z, 0, None, per_example)
        subtract(Z, per_example, Z)  # no overflow
        multiply(y, N, place)
        add(place, examples, place)
        take(place, None, picked, "clip")  # the logits of the labels
        right = total(picked)
        exp(Z, Z)
        total(Z, 0, None, per_example)
        multiply(per_example, examples_in_all, picked)
        divide(Z, picked, Z)  # probabilities / N
        entries[place] -= share
        log(per_example, per_example)
        return (total(per_example) - right) / N

    return loss, Z.T
