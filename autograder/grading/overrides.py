"""Points that a person gave: kept beside the journal, in the place of the grader's, and marked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

from backprop_course.errors import UsageError

from .result import Row
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
    """

    student: str
    exercise: str
    points: float
    why: str

    @property
    def text(self) -> str:
        """What is said of it beside the points."""
        return f"{self.exercise}: {points(self.points)} points by hand: {self.why}"


Overrides: TypeAlias = Mapping[str, Mapping[str, Override]]  # by student, then by exercise


def read_overrides(folder: Path) -> Overrides:
    """Return what was decided in a folder of grades; of several decisions on one answer the last counts."""
    found: dict[str, dict[str, Override]] = {}
    try:
        lines = (folder / NAME).read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return found
    for line in lines:
        if line.endswith(b"\n"):
            override = _read(line, folder)
            found.setdefault(override.student, {})[override.exercise] = override
    return found


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
    lines = [json.dumps(asdict(one)) for of in read_overrides(folder).values() for one in of.values()]
    write_whole(folder / NAME, "\n".join([*lines, json.dumps(asdict(override))]) + "\n")


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
