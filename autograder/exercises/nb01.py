"""NB01: functions that learn. The activations of E03 are in `nb01_activations.py`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import between, made, sizes
from ..mistakes import M02, M06, M10, M19, M25, M34, Kind
from ..probes.nb01 import ELEMENTWISE
from ..reference import values_of

STRICT = Kind(
    "strict-threshold",
    "a unit is on only above its threshold, not at it",
    "The output differs only where the sum equals the threshold.",
    "A comparison is strict where it should not be.",
    "A threshold unit is on when the sum reaches its threshold, equality included: that is how a unit with "
    "whole numbers as weights becomes a gate.",
    "NB01.W2",
)
THRESHOLD_AS_BIAS = Kind(
    "threshold-as-bias",
    "the threshold is added instead of compared with",
    "The unit behaves as if its threshold had the other sign.",
    "A threshold and a bias are confused.",
    "A threshold is what the sum must reach; a bias is added to the sum, which must then reach zero. One "
    "is minus the other.",
    "NB01.W2",
)
NO_THRESHOLD = Kind(
    "no-threshold",
    "the threshold is not used",
    "The unit behaves as if its threshold were zero.",
    "An argument is left out.",
    "The sum of the weighted inputs is compared with the threshold that is given.",
    "NB01.W2",
)
PLUS_MINUS_ONE = Kind(
    "plus-minus-one",
    "an output that is off is -1 instead of 0",
    "Where 0 is right the output is -1.",
    "Two conventions for the output are mixed.",
    "The units of this part are 0 or 1. Minus one is another convention, of other texts.",
    "NB01.W2",
)
GATES_SWAPPED = Kind(
    "gates-swapped",
    "two gates have each other's numbers",
    "One gate's truth table is another one's.",
    "Names and numbers are paired wrongly.",
    "Write the four rows of each table, with the weighted sum beside them, and see between which sums the "
    "threshold must lie.",
    "NB01.W2",
)
INPUT_IGNORED = Kind(
    "input-ignored",
    "the step does not depend on the input",
    "Every weight moves by the same amount.",
    "A factor is left out of the update.",
    "A weight takes part in an error as much as its input was there: an input of 0 leaves its weight alone.",
    "NB01.W3",
)
RATE_IGNORED = Kind(
    "rate-ignored",
    "the step size is not used",
    "The step is too large or too small by the step size.",
    "A factor is left out of the update.",
    "How far a step goes is the caller's choice, and comes in as an argument.",
    "NB01.W3",
)
TARGET_ALONE = Kind(
    "target-alone",
    "the step follows the target, not the error",
    "The weights move even where the output is right, and do not where it should be 0.",
    "A difference is left out.",
    "The perceptron learns from its errors alone: from target minus output, which is 0 where both agree.",
    "NB01.W3",
)
NOT_THRESHOLDED = Kind(
    "not-thresholded",
    "the error is taken from the sum, not from the thresholded output",
    "The size of the step depends on how large the sum is.",
    "A step of the forward pass is left out.",
    "The perceptron compares its output, 0 or 1, with the target. Taking the sum instead is another rule, "
    "for another unit.",
    "NB01.W3",
)
ON_AT_ZERO = Kind(
    "on-at-zero",
    "the output is taken as 1 where the sum is exactly 0",
    "The step differs only where the sum is exactly 0, as it is with the zero weights at the start.",
    "A comparison includes equality where it should not.",
    "In the perceptron rule of this part the output is 1 when the sum is positive. At exactly 0 it is 0.",
    "NB01.W3",
)

_TABLES: dict[str, dict[tuple[int, ...], int]] = {
    "OR": {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 1},
    "AND": {(0, 0): 0, (0, 1): 0, (1, 0): 0, (1, 1): 1},
    "NOT": {(0,): 1, (1,): 0},
}


def _is_gate(table: dict[tuple[int, ...], int]) -> Any:
    """Return what decides whether weights and a threshold, in one array, give a truth table."""

    def accept(got: Any) -> str:
        inputs = len(next(iter(table)))
        if np.shape(got) != (inputs + 1,):
            return f"{inputs} weights and a threshold are asked for"
        wrong = [x for x, out in table.items() if (np.dot(x, got[:-1]) >= got[-1]) != bool(out)]
        return f"the output is wrong for the input {wrong[0]}" if wrong else ""

    return accept


def _rows(rng: np.random.Generator, N: int, n: int) -> Any:
    """Return small whole numbers, so that sums meet the threshold exactly."""
    return rng.integers(-2, 3, (N, n)).astype(float)


def _reached(X: Any, w: Any) -> float:
    """Return a threshold that some rows reach exactly, and at which the rules of all slips differ."""
    sums = X @ w
    told_apart = [
        float(s)
        for s in np.sort(sums)
        if len({tuple(on) for on in (sums >= s, sums > s, sums >= -s, sums >= 0)}) == 4
    ]
    return told_apart[len(told_apart) // 2] if told_apart else 1.0


def _one_at_least(rng: np.random.Generator, n: int) -> Any:
    return rng.choice([-3.0, -2.0, -1.0, 1.0, 2.0, 3.0], n)


def _unit(on: Any) -> Any:
    return lambda x, w, theta: 1 if on(x @ w, theta) else 0


threshold_unit = Exercise(
    id="NB01.E01",
    points=1,
    see="NB01.W2",
    pieces=[
        Piece(
            answer="threshold_unit(x: (n,), w: (n,), theta) -> output",
            probe="nb01.threshold_each(X: (N, n), w: (n,), theta) -> output",
            reference=values_of(lambda X, w, theta: {"output": (X @ w >= theta).tolist()}),
            instances=sizes(
                n=(1, 2, 3, 4, 5),
                N=24,
                second={"n": 4, "N": 30},
                draw={"X": _rows, "w": _one_at_least},
                derive={"theta": _reached},
                without=["zeros", "float32"],
            ),
            mistakes=[
                STRICT(_unit(lambda s, theta: s > theta)),
                THRESHOLD_AS_BIAS(_unit(lambda s, theta: s + theta >= 0)),
                NO_THRESHOLD(_unit(lambda s, theta: s >= 0)),
                PLUS_MINUS_ONE(lambda x, w, theta: 1 if x @ w >= theta else -1),
            ],
        ),
        Piece(
            answer="GATES",
            probe="nb01.gates() -> OR, AND, NOT",
            reference=values_of(lambda: {"OR": [1, 1, 1], "AND": [1, 1, 2], "NOT": [-1, 0]}),
            instances=made(lambda rng: {}),
            accepts={name: _is_gate(table) for name, table in _TABLES.items()},
            mistakes=[
                STRICT({"OR": ((1, 1), 0), "AND": ((1, 1), 1), "NOT": ((-1,), -1)}),
                GATES_SWAPPED({"OR": ((1, 1), 2), "AND": ((1, 1), 1), "NOT": ((-1,), 0)}),
                THRESHOLD_AS_BIAS({"OR": ((1, 1), -1), "AND": ((1, 1), -2), "NOT": ((-1,), 0)}),
            ],
        ),
    ],
)


def _output(w: Any, x: Any) -> float:
    return float(w @ x > 0)


perceptron_step = Exercise(
    id="NB01.E02",
    answer="perceptron_step(w: (n,), x: (n,), t, eta) -> w_new: (n,)",
    reference=values_of(lambda w, x, t, eta: w + eta * (t - _output(w, x)) * x),
    instances=sizes(
        n=(1, 5),
        draw={"eta": between(0.2, 0.8)},
        derive={"t": lambda w, x: 1.0 - _output(w, x)},
        cases={
            "the output is too large": {"x": lambda w: 1.5 * w, "t": 0.0},
            "the output is too small": {"x": lambda w: -0.5 * w, "t": 1.0},
            "the output is right": {"t": lambda w, x: _output(w, x)},
            "the output is right, and 1": {"x": lambda w: 0.7 * w, "t": 1.0},
            "the weights are zero, and t = 0": {"w": lambda n: np.zeros(n), "t": 0.0},
            "the weights are zero, and t = 1": {"w": lambda n: np.zeros(n), "t": 1.0},
        },
    ),
    points=2,
    see="NB01.W3",
    mistakes=[
        M06(lambda w, x, t, eta: w - eta * (t - _output(w, x)) * x),
        M25(lambda w, x, t, eta: np.add(w, eta * (t - _output(w, x)) * x, out=w)),
        M19(lambda w, x, t, eta: w + eta * (t - _output(w, x)) * w),
        INPUT_IGNORED(lambda w, x, t, eta: w + eta * (t - _output(w, x))),
        RATE_IGNORED(lambda w, x, t: w + (t - _output(w, x)) * x),
        TARGET_ALONE(lambda w, x, t, eta: w + eta * t * x),
        NOT_THRESHOLDED(lambda w, x, t, eta: w + eta * (t - w @ x) * x),
        ON_AT_ZERO(lambda w, x, t, eta: w + eta * (t - float(w @ x >= 0)) * x),
    ],
)

AT_THE_OUTPUT = Kind(
    "activation-at-the-output",
    "the activation is applied at the output too, or only there",
    "The output looks squashed: it has been through the activation.",
    "A step of the forward pass stands in the wrong place.",
    "In this network the activation sits between the two weight matrices; the output is linear.",
    "NB01.W4",
)
NO_ACTIVATION = Kind(
    "no-activation",
    "the activation is not applied",
    "The output is that of the two matrices alone.",
    "A step of the forward pass is left out.",
    "Without something between them two matrices are one. The activation is what keeps them apart.",
    "NB01.W5",
)
FACTORS_EXCHANGED = Kind(
    "factors-exchanged",
    "the two matrices are multiplied in the wrong order",
    "The inner sizes do not meet.",
    "Composition is read in the wrong direction.",
    "The matrix that is applied first stands next to the input, on the right.",
    "NB01.W5",
)

mlp_forward = Exercise(
    id="NB01.E04",
    points=2,
    see="NB01.W4",
    pieces=[
        Piece(
            answer="mlp_forward(x: (n,), W1: (h, n), W2: (d, h), g) -> y: (d,)",
            probe="nb01.forward(x: (n,), W1: (h, n), W2: (d, h), activation) -> y: (d,)",
            reference=values_of(lambda x, W1, W2, activation: W2 @ ELEMENTWISE[activation](W1 @ x)),
            instances=sizes(
                n=(1, 4),
                h=(1, 5),
                d=(1, 3),
                draw={"activation": lambda rng: str(rng.choice(["tanh", "cube"]))},
                cases={"g is the identity": {"activation": "identity"}},
            ),
            mistakes=[
                AT_THE_OUTPUT(lambda x, W1, W2, g: g(W2 @ g(W1 @ x))),
                AT_THE_OUTPUT(lambda x, W1, W2, g: g(W2 @ W1 @ x)),
                NO_ACTIVATION(lambda x, W1, W2, g: W2 @ W1 @ x),
                FACTORS_EXCHANGED(lambda x, W1, W2, g: W1 @ g(W2 @ x)),
            ],
        ),
        Piece(
            answer="collapse(W1: (h, n), W2: (d, h)) -> W: (d, n)",
            reference=values_of(lambda W1, W2: W2 @ W1),
            instances=sizes(n=4, h=(1, 5), d=(1, 3)),
            mistakes=[
                M02(lambda W1, W2: (W2 @ W1).T),
                FACTORS_EXCHANGED(lambda W1, W2: W1 @ W2),
            ],
        ),
    ],
)

LAYER_MISSED = Kind(
    "layer-missed",
    "the first or the last layer is not counted",
    "A whole layer is missing from the sum.",
    "A loop ends one step too early or begins one too late.",
    "Between as many sizes as you are given there is one layer less. Count the pairs of neighbours.",
    "NB01.W4",
)
BIASES_OF_THE_INPUT = Kind(
    "biases-of-the-input",
    "biases are counted for the input",
    "There are too many parameters, by the size of the input.",
    "Units that compute nothing are counted as units.",
    "The input is given, not computed: only units that compute something have a bias.",
    "NB01.W4",
)
BIASES_ALWAYS = Kind(
    "biases-always-or-never",
    "it makes no difference whether there are biases",
    "The number of parameters is right with biases and wrong without, or the other way round.",
    "An argument is not used.",
    "Whether the units have biases is the caller's choice, and comes in as an argument.",
    "NB01.W4",
)
BIAS_AS_PRODUCT = Kind(
    "bias-as-product",
    "a bias is counted as a multiply-add",
    "There are too many multiply-adds, by the number of units.",
    "An addition is counted as a product.",
    "A multiply-add belongs to a weight and an input. Adding a bias multiplies nothing.",
    "NB01.W4",
)


def _pairs(sizes: Any) -> list[int]:
    return [a * b for a, b in pairwise(sizes)]


def _count(sizes: Any, bias: Any) -> tuple[int, int]:
    return sum(_pairs(sizes)) + (sum(sizes[1:]) if bias else 0), sum(_pairs(sizes))


def _net(layers: int, bias: bool) -> Any:
    """Draw the sizes of a net, all different."""

    def draw(rng: np.random.Generator) -> dict[str, Any]:
        return {"sizes": (2 + rng.permutation(12)[: layers + 1]).tolist(), "bias": bias}

    draw.__doc__ = f"{layers} layers, {'with' if bias else 'without'} biases."
    return draw


count = Exercise(
    id="NB01.E05",
    answer="count(sizes, bias) -> params, multiply_adds",
    reference=values_of(_count),
    instances=made(
        _net(3, True),
        _net(4, False),
        _net(1, True),
        _net(1, False),
        _net(2, True),
        _net(5, False),
        _net(6, True),
    ),
    points=2,
    see="NB01.W4",
    mistakes=[
        M10(lambda sizes, bias: _count(sizes[-2:], bias)),
        M10(lambda sizes, bias: _count(sizes[:2], bias)),
        M34(lambda sizes, bias: _count(sizes, bias)[::-1]),
        LAYER_MISSED(lambda sizes, bias: _count(sizes[:-1], bias)),
        LAYER_MISSED(lambda sizes, bias: _count(sizes[1:], bias)),
        BIASES_OF_THE_INPUT(lambda sizes, bias: (sum(_pairs(sizes)) + sum(sizes) * bias, sum(_pairs(sizes)))),
        BIASES_ALWAYS(lambda sizes: _count(sizes, True)),
        BIASES_ALWAYS(lambda sizes: _count(sizes, False)),
        BIAS_AS_PRODUCT(lambda sizes, bias: (_count(sizes, bias)[0], _count(sizes, bias)[0])),
    ],
)
