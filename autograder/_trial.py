"""One call of an answer beside what it should have returned; and when two parts count as equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from . import _reading
from ._at_once import Rights, Row, rights
from ._outcome import Call, Outcome, OutcomeKind
from ._parts import Part, Parts, plain, same
from ._reading import Array, WrongStructure
from .exercise import Accept, Piece
from .instances import Instance, called_by_name
from .reference import cotangents_of

# In single precision: an entry that is nearly 0 is a difference of terms of ordinary size, each good to 6e-8.
FLOAT32_RTOL, FLOAT32_ATOL = 1e-4, 1e-5

_KINDS = frozenset(get_args(OutcomeKind))


@dataclass(frozen=True)
class Trial:
    """What one call came to.

    Parameters
    ----------
    instance : Instance
    outcome : Outcome
    right : dict of parts
        What the reference gives.
    got : dict of parts, in which a leaf may be Unreadable
        What the answer gave, empty where it gave nothing that can be read.
    structure : str
        What is wrong with the returned structure, or an empty string.
    rtol, atol : float
        Relative to an entry; relative to the largest right entry of all parts.
    accepts : dict of callables
        For parts that may have several right values.
    exact : bool
        Whether a derivative is asked for, which a formula gives to the last digits.
    """

    instance: Instance
    outcome: Outcome
    right: Parts
    got: _reading.Returned
    structure: str
    rtol: float
    atol: float
    accepts: dict[str, Accept] = field(default_factory=dict)
    exact: bool = False

    def equal(self, name: str, value: Part | None = None) -> bool:
        """Whether `value` (the answer's own by default) is right for the part of that name."""
        if value is not None:
            return self._is_right(name, value)
        if name not in self._equal:  # asked for several times: to tell, to name, to look for differences
            self._equal[name] = name in self.got and self._is_right(name, self.got[name])
        return self._equal[name]

    def _is_right(self, name: str, value: Part) -> bool:
        if name in self.accepts:
            return self.refusal(name, value) == ""
        return same(value, self.right[name], self.close)

    @cached_property
    def _equal(self) -> dict[str, bool]:
        names = self._names
        off = self._off
        if off is not None and np.all(off <= self._rights.bound(names, self.rtol, self.atol)):
            return dict.fromkeys(names, True)
        return {}

    @cached_property
    def is_stub(self) -> bool:
        """Whether it came to what a release leaves of a solution: nothing, ``...``, NotImplementedError."""
        if self.outcome.kind == "raised":
            return self.outcome.error_type == "NotImplementedError"
        return self.outcome.kind == "returned" and _reading.not_written(self.outcome.value)

    @cached_property
    def led_to(self) -> dict[tuple[int, ...], Any]:
        """What the judge keeps of answers that began like this."""
        return {}

    @cached_property
    def _rights(self) -> Rights:
        return rights(self.instance, self.right)

    @property
    def _names(self) -> frozenset[str]:
        """The parts that can be compared at once."""
        return self._rights.names.difference(self.accepts) if self.accepts else self._rights.names

    @cached_property
    def _off(self) -> Row | None:
        names = self._names
        if not names or not names <= self.got.keys():
            return None
        with np.errstate(all="ignore"):
            return self._rights.off(self.got, names)

    def within(self, level: float) -> bool:
        """Whether every part is one array of numbers, off by at most `level` of its largest number."""
        if level not in self._within:
            off = self._off if len(self._names) == len(self.right) else None
            within = off is not None and np.all(off <= level * self._rights.scale(self._names))
            self._within[level] = bool(within)
        return self._within[level]

    @cached_property
    def _within(self) -> dict[float, bool]:
        return {}

    def refusal(self, name: str, got: Part) -> str:
        """Return what is wrong with a part that may have several right values, empty if nothing is."""
        if _reading.unreadable(got):
            return "it cannot be read"
        known = {**self.instance.known, **self.right, "got": got, "right": self.right[name]}
        try:
            with np.errstate(all="ignore"):
                said = called_by_name(self.accepts[name], known)
        except Exception:  # what a learner returned may have any form
            return "it has another form than is asked for"
        if isinstance(said, str):
            return said
        return "" if said else "it is not what is asked for"

    def close(self, a: npt.ArrayLike, b: npt.ArrayLike) -> bool:
        """Whether two arrays have one shape and, entry by entry, the same numbers."""
        return np.shape(a) == np.shape(b) and bool(np.all(self.agrees(a, b)))

    def alike(self, a: Part, b: Part) -> bool:
        """Whether two parts are the same, nan and infinity included."""

        def close(x: Array, y: Array) -> bool:
            odd = ~(np.isfinite(x) & np.isfinite(y)) if x.shape == y.shape else None
            if odd is None or not np.array_equal(x[odd], y[odd], equal_nan=True):
                return False
            return self.close(np.where(odd, 0.0, x), np.where(odd, 0.0, y))

        return same(a, b, close)

    def agrees(self, a: npt.ArrayLike, b: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Return for each entry of two arrays of one shape whether it is the same."""
        a, b = np.asarray(a), np.asarray(b)
        with np.errstate(all="ignore"):
            return np.asarray(
                np.abs(a - b) <= self.rtol * np.abs(b) + self.atol * max(1.0, self._rights.largest)
            )

    def array(self, name: str) -> Array | None:
        """Return the answer's part of that name, None if it is no array."""
        got = self.got.get(name)
        return got if isinstance(got, np.ndarray) else None


def trial(piece: Piece, instance: Instance, call: Call) -> Trial:
    """Call an answer on an instance."""
    outcome = call(piece.inputs(instance))
    if not outcome.shared:
        return _tried(piece, instance, outcome)
    kept: dict[int, tuple[Piece, Trial]] = instance.follows
    known = kept.get(id(outcome))
    if known is None or known[0] is not piece:  # as long as it is kept, no other outcome has its identity
        if len(kept) >= _MOST:
            kept.clear()
        known = kept[id(outcome)] = piece, _tried(piece, instance, outcome)
    return known[1]


_MOST = 64  # trials that are kept of an instance


def _tried(piece: Piece, instance: Instance, outcome: Outcome) -> Trial:
    if outcome.kind not in _KINDS:
        raise ValueError(f"a call came to {outcome.kind!r}")
    right = piece.expected(instance)
    got: _reading.Returned = {}
    structure = ""
    if outcome.kind == "returned":
        value = outcome.value
        if piece.probe and isinstance(value, tuple) and len(value) == len(piece.returns):
            value = dict(zip(piece.returns, value, strict=True))
        try:
            got = _reading.read(value, piece.signature, {**right, **_free_in_form(piece, value, right)})
        except WrongStructure as trouble:
            structure = str(trouble)
    rtol, atol = (FLOAT32_RTOL, FLOAT32_ATOL) if instance.single else (piece.rtol, piece.atol)
    exact = isinstance(piece.reference, cotangents_of) and piece.rtol <= 1e-6
    return Trial(instance, outcome, right, got, structure, rtol, atol, dict(piece.accepts), exact)


def _free_in_form(piece: Piece, value: Any, right: Parts) -> Parts:
    """Return what an answer gave as the form asked for, where a part of several right values is no array."""
    if not isinstance(value, dict):
        return {}
    free = [name for name in piece.accepts if name in value and not isinstance(right[name], np.ndarray)]
    return {name: plain(value[name]) for name in free if _is_plain(value[name])}


def _is_plain(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return isinstance(value, (str, bool, int, float, np.generic, np.ndarray))


def for_naming(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials on which a mistake may be named."""
    return [t for t in trials if t.instance.naming]
