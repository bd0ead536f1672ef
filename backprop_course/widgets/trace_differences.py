"""The trace of the finite-difference microscope: every difference, its error, and what a check would say.

All numbers are made here, for 57 steps, two differences and two precisions; the browser looks them up. Read
next: `_differences`, the numbers before they are written.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..derivatives.numerical import returned
from ..engine.drawing.text import MINUS, number_text, shape_text
from ..engine.refusals import shapes
from ..errors import UsageError
from ._differences import Curve, Func, Line, along, curve
from ._failures import failure, name_of

Trace = dict[str, Any]

EXPONENTS = [-15 + i / 4 for i in range(57)]  # of ten, for the step h
TOLERANCES = [-13 + i / 2 for i in range(25)]  # of ten
METHODS = ("forward", "central")
PRECISIONS = ("float64", "float32")
SLIPS = (1e-2, 1e-4, 1e-6, 1e-8)  # by how much the wrong gradients under test are too large
RIGHT_WITHIN = 1e-9  # a gradient in float64 that is this near counts as right: the rest may be rounding
NEAREST = -17.0  # where an error of exactly zero is drawn, an exponent of ten


def trace_differences(f: Func, x: Any, grad: Func | None = None, *, seed: int = 0) -> Trace:
    """Take differences of `f` at `x` with steps from 1e-15 to 1e-1, and compare them with the derivative.

    Parameters
    ----------
    f : callable
        Maps a number or an array to one number by functions of NumPy; the engine differentiates it.
    x : array_like of floats
        An array is followed along one random direction of length 1.
    grad : callable, optional
        The gradient to put to the test: ``grad(x)`` has the shape of `x`. By default the engine's.
    seed : int
        Draws the direction.

    Returns
    -------
    dict, plain JSON
        ``error`` (why there is nothing to see, or empty), ``title``, ``note``, ``exact``; ``steps`` and
        ``tolerances`` (rising; ``text``, ``code``, ``log``, the exponent of ten); ``curves`` by names such as
        ``"central float64"`` (``estimates``, ``errors``, ``relatives`` as texts, ``log`` of the relative
        errors, ``sides``, ``best``, and the lines ``truncation`` and ``rounding``); ``tested``, the gradients
        under test (``name``, ``right``, ``gaps`` by curve); ``sentences`` and ``code`` with places to fill.

    Raises
    ------
    UsageError
        If `f` or `grad` cannot be called. An `x` that is not made of finite floats is told in ``error``.
    """
    _check_callable("f", f)
    if grad is not None:
        _check_callable("grad", grad)
    try:
        point = _point(x)
    except UsageError as error:
        return _failed(str(error))
    direction = _direction(point, seed)
    try:
        with np.errstate(all="ignore"):
            line = along(f, point, direction)
            own = None if grad is None else _own(grad, point, direction)
            curves = {
                f"{method} {precision}": curve(line, method, precision, EXPONENTS)
                for method in METHODS
                for precision in PRECISIONS
            }
    except Exception as error:  # the learner's functions may raise anything: the widget says what it was
        return _failed(failure(error, f, grad))
    if not (math.isfinite(line.value) and math.isfinite(line.first)):
        return _failed(
            f"{name_of(f)} has the value {number_text(line.value)} and the derivative "
            f"{number_text(line.first)} here: there is nothing to compare with. Choose another x."
        )
    return {
        "error": "",
        "title": f"Differences of {name_of(f)} at {_where(point, seed)}",
        "note": _note(line),
        "exact": _long(line.first),
        "steps": [_power(exponent) for exponent in EXPONENTS],
        "tolerances": [_power(exponent) for exponent in TOLERANCES],
        "curves": {name: _shown(curve, line) for name, curve in curves.items()},
        "tested": [
            {
                "name": name,
                "right": abs(slope - line.first) <= RIGHT_WITHIN * line.scale,
                "gaps": {key: _gaps(slope, curve.estimates) for key, curve in curves.items()},
            }
            for name, slope in _tested(line.first, own)
        ],
        "sentences": SENTENCES,
        "code": _code(point, seed),
    }


_AWAY = "Tolerance {tolerance}: {tested} is {gap} away from the difference and"
SENTENCES = {  # of the browser too, which fills the same places
    "step": "The {method} difference in {precision} with h = {step} is {estimate}, the derivative {exact}: "
    "off by {error}, a relative error of {relative}. {side}",
    "rightly passes": f"{_AWAY} passes, as it should.",
    "rightly fails": f"{_AWAY} is refused, as it should be.",
    "wrongly passes": f"{_AWAY} passes, though it is wrong.",
    "wrongly fails": f"{_AWAY} is refused, though it is right.",
}


def look_up(trace: Trace, method: str, precision: str, step: int, tolerance: int, tested: int) -> Trace:
    """Return what is shown in one position of all controls: ``sentence``, ``verdict`` and ``code``."""
    curve, gradient = trace["curves"][f"{method} {precision}"], trace["tested"][tested]
    gaps = gradient["gaps"][f"{method} {precision}"]
    passes = gaps["log"][step] <= trace["tolerances"][tolerance]["log"]
    verdict = f"{'rightly' if passes == gradient['right'] else 'wrongly'} {'passes' if passes else 'fails'}"
    filled = {
        "method": method,
        "precision": precision,
        "step": trace["steps"][step]["text"],
        "estimate": curve["estimates"][step],
        "exact": trace["exact"],
        "error": curve["errors"][step],
        "relative": curve["relatives"][step],
        "side": curve["sides"][step],
        "tolerance": trace["tolerances"][tolerance]["text"],
        "tested": gradient["name"],
        "gap": gaps["texts"][step],
    }
    code = {
        **filled,
        "step": trace["steps"][step]["code"],
        "tolerance": trace["tolerances"][tolerance]["code"],
    }
    return {
        "sentence": trace["sentences"]["step"].format(**filled),
        "verdict": trace["sentences"][verdict].format(**filled),
        "kind": verdict,
        "code": trace["code"][method].format(**code),
    }


def _shown(curve: Curve, line: Line) -> Trace:
    errors = [abs(estimate - line.first) for estimate in curve.estimates]
    relatives = [error / line.scale for error in errors]
    finite = [error if math.isfinite(error) else math.inf for error in relatives]
    return {
        "estimates": [_long(estimate) for estimate in curve.estimates],
        "errors": [_short(error) for error in errors],
        "relatives": [_short(error) for error in relatives],
        "log": [_log(error) for error in relatives],
        "sides": [_side(t, r) for t, r in zip(curve.truncation, curve.rounding, strict=True)],
        "best": finite.index(min(finite)),
        "truncation": [_log(error) for error in curve.truncation],
        "rounding": [_log(error) for error in curve.rounding],
    }


def _tested(exact: float, own: float | None) -> list[tuple[str, float]]:
    first = ("the engine's gradient", exact) if own is None else ("your gradient", own)
    return [first, *((f"a gradient too large by {_short(slip)}", exact * (1 + slip)) for slip in SLIPS)]


def _gaps(slope: float, estimates: list[float]) -> Trace:
    """How far a check finds the gradient from each difference, relative to the larger of both."""
    gaps = []
    for estimate in estimates:
        size = max(abs(slope), abs(estimate)) or 1.0
        gaps.append(abs(slope - estimate) / size if math.isfinite(size) else math.inf)
    return {"texts": [_short(gap) for gap in gaps], "log": [_log(gap) for gap in gaps]}


def _point(x: Any) -> Any:
    try:
        point = np.array(x, dtype=float)
    except (TypeError, ValueError):
        point = np.array(math.nan)
    if point.size and np.isfinite(point).all():
        return point
    raise UsageError(
        "The microscope needs a point to look at.",
        expected="a number or an array of finite numbers",
        got=repr(x)[:60],
        mend="hand over x where f is smooth, such as 1.3",
    )


def _direction(point: Any, seed: int) -> Any:
    if point.ndim == 0:
        return np.array(1.0)
    direction = np.random.default_rng(seed).standard_normal(point.shape)
    return direction / np.linalg.norm(direction)


def _own(grad: Func, point: Any, direction: Any) -> float:
    given = np.asarray(returned(grad(point.copy()[()])))
    if given.shape != point.shape:
        what = "The gradient under test has the wrong shape."
        raise shapes(what, point.shape, given.shape, "return a gradient in the shape of its variable")
    return float(np.sum(given * direction))


def _check_callable(name: str, given: Any) -> None:
    if not callable(given):
        raise UsageError(
            f"The microscope takes {name} as a function.",
            expected=f"a callable {name}",
            got=type(given).__name__,
            mend="write DifferenceMicroscope(f, x, grad), without calling f or grad",
        )


def _where(point: Any, seed: int) -> str:
    if point.ndim == 0:
        return f"x = {number_text(float(point))}"
    return f"an array of shape {shape_text(point.shape)}, along one random direction (seed {seed})"


def _note(line: Line) -> str:
    notes = []
    if line.first == 0:
        notes.append("The derivative is 0 here, so all errors are absolute.")
    if np.asarray(line.at(0.0, np.float32)).dtype != np.float32:
        notes.append("This function computes in float64 even where x is float32.")
    if math.isnan(line.third):
        notes.append("The slopes of theory are left out: there is no rule for the third derivative.")
    return " ".join(notes)


def _code(point: Any, seed: int) -> dict[str, str]:
    where = f"x = np.{{precision}}({point.tolist()!r})" if point.ndim == 0 else "x = x.astype(np.{precision})"
    direction = (
        ""
        if point.ndim == 0
        else (f"v = np.random.default_rng({seed}).standard_normal(x.shape)\nv = v / np.linalg.norm(v)\n")
    )
    step, slope = ("h", "grad(x)") if point.ndim == 0 else ("h * v", "np.sum(grad(x) * v)")
    differences = {
        "forward": f"(f(x + {step}) - f(x)) / h",
        "central": f"(f(x + {step}) - f(x - {step})) / (2 * h)",
    }
    return {
        method: f"import numpy as np\n\n{where}\nh = np.{{precision}}({{step}})\n{direction}"
        f"estimate = {difference}\nslope = {slope}\n"
        "gap = abs(slope - estimate) / max(abs(slope), abs(estimate))\nprint(gap <= {tolerance})"
        for method, difference in differences.items()
    }


def _side(truncation: float, rounding: float) -> str:
    if math.isnan(truncation):
        return ""
    return "Truncation is the larger part." if truncation > rounding else "Rounding is the larger part."


def _log(error: float) -> float:
    """Exponent of ten of an error, within what is drawn; what is not finite is as far off as can be."""
    if math.isnan(error) or error > 10:
        return 1.0
    return max(NEAREST, round(math.log10(error), 3)) if error > 0 else NEAREST


def _power(exponent: float) -> Trace:
    number = 10.0**exponent
    code = f"{number:.0e}" if exponent == int(exponent) else f"10.0**{exponent}"
    return {"text": _short(number), "code": code, "log": exponent}


def _short(x: float) -> str:
    """Write two digits and a power of ten: 4.3e−11, but 0.15."""
    if x == 0 or not math.isfinite(x):
        return number_text(x)
    if 0.01 <= x < 9.95:
        return f"{x:.2g}"
    mantissa, exponent = f"{x:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}".replace("-", MINUS)


def _long(x: float) -> str:
    return f"{x:.10g}".replace("-", MINUS) if math.isfinite(x) else number_text(x)


def _failed(sentence: str) -> Trace:
    return {"error": sentence, "title": "", "curves": {}, "tested": []}
