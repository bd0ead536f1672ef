"""NB07, continued: a regression on the learner's own engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Piece
from ..instances import made
from ..mistakes import M03, M04, M06, M07, M24, Kind
from ..reference import values_of

MEAN_OVER_ROWS = Kind(
    "mean-over-rows",
    "the loss divides by the number of rows, not of entries",
    "The first loss is too large by the number of columns.",
    "The wrong count is divided by.",
    "The loss is the mean over all entries of the residual: over the rows and over the columns.",
    "NB07.W6",
)
BIAS_STAYS = Kind(
    "bias-stays",
    "the bias takes no steps",
    "The bias is still zero.",
    "A parameter is left out of the update.",
    "Both the weights and the bias reach the loss. Each of them takes a step against its own gradient.",
    "NB07.W6",
)
HISTORY_SHORT = Kind(
    "history-short",
    "the loss before the first or after the last step is not in the history",
    "The history has as many entries as there are steps, one too few.",
    "A loss is recorded at one end only.",
    "Between and around the steps there is one more loss than there are steps: the first is that of the "
    "zeros, the last that of what is returned.",
    "NB07.W6",
)


def _fit(
    gradient: Any = lambda g, scale: g,
    loss: Any = np.mean,
    bias: Any = lambda g: g.sum(axis=0),
    *,
    fresh: bool = True,
    ends: slice = slice(None),
) -> Any:
    """Return the descent of a mean squared error from zeros, or one with a slip in it."""

    def fit_affine(X: Any, y: Any, lr: float, steps: int) -> tuple[Any, Any, list[Any]]:
        w, b = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1])
        w_bar, b_bar = np.zeros_like(w), np.zeros_like(b)
        history = [loss((X @ w + b - y) ** 2)]
        for _ in range(steps):
            g = gradient(2.0 * (X @ w + b - y) / y.size, y.size)
            w_bar = X.T @ g if fresh else w_bar + X.T @ g
            b_bar = bias(g) if fresh else b_bar + bias(g)
            w, b = w - lr * w_bar, b - lr * b_bar
            history.append(loss((X @ w + b - y) ** 2))
        return w, b, history[ends]

    return fit_affine


def _planes(N: int, d: int, k: int) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        X = rng.standard_normal((N, d))
        y = X @ rng.standard_normal((d, k)) + rng.uniform(1.0, 2.0, k) + 0.1 * rng.standard_normal((N, k))
        return {"X": X, "y": y, "lr": 0.3, "steps": 4 + k}

    return draw


def _rows(square: Any) -> Any:
    return square.sum() / len(square)


FIT = Piece(
    answer="fit_affine(X: (N, d), y: (N, k), lr, steps) -> w: (d, k), b: (k,), history",
    reference=values_of(_fit()),
    instances=made(
        _planes(9, 3, 4),
        _planes(11, 4, 3),
        no_step_is_taken=lambda rng: {**_planes(6, 3, 4)(rng), "steps": 0},
        there_is_one_column=_planes(7, 3, 1),
    ),
    time_limit=20.0,
    see="NB07.W6",
    mistakes=[
        M03(_fit(bias=lambda g: g)),
        M04(_fit(lambda g, n: g * n, np.sum)),
        M04(_fit(lambda g, n: g * n)),
        M06(_fit(lambda g, n: -g)),
        M07(_fit(lambda g, n: 0.5 * g)),
        M07(_fit(lambda g, n: 0.5 * g, lambda square: 0.5 * np.mean(square))),
        M24(_fit(fresh=False)),
        MEAN_OVER_ROWS(lambda X, y, lr, steps: _fit(lambda g, n: g * y.shape[1], _rows)(X, y, lr, steps)),
        BIAS_STAYS(_fit(bias=lambda g: np.zeros(g.shape[1]))),
        HISTORY_SHORT(_fit(ends=slice(1, None))),
        HISTORY_SHORT(_fit(ends=slice(None, -1))),
    ],
)
