"""NB09: initial weights and dropout, judged by what their draws are spread like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M02, M06, M12, M22, Kind, Mistake
from ..reference import answered_by, values_of
from .nb09_batches import OWN_CHANCE

VARIANCE_AS_SPREAD = Kind(
    "variance-as-spread",
    "the variance is handed over where the standard deviation is asked for",
    "The spread of the weights is the square of what it should be.",
    "A square root is missing.",
    "A generator's normal draw takes the standard deviation. The rules of initialisation name the variance.",
    "NB09.W5",
)
FANS_EXCHANGED = Kind(
    "fans-exchanged",
    "the number of outputs stands where the number of inputs belongs",
    "The variance would be right for the transposed layer.",
    "Two sizes are exchanged.",
    "A unit adds up as many terms as it has inputs, so it is the inputs that make its sum grow.",
    "NB09.W5",
)
FACTOR_OF_INIT = Kind(
    "factor-of-init",
    "the variance has another constant factor than the rule",
    "The variance is off by a constant factor.",
    "A factor of the rule is missing, or belongs to another rule.",
    "Kaiming's rule has a 2 because a ReLU drops half of what arrives; Xavier's takes the mean of both fans.",
    "NB09.W5",
)
NOT_SCALED = Kind(
    "not-scaled",
    "the weights are spread the same, however wide the layer is",
    "The variance does not know the sizes of the layer, or is not the small one that is asked for.",
    "A scale is left out of the rule.",
    "Standard normal weights are far too large for a wide layer. Scale them by what the rule says.",
    "NB09.W5",
)
UNIFORM_BOUND = Kind(
    "uniform-bound",
    "the bound of a uniform draw is taken for its standard deviation",
    "The variance is a third of what it should be.",
    "A spread is measured in another way.",
    "Uniform numbers up to a bound have a third of the bound's square as their variance.",
    "NB09.W5",
)
NOT_ZERO = Kind(
    "not-zero",
    "something else than zeros is returned where zeros are asked for",
    "The mean of the weights is not 0, and they do not vary.",
    "A kind of initialisation is taken for another.",
    "Zeros are one of the kinds that can be asked for: as a start they are bad, and that is what one wants "
    "to see.",
    "NB09.W5",
)
UNITS_ALIKE = Kind(
    "units-alike",
    "all units start with the same weights",
    "The columns of the weights are equal.",
    "Chance is missing between the units.",
    "Units with equal weights get equal gradients and stay equal for ever. Every single weight is drawn by "
    "itself.",
    "NB09.W5",
)
ONE_SIDED = Kind(
    "one-sided-weights",
    "the weights are all on one side of zero",
    "The mean of the weights is not near zero.",
    "A draw between 0 and 1 takes the place of one around 0.",
    "Weights start around zero, with both signs.",
    "NB09.W5",
)
RATES_EXCHANGED = Kind(
    "rates-exchanged",
    "p is used as the probability to keep",
    "As many entries survive as should be dropped.",
    "A comparison points the wrong way.",
    "Here p says how many are dropped. The survivors are a share of 1 - p, and their scale makes up for "
    "that.",
    "NB09.W6",
)
UNIT_OF_DROPOUT = Kind(
    "whole-columns-dropped",
    "whole rows or columns are dropped together",
    "The mask repeats along an axis.",
    "Fewer numbers are drawn than there are entries.",
    "Every entry of every example has a draw of its own.",
    "NB09.W6",
)
MASK_BESIDE_OUTPUT = Kind(
    "mask-without-its-scale",
    "the mask that is returned is not what the input was multiplied by",
    "Output and mask do not agree.",
    "What is kept for the backward pass is not what the forward pass used.",
    "Return the very factors that the input was multiplied by, scale included: the backward pass uses "
    "nothing else.",
    "NB09.W6",
)

Rng = np.random.Generator


def _variance(kind: str, fan_in: int, fan_out: int) -> float:
    return {"normal": 1e-4, "xavier": 2.0 / (fan_in + fan_out), "kaiming": 2.0 / fan_in}[kind]


def _init(spread: Callable[[float, int, int], float] | None = None, draw: Any = None) -> Any:
    """Return a drawing of weights; `spread` from variance and fans, `draw` from generator, spread, shape."""

    def init_weights(kind: str, fan_in: int, fan_out: int, rng: Rng) -> Any:
        if kind == "zeros":
            return np.zeros((fan_in, fan_out))
        variance = _variance(kind, fan_in, fan_out)
        std = spread(variance, fan_in, fan_out) if spread else np.sqrt(variance)
        return draw(rng, std, (fan_in, fan_out)) if draw else rng.normal(0.0, std, (fan_in, fan_out))

    return init_weights


_PARTS = ("shape", "mean", "variance", "units_differ", "next_draw_differs", "same_seed_same_weights")


def _layer(kind: str, fan_in: int, fan_out: int) -> Any:
    return lambda rng: {
        "kind": kind,
        "fan_in": fan_in,
        "fan_out": fan_out,
        "seed": int(rng.integers(1 << 30)),
    }


def _of(kind: str) -> Piece:
    parts = {f"{kind}_{part}": part for part in _PARTS}
    mistakes: list[Mistake] = [
        VARIANCE_AS_SPREAD(_init(lambda v, a, b: v)),
        UNIFORM_BOUND(_init(draw=lambda rng, std, shape: rng.uniform(-std, std, shape))),
        ONE_SIDED(_init(draw=lambda rng, std, shape: std * rng.random(shape))),
        ONE_SIDED(_init(draw=lambda rng, std, shape: np.abs(rng.normal(0.0, std, shape)))),
        UNITS_ALIKE(_init(draw=lambda rng, std, s: np.tile(rng.normal(0.0, std, (s[0], 1)), s[1]))),
        M02(_init(draw=lambda rng, std, shape: rng.normal(0.0, std, shape[::-1]))),
        OWN_CHANCE(_init(draw=lambda rng, std, shape: np.random.default_rng().normal(0.0, std, shape))),
        OWN_CHANCE(_init(draw=lambda rng, std, shape: np.random.default_rng(0).normal(0.0, std, shape))),
        NOT_SCALED(_init(lambda v, a, b: 1.0)),
    ]
    if kind != "normal":
        mistakes += [
            NOT_SCALED(_init(lambda v, a, b: 0.01)),
            FACTOR_OF_INIT(_init(lambda v, a, b: np.sqrt(v / 2.0))),
            FACTOR_OF_INIT(_init(lambda v, a, b: np.sqrt(2.0 * v))),
        ]
    if kind == "xavier":
        mistakes += [FACTOR_OF_INIT(_init(lambda v, a, b: np.sqrt(1.0 / a)))]
        mistakes += [FACTOR_OF_INIT(_init(lambda v, a, b: np.sqrt(2.0 / a)))]
        mistakes += [FANS_EXCHANGED(_init(lambda v, a, b: np.sqrt(1.0 / b)))]
    if kind == "kaiming":
        mistakes += [FANS_EXCHANGED(_init(lambda v, a, b: np.sqrt(2.0 / b)))]
        mistakes += [FACTOR_OF_INIT(_init(lambda v, a, b: np.sqrt(2.0 / (a + b))))]
    return Piece(
        answer="init_weights(kind, fan_in, fan_out, rng)",
        probe=f"nb09.initialised(kind, fan_in, fan_out, seed) -> {', '.join(parts)}",
        reference=answered_by(_init()),
        # A variance of 20 000 draws is known to 1 %; any two that are told apart differ by 12 %.
        instances=made(_layer(kind, 100, 260), _layer(kind, 320, 140)),
        rtol=0.08,
        atol=1e-9,
        mistakes=mistakes,
    )


_ZEROS = Piece(
    answer="init_weights(kind, fan_in, fan_out, rng)",
    probe=f"nb09.initialised(kind, fan_in, fan_out, seed) -> {', '.join(f'zeros_{part}' for part in _PARTS)}",
    reference=answered_by(_init()),
    instances=made(_layer("zeros", 4, 7), _layer("zeros", 6, 3)),
    mistakes=[
        M02(lambda kind, fan_in, fan_out, rng: np.zeros((fan_out, fan_in))),
        NOT_ZERO(lambda kind, fan_in, fan_out, rng: np.ones((fan_in, fan_out))),
        NOT_ZERO(lambda kind, fan_in, fan_out, rng: np.full((fan_in, fan_out), 0.01)),
    ],
)

init_weights = Exercise(
    id="NB09.E04",
    points=2,
    see="NB09.W5",
    # The other parts are right for many a wrong draw.
    shares={f"{kind}_variance": 5.0 for kind in ("normal", "xavier", "kaiming")},
    pieces=[_ZEROS, _of("normal"), _of("xavier"), _of("kaiming")],
)


def _dropout(mask: Any = None, output: Any = None, evaluation: Any = None) -> Any:
    """Return dropout, or one with another mask (from uniform draws), output, or evaluation."""

    def dropout_forward(x: Any, p: float, train: bool, rng: Rng) -> Any:
        if not train:
            return evaluation(x, p, rng) if evaluation else (x * 1.0, np.ones_like(x))
        drawn = mask(rng, x.shape, p) if mask else (rng.random(x.shape) >= p) / (1.0 - p)
        return (output(x, drawn, p) if output else x * drawn), drawn

    return dropout_forward


def _active(x: Any, p: float, rng: Rng) -> Any:
    return _dropout()(x, p, True, rng)


_DROPOUT_PARTS = (
    "factors_of_mask",
    "factors_of_y",
    "share_dropped",
    "mean_factor",
    "y_follows_mask",
    "entries_drawn_alone",
    "next_mask_differs",
    "same_seed_same_mask",
)


def _batch(p: float, train: bool, n: int, k: int) -> Any:
    # Away from 0, so that the factor between output and input can be told.
    return lambda rng: {
        "x": rng.uniform(0.5, 2.0, (n, k)) * rng.choice((-1.0, 1.0), (n, k)),
        "p": p,
        "train": train,
        "seed": int(rng.integers(1 << 30)),
    }


def _forward(when: str, instances: Any, mistakes: list[Mistake]) -> Piece:
    parts = ", ".join(f"{part}_in_{when}" for part in _DROPOUT_PARTS)
    return Piece(
        answer="dropout_forward(x, p, train, rng)",
        probe=f"nb09.dropped(x: (n, k), p, train, seed) -> {parts}",
        reference=answered_by(_dropout()),
        instances=instances,
        # A share of 20 000 draws is within 2 % of p = 0.2 by five standard deviations, so two differ by less.
        rtol=0.1,
        mistakes=mistakes,
    )


_IN_TRAINING = _forward(
    "training",
    made(_batch(0.2, True, 200, 150), _batch(0.35, True, 120, 250), p_is_one_half=_batch(0.5, True, 90, 200)),
    [
        M22(_dropout(lambda rng, shape, p: 1.0 * (rng.random(shape) >= p))),
        M22(_dropout(lambda rng, shape, p: (rng.random(shape) >= p) / p)),
        M22(_dropout(lambda rng, shape, p: (rng.random(shape) >= p) * (1.0 - p))),
        M22(lambda x, p, train, rng: (x * 1.0, np.ones_like(x))),
        RATES_EXCHANGED(_dropout(lambda rng, shape, p: (rng.random(shape) < p) / p)),
        RATES_EXCHANGED(_dropout(lambda rng, shape, p: (rng.random(shape) < p) / (1.0 - p))),
        UNIT_OF_DROPOUT(_dropout(lambda rng, s, p: np.tile((rng.random(s[1]) >= p) / (1.0 - p), (s[0], 1)))),
        UNIT_OF_DROPOUT(
            _dropout(lambda rng, s, p: np.tile((rng.random((s[0], 1)) >= p) / (1.0 - p), (1, s[1])))
        ),
        MASK_BESIDE_OUTPUT(
            _dropout(lambda rng, s, p: 1.0 * (rng.random(s) >= p), lambda x, m, p: x * m / (1 - p))
        ),
        MASK_BESIDE_OUTPUT(_dropout(output=lambda x, m, p: x * (m > 0))),
        OWN_CHANCE(_dropout(lambda rng, s, p: (np.random.default_rng().random(s) >= p) / (1.0 - p))),
        OWN_CHANCE(_dropout(lambda rng, s, p: (np.random.default_rng(0).random(s) >= p) / (1.0 - p))),
    ],
)
_IN_EVALUATION = _forward(
    "evaluation",
    made(_batch(0.2, False, 200, 150), _batch(0.35, False, 120, 250)),
    [
        M22(_dropout(evaluation=_active)),
        M22(_dropout(evaluation=lambda x, p, rng: (x * (1.0 - p), np.full(x.shape, 1.0 - p)))),
        M22(_dropout(evaluation=lambda x, p, rng: (x * (1.0 - p), np.ones_like(x)))),
        M22(_dropout(evaluation=lambda x, p, rng: (x / (1.0 - p), np.full(x.shape, 1.0 / (1.0 - p))))),
        MASK_BESIDE_OUTPUT(_dropout(evaluation=lambda x, p, rng: (x * 1.0, np.zeros_like(x)))),
    ],
)
_BACKWARD = Piece(
    answer="dropout_backward(g: (n, k), mask: (n, k)) -> dx: (n, k)",
    reference=values_of(lambda g, mask: g * mask),
    instances=sizes(
        n=(1, 6),
        k=5,
        draw={"rate": lambda rng: float(rng.uniform(0.2, 0.45))},
        derive={"mask": lambda rng, n, k, rate: (rng.random((n, k)) >= rate) / (1.0 - rate)},
        cases={"the mask is that of evaluation": {"mask": lambda n, k: np.ones((n, k))}},
    ),
    mistakes=[
        M22(lambda g, mask: g * (mask > 0)),
        M22(lambda g, mask: g * mask**2),
        M22(lambda g: g),
        M22(lambda g, mask: g * (mask == 0)),
        M22(lambda g, mask: np.divide(g, mask, out=0.0 * g, where=mask > 0)),
        M12(lambda mask: mask),
        M06(lambda g, mask: -g * mask),
    ],
)

dropout = Exercise(
    id="NB09.E06",
    points=3,
    see="NB09.W6",
    shares={
        "dx": 8.0,
        "factors_of_mask_in_training": 3.0,
        "factors_of_y_in_training": 3.0,
        "factors_of_y_in_evaluation": 3.0,
    },
    pieces=[_IN_TRAINING, _IN_EVALUATION, _BACKWARD],
)
