"""What probes share: telling a stub from an answer, taking results apart, catching what is raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

NOTHING = "nothing was raised"


class Misfit(TypeError):
    """Something of another form than the exercise asks for; the text says what."""


def wrote(value: Any) -> Any:
    """Return `value`, unless it is what an empty stub returns.

    Raises
    ------
    NotImplementedError
        For None and an ellipsis: the judge says "not yet written".
    """
    if value is None or value is ...:
        raise NotImplementedError  # a stub's: the judge says "not yet written"
    return value


def several(value: Any, count: int, what: str) -> tuple[Any, ...]:
    """Return the `count` values that a learner's function returned, as a tuple.

    Raises
    ------
    NotImplementedError
        If it is what an empty stub returns.
    Misfit
        If there are more or fewer; `what` names the function.
    """
    if isinstance(wrote(value), np.ndarray) and value.ndim and len(value) == count:
        return tuple(value)
    if not isinstance(value, (tuple, list)) or len(value) != count:
        got = f"{len(value)} values" if isinstance(value, (tuple, list)) else f"one {type(value).__name__}"
        raise Misfit(f"{what} returned {got} where {count} values are asked for")
    if all(item is None or item is ... for item in value):
        raise NotImplementedError  # a stub's: the judge says "not yet written"
    return tuple(value)


def field(value: Any, name: str) -> Any:
    """Return the attribute of a learner's object.

    Raises
    ------
    NotImplementedError
        If there is no object, or one with nothing in it, as the stub of a class makes it.
    Misfit
        If it has no such attribute.
    """
    try:
        return getattr(wrote(value), name)
    except AttributeError:
        if getattr(value, "__dict__", None) == {}:
            raise NotImplementedError from None  # a stub's: the judge says "not yet written"
        raise Misfit(f"a {type(value).__name__} has no attribute {name}") from None


def raised(kind: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> str | None:
    """Return what a call raised that is asked to raise `kind`.

    Parameters
    ----------
    kind : str
        Name of the built-in exception that is asked for.

    Returns
    -------
    str or None
        `kind` if that or a subclass was raised, else the name of the exception, or `NOTHING`; None where
        nothing was raised and nothing was returned, as by an empty stub.

    Raises
    ------
    NotImplementedError
        As a stub raises it.
    """
    try:
        value = function(*args, **kwargs)
    except NotImplementedError:
        raise
    except Exception as error:
        # A recursion that runs too deep is a RuntimeError by family; no one raised it on purpose.
        names = [c.__name__ for c in type(error).__mro__] if not isinstance(error, RecursionError) else []
        return kind if kind in names else type(error).__name__
    return None if value is None or value is ... else NOTHING


class Counting:
    """A function that counts how often it is called.

    Parameters
    ----------
    function : callable
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *args: Any) -> Any:  # noqa: D102  # said above
        self.calls += 1
        return self.function(*args)
