"""Tricks of plans and of fused primitives; see `trick_list`."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import affine, compile, value_and_grad
from backprop_course.nn import squared_error

from .trick_list import RNG, Pair, trick

_WEIGHTS = [RNG.normal(size=(64, 64)) / 8 for _ in range(4)]
_X = RNG.normal(size=(64, 64))


@trick(
    "A fused affine layer",
    "product and bias of 64 × 64 entries, on the tape",
    "one node in the place of two: one call of a rule, one result, one cotangent less",
)
def _fused_affine() -> Pair:
    W, b = _WEIGHTS[0], np.zeros(64)
    apart = value_and_grad(lambda W, b: np.sum(_X @ W + b), argnums=(0, 1))
    fused = value_and_grad(lambda W, b: np.sum(affine(_X, W, b)), argnums=(0, 1))
    return lambda: apart(W, b), lambda: fused(W, b)


@trick(
    "A fused mean squared error",
    "64 × 64 entries, on the tape",
    "the gradient is the difference times a number: one operation for three",
)
def _fused_mse() -> Pair:
    y = _WEIGHTS[1]
    apart, fused = (
        value_and_grad(lambda p: np.mean((p - y) ** 2)),
        value_and_grad(lambda p: squared_error(p, y)),
    )
    return lambda: apart(_X), lambda: fused(_X)


@trick(
    "An elementwise chain in place",
    "six operations on 256 × 256 entries, by hand",
    "one array stays in the cache; six of them push each other out",
)
def _in_place() -> Pair:
    x = RNG.normal(size=(256, 256))
    buffers = [np.empty_like(x) for _ in range(6)]
    one = np.empty_like(x)

    def run(outs: list[Any]) -> Any:
        a = x
        for ufunc, out in zip((np.add, np.multiply) * 3, outs, strict=True):
            a = ufunc(a, 0.5, out)
        return a

    return lambda: run(buffers), lambda: run([one] * 6)


@trick(
    "Cotangents that nobody asked for, left out",
    "gradient of four layers by the last one's weights, 64 × 64 entries",
    "a walk back for one layer need not go through the others",
)
def _dead_cotangents() -> Pair:
    def loss(*weights: Any) -> Any:
        h = _X
        for W in weights:
            h = np.tanh(h @ W)
        return np.sum(h)

    every = compile(value_and_grad(loss, argnums=(0, 1, 2, 3)), *_WEIGHTS, reuse=True)
    last = compile(value_and_grad(loss, argnums=3), *_WEIGHTS, reuse=True)
    return lambda: every(*_WEIGHTS)[1][3], lambda: last(*_WEIGHTS)[1]


@trick(
    "Parameters donated",
    "an update of 1,000,000 entries by `compile`",
    "the new parameters are written into the old ones' memory: no array for the caller to keep at each step",
)
def _donation() -> Pair:
    w, g = np.zeros(1_000_000), np.zeros(1_000_000)

    def update(w: Any, g: Any) -> Any:
        return w - 0.1 * g

    anew, in_place = compile(update, w, g), compile(update, w, g, donate=0)
    return lambda: anew(w, g), lambda: in_place(w, g)
