"""NB08, continued: one Function of one's own, with a context."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M04, M05, M06, M07, M08, M09, M12, M14, M27, Kind
from ..probes.common import QUIET
from ..reference import values_of

LABELS_PLACE = Kind(
    "labels-place",
    "there is not None in the place of the labels",
    "Only one thing is returned, or the labels get a gradient.",
    "The number of things returned does not follow the inputs.",
    "One thing is returned for each input of forward, in their order; for an input that wants no gradient, "
    "such as labels, that is None.",
    "NB08.W4",
)
TAKEN_AGAIN = Kind(
    "taken-again",
    "an exponential is taken again on the way back",
    "The numbers are right, and computed twice.",
    "What forward knew already was not saved.",
    "The way back needs the probability, and forward has computed it. Save what the rule needs, not what it "
    "could be computed from again.",
    "NB08.W4",
)


def _squash(u: Any) -> Any:
    small = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, small) / (1.0 + small)


def _stable(u: Any, y: Any) -> Any:
    return np.maximum(u, 0.0) - u * y + np.log1p(np.exp(-np.abs(u)))


def _naive_squash(u: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-u))


def _naive(u: Any, y: Any) -> Any:
    p = _naive_squash(u)
    return -y * np.log(p) - (1.0 - y) * np.log(1.0 - p)


def _function(
    rule: Callable[..., Any] = lambda g, p, y: g * (p - y) / y.size,
    losses: Callable[[Any, Any], Any] = _stable,
    *,
    squash: Callable[[Any], Any] = _squash,
    reduce: Callable[[Any], Any] = np.mean,
    returned: Callable[[Any, Any], Any] = lambda u_bar, y: (u_bar, None),
    save: bool = True,
) -> Any:
    """Return the Function, or one with a slip in it."""

    class FusedSigmoidBCE:
        @staticmethod
        def forward(ctx: Any, u: Any, y: Any) -> Any:
            ctx.save_for_backward(squash(u) if save else u, y)
            return reduce(losses(u, y))

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            saved, y = ctx.saved_tensors
            return returned(rule(g, saved if save else squash(saved), y), y)

    return FusedSigmoidBCE


def _labels(rng: np.random.Generator, N: int) -> Any:
    return rng.permutation(np.resize([0.0, 1.0, 1.0], N))


def _mean_loss(u: Any, y: Any) -> Any:
    return np.mean(_stable(u, y))


def _u_bar(u: Any, y: Any, g: Any) -> Any:
    return g * (_squash(u) - y) / y.size


fused = Exercise(
    id="NB08.E07",
    points=5,
    see="NB08.W4",
    needs=("backprop_course",),
    shares={"loss": 2.0, "u_bar": 3.0},
    pieces=[
        Piece(
            answer="FusedSigmoidBCE",
            probe="nb08.fused(u: (N,), y: (N,), g) -> loss, u_bar: (N,), for_y",
            reference=values_of(lambda u, y, g: (_mean_loss(u, y), _u_bar(u, y, g), "None")),
            instances=sizes(
                N=(1, 5),
                draw={"y": _labels},
                cases={"labels between 0 and 1": {"y": lambda rng, N: rng.uniform(0.1, 0.9, N)}},
            ),
            mistakes=[
                M04(_function(lambda g, p, y: g * (p - y))),
                M04(_function(lambda g, p, y: g * (p - y), reduce=np.sum)),
                M05(_function(lambda g, p, y: g * (p - y) / y.size**2)),
                M06(_function(lambda g, p, y: g * (y - p) / y.size)),
                M07(_function(lambda g, p, y: 2.0 * g * (p - y) / y.size)),
                M08(_function(lambda g, p, y: g * (_squash(p) - y) / y.size)),
                M09(_function(lambda g, p, y: g * (p - y) * p * (1.0 - p) / y.size)),
                M12(_function(lambda g, p, y: (p - y) / y.size)),
                M14(_function(lambda g, p, y: g * p / y.size)),
                M14(_function(lambda g, p, y: g * (p + y) / y.size)),
                (M04 & M12)(_function(lambda g, p, y: p - y)),
                LABELS_PLACE(_function(returned=lambda u_bar, y: u_bar)),
                LABELS_PLACE(_function(returned=lambda u_bar, y: (u_bar, np.zeros_like(y)))),
            ],
        ),
        Piece(
            answer="FusedSigmoidBCE",
            probe="nb08.fused_calmly(u: (N,), y: (N,), g) -> loss_at_1000, u_bar_at_1000: (N,), warning",
            reference=values_of(lambda u, y, g: (_mean_loss(u, y), _u_bar(u, y, g), QUIET)),
            instances=sizes(
                N=6,
                draw={
                    "y": _labels,
                    "u": lambda rng, N: rng.permutation(np.resize([-1e3, 1e3, -1e3, 1e3, 0.7], N)),
                },
                without=("zeros",),
            ),
            mistakes=[
                M27(_function(losses=_naive, squash=_naive_squash)),
                M27(_function(losses=_naive)),
                M27(_function(losses=lambda u, y: np.log(1.0 + np.exp(u)) - u * y)),
                M27(_function(squash=_naive_squash)),
            ],
        ),
        Piece(
            answer="FusedSigmoidBCE",
            probe="nb08.exponentials(u: (N,), y: (N,), g) -> exponentials_on_the_way_back",
            reference=values_of(lambda: 0),
            instances=sizes(N=(1, 5), draw={"y": _labels}),
            mistakes=[TAKEN_AGAIN(_function(save=False))],
        ),
    ],
)
