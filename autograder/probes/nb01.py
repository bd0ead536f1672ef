"""Probes of NB01: units, activations by name, functions of functions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .common import QUIET
from .tools import Misfit, wrote

Array = npt.NDArray[Any]

ELEMENTWISE: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "cube": lambda z: z**3,
    "identity": lambda z: z,
}


def threshold_each(threshold_unit: Callable[..., Any], X: Array, w: Array, theta: float) -> tuple[Any]:
    """Ask one unit about every row of X."""
    return ([wrote(threshold_unit(x, w, theta)) for x in X],)


def gates(GATES: Any) -> dict[str, Any]:
    """Tell the weights and the threshold of each gate, one behind the other."""
    if not isinstance(wrote(GATES), Mapping):
        raise Misfit(f"GATES is a {type(GATES).__name__} where a dict is asked for")
    return {name: None if gate is None or gate is ... else _flat(gate) for name, gate in GATES.items()}


def _flat(gate: Any) -> list[Any]:
    return [number for part in gate for number in np.ravel(part).tolist()]


def activated(activation: Callable[..., Any], name: str, x: Any, settings: dict[str, float]) -> tuple[Any]:
    """Apply one activation; a setting that is not given has its usual value."""
    return (activation(name, x, **settings),)


def activated_calmly(activation: Callable[..., Any], x: Array) -> dict[str, Any]:
    """Apply activations with NumPy's warnings on, and tell the first one of each."""
    told: dict[str, Any] = {}
    for name in ("sigmoid", "tanh", "elu"):
        with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
            warnings.simplefilter("always")
            told[f"{name}_at_1000"] = wrote(activation(name, x))
        said = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
        told[f"{name}_warning"] = said[0] if said else QUIET
    return told


def forward(mlp_forward: Callable[..., Any], x: Array, W1: Array, W2: Array, activation: str) -> tuple[Any]:
    """Apply a network with an activation of the given name."""
    return (mlp_forward(x, W1, W2, ELEMENTWISE[activation]),)
