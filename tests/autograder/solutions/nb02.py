"""NB02, as students write it."""

from __future__ import annotations

import numpy as np


def backtracking_line_search(f, grad, x, direction, c=1e-4, rho=0.5):
    slope = np.dot(grad(x), direction)
    if slope >= 0:
        raise ValueError(f"not a descent direction: slope {slope}")
    step = 1.0
    while f(x + step * direction) > f(x) + c * step * slope:
        step = rho * step
    return step


RIGHT = {"NB02.E06": [backtracking_line_search]}
