"""``x.at[i].set(v)`` and ``x.at[i].add(v)``: the functional forms of ``x[i] = v`` and ``x[i] += v``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..bare import values_in
from ..tensor import Tensor
from ._calls import compose
from ._tools import shape_of
from .indexing import positions, put


def add_at(x: Any, value: Any, *, index: Any) -> Any:
    """`x` with `value` added at the index, as often as the index names an entry."""
    spread = np.broadcast_to(value, positions(shape_of(x), index).shape)
    return x + put(spread, shape=shape_of(x), index=index)


def set_at(x: Any, value: Any, *, index: Any) -> Any:
    """`x` with `value` at the index; where the index names an entry twice, the last one stays."""
    places = positions(shape_of(x), index)
    spread = np.broadcast_to(value, places.shape)
    writer = np.full(int(np.prod(shape_of(x), dtype=int)), -1)
    writer[np.ravel(places)] = np.arange(places.size)  # which entry of the value ends up where
    writer = writer.reshape(shape_of(x))
    return np.where(writer < 0, x, np.ravel(spread)[np.maximum(writer, 0)] if places.size else x)


class At:
    """An index waiting for what to do with it."""

    def __init__(self, tensor: Tensor, index: Any = ...) -> None:
        self.tensor, self.index = tensor, index

    def __getitem__(self, index: Any) -> At:
        return At(self.tensor, values_in(index))

    def set(self, value: Any) -> Any:
        """Return the Tensor with the entries at the index replaced by `value`."""
        return set_at(self.tensor, value, index=self.index)

    def add(self, value: Any) -> Any:
        """Return the Tensor with `value` added at the index, as often as the index names an entry."""
        return add_at(self.tensor, value, index=self.index)


Tensor.at = property(At, doc="``x.at[i].set(v)`` and ``x.at[i].add(v)`` return a new, changed Tensor.")


def _updates(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for index, shape in ((1, (3,)), (np.array([0, 2, 2]), (3, 3)), ((slice(None), 0), ()), (slice(4, 4), ())):
        yield rng.normal(size=(4, 3)), rng.normal(size=shape), {"index": index}


compose(add_at, add_at, _updates)
compose(set_at, set_at, _updates)
