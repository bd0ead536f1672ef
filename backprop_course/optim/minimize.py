"""minimize: a function of parameters made small by one of several methods, and the way it took."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..engine.trees import leaves, with_leaves
from ..errors import NoStepError, UsageError
from .first_order import GradientDescent
from .line_search import backtrack, wolfe_step
from .objective import Objective, Vector, scipy_optimize
from .optimizer import Optimizer
from .refusals import in_range

SCIPYS = {"cg": "CG", "bfgs": "BFGS", "l-bfgs": "L-BFGS-B", "newton-cg": "Newton-CG"}
SEARCHES: dict[str, Callable[..., tuple[float, float]]] = {"armijo": backtrack, "wolfe": wolfe_step}
GROWTH = 1e12  # a function that has grown by so much is taken to grow without bound


@dataclass(frozen=True)
class Minimum:
    """What `minimize` found, and how.

    Parameters
    ----------
    x : like x0
        The last point.
    value, gradient_norm : float
        The function there, and the 2-norm of its gradient.
    converged : bool
        Whether that norm is at most the tolerance, and the value finite.
    message : str
        Why it stopped.
    steps, evaluations, gradients, products : int
        How many steps were taken, how often the function was evaluated, and how many gradients and products
        with the Hessian that took.
    path : list of trees like x0
        The start and the point after each step; without `keep_path` the start and the end.
    values : ndarray
        The function at the points of `path`.
    """

    x: Any
    value: float
    gradient_norm: float
    converged: bool
    message: str
    steps: int
    evaluations: int
    gradients: int
    products: int
    path: list[Any] = field(repr=False)
    values: np.ndarray = field(repr=False)


class _Stop(Exception):
    """The way has come to an end, for the reason given."""


class _Way:
    """The points of a run, and when it ends."""

    def __init__(self, objective: Objective, tol: float, max_steps: int, keep_path: bool) -> None:
        self.objective, self.tol, self.max_steps, self.keep_path = objective, tol, max_steps, keep_path
        self.points: list[Vector] = []
        self.values: list[float] = []
        self.steps = -1  # the start is no step

    def add(self, x: Vector) -> None:
        """Note a point; raises `_Stop` where it is the last one."""
        self.steps += 1
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges ends by this
            self.value, self.gradient = self.objective(x)
        if not self.keep_path and len(self.points) > 1:
            del self.points[1], self.values[1]
        self.points.append(np.array(x))
        self.values.append(self.value)
        self.norm = float(np.linalg.norm(self.gradient))
        if not np.isfinite(self.value) or self.value > GROWTH * max(1.0, abs(self.values[0])):
            raise _Stop("it diverged: the rate is too large, or the function has no minimum")
        if self.norm <= self.tol:
            raise _Stop("the norm of the gradient is within the tolerance")
        if self.steps >= self.max_steps:
            raise _Stop("the number of steps allowed was reached")


def minimize(
    f: Callable[[Any], Any],
    x0: Any,
    method: str | Optimizer = "l-bfgs",
    *,
    lr: float | None = None,
    line_search: str | None = None,
    tol: float = 1e-6,
    max_steps: int = 1000,
    keep_path: bool = True,
    value_and_grad: Callable[[Any], tuple[Any, Any]] | None = None,
) -> Minimum:
    """Make a function small, from our gradients.

    Parameters
    ----------
    f : callable
        Maps a point to one number, by NumPy's functions.
    x0 : array of floats, or dicts, lists and tuples of them
        Where to start; `f` is called with points of this structure. A list of numbers is a tree of numbers:
        write ``np.array([1.0, 2.0])`` for a vector.
    method : str or Optimizer
        ``"gd"``, descent along the gradient; ``"cg"``, conjugate gradients (Polak-Ribière); ``"bfgs"``;
        ``"l-bfgs"``; ``"newton-cg"``, Newton's method with products of the Hessian; or a rule such as
        ``optim.Adam(None, lr=0.1)``. All but descent and rules are SciPy's.
    lr : float, optional
        The fixed rate of ``"gd"``.
    line_search : str, optional
        For ``"gd"`` in place of a fixed rate: ``"armijo"``, the default, or ``"wolfe"``.
    tol : float
        Stop where the 2-norm of the gradient is at most this, in the unit of `f` by that of x.
    max_steps : int
        Stop after so many steps.
    keep_path : bool
        Whether every point is kept.
    value_and_grad : callable, optional
        Returns the value and the gradient of `f` at a point, in place of ours: for a function that does the
        same whatever the numbers are ``compile(value_and_grad(f))``, which is faster.

    Returns
    -------
    Minimum
        A run that diverges is not an error: ``converged`` is False and ``message`` says so.

    Raises
    ------
    UsageError
        If there is no such method, or settings do not belong to it.
    NotScalarError, DtypeError
        If the value is not one number, or `x0` is made of integers.
    MissingExtra
        If SciPy is asked for and not installed.

    References
    ----------
    Nocedal & Wright, *Numerical Optimization* (2006), chapters 3, 5, 6 and 7.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import optim
    >>> def rosenbrock(x):
    ...     return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    >>> found = optim.minimize(rosenbrock, np.array([-1.2, 1.0]))
    >>> found.x.round(4), found.converged
    (array([1., 1.]), True)
    """
    in_range("tol", tol, 0.0)
    in_range("max_steps", max_steps, 0.0)
    run = _chosen(method, lr, line_search)
    objective = Objective(f, x0, value_and_grad)
    way = _Way(objective, tol, max_steps, keep_path)
    try:
        way.add(objective.vector(x0))
        message = run(way)
    except _Stop as stop:
        message = str(stop)
    except NoStepError as error:
        message = error.what
    return Minimum(
        x=objective.point(way.points[-1]),
        value=way.value,
        gradient_norm=way.norm,
        converged=way.norm <= tol and bool(np.isfinite(way.value)),
        message=message,
        steps=way.steps,
        evaluations=objective.evaluations,
        gradients=objective.gradients,
        products=objective.products,
        path=[objective.point(x) for x in way.points],
        values=np.array(way.values),
    )


def _chosen(method: str | Optimizer, lr: float | None, line_search: str | None) -> Callable[[_Way], str]:
    """Make what walks: a function that adds points to a way until it ends."""
    if not isinstance(method, str | Optimizer):
        raise UsageError(
            "There is no such method.",
            expected="the name of one, or an optimiser",
            got=repr(method)[:200],
            mend="see help(minimize) for the names",
        )
    if method != "gd" and not (lr is None and line_search is None):
        raise UsageError(
            "lr and line_search are settings of method='gd'.",
            expected="neither, with another method",
            got=f"lr={lr!r}, line_search={line_search!r}",
            mend="leave them out; a rule has its own rate: optim.SGD(None, lr=0.1)",
        )
    if isinstance(method, Optimizer):
        if method.bound:
            raise UsageError(
                "minimize takes the rule of an optimiser alone.",
                expected="an optimiser made with None in place of parameters",
                got=repr(method),
                mend="write optim.Adam(None, lr=0.1), for example",
            )
        return functools.partial(_by_rule, copy.deepcopy(method))
    if method == "gd" and lr is not None and line_search is None:
        return functools.partial(_by_rule, GradientDescent(None, lr))
    if method == "gd" and lr is None and (line_search or "armijo") in SEARCHES:
        return functools.partial(_by_search, SEARCHES[line_search or "armijo"])
    if method in SCIPYS:
        return functools.partial(_by_scipy, SCIPYS[method])
    raise UsageError(
        "There is no such method.",
        expected=f"'gd' with lr or with line_search {' or '.join(map(repr, SEARCHES))}; "
        f"{', '.join(map(repr, SCIPYS))}; a rule",
        got=f"method={method!r}, lr={lr!r}, line_search={line_search!r}",
        mend="write one of these",
    )


def _by_rule(rule: Optimizer, way: _Way) -> str:
    objective = way.objective
    tree = objective.point(way.points[-1])
    values = {str(i): x for i, x in enumerate(leaves(tree))}
    state = rule.initial(values)
    while True:
        grads = dict(zip(values, leaves(objective.point(way.gradient)), strict=True))
        values, state = rule.updated(values, grads, state)
        rule.observe(way.value)
        rule.steps += 1
        way.add(objective.vector(with_leaves(tree, iter(values.values()))))


def _by_search(search: Callable[..., tuple[float, float]], way: _Way) -> str:
    while True:
        x, direction = way.points[-1], -way.gradient
        eta, _ = search(way.objective, x, direction, way.value, -(way.norm**2))
        way.add(x + eta * direction)


def _by_scipy(name: str, way: _Way) -> str:
    # Its own tests of convergence are off: `way` ends the run, so that all methods end by the same test.
    settings: dict[str, Any] = {"maxiter": way.max_steps + 1}
    settings |= {"xtol": 0.0} if name == "Newton-CG" else {"gtol": 0.0}
    settings |= {"ftol": 0.0, "maxfun": 100 * (way.max_steps + 1)} if name == "L-BFGS-B" else {}
    with np.errstate(over="ignore", invalid="ignore"):  # a trial step may be far too long
        found = scipy_optimize().minimize(
            way.objective,
            way.points[-1],
            jac=True,
            hessp=way.objective.product if name == "Newton-CG" else None,
            method=name,
            callback=way.add,
            options=settings,
        )
    return f"SciPy stopped before the tolerance was met: {str(found.message).rstrip('.')}"
