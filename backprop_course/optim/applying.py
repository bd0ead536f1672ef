"""A rule applied to one parameter, so that shape and dtype of everything stay what they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def applied(
    rule: Callable[..., tuple[Any, dict[str, Any]]],
    p: Any,
    g: Any,
    kept: dict[str, Any],
    factors: Any,
    settings: Any,
) -> tuple[Any, dict[str, Any]]:
    """Return the next value and what is kept; `factors` is the rate, or a list of arrays of one entry."""
    one_number = np.ndim(p) == 0
    if (
        one_number
    ):  # computed with an axis: NumPy makes scalars, which cannot be written to, of arrays without
        p, g = np.reshape(p, (1,)), np.reshape(g, (1,))
        kept = {slot: np.reshape(array, (1,)) for slot, array in kept.items()}
    if isinstance(factors, list):
        factors = [_in_dtype_of(p, x) for x in factors]
    else:
        factors = _in_dtype_of(p, factors)
    p, kept = rule(p, g, kept, factors, settings)
    if one_number:
        return np.reshape(p, ()), {slot: np.reshape(array, ()) for slot, array in kept.items()}
    return p, kept


def _in_dtype_of(p: Any, x: Any) -> Any:
    """Return `x` in the dtype of `p`, so that float32 stays float32; Python's numbers never promote."""
    dtype = getattr(getattr(x, "value", x), "dtype", None)
    if dtype is None or dtype == p.dtype:
        return x
    return float(x) if isinstance(x, np.generic) else np.astype(x, p.dtype)
