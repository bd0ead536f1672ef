"""NB10: the error of a gradient, and how to test one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import Kind
from ..reference import values_of

ABSOLUTE = Kind(
    "absolute-error",
    "an absolute error is taken where a relative one is asked for",
    "The result grows and shrinks with the unit in which the gradient is measured.",
    "A difference is not divided by the size of what is compared.",
    "A gradient of size one millionth that is half wrong is wrong. Divide each difference by the larger of "
    "the two sizes that were compared.",
    "NB10.W1",
)
ZERO_BY_ZERO = Kind(
    "zero-by-zero",
    "zero is divided by zero where both entries are 0",
    "The result is not a number where both arrays hold a 0 at one place.",
    "A special case of the division is not looked at.",
    "Two entries that are both 0 agree, so their error is 0. Say so before you divide.",
    "NB10.W1",
)
OTHER_DENOMINATOR = Kind(
    "other-denominator",
    "the difference is divided by something else than the larger of the two sizes",
    "The ratio to the right number is between a half and a few.",
    "The measure of size is another one than the exercise defines.",
    "Several definitions are in use. Here each difference is divided by the larger absolute value of the "
    "two entries.",
    "NB10.W1",
)
AVERAGED = Kind(
    "averaged",
    "the errors of the entries are averaged or added instead of the largest being taken",
    "A large error of one entry drowns among the others, or all of them add up.",
    "Another summary is taken.",
    "One wrong entry among a million is wrong. The largest error is what counts.",
    "NB10.W1",
)
NORMWISE = Kind(
    "norm-wise",
    "whole arrays are compared instead of entry by entry",
    "An error in a small entry does not show beside a large one.",
    "Sizes are added up before they are divided.",
    "Divide entry by entry, and take the largest quotient at the end. A norm lets large entries hide small "
    "ones.",
    "NB10.W1",
)
SIGN_KEPT = Kind(
    "sign-kept",
    "the difference keeps its sign, or sizes are compared without theirs",
    "Where the first number is the smaller one the error counts as negative, or opposite numbers as equal.",
    "An absolute value is missing, or is taken too early.",
    "Take the difference first, then its absolute value; the sizes below are absolute values of their own.",
    "NB10.W1",
)
FLOOR = Kind(
    "floor-below",
    "the denominator cannot become small",
    "Gradients of tiny scale are reported to agree.",
    "A constant is added to the denominator, or bounds it from below.",
    "A constant that avoids the division by 0 is a scale: everything far below it counts as equal. Treat "
    "the 0 by itself.",
    "NB10.W1",
)


def _relative(a: Any, b: Any, below: Any = np.maximum, above: Any = lambda a, b: abs(a - b)) -> Any:
    """Return the error of each entry, 0 where both are 0."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    size = below(abs(a), abs(b))
    both = (a == 0) & (b == 0)
    return np.where(both, 0.0, above(a, b) / np.where(size == 0, 1.0, size))


def _pair(scale: float, *shape: int, zeros: int = 0, one_zero: bool = False) -> Any:
    """Return a draw of two arrays that nearly agree, `zeros` entries 0 in both, one in one of them."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        a = scale * rng.uniform(0.5, 3.0, shape) * rng.choice((-1.0, 1.0), shape)
        b = a * (1.0 + 0.2 * rng.standard_normal(shape))
        a.flat[:zeros], b.flat[:zeros] = 0.0, 0.0
        if one_zero:
            b.flat[-1] = 0.0
        return {"a": a, "b": b}

    return draw


def _worst_is_small(scale: float, *shape: int, larger: str, sign: float) -> Any:
    """Return a draw of two arrays whose largest error is in their smallest entry: no other measure agrees."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        a = scale * rng.uniform(0.5, 3.0, shape) * rng.choice((-1.0, 1.0), shape)
        drawn = {"a": a, "b": a * (1.0 + rng.uniform(-0.3, 0.3, shape))}
        place = rng.integers(a.size)
        for name, values in drawn.items():
            values.flat[place] = sign * scale * (0.4 if name == larger else 0.4 * rng.uniform(0.4, 0.6))
        return drawn

    return draw


def _opposite(rng: np.random.Generator) -> dict[str, Any]:
    drawn = _pair(1.0, 5)(rng)
    return {**drawn, "b": -drawn["b"]}


def _whole(rng: np.random.Generator) -> dict[str, Any]:
    return {"a": rng.integers(1, 9, 6), "b": rng.integers(-9, 0, 6)}


relative_error = Exercise(
    id="NB10.E01",
    answer="relative_error(a, b) -> error",
    reference=values_of(lambda a, b: np.max(_relative(a, b))),
    instances=made(
        _worst_is_small(4.0, 5, 3, larger="b", sign=1.0),
        _worst_is_small(30.0, 7, larger="a", sign=1.0),
        both_are_zero_at_one_place=_pair(3.0, 6, zeros=1),
        both_are_zero_at_several_places=_pair(4.0, 3, 4, zeros=5),
        all_is_zero=_pair(1.0, 4, zeros=4),
        one_of_them_is_zero_at_one_place=_pair(3.0, 5, one_zero=True),
        the_numbers_are_of_size_1e_minus_9=_pair(1e-9, 6),
        the_numbers_are_of_size_1e_minus_12=_pair(1e-12, 6),
        the_numbers_are_of_size_1e_9=_pair(1e9, 6),
        they_have_opposite_signs=_opposite,
        they_are_integers=_whole,
        they_are_single_numbers=lambda rng: {"a": float(rng.uniform(1, 2)), "b": float(rng.uniform(3, 4))},
    ),
    points=1,
    see="NB10.W1",
    mistakes=[
        ABSOLUTE(lambda a, b: np.max(abs(a - b))),
        ABSOLUTE(lambda a, b: np.mean(abs(a - b))),
        ABSOLUTE(lambda a, b: np.linalg.norm(np.subtract(a, b))),
        ZERO_BY_ZERO(lambda a, b: np.max(np.divide(abs(a - b), np.maximum(abs(a), abs(b))))),
        OTHER_DENOMINATOR(lambda a, b: np.max(_relative(a, b, below=np.add))),
        OTHER_DENOMINATOR(lambda a, b: np.max(_relative(a, b, below=lambda a, b: (a + b) / 2.0))),
        OTHER_DENOMINATOR(lambda a, b: np.max(_relative(a, b, below=lambda a, b: a))),
        OTHER_DENOMINATOR(lambda a, b: np.max(_relative(a, b, below=lambda a, b: b))),
        OTHER_DENOMINATOR(lambda a, b: np.max(_relative(a, b, below=np.minimum))),
        AVERAGED(lambda a, b: np.mean(_relative(a, b))),
        AVERAGED(lambda a, b: np.sum(_relative(a, b))),
        AVERAGED(lambda a, b: np.median(_relative(a, b))),
        NORMWISE(lambda a, b: np.linalg.norm(a - b) / np.maximum(np.linalg.norm(a), np.linalg.norm(b))),
        NORMWISE(lambda a, b: np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))),
        NORMWISE(lambda a, b: np.max(abs(a - b)) / np.maximum(np.max(abs(a)), np.max(abs(b)))),
        SIGN_KEPT(lambda a, b: np.max(_relative(a, b, above=lambda a, b: a - b))),
        SIGN_KEPT(lambda a, b: np.max(_relative(a, b, above=lambda a, b: abs(abs(a) - abs(b))))),
        FLOOR(lambda a, b: np.max(_relative(a, b, below=lambda a, b: np.maximum(a, b) + 1e-8))),
        FLOOR(lambda a, b: np.max(_relative(a, b, below=lambda a, b: np.maximum(np.maximum(a, b), 1e-8)))),
        FLOOR(lambda a, b: np.max(_relative(a, b, below=lambda a, b: np.maximum(np.maximum(a, b), 1.0)))),
    ],
)
