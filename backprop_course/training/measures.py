"""Norms of weights, gradients, updates and activations, layer by layer, at a few chosen steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .watching import watching

if TYPE_CHECKING:
    from .history import History
    from .steps import Arrays, Steps

_CLIPPING = {"ReLU"}  # classes whose units can be dead: 0, with slope 0, for all examples


def next_look(step: int) -> int:
    """When to look again: often at first, every 200 steps later, so that it costs a few per cent at most."""
    return step + min(200, 1 + step // 4)


class Watch:
    """Takes steps like `Steps`, and measures them.

    The gradients of a measured step are computed a second time, on the tape, where the layers can be seen.

    Parameters
    ----------
    steps : Steps
    discard : callable
        Called in between: what was noted of the first time does not count.
    """

    def __init__(self, steps: Steps, discard: Callable[[], None]) -> None:
        self.steps, self.discard = steps, discard

    def step(self, X: Any, y: Any, lr: Any, number: int, history: History) -> tuple[float, Any]:
        """Take the step after `number` others, and record its norms."""
        steps = self.steps
        before = {name: np.array(value) for name, value in steps.values.items()}
        found: dict[str, dict[str, float]] = {"activation": {}, "dead": {}}

        def seen(name: str, module: Any, out: Any) -> None:
            value = np.asarray(getattr(out, "value", out))
            found["activation"][name] = float(np.sqrt(np.mean(np.square(value))))
            if type(module).__name__ in _CLIPPING:
                found["dead"][name] = float(np.mean(~value.reshape(len(value), -1).any(axis=0)))

        with steps.undrawn(), watching(steps.model, seen):
            _, grads, _, _ = steps.gradients(steps.values, steps.buffers, X, y)
        self.discard()
        loss, out = steps(X, y, lr)
        found["weight"] = _norms(before)
        found["gradient"] = _norms(grads)
        found["update"] = _norms({name: steps.values[name] - old for name, old in before.items()})
        found["spread"] = {_layer(n): _spread(value) for n, value in before.items() if value.ndim == 2}
        history.measured(number + 1, found)
        return loss, out


def _layer(name: str) -> str:
    """The layer that a parameter belongs to: ``"0"`` for ``"0.weight"``."""
    return name.rpartition(".")[0] or name


def _norms(arrays: Arrays) -> dict[str, float]:
    """Euclidean norm over all parameters of each layer."""
    squares: dict[str, float] = {}
    for name, array in arrays.items():
        squares[_layer(name)] = squares.get(_layer(name), 0.0) + float(np.sum(np.square(array)))
    return {layer: math.sqrt(total) for layer, total in squares.items()}


def _spread(weight: Any) -> float:
    """How far the columns (units) of a weight matrix differ, by its largest entry; 1 for a single unit."""
    if weight.shape[1] < 2:
        return 1.0
    largest = float(np.max(np.abs(weight)))
    return float(np.max(np.ptp(weight, axis=1))) / largest if largest else 0.0
