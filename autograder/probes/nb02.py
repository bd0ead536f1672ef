"""Probes of NB02: functions to search along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from .tools import NOTHING, raised, wrote

Array = npt.NDArray[np.float64]


def landscape(kind: str, A: Array) -> tuple[Callable[[Array], Any], Callable[[Array], Array]]:
    """Return a function of a vector and its gradient: a bowl, a quartic, or a smooth valley along A."""
    if kind == "bowl":
        return lambda x: 0.5 * x @ A @ x, lambda x: A @ x
    if kind == "quartic":
        return lambda x: np.sum((A @ x) ** 4) / 4, lambda x: A.T @ (A @ x) ** 3
    return lambda x: np.sum(np.sqrt(1 + (A @ x) ** 2)), lambda x: A.T @ (A @ x / np.sqrt(1 + (A @ x) ** 2))


def line_search(
    search: Callable[..., Any], kind: str, A: Array, x: Array, direction: Array, c: float, rho: float
) -> dict[str, Any]:
    """Search from x along a direction."""
    f, grad = landscape(kind, A)
    return {"eta": wrote(search(f, grad, x, direction, c, rho))}


def line_search_uphill(
    search: Callable[..., Any], kind: str, A: Array, x: Array, direction: Array
) -> dict[str, Any]:
    """Search along a direction that does not descend."""
    f, grad = landscape(kind, A)
    return {"uphill": raised("ValueError", search, f, grad, x, direction)}


def diverging(
    ols_fit_gd: Callable[..., Any], x: Array, y: Array, lr: float, tol: float, max_steps: int
) -> dict[str, Any]:
    """Fit with a step size that is too large, and tell what is raised and its text."""
    try:
        value = ols_fit_gd(x, y, lr, tol, max_steps)
    except FloatingPointError as error:
        return {"divergence": "FloatingPointError", "what_it_says": str(error)}
    except NotImplementedError:
        raise
    except ArithmeticError as error:
        return {"divergence": type(error).__name__, "what_it_says": str(error)}
    wrote(value)
    return {"divergence": NOTHING, "what_it_says": ""}


def scheduled(
    step_size: Callable[..., Any], kind: str, steps: int, eta0: float, settings: dict[str, Any]
) -> tuple[list[Any]]:
    """Ask for the step size of every step, the first and the last included."""
    return ([wrote(step_size(kind, t, eta0, **settings)) for t in range(steps)],)
