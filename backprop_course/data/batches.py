"""Mini-batches: an epoch goes over all examples once, in an order drawn anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .checks import Pair, Rng, aligned, count, generator


class Batches:
    """What `batches` returns: iterating over it is one epoch; see there."""

    def __init__(self, X: Any, y: Any, batch_size: int, rng: Rng | None) -> None:
        self.X, self.y = aligned(X, y)
        self.batch_size = count("batch_size", batch_size)
        self.rng = None if rng is None else generator(rng)

    def __len__(self) -> int:
        return -(-len(self.X) // self.batch_size)

    def __iter__(self) -> Iterator[Pair]:
        # The order is drawn here and not at the first batch: so epochs can be begun before they are used.
        order = None if self.rng is None else self.rng.permutation(len(self.X))
        return self._epoch(order)

    def _epoch(self, order: np.ndarray | None) -> Iterator[Pair]:
        for start in range(0, len(self.X), self.batch_size):
            rows = slice(start, start + self.batch_size)
            chosen = rows if order is None else order[rows]
            yield self.X[chosen], self.y[chosen]


def batches(X: Any, y: Any, batch_size: int = 32, rng: Rng | None = None) -> Batches:
    """Cut examples into mini-batches; each pass over the result is an epoch, in a new order.

    Parameters
    ----------
    X, y : array_like, N rows each
        Examples and targets; they stay together.
    batch_size : int
        Rows of a batch. The last one is shorter where it does not divide N; no example is left out.
    rng : Generator or int, optional
        Draws the order of each epoch. Without it the rows come as they stand, in views.

    Returns
    -------
    Batches
        An iterable of pairs ``(X, y)``; ``len()`` counts the batches of an epoch.

    Raises
    ------
    ShapeError
        If X and y differ in their number of rows, or have none.
    UsageError
        If `batch_size` is no integer from 1 on, or `rng` neither a generator nor a seed.

    Examples
    --------
    >>> from backprop_course import data
    >>> X, y = data.moons(10)
    >>> [len(rows) for rows, labels in data.batches(X, y, 4, rng=0)]
    [4, 4, 2]
    """
    return Batches(X, y, batch_size, rng)
