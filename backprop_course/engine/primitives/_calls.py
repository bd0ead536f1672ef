"""A function that is written with others takes the calls that NumPy's takes.

A definition knows the arrays and the settings that matter here. NumPy's function knows more: settings that
mean nothing on a graph, their defaults, an order in which everything may be passed by position, lists in the
place of arrays. `compose` stands between the two.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from .. import refusals, rules
from ..rules import Function, Samples

# NumPy's names for parameters that are arrays: a list in their place is one.
_ARRAYS = {
    "a",
    "b",
    "x",
    "x1",
    "x2",
    "y",
    "v",
    "m",
    "z",
    "p",
    "p1",
    "p2",
    "f",
    "xp",
    "fp",
    "ary",
    "arr",
    "array",
}
_ARRAYS |= {"start", "stop", "val", "weights", "prepend", "append", "to_begin", "to_end", "values"}
_LISTS = (list, tuple)
_HARMLESS: dict[str, tuple[Any, ...]] = {
    "order": ("C", "K", "A"),
    "casting": ("same_kind",),
    "device": ("cpu",),
    "subok": (True, False),
    "where": (True,),
}


def compose(function: Function, definition: Function, samples: Samples) -> None:
    """Enter a function written with others: `definition` names its parameters as `function` does.

    Settings of `function` that `definition` does not know may be passed with their default values.
    """
    ufunc = isinstance(getattr(function, "__self__", function), np.ufunc)  # one, or a method of one
    plainly = ufunc or definition is function
    rules.compose(function, definition if plainly else _taking_calls_of(function, definition), samples)


def _taking_calls_of(function: Function, definition: Function) -> Function:
    name = getattr(function, "__name__", repr(function))
    # At the first call: to read all takes a while.
    read: list[tuple[inspect.Signature, set[str], list[str]]] = []

    @functools.wraps(definition)
    def called(*args: Any, **kwargs: Any) -> Any:
        if not read:
            read.append(_signatures(function, definition))
        signature, known, shared = read[0]
        if len(args) <= len(shared) and kwargs.keys() <= known:
            named = (*zip(shared, args, strict=False), *kwargs.items())
            if not any(x is np._NoValue or (key in _ARRAYS and isinstance(x, _LISTS)) for key, x in named):
                return definition(*args, **kwargs)  # to bind them takes 25 us
        bound = signature.bind(*args, **kwargs)
        for key, value in list(bound.arguments.items()):
            default = signature.parameters[key].default
            if signature.parameters[key].kind is inspect.Parameter.VAR_KEYWORD and key not in known:
                raise refusals.setting(name, next(iter(value)))
            if key not in known and not _means_nothing(key, value, default):
                raise refusals.setting(name, key)
            if key not in known or value is default or value is np._NoValue:
                del bound.arguments[key]
            elif key in _ARRAYS and isinstance(value, _LISTS):
                bound.arguments[key] = np.asarray(value)
        return definition(*bound.args, **bound.kwargs)

    return called


def _signatures(function: Function, definition: Function) -> tuple[inspect.Signature, set[str], list[str]]:
    """NumPy's signature, the parameters that the definition knows, and those that lead both in one order."""
    ours = inspect.signature(definition).parameters
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # a NumPy that hides it
        signature = inspect.signature(definition)
    kinds = {p.kind for p in ours.values()}
    anything = inspect.Parameter.VAR_KEYWORD in kinds
    known = {
        key
        for key, p in signature.parameters.items()
        if anything or key in ours or (p.kind is p.VAR_POSITIONAL and p.kind in kinds)
    }
    in_order = [a == b for a, b in zip(ours, signature.parameters, strict=False)]
    return signature, known, list(ours)[: [*in_order, False].index(False)]


def _means_nothing(key: str, value: Any, default: Any) -> bool:
    if value is default or value is None or value is np._NoValue:
        return True
    return isinstance(value, str | bool) and (value == default or value in _HARMLESS.get(key, ()))
