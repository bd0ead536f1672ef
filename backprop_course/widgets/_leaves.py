"""What a hand can change of a function's arguments: numbers, and single entries of arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..engine.trees import is_tree, leaves, with_leaves
from ..errors import UsageError

MOST_ENTRIES = 200


@dataclass(frozen=True)
class Entry:
    """One number of the arguments: the place of its leaf, its index there, and what it was at first."""

    leaf: int
    index: tuple[int, ...]
    value: float

    @property
    def reach(self) -> float:
        """How far a slider goes to both sides of zero: 1, 2 or 5 times a power of ten, twice the value."""
        size = abs(self.value) if math.isfinite(self.value) else 0.0
        wanted = 2 * size if 0 < size < 0.1 else max(2 * size, 2.0)
        power = 10.0 ** math.floor(math.log10(wanted))
        return float(next((m * power for m in (1, 2, 5) if m * power >= wanted * 0.999), 10 * power))


def entries_of(args: Sequence[Any], names: Sequence[str]) -> dict[str, Entry]:
    """Return the entries by the text that stands for them, ``"w"`` or ``"W[0, 1]"``; the first 200.

    Parameters
    ----------
    args : sequence
        Arguments as `trace` takes them: arrays, floats, and trees of them.
    names : sequence of str
        Names of their leaves that are floats, in order.
    """
    found: dict[str, Entry] = {}
    for place, (name, leaf) in enumerate(zip(names, _floats(args), strict=True)):
        array = np.asarray(leaf)
        for index in np.ndindex(array.shape):
            if len(found) == MOST_ENTRIES:
                return found
            text = f"{name}[{', '.join(map(str, index))}]" if index else name
            found[text] = Entry(place, index, float(array[index]))
    return found


def rows_of(entries: Mapping[str, Entry]) -> list[dict[str, Any]]:
    """Return what the browser has to know: of each entry its name, its value and the reach of its slider."""
    return [
        {
            "name": name,
            "value": entry.value if math.isfinite(entry.value) else None,
            "reach": entry.reach,
        }
        for name, entry in entries.items()
    ]


def checked(changes: Mapping[str, Any], entries: Mapping[str, Entry]) -> dict[str, float]:
    """Return the changes as floats.

    Raises
    ------
    UsageError
        If there is no such entry, or something else than a number is to stand there.
    """
    for name, value in changes.items():
        if name not in entries:
            raise UsageError(
                f"The function has no input called {name!r}.",
                expected=", ".join([*list(entries)[:8], *(["..."] if len(entries) > 8 else [])]),
                got=repr(name),
                mend="take one of these names",
            )
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise UsageError(
                f"{name} is a number.",
                expected="a float",
                got=type(value).__name__,
                mend=f"write {{{name!r}: 0.5}}, for example",
            )
    return {name: float(value) for name, value in changes.items()}


def changed(args: Sequence[Any], entries: Mapping[str, Entry], changes: Mapping[str, float]) -> list[Any]:
    """Return the arguments with these entries in place of theirs; what is not changed is not copied."""
    given = _floats(args)
    for name, value in changes.items():
        entry = entries[name]
        leaf = given[entry.leaf]
        array = np.array(leaf)
        with np.errstate(over="ignore"):  # of a narrower dtype: what becomes infinite is shown as that
            array[entry.index] = value
        given[entry.leaf] = array if isinstance(leaf, np.ndarray | list | tuple) else array[()]
    fresh = iter(given)
    return [
        with_leaves(arg, iter([next(fresh) if _is_float(leaf) else leaf for leaf in leaves(arg)]))
        if is_tree(arg)
        else next(fresh)
        for arg in args
    ]


def _floats(args: Sequence[Any]) -> list[Any]:
    return [x for arg in args for x in (filter(_is_float, leaves(arg)) if is_tree(arg) else [arg])]


def _is_float(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"
