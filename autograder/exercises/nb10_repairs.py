"""NB10: five broken backward passes, to be repaired under the names that they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop_course import relu

from ..exercise import Exercise, Piece
from ..instances import between, sizes
from ..mistakes import M03, M04, M05, M06, M07, M09, M10, M12, M15, M16, M17, M20, M23, M32, Kind
from ..reference import cotangents_of

SYMPTOM = Kind(
    "symptom-treated",
    "a constant factor hides the symptom on one example",
    "The numbers are off by a fixed factor, or were right for one batch size only.",
    "The symptom is treated instead of the cause.",
    "A factor that makes one example come out right is no repair. Find the line that breaks a rule, and "
    "mend that.",
    "NB10.W2",
)


def _affine(
    bias: Any = lambda dY: dY.sum(axis=0),
) -> Any:
    return lambda dY, X, W: (dY @ W.T, X.T @ dY, bias(dY))


_AFFINE = Piece(
    answer="affine_backward_broken(dY: (N, k), X: (N, d), W: (d, k)) "
    "-> affine_dX: (N, d), affine_dW: (d, k), affine_db: (k,)",
    reference=cotangents_of(
        lambda X, W, affine_db: X @ W + affine_db, affine_dX="X", affine_dW="W", affine_db="affine_db"
    ),
    instances=sizes(N=(1, 6), d=3, k=4),
    mistakes=[
        M03(_affine(lambda dY: dY)),
        M04(_affine(lambda dY: dY.mean(axis=0))),
        M20(_affine(lambda dY: dY.sum(axis=1))),
        M32(_affine(lambda dY: dY.sum())),
        M10(_affine(lambda dY: dY[-1])),
        SYMPTOM(_affine(lambda dY: dY[0] * len(dY))),
        SYMPTOM(_affine(lambda dY: dY.mean(axis=0) * 4.0)),
    ],
)


def _two_layers(top: float = 1.0, hidden: Any = lambda dW, N: dW, both: Any = lambda dW, N: dW) -> Any:
    def mse_backward(X: Any, y: Any, W: Any, w: Any) -> Any:
        H = np.tanh(X @ W)
        e = 2.0 * top * (H @ w - y) / len(y)
        dW = X.T @ (np.outer(e, w) * (1.0 - H**2))
        return both(hidden(dW, len(y)), len(y)), both(H.T @ e, len(y))

    return mse_backward


def _mean_squared_error(X: Any, y: Any, W: Any, w: Any) -> Any:
    return np.mean((np.tanh(X @ W) @ w - y) ** 2)


_MSE = Piece(
    answer="mse_backward_broken(X: (N, d), y: (N,), W: (d, h), w: (h,)) -> mse_dW: (d, h), mse_dw: (h,)",
    reference=cotangents_of(_mean_squared_error, mse_dW="W", mse_dw="w"),
    instances=sizes(N=(1, 6), d=3, h=4),
    mistakes=[
        M05(_two_layers(hidden=lambda dW, N: dW / N)),
        M05(_two_layers(both=lambda dW, N: dW / N)),
        M04(_two_layers(both=lambda dW, N: dW * N)),
        M04(_two_layers(hidden=lambda dW, N: dW * N)),
        M06(_two_layers(top=-1.0)),
        M07(_two_layers(top=0.5)),
        SYMPTOM(_two_layers(hidden=lambda dW, N: dW / N * 4.0)),
        SYMPTOM(_two_layers(hidden=lambda dW, N: dW / N * 8.0)),
    ],
)


def _skip(dX: Any) -> Any:
    def residual_backward(dY: Any, X: Any, W1: Any, W2: Any) -> Any:
        Z = X @ W1
        return dX(dY, (dY @ W2.T * (Z > 0)) @ W1.T, dY @ W2.T @ W1.T)

    return residual_backward


_SKIP = Piece(
    answer="residual_backward_broken(dY: (N, d), X: (N, d), W1: (d, h), W2: (h, d)) -> residual_dX: (N, d)",
    reference=cotangents_of(lambda X, W1, W2: X + relu(X @ W1) @ W2, residual_dX="X"),
    instances=sizes(N=(1, 6), d=3, h=4),
    mistakes=[
        M10(_skip(lambda dY, branch, _: branch)),
        M10(_skip(lambda dY, branch, _: dY)),
        M09(_skip(lambda dY, branch, straight: dY + straight)),
        M06(_skip(lambda dY, branch, _: dY - branch)),
        M06(_skip(lambda dY, branch, _: branch - dY)),
        M12(_skip(lambda dY, branch, _: 1.0 + branch)),
        M15(lambda dY, W1, W2: dY + np.maximum(dY @ W2.T, 0.0) @ W1.T),
        M15(lambda dY, X, W1, W2: dY + ((dY @ W2.T > 0) * (X @ W1 > 0) * (dY @ W2.T)) @ W1.T),
        M17(lambda dY, X, W1, W2: dY + (dY @ W2.T * np.maximum(X @ W1, 0.0)) @ W1.T),
        SYMPTOM(_skip(lambda dY, branch, _: 2.0 * branch)),
        SYMPTOM(_skip(lambda dY, branch, _: 2.0 * dY)),
        SYMPTOM(_skip(lambda dY, branch, _: 0.5 * (dY + branch))),
    ],
)

_RELU = Piece(
    answer="relu_backward_broken(dY: (N, d), X: (N, d)) -> relu_dX: (N, d)",
    reference=cotangents_of(lambda X: relu(X), relu_dX="X"),
    instances=sizes(N=(1, 6), d=3, cases={"X is 0": {"X": lambda N, d: np.zeros((N, d))}}),
    mistakes=[
        M15(lambda dY: dY * (dY > 0)),
        M15(lambda dY, X: dY * (dY > 0) * (X > 0)),
        M15(lambda dY, X: dY * (dY * X > 0)),
        M16(lambda dY, X: dY * (X >= 0)),
        M17(lambda dY, X: dY * np.maximum(X, 0.0)),
        M12(lambda X: 1.0 * (X > 0)),
        M09(lambda dY: dY),
        M06(lambda dY, X: -dY * (X > 0)),
        SYMPTOM(lambda dY, X: 0.5 * dY),
        SYMPTOM(lambda dY, X: abs(dY) * (X > 0)),
    ],
)


def _normalised(X: Any, eps: Any) -> Any:
    centred = X - np.mean(X, axis=0)
    return centred / np.sqrt(np.mean(centred**2, axis=0) + eps)


def _columns(mean: float = 1.0, variance: float = 1.0, factor: Any = lambda N, std: 1.0) -> Any:
    """Return the backward pass with the paths through the two statistics weighted."""

    def normalize_backward(dY: Any, X: Any, eps: float) -> Any:
        std = np.sqrt(X.var(axis=0) + eps)
        xhat = (X - X.mean(axis=0)) / std
        paths = mean * dY.mean(axis=0) + variance * xhat * (dY * xhat).mean(axis=0)
        return (dY - paths) / std * factor(len(X), std)

    return normalize_backward


_NORMALISE = Piece(
    answer="normalize_backward_broken(dY: (N, d), X: (N, d), eps) -> normalize_dX: (N, d)",
    reference=cotangents_of(_normalised, normalize_dX="X"),
    instances=sizes(N=(1, 6), d=3, draw={"eps": between(0.1, 0.6)}),
    mistakes=[
        M23(_columns(mean=0.0, variance=0.0)),
        M23(_columns(variance=0.0)),
        M23(_columns(mean=0.0)),
        M06(_columns(mean=-1.0)),
        M06(_columns(variance=-1.0)),
        M12(lambda dY, X, eps: _columns()(np.ones_like(dY), X, eps)),
        M20(lambda dY, X, eps: _columns()(dY.T, X.T, eps).T),
        SYMPTOM(_columns(mean=0.0, variance=0.0, factor=lambda N, std: (N - 1.0) / N)),
        SYMPTOM(_columns(mean=0.0, variance=0.0, factor=lambda N, std: (N - 2.0) / N)),
        SYMPTOM(_columns(mean=0.0, variance=0.0, factor=lambda N, std: 0.5)),
    ],
)

_PIECES: Sequence[Piece] = (_AFFINE, _MSE, _SKIP, _RELU, _NORMALISE)

repair_backward = Exercise(
    id="NB10.E04",
    points=5,
    see="NB10.W2",
    # Each repair earns as much as every other. What is right already when it is handed out earns nothing.
    shares={"affine_dX": 0.0, "affine_dW": 0.0, "mse_dw": 0.0},
    pieces=_PIECES,
)
