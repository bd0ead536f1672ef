"""Entries moved, repeated, dropped or sorted: whatever NumPy does to positions, taken from the entries.

A function that only moves entries does the same to an array of their positions. So it is applied to those,
and the entries are picked: one rule, that of indexing, serves them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import refusals
from ..bare import values_in
from ._calls import compose
from ._tools import given, shape_of
from .indexing import positions_of, put


def moved(x: Any, places: Any) -> Any:
    """Entries of `x` at the flat positions `places`, in the shape of `places`."""
    return np.ravel(x)[places]


def rearranging(function: Callable[..., Any], *calls: tuple[Any, ...]) -> None:
    """Declare a NumPy function that only moves entries of its first array."""
    compose(
        function,
        lambda x, *args, **kwargs: moved(x, function(positions_of(x), *args, **kwargs)),
        given(*calls),
    )


rearranging(np.flip, ((2, 3), {}), ((2, 3), {"axis": 1}))
rearranging(np.fliplr, ((2, 3), {}))
rearranging(np.flipud, ((2, 3), {}))
rearranging(np.rot90, ((2, 3), {}), ((2, 3), {"k": 2}))
rearranging(np.roll, ((2, 3), {"shift": 1}), ((2, 3), {"shift": (1, 2), "axis": (0, 1)}))
rearranging(np.tile, ((2, 3), {"reps": 2}), ((3,), {"reps": (2, 2)}))
rearranging(np.repeat, ((2, 3), {"repeats": 2}), ((2, 3), {"repeats": [1, 0, 2], "axis": 1}))
rearranging(np.take, ((4, 3), {"indices": [0, 2, 2]}), ((4, 3), {"indices": [[0, 1]], "axis": 1}))
rearranging(np.take_along_axis, ((2, 3), {"indices": np.array([[0, 2], [1, 1]]), "axis": 1}))
rearranging(np.delete, ((4, 3), {"obj": 1, "axis": 0}), ((4,), {"obj": [0, 2]}))
rearranging(np.diagonal, ((3, 4), {}), ((2, 3, 3), {"offset": 1, "axis1": 1, "axis2": 2}))


def _resize(a: Any, new_shape: Any) -> Any:
    """The entries over and over; zeros where there are none."""
    if not np.prod(shape_of(a), dtype=int):
        return np.zeros(new_shape, getattr(a, "dtype", float))
    return moved(a, np.resize(positions_of(a), new_shape))


def _compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    return moved(a, np.compress(condition, positions_of(a), axis))


def _extract(condition: Any, arr: Any) -> Any:
    return moved(arr, np.extract(condition, positions_of(arr)))


compose(np.resize, _resize, given(((2, 3), {"new_shape": (4, 2)}), ((2, 3), {"new_shape": 4})))
compose(np.compress, _compress, given(([True, False, True], (3, 2), {"axis": 0})))
compose(np.extract, _extract, given(([True, False, True], (3,), {})))


def _sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None) -> Any:
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argsort(values_in(a), axis=axis, kind=kind, stable=stable), axis)


def _partition(a: Any, kth: Any, axis: int | None = -1, kind: Any = "introselect") -> Any:
    a, axis = (np.ravel(a), -1) if axis is None else (a, axis)
    return np.take_along_axis(a, np.argpartition(values_in(a), kth, axis=axis, kind=kind), axis)


compose(np.sort, _sort, given(((2, 4), {}), ((2, 4), {"axis": 0}), ((2, 3), {"axis": None})))
compose(np.partition, _partition, given(((2, 5), {"kth": 2}), ((5, 2), 2, 0)))


def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """One entry of each value: the first one, and the slope is that of this one alone."""
    if axis is not None:
        raise refusals.setting("unique", "axis")
    _, first, inverse, counts = np.unique(values_in(ar), True, True, True, equal_nan=equal_nan)
    found = np.ravel(ar)[first]
    more = [
        x for x, asked in ((first, return_index), (inverse, return_inverse), (counts, return_counts)) if asked
    ]
    return (found, *more) if more else found


compose(np.unique, _unique, given(((4,), {}), ((2, 3), {"return_counts": True, "return_inverse": True})))


def _triangle(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda m, k=0: np.where(function(np.ones(shape_of(m)[-2:], dtype=bool), k), m, 0.0)


compose(np.tril, _triangle(np.tril), given(((3, 4), {}), ((2, 3, 3), {"k": -1})))
compose(np.triu, _triangle(np.triu), given(((3, 4), {}), ((2, 3, 3), {"k": 1})))


def _diag(v: Any, k: int = 0) -> Any:
    if len(shape_of(v)) == 2:
        return np.diagonal(v, offset=k)
    n = shape_of(v)[0] + abs(k)
    rows = np.arange(shape_of(v)[0]) + max(-k, 0)
    return put(v, shape=(n, n), index=(rows, rows + k))


compose(np.diag, _diag, given(((3,), {}), ((3,), {"k": -1}), ((3, 4), {"k": 1})))
compose(np.diagflat, lambda v, k=0: _diag(np.ravel(v), k), given(((2, 2), {})))
compose(
    np.trace,
    lambda a, offset=0, axis1=0, axis2=1: np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1),
    given(((3, 4), {}), ((3, 3), {"offset": 1}), ((2, 3, 3), {"axis1": 1, "axis2": 2})),
)


def _pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Any:
    if mode in ("edge", "wrap", "reflect", "symmetric") and kwargs.get("reflect_type", "even") == "even":
        return moved(array, np.pad(positions_of(array), pad_width, mode, **kwargs))
    if mode != "constant":  # a frame that is computed from the entries
        raise refusals.setting("pad", "reflect_type" if kwargs.get("reflect_type") else "mode")
    widths = _widths(pad_width, len(shape_of(array)))
    frame = np.pad(np.zeros(shape_of(array), getattr(array, "dtype", float)), pad_width, mode, **kwargs)
    inside = tuple(slice(before, before + n) for (before, _), n in zip(widths, shape_of(array), strict=True))
    return put(array, shape=frame.shape, index=inside) + frame


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """How much is added before and after, along each axis; NumPy lets one number or pair stand for many."""
    if isinstance(pad_width, dict):
        pairs = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            pairs[axis] = (width, width) if isinstance(width, int) else tuple(width)
        return pairs
    return [(int(before), int(after)) for before, after in np.broadcast_to(pad_width, (ndim, 2))]


compose(
    np.pad,
    _pad,
    given(
        ((2, 3), {"pad_width": 1}),
        ((3,), {"pad_width": (1, 2), "constant_values": 5.0}),
        ((3,), {"pad_width": 2, "mode": "reflect"}),
        ((2, 3), {"pad_width": ((0, 1), (1, 0)), "mode": "edge"}),
    ),
)
