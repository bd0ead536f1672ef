"""NB05: softmax and softmax regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import logsumexp, sigmoid, softmax

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import (
    M01,
    M04,
    M05,
    M06,
    M09,
    M10,
    M12,
    M13,
    M14,
    M20,
    M27,
    M31,
    M32,
    M34,
    M35,
    M36,
    Kind,
)
from ..reference import cotangents_of, values_of

SIGMOIDS = Kind(
    "sigmoids",
    "each score goes through a sigmoid, where a softmax is asked for",
    "The probabilities do not add up to 1.",
    "The forward pass normalises nothing.",
    "Among k classes the exponential of a score is divided by the sum over all scores; a sigmoid compares "
    "each score with 0.",
    "NB05.W6",
)
WRONG_COUNT = Kind(
    "wrong-count",
    "the mean is taken over something else than the examples",
    "The numbers are off by a constant that contains the number of classes.",
    "A factor is one over the wrong size.",
    "The loss averages over examples. The classes of one example are not averaged: their probabilities add "
    "up to 1 already.",
    "NB05.W6",
)
UNWEIGHTED_MEAN = Kind(
    "unweighted-mean",
    "the plain mean of the upstream gradient is taken off, not the weighted one",
    "The numbers would be right if all probabilities were equal.",
    "An average lacks its weights.",
    "What is taken off every entry is the mean of the upstream gradient weighted by the probabilities: a "
    "class that is hardly believed in hardly counts.",
    "NB05.W6",
)
CLASS_NUMBER = Kind(
    "class-number",
    "the number of the true class is subtracted, not its one-hot vector",
    "Every entry of the error is lowered by the number of the class.",
    "A number stands where a vector belongs.",
    "The label of one example is a distribution: 1 at the true class and 0 elsewhere. Only the entry of that "
    "class changes.",
    "NB05.W6",
)


def _careless_softmax(z: Any, **axis: Any) -> Any:
    e = np.exp(z)
    return e / e.sum(**axis)


def _through(p: Any, g: Any) -> Any:
    return p * (g - (p * g).sum(axis=1, keepdims=True))


def _row_shifts(rng: np.random.Generator, N: int, k: int) -> Any:
    """Draw scores around +1000 in some rows and around -1000 in the others."""
    around = rng.permutation(np.where(np.arange(N) % 2 == 0, 1000.0, -1000.0))
    return around[:, None] + rng.standard_normal((N, k))


softmax_vjp = Exercise(
    id="NB05.E06",
    points=3,
    see="NB05.W6",
    shares={"dz": 2.0, "dz_at_1000": 0.5, "warning": 0.5},
    pieces=[
        Piece(
            answer="softmax_vjp(z: (N, k), g: (N, k)) -> dz: (N, k)",
            reference=cotangents_of(lambda z: softmax(z, axis=-1)),
            instances=sizes(N=(1, 5), k=(2, 7)),
            mistakes=[
                M06.each(lambda g: -g),
                M06(lambda z, g: softmax(z) * (g + (softmax(z) * g).sum(axis=1, keepdims=True))),
                M09(lambda z, g: g - (softmax(z) * g).sum(axis=1, keepdims=True)),
                M09(lambda z, g: softmax(z) * _through(softmax(z), g)),
                M10(lambda z, g: softmax(z) * g),
                M10(lambda z, g: -softmax(z) * (softmax(z) * g).sum(axis=1, keepdims=True)),
                M13(lambda z, g: softmax(z) * (1 - softmax(z)) * g),
                M20(lambda z, g: _through(softmax(z, axis=0), g)),
                M20(lambda z, g: softmax(z) * (g - (softmax(z) * g).sum(axis=0))),
                M20(lambda z, g: softmax(z, axis=0) * (g - (softmax(z, axis=0) * g).sum(axis=0))),
                M20(lambda z, g: _through(np.exp(z) / np.exp(z).sum(), g)),
                M20(lambda z, g: softmax(z) * (g - (softmax(z) * g).sum())),
                M36(lambda z, g: softmax(z) * (g - (softmax(z) * g).sum(axis=1))),
                M36(lambda z, g: _through(_careless_softmax(z, axis=1), g)),
                UNWEIGHTED_MEAN(lambda z, g: softmax(z) * (g - g.mean(axis=1, keepdims=True))),
                SIGMOIDS(lambda z, g: _through(sigmoid(z), g)),
                SIGMOIDS(lambda z, g: sigmoid(z) * (1 - sigmoid(z)) * g),
            ],
        ),
        Piece(
            answer="softmax_vjp(z: (N, k), g: (N, k)) -> dz: (N, k)",
            probe="common.calmly(count, z: (N, k), g: (N, k)) -> dz_at_1000: (N, k), warning",
            reference=values_of(
                lambda z, g: (_through(softmax(z - z.max(axis=1, keepdims=True)), g), "no warning")
            ),
            instances=sizes(
                N=(1, 5),
                k=(2, 7),
                draw={"count": lambda: 1, "z": _row_shifts},
                cases={"all scores are around 1000": {"z": lambda rng, N, k: 1e3 + rng.random((N, k))}},
                without=("zeros", "float32"),
            ),
            mistakes=[
                M27(lambda z, g: _through(_careless_softmax(z, axis=1, keepdims=True), g)),
                M27(
                    lambda z, g: _through(
                        np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=1, keepdims=True), g
                    )
                ),
            ],
        ),
    ],
)


def _regression(
    error: Any,
    dW: Any = lambda e, x: np.outer(e, x),
    dx: Any = lambda e, W, y: W.T @ e,
    db: Any = lambda e: e,
) -> Any:
    """Return the gradients with another error signal at the scores, or with a slip on the way from there."""

    def softmax_regression_grads(W: Any, b: Any, x: Any, y: int) -> Any:
        z = W @ x + b
        e = error(z, np.eye(len(b))[y], y)
        return dW(e, x), db(e), dx(e, W, y)

    return softmax_regression_grads


def _right(z: Any, t: Any, y: int) -> Any:
    return softmax(z) - t


_regressed = _regression(_right)

softmax_regression_grads = Exercise(
    id="NB05.E07",
    answer="softmax_regression_grads(W: (k, d), b: (k,), x: (d,), y) -> dW: (k, d), db: (k,), dx: (d,)",
    reference=cotangents_of(lambda W, b, x, y: logsumexp(W @ x + b) - (W @ x + b)[y]),
    instances=sizes(
        k=(3, 6),
        d=4,
        draw={"y": lambda rng, k: int(rng.integers(1, k))},  # class 0 counted as a number is no -1 at all
        cases={
            "the first class is the true one": {"y": 0},
            "the last class is the true one": {"y": lambda k: k - 1},
            "the scores are large": {"W": lambda rng, k, d: 4.0 * rng.standard_normal((k, d))},
        },
    ),
    points=4,
    see="NB05.W6",
    mistakes=[
        M01(_regression(_right, dx=lambda e, W, y: W @ e)),
        M31(_regression(_right, dW=lambda e, x: np.outer(x, e))),
        M06.each(lambda g: -g),
        M09(_regression(lambda z, t, y: (softmax(z) - t) * softmax(z) * (1 - softmax(z)))),
        M09(_regression(lambda z, t, y: softmax(z) * (softmax(z) - t - softmax(z) @ (softmax(z) - t)))),
        M10(_regression(lambda z, t, y: (softmax(z) - t) * (1 - t))),
        M10(_regression(_right, dW=lambda e, x: np.outer(e * (e < 0), x))),
        M10(_regression(_right, dx=lambda e, W, y: W[y] * e[y])),
        M10(_regression(_right, dx=lambda e, W, y: -W[y])),
        M12(_regression(_right, dW=lambda e, x: np.outer(np.ones_like(e), x))),
        M12(_regression(_right, dx=lambda e, W, y: W.sum(axis=0))),
        # -1/p through p (1 - p): the true class alone.
        M13(_regression(lambda z, t, y: (softmax(z) - t) * t)),
        M14(_regression(lambda z, t, y: softmax(z))),
        M14(_regression(lambda z, t, y: softmax(z) + t)),
        M32(_regression(_right, db=np.sum)),
        M34(lambda W, b, x, y: tuple(_regressed(W, b, x, y)[i] for i in (0, 2, 1))),
        M34(lambda W, b, x, y: tuple(_regressed(W, b, x, y)[i] for i in (1, 0, 2))),
        M34(lambda W, b, x, y: tuple(_regressed(W, b, x, y)[i] for i in (2, 1, 0))),
        M34(lambda W, b, x, y: tuple(_regressed(W, b, x, y)[i] for i in (2, 0, 1))),
        M35(lambda W, b, x, y: _regressed(W, b, x, y - 1)),
        SIGMOIDS(_regression(lambda z, t, y: sigmoid(z) - t)),
        CLASS_NUMBER(_regression(lambda z, t, y: softmax(z) - y)),
    ],
)


def _one_hot(Z: Any, y: Any) -> Any:
    return np.eye(Z.shape[1])[y] if np.ndim(y) == 1 else y


def _backward(error: Any, count: Any = lambda N, k: N) -> Any:
    """Return the gradient of the mean loss from an error signal p, t -> e, and what it is divided by."""

    def softmax_ce_backward(Z: Any, y: Any) -> Any:
        return error(Z, _one_hot(Z, y)) / count(*Z.shape)

    return softmax_ce_backward


def _careless_backward(Z: Any, y: Any) -> Any:
    return (_careless_softmax(Z, axis=1, keepdims=True) - _one_hot(Z, y)) / len(Z)


def _mean_cross_entropy(Z: Any, y: Any) -> Any:
    """Mean cross-entropy of softmax, the classes as indices or one-hot."""
    return np.mean(logsumexp(Z, axis=1) - np.sum(_one_hot(Z, y) * Z, axis=1))


_COMMON = [
    M04.each(lambda g, N: g * N),
    M05.each(lambda g, N: g / N),
    M06.each(lambda g: -g),
    M09(_backward(lambda Z, t: (softmax(Z) - t) * softmax(Z) * (1 - softmax(Z)))),
    M09(_backward(lambda Z, t: _through(softmax(Z), softmax(Z) - t))),
    M13(_backward(lambda Z, t: (softmax(Z) - t) * t)),
    M14(_backward(lambda Z, t: softmax(Z))),
    M14(_backward(lambda Z, t: softmax(Z) + t)),
    M20(_backward(lambda Z, t: softmax(Z, axis=0) - t)),
    M20(_backward(lambda Z, t: np.exp(Z) / np.exp(Z).sum() - t)),
    M36(_backward(lambda Z, t: _careless_softmax(Z, axis=1) - t)),
    (M04 & M06).each(lambda g, N: -g * N),
    (M04 & M14)(_backward(lambda Z, t: softmax(Z), lambda N, k: 1)),
    SIGMOIDS(_backward(lambda Z, t: sigmoid(Z) - t)),
    WRONG_COUNT(_backward(lambda Z, t: softmax(Z) - t, lambda N, k: k)),
    WRONG_COUNT(_backward(lambda Z, t: softmax(Z) - t, lambda N, k: N * k)),
]


def _indices(rng: np.random.Generator, N: int, k: int) -> Any:
    return rng.integers(k, size=N)


softmax_ce_backward = Exercise(
    id="NB05.E08",
    points=3,
    see="NB05.W6",
    shares={"dZ_at_1000": 0.5, "warning": 0.5},
    pieces=[
        Piece(
            answer="softmax_ce_backward(Z: (N, k), y: (N,)) -> dZ: (N, k)",
            reference=cotangents_of(_mean_cross_entropy),
            instances=sizes(N=(1, 6), k=(2, 4), draw={"y": _indices}),
            mistakes=[*_COMMON, M35(lambda Z, y: _backward(lambda Z, t: softmax(Z) - t)(Z, y - 1))],
        ),
        Piece(
            answer="softmax_ce_backward(Z: (N, k), y: (N, k)) -> dZ_from_one_hot: (N, k)",
            reference=cotangents_of(_mean_cross_entropy, dZ_from_one_hot="Z"),
            instances=sizes(
                N=(1, 6),
                k=(2, 4),
                draw={"y": lambda rng, N, k: np.eye(k, dtype=int)[rng.integers(k, size=N)]},
                cases={"one-hot in floats": {"y": lambda rng, N, k: np.eye(k)[rng.integers(k, size=N)]}},
            ),
            mistakes=_COMMON,
        ),
        Piece(
            answer="softmax_ce_backward(Z: (N, k), y: (N,)) -> dZ: (N, k)",
            probe="common.calmly(count, Z: (N, k), y: (N,)) -> dZ_at_1000: (N, k), warning",
            reference=values_of(
                lambda Z, y: (
                    (softmax(Z - Z.max(axis=1, keepdims=True)) - _one_hot(Z, y)) / len(Z),
                    "no warning",
                )
            ),
            instances=sizes(
                N=(1, 6),
                k=(2, 4),
                draw={
                    "count": lambda: 1,
                    "Z": lambda rng, N, k: _row_shifts(rng, N, k),
                    "y": _indices,
                },
                cases={
                    "scores of +-1000": {
                        "Z": lambda rng, N, k: rng.permuted(
                            np.tile(np.where(np.arange(k) == 0, 1e3, -1e3), (N, 1)), axis=1
                        )
                    }
                },
                without=("zeros", "float32"),
            ),
            mistakes=[
                M27(_careless_backward),
                M27(
                    lambda Z, y: (
                        (
                            np.exp(Z - Z.max()) / np.exp(Z - Z.max()).sum(axis=1, keepdims=True)
                            - _one_hot(Z, y)
                        )
                        / len(Z)
                    )
                ),
            ],
        ),
    ],
)
