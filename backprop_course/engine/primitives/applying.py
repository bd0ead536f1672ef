"""Functions applied along axes: calls of other functions, and what they return put together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._calls import compose
from ._tools import given, shape_of


def _apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Call `func1d` on each row along the axis; its results take the place of the rows."""
    rows = np.moveaxis(arr, axis, -1)
    outer = shape_of(rows)[:-1]
    results = [func1d(rows[where], *args, **kwargs) for where in np.ndindex(outer)]
    inner = shape_of(results[0])
    together = np.reshape(np.stack(results), outer + inner)
    at = axis % len(shape_of(arr))
    return np.moveaxis(together, range(len(outer), len(outer) + len(inner)), range(at, at + len(inner)))


def _apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """Call `func` on one axis after the other; where it drops the axis, it is put back."""
    for axis in np.atleast_1d(axes):
        reduced = func(a, int(axis))
        a = reduced if len(shape_of(reduced)) == len(shape_of(a)) else np.expand_dims(reduced, int(axis))
    return a


compose(
    np.apply_along_axis,
    _apply_along_axis,
    given((np.prod, 0, (3, 2)), (np.diff, 1, (2, 3, 2)), (np.outer, 1, (2, 3), np.array([1.0, 2.0]))),
)
compose(np.apply_over_axes, _apply_over_axes, given((np.sum, (2, 3, 2), [0, 2]), (np.cumsum, (2, 3), 1)))
