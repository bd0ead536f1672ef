"""All numbers of an instance's right parts in one row: most answers are right, and one comparison says so.

What is not right at once is looked at part by part, in `_trial.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from operator import is_
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from ._parts import Part, Parts, arrays
from .instances import Instance

Row: TypeAlias = npt.NDArray[np.float64]


class Rights:
    """The right parts of an instance, and what follows from them alone.

    Parameters
    ----------
    right : dict of parts
    """

    def __init__(self, right: Parts) -> None:
        self.right = right
        self.names = frozenset(name for name, part in right.items() if _laid(part, part) is not None)
        self._bounds: dict[tuple[frozenset[str], float, float], Row] = {}
        self._rows: dict[frozenset[str], Row] = {}
        self._scales: dict[frozenset[str], Row] = {}

    def are(self, right: Parts) -> bool:
        """Whether these are the very same parts."""
        # In another order they count as others, which costs time and nothing else.
        return self.right.keys() == right.keys() and all(map(is_, self.right.values(), right.values()))

    @cached_property
    def largest(self) -> float:
        """The largest right entry of all parts."""
        numbers = [a for part in self.right.values() for a in arrays(part) if a.dtype.kind in "iuf"]
        return max((float(np.abs(a).max()) for a in numbers if a.size), default=0.0)

    @cached_property
    def odd(self) -> frozenset[str]:
        """The parts that hold nan or infinity."""
        return frozenset(
            name
            for name, part in self.right.items()
            if any(a.dtype.kind in "fc" and not np.all(np.isfinite(a)) for a in arrays(part))
        )

    def row(self, names: frozenset[str]) -> Row:
        """Return the right numbers of some of the `names`, one part after the other."""
        if names not in self._rows:
            row = _row(self.right, self.right, names)
            assert row is not None
            self._rows[names] = row
        return self._rows[names]

    def off(self, got: Parts, names: frozenset[str]) -> Row | None:
        """Return how far each number is from the right one; None if something has another form."""
        row = _row(got, self.right, names)
        return None if row is None else np.abs(row - self.row(names))

    def bound(self, names: frozenset[str], rtol: float, atol: float) -> Row:
        """Return how far each number may be from the right one."""
        key = names, rtol, atol
        if key not in self._bounds:
            self._bounds[key] = rtol * np.abs(self.row(names)) + atol * max(1.0, self.largest)
        return self._bounds[key]

    def scale(self, names: frozenset[str]) -> Row:
        """Return for each number the largest one of its part; infinity where that is 0 or no one array."""
        if names in self._scales:
            return self._scales[names]
        scales = [np.zeros(0)]
        for name in sorted(names):
            part = self.right[name]
            largest = float(np.max(np.abs(part), initial=0.0)) if isinstance(part, np.ndarray) else 0.0
            size = sum(a.size for a in arrays(part))
            scales.append(np.full(size, largest or np.inf))
        self._scales[names] = np.concatenate(scales)
        return self._scales[names]


def rights(instance: Instance, right: Parts) -> Rights:
    """Return what follows from an instance's right parts; computed once for the class."""
    kept = _KEPT.get(instance)
    if kept is None:
        kept = _KEPT[instance] = Rights(right)
    return kept if kept.are(right) else Rights(right)


_KEPT: WeakKeyDictionary[Instance, Rights] = WeakKeyDictionary()


def _row(parts: Parts, right: Parts, names: Collection[str]) -> Row | None:
    laid: list[Row] = []
    for name in sorted(names):
        found = _laid(parts.get(name), right[name])
        if found is None:
            return None
        laid += found
    return np.concatenate(laid) if laid else np.zeros(0)


def _laid(part: Any, right: Part) -> list[Row] | None:
    """Return the arrays of a part in one order; None if it has another form than the right one."""
    if isinstance(right, np.ndarray):
        if right.dtype != np.float64 or not isinstance(part, np.ndarray):
            return None
        return [part.ravel()] if part.shape == right.shape and part.dtype.kind == "f" else None
    laid: list[Row] = []
    if isinstance(right, list):
        if not isinstance(part, list) or len(part) != len(right):
            return None
        pairs = list(zip(part, right, strict=True))
    elif isinstance(right, dict):
        if not isinstance(part, dict) or any(key not in part for key in right):
            return None
        pairs = [(part[key], right[key]) for key in right]
    else:
        return None
    for inner, wanted in pairs:
        found = _laid(inner, wanted)
        if found is None:
            return None
        laid += found
    return laid
