"""Probes of NB06: a fit with restarts, asked again when it has not found the best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .tools import several

FOUND = "the best is found"
ONE_START = "the same from one start"
ANY_SEED = "the same from any seed"
NOT_THE_BEST = "another than from one start, and not the best"


def fitted(
    fit_xor: Callable[..., Any], output_bias: bool, restarts: int, seed: int, enough: float
) -> dict[str, Any]:
    """Fit; where the loss is above `enough`, fit from one start and from other seeds to tell more."""

    def fit(restarts: int, seed: int) -> tuple[Any, ...]:
        return several(fit_xor(output_bias, restarts, seed), 2, "fit_xor")

    params, loss = fit(restarts, seed)
    best = FOUND
    if not loss <= enough:
        best = NOT_THE_BEST
        if _same(params, fit(restarts, seed + 1)[0]):
            best = ANY_SEED
        elif _same(params, fit(1, seed)[0]):
            best = ONE_START
    return {"params": params, "loss": {"loss": loss, "params": params}, "best": best}


def fitted_with_bias(*args: Any) -> dict[str, Any]:
    """Fit a network with an output bias."""
    return {f"{name}_with_bias": value for name, value in fitted(*args).items()}


def _same(one: Any, other: Any) -> bool:
    """Whether two dicts hold the same parameters; in a batch of starts sums may be rounded differently."""
    return one.keys() == other.keys() and all(
        np.shape(one[key]) == np.shape(other[key]) and np.allclose(one[key], other[key], rtol=1e-6)
        for key in one
    )
