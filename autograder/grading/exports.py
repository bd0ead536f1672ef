"""Grades for other systems, from a folder of grades as it was left. What was never graded is empty."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..exercise import Exercise
from ..exercises import of_unit
from .entered import Entered, decisions, read_entered, with_entered
from .gradescope import results_json, write_files
from .overrides import read_overrides
from .owners import DOWNLOADED
from .result import Row
from .stored import Run, read_run, require_same_points, results, rows
from .tables import plain, points, table_of_grades, write_whole

_KEY = "anonymous.key"


def export(folder: Path, form: str, *, anonymous: bool = False, db_url: str | None = None) -> Path:
    """Write the grades of a folder in another form, beside them, and return where.

    Parameters
    ----------
    folder : Path
        Where a class was graded.
    form : {"csv", "canvas", "gradescope"}
        A table; the table that Canvas imports; a folder with what an autograder on Gradescope writes for each
        student who has a score, and an autograder to upload there that hands it out.
    anonymous : bool
        Put a name made from a secret in the place of each student's, the same in every export from this
        folder, and leave out what may tell who it is: file names, flags, texts.
    db_url : str, optional
        nbgrader's gradebook, from which manual scores and extra credit are taken; by default the one in
        `folder`, if there is one.

    Raises
    ------
    UsageError
        If nothing was graded there, or the exercises are worth other points than then.
    GradebookError
        If the gradebook cannot be read.
    """
    run = read_run(folder)
    exercises = of_unit(run.unit)
    require_same_points(folder, run, exercises)
    entered = read_entered(folder, run.unit, exercises, db_url)
    every = [with_entered(row, entered.get(row.student, Entered())) for row in rows(folder, run)]
    names = _pseudonyms(folder, every) if anonymous else {row.student: row.student for row in every}
    target = folder / f"export-{form}{'-anonymous' * anonymous}"
    if form == "gradescope":
        decided = read_overrides(folder)
        of = zip(results(folder, run), every, strict=True)
        grades = {
            names[row.student]: results_json(
                result,
                row,
                decisions(decided.get(row.student, {}), entered.get(row.student, Entered())),
                anonymous=anonymous,
            )
            for result, row in of
            if row.score is not None
        }
        write_files(target, grades, anonymous=anonymous)
        return target
    if form == "canvas":
        text = _canvas(run, exercises, every, names)
    else:
        text = _table(exercises, every, names) if anonymous else table_of_grades(exercises, every)
    target = target.with_suffix(".csv")
    write_whole(target, text)
    return target


def _table(exercises: Sequence[Exercise], every: Iterable[Row], names: dict[str, str]) -> str:
    ids = [exercise.id for exercise in exercises]
    lines = [["student", "state", "score", "max_score", *ids, "mistakes"]]
    most = points(sum(exercise.points for exercise in exercises))
    for row in sorted(every, key=lambda row: names[row.student]):
        mistakes = " ".join(f"{exercise}:{code}" for exercise, code, _ in row.mistakes)
        scores = [points(row.scores.get(id)) for id in ids]
        lines.append([names[row.student], row.state, points(row.score), most, *scores, mistakes])
    return _csv(lines)


def _canvas(run: Run, exercises: Sequence[Exercise], every: Iterable[Row], names: dict[str, str]) -> str:
    """Return a table as Canvas's gradebook imports it: students by id or login, points possible above them.

    Canvas takes an empty cell for no score, and shows each change before it is made; where it has a score
    already, an empty cell is such a change.

    References
    ----------
    Canvas LMS, ``lib/gradebook_importer.rb`` for the table; ``lib/content_zipper.rb`` for names of files that
    were downloaded from it.
    """
    most = points(sum(exercise.points for exercise in exercises))
    lines = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", run.unit]]
    lines.append(["    Points Possible", "", "", "", "", most])
    for row in every:
        name = plain(names[row.student])
        found = DOWNLOADED.fullmatch(names[row.student])
        who = [name, found[1], "", ""] if found else [name, "", "", name]
        lines.append([*who, "", points(row.score)])
    return _csv(lines)


def _csv(lines: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _pseudonyms(folder: Path, every: Iterable[Row]) -> dict[str, str]:
    """Return names that only who has the folder's key can lead back to students."""
    path = folder / _KEY
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
    key = path.read_bytes()
    return {
        row.student: "student-" + hmac.new(key, row.student.encode(), hashlib.sha256).hexdigest()[:12]
        for row in every
    }
