"""Naming what went bad: one step again, with every value looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import detect_anomaly
from ..errors import AnomalyError
from .watching import watching

if TYPE_CHECKING:
    from .steps import Steps


def first_bad(steps: Steps, X: Any, y: Any, lr: Any) -> str:
    """Say which operation of a step from here gives the first value that is not finite.

    Parameters
    ----------
    steps : Steps
        With the parameters from before the step, which are finite.
    X, y : ndarray
        The batch.
    lr : float or tuple of floats
    """
    running: list[str] = []  # the layers that are being called, outermost first
    with watching(steps.model, lambda name, x, out: None, running):
        try:
            with detect_anomaly(), steps.undrawn():
                _, grads, _, _ = steps.gradients(steps.values, steps.buffers, X, y)
        except AnomalyError as error:
            layer = f" in layer {running[-1]}" if running else ""
            return f"{error.what.rstrip('.')}{layer}: {error.got}"
    with np.errstate(all="ignore"):
        values, _ = steps.optimizer.updated(steps.values, grads, steps.state, lr)
    for name, value in values.items():
        if not np.isfinite(value).all():
            return f"The gradients are finite, and the update of {name!r} is not"
    return "The step is finite when it is taken again"
