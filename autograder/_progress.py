"""What has been checked so far, as a table for one unit: text anywhere, HTML in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ._verdict import Verdict
from .exercise import Exercise

_HEADS = ("exercise", "answer", "visible checks", "points")


@dataclass(frozen=True, repr=False)
class Progress:
    """The exercises of a unit, and the latest verdict of a check on each.

    Parameters
    ----------
    unit : str
    exercises : sequence of Exercise
    verdicts : sequence of Verdict or None
        One for each, None where it has not been checked.
    """

    unit: str
    exercises: Sequence[Exercise]
    verdicts: Sequence[Verdict | None]

    @property
    def passed(self) -> int:
        """How many exercises pass the visible checks."""
        return sum(verdict is not None and verdict.ok for verdict in self.verdicts)

    @property
    def rows(self) -> list[tuple[str, str, str, str]]:
        """One for each exercise: id, what is asked for, what its last check said, points."""
        return [
            (exercise.id, exercise.title, _said(verdict), _points(exercise, verdict))
            for exercise, verdict in zip(self.exercises, self.verdicts, strict=True)
        ]

    def __repr__(self) -> str:
        rows = [_HEADS, *self.rows]
        widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADS))]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        return "\n".join([*lines, self._summary()])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
        body = ""
        for id, *cells in self.rows:
            body += f'<tr><th scope="row">{escape(id)}</th>'
            body += "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        return f"<table><caption>{escape(self._summary())}</caption><tr>{heads}</tr>{body}</table>"

    def _summary(self) -> str:
        return f"{self.unit}: {self.passed} of {len(self.exercises)} pass the visible checks."


def _said(verdict: Verdict | None) -> str:
    if verdict is None:
        return "not yet checked"
    if verdict.ok:
        return "passed"
    looks = f", looks like {', '.join(verdict.mistakes)}" if verdict.mistakes else ""
    return f"{verdict.result}{looks}"


def _points(exercise: Exercise, verdict: Verdict | None) -> str:
    return f"{verdict.score if verdict else 0:g} of {exercise.points:g}"
