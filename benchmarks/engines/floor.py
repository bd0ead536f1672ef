"""The floor: NumPy by hand as a careful programmer writes it.

Every array is made once, `out=` stands everywhere, and the parameters lie in one flat array, so that their
update is two calls. The bounds refer to this line; `tuned` has what more NumPy's own overhead leaves to gain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..workloads import LEARNING_RATE, Case, Workload, inputs
from ._tuned_steps import packed
from .tuned import chain as chain
from .tuned import scalar as scalar  # pure Python, which leaves nothing to allocate

add, subtract, multiply, divide, matmul, tanh = (
    np.add,
    np.subtract,
    np.multiply,
    np.divide,
    np.matmul,
    np.tanh,
)
maximum, greater, exp, log = np.maximum, np.greater, np.exp, np.log


def op10(workload: Workload, dtype: str) -> Case:
    """Value of tanh(x*w + b).sum(), and its gradients of w and b."""
    x, w, b = inputs(workload, dtype)
    t, w_bar, b_bar = np.empty_like(w), np.empty_like(w), np.empty_like(w)

    def run() -> list[Any]:
        multiply(x, w, out=t)
        add(t, b, out=t)
        tanh(t, out=t)
        value = t.sum()
        multiply(t, t, out=t)
        subtract(1.0, t, out=b_bar)
        multiply(b_bar, x, out=w_bar)
        return [value, w_bar, b_bar]

    return Case(run)


def jacobian(workload: Workload, dtype: str) -> Case:
    """Jacobian of tanh(W @ x + b) by x: the rows of W, each scaled by the slope of its tanh."""
    W, b, x = inputs(workload, dtype)
    t, J = np.empty_like(b), np.empty_like(W)
    slopes = t[:, None]

    def run() -> Any:
        matmul(W, x, out=t)
        add(t, b, out=t)
        tanh(t, out=t)
        multiply(t, t, out=t)
        subtract(1.0, t, out=t)
        return multiply(W, slopes, out=J)

    return Case(run, lambda J: [J])


def mlp(workload: Workload, dtype: str) -> Case:
    """One training step: forward, backward, SGD, layer by layer."""
    start, X, y = inputs(workload, dtype)
    flat, params = packed(start)
    flat_bar, bars = packed([np.empty_like(p) for p in start])
    weights, biases = params[::2], params[1::2]
    outs = [X] + [np.empty((len(X), b.size), dtype) for b in biases]
    out_bars = [np.empty_like(A) for A in outs]
    slopes = [np.empty(A.shape, bool if workload.classifies else dtype) for A in outs]
    make_loss = _cross_entropy if workload.classifies else _squared_error
    loss = make_loss(outs[-1], out_bars[-1], y)
    rate, count = LEARNING_RATE, len(weights)

    def run() -> Any:
        for i in range(count):
            Z = outs[i + 1]
            matmul(outs[i], weights[i], out=Z)
            add(Z, biases[i], out=Z)
            if i + 1 == count:
                break
            if workload.classifies:
                maximum(Z, 0.0, out=Z)
            else:
                tanh(Z, out=Z)
        value = loss()
        for i in reversed(range(count)):
            A, Z_bar = outs[i], out_bars[i + 1]
            matmul(A.T, Z_bar, out=bars[2 * i])
            Z_bar.sum(axis=0, out=bars[2 * i + 1])
            if not i:
                break
            A_bar, slope = out_bars[i], slopes[i]
            matmul(Z_bar, weights[i].T, out=A_bar)
            if workload.classifies:
                greater(A, 0.0, out=slope)
            else:
                multiply(A, A, out=slope)
                subtract(1.0, slope, out=slope)
            multiply(A_bar, slope, out=A_bar)
        multiply(flat_bar, rate, out=flat_bar)
        subtract(flat, flat_bar, out=flat)
        return value

    return Case(run, lambda value: [value, *params])


def _squared_error(out: Any, out_bar: Any, y: Any) -> Callable[[], Any]:
    """Mean squared error, and its cotangent into `out_bar`."""
    squares = np.empty_like(out)

    def loss() -> Any:
        subtract(out, y, out=out_bar)
        multiply(out_bar, out_bar, out=squares)
        multiply(out_bar, 2 / out.size, out=out_bar)
        return squares.sum() / out.size

    return loss


def _cross_entropy(out: Any, out_bar: Any, y: Any) -> Callable[[], Any]:
    """Mean softmax cross-entropy of integer labels, and its cotangent into `out_bar`."""
    N = len(out)
    column, totals, examples = np.empty((N, 1), out.dtype), np.empty((N, 1), out.dtype), np.arange(N)

    def loss() -> Any:
        out.max(axis=1, keepdims=True, out=column)
        subtract(out, column, out=out)  # no overflow
        right = out[examples, y].sum()
        exp(out, out=out_bar)
        out_bar.sum(axis=1, keepdims=True, out=totals)
        divide(out_bar, totals, out=out_bar)
        out_bar[examples, y] -= 1
        divide(out_bar, N, out=out_bar)
        log(totals, out=totals)
        return (totals.sum() - right) / N

    return loss
