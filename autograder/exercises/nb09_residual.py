"""NB09: backward through a residual block with a ReLU behind its sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import relu

from ..exercise import Exercise
from ..instances import sizes
from ..mistakes import M01, M02, M03, M04, M06, M09, M10, M12, M15, M16, M17, M20, M32, Kind
from ..reference import cotangents_of

PAST_THE_LAST_RELU = Kind(
    "past-the-last-relu",
    "what arrives goes past the last ReLU on one of the two ways",
    "One of the two contributions to dX lacks the mask of the last ReLU.",
    "A link of the chain is missing on one path.",
    "The two ways meet in the sum S, and the last ReLU stands behind it. So its mask is applied once, before "
    "the ways part.",
    "NB09.W4",
)
WRONG_MASK = Kind(
    "mask-of-another-sum",
    "the last ReLU's mask is taken from another array than its input",
    "The zeros stand where another array of the forward pass is negative.",
    "A local derivative is evaluated at the wrong array.",
    "The last ReLU saw the sum of both ways. Whether the branch alone or the input alone was positive does "
    "not matter.",
    "NB09.W4",
)


def _block(X: Any, params: Any) -> dict[str, Any]:
    Z1 = X @ params["W1"] + params["b1"]
    H = relu(Z1)
    S = X + H @ params["W2"] + params["b2"]
    return {"X": X, "Z1": Z1, "H": H, "S": S, "Y": relu(S)}


def _forward(cache: Any, params: Any) -> Any:
    out = _block(cache["X"], params)["Y"]
    return out, {"X": cache["X"], **{name: params[name] for name in ("W1", "b1", "W2", "b2")}}


def _on(sums: Any) -> Any:
    return 1.0 * (sums > 0)


def _wrong(
    last: Any = lambda dY, c, p: dY * _on(c["S"]),
    inner: Any = lambda dH, c: dH * _on(c["Z1"]),
    skip: Any = lambda dS, dY: dS,
    branch: Any = lambda dZ, W1: dZ @ W1.T,
    back: Any = lambda dS, W2: dS @ W2.T,
    outer: Any = lambda A, g: A.T @ g,
    bias: Any = lambda g: g.sum(axis=0),
) -> Any:
    """Return the backward pass, or one with a slip in it."""

    def residual_block_backward(dY: Any, cache: Any, params: Any) -> Any:
        dS = last(dY, cache, params)
        dZ = inner(back(dS, params["W2"]), cache)
        grads = {"W1": outer(cache["X"], dZ), "b1": bias(dZ), "W2": outer(cache["H"], dS), "b2": bias(dS)}
        return skip(dS, dY) + branch(dZ, params["W1"]), grads

    return residual_block_backward


def _weights(rng: np.random.Generator, d: int, h: int) -> Any:
    return {
        "W1": rng.standard_normal((d, h)),
        "b1": rng.standard_normal(h),
        "W2": rng.standard_normal((h, d)),
        "b2": rng.standard_normal(d),
    }


def _no_bias(rng: np.random.Generator, d: int, h: int) -> Any:
    return {**_weights(rng, d, h), "b1": np.zeros(h), "b2": np.zeros(d)}


def _dead(rng: np.random.Generator, d: int, h: int) -> Any:
    return {**_weights(rng, d, h), "b1": np.where(np.arange(h) % 2, -100.0, 1.0)}


residual_block_backward = Exercise(
    id="NB09.E05",
    answer="residual_block_backward(dY, cache, params)",
    probe="nb09.block(dY: (N, d), cache, params) "
    "-> dX: (N, d), dW1: (d, h), db1: (h,), dW2: (h, d), db2: (d,)",
    reference=cotangents_of(_forward),
    instances=sizes(
        N=(1, 6),
        d=3,
        h=4,
        draw={"X": lambda rng, N, d: rng.standard_normal((N, d)), "params": _weights},
        derive={"cache": _block},
        cases={
            "every other hidden unit is dead": {"params": _dead},
            "some sums are exactly 0": {
                "X": lambda rng, N, d: rng.standard_normal((N, d)) * (np.arange(N) % 2)[:, None],
                "params": _no_bias,
            },
            "some hidden sums are exactly 0": {
                "X": lambda rng, N, d: rng.standard_normal((N, d)) * (np.arange(N) % 2)[:, None],
                "params": lambda rng, d, h: {**_no_bias(rng, d, h), "b2": rng.uniform(0.5, 1.5, d)},
            },
        },
    ),
    points=5,
    see="NB09.W4",
    mistakes=[
        M10(_wrong(skip=lambda dS, dY: 0.0)),
        M10(_wrong(branch=lambda dZ, W1: 0.0)),
        M09(_wrong(last=lambda dY, c, p: dY)),
        M09(_wrong(inner=lambda dH, c: dH)),
        PAST_THE_LAST_RELU(_wrong(skip=lambda dS, dY: dY)),
        WRONG_MASK(_wrong(last=lambda dY, c, p: dY * _on(c["H"] @ p["W2"] + p["b2"]))),
        WRONG_MASK(_wrong(last=lambda dY, c, p: dY * _on(c["X"]))),
        M15(_wrong(last=lambda dY, c, p: dY * _on(dY))),
        M15(_wrong(inner=lambda dH, c: dH * _on(dH))),
        M16(
            _wrong(last=lambda dY, c, p: dY * (c["S"] >= 0), inner=lambda dH, c: dH * (c["Z1"] >= 0)),
        ),
        M16(_wrong(last=lambda dY, c, p: dY * (c["S"] >= 0))),
        M16(_wrong(inner=lambda dH, c: dH * (c["Z1"] >= 0))),
        M17(_wrong(last=lambda dY, c, p: dY * c["Y"])),
        M17(_wrong(inner=lambda dH, c: dH * c["H"])),
        M03(_wrong(bias=lambda g: g)),
        M04(_wrong(bias=lambda g: g.mean(axis=0))),
        M04(_wrong(bias=lambda g: g.mean(axis=0), outer=lambda A, g: A.T @ g / len(g))),
        M20(_wrong(bias=lambda g: g.sum(axis=1))),
        M32(_wrong(bias=lambda g: g.sum())),
        M01(_wrong(back=lambda dS, W2: dS @ W2)),
        M01(_wrong(branch=lambda dZ, W1: dZ @ W1)),
        M01(_wrong(outer=lambda A, g: A @ g)),
        M02(_wrong(outer=lambda A, g: g.T @ A)),
        M06.each(lambda g: -g),
        M06(_wrong(branch=lambda dZ, W1: -dZ @ W1.T)),
        M12(_wrong(last=lambda dY, c, p: _on(c["S"]))),
    ],
)
