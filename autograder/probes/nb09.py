"""Probes of NB09: training in practice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import Misfit, field, several, wrote

Array = npt.NDArray[np.float64]


def stopped(
    EarlyStopping: Callable[..., Any], patience: int, scores: Array, weights: Array
) -> dict[str, Any]:
    """Feed scores with parameters that are changed in place between updates, as a training loop does."""
    stopping = wrote(EarlyStopping(patience))
    params = {"w": np.zeros_like(weights[0])}
    stops = []
    for score, w in zip(scores, weights, strict=True):
        params["w"][:] = w
        stops.append(wrote(field(stopping, "update")(float(score), params)))
    params["w"][:] = np.pi  # training goes on
    return {"stops": [bool(stop) for stop in stops], "best": field(stopping, "best")}


def epoch(minibatches: Callable[..., Any], X: Array, y: Array, size: int, seed: int) -> dict[str, Any]:
    """Go through two epochs with one generator, and through one with a new generator of the same seed."""
    kept, kept_labels = X.copy(), y.copy()  # someone may shuffle in place

    def batches(X: Array, y: Array, rng: np.random.Generator) -> tuple[list[int], list[int], list[bool]]:
        lengths, order, together = [], [], []
        for batch in wrote(minibatches(X, y, size, rng)):
            rows, labels = several(batch, 2, "each batch")
            lengths.append(len(rows))
            for row, label in zip(rows, labels, strict=True):
                found = np.flatnonzero(np.all(kept == row, axis=1))
                order.append(int(found[0]) if len(found) else -1)
                together.append(bool(len(found) and kept_labels[found[0]] == label))
        return lengths, order, together

    rng = np.random.default_rng(seed)
    lengths, order, together = batches(X, y, rng)
    _, following, _ = batches(kept.copy(), kept_labels.copy(), rng)
    _, again, _ = batches(kept.copy(), kept_labels.copy(), np.random.default_rng(seed))
    return {
        "sizes": np.array(lengths),
        "each_example_once": sorted(order) == list(range(len(X))),
        "labels_stay_with_rows": all(together),
        "order_is_shuffled": order != sorted(order),
        "next_epoch_differs": order != following,
        "same_seed_same_order": order == again,
    }


def of_a_pair(activation_backward: Callable[..., Any], a: Array, b: Array, g: Array) -> tuple[Any, ...]:
    """Ask for the backward pass of maxout, whose input is a pair."""
    return several(activation_backward("maxout", (a, b), g), 2, "activation_backward")


def initialised(
    init_weights: Callable[..., Any], kind: str, fan_in: int, fan_out: int, seed: int
) -> tuple[Any, ...]:
    """Draw weights twice with one generator and once with a new one, and tell how they are spread."""
    rng = np.random.default_rng(seed)
    W = np.asarray(wrote(init_weights(kind, fan_in, fan_out, rng)), float)
    following = np.asarray(init_weights(kind, fan_in, fan_out, rng), float)
    again = np.asarray(init_weights(kind, fan_in, fan_out, np.random.default_rng(seed)), float)
    spread = float(np.std(W))
    return (
        str(W.shape),
        # In units of the spread; how far a mean of so many draws lies from 0 by chance does not show.
        round(float(np.mean(W)) / spread, 1) + 0.0 if spread else float(np.mean(W)),
        spread**2,
        W.ndim == 2 and bool(np.any(W[:, 1:] != W[:, :1]) and np.any(W[1:] != W[:1])),
        not np.array_equal(W, following),
        np.array_equal(W, again),
    )


def block(
    residual_block_backward: Callable[..., Any],
    dY: Array,
    cache: dict[str, Array],
    params: dict[str, Array],
) -> dict[str, Any]:
    """Go backward through a residual block, and take the dict of gradients apart."""
    dX, grads = several(residual_block_backward(dY, cache, params), 2, "residual_block_backward")
    if not isinstance(grads, dict):
        raise Misfit(f"the second value is a {type(grads).__name__}, where a dict of gradients is asked for")
    if missing := [name for name in params if name not in grads]:
        raise Misfit(f"the dict of gradients has no key {', '.join(missing)}")
    return {"dX": dX, **{f"d{name}": grads[name] for name in params}}


def dropped(
    dropout_forward: Callable[..., Any], x: Array, p: float, train: bool, seed: int
) -> tuple[Any, ...]:
    """Drop entries of x, and tell which factors occur in the mask and in what becomes of x."""

    def forward(rng: np.random.Generator) -> tuple[Array, Array]:
        y, mask = several(dropout_forward(x, p, train, rng), 2, "dropout_forward")
        return np.asarray(y, float), np.asarray(mask, float)

    kept = x.copy()
    rng = np.random.default_rng(seed)
    (y, mask), (_, following) = forward(rng), forward(rng)
    _, again = forward(np.random.default_rng(seed))
    for name, array in (("y", y), ("mask", mask)):
        if array.shape != x.shape:
            raise Misfit(f"{name} has shape {array.shape} where that of x, {x.shape}, is asked for")
    return (
        _factors(mask),
        _factors(y / kept),
        np.mean(mask == 0),
        np.mean(y / kept),
        np.allclose(y, kept * mask),
        bool(np.any(mask != mask[:1]) and np.any(mask != mask[:, :1])),
        not np.array_equal(mask, following),
        np.array_equal(mask, again),
    )


def _factors(array: Array) -> Array:
    # Ratios are good to some 15 digits; more than a handful of different ones is told by the first of them.
    return np.unique(np.round(array, 9))[:5]


class small_network:  # reads as a function where a model is made
    """A hidden layer of tanh units and squared error, trained by plain gradient descent.

    Parameters
    ----------
    d, hidden : int
    lr : float
    state : str
        ``"zero"`` for weights that are all zero; anything else draws them.
    seed : int
    unit : float
        What the loss is multiplied by; the steps are not.
    """

    def __init__(self, d: int, hidden: int, lr: float, state: str, seed: int, unit: float) -> None:
        rng = np.random.default_rng(seed)
        scale = 0.0 if state == "zero" else 1.0
        self.W, self.c = scale * rng.standard_normal((d, hidden)), np.zeros(hidden)
        self.w, self.b = scale * rng.standard_normal(hidden) / np.sqrt(hidden), 0.0
        self.lr, self.unit = lr, unit
        self.seen: list[int] = []

    def loss(self, X: Array, y: Array) -> float:
        """Return the mean squared error, in the network's own unit."""
        return self.unit * float(np.mean((np.tanh(X @ self.W + self.c) @ self.w + self.b - y) ** 2))

    def step(self, X: Array, y: Array) -> float:
        """Take one step of gradient descent, and return the loss before it."""
        self.seen.append(len(X))
        H = np.tanh(X @ self.W + self.c)
        e = H @ self.w + self.b - y
        g = 2.0 * e / len(e)
        dZ = np.outer(g, self.w) * (1.0 - H**2)
        self.W, self.c = self.W - self.lr * X.T @ dZ, self.c - self.lr * dZ.sum(axis=0)
        self.w, self.b = self.w - self.lr * H.T @ g, self.b - self.lr * float(g.sum())
        return self.unit * float(np.mean(e**2))


def overfitted(overfit_check: Callable[..., Any], models: list[dict[str, Any]]) -> dict[str, Any]:
    """Hand over small networks, each with an ailment of its own or none, that count what they are fed."""
    told: dict[str, Any] = {}
    names = ("healthy", "with_long_steps", "with_zero_weights", "with_a_swinging_loss", "fed_with_nan")
    for name, made in zip(names, models, strict=True):
        how = (made[key] for key in ("lr", "state", "seed", "unit"))
        network = small_network(made["X"].shape[1], 12, *how)
        with np.errstate(all="ignore"):
            report = wrote(overfit_check(network, made["X"], made["y"], made["steps"]))
        if not isinstance(report, dict) or not {"ok", "reason"} <= set(report):
            raise Misfit("overfit_check did not return a dict with the keys ok and reason")
        told[f"ok_{name}"], told[f"reason_{name}"] = bool(report["ok"]), str(report["reason"])
        told[f"steps_{name}"], told[f"examples_{name}"] = len(network.seen), min(network.seen, default=0)
    return told
