"""NB05: logistic and softmax regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import sigmoid

from ..exercise import Exercise
from ..instances import made
from ..mistakes import M04, M05, M06, M09, M26, M34, Kind
from ..reference import values_of
from .shared import ANOTHER_NORM, HISTORY_LENGTH, STOPS_ON_THE_LOSS

STOPS_AFTER_THE_STEP = Kind(
    "stops-after-the-step",
    "a step is still taken after the gradient has fallen below the tolerance",
    "There is one step too many.",
    "The order of the lines in a loop is not the one asked for.",
    "The gradient at the present weights decides whether another step is taken at all. Compare first, then "
    "step.",
    "NB02.W3",
)


def _summed(N: int, w: Any, losses: list[float]) -> tuple[Any, list[float]]:
    return w, [N * loss for loss in losses]


def _shortened(w: Any, losses: list[float]) -> tuple[Any, list[float]]:
    return w, losses[1:]


def _fit(
    gradient: Any = lambda g, N: g,
    stop: Any = lambda g, losses: np.linalg.norm(g),
    error: Any = lambda p, y: p - y,
    one_by_one: Any = None,
    steps_first: bool = False,
) -> Any:
    """Return gradient descent on the mean loss, or one with a slip in it."""

    def logreg_fit(X: Any, y: Any, lr: float, tol: float, max_steps: int) -> tuple[Any, list[float]]:
        def loss(w: Any) -> float:
            return float(np.mean(np.logaddexp(0.0, X @ w) - y * (X @ w)))

        w = np.zeros(X.shape[1])
        losses = [loss(w)]
        for _ in range(max_steps):
            g = gradient(X.T @ error(sigmoid(X @ w), y) / len(y), len(y))
            enough = stop(g, losses) < tol
            if enough and not steps_first:
                break
            if one_by_one:  # a rate for single examples: the later ones meet weights that have moved
                for x, t in zip(X, y, strict=True):
                    w = w - one_by_one(lr, len(y)) * (sigmoid(x @ w) - t) * x
            else:
                w = w - lr * g
            losses.append(loss(w))
            if enough:
                break
        return w, losses

    return logreg_fit


_SLIPS = {
    "uphill": _fit(gradient=lambda g, N: -g),
    "sum": _fit(gradient=lambda g, N: g * N),
    "mean of mean": _fit(gradient=lambda g, N: g / N),
    "slope": _fit(error=lambda p, y: (p - y) * p * (1 - p)),
    "loss": _fit(stop=lambda g, losses: losses[-1]),
    "never": _fit(stop=lambda g, losses: np.inf),
    "largest entry": _fit(stop=lambda g, losses: np.max(np.abs(g))),
    "squared norm": _fit(stop=lambda g, losses: g @ g),
    "change of loss": _fit(stop=lambda g, losses: abs(losses[-2] - losses[-1]) if losses[1:] else 1.0),
}

_STOPPING = [
    _SLIPS[name]
    for name in ("loss", "change of loss", "largest entry", "squared norm", "mean of mean", "slope")
]


def _classes(N: int, d: int, *, separable: bool = False) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        X = rng.standard_normal((N, d))
        score = X @ rng.standard_normal(d)
        y = (score + (0 if separable else 1) * rng.logistic(size=N) > 0).astype(float)
        return {"X": X, "y": y, "lr": 0.4, "tol": 0.1, "max_steps": 60}

    return draw


def _converging(N: int, d: int) -> Any:
    """Draw until gradient descent stops in time, and its slips go on for other numbers of steps."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            drawn: dict[str, Any] = _classes(N, d)(rng)
            steps = [len(fit(**drawn)[1]) for fit in (_fit(), *_STOPPING)]
            if len(set(steps)) == len(steps) and steps[0] < drawn["max_steps"]:
                return drawn

    return draw


def _unscaled(rng: np.random.Generator) -> dict[str, Any]:
    drawn = _classes(12, 3)(rng)
    return {**drawn, "X": drawn["X"] * [0.1, 1.0, 5.0], "lr": 0.05}


logreg_fit = Exercise(
    id="NB05.E04",
    answer="logreg_fit(X: (N, d), y: (N,), lr, tol, max_steps) -> w: (d,), history",
    reference=values_of(_fit()),
    instances=made(
        _converging(14, 3),
        _converging(11, 4),
        the_classes_can_be_separated=_classes(12, 3, separable=True),
        the_features_differ_in_scale=_unscaled,
    ),
    points=3,
    see="NB05.W3",
    time_limit=20.0,
    mistakes=[
        M06(_SLIPS["uphill"]),
        M04(_SLIPS["sum"]),
        M05(_SLIPS["mean of mean"]),
        M04(lambda X, y, lr, tol, max_steps: _summed(len(y), *_fit()(X, y, lr, tol, max_steps))),
        M09(_SLIPS["slope"]),
        M26(_fit(one_by_one=lambda lr, N: lr / N)),
        M26(_fit(one_by_one=lambda lr, N: lr)),
        M34(lambda X, y, lr, tol, max_steps: _fit()(X, y, lr, tol, max_steps)[::-1]),
        STOPS_ON_THE_LOSS(_SLIPS["never"]),
        ANOTHER_NORM(_SLIPS["largest entry"]),
        ANOTHER_NORM(_SLIPS["squared norm"]),
        HISTORY_LENGTH(lambda X, y, lr, tol, max_steps: _shortened(*_fit()(X, y, lr, tol, max_steps))),
        STOPS_ON_THE_LOSS(_SLIPS["loss"]),
        STOPS_ON_THE_LOSS(_SLIPS["change of loss"]),
        STOPS_AFTER_THE_STEP(_fit(steps_first=True)),
    ],
)
