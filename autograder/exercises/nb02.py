"""NB02: regression and gradient descent. The fit of E03 and the search of E06 are in files of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor

from ..exercise import Exercise, Piece
from ..instances import between, sizes
from ..mistakes import M03, M04, M06, M07, M09, M10, M12, M16, M19, M20, M32, M34, M35, Kind
from ..reference import cotangents_of, values_of

NO_SIGN = Kind(
    "size-without-sign",
    "the slope of the absolute loss has no sign, or the size of the error",
    "The slope of the absolute loss is not plus or minus one.",
    "The derivative of an absolute value is confused with the value.",
    "The absolute loss rises as fast on either side of its minimum: its slope is 1 where the prediction is "
    "too large, and minus 1 where it is too small.",
    "NB02.W1",
)


def _losses(error: Any, square: float = 1.0, slope: float = 2.0, sign: Any = np.sign) -> Any:
    return lambda y, yhat: (
        square * error(y, yhat) ** 2,
        np.abs(error(y, yhat)),
        slope * error(y, yhat),
        sign(error(y, yhat)),
    )


def _error(y: Any, yhat: Any) -> Any:
    return yhat - y


def _meeting(rng: np.random.Generator, y: Any) -> Any:
    """Return predictions of which some are exactly right."""
    return np.where(np.arange(len(y)) % 2 == 0, y, rng.standard_normal(len(y)))


losses_and_slopes = Exercise(
    id="NB02.E01",
    answer="losses_and_slopes(y: (N,), yhat: (N,)) -> sq: (N,), ab: (N,), dsq: (N,), dab: (N,)",
    reference=values_of(_losses(_error)),
    instances=sizes(
        N=(1, 6),
        cases={
            "some predictions are exactly right": {"yhat": _meeting},
            "all predictions are exactly right": {"yhat": lambda y: y.copy()},
        },
    ),
    points=2,
    see="NB02.W1",
    mistakes=[
        M06(_losses(lambda y, yhat: y - yhat)),
        M06.each(lambda g: -g, only=("dsq",)),
        M07(_losses(_error, slope=1.0)),
        M07(_losses(_error, square=0.5, slope=1.0)),
        M07(_losses(_error, square=0.5)),
        M04.each(lambda g, N: g / N),
        M04.each(lambda g, N: g / N, only=("sq", "ab")),
        M16(_losses(_error, sign=lambda e: np.where(e >= 0, 1.0, -1.0))),
        M16(_losses(_error, sign=lambda e: np.where(e > 0, 1.0, -1.0))),
        M32(lambda y, yhat: [v.sum() for v in _losses(_error)(y, yhat)]),
        M32(
            lambda y, yhat: [*(v.sum() for v in _losses(_error)(y, yhat)[:2]), *_losses(_error)(y, yhat)[2:]]
        ),
        M34(lambda y, yhat: [_losses(_error)(y, yhat)[i] for i in (0, 2, 1, 3)]),
        M34(lambda y, yhat: [_losses(_error)(y, yhat)[i] for i in (1, 0, 3, 2)]),
        NO_SIGN(_losses(_error, sign=lambda e: np.ones_like(e))),
        NO_SIGN(_losses(_error, sign=lambda e: e)),
        NO_SIGN(_losses(_error, sign=np.abs)),
        (M06 & M07)(_losses(lambda y, yhat: y - yhat, slope=1.0)),
    ],
)

INPUT_MISSING = Kind(
    "x-missing",
    "the input is missing in the gradient of the slope",
    "Both entries of the gradient are the same.",
    "The last link of the chain is missing.",
    "Move the slope a little: each prediction moves by its own input times as much. That factor belongs to "
    "every term of the sum.",
    "NB02.W2",
)
INPUT_IN_BOTH = Kind(
    "x-in-both",
    "the input stands in the gradient of the intercept too",
    "Both entries of the gradient are the same.",
    "The local derivative of one term of a sum is used for the other.",
    "Move the intercept a little: every prediction moves by just as much, whatever its input is.",
    "NB02.W2",
)


def _ols(factor: float = -2.0, first: Any = lambda e, x: e, second: Any = lambda e, x: e * x) -> Any:
    def gradient(beta: Any, x: Any, y: Any) -> Any:
        e = y - (beta[0] + beta[1] * x)
        return factor * np.array([np.sum(first(e, x)), np.sum(second(e, x))])

    return gradient


def _for_each_example(beta: Any, x: Any, y: Any) -> Any:
    """Return the gradients of the single squares, of shape (2, N)."""
    e = y - beta[0] - beta[1] * x
    return -2 * np.stack([e, e * x])


ols_gradient = Exercise(
    id="NB02.E02",
    answer="ols_gradient(beta: (2,), x: (N,), y: (N,)) -> gradient: (2,)",
    reference=cotangents_of(lambda beta, x, y: np.sum((y - beta[0] - beta[1] * x) ** 2), gradient="beta"),
    instances=sizes(
        N=(1, 2, 7, 50), cases={"the inputs are shifted": {"x": lambda rng, N: rng.normal(8.0, 1.0, N)}}
    ),
    points=2,
    see="NB02.W2",
    mistakes=[
        M06.each(lambda g: -g),
        M06(lambda beta, x, y: _ols()(beta, x, y) * [1, -1]),
        M06(lambda beta, x, y: _ols()(beta, x, y) * [-1, 1]),
        M07.each(lambda g: g / 2),
        M04.each(lambda g, N: g / N),
        (M04 & M06).each(lambda g, N: -g / N),
        (M04 & M07).each(lambda g, N: g / N / 2),
        (M06 & M07).each(lambda g: -g / 2),
        M10(lambda beta, x, y: _ols()(beta, x[-1:], y[-1:])),
        M10(lambda beta, x, y: _ols()(beta, x[:1], y[:1])),
        M12(lambda x: np.array([len(x), np.sum(x)])),
        M34(lambda beta, x, y: _ols()(beta, x, y)[::-1]),
        M03(_for_each_example),
        M03(lambda beta, x, y: _for_each_example(beta, x, y).T),
        M20(lambda beta, x, y: _for_each_example(beta, x, y).sum(axis=0)),
        INPUT_MISSING(_ols(second=lambda e, x: e)),
        INPUT_IN_BOTH(_ols(first=lambda e, x: e * x)),
    ],
)


def _graph(w0: float, w1: float, x: float, y: float) -> dict[str, Any]:
    """Return values and cotangents of the four assignments, by the engine."""
    a, b = Tensor(w0, requires_grad=True), Tensor(w1, requires_grad=True)
    u = b * x
    yhat = a + u
    z = yhat - y
    L = z**2
    L.backward()
    values = {"u": u, "yhat": yhat, "z": z, "L": L}
    bars = {"d_z": z, "d_yhat": yhat, "d_u": u, "d_w0": a, "d_w1": b}
    return {
        **{name: np.asarray(t.value) for name, t in values.items()},
        **{name: np.asarray(t.grad) for name, t in bars.items()},
    }


def _bars(d_z: Any, at: Any = lambda d, w0, w1, x: {}) -> Any:
    """Return a wrong answer: `d_z` from z, and what differs further down."""

    def graph(w0: float, w1: float, x: float, y: float) -> dict[str, Any]:
        z = w0 + w1 * x - y
        d = d_z(z)
        right = {"u": w1 * x, "yhat": w0 + w1 * x, "z": z, "L": z**2, "d_z": d, "d_yhat": d, "d_u": d}
        return {**right, "d_w0": d, "d_w1": d * x, **at(d, w0, w1, x)}

    return graph


def _twice(z: float) -> float:
    return 2.0 * z


linreg_graph = Exercise(
    id="NB02.E04",
    answer="linreg_graph(w0, w1, x, y) -> dict(u, yhat, z, L, d_z, d_yhat, d_u, d_w0, d_w1)",
    reference=values_of(_graph),
    instances=sizes(
        cases={"x = 0": {"x": 0.0}, "the prediction is right": {"w0": 1.5, "w1": 2.0, "x": -1.0, "y": -0.5}}
    ),
    points=2,
    see="NB02.W5",
    mistakes=[
        M07(_bars(lambda z: z)),
        M06(_bars(lambda z: -2.0 * z)),
        M06(_bars(_twice, lambda d, w0, w1, x: {"d_yhat": -d, "d_u": -d, "d_w0": -d, "d_w1": -d * x})),
        (M06 & M07)(_bars(lambda z: -z)),
        INPUT_MISSING(_bars(_twice, lambda d, w0, w1, x: {"d_w1": d})),
        M12(_bars(_twice, lambda d, w0, w1, x: {"d_yhat": 1.0, "d_u": 1.0, "d_w0": 1.0, "d_w1": x})),
        M12(_bars(_twice, lambda d, w0, w1, x: {"d_w0": 1.0, "d_w1": x})),
        M19(_bars(_twice, lambda d, w0, w1, x: {"d_w1": d * w1})),
        M34(_bars(_twice, lambda d, w0, w1, x: {"d_w0": d * x, "d_w1": d})),
    ],
)

EVERY_ENDED = Kind(
    "not-in-steps",
    "the step size shrinks at every step, not once in a while",
    "The step size falls from the first step on.",
    "A division keeps its fraction.",
    "The step schedule keeps its value for a number of steps, then drops: what counts is how many whole "
    "periods have passed.",
    "NB02.W3",
)
EXPONENTIAL = Kind(
    "falls-exponentially",
    "the step size falls exponentially instead of as one over t",
    "The step size falls faster than asked for.",
    "Another schedule is computed.",
    "Decay as one over t divides by a number that grows by the same amount each step.",
    "NB02.W3",
)
HALF_MISSING = Kind(
    "half-missing",
    "the cosine schedule is not halved, or not lifted",
    "The first step size is not the one that is given, or the last one is not zero.",
    "A part of the formula is left out.",
    "A cosine runs from 1 to minus 1. Lift it by 1 and halve it: then it runs from 1 to 0.",
    "NB02.W3",
)
FULL_TURN = Kind(
    "full-turn",
    "the cosine makes a whole turn instead of half of one",
    "The step size falls to zero in the middle and rises again.",
    "A factor in the argument of the cosine is wrong.",
    "Over the whole training the cosine goes from its top to its bottom, which is half a turn.",
    "NB02.W3",
)

QUARTER_TURN = Kind(
    "quarter-turn",
    "the cosine falls from its top to its middle, a quarter of a turn",
    "Both ends are right, and all between them is too large.",
    "A piece of the wave ends at zero as well, but steeply.",
    "The step size shall change gently at both ends. A cosine is level at its top and at its bottom: go from "
    "one to the other, and lift the wave so that its bottom is at zero.",
    "NB02.W3",
)
TIMES_PERIODS = Kind(
    "times-the-periods",
    "the drop is multiplied by the number of periods",
    "The step size begins at zero, and grows.",
    "A factor that is to be applied again and again is applied once.",
    "After two periods the step size has dropped twice: the factor belongs there once for each period that "
    "has passed, and not at all before the first has.",
    "NB02.W3",
)

_SCHEDULES: dict[str, Any] = {
    "constant": lambda t, eta0: eta0,
    "inverse": lambda t, eta0, k: eta0 / (1 + k * t),
    "step": lambda t, eta0, drop, every: eta0 * drop ** (t // every),
    "cosine": lambda t, eta0, t_max: eta0 / 2 * (1 + np.cos(np.pi * t / t_max)),
}
_MORE: dict[str, Any] = {
    "constant": lambda rng: {},
    "inverse": lambda rng: {"k": float(rng.uniform(0.1, 0.9))},
    "step": lambda rng: {"drop": float(rng.uniform(0.3, 0.8)), "every": int(rng.integers(3, 6))},
    "cosine": lambda rng: {"t_max": 12},
}
_SCHEDULE_SLIPS: dict[str, list[Any]] = {
    "constant": [M09(lambda kind, t, eta0: 1.0)],
    "inverse": [
        M35(lambda kind, t, eta0, k: _SCHEDULES[kind](t + 1, eta0, k)),
        M35(lambda kind, t, eta0, k: _SCHEDULES[kind](t - 1, eta0, k)),
        EXPONENTIAL(lambda kind, t, eta0, k: eta0 * np.exp(-k * t)),
    ],
    "step": [
        M35(lambda kind, t, eta0, drop, every: _SCHEDULES[kind](t + 1, eta0, drop, every)),
        M35(lambda kind, t, eta0, drop, every: _SCHEDULES[kind](max(t - 1, 0), eta0, drop, every)),
        EVERY_ENDED(lambda kind, t, eta0, drop, every: eta0 * drop ** (t / every)),
        EVERY_ENDED(lambda kind, t, eta0, drop, every: eta0 * drop**t),
        TIMES_PERIODS(lambda kind, t, eta0, drop, every: eta0 * drop * (t // every)),
    ],
    "cosine": [
        M35(lambda kind, t, eta0, t_max: _SCHEDULES[kind](t + 1, eta0, t_max)),
        M35(lambda kind, t, eta0, t_max: _SCHEDULES[kind](t, eta0, t_max - 1)),
        HALF_MISSING(lambda kind, t, eta0, t_max: eta0 * (1 + np.cos(np.pi * t / t_max))),
        HALF_MISSING(lambda kind, t, eta0, t_max: eta0 * np.cos(np.pi * t / t_max)),
        QUARTER_TURN(lambda kind, t, eta0, t_max: eta0 * np.cos(np.pi / 2 * t / t_max)),
        FULL_TURN(lambda kind, t, eta0, t_max: eta0 / 2 * (1 + np.cos(2 * np.pi * t / t_max))),
    ],
}


def _schedule(kind: str) -> Piece:
    right = _SCHEDULES[kind]
    return Piece(
        answer="step_size(kind, t, eta0, more) -> eta",
        probe=f"nb02.scheduled(kind, steps, eta0, settings) -> {kind}",
        reference=values_of(
            lambda steps, eta0, settings: {kind: [right(t, eta0, **settings) for t in range(steps)]}
        ),
        instances=sizes(
            draw={
                "kind": lambda: kind,
                "steps": lambda: 13,  # from the first step to the last one, and both are asked for
                "eta0": between(0.05, 0.4),
                "settings": _MORE[kind],
            },
            without=["float32"],
        ),
        mistakes=_SCHEDULE_SLIPS[kind],
    )


step_size = Exercise(id="NB02.E05", points=1, see="NB02.W3", pieces=[_schedule(kind) for kind in _SCHEDULES])
