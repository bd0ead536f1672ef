"""What a Tensor may hold: read-only arrays and scalars of real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import refusals


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
        value.flags.writeable = False
    if value.dtype.kind not in "fiub":
        raise refusals.not_real(value.dtype)
    return value


def checked(bar: Any, like: Any, out_bar: Any, out: Any, who: str, position: int) -> Any:
    """Return what a user's rule gave, held to the shape it must have (after the batch axes of `out_bar`)."""
    bar = bar if hasattr(bar, "value") else np.asarray(bar)[()]
    expected = np.shape(out_bar)[: np.ndim(out_bar) - out.ndim] + like.shape
    if bar.shape != expected:
        mend = "sum over the axes that broadcasting added (see unbroadcast), or look for a missing transpose"
        what = f"{who} returned the wrong shape for input {position}."
        raise refusals.shapes(what, expected, bar.shape, mend)
    return bar
