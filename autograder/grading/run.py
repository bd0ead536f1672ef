"""Grades a class: finds submissions, skips what is graded already, grades, journals, writes what people read.

The order makes nothing be lost: a result is in the journal, on disk, before any page or table knows of it;
the tables are made from the journal's results when the run ends, however it ends.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from backprop_course.errors import UsageError

from ..exercise import Exercise
from ..exercises import of_unit, units
from ..sandbox import LEVELS, Limits
from .backend import Backend, Task
from .database import gradebook_of, remember
from .feedback import write_feedback
from .grade import DIFFERENCES, Differences, unreadable
from .gradebook import GRADEBOOK, GradebookError, students_in, url_in, write_gradebook
from .journal import Journal, result_key
from .local import LocalBackend
from .notebook import Unreadable
from .overrides import overridden, read_overrides
from .result import Result, Row
from .seeds import fingerprint, secret_seed
from .stored import Run, read_run, rows, write_run, write_tables
from .submissions import ELSEWHERE, Submission, find_submissions
from .versions import assignment_version, exercise_versions

KEPT = "not in this folder; kept from an earlier run"


Change: TypeAlias = tuple[str, str, float | None, float | None]


@dataclass
class Grading:
    """What a run came to.

    Attributes
    ----------
    folder : Path
        Where everything is.
    rows : dict of str to Row
        By student, as far as they are graded.
    listed : dict of str to tuple of str
        By student, what was said of the file when it was found.
    expected : int
        How many students there are.
    database : str
        Address of the gradebook.
    reused : int
        Results that an earlier run had left.
    changes : list of (str, str, float or None, float or None)
        Student, exercise, points before and now, where the exercises or the seed have changed since.
    kept_back : bool
        Whether the changes were not to be written.
    left_out : list of str
        Files of students who have another one that counts.
    ignored : list of str
        Files that are nobody's submission to this unit.
    trouble : list of GradebookError
        Of the gradebook; the grades themselves are written all the same.
    """

    unit: str
    folder: Path
    expected: int
    database: str = ""
    rows: dict[str, Row] = field(default_factory=dict)
    listed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reused: int = 0
    changes: list[Change] = field(default_factory=list)
    kept_back: bool = False
    left_out: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    trouble: list[GradebookError] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every submission has its state."""
        return len(self.rows) == self.expected

    @property
    def elsewhere(self) -> list[str]:
        """Students whose file has none of the functions asked for."""
        return sorted(student for student, said in self.listed.items() if ELSEWHERE in said)

    @property
    def isolation(self) -> str:
        """The weakest isolation that any submission ran under; empty if none ran."""
        levels = {row.isolation for row in self.rows.values() if row.isolation}
        return max(levels, key=LEVELS.index, default="")

    @property
    def notes(self) -> list[str]:
        """What the isolation lacks."""
        return list(dict.fromkeys(note for row in self.rows.values() for note in row.notes))


Told = Callable[[Row], None]


def grade_class(
    path: Path,
    unit: str,
    folder: Path,
    *,
    seed: int | None = None,
    seed_file: Path | None = None,
    db_url: str | None = None,
    backend: Backend | None = None,
    limits: Limits | None = None,
    differences: Differences = DIFFERENCES,
    begun: Callable[[Grading], None] | None = None,
    told: Told | None = None,
    confirm: Callable[[Grading], bool] | None = None,
) -> Grading:
    """Grade the submissions to a unit.

    Parameters
    ----------
    path : Path
        nbgrader's ``submitted``, a folder or zip of notebooks, or one notebook.
    unit : str
        ``"NB06"``.
    folder : Path
        Where the journal is and the results go; made, readable by its owner alone, if it is not there.
    seed, seed_file : int, Path, optional
        Of the hidden instances; by default a secret one, kept in `folder`.
    db_url : str, optional
        nbgrader's gradebook; by default that of the last run, or one in `folder`.
    backend : Backend, optional
        By default worker processes on this machine, one for each processor.
    limits : Limits, optional
        What a submission may use.
    differences : {"withhold", "flag"}
        What happens to points for an answer that looks computed by differences.
    begun : callable, optional
        Called once, before the first submission.
    told : callable, optional
        Called with each submission's row.
    confirm : callable, optional
        Asked before points are written that differ from the last run's because the exercises or the seed have
        changed since; if it says no, tables and gradebook stay as they are.

    Returns
    -------
    Grading
        Also when it was interrupted: then it is not `complete`, and the next call goes on from there.

    Raises
    ------
    UsageError
        If there is no such unit, nothing to grade, or no usable seed.
    JournalError
        If another grader is at work in `folder`.
    SandboxError
        If no process could be had to run submissions in; what is finished is written.
    """
    exercises = exercises_of(unit)
    unit = exercises[0].unit
    collected = find_submissions(path, unit, units(), [exercise.name for exercise in exercises])
    submissions = collected.submissions
    make_folder(folder)
    secret = secret_seed(folder, seed=seed, file=seed_file)
    with Journal(folder) as journal:
        url = gradebook_of(folder, db_url)
        grading = Grading(unit, folder, len(submissions), url, ignored=collected.ignored)
        grading.left_out += [name for submission in submissions for name in submission.left_out]
        last = _earlier(folder, unit)
        earlier = {student: key for student, key in last.students.items() if key} if last else {}
        if url != url_in(folder) or (folder / GRADEBOOK).exists() or earlier:
            # First, so that their results are in the tables however early the run ends.
            submissions = _absent(url, grading, submissions, earlier) + submissions
            grading.expected = len(submissions)
        work = _Work(
            grading, journal, submissions, exercises, secret, limits or Limits(), told, earlier, differences
        )
        if begun:
            begun(grading)
        before = _before(folder, last, work)
        work.held = bool(before)
        try:
            work.do(backend or LocalBackend())
        except KeyboardInterrupt:
            work.catch_up()  # the grading is not complete, and says so
        finally:
            grading.changes = _changes(before, grading.rows)
            # Half of a changed class is not written over the whole of the old one.
            if not grading.changes or (grading.complete and (confirm is None or confirm(grading))):
                work.write_pages()
                _write_all(grading, exercises, url, work)
            else:
                grading.kept_back = True
    return grading


def make_folder(folder: Path) -> None:
    """Make the folder of the grades, for its owner alone; `UsageError` where that cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be made.",
            expected="a folder that you may write to",
            got=error.strerror or str(error),
            mend="name another --out",
        ) from error


def exercises_of(unit: str) -> tuple[Exercise, ...]:
    """Return the exercises of a unit; `UsageError` where there are none."""
    exercises = of_unit(unit)
    if not exercises:
        raise UsageError(
            "There is no unit of this name with exercises to grade.",
            expected=f"one of {', '.join(units())}",
            got=unit,
            mend="give the unit as --unit NB06",
        )
    return exercises


@dataclass
class _Work:
    """The submissions on their way to rows."""

    grading: Grading
    journal: Journal
    submissions: Sequence[Submission]
    exercises: Sequence[Exercise]
    seed: int
    limits: Limits
    told: Told | None
    earlier: dict[str, str]  # keys of what the last run in this folder had, by student
    differences: Differences

    def __post_init__(self) -> None:
        self.version = f"{assignment_version(self.exercises)} {self.differences}"
        self.versions = exercise_versions(self.exercises)
        self.fingerprint = fingerprint(self.seed)
        self.held = False  # whether pages wait until it is known that they are wanted
        self.decided = read_overrides(self.grading.folder)
        self._last: Result | None = None
        self._of = {submission.student: submission for submission in self.submissions}

    def do(self, backend: Backend) -> None:
        """Grade what is not in the journal."""
        with contextlib.closing(backend.results(self._tasks())) as results:
            for result in results:
                self._last = result
                self.journal.append([result])
                self._tell(result)

    def catch_up(self) -> None:
        """Tell the result that an interruption came upon between journal and table, if there is one."""
        if self._last and self._last.key in self.journal and self._last.student not in self.grading.rows:
            self._tell(self._last)

    def _tasks(self) -> Iterator[Task]:
        """Yield what is to be graded; tell the rest at once."""
        for submission in self.submissions:
            if submission.file is None:
                if self.earlier.get(submission.student, "") in self.journal:
                    self.grading.reused += 1
                    self._tell(self.journal[self.earlier[submission.student]], kept=True)
                else:
                    self._tell(Result(submission.student, "", "not_submitted"))
                continue
            try:
                data, failed = submission.file.read(), None
            except Unreadable as error:
                data, failed = str(error).encode(), unreadable(error)
            key = result_key(submission.student, data, self.version, self.fingerprint)
            if key in self.journal and self._is_isolated(self.journal[key]):
                self.grading.reused += 1
                self._tell(self.journal[key])
            elif failed:
                named = replace(failed, student=submission.student, file=submission.name, key=key)
                self.journal.append([named])
                self._tell(named)
            else:
                basis = result_key(submission.student, data, self.differences, self.fingerprint)
                earlier = self.journal.last(basis)
                yield Task(
                    *(submission.student, submission.name, key, data),
                    *(self.grading.unit, self.seed, self.limits, self.differences),
                    *(basis, self.versions),
                    earlier if earlier and self._is_isolated(earlier) else None,
                )

    def _is_isolated(self, result: Result) -> bool:
        """Whether an earlier result was got with the isolation that is required now."""
        least = LEVELS.index(self.limits.isolation)
        return not result.isolation or LEVELS.index(result.isolation) <= least

    def write_pages(self) -> None:
        """Write the pages that were held back until it was known whether they are wanted."""
        for row in self.grading.rows.values() if self.held else ():
            if row.key:
                self._write_page(replace(self.journal[row.key], student=row.student))

    def _write_page(self, result: Result) -> None:
        if result.state != "not_submitted":
            decided = self.decided.get(result.student, {})
            write_feedback(self.grading.folder, self.grading.unit, result, decided)

    def _tell(self, result: Result, *, kept: bool = False) -> None:
        submission = self._of[result.student]
        if not self.held:
            self._write_page(result)
        flags = (*submission.flags, KEPT) if kept else submission.flags
        row = Row.of(result, result.file if kept else submission.name, flags)
        row = overridden(row, self.decided.get(result.student, {}))
        self.grading.rows[result.student] = row
        self.grading.listed[result.student] = flags
        if self.told:
            self.told(row)


def _earlier(folder: Path, unit: str) -> Run | None:
    """Return what the last run in this folder left, if it was of the same unit."""
    try:
        run = read_run(folder)
    except UsageError:
        return None
    return run if run.unit == unit else None


def _absent(
    url: str, grading: Grading, submissions: Sequence[Submission], earlier: dict[str, str]
) -> list[Submission]:
    """Return the students of the gradebook and of the last run whose notebook is not here."""
    here = {submission.student for submission in submissions}
    known = list(earlier)
    try:
        known += students_in(url)
    except GradebookError as error:
        grading.trouble.append(error)
    return [Submission(student, None) for student in dict.fromkeys(known) if student not in here]


def _before(folder: Path, last: Run | None, work: _Work) -> dict[str, Row]:
    """Return the rows of the last run, if its exercises or its seed were others."""
    if last is None or (last.version, last.seed) == (work.version, work.fingerprint):
        return {}
    return {row.student: row for row in rows(folder, last)}


def _changes(before: Mapping[str, Row], now: Mapping[str, Row]) -> list[Change]:
    """Return where points differ."""
    found = []
    for student, row in sorted(now.items()):
        old = before.get(student)
        for exercise in sorted({*old.scores, *row.scores}) if old else ():
            points = old.scores.get(exercise) if old else None, row.scores.get(exercise)
            if points[0] != points[1]:
                found.append((student, exercise, *points))
    return found


def _write_all(grading: Grading, exercises: Sequence[Exercise], url: str, work: _Work) -> None:
    every = [grading.rows[student] for student in sorted(grading.rows)]
    notes = f"Isolation: {'; '.join([grading.isolation or 'no answer was run', *grading.notes])}."
    if not grading.complete:
        notes += f" {grading.expected - len(every)} of {grading.expected} submissions are not graded yet."
    run = Run(
        grading.unit,
        work.version,
        work.fingerprint,
        grading.isolation,
        notes,
        grading.complete,
        {row.student: row.key for row in every},
        {row.student: [row.file, *grading.listed[row.student]] for row in every},
    )
    write_tables(grading.folder, run, exercises, every)
    write_run(grading.folder, run)
    try:
        write_gradebook(url, grading.unit, exercises, every)
        remember(grading.folder, url)
    except GradebookError as error:
        if str(error) not in map(str, grading.trouble):  # the same as when it was read
            grading.trouble.append(error)
