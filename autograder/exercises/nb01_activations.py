"""NB01.E03: activations by name, each scored by itself, and at large inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M06, M27, M28, Kind
from ..probes.common import QUIET
from ..reference import values_of

OTHER_SIDE = Kind(
    "other-side",
    "the two sides of the kink are exchanged",
    "Positive inputs get what negative ones should get, and the other way round.",
    "A condition is the wrong way round.",
    "These activations pass a positive input as it is; what is special happens where the input is negative.",
    "NB01.W2",
)
SETTING_IGNORED = Kind(
    "setting-ignored",
    "the setting that is given is not used",
    "The numbers are those of the usual setting.",
    "An argument is left out.",
    "The slope and alpha have usual values, but the caller may give others.",
    "NB01.W2",
)
CUT_AT_ZERO = Kind(
    "cut-at-zero",
    "negative inputs are cut to zero",
    "The numbers are those of a ReLU.",
    "A part of the definition is left out.",
    "What this activation adds to the ReLU is what it does with negative inputs.",
    "NB01.W2",
)
SMALLER_ONE = Kind(
    "smaller-one",
    "the smaller or the sum of the two values is taken, not the larger",
    "The numbers are not the larger of each pair.",
    "One operation stands in place of another.",
    "A maxout unit passes on the larger of its two values, entry by entry.",
    "NB01.W2",
)
ONE_FOR_ALL = Kind(
    "one-for-all",
    "one number is taken for the whole array",
    "Every entry is the same.",
    "A maximum runs over an axis instead of a pair.",
    "The two arrays are compared entry by entry; the result has their shape.",
    "NB01.W2",
)


def _sigmoid(x: Any) -> Any:
    return np.where(x >= 0, 1.0, np.exp(-np.abs(x))) / (1.0 + np.exp(-np.abs(x)))


def _elu(x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0.0)))


_RIGHT: dict[str, Any] = {
    "sigmoid": lambda x: _sigmoid(x),
    "tanh": lambda x: np.tanh(x),
    "relu": lambda x: np.maximum(x, 0.0),
    "leaky_relu": lambda x, slope=0.01: np.where(x > 0, x, slope * x),
    "elu": lambda x, alpha=1.0: _elu(x, alpha),
    "maxout": lambda x: np.maximum(*x),
}


def _into_the_same_dtype(x: Any, right: Any) -> Any:
    """Return the right numbers written into an array like x: integers are cut."""
    out = np.zeros_like(x)
    out[...] = right
    return out


_SLIPS: dict[str, list[Any]] = {
    "sigmoid": [
        M06(lambda name, x: _sigmoid(-x)),
        M28(lambda name, x: _into_the_same_dtype(x, _sigmoid(x))),
    ],
    "tanh": [M06(lambda name, x: np.tanh(-x)), M28(lambda name, x: _into_the_same_dtype(x, np.tanh(x)))],
    "relu": [
        M06(lambda name, x: np.maximum(-x, 0.0)),
        OTHER_SIDE(lambda name, x: np.minimum(x, 0.0)),
    ],
    "leaky_relu": [
        OTHER_SIDE(lambda name, x, slope=0.01: np.where(x > 0, slope * x, x)),
        SETTING_IGNORED(lambda name, x, slope=0.01: np.where(x > 0, x, 0.01 * x)),
        CUT_AT_ZERO(lambda name, x, slope=0.01: np.maximum(x, 0.0)),
        M06(lambda name, x, slope=0.01: np.where(x > 0, x, -slope * x)),
        M28(lambda name, x, slope=0.01: _into_the_same_dtype(x, np.where(x > 0, x, slope * x))),
    ],
    "elu": [
        OTHER_SIDE(lambda name, x, alpha=1.0: np.where(x > 0, alpha * np.expm1(x), x)),
        SETTING_IGNORED(lambda name, x, alpha=1.0: _elu(x, 1.0)),
        CUT_AT_ZERO(lambda name, x, alpha=1.0: np.maximum(x, 0.0)),
        M06(lambda name, x, alpha=1.0: np.where(x > 0, x, -alpha * np.expm1(np.minimum(x, 0.0)))),
        M28(lambda name, x, alpha=1.0: _into_the_same_dtype(x, _elu(x, alpha))),
    ],
    "maxout": [
        SMALLER_ONE(lambda name, x: np.minimum(*x)),
        SMALLER_ONE(lambda name, x: x[0] + x[1]),
        ONE_FOR_ALL(lambda name, x: np.full(np.shape(x[0]), np.max(x))),
    ],
}

# What a case sets apart from the usual draw. 0 and both signs are in every one.
_SHAPES: dict[str, Any] = {
    "x has one axis and holds integers": lambda rng: np.append(rng.integers(-3, 4, 5), [0, 1, -1]),
    "x has two axes and holds integers": lambda rng: np.append(rng.integers(-3, 4, 9), [0, 2, -2]).reshape(
        3, 4
    ),
    "x is one number": lambda rng: np.array(rng.uniform(-2, -1)),
    "x has three axes": lambda rng: rng.standard_normal((2, 3, 2)),
    "x is zero in some places": lambda rng: np.append(rng.standard_normal(3), [0.0, 0.0]),
}
_SETTINGS = {"leaky_relu": "slope", "elu": "alpha"}


def _piece(name: str) -> Piece:
    setting = _SETTINGS.get(name)
    pairs = name == "maxout"

    def x(rng: np.random.Generator, N: int, d: int) -> Any:
        return tuple(rng.standard_normal((2, N, d))) if pairs else rng.standard_normal((N, d))

    def settings(rng: np.random.Generator) -> dict[str, float]:
        # As floats that single precision holds too.
        return {setting: float(np.float32(rng.uniform(0.2, 0.7)))} if setting else {}

    def case(draw: Any) -> dict[str, Any]:
        return {"x": (lambda rng: (draw(rng), draw(rng))) if pairs else draw}

    cases = {label: case(draw) for label, draw in _SHAPES.items()}
    if setting:
        cases[f"{setting} is not given"] = {"settings": {}}
    return Piece(
        answer="activation(name, x, slope, alpha) -> y",
        probe=f"nb01.activated(name, x: (N, d), settings) -> {name}: (N, d)",
        reference=values_of(lambda x, settings: _RIGHT[name](x, **settings)),
        instances=sizes(N=5, d=3, draw={"name": lambda: name, "x": x, "settings": settings}, cases=cases),
        mistakes=_SLIPS[name],
    )


def _naive(name: str, x: Any, slope: float = 0.01, alpha: float = 1.0) -> Any:
    """Overflow, as the formula on paper does."""
    if name == "sigmoid":
        return 1.0 / (1.0 + np.exp(-x))
    if name == "tanh":
        return (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
    return np.where(x > 0, x, alpha * (np.exp(x) - 1.0))


def _far_out(rng: np.random.Generator, n: int) -> Any:
    return np.append(rng.uniform(-30, 30, n - 4), [1000.0, -1000.0, 800.0, -800.0])


activation = Exercise(
    id="NB01.E03",
    points=3,
    see="NB01.W2",
    shares={f"{name}_{what}": 0.5 for name in ("sigmoid", "tanh", "elu") for what in ("at_1000", "warning")},
    pieces=[
        *map(_piece, _RIGHT),
        Piece(
            answer="activation(name, x, slope, alpha) -> y",
            probe="nb01.activated_calmly(x: (n,)) -> "
            "sigmoid_at_1000: (n,), sigmoid_warning, tanh_at_1000: (n,), tanh_warning, elu_at_1000: (n,), "
            "elu_warning",
            reference=values_of(
                lambda x: {
                    **{f"{name}_at_1000": _RIGHT[name](x) for name in ("sigmoid", "tanh", "elu")},
                    **{f"{name}_warning": QUIET for name in ("sigmoid", "tanh", "elu")},
                }
            ),
            instances=sizes(n=9, second={"n": 7}, draw={"x": _far_out}, without=["zeros", "float32"]),
            mistakes=[M27(_naive)],
        ),
    ],
)
