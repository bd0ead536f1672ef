"""Points that a person gave: kept beside the journal, in the place of the grader's, and marked.

A decision that is taken back is one more line: what was decided before can still be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

from backprop_course.errors import UsageError

from .._verdict import in_points
from .result import Question, Row
from .tables import points, write_whole

NAME = "overrides.jsonl"


@dataclass(frozen=True)
class Override:
    """What a person decided about one answer.

    Parameters
    ----------
    student, exercise : str
    points : float
    why : str
    undone : bool
        Whether these points were taken back, and the grader's own count again.
    """

    student: str
    exercise: str
    points: float
    why: str
    undone: bool = False

    @property
    def text(self) -> str:
        """What is said of it beside the points."""
        what = ", taken back" if self.undone else ""
        why = f": {self.why}" if self.why else ""
        return f"{self.exercise}: {in_points(self.points)} by hand{what}{why}"


Overrides: TypeAlias = Mapping[str, Mapping[str, Override]]  # by student, then by exercise


def read_overrides(folder: Path) -> Overrides:
    """Return what was decided in a folder of grades; of several decisions on one answer the last counts."""
    return _last(folder, undone=False)


def read_undone(folder: Path) -> Overrides:
    """Return what was decided and taken back, where nothing has been decided since."""
    return _last(folder, undone=True)


def _last(folder: Path, *, undone: bool) -> Overrides:
    found: dict[str, dict[str, Override]] = {}
    for line in _lines(folder):
        override = _read(line, folder)
        of_student = found.setdefault(override.student, {})
        of_student.pop(override.exercise, None)
        if override.undone == undone:
            of_student[override.exercise] = override
    return found


def _lines(folder: Path) -> list[bytes]:
    """Return the lines, without one that was not written to its end."""
    try:
        lines = (folder / NAME).read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [line for line in lines if line.endswith(b"\n")]


def _read(line: bytes, folder: Path) -> Override:
    try:
        override = Override(**json.loads(line))
        hash((override.student, override.exercise))
        float(override.points)
    except (ValueError, TypeError, RecursionError) as error:
        raise UsageError(
            f"A decision in {folder / NAME} cannot be read.",
            expected="lines as autograder override wrote them",
            got=f"{line[:60]!r}",
            mend="take the line out, or restore the file from a copy",
        ) from error
    return override


def add_override(folder: Path, override: Override, most: float) -> None:
    """Write down a decision.

    Parameters
    ----------
    folder : Path
        Of the grades.
    override : Override
    most : float
        Points of the exercise.

    Raises
    ------
    UsageError
        If the points are not from 0 to `most`.
    """
    if not 0.0 <= override.points <= most:
        raise UsageError(
            "These points cannot be given.",
            expected=f"a number from 0 to {points(most)}",
            got=points(override.points) or str(override.points),
            mend="give points above the maximum as extra credit, in nbgrader's formgrader"
            if override.points > most
            else "give points within these bounds",
        )
    _append(folder, override)


def undo_override(folder: Path, override: Override, why: str) -> None:
    """Write down that a decision no longer counts."""
    _append(folder, replace(override, why=why, undone=True))


def _append(folder: Path, override: Override) -> None:
    lines = b"".join(_lines(folder)).decode()
    write_whole(folder / NAME, f"{lines}{json.dumps(asdict(override))}\n")


def what_counts(question: Question, override: Override | None) -> str:
    """Return in words what an answer has in the place of the grader's points; empty where those count."""
    most = f"of {in_points(question.max_score)}"
    if override is not None:
        return f"{points(override.points)} {most}, given by hand"
    return f"- {most}, withheld" if question.trouble == "withheld" else ""


def overridden(row: Row, decided: Mapping[str, Override]) -> Row:
    """Return a row with what a person decided in the place of what the grader did."""
    if not decided:
        return row
    by_hand = {exercise: override.points for exercise, override in decided.items()}
    scores = {**row.scores, **by_hand}
    troubles = {exercise: trouble for exercise, trouble in row.troubles.items() if exercise not in by_hand}
    return replace(
        row,
        state="graded" if row.troubles and not troubles else row.state,
        score=round(sum(scores.values()), 2),
        scores=scores,
        automatic=row.scores,
        by_hand=by_hand,
        troubles=troubles,
        flags=(*row.flags, *(override.text for override in decided.values())),
    )
