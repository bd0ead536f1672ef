"""NB06: any number of layers, one example at a time; weights are (out, in), every layer is a sigmoid.

Where a mistake is named all layers are equally wide: a transpose that is missing and the weights of another
layer give numbers there, different ones. Where widths differ both would fail in the same way.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from backprop_course import sigmoid

from ..exercise import Exercise
from ..instances import between, sizes
from ..mistakes import (
    M01,
    M06,
    M07,
    M08,
    M09,
    M10,
    M12,
    M18,
    M26,
    M30,
    M31,
    M32,
    M34,
    Kind,
)
from ..reference import cotangents_of
from .nb06_two_layers import slope

UNSQUASHED_PAIR = Kind(
    "unsquashed-pair",
    "a cotangent is paired with what went into the activation below",
    "The gradients of the weights are wrong in all layers but the first.",
    "A value from before an activation stands where the one from behind it belongs.",
    "What a layer receives is what the layer below has put out: its activation, not its pre-activation.",
    "NB06.W4",
)
PENALTY_PASSED_ON = Kind(
    "penalty-passed-on",
    "the penalty joins what is passed on to the layer below",
    "The gradient of the bias is right at the top, and wrong in all layers below.",
    "A term that belongs to one parameter travels on to others.",
    "The outputs of the layer below do not appear in the penalty, so it joins the gradients of parameters "
    "alone, and not the running gradient.",
    "NB06.W4",
)


def stack(rng: np.random.Generator, widths: Any) -> list[Any]:
    """Draw the weights of layers of these widths, each (out, in)."""
    return [1.5 * rng.standard_normal((o, i)) / np.sqrt(i) for i, o in pairwise(widths)]


def _even(rng: np.random.Generator, L: int, n: int) -> list[Any]:
    return stack(rng, [n] * (L + 1))


def _uneven(rng: np.random.Generator, L: int) -> list[Any]:
    return stack(rng, rng.permutation(np.arange(2, L + 4))[: L + 1].tolist())


def _tapering(rng: np.random.Generator, L: int) -> list[Any]:
    return stack(rng, list(range(L + 2, 1, -1)))


_DRAW: dict[str, Any] = {
    "Ws": _even,
    "bs": lambda rng, Ws: [rng.standard_normal(len(W)) for W in Ws],
    "x": lambda rng, Ws: rng.standard_normal(Ws[0].shape[1]),
}
_CASES: dict[str, Any] = {"all widths differ": {"Ws": _uneven}, "the net tapers": {"Ws": _tapering}}


def _pass(Ws: Any, bs: Any, x: Any) -> tuple[list[Any], list[Any]]:
    """Return the pre-activations, and the activations with the input before them."""
    zs, hs = [], [x]
    for W, b in zip(Ws, bs, strict=True):
        zs.append(W @ hs[-1] + b)
        hs.append(sigmoid(zs[-1]))
    return zs, hs


def _squared_error(Ws: Any, bs: Any, zs: Any, as_: Any, x: Any, y: Any) -> Any:
    return 0.5 * np.sum((_pass(Ws, bs, x)[1][-1] - y) ** 2)


def _walk(
    top: Any,
    Ws: Any,
    zs: Any,
    hs: Any,
    local: Any = lambda z, h, last: slope(z),
    weights: Any = lambda Ws, i, d, h: Ws[i].T,
    outer: Any = np.outer,
    pair: Any = lambda zs, hs, i: hs[i],
    stored: Any = lambda d, g, z: (d, d),
    onward: Any = lambda g: g,
) -> tuple[list[Any], list[Any], Any]:
    """Go back from the cotangent of the top activation, perhaps with a slip on the way."""
    dW: list[Any] = []
    db: list[Any] = []
    g = top
    for i in reversed(range(len(Ws))):
        d = g * local(zs[i], hs[i + 1], i == len(Ws) - 1)
        for_weights, for_bias = stored(d, g, zs[i])
        dW.insert(0, outer(for_weights, pair(zs, hs, i)))
        db.insert(0, for_bias)
        g = onward(weights(Ws, i, d, hs[i]) @ d)
    return dW, db, g


def _equations(error: Any = lambda a, y: a - y, **slips: Any) -> Any:
    """Return the four equations, or those with a slip in them."""

    def bp_equations(Ws: Any, zs: Any, as_: Any, y: Any) -> tuple[list[Any], list[Any]]:
        return _walk(error(as_[-1], y), Ws, zs, as_, **slips)[:2]

    return bp_equations


def _own(Ws: Any, i: int, d: Any, h: Any) -> Any:
    return Ws[max(i - 1, 0)].T


def _above(Ws: Any, i: int, d: Any, h: Any) -> Any:
    return Ws[min(i + 1, len(Ws) - 1)].T


def _stepped(rate: float) -> Any:
    return lambda Ws, i, d, h: (Ws[i] - rate * np.outer(d, h)).T


# On the way back through the layers, in E04 and E05 alike.
_ON_THE_WAY: list[tuple[Any, dict[str, Any]]] = [
    (M01, {"weights": lambda Ws, i, d, h: Ws[i]}),
    (M26, {"weights": _own}),
    (M26, {"weights": _above}),
    (M30, {"pair": lambda zs, hs, i: hs[i + 1]}),
    (M30, {"pair": lambda zs, hs, i: hs[max(i - 1, 0)]}),
    (M30, {"pair": lambda zs, hs, i: hs[0]}),
    (UNSQUASHED_PAIR, {"pair": lambda zs, hs, i: zs[i - 1] if i else hs[0]}),
    (M08, {"local": lambda z, h, last: slope(h)}),
    (M09, {"local": lambda z, h, last: 1.0}),
    (M09, {"local": lambda z, h, last: slope(z) ** 2}),
    (M09, {"local": lambda z, h, last: 1.0 if last else slope(z)}),
    (M09, {"local": lambda z, h, last: slope(z) if last else 1.0}),
    # What is passed on is right; what is kept for the layer itself has the slope twice, or not yet.
    (M09, {"stored": lambda d, g, z: (d, d * slope(z))}),
    (M09, {"stored": lambda d, g, z: (d * slope(z), d)}),
    (M09, {"stored": lambda d, g, z: (d, g)}),
    (M09, {"stored": lambda d, g, z: (g, d)}),
    (M09, {"stored": lambda d, g, z: (g, g)}),
    (M12, {"onward": np.ones_like}),
    (M31, {"outer": lambda a, b: np.outer(b, a)}),
]

bp_equations = Exercise(
    id="NB06.E04",
    answer="bp_equations(Ws, zs, as_, y) -> dW, db",
    reference=cotangents_of(_squared_error, dW="Ws", db="bs"),
    instances=sizes(
        L=(1, 2, 4),
        n=3,
        draw={**_DRAW, "y": lambda rng, Ws: rng.uniform(0.1, 0.9, size=len(Ws[-1]))},
        derive={
            "zs": lambda Ws, bs, x: _pass(Ws, bs, x)[0],
            "as_": lambda Ws, bs, x: _pass(Ws, bs, x)[1],
        },
        cases=_CASES,
    ),
    points=5,
    see="NB06.W4",
    mistakes=[
        *(kind(_equations(**slip)) for kind, slip in _ON_THE_WAY),
        *M26.at_any_rate(lambda rate: _equations(weights=_stepped(rate))),
        M06(_equations(error=lambda a, y: y - a)),
        M07(_equations(error=lambda a, y: 2.0 * (a - y))),
        M07(_equations(error=lambda a, y: (a - y) / len(y))),
        M12(_equations(error=lambda a, y: np.ones_like(a))),
        M32.each(lambda g: g.sum(), only=("db",)),
        M34(lambda Ws, zs, as_, y: _equations()(Ws, zs, as_, y)[::-1]),
        M34(lambda Ws, zs, as_, y: tuple(grads[::-1] for grads in _equations()(Ws, zs, as_, y))),
    ],
)


def _penalised(
    Ws: Any, bs: Any, cache: Any, g: Any, lam: Any, penalise_bias: bool, x: Any
) -> tuple[Any, dict[str, Any]]:
    squares = sum(np.sum(W**2) for W in Ws)
    if penalise_bias:
        squares = squares + sum(np.sum(b**2) for b in bs)
    return np.sum(g * _pass(Ws, bs, x)[1][-1]) + 0.5 * lam * squares, {"g0": x}


def _backprop(
    on_weights: Any = lambda W, lam: lam * W,
    on_biases: Any = lambda b, lam, asked: lam * b if asked else 0.0 * b,
    data: float = 1.0,
    **slips: Any,
) -> Any:
    """Return the loop with a penalty, or one with a slip in it."""

    def backprop_with_penalty(Ws: Any, bs: Any, cache: Any, g: Any, lam: float, penalise_bias: bool) -> Any:
        dW, db, g0 = _walk(g, Ws, cache["zs"], cache["hs"], **slips)
        dW = [data * d + on_weights(W, lam) for d, W in zip(dW, Ws, strict=True)]
        db = [data * d + on_biases(b, lam, penalise_bias) for d, b in zip(db, bs, strict=True)]
        return dW, db, g0

    return backprop_with_penalty


def _stepped_with_penalty(rate: float) -> Any:
    """Return the loop of someone who updates each layer by its whole gradient before going on."""

    def backprop_with_penalty(Ws: Any, bs: Any, cache: Any, g: Any, lam: float, penalise_bias: bool) -> Any:
        def weights(Ws: Any, i: int, d: Any, h: Any) -> Any:
            return (Ws[i] - rate * (np.outer(d, h) + lam * Ws[i])).T

        return _backprop(weights=weights)(Ws, bs, cache, g, lam, penalise_bias)

    return backprop_with_penalty


def _passing_the_penalty_on(of_bias: bool, of_weights: bool, before_weights: bool) -> Any:
    """Return the loop of someone who adds a penalty to the running gradient and goes on with the sum."""

    def backprop_with_penalty(Ws: Any, bs: Any, cache: Any, g: Any, lam: float, penalise_bias: bool) -> Any:
        dW: list[Any] = []
        db: list[Any] = []
        for W, b, z, h in reversed(list(zip(Ws, bs, cache["zs"], cache["hs"][:-1], strict=True))):
            d = g * slope(z)
            summed = d + lam * b if penalise_bias else d
            dW.insert(0, np.outer(summed if before_weights else d, h) + lam * W)
            db.insert(0, summed)
            g = W.T @ (summed if of_bias else d) + (lam * W.sum(axis=0) if of_weights else 0.0)
        return dW, db, g

    return backprop_with_penalty


def _reversed_lists(Ws: Any, bs: Any, cache: Any, g: Any, lam: float, penalise_bias: bool) -> Any:
    dW, db, g0 = _backprop()(Ws, bs, cache, g, lam, penalise_bias)
    return dW[::-1], db[::-1], g0


def _exchanged_lists(Ws: Any, bs: Any, cache: Any, g: Any, lam: float, penalise_bias: bool) -> Any:
    dW, db, g0 = _backprop()(Ws, bs, cache, g, lam, penalise_bias)
    return db, dW, g0


backprop_with_penalty = Exercise(
    id="NB06.E05",
    answer="backprop_with_penalty(Ws, bs, cache, g, lam, penalise_bias) -> dW, db, g0",
    reference=cotangents_of(_penalised, dW="Ws", db="bs"),
    instances=sizes(
        L=(1, 2, 4),
        n=3,
        draw={
            **_DRAW,
            "g": lambda rng, Ws: rng.standard_normal(len(Ws[-1])),
            "lam": between(0.2, 0.9),
            # One of the two instances for naming penalises the biases: n is 3 in the first alone.
            "penalise_bias": lambda n: n != 3,
        },
        derive={
            "cache": lambda Ws, bs, x: dict(zip(("zs", "hs"), _pass(Ws, bs, x), strict=True)),
        },
        cases={
            **_CASES,
            "lam = 0": {"lam": 0.0},
            "lam is large": {"lam": 250.0},
            "the biases are penalised": {"Ws": _uneven, "penalise_bias": True},
        },
    ),
    points=4,
    see="NB06.W4",
    mistakes=[
        *(kind(_backprop(**slip)) for kind, slip in _ON_THE_WAY),
        *M26.at_any_rate(lambda rate: _backprop(weights=_stepped(rate))),
        *M26.at_any_rate(_stepped_with_penalty),
        M06.each(lambda g: -g),
        M06(_backprop(on_weights=lambda W, lam: -lam * W)),
        M10(_backprop(data=0.0)),
        M12(lambda Ws, bs, cache, g, lam, penalise_bias: _backprop()(Ws, bs, cache, 1.0, lam, penalise_bias)),
        M18(_backprop(on_weights=lambda W, lam: 0.0, on_biases=lambda b, lam, asked: 0.0)),
        M18(_backprop(on_weights=lambda W, lam: 0.0)),
        M18(_backprop(on_weights=lambda W, lam: W)),
        M18(_backprop(on_weights=lambda W, lam: lam)),
        M18(_backprop(on_weights=lambda W, lam: 0.5 * lam * W)),
        M18(_backprop(on_weights=lambda W, lam: 2.0 * lam * W)),
        M18(_backprop(on_weights=lambda W, lam: 0.5 * lam * W**2)),
        M18(_backprop(on_weights=lambda W, lam: 0.5 * lam * np.sum(W**2))),
        M18(_backprop(on_weights=lambda W, lam: lam * np.sign(W))),
        M18(_backprop(on_biases=lambda b, lam, asked: lam * b)),
        M18(_backprop(on_biases=lambda b, lam, asked: 0.0)),
        M18(_backprop(on_biases=lambda b, lam, asked: 0.0 if asked else lam * b)),
        PENALTY_PASSED_ON(_passing_the_penalty_on(of_bias=True, of_weights=False, before_weights=True)),
        PENALTY_PASSED_ON(_passing_the_penalty_on(of_bias=True, of_weights=False, before_weights=False)),
        PENALTY_PASSED_ON(_passing_the_penalty_on(of_bias=False, of_weights=True, before_weights=False)),
        PENALTY_PASSED_ON(_passing_the_penalty_on(of_bias=True, of_weights=True, before_weights=False)),
        M34(_reversed_lists),
        M34(_exchanged_lists),
    ],
)
