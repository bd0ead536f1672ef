"""Settings of the network lab: what can be chosen, and what is chosen at first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from .. import nn, optim
from ..errors import UsageError
from ._lab_data import FEATURES, OWN, SETS

Settings = dict[str, Any]

MOST_LAYERS, MOST_UNITS, MOST_POINTS, LARGEST_SEED = 6, 8, 500, 10**6
ACTIVATIONS = ("tanh", "relu", "sigmoid", "identity", "leaky_relu", "elu", "softplus", "silu", "gelu")
RATES = (0.00001, 0.0001, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
STRENGTHS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
PENALTIES: dict[str, Any] = {"none": None, "L1": nn.l1, "L2": nn.l2}
NOISES = tuple(round(i / 20, 2) for i in range(11))
TRAIN = tuple(range(10, 101, 10))  # per cent
BATCHES = (1, 2, 4, 5, 8, 10, 15, 20, 30, 50, 100, 500)
SIZES = (20, 50, 100, 200, 300, 500)

# How each optimiser is made of parameters and rate, and the same as code.
OPTIMIZERS: dict[str, tuple[Callable[..., Any], str]] = {
    "SGD": (optim.SGD, "optim.SGD(model.parameters(), lr={rate})"),
    "momentum": (partial(optim.SGD, momentum=0.9), "optim.SGD(model.parameters(), lr={rate}, momentum=0.9)"),
    "Nesterov": (
        partial(optim.SGD, momentum=0.9, nesterov=True),
        "optim.SGD(model.parameters(), lr={rate}, momentum=0.9, nesterov=True)",
    ),
    "AdaGrad": (optim.AdaGrad, "optim.AdaGrad(model.parameters(), lr={rate})"),
    "RMSProp": (optim.RMSProp, "optim.RMSProp(model.parameters(), lr={rate})"),
    "Adam": (optim.Adam, "optim.Adam(model.parameters(), lr={rate})"),
}
# Loss, what follows the last layer, and the function's name in code.
LOSSES: dict[str, dict[str, tuple[Any, str | None, str]]] = {
    "classification": {
        "cross-entropy": (nn.binary_cross_entropy, None, "nn.binary_cross_entropy"),
        "squared error": (nn.squared_error, "tanh", "nn.squared_error"),
    },
    "regression": {
        "squared error": (nn.squared_error, None, "nn.squared_error"),
        "absolute error": (nn.absolute_error, None, "nn.absolute_error"),
        "Huber": (nn.huber, None, "nn.huber"),
    },
}
DEFAULTS: Settings = {
    "data": "circles",
    "n": 200,
    "noise": 0.1,
    "data_seed": 0,
    "train": 50,
    "batch": 10,
    "features": ["x₁", "x₂"],
    "hidden": [4, 2],
    "activations": ["tanh", "tanh"],
    "bias": True,
    "output_bias": True,
    "loss": "cross-entropy",
    "optimizer": "SGD",
    "rate": 0.03,
    "penalty": "none",
    "strength": 0.0,
    "seed": 0,
}


def problem_of(settings: Settings, own_problem: str) -> str:
    """Return the problem that the data of these settings pose."""
    return own_problem if settings["data"] == OWN else SETS[settings["data"]].problem


def checked(given: Mapping[str, Any], own_problem: str = "") -> Settings:
    """Return complete settings: what is given, defaults for the rest; what does not go together is adapted.

    Parameters
    ----------
    given : dict
        Some of the keys of `DEFAULTS`.
    own_problem : str
        The problem of the learner's own data; empty where there are none.

    Raises
    ------
    UsageError
        If a name is unknown, or a value is none that can be chosen.
    """
    if unknown := given.keys() - DEFAULTS.keys():
        raise _refused("setting", ", ".join(sorted(map(str, unknown))), ", ".join(DEFAULTS))
    new = {**DEFAULTS, **given}
    names = [*SETS, *([OWN] if own_problem else [])]
    for name, choices in (
        ("data", names),
        ("optimizer", list(OPTIMIZERS)),
        ("penalty", list(PENALTIES)),
    ):
        if new[name] not in choices:
            raise _refused(name, new[name], ", ".join(choices))
    for name, least, most in (
        ("n", 10, MOST_POINTS),
        ("train", 1, 100),
        ("batch", 1, 10**6),
        ("data_seed", 0, LARGEST_SEED),
        ("seed", 0, LARGEST_SEED),
    ):
        new[name] = _whole(name, new[name], least, most)
    for name, below in (("noise", 0.5), ("rate", 1e6), ("strength", 1e6)):
        new[name] = _amount(name, new[name], below)
    for name in ("bias", "output_bias"):
        new[name] = bool(new[name])
    new["features"] = _features(new["features"])
    new["hidden"] = [_whole("hidden", units, 1, MOST_UNITS) for units in _listed("hidden", new["hidden"])]
    if len(new["hidden"]) > MOST_LAYERS:
        raise _refused("hidden", new["hidden"], f"at most {MOST_LAYERS} layers")
    new["activations"] = _activations(new["activations"], len(new["hidden"]))
    losses = LOSSES[problem_of(new, own_problem)]
    if new["loss"] not in {name for known in LOSSES.values() for name in known}:
        raise _refused("loss", new["loss"], ", ".join(losses))
    if new["loss"] not in losses:  # of another problem: the data decide
        new["loss"] = next(iter(losses))
    if new["data"] == "XOR":
        new["train"] = 100  # four points, of which none can be spared
    return new


def _features(given: Any) -> list[str]:
    plain = {"x1": "x₁", "x2": "x₂", "x1^2": "x₁²", "x2^2": "x₂²", "x1x2": "x₁x₂"}
    plain |= {"sin x1": "sin x₁", "sin x2": "sin x₂"}
    chosen = {plain.get(name, name) for name in _listed("features", given)}
    if not chosen or not chosen <= FEATURES.keys():
        raise _refused("features", given, f"at least one of {', '.join(FEATURES)}")
    return [name for name in FEATURES if name in chosen]


def _activations(given: Any, layers: int) -> list[str]:
    names = [given] * layers if isinstance(given, str) else _listed("activations", given)
    for name in names:
        if name not in ACTIVATIONS:
            raise _refused("activations", name, ", ".join(ACTIVATIONS))
    last = names[-1] if names else ACTIVATIONS[0]
    return (names + [last] * layers)[:layers]


def _listed(name: str, given: Any) -> list[Any]:
    if isinstance(given, list | tuple):
        return list(given)
    raise _refused(name, given, "a list")


def _whole(name: str, given: Any, least: int, most: int) -> int:
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and least <= given <= most:
        return int(given)
    raise _refused(name, given, f"a whole number from {least} to {most}")


def _amount(name: str, given: Any, most: float) -> float:
    if isinstance(given, int | float | np.number) and not isinstance(given, bool) and 0 <= given <= most:
        return float(given)
    raise _refused(name, given, f"a number from 0 to {most:g}")


def _refused(name: str, got: Any, expected: str) -> UsageError:
    return UsageError(
        f"The network lab does not know this {name}.",
        expected=expected,
        got=repr(got)[:80],
        mend="NetworkLab().settings shows all settings with their values",
    )


def choices_of(own_problem: str) -> dict[str, Any]:
    """Return what can be chosen in the browser, as plain JSON.

    Parameters
    ----------
    own_problem : str
        The problem of the learner's own data; empty where there are none.
    """
    problems = {name: kind.problem for name, kind in SETS.items()}
    if own_problem:
        problems = {OWN: own_problem, **problems}
    return {
        "data": problems,
        "loss": {problem: list(losses) for problem, losses in LOSSES.items()},
        "optimizer": list(OPTIMIZERS),
        "rate": list(RATES),
        "penalty": list(PENALTIES),
        "strength": list(STRENGTHS),
        "noise": list(NOISES),
        "train": list(TRAIN),
        "batch": list(BATCHES),
        "n": list(SIZES),
        "activations": list(ACTIVATIONS),
        "features": list(FEATURES),
    }
