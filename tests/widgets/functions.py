"""Functions whose graphs the widget tests look at."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import sigmoid


def logistic(w: Any, b: Any, x: Any, t: Any) -> Any:
    """Logistic least squares, the first example of NB04."""
    z = w * x + b
    y = sigmoid(z)
    L = (y - t) ** 2 / 2
    return L


def fan_out(x: Any) -> Any:
    """One value used twice, the third example of NB04."""
    y = x**2
    u = 3 * y
    v = np.sin(y)
    L = u * v
    return L


def layer(W: Any, x: Any, b: Any) -> Any:
    """Arrays: a layer and a sum."""
    h = np.tanh(W @ x + b)
    return h.sum()
