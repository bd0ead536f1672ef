"""A person's decision on one answer: written down, and shown wherever the points are."""

from __future__ import annotations

from pathlib import Path

from backprop_course.errors import UsageError

from ..exercise import Exercise
from ..exercises import of_unit
from .database import gradebook_of
from .explain import find_result
from .feedback import write_feedback
from .gradebook import take_back, write_gradebook
from .journal import Journal
from .overrides import Override, add_override, read_overrides, undo_override
from .stored import Run, key_of, read_run, require_same_points, rows, write_tables


def decide(
    folder: Path, student: str, exercise: str, points: float, why: str, db_url: str | None = None
) -> None:
    """Give an answer points by hand, and write what shows them anew.

    Parameters
    ----------
    folder : Path
        Where a class was graded.
    student, exercise : str
        The exercise as ``NB06.E06``, or ``E06`` within the unit.
    points : float
    why : str
    db_url : str, optional
        nbgrader's gradebook; by default that of the last run.

    Raises
    ------
    UsageError
        If there is no such student or exercise, the points cannot be given, or the exercises are worth other
        points than when the class was graded.
    JournalError
        If a grader is at work in the folder.
    GradebookError
        If the gradebook cannot be written; the rest is.
    """
    run, asked = _asked(folder, student, exercise)
    url = gradebook_of(folder, db_url)
    with Journal(folder):
        add_override(folder, Override(student, asked.id, points, " ".join(why.split())), asked.points)
        _show(folder, run, student, url)


def undo(folder: Path, student: str, exercise: str, why: str = "", db_url: str | None = None) -> Override:
    """Take back what was decided on an answer: the grader's own points count again.

    Parameters
    ----------
    folder, student, exercise, db_url
        As for `decide`.
    why : str, optional

    Returns
    -------
    Override
        What was decided.

    Raises
    ------
    UsageError
        If there is no such student or exercise, nothing was decided, or the exercises are worth other points
        than when the class was graded.
    JournalError
        If a grader is at work in the folder.
    GradebookError
        If the gradebook cannot be written; then nothing is taken back.
    """
    run, asked = _asked(folder, student, exercise)
    url = gradebook_of(folder, db_url)
    with Journal(folder):
        override = read_overrides(folder).get(student, {}).get(asked.id)
        if override is None:
            raise UsageError(
                "There is nothing to take back.",
                expected=f"points of {student} for {asked.id} that were given by hand",
                got="the grader's own",
                mend="look with autograder explain at what was decided",
            )
        take_back(url, run.unit, asked, student, override.points)
        undo_override(folder, override, " ".join(why.split()))
        _show(folder, run, student, url)
    return override


def _asked(folder: Path, student: str, exercise: str) -> tuple[Run, Exercise]:
    """Return the run and the exercise; `UsageError` where there is none, or the grades are out of date."""
    run = read_run(folder)
    exercises = of_unit(run.unit)
    key_of(run, student)
    wanted = exercise.strip().upper().replace("-", ".")
    found = [e for e in exercises if wanted in (e.id, e.id.partition(".")[2])]
    if not found:
        raise UsageError(
            f"There is no such exercise in {run.unit}.",
            expected=", ".join(e.id for e in exercises),
            got=exercise,
            mend="name one of these, as E05 or with its unit",
        )
    require_same_points(folder, run, exercises)
    return run, found[0]


def _show(folder: Path, run: Run, student: str, url: str) -> None:
    """Write anew what shows a student's points."""
    exercises, every = of_unit(run.unit), rows(folder, run)
    write_tables(folder, run, exercises, every)
    result = find_result(folder, student)
    if result.state != "not_submitted":
        write_feedback(folder, run.unit, result, read_overrides(folder).get(student, {}))
    write_gradebook(url, run.unit, exercises, [row for row in every if row.student == student])
