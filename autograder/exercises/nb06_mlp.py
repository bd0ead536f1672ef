"""NB06: a network of any depth on a batch; weights are (in, out).

As in `nb06_lists`, all layers are equally wide where a mistake is named.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import relu, sigmoid

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import (
    M01,
    M02,
    M03,
    M04,
    M05,
    M06,
    M08,
    M09,
    M10,
    M12,
    M15,
    M16,
    M17,
    M20,
    M26,
    M30,
    M32,
    M34,
)
from ..reference import cotangents_of
from .nb06_lists import UNSQUASHED_PAIR, stack
from .nb06_two_layers import slope

_FUNCTIONS = {"relu": relu, "sigmoid": sigmoid}


def _layers(rng: np.random.Generator, widths: Any) -> list[Any]:
    return [(W.T.copy(), 0.5 * rng.standard_normal(len(W))) for W in stack(rng, widths)]


def _even(depth: int) -> Any:
    return lambda rng, n: _layers(rng, [n] * (depth + 1))


def _uneven(rng: np.random.Generator) -> list[Any]:
    return _layers(rng, rng.permutation(np.arange(2, 9))[:5].tolist())


def _with_dead_units(rng: np.random.Generator, n: int) -> list[Any]:
    """Draw layers in which one unit is off for all examples."""
    layers = _layers(rng, [n, n + 1, n + 2, n])
    for _, b in layers[:-1]:
        b[0] = -50.0
    return layers


def _with_a_dead_layer(rng: np.random.Generator, n: int) -> list[Any]:
    layers = _layers(rng, [n, n + 1, n + 2, n])
    layers[1][1][:] = -50.0
    return layers


def _on_the_kink(rng: np.random.Generator, n: int) -> list[Any]:
    """Draw layers in which one unit's input is exactly 0 for all examples."""
    layers = _layers(rng, [n] * 4)
    for W, b in layers[:-1]:
        W[:, 0] = b[0] = 0.0
    return layers


def _pass(params: Any, X: Any, activation: str) -> tuple[list[Any], list[Any]]:
    """Return what each layer computes, and what each receives; the last layer is linear."""
    zs: list[Any] = []
    hs = [X]
    for W, b in params:
        if zs:
            hs.append(_FUNCTIONS[activation](zs[-1]))
        zs.append(hs[-1] @ W + b)
    return zs, hs


def _cache(params: Any, X: Any, activation: str) -> dict[str, Any]:
    return {**dict(zip(("zs", "hs"), _pass(params, X, activation), strict=True)), "activation": activation}


def _output(params: Any, cache: Any, X: Any, dY: Any, activation: str) -> Any:
    return np.sum(_pass(params, X, activation)[0][-1] * dY)


def _right_slope(z: Any, h: Any, g: Any, activation: str) -> Any:
    return 1.0 * (z > 0) if activation == "relu" else slope(z)


def _mlp(
    local: Any = _right_slope,
    top: Any = lambda dY, zs, activation: dY,
    weights: Any = lambda params, i, d, h: params[i][0].T,
    weight_gradient: Any = lambda h, d: h.T @ d,
    bias_gradient: Any = lambda d: d.sum(axis=0),
    received: Any = lambda zs, hs, i: hs[i],
    onward: Any = lambda g: g,
    at: Any = lambda i: i - 1,
) -> Any:
    """Return the walk back through the layers, or one with a slip in it."""

    def mlp_backward(params: Any, cache: Any, dY: Any) -> list[Any]:
        zs, hs, activation = cache["zs"], cache["hs"], cache["activation"]
        grads: list[Any] = []
        d = top(dY, zs, activation)
        for i in reversed(range(len(params))):
            grads.insert(0, (weight_gradient(received(zs, hs, i), d), bias_gradient(d)))
            if i:
                g = onward(d @ weights(params, i, d, hs[i]))
                d = g * local(zs[at(i)], hs[i], g, activation)
        return grads

    return mlp_backward


def _stepped(rate: float) -> Any:
    return lambda params, i, d, h: (params[i][0] - rate * h.T @ d).T


def _above(params: Any, i: int, d: Any, h: Any) -> Any:
    return params[min(i + 1, len(params) - 1)][0].T


def _only_some(divide: Any) -> Any:
    """Return the right gradients, divided by N in some layers."""

    def mlp_backward(params: Any, cache: Any, dY: Any) -> list[Any]:
        grads = _mlp()(params, cache, dY)
        last = len(grads) - 1
        return [tuple(g / len(dY) if divide(i, last) else g for g in pair) for i, pair in enumerate(grads)]

    return mlp_backward


def _again(params: Any, cache: Any, dY: Any) -> Any:
    """Divide by N again in every layer that is passed."""
    N = len(dY)
    return _mlp(top=lambda dY, zs, activation: dY / N, onward=lambda g: g / N)(params, cache, dY)


def _last_example(params: Any, cache: Any, dY: Any) -> Any:
    cut = {name: [a[-1:] for a in cache[name]] for name in ("zs", "hs")}
    return _mlp()(params, {**cut, "activation": cache["activation"]}, dY[-1:])


def _exchanged(params: Any, cache: Any, dY: Any) -> list[Any]:
    return [(db, dW) for dW, db in _mlp()(params, cache, dY)]


_COMMON = [
    M01(_mlp(weights=lambda params, i, d, h: params[i][0])),
    M02(_mlp(weight_gradient=lambda h, d: d.T @ h)),
    M03(_mlp(bias_gradient=lambda d: d)),
    M04.each(lambda g, N: g / N),
    M04.each(lambda g, N: g * N),
    M04(_mlp(bias_gradient=lambda d: d.mean(axis=0))),
    M05(_only_some(lambda i, last: i < last)),
    M05(_only_some(lambda i, last: i == last)),
    M05(_only_some(lambda i, last: i == 0)),
    M05(_again),
    M06.each(lambda g: -g),
    M09(_mlp(local=lambda z, h, g, activation: 1.0)),
    M09(_mlp(top=lambda dY, zs, activation: dY * _right_slope(zs[-1], None, dY, activation))),
    M10(_last_example),
    M12(_mlp(top=lambda dY, zs, activation: np.ones_like(dY))),
    M12(_mlp(onward=np.ones_like)),
    M20(_mlp(bias_gradient=lambda d: d.sum(axis=1))),
    M26(_mlp(weights=lambda params, i, d, h: params[i - 1][0].T)),
    M26(_mlp(weights=_above)),
    *M26.at_any_rate(lambda rate: _mlp(weights=_stepped(rate))),
    M30(_mlp(received=lambda zs, hs, i: hs[max(i - 1, 0)])),
    M30(_mlp(received=lambda zs, hs, i: hs[min(i + 1, len(hs) - 1)])),
    M30(_mlp(at=lambda i: i)),
    UNSQUASHED_PAIR(_mlp(received=lambda zs, hs, i: zs[i - 1] if i else hs[0])),
    M32(_mlp(bias_gradient=np.sum)),
    M34(lambda params, cache, dY: _mlp()(params, cache, dY)[::-1]),
    M34(_exchanged),
    (M03 & M04)(_mlp(bias_gradient=lambda d: d / len(d))),
    (M03 & M04)(_mlp(weight_gradient=lambda h, d: h.T @ d / len(d), bias_gradient=lambda d: d / len(d))),
]


def _awake(rng: np.random.Generator, N: int, params: Any, dY: Any, activation: str) -> Any:
    """Draw inputs until units of every hidden layer are on for some examples, off for others."""
    for _ in range(100):
        X = rng.standard_normal((N, len(params[0][0])))
        zs = _pass(params, X, activation)[0][:-1]
        first = _mlp()(params, _cache(params, X, activation), dY)[0][0]
        if np.max(np.abs(first)) > 1e-3 and all(0.2 < np.mean(z > 0) < 0.8 for z in zs):
            break
    return X


def _piece(activation: str, mistakes: Any, cases: dict[str, Any]) -> Piece:
    returned = f"grads_{activation}"
    return Piece(
        answer=f"mlp_backward(params, cache, dY: (N, k)) -> {returned}",
        reference=cotangents_of(_output, **{returned: "params"}),
        instances=sizes(
            N=(1, 7),
            n=4,
            draw={
                "params": _even(3),
                "dY": lambda rng, N, params: rng.standard_normal((N, len(params[-1][1]))),
                "activation": lambda: activation,
                "X": _awake,
            },
            derive={"cache": _cache},
            cases={
                "there is one layer": {"params": _even(1)},
                "there are two layers": {"params": _even(2)},
                "there are six layers": {"params": _even(6)},
                "all widths differ": {"params": _uneven},
                **cases,
            },
        ),
        mistakes=mistakes,
    )


mlp_backward = Exercise(
    id="NB06.E07",
    points=6,
    see="NB06.W5",
    pieces=[
        _piece(
            "relu",
            [
                *_COMMON,
                M15(_mlp(local=lambda z, h, g, activation: g > 0)),
                M16(_mlp(local=lambda z, h, g, activation: z >= 0)),
                M17(_mlp(local=lambda z, h, g, activation: np.maximum(z, 0.0))),
            ],
            {
                "some units are dead": {"params": _with_dead_units},
                "a whole layer is dead": {"params": _with_a_dead_layer},
                "some inputs of the ReLU are exactly 0": {"params": _on_the_kink},
                "a unit is exactly 0 for all examples": {"params": _on_the_kink},
            },
        ),
        _piece(
            "sigmoid",
            [
                *_COMMON,
                M08(_mlp(local=lambda z, h, g, activation: slope(h))),
                M09(_mlp(local=lambda z, h, g, activation: slope(z) ** 2)),
            ],
            {},
        ),
    ],
)
