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
