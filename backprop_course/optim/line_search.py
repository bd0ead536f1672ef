"""Line searches: how far to go along a direction that leads down."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..errors import NoStepError, UsageError
from .objective import Objective, Vector, scipy_optimize
from .refusals import in_range

MOST_TRIALS = 100


class Length(NamedTuple):
    """What a line search found.

    Parameters
    ----------
    eta : float
        How far to go: ``x + eta * direction``.
    value : float
        The function there.
    evaluations : int
        How often the function was called, the call at `x` included.
    """

    eta: float
    value: float
    evaluations: int


def backtracking(
    f: Callable[[Any], Any],
    x: Any,
    direction: Any = None,
    *,
    c: float = 1e-4,
    rho: float = 0.5,
    first: float = 1.0,
) -> Length:
    """Go back from a first step until the function has come down enough (Armijo's condition).

    The first ``eta = first * rho ** k`` with ``f(x + eta d) <= f(x) + c * eta * <grad f(x), d>``.

    Parameters
    ----------
    f : callable
        Maps `x` to one number.
    x : array of floats, or a tree of them
        Where to start from.
    direction : like x, optional
        Where to go; against the gradient by default.
    c : float
        Share of the descent promised by the slope that is asked for, between 0 and 1.
    rho : float
        What a step that is too long is multiplied by, between 0 and 1.
    first : float
        The longest step.

    Returns
    -------
    Length
        ``eta``, ``value`` and ``evaluations``; one gradient is taken.

    Raises
    ------
    UsageError
        If the direction does not lead down, or a setting is out of range.
    ShapeError
        If the direction does not have the structure of `x`.
    NoStepError
        If no step is short enough: the gradient is wrong, or `x` is as low as rounding lets it be.

    References
    ----------
    Nocedal & Wright, *Numerical Optimization* (2006), algorithm 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import optim
    >>> optim.backtracking(lambda x: np.sum(x**2), np.array([1.0, 2.0]))
    Length(eta=0.5, value=0.0, evaluations=3)
    """
    objective, start, along, value, slope = _set_out(f, x, direction)
    eta, value = backtrack(objective, start, along, value, slope, c=c, rho=rho, first=first)
    return Length(eta, value, objective.evaluations)


def wolfe(
    f: Callable[[Any], Any], x: Any, direction: Any = None, *, c1: float = 1e-4, c2: float = 0.9
) -> Length:
    """Find a step that comes down enough, and far enough for the slope to flatten (strong Wolfe conditions).

    Armijo's condition with `c1`, and ``abs(<grad f(x + eta d), d>) <= c2 * abs(<grad f(x), d>)``.

    Parameters
    ----------
    f, x, direction
        As for `backtracking`.
    c1, c2 : float
        ``0 < c1 < c2 < 1``.

    Returns
    -------
    Length
        ``eta``, ``value`` and ``evaluations``.

    Raises
    ------
    UsageError, ShapeError, NoStepError
        As `backtracking`.
    MissingExtra
        If SciPy, whose search this is, is not installed.

    References
    ----------
    Nocedal & Wright, *Numerical Optimization* (2006), algorithms 3.5 and 3.6.
    """
    objective, start, along, value, slope = _set_out(f, x, direction)
    eta, value = wolfe_step(objective, start, along, value, slope, c1=c1, c2=c2)
    return Length(eta, value, objective.evaluations)


# On vectors, for `minimize` too.


def backtrack(
    objective: Objective,
    x: Vector,
    direction: Vector,
    value: float,
    slope: float,
    *,
    c: float = 1e-4,
    rho: float = 0.5,
    first: float = 1.0,
) -> tuple[float, float]:
    """Return a step that fulfils Armijo's condition, and the value there."""
    in_range("c", c, 0.0, 1.0, open_below=True)
    in_range("rho", rho, 0.0, 1.0, open_below=True)
    eta = in_range("first", first, 0.0, open_below=True)
    for _ in range(MOST_TRIALS):
        # The first steps may lead where the function overflows; such a step is too long.
        with np.errstate(over="ignore", invalid="ignore"):
            there = objective.value(x + eta * direction)
        if there <= value + c * eta * slope:
            return eta, there
        eta *= rho
    raise _no_step(f"none of {MOST_TRIALS} steps down to {eta:.1g}")


def wolfe_step(
    objective: Objective,
    x: Vector,
    direction: Vector,
    value: float,
    slope: float,
    *,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[float, float]:
    """Return a step that fulfils the strong Wolfe conditions, and the value there."""
    in_range("c2", c2, in_range("c1", c1, 0.0, 1.0, open_below=True), 1.0, open_below=True)
    optimize = scipy_optimize()
    _, gradient = objective(x)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", RuntimeWarning
        )  # of trials that overflow, and of ending without a step
        eta, _, _, there, _, slope_there = optimize.line_search(
            lambda v: objective(v)[0],
            lambda v: objective(v)[1],
            x,
            direction,
            gfk=gradient,
            old_fval=value,
            c1=c1,
            c2=c2,
            maxiter=30,
        )
    if eta is None or slope_there is None:  # the second where the trials ran out
        raise _no_step("no step within 30 trials")
    return float(eta), float(there)


def _set_out(
    f: Callable[[Any], Any], x: Any, direction: Any
) -> tuple[Objective, Vector, Vector, float, float]:
    objective = Objective(f, x)
    start = objective.vector(x)
    value, gradient = objective(start)
    along = -gradient if direction is None else objective.vector(direction, "direction")
    slope = float(gradient @ along)
    if not slope < 0:
        raise UsageError(
            "The direction does not lead down.",
            expected="a negative slope <gradient, direction>",
            got=f"{slope:g}",
            mend="go against the gradient; where that is zero there is nothing to descend",
        )
    return objective, start, along, value, slope


def _no_step(got: str) -> NoStepError:
    return NoStepError(
        "The line search found no step that lowers the function enough.",
        expected="a step that fulfils the condition",
        got=got,
        mend="check the gradient (gradient_check); near a minimum rounding may hide any descent",
    )
