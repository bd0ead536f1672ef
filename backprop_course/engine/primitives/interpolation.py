"""Values between samples, evenly spaced values, polynomials, choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..bare import values_in
from ._calls import compose
from ._tools import given, shape_of


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Straight lines between the points (xp, fp); outside them the values at the ends, with slope 0."""
    at, ends = np.asarray(values_in(x)), np.asarray(values_in(xp))
    cell = np.clip(np.searchsorted(ends, at, side="right") - 1, 0, len(ends) - 2)
    x0, x1, f0, f1 = xp[cell], xp[cell + 1], fp[cell], fp[cell + 1]
    inside = f0 + (x - x0) / (x1 - x0) * (f1 - f0)
    below, above = fp[0] if left is None else left, fp[-1] if right is None else right
    return np.where(at < ends[0], below, np.where(at > ends[-1], above, inside))


def _points(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield np.array([-1.0, 0.3, 1.7, 2.4, 9.0]), np.array([0.0, 1.0, 2.0, 4.0]), rng.normal(size=4)


compose(np.interp, _interp, _points)


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    steps = np.arange(num) / max(num - 1 if endpoint else num, 1)
    rank = max(len(shape_of(start)), len(shape_of(stop)))
    steps = np.reshape(steps, (-1,) + (1,) * rank)
    return np.moveaxis(start + steps * (stop - start), 0, axis)


compose(np.linspace, _linspace, given(((), (), {"num": 4}), ((2,), (2,), {"num": 3, "endpoint": False})))


def _polyval(p: Any, x: Any) -> Any:
    value = np.zeros(shape_of(x))
    for k in range(shape_of(p)[0]):
        value = value * x + p[k]
    return value


compose(np.polyval, _polyval, given(((4,), (3,))))


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0.0) -> Any:
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        default = np.where(condition, choice, default)
    return default


compose(
    np.select,
    _select,
    given(([np.array([True, False, False]), np.array([True, True, False])], [(3,), (3,)], {})),
)
