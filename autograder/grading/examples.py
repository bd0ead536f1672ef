"""An answer for each mistake of a class: what somebody wrote, and not who."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from .journal import NAME, places_in, result_at
from .result import Row
from .tokens import without_remarks

Mistake: TypeAlias = tuple[str, str, str]  # exercise, code, name

_TRIED = 5  # answers that are looked at for one mistake
_LINES = 30


def examples(folder: Path, mistakes: Iterable[Mistake], rows: Sequence[Row]) -> dict[Mistake, str]:
    """Return code of one answer with each mistake: the shortest of the first few, without its remarks.

    Parameters
    ----------
    folder : Path
        Of the grades; of the journal there only the answers that are looked at are read.
    mistakes : iterable of (str, str, str)
        Exercise, code and name.
    rows : sequence of Row
        The class.
    """
    wanted: dict[Mistake, set[str]] = {mistake: set() for mistake in mistakes}
    students: dict[str, str] = {}
    for row in rows:
        for mistake in row.mistakes:
            if row.key and mistake in wanted and len(wanted[mistake]) < _TRIED:
                wanted[mistake].add(row.key)
                students[row.key] = row.student
    found: dict[Mistake, str] = {}
    places = places_in(folder, students)
    with open(folder / NAME, "rb") as journal:
        for key, place in places.items():
            sources = {q.exercise: q.source for q in result_at(journal, place).questions}
            for mistake in (mistake for mistake, keys in wanted.items() if key in keys):
                code = _shown(sources.get(mistake[0], ""), students[key])
                if code and (mistake not in found or len(code) < len(found[mistake])):
                    found[mistake] = code
    return found


def _shown(source: str, student: str) -> str:
    """Return code as it may be shown, or nothing where it names its author."""
    code = without_remarks(source)
    if len(student) > 2 and student.casefold() in code.casefold():
        return ""
    lines = code.split("\n")
    return "\n".join([*lines[:_LINES], "..."] if len(lines) > _LINES else lines)
