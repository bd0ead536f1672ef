"""NB06: the XOR network with eight parameters, its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import relu, sigmoid

from ..exercise import Exercise
from ..instances import sizes
from ..mistakes import (
    M01,
    M03,
    M04,
    M05,
    M06,
    M09,
    M10,
    M12,
    M15,
    M17,
    M20,
    M29,
    M31,
    M32,
    M34,
)
from ..reference import cotangents_of
from .nb05_logistic import LABEL_MISSING, mean_loss
from .nb06_lists import UNSQUASHED_PAIR


def _xor(
    error: Any = lambda p, y, N: (p - y) / N,
    mask: Any = lambda z, g: z > 0,
    back: Any = lambda e, w: np.outer(e, w),
    weights: Any = lambda X, g: X.T @ g,
    biases: Any = lambda g: g.sum(axis=0),
    received: Any = lambda z: relu(z),
) -> Any:
    """Return the three gradients, or those with a slip in them."""

    def xor_grads(W: Any, c: Any, w: Any, X: Any, y: Any) -> Any:
        z = X @ W + c
        e = error(sigmoid(relu(z) @ w), y, len(y))
        g = back(e, w)
        g = g * mask(z, g)
        return weights(X, g), biases(g), received(z).T @ e

    return xor_grads


def _one_example(which: int) -> Any:
    return lambda W, c, w, X, y, N: tuple(
        g / N for g in _xor()(W, c, w, X[which : which + 1 or None], y[which : which + 1 or None])
    )


def _telling(rng: np.random.Generator, N: int, W: Any, c: Any, w: Any, most: float = 8.0) -> Any:
    """Draw points until each hidden unit is on for some and off for others, and none is near its kink.

    No logit is larger than `most`: in single precision a sigmoid is 1 from 17 on, and bars that were written
    step by step are divided by 0 there.
    """
    for _ in range(200):
        X = 1.5 * rng.standard_normal((N, 2))
        z = X @ W + c
        on = np.mean(z > 0, axis=0)
        tame = np.max(np.abs(relu(z) @ w)) <= most
        if tame and np.min(np.abs(z)) > 1e-3 and (N < 3 or (np.all(on > 0) and np.all(on < 1))):
            break
    return X


def _labels(rng: np.random.Generator, N: int) -> Any:
    """Draw labels, both of them where there are two examples: with one alone all errors have one sign."""
    y = rng.integers(2, size=N)
    y[:2] = rng.permutation(2)[:N]
    return y


_right = _xor()

xor_grads = Exercise(
    id="NB06.E08",
    answer="xor_grads(W: (2, 2), c: (2,), w: (2,), X: (N, 2), y: (N,)) -> dW: (2, 2), dc: (2,), dw: (2,)",
    reference=cotangents_of(lambda W, c, w, X, y: mean_loss(relu(X @ W + c) @ w, y)),
    instances=sizes(
        N=(1, 4, 7),
        draw={"X": _telling, "y": lambda rng, N: _labels(rng, N).astype(float)},
        cases={
            "the four points of XOR": {
                "X": np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
                "y": np.array([0.0, 1.0, 1.0, 0.0]),
            },
            "the labels are integers": {"y": _labels},
            "the output is saturated": {
                "w": lambda rng: rng.choice([-4.0, 4.0], size=2),
                "X": lambda rng, N, W, c, w: _telling(rng, N, W, c, w, most=30.0),
            },
        },
        without=("zeros",),
    ),
    points=4,
    see="NB06.W6",
    mistakes=[
        M01(_xor(weights=lambda X, g: X @ g)),
        M31(_xor(weights=lambda X, g: g.T @ X)),
        M03(_xor(biases=lambda g: g)),
        M04.each(lambda g, N: g * N),
        M05(_xor(biases=lambda g: g.mean(axis=0))),
        M05.each(lambda g, N: g / N),
        M06.each(lambda g: -g),
        M06(_xor(error=lambda p, y, N: (p + y) / N)),
        (M04 & M06).each(lambda g, N: -g * N),
        (M03 & M04)(_xor(error=lambda p, y, N: p - y, biases=lambda g: g)),
        M09(_xor(mask=lambda z, g: 1.0)),
        M09(_xor(error=lambda p, y, N: (p - y) * p * (1 - p) / N)),
        M10(_one_example(-1)),
        M10(_one_example(0)),
        M12(_xor(back=lambda e, w: np.tile(w, (len(e), 1)))),
        M12(_xor(back=lambda e, w: np.outer(e, np.ones_like(w)))),
        M15(_xor(mask=lambda z, g: g > 0)),
        M17(_xor(mask=lambda z, g: relu(z))),
        M20(_xor(biases=lambda g: g.sum(axis=1))),
        M29(_xor(error=lambda p, y, N: (p - y) / (p * (1 - p)) / N)),
        (M29 & M04)(_xor(error=lambda p, y, N: (p - y) / (p * (1 - p)))),
        M32(_xor(biases=np.sum)),
        M34(lambda W, c, w, X, y: tuple(_right(W, c, w, X, y)[i] for i in (0, 2, 1))),
        M34(lambda W, c, w, X, y: tuple(_right(W, c, w, X, y)[i] for i in (2, 1, 0))),
        M34(lambda W, c, w, X, y: tuple(_right(W, c, w, X, y)[i] for i in (1, 0, 2))),
        LABEL_MISSING(_xor(error=lambda p, y, N: p / N)),
        UNSQUASHED_PAIR(_xor(received=lambda z: z)),
    ],
)
