"""A model as it is used: outputs, loss and metrics in evaluation, in plain NumPy."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from .. import nn
from .metrics import Metric

_ROWS = 4096  # examples at once: bounds the memory, and changes no number


def evaluate(
    model: Any, values: dict[str, Any], loss: Any, X: Any, y: Any, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """Loss and metrics by name, as means over the examples.

    Parameters
    ----------
    model : nn.Module
    values : dict of str to ndarray
        All that `nn.pure` takes.
    loss : callable ``(output, target) -> scalar``
    X, y : ndarray, N rows each
    metrics : dict of str to callable ``(output, target) -> float``
    """
    totals = dict.fromkeys(("loss", *metrics), 0.0)
    with evaluating(model):
        for start in range(0, len(X), _ROWS):
            target = y[start : start + _ROWS]
            out = nn.pure(model, values, X[start : start + _ROWS])[0]
            totals["loss"] += float(loss(out, target)) * len(target)
            for name, metric in metrics.items():
                totals[name] += float(metric(out, target)) * len(target)
    return {name: total / len(X) for name, total in totals.items()}


def predict(model: Any, values: dict[str, Any], X: Any) -> Any:
    """Outputs, one row for each row of X."""
    with evaluating(model):
        found = [nn.pure(model, values, X[i : i + _ROWS])[0] for i in range(0, max(len(X), 1), _ROWS)]
    return found[0] if len(found) == 1 else np.concatenate(found)


@contextlib.contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Evaluation inside; then each module as it was."""
    before = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training
