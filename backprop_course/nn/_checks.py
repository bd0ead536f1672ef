"""What layers ask of their settings and inputs, and how they say no."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.values import as_value
from ..errors import DtypeError, ShapeError, UsageError


def generator(rng: Any) -> np.random.Generator:
    """Return the generator handed in, or one for a seed.

    Raises
    ------
    UsageError
        If it is neither; there is no global state to draw from.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool) and rng >= 0:
        return np.random.default_rng(int(rng))
    raise UsageError(
        "Starting weights and masks are drawn from a generator that is handed in.",
        expected="rng=np.random.default_rng(0), or rng=0 for short",
        got=f"rng={rng!r}",
        mend="make one generator at the start, and hand the same one to everything that draws",
    )


def size(what: str, value: Any) -> int:
    """Return a number of units, channels or groups, at least 1."""
    if isinstance(value, int | np.integer) and not isinstance(value, bool) and value >= 1:
        return int(value)
    raise UsageError(
        f"{what} is a number of things.",
        expected="an integer, at least 1",
        got=repr(value),
        mend=f"look at the value of {what}",
    )


def probability(what: str, value: Any) -> float:
    """Return a probability below 1."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool) and 0 <= value < 1:
        return float(value)
    raise UsageError(
        f"{what} is a probability.",
        expected="a number from 0 to 1, below 1",
        got=repr(value),
        mend="use 0.2 to drop every fifth unit, on average",
    )


def float_dtype(dtype: Any) -> np.dtype[Any]:
    """Return a dtype of floats."""
    try:
        found: np.dtype[Any] | None = np.dtype(dtype)
    except (TypeError, ValueError):  # a name that is none, or a list of fields that is none
        found = None
    if found is not None and found.kind == "f":
        return found
    raise UsageError(
        "Parameters are floating-point numbers.",
        expected="dtype float64 or float32",
        got=repr(dtype) if found is None else str(found),
        mend="leave dtype out for float64",
    )


def array(x: Any) -> Any:
    """Return an input with a shape: lists and numbers become arrays of floats."""
    if not hasattr(x, "shape"):
        return np.asarray(as_value(x, copy=False), dtype=float)
    if type(x) is np.ndarray and x.dtype.kind not in "fiub":
        raise DtypeError(
            "A layer was given something else than real numbers.",
            expected="floats, integers or booleans",
            got=f"dtype {x.dtype}",
            mend="turn text into numbers first, e.g. np.asarray(x, dtype=float) or one-hot columns",
        )
    return x


def wrong_input(layer: object, expected: str, x: Any, mend: str) -> ShapeError:
    """Say which input a layer wanted, and what it got."""
    return ShapeError(
        f"{type(layer).__name__} was given an input of the wrong shape.",
        expected=expected,
        got=f"shape {np.shape(x)}",
        mend=mend,
    )
