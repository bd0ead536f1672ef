"""The trace of the perceptron stepper: each look at an example, whether it is wrong, and what that moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import data as sets
from .. import nn
from ..data.tables import GATES as TABLES
from ..engine.drawing.text import number_text
from ..errors import CourseError, UsageError
from ._plane import two_classes, view_of, written_out

Trace = dict[str, Any]

GATES = ("and", "or", "xor")
MOST = 200  # points that can be stepped through one by one
LOOKS = 400  # and looks at them, in all passes together
_VIEW = [[-1.5, 2.5], [-2.25, 1.75]]  # of the gates: wide enough for all their lines


def trace_perceptron(
    names: Sequence[str] = GATES, data: Any = None, *, passes: int = 8, eta: float = 1.0
) -> Trace:
    """Train a perceptron on each gate, or on data, and record every look at an example.

    Parameters
    ----------
    names : sequence of str
        Gates of two inputs, as `data.gate` knows them.
    data : pair of array_like, optional
        Points (N, 2) and labels (N,) in the place of the gates.
    passes : int
        How many passes at most; fewer where 400 looks at examples are reached before.
    eta : float
        The step of the rule.

    Returns
    -------
    dict
        ``runs``, ``title`` and ``error``. A run has ``name``, ``points``, ``targets``, ``view``, ``steps``,
        ``updates`` (in each pass), ``ending`` and ``code``. A step has ``pass``, ``example`` (None at the
        start), ``wrong``, ``rows`` of texts, ``line`` and ``before`` (two ends, or None), ``on`` (the polygon
        where the output is 1) and ``sentence``.

    Raises
    ------
    UsageError
        If a gate is unknown, or passes or eta are out of range.
    """
    if not isinstance(passes, int) or passes < 1:
        raise _refused("passes", "an integer from 1 on", passes, "write passes=8, for example")
    if isinstance(eta, bool) or not isinstance(eta, int | float) or not 0 < eta < np.inf:
        raise _refused("eta", "a finite number above 0", eta, "leave it out for 1")
    if data is None:
        gates = [(name, *sets.gate(name)) for name in names]
        runs = [_run(name, X, t, _VIEW, passes, eta) for name, X, t in gates if X.shape[1] == 2]
        return {"error": "", "title": "The perceptron rule, one example at a time", "runs": runs}
    try:
        X, t = two_classes(*_pair(data), MOST)
    except CourseError as error:
        return {"error": str(error), "title": "", "runs": []}
    run = _run("your data", X, t, view_of(X, 0.3), passes, eta)
    return {"error": "", "title": "The perceptron rule, one example at a time", "runs": [run]}


def _pair(data: Any) -> tuple[Any, Any]:
    try:
        X, t = data
    except (TypeError, ValueError):
        mend = "write data=(X, y), with X of shape (N, 2) and y of shape (N,)"
        raise _refused("data", "a pair of points and labels", data, mend) from None
    return X, t


def _run(name: str, X: Any, t: Any, view: list[list[float]], passes: int, eta: float) -> Trace:
    passes = max(1, min(passes, LOOKS // len(X)))
    unit = nn.Perceptron(2, eta=eta)
    steps = [_start(unit, view)]
    updates: list[int] = []
    met = [_weights(unit)]  # before the first pass and after each one
    ending = ""
    while len(updates) < passes and (not updates or updates[-1]):
        looks = [
            _look(unit, X, t, i, view, f"Pass {len(updates) + 1}, example {i + 1} of {len(X)}")
            for i in range(len(X))
        ]
        updates.append(sum(look["wrong"] for look in looks))
        ending = _ending(updates, met, _weights(unit))
        met.append(_weights(unit))
        for look in looks:
            look["pass"] = len(updates)
        looks[-1]["sentence"] += f" {ending}" if ending else ""
        steps += looks
    if not ending:
        ending = f"There were updates in each of {len(updates)} passes: it has not settled so far."
        steps[-1]["sentence"] += f" {ending}"
    return {
        "name": name,
        "points": X.tolist(),
        "targets": t.tolist(),
        "view": view,
        "steps": steps,
        "updates": updates,
        "ending": ending,
        "code": _code(name, X, t, len(updates), eta),
    }


def _start(unit: Any, view: list[list[float]]) -> Trace:
    return {
        "pass": 0,
        "example": None,
        "wrong": False,
        "rows": _rows(unit, None, 0.0, 0.0),
        "before": None,
        **_drawn(_weights(unit), view),
        "sentence": f"The start: {_named(unit)}.{_where(_weights(unit), view)}",
    }


def _look(unit: Any, X: Any, t: Any, i: int, view: list[list[float]], where: str) -> Trace:
    """Let the unit learn from one example, and write down what happens."""
    x, target = X[i], float(t[i])
    before, output = _weights(unit), float(unit(x))
    rows, was = _rows(unit, x, target, output), _named(unit)
    wrong = unit.update(x, target)
    said = (
        f"{where}: x = ({', '.join(number_text(v) for v in x)}), target {target:.0f}. "
        f"The sum is {rows['sum']}, so the output is {output:.0f}: "
    )
    if wrong:
        verb = "too small. Add" if target > output else "too large. Take away"
        step = number_text(unit.eta) + " × " if unit.eta != 1 else ""
        vector = ", ".join(["1", *(number_text(v) for v in x)])
        said += f"wrong, the sum is {verb} {step}({vector}): {was} become {_values(unit)}."
        said += _where(_weights(unit), view)
    else:
        said += "right. Nothing changes."
    return {
        "example": i,
        "wrong": wrong,
        "rows": rows | {"after": [number_text(v) for v in _weights(unit)]},
        "before": _half(before, view)[1],
        **_drawn(_weights(unit), view),
        "sentence": said,
    }


def _rows(unit: Any, x: Any, target: float, output: float) -> Trace:
    """Texts of the table: one entry each for the bias and both weights."""
    weights = [number_text(v) for v in _weights(unit)]
    if x is None:
        blank = ["", "", ""]
        return {
            "input": blank,
            "weight": weights,
            "product": blank,
            "change": blank,
            "after": weights,
            "sum": "",
            "output": "",
            "target": "",
        }
    inputs = np.array([1.0, *x])
    products = _weights(unit) * inputs
    return {
        "input": [number_text(v) for v in inputs],
        "weight": weights,
        "product": [number_text(v) for v in products],
        "sum": number_text(float(products.sum())),
        "output": f"{output:.0f}",
        "target": f"{target:.0f}",
        "change": [number_text(v) for v in unit.eta * (target - output) * inputs],
    }


def _ending(updates: list[int], met: list[Any], now: Any) -> str:
    """Say how it ends, where that is known: the rule is deterministic, so weights met again mean a circle."""
    if updates[-1] == 0:
        return "A whole pass without an update: the unit has settled."
    for k, weights in enumerate(met):
        if np.array_equal(weights, now):
            return (
                f"These are the weights from before pass {k + 1} again, so all since then comes again, "
                "for ever: it never settles."
            )
    return ""


def _weights(unit: Any) -> Any:
    return np.array([float(unit.bias.value), *unit.weight.value])


def _values(unit: Any) -> str:
    return ", ".join(number_text(v) for v in _weights(unit))


def _named(unit: Any) -> str:
    return f"b, w₁, w₂ = {_values(unit)}"


def _where(weights: Any, view: list[list[float]]) -> str:
    """Say what cannot be seen of the line."""
    bias, *slopes = weights
    if not any(slopes):
        return f" The sum is {number_text(bias)} everywhere, so there is no line."
    return "" if _half(weights, view)[1] else " The line is outside the picture."


def _drawn(weights: Any, view: list[list[float]]) -> Trace:
    on, line = _half(weights, view)
    return {"on": on, "line": line}


def _half(weights: Any, view: list[list[float]]) -> tuple[list[list[float]], list[list[float]] | None]:
    """Return the part of the view where the sum is above 0, and the two ends of the line that bounds it."""
    (left, right), (low, high) = view
    corners = np.array([(left, low), (right, low), (right, high), (left, high)])
    sums = weights[0] + corners @ weights[1:]
    polygon, ends = [], []
    for i in range(4):
        here, there = sums[i], sums[(i + 1) % 4]
        if here > 0:
            polygon.append(corners[i])
        if (here > 0) != (there > 0):
            ends.append(corners[i] + here / (here - there) * (corners[(i + 1) % 4] - corners[i]))
            polygon.append(ends[-1])
    rounded = [np.round(points, 4).tolist() for points in (polygon, ends)]
    return rounded[0], rounded[1] if len(ends) == 2 else None


def _code(name: str, X: Any, t: Any, passes: int, eta: float) -> str:
    known = name in TABLES
    points = f'X, t = data.gate("{name}")' if known else written_out(X, t, "X, t")
    step = f", eta={eta!r}" if eta != 1 else ""
    return (
        f"import numpy as np\nfrom backprop_course import data, nn\n\n{points}\n"
        f"unit = nn.Perceptron(2{step})\nupdates = unit.fit(X, t, passes={passes})\n"
        'print("updates in each pass:", updates)\nprint("b, w:", unit.bias.value, unit.weight.value)'
    )


def _refused(name: str, expected: str, got: Any, mend: str) -> UsageError:
    return UsageError(f"{name} is not what it has to be.", expected=expected, got=repr(got)[:60], mend=mend)
