"""NB07, continued: elementary functions as operations on Tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._mistake import Mistake
from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M06, M08, M09, M10, M12, Kind
from ..reference import answered_by, cotangents_of
from .nb07 import LOCAL_MISSING, READ_TOO_EARLY, binary_pieces, operation

WRONG_PLACE = Kind(
    "wrong-place",
    "the local derivative is taken at the wrong place",
    "The numbers are those one gets with the output put where the input belongs, or the other way round.",
    "Input and output of an operation are confused.",
    "Some slopes are short in terms of the output, others in terms of the input. Write down which of the two "
    "your formula speaks of, and hand it that one.",
    "NB07.W2",
)
ANOTHER_SLOPE = Kind(
    "another-slope",
    "the slope belongs to another function",
    "The numbers are right for a function that looks alike.",
    "Two derivatives are mixed up.",
    "Sigmoid and tanh both have slopes that are short in terms of the output, but not the same one. Derive "
    "it once more for this function.",
    "NB07.W2",
)
POWER_RULE = Kind(
    "power-rule",
    "the power rule is not complete",
    "The factor in front is missing, or the exponent is not lowered by one.",
    "One of the two steps of the power rule is missing.",
    "The exponent comes down as a factor, and it is one less on the variable.",
    "NB07.W2",
)
QUOTIENT_RULE = Kind(
    "quotient-rule",
    "the slope of a quotient is not complete",
    "A factor is missing or stands in the wrong place: one of the two numbers, or a square.",
    "The local derivative of a quotient is taken for something simpler.",
    "A quotient is a product with one over its denominator. Moving the numerator is scaled by that; moving "
    "the denominator by the numerator and the square of that, with a minus sign.",
    "NB07.W2",
)


def _squash(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _positive(rng: np.random.Generator, n: int, k: int) -> Any:
    return rng.uniform(0.3, 2.5, (n, k))


def _unary_piece(
    name: str, forward: Any, rule: Any, mistakes: Sequence[Mistake], *, positive: bool = False
) -> Piece:
    shape = "(n, k)"
    return Piece(
        answer=f"{name}(x)",
        uses=("Tensor",),
        probe=f"nb07.unary(x: {shape}, g: {shape}, before: {shape}) -> {name}_value: {shape}, "
        f"{name}_x: {shape}",
        reference=answered_by(operation(forward, rule)),
        instances=sizes(
            n=4,
            k=3,
            draw={"x": _positive} if positive else {},
            without=("zeros",) if positive else (),
        ),
        mistakes=[
            *mistakes,
            M10(operation(forward, rule, accumulate=False)),
            M12(operation(forward, lambda g, y, x: rule(np.ones_like(g), y, x))),
            READ_TOO_EARLY(operation(forward, lambda g, y, x: 0.0 * g)),
        ],
    )


def _power(rule: Any, **settings: Any) -> Any:
    return lambda x, n: operation(lambda v: v**n, lambda g, y, v: rule(g, v, n), **settings)(x)


def _right_power(g: Any, x: Any, n: Any) -> Any:
    return g * n * x ** (n - 1)


_POWER = Piece(
    answer="pow(x, n)",
    uses=("Tensor",),
    probe="nb07.powers(x: (n, k), exponent, g: (n, k), before: (n, k)) -> pow_value: (n, k), pow_x: (n, k)",
    reference=answered_by(_power(_right_power)),
    instances=sizes(
        n=4,
        k=3,
        draw={"x": _positive, "exponent": lambda rng: float(rng.uniform(2.2, 3.8))},
        cases={
            "the exponent is 2 and x of both signs": {
                "exponent": 2,
                "x": lambda rng, n, k: rng.standard_normal((n, k)),
            },
            "the exponent is negative": {"exponent": -1},
            "the exponent is 0.5": {"exponent": 0.5},
        },
        without=("zeros",),
    ),
    mistakes=[
        POWER_RULE(_power(lambda g, x, n: g * n * x**n)),
        POWER_RULE(_power(lambda g, x, n: g * x ** (n - 1))),
        POWER_RULE(_power(lambda g, x, n: g * (n - 1) * x ** (n - 1))),
        POWER_RULE(_power(lambda g, x, n: g * (n - 1) * x**n)),
        POWER_RULE(_power(lambda g, x, n: g * n * x)),
        LOCAL_MISSING(_power(lambda g, x, n: g)),
        ANOTHER_SLOPE(_power(lambda g, x, n: g * x**n * np.log(x))),
        M10(_power(_right_power, accumulate=False)),
        M12(_power(lambda g, x, n: n * x ** (n - 1))),
        READ_TOO_EARLY(_power(lambda g, x, n: 0.0 * g)),
    ],
)


def _unary_mistakes(kind: Kind, forward: Any, *rules: Any) -> list[Mistake]:
    return [kind(operation(forward, rule)) for rule in rules]


def _binary_mistakes(kind: Kind, forward: Any, *rules: Any) -> list[Mistake]:
    return [kind(operation(forward, *pair)) for pair in rules]


def _joined(x: Any, y: Any) -> Any:
    squashed = 1.0 / (1.0 + np.exp(x - y))
    return np.exp(-squashed) - np.tanh(x) / y**2


_ALL = "neg(x); sub(a, b); pow(x, n); exp(x); log(x); sigmoid(x); tanh(x); div(a, b)"

functions = Exercise(
    id="NB07.E05",
    points=4,
    see="NB07.W2",
    pieces=[
        _unary_piece(
            "neg", np.negative, lambda g, y, x: -g, _unary_mistakes(M06, np.negative, lambda g, y, x: g)
        ),
        *binary_pieces(
            "sub",
            np.subtract,
            lambda g, y, a, b: g,
            lambda g, y, a, b: -g,
            [
                *_binary_mistakes(
                    M06,
                    np.subtract,
                    (lambda g, y, a, b: g, lambda g, y, a, b: g),
                    (lambda g, y, a, b: -g, lambda g, y, a, b: g),
                    (lambda g, y, a, b: -g, lambda g, y, a, b: -g),
                ),
                M12(operation(np.subtract, lambda g, y, a, b: 0 * g + 1, lambda g, y, a, b: 0 * g - 1)),
            ],
        ),
        _POWER,
        _unary_piece(
            "exp",
            np.exp,
            lambda g, y, x: g * y,
            [
                *_unary_mistakes(WRONG_PLACE, np.exp, lambda g, y, x: g * x, lambda g, y, x: g * np.exp(y)),
                *_unary_mistakes(LOCAL_MISSING, np.exp, lambda g, y, x: g),
                *_unary_mistakes(POWER_RULE, np.exp, lambda g, y, x: g * x * np.exp(x - 1)),
            ],
        ),
        _unary_piece(
            "log",
            np.log,
            lambda g, y, x: g / x,
            [
                *_unary_mistakes(WRONG_PLACE, np.log, lambda g, y, x: g / y),
                *_unary_mistakes(LOCAL_MISSING, np.log, lambda g, y, x: g),
                *_unary_mistakes(ANOTHER_SLOPE, np.log, lambda g, y, x: g * x, lambda g, y, x: g * np.exp(x)),
            ],
            positive=True,
        ),
        _unary_piece(
            "sigmoid",
            _squash,
            lambda g, y, x: g * y * (1 - y),
            [
                *_unary_mistakes(M08, _squash, lambda g, y, x: g * _squash(y) * (1 - _squash(y))),
                *_unary_mistakes(M09, _squash, lambda g, y, x: g, lambda g, y, x: g * (y * (1 - y)) ** 2),
                *_unary_mistakes(WRONG_PLACE, _squash, lambda g, y, x: g * x * (1 - x)),
                *_unary_mistakes(
                    ANOTHER_SLOPE,
                    _squash,
                    lambda g, y, x: g * (1 - y**2),
                    lambda g, y, x: g * (1 - y),
                    lambda g, y, x: g * y,
                ),
            ],
        ),
        _unary_piece(
            "tanh",
            np.tanh,
            lambda g, y, x: g * (1 - y**2),
            [
                *_unary_mistakes(M08, np.tanh, lambda g, y, x: g * (1 - np.tanh(y) ** 2)),
                *_unary_mistakes(M09, np.tanh, lambda g, y, x: g, lambda g, y, x: g * (1 - y**2) ** 2),
                *_unary_mistakes(WRONG_PLACE, np.tanh, lambda g, y, x: g * (1 - x**2)),
                *_unary_mistakes(
                    ANOTHER_SLOPE, np.tanh, lambda g, y, x: g * y * (1 - y), lambda g, y, x: g * (1 - y)
                ),
            ],
        ),
        *binary_pieces(
            "div",
            np.divide,
            lambda g, y, a, b: g / b,
            lambda g, y, a, b: -g * a / b**2,
            [
                M06(operation(np.divide, lambda g, y, a, b: g / b, lambda g, y, a, b: g * a / b**2)),
                *_binary_mistakes(
                    QUOTIENT_RULE,
                    np.divide,
                    (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * a / b),
                    (lambda g, y, a, b: g / b, lambda g, y, a, b: -g / b**2),
                    (lambda g, y, a, b: g / b, lambda g, y, a, b: g / a),
                    (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
                    (lambda g, y, a, b: g, lambda g, y, a, b: -g * a / b**2),
                    (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * b / a**2),
                ),
                LOCAL_MISSING(operation(np.divide, *[lambda g, y, a, b: g] * 2)),
                M12(operation(np.divide, lambda g, y, a, b: 1 / b, lambda g, y, a, b: -a / b**2)),
            ],
        ),
        Piece(
            answer=_ALL,
            uses=("Tensor",),
            probe="nb07.composite(x: (n, k), y: (n, k), g: (n, k)) "
            "-> composite_x: (n, k), composite_y: (n, k)",
            reference=cotangents_of(_joined, composite_x="x", composite_y="y"),
            instances=sizes(n=4, k=3, draw={"y": _positive}, without=("zeros",)),
        ),
    ],
)
