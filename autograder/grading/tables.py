"""Files written whole or not at all, and the table of grades."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path

from backprop_course.errors import CourseError

from ..exercise import Exercise
from .result import Row

GRADES = "grades.csv"

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would compute


class NotWritten(CourseError, OSError):
    """A file of the grades could not be written."""


def write_whole(path: Path, text: str) -> None:
    """Put `text` in the place of a file at once: a reader finds the old one or the new one, never a part.

    Raises
    ------
    NotWritten
        If there is no room, or no right to write; the old file is still there then.
    """
    new = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with open(new, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError as error:
        raise NotWritten(
            f"{path.name} could not be written.",
            expected=f"room, and the right to write, in {path.parent}",
            got=error.strerror or str(error),
            mend="make room, then run the same command again: what is in the journal is not graded again",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def write_grades(folder: Path, exercises: Sequence[Exercise], rows: Sequence[Row]) -> Path:
    """Write ``grades.csv`` and return its path."""
    write_whole(folder / GRADES, table_of_grades(exercises, rows))
    return folder / GRADES


def table_of_grades(exercises: Sequence[Exercise], rows: Sequence[Row]) -> str:
    """Return a table as CSV: a row for each student, an empty score for what was never graded."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    ids = [exercise.id for exercise in exercises]
    most = points(sum(exercise.points for exercise in exercises))
    writer.writerow(["student", "file", "state", "score", "max_score", "flags", *ids])
    for row in rows:
        flags = "; ".join(flag for flag in (row.reason.partition("\n")[0], *row.flags) if flag)
        scores = [points(row.scores.get(id)) for id in ids]
        texts = [plain(text) for text in (row.student, row.file, row.state)]
        writer.writerow([*texts, points(row.score), most, plain(flags), *scores])
    return table.getvalue()


def plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula, on one line."""
    one_line = " ".join(text.split()) if "\n" in text or "\r" in text else text
    return f"'{one_line}" if one_line.startswith(_FORMULA) else one_line


def points(score: float | None) -> str:
    """Return a score as it is written: no more digits than it has, nothing where there is none."""
    return "" if score is None else f"{score:.2f}".rstrip("0").rstrip(".")


def in_words(state: str) -> str:
    """Return a state as it is read, ``out of memory``."""
    return state.replace("_", " ")
