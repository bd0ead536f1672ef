"""What a Tensor may hold: read-only arrays and scalars of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import refusals, rule_refusals

_REAL = (float, np.floating, int, np.integer, np.bool_)


def as_value(value: Any, *, copy: bool) -> Any:
    """Turn `value` into a read-only ndarray, or a NumPy scalar, of real numbers.

    Raises
    ------
    DtypeError
        If it holds anything but floats, integers and booleans.
    ShapeError
        If it is a nested list with rows of different lengths.
    """
    if not isinstance(value, np.generic):
        try:
            value = np.array(value) if copy else np.asarray(value).view()
        except ValueError as error:
            raise refusals.ragged(error) from None
        value.setflags(False)
    if value.dtype.kind not in "fiub":
        raise refusals.not_real(value.dtype)
    return value


def held(value: Any) -> Any:
    """Hold a fresh result to be of real numbers, and read-only from now on.

    Raises
    ------
    DtypeError
        If it holds anything but floats, integers and booleans.
    """
    if type(value) is np.ndarray:
        if value.dtype.kind in "cO":
            raise refusals.not_real(value.dtype)
        value.setflags(False)  # type: ignore[call-arg]  # by name it takes three times as long
    elif not isinstance(value, _REAL):
        raise refusals.not_real(np.asarray(value).dtype)
    return value


def getitem(x: Any, *, index: Any) -> Any:
    """``x[index]``, as a function with a setting."""
    return x[index]


def is_basic(index: Any) -> bool:
    """Whether an index is made of integers and slices, so that it takes no entry twice and gives a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(x is None or x is Ellipsis or type(x) is int or isinstance(x, slice) for x in parts)


def checked(bar: Any, like: Any, out_bar: Any, out: Any, name: str, kind: str, position: int) -> Any:
    """Return what a user's rule gave, held to the shape of `like` (after the batch axes of `out_bar`)."""
    if bar is None:
        raise rule_refusals.rule_missing(name, kind, position)
    bar = bar if hasattr(bar, "value") else np.asarray(bar)[()]
    expected = np.shape(out_bar)[: np.ndim(out_bar) - out.ndim] + like.shape
    if bar.shape != expected:
        what = f"The {kind} rule of '{name}' returned the wrong shape for input {position}."
        mend = "sum over the axes that broadcasting added, or look for a missing transpose"
        raise refusals.shapes(what, expected, bar.shape, mend)
    return bar


def of_floats(primitive: Any, values: list[float], params: dict[str, Any]) -> Any:
    """Call `primitive` on Python's numbers: by its `scalar` form, and by NumPy at the corners."""
    if primitive.scalar is not None:
        try:
            return primitive.scalar(*values)
        except (ArithmeticError, ValueError):  # 1 / 0, log(-1), exp(1000): inf and nan, with NumPy's warnings
            pass
    value = primitive.function(*values, **params)
    return float(value) if type(value) is np.float64 else value
