"""What one call of an answer came to, wherever it ran, and the form its value must have to be judged.

The judge sees nothing else of a learner's code: no function, no object of theirs, only an `Outcome` whose
value consists of plain arrays and numbers. Next: `_in_process.py`, which makes Outcomes for `check`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

# A tree of arrays, numbers, strings, None and Opaque in tuples, lists and dicts. Python cannot spell the
# recursion in a way that helps a reader of the judge, hence Any.
Value: TypeAlias = Any

OutcomeKind: TypeAlias = Literal["returned", "raised", "timeout", "died", "missing"]


@dataclass(frozen=True)
class Opaque:
    """Stands for a returned object that is neither a number, an array nor a container of those."""

    type_name: str


@dataclass(frozen=True)
class Outcome:
    """What one call of an answer came to.

    Parameters
    ----------
    kind : {"returned", "raised", "timeout", "died", "missing"}
        ``missing`` means that there is no such function; ``died`` that its process ended.
    value : tree of arrays, numbers, None and `Opaque`
        What was returned, decoded: `judge` compares this and nothing else.
    inputs_changed : tuple of int
        Positions of the arguments that were changed in place.
    error_type, message : str
        The exception's class name and text; for ``missing`` and ``died`` the message says what is known, and
        the first is the name that is missing.
    line : int or str or None
        Where in the learner's own code: a line number, or the line as text. None when the call itself failed.
    printed : int
        Characters written to stdout and stderr.
    globals_read : tuple of str
        Data of the notebook, not of the call, that the function reads by name.
    shared : bool
        Whether this very object is the outcome of other calls too, so that what follows from it may be kept.
    """

    kind: OutcomeKind
    value: Value = None
    inputs_changed: tuple[int, ...] = ()
    error_type: str = ""
    message: str = ""
    line: int | str | None = None
    printed: int = 0
    globals_read: tuple[str, ...] = ()
    shared: bool = field(default=False, compare=False, repr=False)


Call: TypeAlias = Callable[[tuple[Value, ...]], Outcome]


@dataclass(frozen=True)
class Target:
    """What a `Call` calls: a learner's function with the inputs, or a probe with some of their names.

    Parameters
    ----------
    names : tuple of str
        The learner's functions, classes or values; one without a probe.
    probe : str
        ``"nb09.dropout"``: a function of ``probes/nb09.py`` that is handed what the names stand for, then
        what `uses` stands for, then the inputs, and gives a dict of plain values. Empty for none.
    uses : tuple of str
        Names that the probe is handed too, None for those that are not there.
    time_limit : float
        Seconds that one call may take.
    """

    names: tuple[str, ...]
    probe: str = ""
    uses: tuple[str, ...] = ()
    time_limit: float = 2.0


# Exact types only: a subclass may have overridden how it compares.
_NUMPY_SCALARS = frozenset(t for t in np.sctypeDict.values() if issubclass(t, (np.number, np.bool_)))
_DEPTH = 16


def decoded(value: object, depth: int = 0) -> Value:
    """Return a copy of `value` made of plain types alone; anything else in it becomes an `Opaque`."""
    kind = type(value)
    if value is None or kind in (bool, int, float, complex, str):
        return value
    if kind in _NUMPY_SCALARS:
        return value
    if isinstance(value, np.ndarray):
        plain = np.array(value, copy=True, subok=False)
        return plain if plain.dtype.kind in "biufc" else Opaque(f"array of {plain.dtype.name}")
    if depth < _DEPTH and isinstance(value, (tuple, list)):
        items = [decoded(item, depth + 1) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if depth < _DEPTH and isinstance(value, dict):
        return {key: decoded(item, depth + 1) for key, item in value.items() if type(key) in (str, int)}
    return Opaque(kind.__name__)
