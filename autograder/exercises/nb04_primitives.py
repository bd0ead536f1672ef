"""NB04: the bars of a program of primitives, of five inputs, and of a regression with a penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor

from ..exercise import Exercise
from ..instances import between, sizes
from ..mistakes import M01, M03, M04, M05, M06, M07, M10, M12, M18, M19, M20, M32, M34, Kind
from ..reference import cotangents_of
from .nb04 import BIAS_TIMES_INPUT, INPUT_MISSING

RECIPROCAL_SIGN = Kind(
    "reciprocal-sign",
    "the minus sign in the slope of the reciprocal is lost",
    "From the reciprocal on, all signs are wrong.",
    "A local derivative lacks its sign.",
    "The larger the denominator, the smaller the quotient: the slope of 1/u is negative.",
    "NB04.W2",
)
RECIPROCAL_POWER = Kind(
    "reciprocal-power",
    "the slope of the reciprocal has the wrong power",
    "From the reciprocal on, the numbers lack a factor y, or have one too many.",
    "A local derivative is remembered wrongly.",
    "The slope of 1/u is minus one over u squared: in terms of the result y, minus y squared.",
    "NB04.W2",
)
EXP_OF_INPUT = Kind(
    "exp-of-input",
    "the slope of the exponential is its input instead of its value",
    "The numbers have t3 where t4 belongs, from the exponential on.",
    "A local derivative takes the wrong value of the program.",
    "The exponential is its own slope. Its value is at hand: it is what this step computed.",
    "NB04.W2",
)
EXP_MISSING = Kind(
    "exp-missing",
    "the exponential passes on what arrives unchanged",
    "From the exponential on, the numbers lack a factor.",
    "A local derivative is left out.",
    "Every step scales what arrives by its own slope. Only sums have the slope 1.",
    "NB04.W2",
)
NEGATION_LOST = Kind(
    "negation-lost",
    "the sign of the negation is not passed back",
    "From the negation on, all signs are wrong.",
    "A step that only changes a sign is skipped on the way back.",
    "A step that turns the sign going forward turns it going back too.",
    "NB04.W2",
)
UNUSED_IS_MISSING = Kind(
    "unused-is-missing",
    "the input that is not used has no number",
    "The last entry is not a number, or there are only four entries.",
    "Nothing is taken for 0.",
    "Move the unused input: nothing happens. That is a slope, and the slope is the number 0.",
    "NB04.W3",
)
UNUSED_IS_ONE = Kind(
    "unused-passes",
    "the input that is not used gets what arrives at the output",
    "The last entry is not 0.",
    "A path is counted that does not exist.",
    "A bar is a sum over the edges that leave a value. Where none leaves, the sum has no terms.",
    "NB04.W3",
)


def _program(w: Tensor, b: Tensor, x: Tensor, t: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    t1 = w * x
    z = t1 + b
    t3 = -z
    t4 = np.exp(t3)
    t5 = 1.0 + t4
    y = 1.0 / t5
    t6 = y - t
    t7 = t6**2
    L = 0.5 * t7
    return L, {"t1": t1, "z": z, "t3": t3, "t4": t4, "t5": t5, "y": y, "t6": t6, "t7": t7, "L": L}


_KEYS = "t1_bar z_bar t3_bar t4_bar t5_bar y_bar t6_bar t7_bar L_bar w_bar b_bar x_bar t_bar".split()


def _bars(
    square: Any = lambda g, t6: g * 2.0 * t6,
    half: Any = lambda g: 0.5 * g,
    target: Any = lambda g: -g,
    reciprocal: Any = lambda g, t5: -g / t5**2,
    exponential: Any = lambda g, t3: g * np.exp(t3),
    negation: Any = lambda g: -g,
    weight: Any = lambda g, w, x: g * x,
    feature: Any = lambda g, w, x: g * w,
    bias: Any = lambda g, x: g,
) -> Any:
    """Return the thirteen bars, or those of someone who has a local rule wrong."""

    def primitive_bars(w: Any, b: Any, x: Any, t: Any) -> dict[str, Any]:
        t3 = -(w * x + b)
        t5 = 1.0 + np.exp(t3)
        bars = {"L_bar": 1.0, "t7_bar": half(1.0)}
        bars["t6_bar"] = square(bars["t7_bar"], 1.0 / t5 - t)
        bars["y_bar"], bars["t_bar"] = bars["t6_bar"], target(bars["t6_bar"])
        bars["t5_bar"] = bars["t4_bar"] = reciprocal(bars["y_bar"], t5)
        bars["t3_bar"] = exponential(bars["t4_bar"], t3)
        bars["z_bar"] = bars["t1_bar"] = negation(bars["t3_bar"])
        bars["b_bar"] = bias(bars["z_bar"], x)
        bars["w_bar"], bars["x_bar"] = weight(bars["t1_bar"], w, x), feature(bars["t1_bar"], w, x)
        return bars

    return primitive_bars


primitive_bars = Exercise(
    id="NB04.E03",
    answer=f"primitive_bars(w, b, x, t) -> dict({', '.join(_KEYS)})",
    reference=cotangents_of(_program),
    instances=sizes(
        draw={"t": between(0.05, 0.95)},
        cases={
            "z is large": {"w": 5.0, "b": 0.7, "x": 2.5},
            "z is large and negative": {"w": -5.0, "b": -0.7, "x": 2.5},
            "x = 0": {"x": 0.0},
        },
    ),
    points=3,
    see="NB04.W2",
    mistakes=[
        RECIPROCAL_SIGN(_bars(reciprocal=lambda g, t5: g / t5**2)),
        RECIPROCAL_POWER(_bars(reciprocal=lambda g, t5: -g / t5)),
        RECIPROCAL_POWER(_bars(reciprocal=lambda g, t5: -g / t5**3)),
        RECIPROCAL_POWER(_bars(reciprocal=lambda g, t5: -g * t5**2)),
        EXP_OF_INPUT(_bars(exponential=lambda g, t3: g * t3)),
        EXP_MISSING(_bars(exponential=lambda g, t3: g)),
        NEGATION_LOST(_bars(negation=lambda g: g)),
        M06(_bars(target=lambda g: g)),
        M06.each(lambda g: -g),
        M07(_bars(square=lambda g, t6: g * t6)),
        M07(_bars(half=lambda g: g)),
        M07(_bars(half=lambda g: 2.0 * g)),
        M12(_bars(square=lambda g, t6: 2.0 * t6)),
        M12(_bars(reciprocal=lambda g, t5: -1.0 / t5**2)),
        M12(_bars(exponential=lambda g, t3: np.exp(t3))),
        M12(_bars(weight=lambda g, w, x: x, feature=lambda g, w, x: w)),
        M19(_bars(weight=lambda g, w, x: g * w, feature=lambda g, w, x: g * x)),
        BIAS_TIMES_INPUT(_bars(bias=lambda g, x: g * x)),
        INPUT_MISSING(_bars(weight=lambda g, w, x: g)),
    ],
)


def _five(x: Any) -> Any:
    return (x[0] + x[1]) * x[2] - x[3]


five_input_grads = Exercise(
    id="NB04.E04",
    answer="five_input_grads(x: (5,)) -> x_bar: (5,)",
    reference=cotangents_of(_five),
    instances=sizes(),
    points=1,
    see="NB04.W3",
    mistakes=[
        M19(lambda x: np.array([x[0], x[1], x[2], -1.0, 0.0])),
        M19(lambda x: np.array([x[0] + x[1], x[0] + x[1], x[2], -1.0, 0.0])),
        M06(lambda x: np.array([x[2], x[2], x[0] + x[1], 1.0, 0.0])),
        M06.each(lambda g: -g),
        M10(lambda x: np.array([x[2], x[2], x[0], -1.0, 0.0])),
        M10(lambda x: np.array([x[2], x[2], x[1], -1.0, 0.0])),
        M12(lambda x: np.array([1.0, 1.0, x[0] + x[1], -1.0, 0.0])),
        M34(lambda x: np.array([x[0] + x[1], x[2], x[2], -1.0, 0.0])),
        UNUSED_IS_MISSING(lambda x: np.array([x[2], x[2], x[0] + x[1], -1.0, np.nan])),
        UNUSED_IS_MISSING(lambda x: np.array([x[2], x[2], x[0] + x[1], -1.0])),
        UNUSED_IS_ONE(lambda x: np.array([x[2], x[2], x[0] + x[1], -1.0, 1.0])),
        UNUSED_IS_ONE(lambda x: np.array([x[2], x[2], x[0] + x[1], -1.0, x[4]])),
    ],
)


EVERY_PAIR = Kind(
    "every-pair",
    "every prediction is compared with every target",
    "The errors form an array of shape (N, N), and the sums run over all of it.",
    "A column and a row are broadcast against each other.",
    "A column of predictions less a row of targets is a table of all pairs. Give both one shape before one "
    "is taken off the other.",
    "NB04.W5",
)


def _every_pair(share: Any) -> Any:
    """Return the gradients from the table of all pairs, each pair with a share of the mean."""

    def l2_regression_grads(w: Any, b: Any, X: Any, y: Any, lam: Any) -> Any:
        table = ((X @ w + b)[:, None] - y) * share(len(y))
        return (X.T @ table).sum(axis=1) + lam * w, table.sum()

    return l2_regression_grads


def _loss(w: Any, b: Any, X: Any, y: Any, lam: Any) -> Any:
    return np.mean((X @ w + b - y) ** 2) / 2.0 + lam / 2.0 * np.sum(w**2)


def _grads(
    error: Any = lambda e: e,
    data: Any = lambda g, N: g,
    bias: Any = lambda g, N: g,
    penalty: Any = lambda w, lam: lam * w,
    on_bias: Any = lambda b, lam: 0.0,
) -> Any:
    """Return the two gradients, or those of someone who has one step wrong."""

    def l2_regression_grads(w: Any, b: Any, X: Any, y: Any, lam: Any) -> Any:
        N = len(y)
        e = error(X @ w + b - y)
        return data(X.T @ e / N, N) + penalty(w, lam), bias(np.mean(e), N) + on_bias(b, lam)

    return l2_regression_grads


def _of_one_example(i: int, w: Any, b: Any, X: Any, y: Any, lam: Any) -> Any:
    """Return the gradients of someone whose loop overwrites: one example's share, and the penalty."""
    share = (X[i] @ w + b - y[i]) / len(y)
    return share * X[i] + lam * w, share


l2_regression_grads = Exercise(
    id="NB04.E07",
    answer="l2_regression_grads(w: (d,), b, X: (N, d), y: (N,), lam) -> w_bar: (d,), b_bar",
    reference=cotangents_of(_loss),
    instances=sizes(
        N=(1, 6),
        d=4,
        draw={"lam": between(0.1, 0.9)},
        cases={"lam = 0": {"lam": 0.0}, "lam is large": {"lam": 250.0}},
    ),
    points=3,
    see="NB04.W5",
    mistakes=[
        M18(_grads(penalty=lambda w, lam: 0.0)),
        M18(_grads(penalty=lambda w, lam: 2.0 * lam * w)),
        M18(_grads(penalty=lambda w, lam: 0.5 * lam * w)),
        M18(_grads(penalty=lambda w, lam: lam * np.sum(w))),
        M18(_grads(penalty=lambda w, lam: 0.5 * lam * np.sum(w**2))),
        M18(_grads(penalty=lambda w, lam: w)),
        M18(_grads(on_bias=lambda b, lam: lam * b)),
        M18(
            lambda w, b, X, y, lam: (_grads()(w, b, X, y, 0.0)[0] + lam * w / len(y), np.mean(X @ w + b - y))
        ),
        M03(lambda w, b, X, y, lam: (_grads()(w, b, X, y, lam)[0], X @ w + b - y)),
        M03(lambda w, b, X, y, lam: (_grads()(w, b, X, y, lam)[0], (X @ w + b - y) / len(y))),
        (M03 & M04)(lambda w, b, X, y, lam: (X.T @ (X @ w + b - y) + lam * w, X @ w + b - y)),
        M10(_grads(data=lambda g, N: 0.0)),
        M10(lambda w, b, X, y, lam: _of_one_example(-1, w, b, X, y, lam)),
        M10(lambda w, b, X, y, lam: _of_one_example(0, w, b, X, y, lam)),
        M04(_grads(data=lambda g, N: N * g, bias=lambda g, N: N * g)),
        M04(_grads(bias=lambda g, N: N * g)),
        M04(_grads(data=lambda g, N: N * g)),
        M05(_grads(data=lambda g, N: g / N, bias=lambda g, N: g / N)),
        M05(_grads(data=lambda g, N: g / N)),
        M06(_grads(error=lambda e: -e)),
        (M04 & M06)(_grads(error=lambda e: -e, data=lambda g, N: N * g, bias=lambda g, N: N * g)),
        M06(_grads(penalty=lambda w, lam: -lam * w)),
        M06.each(lambda g: -g),
        M07(_grads(error=lambda e: 2.0 * e)),
        M07(_grads(error=lambda e: 0.5 * e)),
        M01(lambda w, b, X, y, lam: (X @ (X @ w + b - y) / len(y) + lam * w, np.mean(X @ w + b - y))),
        M12(_grads(error=lambda e: np.ones_like(e))),
        M20(lambda w, b, X, y, lam: (np.mean(X * (X @ w + b - y)[:, None], axis=1), np.mean(X @ w + b - y))),
        M32(lambda w, b, X, y, lam: (np.sum(_grads()(w, b, X, y, lam)[0]), np.mean(X @ w + b - y))),
        M34(lambda w, b, X, y, lam: _grads()(w, b, X, y, lam)[::-1]),
        EVERY_PAIR(_every_pair(lambda N: 1.0 / N)),
        EVERY_PAIR(_every_pair(lambda N: 1.0 / N**2)),
        EVERY_PAIR(_every_pair(lambda N: 1.0)),
    ],
)
