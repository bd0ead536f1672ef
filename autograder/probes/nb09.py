"""Probes of NB09: training in practice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import field, several, wrote

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

    def batches(rng: np.random.Generator) -> tuple[list[int], list[int], list[bool]]:
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
    (lengths, order, together), (_, following, _) = batches(rng), batches(rng)
    _, again, _ = batches(np.random.default_rng(seed))
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
