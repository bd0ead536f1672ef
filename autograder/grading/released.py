"""The cells of a unit as it was released: the part of each submission that is the same for everyone."""

from __future__ import annotations

from functools import lru_cache

from backprop_course.cli.units import MissingUnits, UnknownUnit, find_unit

from .notebook import Unreadable, code_cells


@lru_cache(maxsize=64)
def released_cells(unit: str) -> tuple[str, ...]:
    """Return the code cells of a released notebook; none where there is no such notebook."""
    try:
        return tuple(code_cells(find_unit(unit).notebook.read_bytes()))
    except (MissingUnits, UnknownUnit, OSError, Unreadable):
        return ()
