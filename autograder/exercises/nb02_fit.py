"""NB02.E03: a straight line fitted by gradient descent, and a step size that is too large."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made
from ..mistakes import M04, M06, M07, M26, Kind
from ..reference import answered_by, values_of
from .shared import ANOTHER_NORM, HISTORY_LENGTH, STOPS_ON_THE_LOSS

UNNOTICED = Kind(
    "divergence-unnoticed",
    "it is not noticed that the losses grow without bound",
    "No error is raised where the step size is too large.",
    "A check of the losses is missing.",
    "A loss that grows beyond all bounds, or is no number any more, cannot come back. Say so at once "
    "instead of returning what is left.",
    "NB02.W3",
)


def _fit(
    gradient: Any = lambda g, N: g,
    norm: Any = lambda g, losses: np.linalg.norm(g),
    kept: Any = lambda losses: losses,
    notices: bool = True,
    one_by_one: bool = False,
) -> Any:
    """Return gradient descent on the sum of squares, or one with a slip in it."""

    def ols_fit_gd(x: Any, y: Any, lr: float, tol: float, max_steps: int) -> tuple[Any, list[float]]:
        beta = np.zeros(2)
        losses = [float(np.sum(y**2))]
        for _ in range(max_steps):
            e = y - beta[0] - beta[1] * x
            g = gradient(-2.0 * np.array([np.sum(e), np.sum(e * x)]), len(x))
            if norm(g, losses) < tol:
                break
            if one_by_one:
                moved = y - (beta[0] - lr * g[0]) - beta[1] * x
                g[1] = -2.0 * np.sum(moved * x)
            beta = beta - lr * g
            losses.append(float(np.sum((y - beta[0] - beta[1] * x) ** 2)))
            if notices and not losses[-1] <= 1e12:
                raise FloatingPointError("the losses grow without bound: the step size is too large")
        return beta, kept(losses)

    return ols_fit_gd


def _without_the_last(x: Any, y: Any, lr: float, tol: float, max_steps: int) -> tuple[Any, list[float]]:
    """Keep a loss before each step, and none after the last one that is allowed."""
    beta, losses = _fit()(x, y, lr, tol, max_steps)
    return beta, losses[:max_steps]


_SLIPS = {
    "loss": _fit(norm=lambda g, losses: losses[-1]),
    "change": _fit(norm=lambda g, losses: abs(losses[-1] - losses[-2]) if losses[1:] else np.inf),
    "largest": _fit(norm=lambda g, losses: np.max(np.abs(g))),
    "squared": _fit(norm=lambda g, losses: np.sum(g**2)),
    "absolute": _fit(norm=lambda g, losses: np.sum(np.abs(g))),
}


def _line(rng: np.random.Generator, N: int, rate: float) -> dict[str, Any]:
    """Draw points near a line; `rate` is the step size in units of one over the largest curvature."""
    x = rng.uniform(-1.0, 2.0, N)
    y = rng.uniform(1.0, 3.0) + rng.uniform(1.0, 3.0) * x + 0.5 * rng.standard_normal(N)
    curvature = np.linalg.eigvalsh(2.0 * np.array([[N, x.sum()], [x.sum(), (x**2).sum()]]))[-1]
    return {
        "x": x,
        "y": y,
        "lr": float(rate / curvature),
        "tol": float(rng.uniform(0.2, 0.4)),
        "max_steps": 80,
    }


def _converging(N: int) -> Any:
    """Draw until descent stops in time, and other stop rules stop elsewhere."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        while True:
            drawn = _line(rng, N, float(rng.uniform(0.4, 0.8)))
            steps = [len(fit(**drawn)[1]) for fit in (_fit(), *_SLIPS.values())]
            if steps[0] <= drawn["max_steps"] and steps[0] not in steps[1:]:
                return drawn

    return draw


def _few_steps(steps: int) -> Any:
    return lambda rng: {**_line(rng, 6, 0.5), "tol": 1e-9, "max_steps": steps}


def _no_step(rng: np.random.Generator) -> dict[str, Any]:
    return {**_line(rng, 5, 0.5), "tol": 1e6}


def _to_the_end(rng: np.random.Generator) -> dict[str, Any]:
    return {**_line(rng, 7, 0.9), "tol": 1e-7, "max_steps": 3000}


def _too_large(rate: float) -> Any:
    return lambda rng: {**_line(rng, 6, rate), "max_steps": 400}


def _blames_the_step(got: Any) -> str:
    blames = isinstance(got, str) and any(word in got.lower() for word in ("step", "rate", "lr", "eta"))
    return "" if blames else "it does not say that the step size is too large"


ols_fit_gd = Exercise(
    id="NB02.E03",
    points=3,
    see="NB02.W3",
    shares={"divergence": 0.5, "what_it_says": 0.5},
    pieces=[
        Piece(
            answer="ols_fit_gd(x: (N,), y: (N,), lr, tol, max_steps) -> beta: (2,), history",
            reference=values_of(_fit()),
            instances=made(
                _converging(6),
                _converging(9),
                there_are_only_3_steps=_few_steps(3),
                there_are_only_5_steps=_few_steps(5),
                the_first_gradient_is_small_enough=_no_step,
                it_converges_to_the_closed_form=_to_the_end,
            ),
            time_limit=20.0,
            mistakes=[
                M06(_fit(gradient=lambda g, N: -g)),
                M04(_fit(gradient=lambda g, N: g / N)),
                M07(_fit(gradient=lambda g, N: g / 2)),
                M26(_fit(one_by_one=True)),
                HISTORY_LENGTH(_fit(kept=lambda losses: losses[1:])),
                HISTORY_LENGTH(_fit(kept=lambda losses: losses[:-1])),
                HISTORY_LENGTH(_without_the_last),
                HISTORY_LENGTH(_fit(kept=lambda losses: [*losses, losses[-1]])),
                STOPS_ON_THE_LOSS(_SLIPS["loss"]),
                STOPS_ON_THE_LOSS(_SLIPS["change"]),
                ANOTHER_NORM(_SLIPS["largest"]),
                ANOTHER_NORM(_SLIPS["squared"]),
                ANOTHER_NORM(_SLIPS["absolute"]),
            ],
        ),
        Piece(
            answer="ols_fit_gd(x: (N,), y: (N,), lr, tol, max_steps) -> beta: (2,), history",
            probe="nb02.diverging(x, y, lr, tol, max_steps) -> divergence, what_it_says",
            reference=answered_by(_fit()),
            # The first two are too large for a gradient of the mean as well.
            instances=made(
                _too_large(15.0),
                _too_large(30.0),
                a_little_too_large=_too_large(2.6),
                far_too_large=_too_large(1e8),
            ),
            accepts={"what_it_says": _blames_the_step},
            time_limit=20.0,
            mistakes=[UNNOTICED(_fit(notices=False))],
        ),
    ],
)
