"""The finite differences of one function, and where theory puts their errors.

With a step h a forward difference is off by about h|f″|/2 (truncation) and by the rounding of two values,
divided by h; a central one by h²|f‴|/6 and half of that rounding. See Nocedal & Wright, *Numerical
Optimization* (2006), section 8.1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..derivatives import grad as grad_of
from ..derivatives.numerical import returned

Func = Callable[..., Any]


@dataclass(frozen=True)
class Line:
    """The function along one direction through the point."""

    at: Callable[[float, type[np.floating[Any]]], Any]  # its value at a signed step, in a precision
    value: float
    first: float
    second: float  # nan where there is no rule for it
    third: float
    feels: float  # what a relative change of every entry of x does to the value

    @property
    def scale(self) -> float:
        """What errors are relative to; a slope of 0 leaves them absolute."""
        return abs(self.first) or 1.0


@dataclass(frozen=True)
class Curve:
    """The estimates of one difference, step by step, and the two parts of their relative error in theory."""

    estimates: list[float]
    truncation: list[float]
    rounding: list[float]


def curve(line: Line, method: str, precision: str, exponents: Sequence[float]) -> Curve:
    """Take the differences with steps of these powers of ten."""
    dtype = np.float64 if precision == "float64" else np.float32
    estimates, truncation, rounding = [], [], []
    here = line.at(0.0, dtype)
    noise = float(np.finfo(dtype).eps) * (abs(line.value) + line.feels) / line.scale
    for exponent in exponents:
        h = 10.0**exponent
        if method == "forward":
            rise, width = line.at(h, dtype) - here, dtype(h)
            truncation.append(h * abs(line.second) / 2 / line.scale)
            rounding.append(noise / h)
        else:
            rise, width = line.at(h, dtype) - line.at(-h, dtype), dtype(2 * h)
            truncation.append(h**2 * abs(line.third) / 6 / line.scale)
            rounding.append(noise / (2 * h))
        estimates.append(float(rise / width))
    return Curve(estimates, truncation, rounding)


def along(f: Func, point: Any, direction: Any) -> Line:
    """Follow `f` from a point in one direction; both are arrays."""

    def at(step: float, dtype: type[np.floating[Any]]) -> Any:
        moved = point.astype(dtype) + dtype(step) * direction.astype(dtype)
        return np.reshape(np.asarray(returned(f(moved[()]))), ())[()]

    gradient = np.asarray(grad_of(f)(point.copy()[()]))
    slopes: list[float] = []
    slope = grad_of(lambda t: f((point + t * direction)[()]))
    for _ in range(2):
        slope = grad_of(slope)
        slopes.append(_slope_of(slope))
    return Line(
        at,
        float(at(0.0, np.float64)),
        float(np.sum(gradient * direction)),
        slopes[0],
        slopes[1],
        float(np.sum(np.abs(gradient * point))),
    )


def _slope_of(slope: Func) -> float:
    try:
        return float(np.asarray(returned(slope(0.0))))
    except Exception:  # a function of one's own without rules of second order: no line is drawn for it
        return math.nan
