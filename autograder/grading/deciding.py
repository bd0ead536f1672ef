"""A person's decision on one answer: written down, and shown wherever the points are."""

from __future__ import annotations

from pathlib import Path

from backprop_course.errors import UsageError

from ..exercises import of_unit
from .explain import find_result
from .feedback import write_feedback
from .gradebook import url_in, write_gradebook
from .journal import Journal
from .overrides import Override, add_override, read_overrides
from .stored import key_of, read_run, rows, write_tables


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
        nbgrader's gradebook; by default the one in `folder`.

    Raises
    ------
    UsageError
        If there is no such student or exercise, or the points cannot be given.
    JournalError
        If a grader is at work in the folder.
    GradebookError
        If the gradebook cannot be written; the rest is.
    """
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
    override = Override(student, found[0].id, points, " ".join(why.split()))
    with Journal(folder):
        add_override(folder, override, found[0].points)
        every = rows(folder, run)
        write_tables(folder, run, exercises, every)
        result = find_result(folder, student)
        if result.state != "not_submitted":
            write_feedback(folder, run.unit, result, read_overrides(folder)[student])
        write_gradebook(
            db_url or url_in(folder), run.unit, exercises, [row for row in every if row.student == student]
        )
