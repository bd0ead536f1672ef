"""The trace of the zig-zag: a unit learns example by example, from positive or standardised inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import data, grad
from ..engine.drawing.text import MINUS
from ._live import Trace, decimals

STEPS = 60
TARGET = (1.0, -1.0)
VIEW = ((-0.75, 1.75), (-1.75, 0.75))
NAMES = ("positive", "standardised")
_FAR = 1e3  # steps that lead farther off than this are not followed


def trace_zigzag(centre: float = 1.0, spread: float = 0.4, lr: float = 0.2, seed: int = 0) -> Trace:
    """Let a unit with two weights learn (1, -1) from 60 examples, one at a time, with two kinds of inputs.

    Inputs are drawn from a normal distribution. One path sees their absolute values, so that all are
    positive; the other one sees them standardised. The loss of an example is half the squared error.

    Parameters
    ----------
    centre, spread : float
        Mean and standard deviation of the inputs.
    lr : float
        Step size.
    seed : int

    Returns
    -------
    dict
        ``paths`` (for each kind of inputs the weights before each step and at the end; shorter where they
        run away), ``mixed`` (for each kind, how many steps have entries of two signs), ``sentences`` (one
        for each step and for the end), ``said``, ``target``, ``view``, ``last``, ``code`` and ``error``.
    """
    drawn = np.random.default_rng(seed).normal(centre, spread, (STEPS, 2))
    inputs = (np.abs(drawn), data.standardize(drawn).apply(drawn))
    walks = [_walk(x, lr) for x in inputs]
    mixed = [int(np.sum(np.prod(np.diff(walk, axis=0), axis=1) < 0)) for walk in walks]
    last = max(len(walk) for walk in walks) - 1
    ends = [_distance(walk, last) for walk in walks]
    return {
        "error": "",
        "paths": [[np.round(w, 4).tolist() for w in walk] for walk in walks],
        "mixed": mixed,
        "sentences": [
            "\n".join(_sentence(*pair, k) for pair in zip(NAMES, walks, inputs, strict=True))
            for k in range(last + 1)
        ],
        "said": f"Steps whose two entries differ in sign: {mixed[0]} with positive inputs, {mixed[1]} with "
        f"standardised ones. At the end they are {ends[0]} and {ends[1]} away from the target.",
        "target": list(TARGET),
        "view": [list(side) for side in VIEW],
        "last": {"step": last},
        "code": _code(centre, spread, lr, seed),
    }


def _walk(inputs: Any, lr: float) -> Any:
    """Return the weights before each step and at the end; fewer where they run away."""
    target, w = np.array(TARGET), np.zeros(2)
    walk = [w]
    for x in inputs:
        w = w - lr * np.asarray(grad(_loss)(w, x, target))
        walk.append(w)
        if np.abs(w).max() > _FAR:
            break
    return np.array(walk)


def _loss(w: Any, x: Any, target: Any) -> Any:
    return (w @ x - target @ x) ** 2 / 2


def _sentence(name: str, walk: Any, inputs: Any, k: int) -> str:
    words = name.capitalize()
    if k >= len(walk):
        return f"{words}: the steps have grown without bounds."
    here = f"{words}, after {k} {'step' if k == 1 else 'steps'}: {_distance(walk, k)} away."
    if k == len(walk) - 1:
        return here
    step = walk[k + 1] - walk[k]
    if (step == 0).any():
        signs = "an entry is 0"
    else:
        signs = "one sign" if step[0] * step[1] > 0 else "two signs"
    return f"{here} The next input is {_pair(inputs[k])}, the step {_pair(step)}: {signs}."


def _distance(walk: Any, k: int) -> str:
    if k >= len(walk):
        return "more than a thousand"
    return decimals(float(np.linalg.norm(walk[k] - TARGET)), 2)


def _pair(values: Any) -> str:
    return "(" + ", ".join(f"{v:+.3f}".replace("-", MINUS) for v in values) + ")"


def _code(centre: float, spread: float, lr: float, seed: int) -> str:
    return (
        "import numpy as np\nfrom backprop_course import data, grad\n\n"
        f"target = np.array({list(TARGET)})\n"
        f"drawn = np.random.default_rng({seed}).normal({centre}, {spread}, ({STEPS}, 2))\n\n"
        "def loss(w, x):\n    return (w @ x - target @ x) ** 2 / 2\n\n"
        "for inputs in (np.abs(drawn), data.standardize(drawn).apply(drawn)):\n"
        f"    w = np.zeros(2)\n    for x in inputs:\n        w = w - {lr} * grad(loss)(w, x)\n"
        "    print(w, np.linalg.norm(w - target))"
    )
