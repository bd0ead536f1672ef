"""Taking entries out, and putting cotangents back where they came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..bare import values_in
from ..custom import primitive
from ..values import getitem, is_basic
from ._calls import compose
from ._tools import given, linear, shape_of


def positions(shape: tuple[int, ...], index: Any) -> Any:
    """Flat positions in an array of `shape` of the entries that ``[index]`` takes."""
    return np.arange(int(np.prod(shape, dtype=int))).reshape(shape)[index]


def positions_of(x: Any) -> Any:
    """The flat position of each entry."""
    return np.arange(int(np.prod(shape_of(x), dtype=int))).reshape(shape_of(x))


def _getitem_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    x = rng.normal(size=(4, 3, 2))
    basic: list[Any] = [
        1,
        slice(1, 3),
        (slice(None), 0),
        (..., 1),
        (None, slice(None, None, -2), 2),
        (0, 1, 1),
    ]
    split = (np.array([[0], [1]]), slice(None), np.array([0, 1]))
    for index in [*basic, np.array([0, 2, 2]), x[:, 0, 0] > -9, split, [1, 1]]:
        yield (x, {"index": index})


@primitive
def put(g: Any, *, shape: tuple[int, ...], index: Any) -> Any:
    """Zeros of `shape` with `g` added at the index; axes of `g` before those of ``[index]`` are a batch."""
    if is_basic(index):  # no entry twice: written, which costs nothing beside adding entry by entry
        place = index if isinstance(index, tuple) else (index,)
        batch = shape_of(g)[: len(shape_of(g)) - np.broadcast_to(0, shape)[place].ndim]
        out = np.zeros(batch + tuple(shape), getattr(g, "dtype", np.float64))
        out[(*[slice(None)] * len(batch), *place)] = g
        return out
    flat = positions(shape, index)
    batch = shape_of(g)[: len(shape_of(g)) - flat.ndim]
    size = int(np.prod(shape, dtype=int))
    out = np.zeros((int(np.prod(batch, dtype=int)) * size,), getattr(g, "dtype", np.float64))
    starts = np.arange(0, len(out), size) if size else np.zeros(0, int)
    np.add.at(out, np.add.outer(starts, flat.ravel()).ravel(), np.ravel(g))
    return out.reshape(batch + shape)


@primitive
def pick(x: Any, *, shape: tuple[int, ...], index: Any) -> Any:
    """Entries at the index of the last axes of `x`, which have `shape`; the transpose of `put`."""
    flat = positions(shape, index)
    batch = shape_of(x)[: len(shape_of(x)) - len(shape)]
    return np.reshape(x, (*batch, int(np.prod(shape, dtype=int))))[..., flat.ravel()].reshape(
        batch + flat.shape
    )


def _put_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(3,)), {"shape": (4,), "index": np.array([0, 2, 2])})
    yield (rng.normal(size=(2, 3)), {"shape": (4, 3), "index": slice(1, 3)})


def _pick_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(4,)), {"shape": (4,), "index": np.array([0, 2, 2])})
    yield (rng.normal(size=(5, 4, 3)), {"shape": (4, 3), "index": slice(1, 3)})


linear(
    getitem,
    lambda out_bar, out, x, index: put(out_bar, shape=shape_of(x), index=index),
    samples=_getitem_samples,
    name="getitem",
)
linear(
    put, lambda out_bar, out, g, shape, index: pick(out_bar, shape=shape, index=index), samples=_put_samples
)
linear(
    pick, lambda out_bar, out, x, shape, index: put(out_bar, shape=shape, index=index), samples=_pick_samples
)


def _bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """Sums of the weights of each number: entries put where the numbers say."""
    numbers = np.asarray(values_in(x))
    if weights is None:
        return np.bincount(numbers, minlength=minlength)
    length = max(minlength, int(np.max(numbers, initial=-1)) + 1)
    return put(weights, shape=(length,), index=numbers)


compose(np.bincount, _bincount, given((np.array([0, 2, 2, 1]), (4,), {"minlength": 5})))
