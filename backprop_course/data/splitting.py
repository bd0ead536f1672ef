"""Splitting: examples parted at random into training, validation and test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import UsageError
from .checks import Pair, Rng, aligned, amount, generator


def split(
    X: Any,
    y: Any,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    *,
    stratify: bool = False,
    rng: Rng = 0,
) -> list[Pair]:
    """Part examples at random; none is lost, none comes twice.

    Parameters
    ----------
    X, y : array_like, N rows each
        Examples and targets; they stay together.
    fractions : sequence of floats
        Share of each part, together 1: training, validation and test by default; ``(0.8, 0.2)`` for two.
    stratify : bool
        Whether each class is parted by itself, so that all parts have the same mixture up to one example of
        each class. `y` must hold classes then.
    rng : Generator or int
        What draws.

    Returns
    -------
    list of pairs ``(X, y)``, one for each fraction, copies

    Raises
    ------
    ShapeError
        If X and y differ in their number of rows.
    UsageError
        If the fractions do not make 1, a part stays empty, or `stratify` is asked for numbers.

    Examples
    --------
    >>> from backprop_course import data
    >>> (X, y), (X_val, y_val), (X_test, y_test) = data.split(*data.moons(100), stratify=True)
    >>> len(y), len(y_val), len(y_test), y_test.sum()
    (60, 20, 20, np.int64(10))
    """
    X, y = aligned(X, y)
    ends = _ends(fractions)
    rng = generator(rng)
    parts: list[list[np.ndarray]] = [[] for _ in ends]
    for rows in _groups(y) if stratify else [np.arange(len(y))]:
        rows = rng.permutation(rows)
        stops = np.rint(ends * len(rows)).astype(int)
        for part, start, stop in zip(parts, [0, *stops[:-1]], stops, strict=True):
            part.append(rows[start:stop])
    found = []
    for part, fraction in zip(parts, fractions, strict=True):
        rows = rng.permutation(np.concatenate(part)) if stratify else part[0]
        if not len(rows):
            raise UsageError(
                "A part would stay empty.",
                expected=f"at least one example in each of {len(ends)} parts",
                got=f"none in the part of {fraction:g} of {len(y)} examples",
                mend="take more examples, fewer parts or another fraction",
            )
        found.append((X[rows], y[rows]))
    return found


def _ends(fractions: Sequence[float]) -> np.ndarray:
    shares = [amount("a fraction", share, 0.0, 1.0) for share in fractions]
    # fractions such as 1/3 do not add up to 1 exactly
    if len(shares) < 2 or abs(sum(shares) - 1.0) > 1e-9 or min(shares) == 0.0:
        raise UsageError(
            "The fractions say which share of the examples each part gets.",
            expected="two or more numbers above 0 that add up to 1",
            got=f"{tuple(fractions)}, which add up to {sum(shares):g}",
            mend="pass (0.6, 0.2, 0.2) for training, validation and test, for example",
        )
    return np.append(np.cumsum(shares)[:-1], 1.0)


def _groups(y: np.ndarray) -> list[np.ndarray]:
    if y.dtype.kind not in "iubU" or y.ndim != 1:
        raise UsageError(
            "Only classes can be spread evenly.",
            expected="y of integers (or text), one for each example",
            got=f"dtype {y.dtype}, shape {y.shape}",
            mend="leave stratify out for numbers, or write y.astype(int) where they are classes",
        )
    return [np.flatnonzero(y == label) for label in np.unique(y)]
