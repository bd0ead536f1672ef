"""Arrays put together and taken apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..custom import primitive
from ..rules import declare
from ..trees import leaves, map_leaves
from ._calls import compose
from ._tools import EachArgument, given, shape_of
from .indexing import positions_of


@primitive
def concatenate(*arrays: Any, axis: int) -> Any:
    """Join arrays along an existing axis."""
    return np.concatenate(arrays, axis)


def _place(i: int, out: Any, arrays: Sequence[Any], axis: int) -> tuple[int, int, int]:
    """Start and stop of the i-th array in the result, and the axis counted from the end."""
    back = axis % len(shape_of(out)) - len(shape_of(out))
    start = sum(shape_of(a)[back] for a in arrays[:i])
    return start, start + shape_of(arrays[i])[back], back


def _cut(x: Any, start: int, stop: int, back: int) -> Any:
    return x[(..., slice(start, stop), *[slice(None)] * (-back - 1))]


def _concatenate_vjp(i: int, out_bar: Any, out: Any, *arrays: Any, axis: int) -> Any:
    return _cut(out_bar, *_place(i, out, arrays, axis))


def _concatenate_jvp(i: int, x_dot: Any, out: Any, *arrays: Any, axis: int) -> Any:
    others = [np.zeros(shape_of(a), getattr(x_dot, "dtype", float)) for a in arrays]
    return concatenate(*others[:i], x_dot, *others[i + 1 :], axis=axis)


declare(
    concatenate,
    vjp=EachArgument(_concatenate_vjp),
    jvp=EachArgument(_concatenate_jvp),
    samples=given(
        ((3,), (2,), {"axis": 0}), ((2, 3), (2, 1), (2, 0), {"axis": -1}), ((1, 3), (2, 3), {"axis": 0})
    ),
)


def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Any:
    if axis is None:
        return concatenate(*map(np.ravel, arrays), axis=0)
    return concatenate(*arrays, axis=axis)


def _stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    return concatenate(*(np.expand_dims(a, axis) for a in arrays), axis=axis)


def _hstack(tup: Sequence[Any]) -> Any:
    arrays = [np.atleast_1d(a) for a in tup]
    return concatenate(*arrays, axis=0 if len(shape_of(arrays[0])) == 1 else 1)


def _column_stack(tup: Sequence[Any]) -> Any:
    return concatenate(*(a if len(shape_of(a)) > 1 else np.reshape(a, (-1, 1)) for a in tup), axis=1)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate([arr, values], axis)


compose(np.concatenate, _concatenate, given(([(2, 3), (1, 3)], {})))
compose(np.stack, _stack, given(([(2, 3), (2, 3)], {"axis": 1}), ([(3,), (3,)], {"axis": -1})))
compose(np.hstack, _hstack, given(([(3,), (2,)], {}), ([(2, 3), (2, 1)], {})))
compose(np.vstack, lambda tup: concatenate(*map(np.atleast_2d, tup), axis=0), given(([(3,), (2, 3)], {})))
compose(np.dstack, lambda tup: concatenate(*map(np.atleast_3d, tup), axis=2), given(([(2, 3), (2, 3)], {})))
compose(np.column_stack, _column_stack, given(([(3,), (3, 2)], {})))
compose(np.append, _append, given(((2, 3), (2,), {}), ((2, 3), (1, 3), {"axis": 0})))


def _splitting(function: Callable[..., list[Any]], fixed_axis: int | None = None) -> Callable[..., list[Any]]:
    """Cut where `function` cuts an array of positions."""

    def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
        ndim = len(shape_of(ary))
        at = axis if fixed_axis is None else (fixed_axis if ndim > fixed_axis else 0)
        places = np.arange(shape_of(ary)[at])
        parts = np.array_split if function is np.array_split else np.split
        cuts = parts(places, indices_or_sections)
        ends = np.cumsum([0, *map(len, cuts)])
        return [_cut(ary, int(a), int(b), at % ndim - ndim) for a, b in itertools.pairwise(ends)]

    return split


compose(
    np.split,
    _splitting(np.split),
    given(((4, 3), {"indices_or_sections": 2}), ((4,), {"indices_or_sections": [1, 3]})),
)
compose(np.array_split, _splitting(np.array_split), given(((5, 2), {"indices_or_sections": 2})))
compose(np.vsplit, _splitting(np.vsplit, 0), given(((4, 3), {"indices_or_sections": 2})))
compose(np.hsplit, _splitting(np.hsplit, 1), given(((2, 4), {"indices_or_sections": 2})))
compose(np.dsplit, _splitting(np.dsplit, 2), given(((1, 2, 4), {"indices_or_sections": [1]})))


# Functions that put entries of several arrays side by side do the same to their positions.


def _moved_together(function: Callable[..., Any], tree: Any) -> Any:
    """Call `function` on the positions of all entries of the arrays in `tree`, and pick those entries."""
    arrays = list(leaves(tree))
    ends = np.cumsum([0, *(int(np.prod(shape_of(a), dtype=int)) for a in arrays)])
    places = iter(positions_of(a) + end for a, end in zip(arrays, ends, strict=False))
    entries = concatenate(*(np.ravel(a) for a in arrays), axis=0)
    return map_leaves(lambda where: entries[where], function(map_leaves(lambda _: next(places), tree)))


def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    values = np.asarray(values, getattr(arr, "dtype", None)) if isinstance(values, float | int) else values
    return _moved_together(lambda both: np.insert(both[0], obj, both[1], axis), [arr, values])


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: Any = "xy") -> Any:
    return _moved_together(lambda xs: np.meshgrid(*xs, sparse=sparse, indexing=indexing), xi)


def _blocks(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    a, b, c, d = (rng.normal(size=shape) for shape in ((2, 2), (2, 1), (1, 2), (1, 1)))
    yield [[a, b], [c, d]], {}


compose(np.block, lambda arrays: _moved_together(np.block, arrays), _blocks)
compose(
    np.insert, _insert, given(((4,), 1, (2,), {}), ((2, 3), [0, 2], (2, 1), {"axis": 1}), ((3,), 1, 5.0, {}))
)
compose(np.meshgrid, _meshgrid, given(((3,), (2,), {}), ((3,), (2,), {"indexing": "ij", "sparse": True})))
if hasattr(np, "unstack"):  # NumPy 2.1
    compose(
        np.unstack,
        lambda x, /, *, axis=0: _moved_together(lambda xs: np.unstack(xs[0], axis=axis), [x]),
        given(((3, 2), {}), ((2, 3), {"axis": 1})),
    )
