"""Probes of NB09: training in practice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import field, wrote

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
