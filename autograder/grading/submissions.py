"""Who submitted what: nbgrader's layout, a flat folder, a zip or one notebook, as a list of submissions.

The contents are read later, one at a time. A zip is read in place and never unpacked, so that no name in
it can lead anywhere; a link that leads out of the folder is not followed.
"""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import IO

from backprop_course.errors import UsageError

from .large import read_notebook
from .notebook import MAX_BYTES, NOTEBOOK, SCRIPT, Unreadable, cells_of, text_of
from .owners import owners

_SUFFIXES = (NOTEBOOK, SCRIPT)
_PACKED = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz")
_SKIPPED = ("__MACOSX", "node_modules", "site-packages", "__pycache__")
_OF_THE_COURSE = (
    "source",
    "release",
    "autograded",
    "feedback",
    "solutions",
    "notebooks",
)  # beside submitted/
_OF_NBGRADER = ("timestamp.txt",)  # beside a notebook that was handed in
_NOT_SUBMITTED = ("pyvenv.cfg", "journal.jsonl")  # of a Python environment, of a folder of grades


@dataclass(frozen=True)
class File:
    """One file that was found.

    Parameters
    ----------
    path : PurePosixPath
        Below the folder or inside the zip.
    modified : float
        Seconds since the epoch.
    read : callable
        Returns its bytes, or raises `Unreadable`.
    """

    path: PurePosixPath
    modified: float
    read: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Submission:
    """What one student submitted.

    Parameters
    ----------
    student : str
    file : File or None
        None if nothing was submitted.
    flags : tuple of str
        What a person should know.
    left_out : tuple of str
        The student's other files, none of which counts.
    """

    student: str
    file: File | None
    flags: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The file's path below the folder, empty if there is none."""
        return readable(str(self.file.path)) if self.file else ""


def readable(name: str) -> str:
    """Return a file's name as text that can be written anywhere, whatever bytes it is made of."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass
class _Found:
    """What lies below one place, before anyone asks whose it is."""

    files: list[File] = field(default_factory=list)
    folders: set[PurePosixPath] = field(default_factory=set)
    links: list[File] = field(default_factory=list)  # those that are not followed; reading them says so
    others: list[File] = field(default_factory=list)  # that are no notebooks; reading them says so


@dataclass(frozen=True)
class Collected:
    """What was handed in to a unit: submissions by student, and the names of files that are none."""

    submissions: list[Submission]
    ignored: list[str] = field(default_factory=list)


def find_submissions(path: Path, unit: str, units: Sequence[str], answers: Sequence[str]) -> Collected:
    """Return the submissions to a unit, by student, and what else lies there.

    Parameters
    ----------
    path : Path
        nbgrader's ``submitted``, a folder or zip of notebooks, or one notebook.
    unit : str
        ``"NB06"``.
    units : sequence of str
        All units: their names are folders in nbgrader's layout.
    answers : sequence of str
        Names of the functions that answer; of a student's several files, those that
        have one of them count first.

    Raises
    ------
    UsageError
        If there is no notebook for this unit at `path`.
    """
    if not path.exists():
        raise UsageError(
            f"There is nothing at {path}.",
            expected="a folder of submissions, a zip, or a notebook",
            got="no file and no folder of that name",
            mend="check the path",
        )
    if path.is_dir():
        inner = path / "submitted"  # where nbgrader's whole course is named
        found = _in_folder(inner if inner.is_dir() else path)
    elif path.suffix.lower() in _SUFFIXES:
        return Collected([_single(path)])
    elif zipfile.is_zipfile(path):
        found = _in_zip(path, units)
    else:
        raise UsageError(
            "This file is neither a notebook nor a zip of notebooks.",
            expected=f"a folder, a .zip, a {NOTEBOOK} or a {SCRIPT} file",
            got=path.name,
            mend="name the folder that holds the submissions",
        )
    # A script beside the notebooks may be anything; one that defines an answer is a submission.
    files, found.files = found.files, []
    for file in files:
        if file.path.suffix.lower() == NOTEBOOK or _has_answer(file, answers):
            found.files.append(file)
        else:
            found.others.append(_no_notebook(file.path))
    layout = _unit_folders(found, units)
    submissions = _of_layout(found, unit, answers) if layout else _of_flat(found, unit, units, answers)
    if not any(submission.file for submission in submissions):
        others = sorted({folder.name for folder in layout})
        raise UsageError(
            f"There is no notebook for {unit} in {path}.",
            expected=f"submitted/STUDENT/{unit}/{unit}{NOTEBOOK}, or a folder or zip of STUDENT{NOTEBOOK} "
            f"or STUDENT{SCRIPT}",
            got=f"submissions to {', '.join(others)} only" if others else _nothing_but(found.others),
            mend="name the folder that holds the submissions, or another --unit",
        )
    return Collected(submissions, _ignored(found, submissions, unit, units))


def _ignored(found: _Found, submissions: Sequence[Submission], unit: str, units: Sequence[str]) -> list[str]:
    """Name the files that are nobody's, without those of other units and nbgrader's own."""
    taken = {name for submission in submissions for name in (submission.name, *submission.left_out)}
    elsewhere = {other.casefold() for other in units} - {unit.casefold()}
    return sorted(
        name
        for file in (*found.files, *found.links, *found.others)
        if (name := readable(str(file.path))) not in taken
        and file.path.name not in _OF_NBGRADER
        and not elsewhere & {part.casefold() for part in (*file.path.parts[:-1], file.path.stem)}
    )


_NAMED = 5  # files of those that are ignored


def _nothing_but(others: Sequence[File]) -> str:
    """Say that there is nothing to grade, and what there is."""
    names = sorted(readable(str(file.path)) for file in others)
    ignored = f"; ignored: {', '.join(names[:_NAMED])}" if names else ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"no {NOTEBOOK} file, and no {SCRIPT} file that defines an answer{ignored}{more}"


def _single(path: Path) -> Submission:
    file = _file(path, PurePosixPath(path.name))
    try:
        cells_of(path.name, file.read())
    except Unreadable as error:  # of a class this is one student's trouble; here it is all there is
        raise UsageError(error.what, expected=error.expected, got=error.got, mend=error.mend) from error
    return Submission(readable(path.stem), file)


def _unit_folders(found: _Found, units: Sequence[str]) -> list[PurePosixPath]:
    """Return the folders that show nbgrader's layout: a unit's name below a student's."""
    names = {unit.casefold() for unit in units}
    return [folder for folder in found.folders if len(folder.parts) == 2 and folder.name.casefold() in names]


def _of_layout(found: _Found, unit: str, answers: Sequence[str]) -> list[Submission]:
    """The layout of nbgrader: ``STUDENT/UNIT/*.ipynb``; a student without that folder has not submitted."""
    files: dict[str, list[File]] = {folder.parts[0]: [] for folder in found.folders if len(folder.parts) == 1}
    for file in found.files + found.links:
        student, *below = file.path.parts
        is_link = file in found.links
        if [part.casefold() for part in below[:1]] == [unit.casefold()] and (len(below) == 2 or is_link):
            files.setdefault(student, []).append(file)
        elif is_link and not below:
            files.setdefault(student, []).append(file)
    # Whoever handed in something else has not handed in nothing: a zip, a PDF, a script without an answer.
    for file in sorted(found.others, key=lambda file: str(file.path), reverse=True):
        student, *below = file.path.parts
        in_unit = len(below) == 2 and below[0].casefold() == unit.casefold()
        if in_unit and below[1] not in _OF_NBGRADER and not files.get(student):
            files[student] = [file]
    return [_submission(student, files[student], answers) for student in sorted(files)]


def _of_flat(found: _Found, unit: str, units: Sequence[str], answers: Sequence[str]) -> list[Submission]:
    """A folder of notebooks: the student is the file's stem, or the folder above; see `owners`."""
    every = {file.path: file for file in found.files + found.links}
    owner = owners(list(every), unit, units, lambda path: _has_answer(every[path], answers))
    files: dict[str, list[File]] = {}
    for path, student in owner.items():
        files.setdefault(student, []).append(every[path])
    packed = {file.path: file for file in _packed(found, list(every), units)}
    unopened: dict[str, list[File]] = {}
    for path, student in owners(list(packed), unit, units, lambda path: False).items():
        unopened.setdefault(student, []).append(packed[path])
    files = {**unopened, **files}
    return [_submission(student, files[student], answers) for student in sorted(files)]


def _packed(found: _Found, notebooks: Sequence[PurePosixPath], units: Sequence[str]) -> list[File]:
    """Return the archives in folders without a notebook: of students who handed in nothing else."""
    archives = [file for file in found.others if _is_packed(file)]
    above = [path.parts[:-2] for path in (*notebooks, *(file.path for file in archives))]
    # Folders that hold all students' folders tell nothing of one student.
    depth = len(list(takewhile(lambda names: len(set(names)) == 1, zip(*above, strict=False))))
    not_theirs = {path.parts[depth].casefold() for path in notebooks} | {unit.casefold() for unit in units}
    return [file for file in archives if file.path.parts[depth].casefold() not in not_theirs]


def _is_packed(file: File) -> bool:
    return file.path.suffix.lower() in _PACKED and len(file.path.parts) > 1


def _submission(student: str, files: Iterable[File], answers: Sequence[str]) -> Submission:
    """Of several files the newest counts; one without any answer counts only where no other has one."""
    newest = sorted(files, key=lambda file: (file.modified, str(file.path)), reverse=True)
    if len(newest) < 2:
        flags = (ELSEWHERE,) if newest and _answers_nothing(newest[0], answers) else ()
        return Submission(readable(student), newest[0] if newest else None, flags)
    counts = next((file for file in newest if _has_answer(file, answers)), newest[0])
    others = tuple(readable(str(file.path)) for file in newest if file is not counts)
    flag = f"{len(newest)} files, the newest counts; left out: {', '.join(others)}"
    said = (flag, ELSEWHERE) if _answers_nothing(counts, answers) else (flag,)
    return Submission(readable(student), counts, said, others)


ELSEWHERE = "defines none of the functions asked for: a notebook of another unit?"


def _answers_nothing(file: File, answers: Sequence[str]) -> bool:
    """Whether a file that can be read has none of the names."""
    try:
        text = "\n".join(cells_of(file.path.name, file.read()))
    except Unreadable:
        return False
    return not any(name in text for name in answers)


def _has_answer(file: File, answers: Sequence[str]) -> bool:
    try:
        text = text_of(file.read())
    except Unreadable:
        return False
    return any(f"def {name}" in text or f"class {name}" in text for name in answers)


# Folders ------------------------------------------------------------


def _in_folder(root: Path) -> _Found:
    found = _Found()
    real_root = root.resolve()
    pending = [root]
    while pending:
        folder = pending.pop()
        entries = sorted(_entries(folder), key=lambda entry: entry.name)
        if any(entry.name in _NOT_SUBMITTED for entry in entries):
            found.folders.discard(PurePosixPath(folder.relative_to(root).as_posix()))
            continue
        for entry in entries:
            path = Path(entry.path)
            inside = PurePosixPath(path.relative_to(root).as_posix())
            is_notebook = inside.suffix.lower() in _SUFFIXES
            if entry.name.startswith(".") or entry.name in _SKIPPED or str(inside) in _OF_THE_COURSE:
                continue
            if entry.is_symlink() and not (is_notebook and _is_file_within(path, real_root)):
                if is_notebook or entry.is_dir():
                    found.links.append(_refused(inside))
            elif entry.is_dir():
                found.folders.add(inside)
                pending.append(path)
            elif is_notebook:
                found.files.append(_file(path, inside))
            else:
                found.others.append(_no_notebook(inside))
    return found


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return  # a folder that cannot be opened holds nothing that can be graded


def _is_file_within(path: Path, real_root: Path) -> bool:
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        return False
    return real.is_file() and real.is_relative_to(real_root)


def _file(path: Path, inside: PurePosixPath) -> File:
    def read() -> bytes:
        try:
            with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Unreadable(
                        "This is not a file.",
                        expected="a notebook",
                        got=str(inside),
                        mend="submit the notebook itself",
                    )
                return _content(inside, file)
        except OSError as error:
            raise Unreadable(
                "The file cannot be opened.",
                expected="a file that the grader may read",
                got=error.strerror or str(error),
                mend="check its permissions, and grade again",
            ) from error

    try:
        modified = path.stat().st_mtime
    except OSError:
        modified = 0.0
    return File(inside, modified, read)


def _content(name: PurePosixPath, file: IO[bytes]) -> bytes:
    return file.read(MAX_BYTES + 1) if name.suffix.lower() == SCRIPT else read_notebook(file)


def _refused(inside: PurePosixPath) -> File:
    def read() -> bytes:
        raise Unreadable(
            "This is a link to a folder, or to a file outside; links are not followed.",
            expected="a file inside the folder of submissions",
            got=str(inside),
            mend="replace it by the file itself",
        )

    return File(inside, 0.0, read)


def _no_notebook(inside: PurePosixPath) -> File:
    def read() -> bytes:
        raise Unreadable(
            "There is no notebook, only another file.",
            expected=f"a {NOTEBOOK} file, or its {SCRIPT} export with an answer in it",
            got=readable(inside.name),
            mend="unpack it, or ask for the notebook; then grade again",
        )

    return File(inside, 0.0, read)


# Zips ------------------------------------------------------------


def _in_zip(path: Path, units: Sequence[str]) -> _Found:
    try:
        archive = zipfile.ZipFile(path)  # stays open for as long as its files may be read
    except Exception as error:  # a damaged directory has errors of its own
        raise UsageError(
            "This zip cannot be opened.",
            expected="a zip of notebooks",
            got=f"{path.name}: {error}",
            mend="download it again, or unpack it and name the folder",
        ) from error
    found = _Found()
    for member in archive.infolist():
        inside = PurePosixPath(*_plain_parts(member.filename))
        if any(part.startswith(".") or part in _SKIPPED for part in inside.parts):
            continue
        found.folders.update(inside.parents)
        if member.is_dir():
            found.folders.add(inside)
        elif inside.suffix.lower() in _SUFFIXES:
            found.files.append(File(inside, _moment(member), _member(archive, member)))
        else:
            found.others.append(_no_notebook(inside))
    found.folders.discard(PurePosixPath())
    in_folders = (*found.files, *filter(_is_packed, found.others))
    tops = {file.path.parts[0] for file in in_folders if len(file.path.parts) > 1}
    in_one_folder = len(tops) == 1 and all(len(file.path.parts) > 1 for file in found.files)
    return _without_top(found) if in_one_folder and not _unit_folders(found, units) else found


def _plain_parts(name: str) -> list[str]:
    """Parts of a name without those that lead somewhere else: ``/``, ``..``, a drive."""
    parts = name.replace("\\", "/").split("/")
    return [part for part in parts if part not in ("", ".", "..") and not part.endswith(":")]


def _without_top(found: _Found) -> _Found:
    """A zip of one folder is that folder."""
    files = [File(PurePosixPath(*f.path.parts[1:]), f.modified, f.read) for f in found.files]
    folders = {PurePosixPath(*folder.parts[1:]) for folder in found.folders if len(folder.parts) > 1}
    others = [_no_notebook(PurePosixPath(*f.path.parts[1:])) for f in found.others if len(f.path.parts) > 1]
    return _Found(files, folders, others=others)


def _moment(member: zipfile.ZipInfo) -> float:
    try:
        return datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(member) as file:
                return _content(PurePosixPath(member.filename), file)  # whatever size it says it has
        except Unreadable:
            raise
        except Exception as error:  # each way of compressing has errors of its own
            raise Unreadable(
                "The file in the zip cannot be read.",
                expected="a zip that unpacks without errors and without a password",
                got=str(error) or type(error).__name__,
                mend="pack it anew, or submit the notebook itself",
            ) from error

    return read
