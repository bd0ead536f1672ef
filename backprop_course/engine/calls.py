"""How a call of a NumPy function is read: which arguments are arrays, and which are settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from . import refusals

_NOT_HERE: dict[
    str, tuple[Any, ...]
] = {  # settings of NumPy that mean nothing here, and their harmless values
    "out": (None,),
    "dtype": (None,),
    "where": (True,),
    "initial": (None,),
    "order": (None, "C", "K"),
    "copy": (None,),
    "casting": ("same_kind",),
    "subok": (True, False),
}


def parameter_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the parameters of `function`; none where it hides them."""
    try:
        return tuple(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return ()


def bind(
    primitive: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Sort the arguments of a call of `primitive` into arrays by position and settings by name.

    Raises
    ------
    UsageError
        For a setting of NumPy that has no meaning when Tensors take part.
    """
    arrays, names = primitive.arrays, primitive.names
    if not kwargs and (not names or len(args) <= arrays):
        return args, kwargs
    params = {**dict(zip(names[arrays:], args[arrays:], strict=False)), **kwargs} if names else dict(kwargs)
    inputs = args[:arrays] if names else args
    for name in names[len(inputs) : arrays]:  # arrays that were passed by name
        if name in params:
            inputs += (params.pop(name),)
    params = {key: value for key, value in params.items() if value is not np._NoValue}
    if primitive.ours:
        for key in [key for key in params if key in _NOT_HERE]:
            value = params.pop(key)
            if not any(
                value is harmless or (type(value) is str and value == harmless) for harmless in _NOT_HERE[key]
            ):
                raise refusals.setting(primitive.name, key)
    return inputs, params
