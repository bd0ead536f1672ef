"""Probes that any exercise may use."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .tools import raised, several, wrote

QUIET = "no warning"


def raises(function: Callable[..., Any], kind: str, *args: Any) -> tuple[Any, ...]:
    """Tell what ``function(*args)`` raises, where `kind` is asked for.

    Declared as ``common.raises(kind, x: (n,), ...) -> error``, with any name for the result.
    """
    return (raised(kind, function, *args),)


def calmly(function: Callable[..., Any], count: int, *args: Any) -> tuple[Any, ...]:
    """Call a function with NumPy's warnings on, and tell the first one.

    Declared as ``common.calmly(count, Z: (N, k)) -> dZ: (N, k), warning``: the `count` values it returns
    under names of your own, then the text of the first warning or `QUIET`.
    """
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("always")
        value = function(*args)
    values = (wrote(value),) if count == 1 else several(value, count, getattr(function, "__name__", "it"))
    said = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
    return (*values, said[0] if said else QUIET)
