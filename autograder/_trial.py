"""One call of an answer beside what it should have returned; and when two gradients count as equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _reading
from ._outcome import Call, Outcome
from ._reading import Array, Unreadable, WrongStructure
from .exercise import Exercise
from .instances import Instance
from .reference import Gradients

# Absolute part of the tolerance, times the largest right entry or 1. In double precision: where a sigmoid is
# saturated, y (1 - y) keeps only some digits, whichever way it is computed. In single precision: an entry
# that is nearly 0 is a difference of terms of ordinary size, each good to 6e-8.
ATOL, FLOAT32_ATOL = 1e-9, 1e-5
FLOAT32_RTOL = 1e-4


@dataclass(frozen=True)
class Trial:
    """What one call came to.

    Parameters
    ----------
    instance : Instance
    outcome : Outcome
    right : dict of arrays
        What the reference gives.
    got : dict of arrays or Unreadable
        What the answer gave, empty where it gave nothing that can be read.
    structure : str
        What is wrong with the returned structure, or an empty string.
    rtol, atol : float
        Relative to an entry; relative to the largest right entry of all gradients.
    """

    instance: Instance
    outcome: Outcome
    right: Gradients
    got: _reading.Gradients
    structure: str
    rtol: float
    atol: float

    def equal(self, name: str, value: npt.NDArray[Any] | None = None) -> bool:
        """Whether `value` (the answer's own by default) is the right gradient of that name."""
        got = self.got.get(name) if value is None else value
        return isinstance(got, np.ndarray) and self.close(got, self.right[name])

    def close(self, a: npt.ArrayLike, b: npt.ArrayLike) -> bool:
        """Whether two arrays have one shape and, entry by entry, the same numbers."""
        return np.shape(a) == np.shape(b) and bool(np.all(self.agrees(a, b)))

    def agrees(self, a: npt.ArrayLike, b: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return for each entry of two arrays of one shape whether it is the same."""
        a, b = np.asarray(a), np.asarray(b)
        largest = max((float(np.max(np.abs(r), initial=0.0)) for r in self.right.values()), default=0.0)
        with np.errstate(all="ignore"):
            return np.asarray(np.abs(a - b) <= self.rtol * np.abs(b) + self.atol * max(1.0, largest))

    def array(self, name: str) -> Array | None:
        """Return the answer's gradient of that name, None if it is no array."""
        got = self.got.get(name)
        return None if isinstance(got, Unreadable) else got


def trial(exercise: Exercise, instance: Instance, call: Call) -> Trial:
    """Call an answer on an instance."""
    outcome = call(exercise.inputs(instance))
    got: _reading.Gradients = {}
    structure = ""
    if outcome.kind == "returned":
        try:
            got = _reading.read(outcome.value, exercise.signature)
        except WrongStructure as trouble:
            structure = str(trouble)
    right = exercise.expected(instance)
    if instance.single:
        return Trial(instance, outcome, right, got, structure, FLOAT32_RTOL, FLOAT32_ATOL)
    return Trial(instance, outcome, right, got, structure, exercise.rtol, ATOL)


def is_stub(outcome: Outcome) -> bool:
    """Whether this is what the release leaves of a solution: nothing, an ellipsis, or NotImplementedError."""
    if outcome.kind == "raised":
        return outcome.error_type == "NotImplementedError"
    return outcome.kind == "returned" and _reading.not_written(outcome.value)


def for_naming(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials on which a mistake may be named."""
    return [t for t in trials if t.instance.naming]
