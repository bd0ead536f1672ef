"""Grades for other systems, from a folder of grades as it was left. What was never graded is empty."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..exercise import Exercise
from ..exercises import of_unit
from ..report import as_text
from .overrides import Override, read_overrides
from .pages import file_name
from .result import Result, Row
from .stored import Run, read_run, results, rows
from .tables import in_words, plain, points, table_of_grades, write_whole

FORMATS = ("csv", "canvas", "gradescope")

_KEY = "anonymous.key"


def export(folder: Path, form: str, *, anonymous: bool = False) -> Path:
    """Write the grades of a folder in another form, beside them, and return where.

    Parameters
    ----------
    folder : Path
        Where a class was graded.
    form : {"csv", "canvas", "gradescope"}
        A table; the table that Canvas imports; a folder with what an autograder on Gradescope writes for each
        student.
    anonymous : bool
        Put a name made from a secret in the place of each student's, the same in every export from this
        folder, and leave out what may tell who it is: file names, flags, texts.

    Raises
    ------
    UsageError
        If nothing was graded there.
    """
    run = read_run(folder)
    exercises = of_unit(run.unit)
    every = rows(folder, run)
    names = _pseudonyms(folder, every) if anonymous else {row.student: row.student for row in every}
    target = folder / f"export-{form}{'-anonymous' * anonymous}"
    if form == "gradescope":
        target.mkdir(mode=0o700, exist_ok=True)
        decided = read_overrides(folder)
        for result, row in zip(results(folder, run), every, strict=True):
            found = _gradescope(
                result, row, list(decided.get(row.student, {}).values()), exercises, anonymous
            )
            path = target / f"{file_name(names[row.student])}.json"
            write_whole(path, json.dumps(found, indent=1, ensure_ascii=False) + "\n")
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
    """Return a table as Canvas's gradebook imports it: students by login, points possible above them."""
    most = points(sum(exercise.points for exercise in exercises))
    lines = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", run.unit]]
    lines.append(["    Points Possible", "", "", "", "", most])
    for row in every:
        name = plain(names[row.student])
        lines.append([name, "", "", name, "", points(row.score)])
    return _csv(lines)


def _gradescope(
    result: Result, row: Row, decided: Sequence[Override], exercises: Sequence[Exercise], anonymous: bool
) -> dict[str, object]:
    """Return what a Gradescope autograder writes; a test that was not graded has no score."""
    tests: list[dict[str, object]] = []
    said = {override.exercise: override.text for override in decided}
    for question in result.questions:
        test: dict[str, object] = {"name": question.exercise, "max_score": question.max_score}
        if question.exercise in row.scores:
            test["score"] = row.scores[question.exercise]
        if not anonymous:
            test["output"] = said.get(question.exercise, as_text(question.verdict))
        tests.append(test)
    found: dict[str, object] = {"output": in_words(row.state), "visibility": "visible", "tests": tests}
    return found if row.score is None else {"score": row.score, **found}


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
