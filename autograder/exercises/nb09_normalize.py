"""NB09: backward through normalisation, over the batch or over each row."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import between, sizes
from ..mistakes import M03, M04, M06, M12, M20, M23, M32, M34, Kind
from ..reference import cotangents_of

SCALE_MISSING = Kind(
    "scale-missing",
    "the learned scale is left out on the way back",
    "The numbers for the inputs lack the factor gamma.",
    "A link of the chain is missing.",
    "The normalised value was multiplied by gamma on its way to the output. What arrives is multiplied by "
    "gamma before it meets the statistics.",
    "NB09.W2",
)
RAW_INPUT = Kind(
    "raw-input",
    "the raw input stands where the normalised one belongs",
    "The gradient of the scale pairs what arrives with the wrong array.",
    "A factor is taken from the wrong place of the forward pass.",
    "Gamma multiplies the normalised value. So its gradient is what arrives, times that value.",
    "NB09.W2",
)
EPS_FORGOTTEN = Kind(
    "eps-forgotten",
    "the small constant under the root is forgotten",
    "The numbers would be right if eps were 0.",
    "The backward pass divides by something else than the forward pass.",
    "The forward pass divided by the root of variance plus eps. Going back, the same number is needed.",
    "NB09.W2",
)
VARIANCE_FOR_ROOT = Kind(
    "variance-for-root",
    "the gradient is divided by the variance instead of its root",
    "The numbers are off by one more factor of the standard deviation.",
    "A power in the formula is wrong.",
    "Inputs are divided by a standard deviation once, so gradients are too.",
    "NB09.W2",
)


def _normalised(cache: Any, axis: int) -> Any:
    X, gamma, beta = cache["X"], cache["gamma"], cache["beta"]
    centred = X - np.mean(X, axis=axis, keepdims=True)
    variance = np.mean(centred**2, axis=axis, keepdims=True)
    return gamma * centred / np.sqrt(variance + cache["eps"]) + beta, {"X": X, "gamma": gamma, "beta": beta}


def _cache(X: Any, gamma: Any, beta: Any, eps: float, axis: int) -> dict[str, Any]:
    mean, var = X.mean(axis=axis, keepdims=True), X.var(axis=axis, keepdims=True)
    inv_std = 1.0 / np.sqrt(var + eps)
    xhat = (X - mean) * inv_std
    return {"X": X, "xhat": xhat, "mean": mean, "var": var, "inv_std": inv_std, "gamma": gamma,
            "beta": beta, "eps": eps}  # fmt: skip


def _dX(h: Any, c: Any, axis: int, *, mean: float = 1.0, variance: float = 1.0) -> Any:
    """Return the gradient of the inputs from that of the normalised values, its paths weighted."""
    through_mean = h.mean(axis=axis, keepdims=True)
    through_variance = c["xhat"] * (h * c["xhat"]).mean(axis=axis, keepdims=True)
    return (h - mean * through_mean - variance * through_variance) * c["inv_std"]


def _wrong(dX: Any = None, dgamma: Any = None, dbeta: Any = None) -> Any:
    """Return a wrong answer that goes wrong where it is told to, from dY, cache, axis."""

    def normalize_backward(dY: Any, cache: Any, axis: int) -> tuple[Any, ...]:
        h = dY * cache["gamma"]
        return (
            dX(h, cache, axis) if dX else _dX(h, cache, axis),
            dgamma(dY, cache) if dgamma else (dY * cache["xhat"]).sum(axis=0),
            dbeta(dY) if dbeta else dY.sum(axis=0),
        )

    return normalize_backward


def _rescaled(h: Any, c: Any, axis: int, inv_std: Any) -> Any:
    return _dX(h, c, axis) / c["inv_std"] * inv_std


def _summed(h: Any, c: Any, axis: int) -> Any:
    count = h.shape[axis]
    return _dX(h, c, axis, mean=count, variance=count)


def _on(axis: int) -> Piece:
    where = ("over_batch", "over_row")[axis]
    dX, dgamma, dbeta = (f"{name}_{where}" for name in ("dX", "dgamma", "dbeta"))
    right = _wrong()
    return Piece(
        answer=f"normalize_backward(dY: (N, d), cache, axis) -> {dX}: (N, d), {dgamma}: (d,), {dbeta}: (d,)",
        reference=cotangents_of(_normalised, **{dX: "X", dgamma: "gamma", dbeta: "beta"}),
        instances=sizes(
            N=(1, 6),
            d=4,
            draw={
                "axis": lambda: axis,
                "X": lambda rng, N, d: 1.5 * rng.standard_normal((N, d)) + rng.standard_normal(d),
                "gamma": lambda rng, d: rng.uniform(0.5, 2.0, d) * rng.choice((-1.0, 1.0), d),
                "beta": lambda rng, d: rng.standard_normal(d),
                "eps": between(0.1, 0.6),
            },
            derive={"cache": lambda X, gamma, beta, eps: _cache(X, gamma, beta, eps, axis)},
            cases={"eps is large": {"eps": 5.0}, "eps is small": {"eps": 1e-5}},
        ),
        mistakes=[
            M23(_wrong(dX=lambda h, c, axis: h * c["inv_std"])),
            M23(_wrong(dX=lambda h, c, axis: _dX(h, c, axis, variance=0.0))),
            M23(_wrong(dX=lambda h, c, axis: _dX(h, c, axis, mean=0.0))),
            M20(_wrong(dX=lambda h, c, axis: _dX(h, c, 1 - axis))),
            M20(_wrong(dgamma=lambda dY, c: (dY * c["xhat"]).sum(axis=1), dbeta=lambda dY: dY.sum(axis=1))),
            M03(_wrong(dgamma=lambda dY, c: dY * c["xhat"], dbeta=lambda dY: dY)),
            M32(_wrong(dgamma=lambda dY, c: (dY * c["xhat"]).sum(), dbeta=lambda dY: dY.sum())),
            M04(_wrong(dgamma=lambda dY, c: (dY * c["xhat"]).mean(axis=0), dbeta=lambda dY: dY.mean(axis=0))),
            M04(_wrong(dX=_summed)),
            M06(_wrong(dX=lambda h, c, axis: _dX(h, c, axis, variance=-1.0))),
            M06(_wrong(dX=lambda h, c, axis: _dX(h, c, axis, mean=-1.0))),
            M06.each(lambda g: -g),
            M12(lambda dY, cache, axis: right(np.ones_like(dY), cache, axis)),
            M34(lambda dY, cache, axis: [right(dY, cache, axis)[i] for i in (0, 2, 1)]),
            SCALE_MISSING(_wrong(dX=lambda h, c, axis: _dX(h / c["gamma"], c, axis))),
            RAW_INPUT(_wrong(dgamma=lambda dY, c: (dY * c["X"]).sum(axis=0))),
            RAW_INPUT(_wrong(dgamma=lambda dY, c: (dY * (c["X"] - c["mean"])).sum(axis=0))),
            EPS_FORGOTTEN(_wrong(dX=lambda h, c, axis: _rescaled(h, c, axis, c["var"] ** -0.5))),
            VARIANCE_FOR_ROOT(_wrong(dX=lambda h, c, axis: _rescaled(h, c, axis, c["inv_std"] ** 2))),
        ],
    )


normalize_backward = Exercise(id="NB09.E03", points=6, see="NB09.W2", pieces=[_on(0), _on(1)])
