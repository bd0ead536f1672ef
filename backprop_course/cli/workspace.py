"""The working folder: what is copied there from the released units, and what is never touched.

A learner's file is never overwritten. A unit that is not there yet is copied; one that is there stays
as it is, and when its release has changed since it was copied, the newer one is put beside it
(``NB04.new.ipynb``). Which release the learner has been given is kept in a small record in the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Literal

from backprop_course.cli.units import (
    NotebookError,
    Unit,
    exercise_of,
    grade_id,
    read_notebook,
    released_units,
)
from backprop_course.errors import CourseError, UsageError

RECORD = ".backprop-course.json"
DEFAULT_FOLDER = Path("course")


class WorkspaceError(CourseError, OSError):
    """The working folder, or a file in it, cannot be used as asked."""


@dataclass(frozen=True)
class Copied:
    """What became of one released file.

    Parameters
    ----------
    target : pathlib.Path
        The learner's file.
    what : {"new", "kept", "beside"}
        It was copied; it was there and stays; it stays and a newer release is at `newer`.
    newer : pathlib.Path, optional
        Where the newer release was put.
    """

    target: Path
    what: Literal["new", "kept", "beside"]
    newer: Path | None = None


def working_folder(given: Path | None) -> Path:
    """Return the folder that is meant: the one given, the current one if it is a course, else ``course``."""
    if given is not None:
        return given
    return Path() if Path(RECORD).is_file() else DEFAULT_FOLDER


def copy_units(units: tuple[Unit, ...], folder: Path) -> list[Copied]:
    """Copy what is not in `folder` yet, and put newer releases beside what is.

    Raises
    ------
    WorkspaceError
        If the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = _read_record(folder)
        copied = []
        for unit in units:
            for released in unit.files:
                key = released.relative_to(unit.folder.parent).as_posix()
                content = released.read_bytes()
                copied.append(_copy_one(content, folder / key, record.get(key)))
                record[key] = _digest(content)
        write_whole(folder / RECORD, (json.dumps(record, indent=1, sort_keys=True) + "\n").encode())
    except OSError as error:
        raise _unusable(folder, error) from error
    return copied


def require_course(folder: Path) -> None:
    """Refuse a folder that holds nothing of the course.

    Raises
    ------
    UsageError
        If ``backprop-course start`` has not been used on it and no unit lies in it.
    """
    if (folder / RECORD).is_file() or any((folder / unit.id).is_dir() for unit in released_units()):
        return
    raise UsageError(
        f"There is no course in {folder.resolve()}.",
        expected="a folder that backprop-course start has put the units in",
        got="a folder without units" if folder.is_dir() else "no such folder",
        mend="give the folder with --dir, or make one: backprop-course start --dir FOLDER",
    )


def reset_unit(unit: Unit, folder: Path) -> Path | None:
    """Put the released notebook back; return the copy of the learner's notebook, if it had changed."""
    target = folder / unit.id / unit.notebook.name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        released = unit.notebook.read_bytes()
        changed = target.exists() and target.read_bytes() != released
        backup = _back_up(target) if changed else None
        write_whole(target, released)
    except OSError as error:
        raise _unusable(target, error) from error
    return backup


def reset_exercise(unit: Unit, exercise: str, folder: Path) -> Path | None:
    """Put the released cells of one exercise back; return the copy of the learner's notebook, if it changed.

    Parameters
    ----------
    unit : Unit
        The unit.
    exercise : str
        ``NB04.E01`` or ``E01``.
    folder : pathlib.Path
        The working folder.

    Raises
    ------
    UnknownUnit
        If the unit has no such exercise.
    WorkspaceError
        If the learner's notebook cannot be read, or has lost cells of the exercise.
    """
    exercise = unit.exercise(exercise)
    target = folder / unit.id / unit.notebook.name
    whole_unit = f"put the whole unit back with: backprop-course reset {unit.id}"
    try:
        notebook = read_notebook(target)
    except NotebookError as error:
        raise WorkspaceError(error.what, expected=error.expected, got=error.got, mend=whole_unit) from error
    released = {grade_id(cell): cell for cell in read_notebook(unit.notebook)["cells"]}
    wanted = {mark: cell for mark, cell in released.items() if exercise_of(mark) == exercise}
    if missing := set(wanted) - {grade_id(cell) for cell in notebook["cells"]}:
        raise WorkspaceError(
            f"Not all cells of {exercise} are in the notebook any more.",
            expected=f"cells marked {', '.join(sorted(wanted))}",
            got=f"none marked {', '.join(sorted(missing))}",
            mend=whole_unit,
        )
    cells = list(_with_replaced(notebook["cells"], wanted))
    if cells == notebook["cells"]:
        return None
    notebook["cells"] = cells
    try:
        backup = _back_up(target)
        write_whole(target, (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise _unusable(target, error) from error
    return backup


def _copy_one(content: bytes, target: Path, given: str | None) -> Copied:
    """Copy one released file; `given` is the digest of the release the learner was given last."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content)
        return Copied(target, "new")
    if _digest(content) in (given, _digest(target.read_bytes())):
        return Copied(target, "kept")
    newer = next(
        path for path in _numbered(target, "new") if not path.exists() or path.read_bytes() == content
    )
    write_whole(newer, content)
    return Copied(target, "beside", newer)


def _with_replaced(cells: list[Any], wanted: dict[str, Any]) -> Iterator[Any]:
    """Replace the cells in `wanted` where they first stand; a repeated one would shadow it and goes."""
    seen = set()
    for cell in cells:
        mark = grade_id(cell)
        if mark not in wanted:
            yield cell
        elif mark not in seen:
            seen.add(mark)
            yield wanted[mark]


def _back_up(path: Path) -> Path:
    backup = next(free for free in _numbered(path, "backup") if not free.exists())
    write_whole(backup, path.read_bytes())
    return backup


def newer_releases(notebook: Path) -> list[Path]:
    """Return the newer releases that were put beside a learner's notebook, the first one first."""
    there: list[Path] = []
    for path in _numbered(notebook, "new"):
        if not path.exists():
            return there
        there.append(path)
    return there


def _numbered(path: Path, word: str) -> Iterator[Path]:
    """Yield ``NB04.word.ipynb``, ``NB04.word2.ipynb``, ``NB04.word3.ipynb`` and so on."""
    for number in count(1):
        yield path.with_name(f"{path.stem}.{word}{number if number > 1 else ''}{path.suffix}")


def write_whole(path: Path, content: bytes) -> None:
    """Write all of `content` or nothing: a crash in between leaves no half file."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _read_record(folder: Path) -> dict[str, str]:
    """Which release of each file the learner was given; a record that cannot be read counts as none."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _unusable(path: Path, error: OSError) -> WorkspaceError:
    return WorkspaceError(
        f"{path} cannot be used.",
        expected="a place that can be written to",
        got=error.strerror or str(error),
        mend="give another folder with --dir, or change its permissions",
    )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
