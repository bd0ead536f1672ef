"""Reads what an answer returned as one value per part, forgiving in form and exact in shape.

A float stands for an array without axes, a list for a tuple or an array, True for 1; further dict keys are
ignored. What the right part is says what is asked for: an array, a text, None, a list or dict of those. Only
plain arrays, texts, None, lists and dicts leave this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ._outcome import Opaque, Value
from ._parts import NUMBERS, Part, leaves
from ._signature import Signature
from ._verdict import State

Array: TypeAlias = npt.NDArray[Any]


@dataclass(frozen=True)
class Unreadable:
    """A part that is not what is asked for in its form."""

    state: State
    detail: str


# A Part whose leaves may be Unreadable.
Read: TypeAlias = Any
Returned: TypeAlias = dict[str, Read]


class WrongStructure(Exception):
    """What was returned has another structure; the text says how. Never leaves the judge."""


def not_written(value: Value) -> bool:
    """Whether this is what an empty stub returns."""
    if isinstance(value, (tuple, list)):
        return len(value) > 0 and all(not_written(item) for item in value)
    if isinstance(value, dict):
        return len(value) > 0 and all(not_written(item) for item in value.values())
    return value is None or (isinstance(value, Opaque) and value.type_name == "ellipsis")


def read(value: Value, signature: Signature, right: Mapping[str, Part]) -> Returned:
    """Return each returned part by name.

    Raises
    ------
    WrongStructure
        If no part can be told from another: no dict where one is asked for, or too few or too many values.
    """
    if signature.keys is not None:
        if not isinstance(value, dict):
            keys = ", ".join(signature.keys)
            raise WrongStructure(
                f"returned {described(value)} where a dict with the keys {keys} is asked for"
            )
        missing = Unreadable("missing", "the returned dict has no such key")
        return {key: as_part(value[key], right[key]) if key in value else missing for key in signature.keys}
    names = signature.returns
    if len(names) == 1:
        return {names[0]: as_part(value, right[names[0]])}
    if isinstance(value, np.ndarray) and value.shape[:1] == (len(names),):
        value = list(value)
    if not isinstance(value, (tuple, list)):
        raise WrongStructure(f"returned {described(value)} where {_listed(names)} are asked for")
    if len(value) != len(names):
        raise WrongStructure(
            f"returned {_counted(len(value))} where {len(names)} are asked for: {_listed(names)}"
        )
    return {name: as_part(item, right[name]) for name, item in zip(names, value, strict=True)}


def as_part(value: Value, right: Part) -> Read:
    """Return `value` in the form of the right part."""
    if right is None:
        return None if value is None else Unreadable("wrong type", f"it is {described(value)}, not None")
    if not_written(value) and not isinstance(value, (tuple, list, dict)):
        return Unreadable("not yet written", "")
    if isinstance(right, str):
        return value if isinstance(value, str) else _not_that(value, "a text")
    if isinstance(right, dict):
        return _as_dict(value, right)
    if isinstance(right, list):
        return _as_list(value, right)
    return as_array(value, right)


def as_array(value: Value, right: Array | None = None) -> Read:
    """Return `value` as an array of real numbers; where `right` holds integers, True and False will do."""
    if not_written(value) and not isinstance(value, (tuple, list, dict)):
        return Unreadable("not yet written", "")
    if isinstance(value, (tuple, list)):
        value = _stacked(value)
    if isinstance(value, (dict, str, Opaque)) or value is None:
        return _not_that(value, "an array of numbers")
    array = np.asarray(value)
    if array.dtype.kind == "b" and right is not None and right.dtype.kind in "iu":
        return array.astype(int)
    if array.dtype.kind not in "iuf":
        return Unreadable("wrong type", f"its entries are {array.dtype.name}, not real numbers")
    return array


def _as_dict(value: Value, right: Mapping[Any, Part]) -> Read:
    if not isinstance(value, dict):
        return _not_that(value, "a dict")
    if absent := [str(key) for key in right if key not in value]:
        return Unreadable("missing", f"it has no key {', '.join(absent[:5])}")
    return {key: as_part(value[key], right[key]) for key in right}


def _as_list(value: Value, right: list[Part]) -> Read:
    if isinstance(value, np.ndarray) and value.ndim:
        value = list(value)
    if not isinstance(value, (list, tuple)):
        return _not_that(value, "a list")
    if len(value) != len(right):
        return Unreadable("wrong shape", f"a list of {_counted(len(value))} where {len(right)} are asked for")
    return [as_part(item, wanted) for item, wanted in zip(value, right, strict=True)]


def unreadable(part: Read) -> list[tuple[str, Unreadable]]:
    """Return where in a part something cannot be read, and why."""
    return [(path, leaf) for path, leaf in leaves(part) if isinstance(leaf, Unreadable)]


def _not_that(value: Value, what: str) -> Unreadable:
    return Unreadable("wrong type", f"it is {described(value)}, not {what}")


def described(value: Value) -> str:
    """Return what a value is, in words for a learner."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.ndim else "one number"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {_counted(len(value))}"
    if isinstance(value, dict):
        return f"a dict with the keys {', '.join(map(str, list(value)[:8]))}" if value else "an empty dict"
    if isinstance(value, Opaque):
        return f"an object of type {value.type_name}"
    if value is None:
        return "nothing (None)"
    return (
        f"a value of type {type(value).__name__}" if isinstance(value, (str, bool, complex)) else "one number"
    )


def _stacked(value: Value) -> Value:
    if not _only_numbers(value):
        return Opaque(f"{type(value).__name__} of other objects")
    try:
        return np.array(value)
    except ValueError:
        return Opaque(f"{type(value).__name__} whose rows differ in length")


def _only_numbers(value: Value) -> bool:
    if isinstance(value, (tuple, list)):
        return set(map(type, value)) <= NUMBERS or all(map(_only_numbers, value))
    return not isinstance(value, (dict, str, Opaque)) and value is not None


def _counted(count: int) -> str:
    return "one value" if count == 1 else f"{count} values"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1]))
