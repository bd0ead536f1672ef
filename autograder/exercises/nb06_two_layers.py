"""NB06: two layers, one example at a time; weights are (out, in)."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import sigmoid

from ..exercise import Exercise
from ..instances import sizes
from ..mistakes import M01, M06, M07, M08, M09, M10, M12, M26, M30, M31, M32, M34, Kind
from ..reference import cotangents_of, values_of

OUTPUT_SQUASHED = Kind(
    "output-squashed",
    "an activation is applied to the output",
    "The output lies between 0 and 1, where the right one does not.",
    "A step of the forward pass is there that should not be.",
    "The output of this net is linear: what the second layer adds up is the prediction.",
    "NB06.W1",
)
HIDDEN_LINEAR = Kind(
    "hidden-linear",
    "the hidden units have no activation",
    "What is returned for h equals z.",
    "A step of the forward pass is left out.",
    "Between the two affine maps stands a sigmoid. Without it they are one affine map.",
    "NB06.W1",
)
INDICES_EXCHANGED = Kind(
    "indices-exchanged",
    "the two indices of the weights are exchanged",
    "The numbers are those one gets with the weights transposed.",
    "A matrix is read the wrong way round.",
    "The first index says where a weight leads to, the second where it comes from: (out, in). Each output "
    "goes through one row.",
    "NB06.W1",
)
BIAS_LEFT_OUT = Kind(
    "bias-left-out",
    "a bias is left out",
    "The numbers are right where the bias is 0.",
    "A term of a sum is missing.",
    "An affine map is a matrix product and a shift.",
    "NB06.W1",
)


def slope(z: Any) -> Any:
    """Slope of the sigmoid at its input."""
    return sigmoid(z) * (1.0 - sigmoid(z))


def _same(value: Any) -> Any:
    return value


def _forward(
    weights: Any = _same, hidden: Any = sigmoid, out: Any = _same, loss: Any = lambda e: 0.5 * np.sum(e**2)
) -> Any:
    """Return the forward pass, or one with a slip in it."""

    def two_layer_forward(p: dict[str, Any], x: Any, t: Any) -> dict[str, Any]:
        z = weights(p["W1"]) @ x + p["b1"]
        h = hidden(z)
        y = out(weights(p["W2"]) @ h + p["b2"])
        return {"z": z, "h": h, "y": y, "L": loss(y - t)}

    return two_layer_forward


def _without(*biases: str) -> Any:
    return lambda p, x, t: _forward()({**p, **{b: np.zeros_like(p[b]) for b in biases}}, x, t)


def _parameters(rng: np.random.Generator, d: int, h: int, k: int) -> dict[str, Any]:
    shapes = {"W1": (h, d), "b1": (h,), "W2": (k, h), "b2": (k,)}
    return {name: rng.standard_normal(shape) for name, shape in shapes.items()}


two_layer_forward = Exercise(
    id="NB06.E01",
    answer="two_layer_forward(p, x: (2,), t: (2,)) -> dict(z: (2,), h: (2,), y: (2,), L)",
    reference=values_of(_forward()),
    instances=sizes(
        draw={"p": lambda rng: _parameters(rng, 2, 2, 2)},
        cases={"the units are saturated": {"x": lambda rng: rng.choice([-20.0, 20.0], size=2)}},
    ),
    points=1,
    see="NB06.W1",
    mistakes=[
        OUTPUT_SQUASHED(_forward(out=sigmoid)),
        HIDDEN_LINEAR(_forward(hidden=_same)),
        INDICES_EXCHANGED(_forward(weights=np.transpose)),
        INDICES_EXCHANGED(lambda p, x, t: _forward()({**p, "W1": p["W1"].T}, x, t)),
        INDICES_EXCHANGED(lambda p, x, t: _forward()({**p, "W2": p["W2"].T}, x, t)),
        BIAS_LEFT_OUT(_without("b1", "b2")),
        BIAS_LEFT_OUT(_without("b1")),
        BIAS_LEFT_OUT(_without("b2")),
        M07(_forward(loss=lambda e: np.sum(e**2))),
        M07(_forward(loss=lambda e: 0.5 * np.mean(e**2))),
    ],
)


def _loss(p: dict[str, Any], cache: Any, t: Any, x: Any) -> Any:
    y = p["W2"] @ sigmoid(p["W1"] @ x + p["b1"]) + p["b2"]
    return 0.5 * np.sum((y - t) ** 2), dict(p)


def _two_layers(
    error: Any = lambda y, t: y - t,
    back: Any = lambda p, e, h: p["W2"].T @ e,
    local: Any = lambda z, h: slope(z),
    outer: Any = np.outer,
    pairs: Any = lambda x, z, h: (x, h),
) -> Any:
    """Return the backward pass, or one with a slip in it."""

    def two_layer_backward(p: dict[str, Any], cache: dict[str, Any], t: Any) -> dict[str, Any]:
        x, z, h = cache["x"], cache["z"], cache["h"]
        e = error(cache["y"], t)
        d = back(p, e, h) * local(z, h)
        below, above = pairs(x, z, h)
        return {"W1": outer(d, below), "b1": d, "W2": outer(e, above), "b2": e}

    return two_layer_backward


def _stepped(rate: float) -> Any:
    return lambda p, e, h: (p["W2"] - rate * np.outer(e, h)).T @ e


def _exchanged(**places: str) -> Any:
    def two_layer_backward(p: dict[str, Any], cache: dict[str, Any], t: Any) -> dict[str, Any]:
        right = _two_layers()(p, cache, t)
        return {**right, **{name: right[other] for name, other in places.items()}}

    return two_layer_backward


two_layer_backward = Exercise(
    id="NB06.E02",
    answer="two_layer_backward(p, cache, t: (k,)) -> dict(W1: (h, d), b1: (h,), W2: (k, h), b2: (k,))",
    reference=cotangents_of(_loss),
    instances=sizes(
        d=(1, 4),
        h=(1, 5),
        k=(1, 3),
        draw={"p": _parameters, "x": lambda rng, d: rng.standard_normal(d)},
        derive={"cache": lambda p, x, t: {"x": x, **_forward()(p, x, t)}},
        cases={
            "the units are saturated": {"x": lambda rng, d: rng.choice([-8.0, 8.0], size=d)},
            "the input is zero": {"x": lambda d: np.zeros(d)},
        },
    ),
    points=4,
    see="NB06.W1",
    mistakes=[
        M01(_two_layers(back=lambda p, e, h: p["W2"] @ e)),
        M31(_two_layers(outer=lambda a, b: np.outer(b, a))),
        M06(_two_layers(error=lambda y, t: t - y)),
        M07(_two_layers(error=lambda y, t: 2.0 * (y - t))),
        M07(_two_layers(error=lambda y, t: (y - t) / len(t))),
        M08(_two_layers(local=lambda z, h: slope(h))),
        M09(_two_layers(local=lambda z, h: 1.0)),
        M09(_two_layers(local=lambda z, h: slope(z) ** 2)),
        M09(_two_layers(error=lambda y, t: (y - t) * slope(y))),
        M09(_two_layers(error=lambda y, t: (y - t) * y * (1.0 - y))),
        M10(_two_layers(back=lambda p, e, h: p["W2"][0] * e[0])),
        M10(_two_layers(back=lambda p, e, h: p["W2"][-1] * e[-1])),
        M12(_two_layers(back=lambda p, e, h: p["W2"].sum(axis=0))),
        M12(_two_layers(back=lambda p, e, h: 1.0)),
        *M26.at_any_rate(lambda rate: _two_layers(back=_stepped(rate))),
        M30(_two_layers(pairs=lambda x, z, h: (h, x))),
        M30(_two_layers(pairs=lambda x, z, h: (x, z))),
        M32.each(lambda g: g.sum(), only=("b1", "b2")),
        M34(_exchanged(W1="W2", W2="W1", b1="b2", b2="b1")),
        M34(_exchanged(b1="b2", b2="b1")),
        M34(_exchanged(W1="W2", W2="W1")),
        (M08 & M12)(_two_layers(back=lambda p, e, h: 1.0, local=lambda z, h: slope(h))),
    ],
)


def _net(theta: Any, x: Any, y: Any) -> Any:
    yhat = theta[2] * sigmoid(theta[0] * x) + theta[3] * sigmoid(theta[1] * x) + theta[4]
    return 0.5 * (yhat - y) ** 2


def _regression(
    error: Any = lambda e, yhat: e,
    local: Any = slope,
    weights: Any = lambda w3, w4: (w3, w4),
    crossed: Any = lambda g: g,
    below: Any = _same,
) -> Any:
    """Return the five gradients, or those with a slip in them."""

    def regression_net_grads(theta: Any, x: float, y: float) -> Any:
        w1, w2, w3, w4, b = theta
        h1, h2 = sigmoid(w1 * x), sigmoid(w2 * x)
        yhat = w3 * h1 + w4 * h2 + b
        e = error(yhat - y, yhat)
        u, v = weights(w3, w4)
        g = [e * u * local(w1 * x) * below(x), e * v * local(w2 * x) * below(x), e * h1, e * h2, e]
        return np.array(crossed(g))

    return regression_net_grads


def _prediction(theta: Any, x: float) -> float:
    return float(theta[2] * sigmoid(theta[0] * x) + theta[3] * sigmoid(theta[1] * x) + theta[4])


INPUT_FORGOTTEN = Kind(
    "input-forgotten",
    "the first layer's gradients lack the input",
    "The gradients of w1 and w2 equal what arrives at the hidden units.",
    "The local derivative of a product is left out.",
    "The input stands beside each weight of the first layer, and is its local derivative.",
    "NB06.W3",
)

regression_net_grads = Exercise(
    id="NB06.E03",
    answer="regression_net_grads(theta: (5,), x, y) -> gradient: (5,)",
    reference=cotangents_of(_net, gradient="theta"),
    instances=sizes(
        cases={
            "the units are saturated": {"theta": lambda rng: rng.standard_normal(5) * [9, -9, 1, 1, 1]},
            "the error is 0": {"y": _prediction},
            "x = 0": {"x": 0.0},
        },
    ),
    points=3,
    see="NB06.W3",
    mistakes=[
        M06(_regression(error=lambda e, yhat: -e)),
        M06.each(lambda g: g * [-1, -1, 1, 1, 1]),
        M06.each(lambda g: g * [1, 1, -1, -1, -1]),
        M06.each(lambda g: g * [1, 1, 1, 1, -1]),
        M07(_regression(error=lambda e, yhat: 2.0 * e)),
        M07(_regression(error=lambda e, yhat: 0.5 * e)),
        M08(_regression(local=lambda z: slope(sigmoid(z)))),
        M09(_regression(local=lambda z: 1.0)),
        M09(_regression(local=lambda z: slope(z) ** 2)),
        M09(_regression(error=lambda e, yhat: e * slope(yhat))),
        M09(_regression(error=lambda e, yhat: e * yhat * (1.0 - yhat))),
        M12(_regression(error=lambda e, yhat: 1.0)),
        M12.each(lambda g: np.append(g[:4], 1.0)),
        M34(_regression(weights=lambda w3, w4: (w4, w3))),
        M34(_regression(crossed=lambda g: [g[0], g[1], g[3], g[2], g[4]])),
        M34(_regression(crossed=lambda g: [g[1], g[0], g[2], g[3], g[4]])),
        M34(_regression(crossed=lambda g: [g[1], g[0], g[3], g[2], g[4]])),
        M34(_regression(crossed=lambda g: [g[2], g[3], g[0], g[1], g[4]])),
        M34(_regression(crossed=lambda g: g[::-1])),
        M34(_regression(crossed=lambda g: [g[4], *g[:4]])),
        INPUT_FORGOTTEN(_regression(below=lambda x: 1.0)),
    ],
)
