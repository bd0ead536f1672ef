"""What the data functions ask of their arguments."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError, UsageError

Rng = int | np.random.Generator
Pair = tuple[np.ndarray, np.ndarray]


def generator(rng: Any) -> np.random.Generator:
    """Return the generator handed in, or a fresh one for a seed.

    Raises
    ------
    UsageError
        If it is neither; a global state is not used.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise UsageError(
        "rng decides what is drawn.",
        expected="a np.random.Generator, or a seed: an integer from 0 on",
        got=repr(rng),
        mend="rng = np.random.default_rng(0), once, and hand it in",
    )


def count(name: str, value: Any, least: int = 1) -> int:
    """Return an integer setting of at least `least`.

    Raises
    ------
    UsageError
        If it is something else.
    """
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= least:
        return int(value)
    raise UsageError(
        f"{name} is a number of things.",
        expected=f"an integer, at least {least}",
        got=repr(value),
        mend=f"look at the value of {name}",
    )


def amount(name: str, value: Any, low: float = 0.0, high: float = np.inf) -> float:
    """Return a finite setting from `low` to `high`.

    Raises
    ------
    UsageError
        If it is something else.
    """
    good = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if good and low <= value <= high and abs(value) <= sys.float_info.max:
        return float(value)
    lower = f"from {low:g}" if np.isfinite(low) else ""
    upper = f"to {high:g}" if np.isfinite(high) else "and finite" if lower else "that is finite"
    raise UsageError(
        f"{name} is out of range.",
        expected=f"a number {lower} {upper}".replace("  ", " "),
        got=repr(value),
        mend=f"look at the value of {name}",
    )


def aligned(X: Any, *others: Any) -> list[np.ndarray]:
    """Return arrays with as many rows each, at least one.

    Raises
    ------
    ShapeError
        If they differ in their number of rows, or have none.
    """
    arrays = [_rectangular(a, "X or y") for a in (X, *others)]
    rows = [a.shape[0] if a.ndim else 0 for a in arrays]
    if len(set(rows)) != 1 or rows[0] == 0:
        raise ShapeError(
            "Examples and targets belong together row by row.",
            expected="arrays with the same number of rows, at least one",
            got=f"shapes {', '.join(str(a.shape) for a in arrays)}",
            mend="look at X.shape and y.shape; the first axis counts the examples",
        )
    return arrays


def _rectangular(X: Any, name: str) -> np.ndarray:
    try:
        return np.asarray(X)
    except ValueError as error:
        raise ShapeError(
            f"The rows of {name} have different lengths.",
            expected="a rectangular array of numbers",
            got=str(error).split(". The detected")[0],
            mend="make the rows equally long",
        ) from None


def numbers(X: Any, name: str = "X") -> np.ndarray:
    """Return finite numbers as float64.

    Raises
    ------
    DtypeError
        If they are no real numbers.
    UsageError
        If some are nan or infinite.
    """
    array = _rectangular(X, name)
    if array.dtype.kind not in "fiub":
        raise DtypeError(
            f"{name} is made of numbers.",
            expected="floats or integers",
            got=f"dtype {array.dtype}",
            mend="turn text into numbers first, classes into 0, 1, 2, ...",
        )
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise UsageError(
            f"{name} holds values that are not finite.",
            expected="finite numbers",
            got=f"{array[where]} at {where}, one of {int((~np.isfinite(array)).sum())}",
            mend="leave out those rows, or fill them in",
        )
    return array
