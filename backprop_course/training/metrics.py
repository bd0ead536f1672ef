"""Metrics: numbers that people read and nobody differentiates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ..errors import ShapeError, UsageError

Metric = Callable[[Any, Any], float]


def accuracy(output: Any, target: Any) -> float:
    """Share of examples that are classified as their target says.

    Parameters
    ----------
    output : ndarray, shape (N, C), or (N, 1) or (N,) for two classes
        Logits: the largest counts, or whether the one is above 0.
    target : ndarray, shape (N,) of classes, or the shape of `output`
        Classes counted from 0, one-hot or soft rows, or 0 and 1.

    Raises
    ------
    ShapeError
        If the shapes do not fit each other.
    """
    output, target = np.asarray(output), np.asarray(target)
    if output.ndim > 1 and output.shape[-1] > 1:
        found = np.argmax(output, axis=-1)
        wanted = np.argmax(target, axis=-1) if target.shape == output.shape else target
    else:
        found, wanted = (output > 0).reshape(len(output)), np.asarray(target > 0.5).reshape(len(target), -1)
        wanted = wanted[:, 0] if wanted.shape[1] == 1 else wanted
    if found.shape != wanted.shape:
        raise ShapeError(
            "The targets do not fit the outputs.",
            expected=f"classes of shape {found.shape}, or targets of shape {output.shape}",
            got=f"targets of shape {target.shape}",
            mend="hand in one target for each row of the output",
        )
    return float(np.mean(found == wanted))


_KNOWN = {"accuracy": accuracy}


def by_name(metrics: Mapping[str, Metric] | Iterable[Metric | str]) -> dict[str, Metric]:
    """Take metrics as functions, names of known ones, or a dict of name and function."""
    pairs = metrics.items() if isinstance(metrics, Mapping) else ((None, metric) for metric in metrics)
    found: dict[str, Metric] = {}
    for name, metric in pairs:
        function = _KNOWN.get(metric) if isinstance(metric, str) else metric
        if not callable(function):
            raise UsageError(
                "This is no metric.",
                expected=f"a function (output, target) -> number, or one of: {', '.join(_KNOWN)}",
                got=repr(metric),
                mend="metrics=['accuracy'], or hand in the function itself",
            )
        name = name or getattr(function, "__name__", type(function).__name__)
        found[str(name)] = function
    return found
