"""The trace of the activation explorer: one unit's curve, its slope, and where that is next to nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import elementwise_grad, elu, gelu, leaky_relu, relu, sigmoid, silu, softplus
from ._failures import failure, name_of
from ._live import Trace, decimals, rounded

ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "sigmoid": sigmoid,
    "tanh": np.tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "softplus": softplus,
    "silu": silu,
    "gelu": gelu,
}
LOW, HIGH = -8.0, 8.0
WEIGHTS = [round(-3 + i / 10, 1) for i in range(61)]
BIASES = [round(-6 + i / 5, 1) for i in range(61)]
INPUTS = [round(LOW + i / 10, 1) for i in range(161)]
FLAT = 0.01
_BETWEEN = 2  # points of a curve for each place of the input
_FINE = 10  # points for each place where zones are looked for


def trace_activation(function: Callable[..., Any], weight: float = 1.0, bias: float = 0.0) -> Trace:
    """Return output and slope of one unit ``function(weight * x + bias)`` for x from -8 to 8.

    Parameters
    ----------
    function : callable
        An activation that works entry by entry, written with NumPy's functions.
    weight, bias : float

    Returns
    -------
    dict
        ``y`` and ``slope`` (numbers to be drawn, None where not finite), ``texts`` (for each of `INPUTS`),
        ``zones`` (intervals in which the slope is less than a hundredth), ``heights`` and ``steepest`` (the
        ranges of the axes, the same for every weight and bias), ``sentence`` (with places to fill), ``said``
        and ``error``.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course.widgets import trace_activation
    >>> trace_activation(np.tanh)["texts"]["slope"][110]  # at x = 3
    '0.0099'
    """

    def unit(x: Any) -> Any:
        return function(weight * x + bias)

    try:
        with np.errstate(all="ignore"):
            y, slope = _both(unit, _grid(_BETWEEN))
            flat = _flat(_both(unit, _grid(_FINE))[1])
            local = _both(function, weight * np.array(INPUTS) + bias)[1]
            heights, steepest = _ranges(function)
    except Exception as error:  # the learner's function may raise anything: the widget says what it was
        return {"error": failure(error, function)}
    here = slice(None, None, _BETWEEN)
    zones = _intervals(_grid(_FINE), flat)
    return {
        "error": "",
        "y": rounded(y),
        "slope": rounded(slope),
        "zones": zones,
        "heights": heights,
        "steepest": steepest,
        "texts": {
            "x": _INPUT_TEXTS,
            "z": [_plain(weight * x + bias) for x in INPUTS],
            "y": [decimals(v) for v in y[here].tolist()],
            "local": [decimals(v) for v in local.tolist()],
            "slope": [decimals(v) for v in slope[here].tolist()],
            "flat": [
                " Less than a hundredth: this input lies in a hatched zone." if is_flat else ""
                for is_flat in _flat(slope[here]).tolist()
            ],
            "w": _plain(weight),
        },
        "sentence": "At x = {x} the net input is z = wx + b = {z}, and the output y = {y}. "
        "The activation's slope at z is {local}; times w = {w} it is the slope of the curve, {slope}.{flat}",
        "said": _said(zones, float(np.mean(flat))),
        "code": _code(function, weight, bias),
    }


def look_up(run: Trace, place: int) -> str:
    """Return what is said at one place of the input; the browser fills the same places."""
    texts = {name: text if isinstance(text, str) else text[place] for name, text in run["texts"].items()}
    return f"{run['sentence'].format_map(texts)}\n{run['said']}"


def _both(function: Callable[..., Any], x: Any) -> tuple[Any, Any]:
    y = np.asarray(function(x), dtype=float)
    if y.shape != x.shape:
        raise ValueError(f"it returned shape {y.shape} for an input of shape {x.shape}")
    return y, np.asarray(elementwise_grad(function)(x), dtype=float)


def _flat(slope: Any) -> Any:
    return np.round(np.abs(slope), 6) < FLAT


def _grid(between: int) -> Any:
    return np.linspace(LOW, HIGH, between * (len(INPUTS) - 1) + 1)


def _ranges(function: Callable[..., Any]) -> tuple[list[float], float]:
    """Ranges of the axes: of the activation for z from -8 to 8, and of its slope times the largest weight."""
    y, slope = _both(function, _grid(_BETWEEN))
    y, slope = y[np.isfinite(y)], slope[np.isfinite(slope)]
    low, high = (float(y.min()), float(y.max())) if y.size else (-1.0, 1.0)
    low, high = min(max(low, LOW), -1.0), max(min(high, HIGH), 1.0)
    margin = 0.06 * (high - low)
    steep = float(np.abs(slope).max()) if slope.size else 0.0
    return [low - margin, high + margin], 1.08 * max(WEIGHTS) * (min(steep, 10.0) or 1.0)


def _intervals(x: Any, inside: Any) -> list[list[float]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], inside, [False]])))
    return [
        [round(float(x[a]), 2), round(float(x[b - 1]), 2)]
        for a, b in zip(edges[::2], edges[1::2], strict=True)
        if b - a > 1
    ]


def _said(zones: list[list[float]], share: float) -> str:
    if not zones:
        return "Nowhere in view is the slope less than a hundredth."
    if share == 1.0:
        return "The slope is less than a hundredth everywhere in view."
    ends = " and ".join(f"from {_plain(a)} to {_plain(b)}" for a, b in zones[:3])
    return f"The slope is less than a hundredth for x {ends}: {share:.0%} of what is drawn."


def _plain(x: float) -> str:
    return decimals(x, 2).rstrip("0").rstrip(".") if math.isfinite(x) else decimals(x)


_INPUT_TEXTS = [_plain(x) for x in INPUTS]


def _code(function: Callable[..., Any], weight: float, bias: float) -> str:
    name = name_of(function)
    name = name if name.isidentifier() else "f"
    known = ACTIVATIONS.get(name) is function
    source = "" if name == "tanh" and known else f"from backprop_course import {name}\n" if known else ""
    called = "np.tanh" if name == "tanh" and known else name
    given = "" if known else f"{name} = ...  # your function\n"
    return (
        f"import numpy as np\nfrom backprop_course import elementwise_grad\n{source}{given}\n"
        f"def unit(x):\n    return {called}({weight} * x + {bias})\n\n"
        "x = {probe}\nprint(unit(x), elementwise_grad(unit)(x))"
    )
