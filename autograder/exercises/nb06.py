"""NB06: backprop through networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import sizes
from ..mistakes import M01, M02, M03, M04, M06, M10, M12, M20, M28, M32, M34
from ..reference import cotangents_of


def _in_integer_arrays(dY: Any, X: Any, W: Any) -> Any:
    """Add up entry by entry in arrays of integers: every sum is cut on its way."""
    dW, db = np.zeros(W.shape, int), np.zeros(len(W.T), int)
    for x, g in zip(X, dY, strict=True):
        for j in range(len(g)):
            db[j] += g[j]
            for i in range(len(x)):
                dW[i, j] += x[i] * g[j]
    return dY @ W.T, dW, db


affine_backward = Exercise(
    id="NB06.E06",
    answer="affine_backward(dY: (N, k), X: (N, d), W: (d, k)) -> dX: (N, d), dW: (d, k), db: (k,)",
    reference=cotangents_of(lambda X, W, b: X @ W + b),
    instances=sizes(N=(1, 5), d=3, k=4),
    points=3,
    see="NB06.W5",
    mistakes=[
        M01(lambda dY, X, W: (dY @ W, X.T @ dY, dY.sum(0))),
        M01(lambda dY, X, W: (dY @ W.T, X @ dY, dY.sum(0))),
        M02(lambda dY, X, W: (W @ dY.T, dY.T @ X, dY.sum(0))),
        M03(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY)),
        M04.each(lambda g, N: g / N),
        M04.each(lambda g, N: g * N),
        M06.each(lambda g: -g),
        M10(lambda dY, X, W: (dY @ W.T, np.outer(X[-1], dY[-1]), dY[-1])),
        M10(lambda dY, X, W: (dY @ W.T, np.outer(X[0], dY[0]), dY[0])),
        M12(lambda dY, X, W: (np.ones_like(dY) @ W.T, X.T @ np.ones_like(dY), np.ones_like(dY).sum(0))),
        M12(lambda dY, X, W: (dY @ W.T, X.T @ dY, np.ones(dY.shape[1]))),
        M20(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY.sum(1))),
        M28(_in_integer_arrays),
        M32(lambda dY, X, W: (dY @ W.T, X.T @ dY, dY.sum())),
        M34(lambda dY, X, W: (X.T @ dY, dY @ W.T, dY.sum(0))),
        M34(lambda dY, X, W: (X.T @ dY, dY.sum(0), dY @ W.T)),
        M34(lambda dY, X, W: (dY.sum(0), X.T @ dY, dY @ W.T)),
        M34(lambda dY, X, W: (dY @ W.T, dY.sum(0), X.T @ dY)),
        M34(lambda dY, X, W: (dY.sum(0), dY @ W.T, X.T @ dY)),
        (M03 & M04)(lambda dY, X, W, N: (dY @ W.T, X.T @ dY, dY / N)),
        (M04 & M06).each(lambda g, N: -g / N),
    ],
)
