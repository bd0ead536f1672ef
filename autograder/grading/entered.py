"""What people entered in nbgrader's formgrader, in the rows of a class: points, and extra credit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .._verdict import in_points
from ..exercise import Exercise
from .database import gradebook_of
from .gradebook import GRADEBOOK, entered_in, url_in
from .overrides import Override, overridden
from .result import Row

_WHERE = "entered in formgrader"


@dataclass
class Entered:
    """Of one student.

    Parameters
    ----------
    decided : dict of str to Override
        By exercise.
    extra : float
        Extra credit, of all cells together.
    """

    decided: dict[str, Override] = field(default_factory=dict)
    extra: float = 0.0


def read_entered(
    folder: Path, unit: str, exercises: Sequence[Exercise], db_url: str | None = None
) -> dict[str, Entered]:
    """Return what was entered, by student.

    Parameters
    ----------
    folder : Path
        Of the grades.
    unit : str
    exercises : sequence of Exercise
    db_url : str, optional
        nbgrader's gradebook; by default that of the last run, if there is one.

    Raises
    ------
    GradebookError
        If the gradebook cannot be read.
    """
    url = gradebook_of(folder, db_url)
    if url == url_in(folder) and not (folder / GRADEBOOK).exists():
        return {}
    ids = {f"{exercise.grade_id}-check": exercise.id for exercise in exercises}
    found: dict[str, Entered] = {}
    for student, cell, points, extra in entered_in(url, unit):
        entered = found.setdefault(student, Entered())
        entered.extra += extra
        if points is not None and cell in ids:
            entered.decided[ids[cell]] = Override(student, ids[cell], points, _WHERE)
    return found


def with_entered(row: Row, entered: Entered) -> Row:
    """Return a row with what was entered; where `autograder override` has decided, that stays."""
    decided = {id: override for id, override in entered.decided.items() if id not in row.by_hand}
    row = overridden(row, decided)
    if not entered.extra:
        return row
    said = f"{in_points(entered.extra)} of extra credit, {_WHERE}"
    return replace(row, score=round((row.score or 0.0) + entered.extra, 2), flags=(*row.flags, said))


def decisions(decided: Mapping[str, Override], entered: Entered) -> list[Override]:
    """Return what stands of both: one decision for each exercise that has any."""
    return list({**entered.decided, **decided}.values())
