"""Grades into nbgrader's gradebook, through its own API: what formgrader, feedback and export read.

Only automatic scores are written. What a person decided (manual scores, extra credit, comments) stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from backprop_course.errors import CourseError

from .._environment import put_interpreter_on_path
from ..exercise import Exercise
from .result import Row

GRADEBOOK = "gradebook.db"
_AT_ONCE = 200  # students whose grades are in memory


class GradebookError(CourseError, RuntimeError):
    """The gradebook cannot be read or written."""


def url_in(folder: Path) -> str:
    """Return the address of the gradebook beside the grades."""
    return f"sqlite:///{(folder / GRADEBOOK).resolve()}"


def without_password(url: str) -> str:
    """Return an address as it may be shown."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except ArgumentError:  # what is no address has no password
        return url
    return address.difference_update_query(_secrets(address)).render_as_string(hide_password=True)


def has_password(url: str) -> bool:
    """Whether an address holds one, among its options too."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        address = make_url(url)
    except ArgumentError:
        return False
    return address.password is not None or bool(_secrets(address))


def _secrets(address: Any) -> list[str]:
    """Return the options of an address that hold a password, ``sslpassword`` say."""
    return [name for name in address.query if "passw" in name.lower()]


def students_in(url: str) -> list[str]:
    """Return the ids of the students in a gradebook, which is made where it is not there."""
    with _opened(url) as gradebook:
        return sorted(student.id for student in gradebook.students)


def write_gradebook(url: str, unit: str, exercises: Sequence[Exercise], rows: Iterable[Row]) -> int:
    """Write the rows' scores and return how many grades were written.

    Parameters
    ----------
    url : str
        As nbgrader has it, ``sqlite:///gradebook.db``.
    unit : str
        Name of the assignment and of its notebook; they and their cells are made where they are not there.
    exercises : sequence of Exercise
        The score of NB06.E06 goes to the grade cell ``NB06-E06-check``.
    rows : iterable of Row
        An unreadable submission gets no score and waits for a person; one that is not there gets nothing.

    Raises
    ------
    GradebookError
        If it cannot be opened or written; then no score was changed.
    """
    with _opened(url) as gradebook:
        cells = {name: cell.id for name, cell in _cells(gradebook, unit, exercises).items()}
        there = (row for row in rows if row.state != "not_submitted")
        written = 0
        while some := list(islice(there, _AT_ONCE)):
            written += _written(gradebook, unit, exercises, cells, some)
            gradebook.db.flush()  # into the one transaction, which is committed below or not at all
            gradebook.db.expunge_all()  # else all grades of the class would be in memory
        gradebook.db.commit()
        return written


def take_back(url: str, unit: str, exercise: Exercise, student: str, points: float) -> None:
    """Take a person's points out again; where formgrader has others by now, they stay.

    Parameters
    ----------
    url, unit : str
        As for `write_gradebook`.
    exercise : Exercise
    student : str
    points : float
        Those that were given.

    Raises
    ------
    GradebookError
        If it cannot be opened or written.
    """
    with _opened(url) as gradebook:
        cell = _cells(gradebook, unit, [exercise])[exercise.id]
        grade = _grades(gradebook, unit, [student]).get(student, {}).get(cell.id)
        if grade is not None and grade.manual_score == points:
            grade.manual_score = None
            grade.needs_manual_grade = grade.auto_score is None
            gradebook.db.commit()


def _written(
    gradebook: Any, unit: str, exercises: Sequence[Exercise], cells: dict[str, str], some: Sequence[Row]
) -> int:
    grades = _grades(gradebook, unit, [row.student for row in some])
    for row in some:
        own = grades.get(row.student) or _submission(gradebook, unit, row.student)
        for exercise in exercises:
            cell = cells[exercise.id]
            if (grade := own.get(cell)) is None:
                grade = _grade(gradebook, unit, row.student, cell)
            scores = row.scores if row.automatic is None else row.automatic
            _fill(grade, scores.get(exercise.id), row.by_hand.get(exercise.id))
    return len(some) * len(exercises)


def entered_in(url: str, unit: str) -> list[tuple[str, str, float | None, float]]:
    """Return what people have entered: student, name of the cell, manual score, extra credit."""
    from nbgrader.api import BaseCell, Grade, SubmittedAssignment

    columns = (SubmittedAssignment.student_id, BaseCell.name, Grade.manual_score, Grade.extra_credit)
    with _opened(url) as gradebook:
        found = _graded(gradebook, unit, *columns).join(BaseCell, BaseCell.id == Grade.cell_id)
        entered = found.filter(Grade.manual_score.isnot(None) | (Grade.extra_credit != 0))
        return [(student, cell, points, extra or 0.0) for student, cell, points, extra in entered]


def _fill(grade: Any, score: float | None, by_hand: float | None) -> None:
    changed = grade.auto_score != score
    grade.auto_score = score
    if by_hand is not None:
        grade.manual_score, grade.needs_manual_grade = by_hand, False
        return
    # Where a person's score stands on another automatic one than before, a person should look again.
    if grade.manual_score is None:
        grade.needs_manual_grade = score is None
    elif changed:
        grade.needs_manual_grade = True


@contextmanager
def _opened(url: str) -> Iterator[Any]:  # nbgrader has no types
    """Open nbgrader's `Gradebook`; a database's errors come in the house's form."""
    put_interpreter_on_path()  # nbgrader calls alembic by its bare name
    from nbgrader.api import Gradebook
    from sqlalchemy.exc import SQLAlchemyError

    try:
        gradebook = Gradebook(url)
    except Exception as error:  # whatever the database's driver raises
        raise _error(url, "opened", error) from error
    try:
        yield gradebook
    except SQLAlchemyError as error:
        gradebook.db.rollback()
        raise _error(url, "written", error) from error
    finally:
        gradebook.close()


def _error(url: str, verb: str, error: Exception) -> GradebookError:
    return GradebookError(
        f"The gradebook could not be {verb}.",
        expected="a database that nbgrader can use, not locked by another program",
        got=f"{without_password(url)}: {str(error).splitlines()[0] if str(error) else type(error).__name__}",
        mend="close what uses it or make it writable, and run the same command again: nothing is graded "
        "twice; or name another with --db",
    )


def _cells(gradebook: Any, unit: str, exercises: Sequence[Exercise]) -> dict[str, Any]:
    """Return the grade cells by exercise; make what is missing."""
    from nbgrader.api import MissingEntry

    gradebook.update_or_create_assignment(unit)
    gradebook.update_or_create_notebook(unit, unit)
    cells = {}
    for exercise in exercises:
        name = f"{exercise.grade_id}-check"
        try:
            cell = gradebook.find_grade_cell(name, unit, unit)
        except MissingEntry:
            cell = gradebook.add_grade_cell(name, unit, unit, max_score=exercise.points, cell_type="code")
        cell.max_score = exercise.points
        cells[exercise.id] = cell
        try:
            gradebook.find_solution_cell(exercise.grade_id, unit, unit)
        except MissingEntry:
            gradebook.add_solution_cell(exercise.grade_id, unit, unit)
    return cells


def _graded(gradebook: Any, unit: str, *columns: Any) -> Any:
    """Return a query of columns over the assignment's grades."""
    from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook

    return (
        gradebook.db.query(*columns)
        .select_from(SubmittedAssignment)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == unit)
    )


def _grades(gradebook: Any, unit: str, students: Sequence[str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the assignment's grades, of some students or all, in one query: by student, then by cell."""
    from nbgrader.api import Grade, SubmittedAssignment

    found = _graded(gradebook, unit, SubmittedAssignment.student_id, Grade)
    if students is not None:
        found = found.filter(SubmittedAssignment.student_id.in_(students))
    grades: dict[str, dict[str, Any]] = {}
    for student, grade in found:
        grades.setdefault(student, {})[grade.cell_id] = grade
    return grades


def _submission(gradebook: Any, unit: str, student: str) -> dict[str, Any]:
    """Add a submission with its grades, as `Gradebook.add_submission` does, but without a commit."""
    from nbgrader.api import Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook

    session = gradebook.db
    with session.no_autoflush:
        owner = session.get(Student, student) or Student(id=student)
        submission = SubmittedAssignment(assignment=gradebook.find_assignment(unit), student=owner)
        grades = {}
        for notebook in submission.assignment.notebooks:
            submitted = SubmittedNotebook(notebook=notebook, assignment=submission)
            for cell in (*notebook.grade_cells, *notebook.task_cells):
                grades[cell.id] = Grade(cell_id=cell.id, notebook=submitted)
            for cell in (*notebook.solution_cells, *notebook.task_cells):
                Comment(cell_id=cell.id, notebook=submitted)
        session.add(submission)  # and with it all that hangs on it
        return grades


def _grade(gradebook: Any, unit: str, student: str, cell: str) -> Any:
    """Add the grade of a cell that was not there when the student's submission was first written."""
    from nbgrader.api import Grade

    grade = Grade(cell_id=cell, notebook=gradebook.find_submission_notebook(unit, unit, student))
    gradebook.db.add(grade)
    return grade
