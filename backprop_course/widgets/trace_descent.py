"""The trace of the descent explorer: the map of a loss, once, and the path of one run, for each setting.

The map is made when the explorer is; a run is made anew by the kernel when a setting moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import optim
from ..engine.drawing.text import MINUS, number_text
from ..errors import UsageError
from ..optim.minimize import GROWTH
from . import _plots
from ._failures import failure
from ._losses import Loss, loss_of
from ._rates import SCHEDULES, STEPS, code_of, said_of, schedule_of, short

Trace = dict[str, Any]

METHODS = ("fixed step", "mini-batches", "line search", "conjugate gradients", "L-BFGS")
BY_RATE = METHODS[:2]
SEARCHES = {"line search": "gd", "conjugate gradients": "cg", "L-BFGS": "l-bfgs"}  # as `minimize` calls them
EXPONENTS = [-4 + i / 20 for i in range(101)]  # of ten, for the step size
MOMENTA = [i / 20 for i in range(20)]
TOLERANCE = 1e-3
GRID = 81
FAR = 1e6  # a point farther off than this is not drawn


def trace_map(loss: Any = "least squares", data: Any = None, view: Any = ((-4, 6), (-2, 6))) -> Trace:
    """Return the map of a loss: rings of equal loss, the minimum, what the settings can be.

    Parameters
    ----------
    loss : {"least squares", "logistic"} or callable
        A callable maps an array of two numbers to one number by NumPy's functions.
    data : pair of array_like, optional
        One feature and one target for each point; small examples by default.
    view : pair of pairs of floats
        From where to where the map goes, for each parameter.

    Returns
    -------
    dict
        ``rings`` (lists of points), ``best`` (a point or None), ``view``, ``methods``, ``schedules``,
        ``rates`` and ``momenta`` as texts, ``size`` (number of points, 0 without data), ``title`` and
        ``error``.

    Raises
    ------
    UsageError
        If loss, data or view are none.
    """
    chosen, bounds = loss_of(loss, data), _view(view)
    axes = [np.linspace(low, high, GRID) for low, high in bounds]
    try:
        with np.errstate(all="ignore"):
            heights = chosen.heights(*axes)
    except Exception as error:  # the learner's function may raise anything: the widget says what it was
        return failed(failure(error, chosen.of))
    finite = heights[np.isfinite(heights)]
    if finite.size == 0:
        return failed(f"{chosen.name} has no finite value in this view.")
    low, span = float(finite.min()), float(np.ptp(finite))
    levels = [low + span * 2.0**-k for k in range(9, 0, -1)] if span else [low]
    drawn = _plots.new_figure(4, 4).add_subplot().contour(*axes, np.ma.masked_invalid(heights), levels=levels)
    return {
        "error": "",
        "title": f"Descent on the loss: {chosen.name}",
        "rings": [np.round(ring, 3).tolist() for level in drawn.allsegs for ring in level if len(ring) > 1],
        "best": _best(chosen, bounds),
        "view": bounds,
        "methods": [m for m in METHODS if chosen.x is not None or m != "mini-batches"],
        "schedules": list(SCHEDULES),
        "rates": [short(10.0**exponent) for exponent in EXPONENTS],
        "momenta": [f"{momentum:.2g}" for momentum in MOMENTA],
        "size": 0 if chosen.x is None else int(chosen.x.size),
    }


def trace_run(
    loss: Loss,
    start: Any,
    method: str = "fixed step",
    *,
    lr: float = 0.03,
    schedule: str = "constant",
    momentum: float = 0.0,
    batch: int = 1,
    seed: int = 0,
) -> Trace:
    """Descend, and return the path with what is to be said of each point.

    Parameters
    ----------
    loss : Loss
        From `loss_of`.
    start : sequence of 2 floats
    method : str
        One of `METHODS`.
    lr, momentum : float
        Of fixed steps and mini-batches.
    schedule : str
        How the step size goes on from `lr`: ``"constant"``, ``"step"``, ``"exponential"``, ``"inverse"`` or
        ``"cosine"``.
    batch, seed : int
        How many points a mini-batch has, and what draws them.

    Returns
    -------
    dict
        ``points`` (None where one is too far to draw), ``sentences`` (one for each), ``setting``, ``ending``,
        ``code`` and ``error``.
    """
    point = np.asarray(start, dtype=float)
    settings: dict[str, Any] = {"lr": lr, "schedule": schedule, "momentum": momentum}
    settings |= {"batch": batch, "seed": seed}
    try:
        with np.errstate(all="ignore"):
            path, values, ending = _walk(loss, point, method, **settings)
            setting = _setting(loss, point, method, **settings)
    except Exception as error:  # the learner's function again, or SciPy that is missing
        return {"error": failure(error, loss.of), "points": [], "sentences": []}
    last = len(path) - 1
    rate = schedule_of(schedule, lr)
    moves = method in BY_RATE and schedule != "constant"
    near = [np.isfinite(p).all() and np.abs(p).max() < FAR for p in path]
    return {
        "error": "",
        "points": [np.round(p, 5).tolist() if ok else None for p, ok in zip(path, near, strict=True)],
        "sentences": [
            f"Step {k} of {last}: ({', '.join(_long(v) for v in p)}), loss {_long(value)}."
            + (f" {ending}" if k == last else _next(rate(k)) if moves else "")
            for k, (p, value) in enumerate(zip(path, values, strict=True))
        ],
        "setting": setting,
        "ending": ending,
        "code": _code(loss, point, method, **settings),
    }


def _walk(
    loss: Loss, start: Any, method: str, *, lr: float, schedule: str, momentum: float, batch: int, seed: int
) -> tuple[list[Any], list[float], str]:
    rule = optim.SGD(None, schedule_of(schedule, lr), momentum=momentum)
    if method == "mini-batches":
        return _by_batches(loss, start, rule, batch, seed)
    how = SEARCHES.get(method) or rule
    run = optim.minimize(loss, start, how, tol=TOLERANCE, max_steps=STEPS, value_and_grad=loss.with_gradient)
    return run.path, [float(v) for v in run.values], f"End: {run.message}."


def _by_batches(
    loss: Loss, start: Any, rule: optim.SGD, batch: int, seed: int
) -> tuple[list[Any], list[float], str]:
    rng = np.random.default_rng(seed)
    path, values = [start], [float(loss(start))]
    state = rule.initial({"beta": start})
    for _ in range(STEPS):
        chosen = rng.choice(loss.x.size, batch, replace=False)
        new, state = rule.updated({"beta": path[-1]}, {"beta": loss.gradient_of(path[-1], chosen)}, state)
        rule.steps += 1
        path.append(new["beta"])
        values.append(float(loss(path[-1])))
        if not values[-1] < GROWTH * max(1.0, values[0]):
            return path, values, "End: it diverged."
    return path, values, "End: the number of steps allowed was reached."


def _setting(
    loss: Loss, start: Any, method: str, *, lr: float, schedule: str, momentum: float, batch: int, seed: int
) -> str:
    if method not in BY_RATE:
        return "This method finds its own step sizes."
    curvature = float(np.linalg.eigvalsh(np.asarray(loss.curvatures(start))).max())
    drawn = (
        f" Each step uses {batch} of {loss.x.size} points, drawn with seed {seed}; "
        "the limit is that of all points."
        if method != BY_RATE[0]
        else ""
    )
    if not (np.isfinite(curvature) and curvature > 0):
        said = said_of(schedule, lr, None)
        return f"The loss is not curved upwards at the start, so there is no limit 2/L.{said}{drawn}"
    limit = 2 * (1 + momentum) / curvature
    pushed = (
        f" Momentum {momentum:.2g} moves the limit to 2(1 + {momentum:.2g})/L = {_long(limit)}."
        if momentum
        else ""
    )
    return (
        f"L = {_long(curvature)} is the largest curvature at the start, 2/L = {_long(2 / curvature)}."
        f"{pushed}{said_of(schedule, lr, limit)}{drawn}"
    )


def _code(
    loss: Loss, start: Any, method: str, *, lr: float, schedule: str, momentum: float, batch: int, seed: int
) -> str:
    rate = code_of(schedule, lr)
    begin = (
        f"import numpy as np\nfrom backprop_course import Tensor, optim\n\n{loss.code}\n\n"
        f"start = np.array({start.tolist()})\n"
    )
    if method == "mini-batches":
        return (
            f"{begin}rng = np.random.default_rng({seed})\nbeta = Tensor(start, requires_grad=True)\n"
            f"optimizer = optim.SGD([beta], lr={rate}, momentum={momentum!r})\nfor _ in range({STEPS}):\n"
            f"    chosen = rng.choice(x.size, {batch}, replace=False)\n    optimizer.zero_grad()\n"
            f"    part = loss(beta, x[chosen], y[chosen]) * (x.size / {batch})\n"
            "    part.backward()\n    optimizer.step()\nprint(beta.value, loss(beta.value))"
        )
    rule = f"optim.SGD(None, {rate}, momentum={momentum!r})"
    how = repr(SEARCHES[method]) if method in SEARCHES else rule
    return (
        f"{begin}run = optim.minimize(loss, start, {how}, tol={TOLERANCE}, max_steps={STEPS})\n"
        "print(run.x, run.value)"
    )


def _best(loss: Loss, bounds: list[list[float]]) -> list[float] | None:
    """Return the minimum where the searches find one in view."""
    try:
        found = optim.minimize(loss, np.mean(bounds, axis=1), "bfgs", tol=1e-6, max_steps=300)
    except Exception:  # no SciPy, or a function that cannot be differentiated: no star is drawn
        return None
    inside = all(low <= v <= high for v, (low, high) in zip(found.x, bounds, strict=True))
    return [round(float(v), 5) for v in found.x] if found.converged and inside else None


def _view(view: Any) -> list[list[float]]:
    try:
        bounds = np.array(view, dtype=float)
        if bounds.shape == (2, 2) and np.isfinite(bounds).all() and (bounds[:, 0] < bounds[:, 1]).all():
            return [[float(v) for v in side] for side in bounds]
    except (TypeError, ValueError):
        pass
    raise UsageError(
        "The explorer needs a view.",
        expected="((low, high), (low, high)) of finite numbers, for the first and the second parameter",
        got=repr(view)[:60],
        mend="write view=((-4, 6), (-2, 6)), for example",
    )


def two_numbers(start: Any) -> list[float]:
    """Return a start as two numbers, or refuse it."""
    try:
        point = np.asarray(start, dtype=float)
    except (TypeError, ValueError):
        point = np.array([])
    if point.shape == (2,) and np.isfinite(point).all():
        return [float(v) for v in point]
    raise UsageError(
        "The explorer needs a start.",
        expected="two finite numbers",
        got=repr(start)[:60],
        mend="write start=(4, -1), for example",
    )


def one_of(method: Any, methods: list[str]) -> str:
    """Return a method that there is for this loss, or refuse it."""
    if isinstance(method, str) and method in methods:
        return str(method)
    raise UsageError(
        "There is no such method for this loss.",
        expected=", ".join(map(repr, methods)),
        got=repr(method)[:60],
        mend="write one of these; mini-batches need data",
    )


def positive(lr: Any) -> float:
    """Return a step size above zero, or refuse it."""
    if isinstance(lr, int | float | np.number) and 0 < lr < np.inf:
        return float(lr)
    raise UsageError(
        "The explorer needs a step size.",
        expected="a finite number above 0",
        got=repr(lr)[:60],
        mend="write lr=0.03, for example",
    )


def _next(rate: float) -> str:
    return f" The step from here has η = {short(rate)}."


def _long(x: float) -> str:
    return f"{float(x):.5g}".replace("-", MINUS) if np.isfinite(x) else number_text(x)


def failed(sentence: str) -> Trace:
    """Return the map where there is none, and why."""
    return {
        "error": sentence,
        "title": "",
        "rings": [],
        "methods": list(METHODS),
        "schedules": list(SCHEDULES),
        "size": 0,
        "view": [[-1, 1], [-1, 1]],
    }
