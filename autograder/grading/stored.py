"""A folder of grades as it was left: what the last run knew, and its rows without grading anything."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backprop_course.errors import UsageError

from ..exercise import Exercise
from .class_report import write_report
from .journal import NAME as JOURNAL
from .journal import places_in, result_at
from .overrides import overridden, read_overrides
from .result import Result, Row
from .tables import write_grades, write_whole

RUN = "run.json"


@dataclass
class Run:
    """What a run of the grader leaves beside the journal.

    Parameters
    ----------
    unit, version, seed : str
        The unit, and fingerprints of its exercises and of the seed.
    isolation : str
        The weakest that any answer ran under.
    notes : str
        How the answers were run, and what is missing.
    complete : bool
        Whether every submission had been graded.
    students : dict of str to str
        The key of each student's result, empty where nothing was submitted.
    listing : dict of str to list
        By student: name of the file, then what was said of it when it was found.
    """

    unit: str
    version: str
    seed: str
    isolation: str = ""
    notes: str = ""
    complete: bool = False
    students: dict[str, str] = field(default_factory=dict)
    listing: dict[str, list[str]] = field(default_factory=dict)


def write_run(folder: Path, run: Run) -> None:
    """Write ``run.json``."""
    write_whole(folder / RUN, json.dumps(vars(run), indent=1) + "\n")


def read_run(folder: Path) -> Run:
    """Return what the last run in a folder left.

    Raises
    ------
    UsageError
        If nothing was graded there.
    """
    try:
        stored: dict[str, Any] = json.loads((folder / RUN).read_text(encoding="utf-8"))
        tables = {name: dict(stored[name]) for name in ("students", "listing")}
        return Run(**{name: stored[name] for name in Run.__dataclass_fields__} | tables)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            f"There are no grades in {folder}.",
            expected="a folder that autograder grade has written",
            got=f"no usable {RUN} in it",
            mend="name the folder that was given as --out",
        ) from error


def key_of(run: Run, student: str) -> str:
    """Return the key of a student's result; `UsageError` with the nearest names where there is none."""
    if student not in run.students:
        near = ", ".join(difflib.get_close_matches(student, run.students, n=3, cutoff=0.4))
        raise UsageError(
            "There is no such student in these grades.",
            expected=f"one of {near}" if near else f"one of the {len(run.students)} in grades.csv",
            got=student,
            mend="write the name as grades.csv does"
            if run.complete
            else "the grading was interrupted: run autograder grade again first",
        )
    return run.students[student]


def results(folder: Path, run: Run) -> Iterator[Result]:
    """Yield the result that counts of each student, as the journal has it, one at a time."""
    students = run.students
    places = places_in(folder, {key for key in students.values() if key})
    with open(folder / JOURNAL, "rb") as journal:
        for student, key in sorted(students.items()):
            yield result_at(journal, places[key]) if key in places else Result(student, "", "not_submitted")


def require_same_points(folder: Path, run: Run, exercises: Sequence[Exercise]) -> None:
    """Raise `UsageError` if the exercises are worth other points than when these grades were written.

    A grading writes all results anew, but for students whose notebook is gone: one that agrees is enough.
    """
    now = {exercise.id: exercise.points for exercise in exercises}
    asked = ({q.exercise: q.max_score for q in result.questions} for result in results(folder, run))
    other: dict[str, float] = {}
    for then in filter(None, asked):
        if then == now:
            return
        other = other or then
    if other:
        ids = [id for id in sorted({*now, *other}) if now.get(id) != other.get(id)]
        raise UsageError(
            "The exercises have changed since these grades were written.",
            expected=", ".join(f"{id} of {_worth(other, id)}" for id in ids) + ", as when they were graded",
            got=", ".join(f"{id} of {_worth(now, id)}" for id in ids),
            mend="run autograder grade again first, and write the points that change",
        )


def _worth(points: Mapping[str, float], id: str) -> str:
    return f"{points[id]:g}" if id in points else "nothing"


def rows(folder: Path, run: Run) -> list[Row]:
    """Return the rows of the last run, with what people have decided since."""
    decided = read_overrides(folder)
    made = []
    for result in results(folder, run):
        file, *flags = run.listing.get(result.student, [result.file])
        made.append(overridden(Row.of(result, file, flags), decided.get(result.student, {})))
    return made


def write_tables(folder: Path, run: Run, exercises: Sequence[Exercise], rows: Sequence[Row]) -> None:
    """Write the table of grades and the class report."""
    write_grades(folder, exercises, rows)
    write_report(folder, run.unit, exercises, rows, run.notes)
