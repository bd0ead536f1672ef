"""NB09: the backward passes of five activations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop_course import elu, leaky_relu, relu

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M06, M08, M09, M10, M12, M15, M16, M17, Kind, Mistake
from ..reference import cotangents_of

VALUE_FOR_SLOPE = Kind(
    "activation-for-slope",
    "the value of the activation is used in place of its slope",
    "The numbers are the activation itself, times what arrives.",
    "A value stands where a derivative belongs.",
    "Backward each entry is scaled by how steep the activation is at that point, not by how high.",
    "NB09.W3",
)
SQUARE_MISSING = Kind(
    "square-missing",
    "the square is missing in the slope of tanh",
    "The numbers have 1 - y where 1 - y squared belongs.",
    "A local derivative is remembered wrongly.",
    "The slope of tanh is 1 minus the square of its output: symmetric, and never negative.",
    "NB09.W3",
)
SIGMOID_SLOPE = Kind(
    "sigmoid-slope",
    "the slope of the sigmoid is used where a tanh stands",
    "The slope in the numbers is y (1 - y).",
    "The local derivative belongs to another function.",
    "Each squashing function has its own slope in terms of its output. That of tanh is 1 at the middle.",
    "NB09.W3",
)
INPUT_AS_OUTPUT = Kind(
    "input-as-output",
    "the slope is written for the output, and handed the input",
    "The slope grows without bound for large inputs.",
    "A formula is used with another variable than it was made for.",
    "A slope that is written in terms of the output y needs y. Here x arrives; compute y first.",
    "NB09.W3",
)
LEAK_MISSING = Kind(
    "leak-missing",
    "nothing passes where the input is negative",
    "The numbers are 0 where the input is negative: those of an ordinary ReLU.",
    "One side of a kink is forgotten.",
    "This activation has a slope on its negative side too: that is what it was made for.",
    "NB09.W3",
)
SIDES_EXCHANGED = Kind(
    "sides-exchanged",
    "positive inputs get the rule for negative ones",
    "The numbers for positive inputs stand at negative ones.",
    "A comparison points the wrong way.",
    "Positive inputs pass unchanged; the other rule is for negative ones.",
    "NB09.W3",
)
LOSER_PASSES = Kind(
    "smaller-one-wins",
    "the smaller of the two inputs gets the gradient",
    "The zeros stand exactly where the numbers belong.",
    "A comparison points the wrong way.",
    "Only the larger input reaches the output; only it gets what arrives there.",
    "NB09.W3",
)
ZERO_FOR_RIVAL = Kind(
    "zero-for-rival",
    "each input is compared with 0 instead of with the other one",
    "The masks are those of two ReLUs.",
    "A comparison has the wrong partner.",
    "Maxout passes the larger of its inputs, whatever its sign.",
    "NB09.W3",
)


def _piece(
    name: str,
    forward: Callable[..., Any],
    slope: Callable[..., Any],
    mistakes: Sequence[Mistake],
    **more: Any,
) -> Piece:
    """Return what is asked of one activation of an array; `slope` is the right one, for mistakes."""
    part = f"{name}_dx"
    common = [
        M12(lambda x: slope(x)),
        M06.each(lambda g: -g),
        M09(lambda g: g),
        M09(lambda x, g: g * slope(x) ** 2) if name != "relu" else None,
    ]
    return Piece(
        answer=f"activation_backward(name, x: (n, k), g: (n, k)) -> {part}: (n, k)",
        reference=cotangents_of(lambda name, x: forward(x), **{part: "x"}),
        instances=sizes(
            n=(1, 5),
            k=4,
            draw={"name": lambda: name},
            cases={
                "x has one axis": {"x": _shaped(7), "g": _shaped(7)},
                "x has three axes": {"x": _shaped(3, 2, 5), "g": _shaped(3, 2, 5)},
                "x is large": {"x": lambda rng, n, k: 8.0 * rng.standard_normal((n, k))},
                "x is 0": {"x": lambda n, k: np.zeros((n, k))},
            },
        ),
        mistakes=[*filter(None, common), *mistakes],
        **more,
    )


def _shaped(*shape: int) -> Any:
    return lambda rng: rng.standard_normal(shape)


def _elu_slope(x: Any) -> Any:
    return np.where(x > 0, 1.0, np.exp(np.minimum(x, 0.0)))


def _leaky_slope(x: Any) -> Any:
    return np.where(x > 0, 1.0, 0.01)


def _tanh_slope(x: Any) -> Any:
    return 1.0 - np.tanh(x) ** 2


maxout = Piece(
    answer="activation_backward(name, x, g)",
    probe="nb09.of_a_pair(a: (n, k), b: (n, k), g: (n, k)) -> maxout_da: (n, k), maxout_db: (n, k)",
    reference=cotangents_of(lambda a, b: np.maximum(a, b), maxout_da="a", maxout_db="b"),
    instances=sizes(n=(1, 5), k=4, without=("zeros",)),  # a tie has no derivative
    mistakes=[
        M12.parts(lambda a, b: (1.0 * (a > b), 1.0 * (b > a))),
        M06.each(lambda g: -g),
        M09.parts(lambda g: (g, g)),
        M10.parts(lambda a, b, g: (g * (a > b), 0.0 * g)),
        M10.parts(lambda a, b, g: (0.0 * g, g * (b > a))),
        M15.parts(lambda g: (g * (g > 0), g * (g < 0))),
        LOSER_PASSES.parts(lambda a, b, g: (g * (a < b), g * (b < a))),
        VALUE_FOR_SLOPE.parts(lambda a, b, g: (g * a * (a > b), g * b * (b > a))),
        ZERO_FOR_RIVAL.parts(lambda a, b, g: (g * (a > 0), g * (b > 0))),
    ],
)

activation_backward = Exercise(
    id="NB09.E02",
    points=3,
    see="NB09.W3",
    pieces=[
        _piece(
            "tanh",
            np.tanh,
            _tanh_slope,
            [
                M08(lambda x, g: g * _tanh_slope(np.tanh(x))),
                (M08 & M12)(lambda x: _tanh_slope(np.tanh(x))),
                SQUARE_MISSING(lambda x, g: g * (1.0 - np.tanh(x))),
                SIGMOID_SLOPE(lambda x, g: g * np.tanh(x) * (1.0 - np.tanh(x))),
                INPUT_AS_OUTPUT(lambda x, g: g * (1.0 - x**2)),
                VALUE_FOR_SLOPE(lambda x, g: g * np.tanh(x)),
            ],
        ),
        _piece(
            "relu",
            relu,
            lambda x: 1.0 * (x > 0),
            [
                M15(lambda g: g * (g > 0)),
                M15(lambda x, g: g * (g > 0) * (x > 0)),
                M16(lambda x, g: g * (x >= 0)),
                M17(lambda x, g: g * x * (x > 0)),
                M17(lambda x, g: g * x),
                SIDES_EXCHANGED(lambda x, g: g * (x < 0)),
            ],
        ),
        _piece(
            "leaky_relu",
            leaky_relu,
            _leaky_slope,
            [
                M15(lambda g: g * _leaky_slope(g)),
                M16(lambda x, g: g * np.where(x >= 0, 1.0, 0.01)),
                M17(lambda x, g: g * x * _leaky_slope(x)),
                LEAK_MISSING(lambda x, g: g * (x > 0)),
                SIDES_EXCHANGED(lambda x, g: g * np.where(x > 0, 0.01, 1.0)),
            ],
        ),
        _piece(
            "elu",
            elu,
            _elu_slope,
            [
                M08(lambda x, g: g * _elu_slope(np.where(x > 0, x, np.exp(x) - 1.0))),
                M15(lambda g: g * _elu_slope(g)),
                VALUE_FOR_SLOPE(lambda x, g: g * np.where(x > 0, 1.0, np.exp(x) - 1.0)),
                VALUE_FOR_SLOPE(lambda x, g: g * np.where(x > 0, x, np.exp(x) - 1.0)),
                INPUT_AS_OUTPUT(lambda x, g: g * np.where(x > 0, 1.0, x + 1.0)),
                LEAK_MISSING(lambda x, g: g * (x > 0)),
                SIDES_EXCHANGED(lambda x, g: g * np.where(x > 0, np.exp(x), 1.0)),
            ],
        ),
        maxout,
    ],
)
