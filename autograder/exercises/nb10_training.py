"""NB10: training a complete network, judged by what it predicts for points that it has not seen."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from backprop_course import sigmoid

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import M22, Kind
from ..reference import answered_by

ROWS_TOGETHER = Kind(
    "rows-together",
    "a prediction depends on the other rows that are asked for",
    "Half of the rows get other labels than all of them together.",
    "New data leak into what the model does to its inputs.",
    "Means and spreads are taken from the training data, once. A prediction for one row must not change with "
    "the rows beside it.",
    "NB10.W3",
)
CHANCE_LEFT = Kind(
    "chance-left",
    "two trainings with the same seed give different models",
    "The same data and the same seed lead to other labels.",
    "Chance comes from another generator than the one that is handed in, or something of the first training "
    "is still there.",
    "Weights and batches are drawn from the generator that the caller hands in, and every training starts "
    "from nothing: gradients, moments and parameters are made inside the function.",
    "NB10.W3",
)
Rng = np.random.Generator


def moons(rng: Rng, N: int, noise: float = 0.1) -> tuple[Any, Any]:
    """Return N points of two interleaving half circles, and which of them each is from."""
    y = np.arange(N) % 2
    angle = np.pi * rng.random(N)
    X = np.where(
        y[:, None] == 0,
        np.stack([np.cos(angle), np.sin(angle)], axis=1),
        np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1),
    )
    order = rng.permutation(N)
    return (X + noise * rng.standard_normal((N, 2)))[order], y[order].astype(float)


def _forward(params: Any, X: Any) -> list[Any]:
    hs = [X]
    for i, (W, b) in enumerate(params):
        z = hs[-1] @ W + b
        hs.append(np.tanh(z) if i < len(params) - 1 else z)
    return hs


def _train(
    chance: Callable[[Rng], Rng] = lambda rng: rng,
    model: Callable[..., Any] = lambda params, X: sigmoid(_forward(params, X)[-1][:, 0]),
) -> Any:
    """Return a training by Adam on all examples at once, or one with a slip in it."""

    def train_mlp(X: Any, y: Any, sizes: Any, rng: Rng) -> Any:
        rng = chance(rng)
        params = [(rng.standard_normal((a, b)) * np.sqrt(1.0 / a), np.zeros(b)) for a, b in pairwise(sizes)]
        means = [[np.zeros_like(p) for p in pair] for pair in params]
        squares = [[np.zeros_like(p) for p in pair] for pair in params]
        losses = []
        for t in range(1, 301):
            hs = _forward(params, X)
            u = hs[-1][:, 0]
            losses.append(float(np.mean(np.logaddexp(0.0, u) - y * u)))
            dZ = ((sigmoid(u) - y) / len(y))[:, None]
            after = []
            for i in reversed(range(len(params))):
                W, b = params[i]
                grads = hs[i].T @ dZ, dZ.sum(axis=0)
                pair = []
                for j, (p, g) in enumerate(zip((W, b), grads, strict=True)):
                    means[i][j] = 0.9 * means[i][j] + 0.1 * g
                    squares[i][j] = 0.99 * squares[i][j] + 0.01 * g**2
                    m, s = means[i][j] / (1.0 - 0.9**t), squares[i][j] / (1.0 - 0.99**t)
                    pair.append(p - 0.05 * m / (np.sqrt(s) + 1e-8))
                after.append(tuple(pair))
                dZ = dZ @ W.T * (1.0 - hs[i] ** 2)
            params = after[::-1]
        return (lambda new: model(params, new)), losses

    return train_mlp


def _dropping(params: Any, X: Any) -> Any:
    H = _forward(params, X)[-2]
    H = H * (np.random.default_rng().random(H.shape) >= 0.5) * 2.0  # another mask for each call
    W, b = params[-1]
    return sigmoid((H @ W + b)[:, 0])


def _stretched(params: Any, X: Any) -> Any:
    # New points are shifted by their own mean: half of them have another one.
    return sigmoid(_forward(params, X - X.mean(axis=0) * 2.0)[-1][:, 0])


_POINTS = 200
_NEEDED = 0.95


def _enough(got: Any, y_new: Any) -> bool | str:
    if got.shape != y_new.shape:
        return "there is not one label for each point"
    if np.mean(got == y_new) >= _NEEDED:
        return True
    return "fewer than 95 of 100 points that were not trained on are labelled rightly"


def _falls(got: Any) -> bool | str:
    if got.ndim != 1 or len(got) < 2:
        return "it is not a list of losses"
    if not np.all(np.isfinite(got)):
        return "it holds a loss that is not a number"
    if np.any(got < 0.0):
        return "it holds a negative loss"
    return bool(got[-1] < 0.5 * got[0]) or "its last loss is not below half of its first"


def _learned(sizes: list[int]) -> Any:
    def draw(rng: Rng) -> dict[str, Any]:
        X, y = moons(rng, 200)
        X_new, y_new = moons(rng, _POINTS)
        order = np.argsort(X_new[:, 0])  # halves that differ
        drawn = {"X": X, "y": y, "X_new": X_new[order], "y_new": y_new[order].astype(int)}
        return {**drawn, "sizes": sizes, "seed": int(rng.integers(1 << 30))}

    return draw


train_mlp = Exercise(
    id="NB10.E05",
    points=8,
    see="NB10.W3",
    shares={"labels": 4.0},
    pieces=[
        Piece(
            answer="train_mlp(X, y, sizes, rng)",
            probe="nb10.trained(X: (N, 2), y: (N,), X_new: (M, 2), sizes, seed) -> labels: (M,), history",
            reference=answered_by(_train()),
            accepts={"labels": lambda got, y_new: _enough(got, y_new), "history": lambda got: _falls(got)},
            instances=made(_learned([2, 16, 1]), _learned([2, 12, 8, 1]), a_third_seed=_learned([2, 16, 1])),
            time_limit=20.0,
        ),
        Piece(
            answer="train_mlp(X, y, sizes, rng)",
            probe="nb10.predicting(X: (N, 2), y: (N,), X_new: (M, 2), sizes, seed) -> "
            "predicts_the_same_again, predicts_each_row_by_itself, trains_the_same_again",
            reference=answered_by(_train()),
            instances=made(_learned([2, 7, 1]), _learned([2, 5, 1])),
            time_limit=20.0,
            mistakes=[
                M22(_train(model=_dropping)),
                ROWS_TOGETHER(_train(model=_stretched)),
                CHANCE_LEFT(_train(chance=lambda rng: np.random.default_rng())),
            ],
        ),
    ],
)
