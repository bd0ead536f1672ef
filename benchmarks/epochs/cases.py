"""What is trained: data, network, rule, start and order of the examples; the same numbers for everybody."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from backprop_course import data

BATCH = 32
EPOCHS = 10  # timed; one more comes before, which sets up what there is to set up
SEED = 0


@dataclass(frozen=True)
class Case:
    """One training run.

    Attributes
    ----------
    name : str
    set : str
        ``"digits"`` or ``"moons"``.
    sizes : tuple of int
        10 outputs end in softmax cross-entropy, 1 in the sigmoid's.
    activation : str
        ``"relu"`` or ``"tanh"``.
    rule : str
        ``"sgd"`` or ``"adam"``, as in PyTorch, without momentum or decay.
    lr : float
    """

    name: str
    set: str
    sizes: tuple[int, ...]
    activation: str
    rule: str
    lr: float

    def examples(self) -> tuple[Any, Any]:
        """X of float64, and y: classes, or one column of 0 and 1."""
        if self.set == "digits":
            return data.digits()
        X, y = data.moons(1000, noise=0.1, rng=SEED)
        return X, y[:, None].astype(float)

    def start(self) -> list[Any]:
        """Weights (inputs, outputs) and biases, in turn."""
        rng = np.random.default_rng(SEED)
        params = []
        for n, m in itertools.pairwise(self.sizes):
            params += [rng.normal(size=(n, m)) / np.sqrt(n), np.zeros(m)]
        return params


CASES = (
    Case("digits, SGD", "digits", (64, 64, 10), "relu", "sgd", 0.05),
    Case("digits, Adam", "digits", (64, 64, 10), "relu", "adam", 0.001),
    Case("moons, SGD", "moons", (2, 16, 16, 1), "tanh", "sgd", 0.1),
    Case("moons, Adam", "moons", (2, 16, 16, 1), "tanh", "adam", 0.005),
)


@dataclass
class Trained:
    """What a run gave: how long it took, in seconds, and the parameters, as `Case.start` orders them."""

    seconds: float
    params: list[Any]


def loss(case: Case, params: list[Any]) -> float:
    """Mean loss over all examples, in plain NumPy."""
    h, y = case.examples()
    for k in range(0, len(params), 2):
        h = h @ params[k] + params[k + 1]
        if k < len(params) - 2:
            h = np.maximum(h, 0) if case.activation == "relu" else np.tanh(h)
    if case.sizes[-1] == 1:
        return float(np.mean(np.logaddexp(0, h) - h * y))
    h = h - h.max(axis=1, keepdims=True)
    return float(np.mean(np.log(np.exp(h).sum(axis=1)) - h[np.arange(len(y)), y]))
