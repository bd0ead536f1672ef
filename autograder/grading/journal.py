"""The journal: one line for each graded submission, appended and on disk before anything else is told.

Every result has a key, the hash of all it depends on: the notebook's bytes, the assignment's version, the
seed. A second run finds what is there by it and grades only what is not. What a kill leaves of a last line
is dropped; that submission is graded again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Container, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from backprop_course.errors import CourseError

from .result import Result

try:
    import fcntl
except ImportError:  # on Windows, where notebooks can be released and grades read all the same
    fcntl = None  # type: ignore[assignment]

NAME = "journal.jsonl"


class JournalError(CourseError, RuntimeError):
    """The journal of a grading folder cannot be used."""


def result_key(student: str, data: bytes, version: str, seed: str) -> str:
    """Return the key of a submission's result.

    Parameters
    ----------
    student : str
        Two students may submit the same bytes; each has a line.
    data : bytes
        The notebook.
    version : str
        Of the assignment.
    seed : str
        Its fingerprint.
    """
    parts = (
        student.encode("utf-8", "surrogatepass"),
        hashlib.sha256(data).digest(),
        version.encode(),
        seed.encode(),
    )
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()[:32]


class Journal:
    """The journal of one folder; a context manager that holds it for one grader at a time.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    JournalError
        If another grader is at work in the folder, or the system has no locks to see that.
    """

    def __init__(self, folder: Path) -> None:
        if fcntl is None:
            raise JournalError(
                "Classes cannot be graded on this system.",
                expected="Linux or macOS, which keep two graders, and answers and grades, apart",
                got=sys.platform,
                mend="grade on one of them, on Windows in WSL (wsl --install, then the same commands there)",
            )
        self.path = folder / NAME
        try:
            opened = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise JournalError(
                f"The journal {self.path} cannot be opened.",
                expected="a folder that you may write to",
                got=error.strerror or str(error),
                mend="name another --out",
            ) from error
        # Unbuffered: what cannot be written is known at once, and nothing of it is left for later.
        self._file = open(opened, "r+b", buffering=0)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise JournalError(
                f"Another grader is at work in {folder}.",
                expected="one grader for a folder at a time",
                got="a journal that is locked",
                mend="wait until it has finished, or name another --out",
            ) from None
        self._offsets: dict[str, tuple[int, int]] = {}
        self._last: dict[str, str] = {}  # the newest key by basis
        try:
            self._load()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, key: str) -> bool:
        return key in self._offsets

    def __getitem__(self, key: str) -> Result:
        offset, length = self._offsets[key]
        return _result(os.pread(self._file.fileno(), length, offset), self.path)

    def last(self, basis: str) -> Result | None:
        """Return the newest result that depends on the same but for the exercises' versions."""
        return self[self._last[basis]] if basis in self._last else None

    def append(self, results: Sequence[Result]) -> None:
        """Write results, one line each, and return when they are on disk.

        Raises
        ------
        JournalError
            If they cannot be written; then none of them is in the journal.
        """
        begin = offset = self._file.seek(0, os.SEEK_END)
        places = {}
        try:
            for result in results:
                line = json.dumps(result.to_json(), ensure_ascii=True).encode() + b"\n"
                _write(self._file.fileno(), line)
                places[result.key] = offset, len(line)
                offset += len(line)
            os.fsync(self._file.fileno())
            self._offsets |= places
            self._last |= {result.basis: result.key for result in results if result.basis}
        except KeyboardInterrupt:  # what is written whole by now is in the journal
            self._load()
            raise
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(begin)
            raise JournalError(
                f"The journal {self.path} cannot be written.",
                expected="room on the disk",
                got=error.strerror or str(error),
                mend="make room, then run the same command again: what is in the journal is not graded again",
            ) from error

    def _load(self) -> None:
        """Find the lines, and drop what a kill left of the last one."""
        with open(self.path, "rb") as lines:
            end = self._indexed(lines)
        self._file.truncate(end)

    def _indexed(self, lines: BinaryIO) -> int:
        """Note where each line is; return where the last whole one ends."""
        end = 0
        for line in lines:
            if not line.endswith(b"\n"):
                break
            try:
                stored = json.loads(line)
                self._offsets[stored["key"]] = end, len(line)
                if basis := stored.get("basis"):
                    self._last[basis] = stored["key"]
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise _not_a_result(line, f"Line {self._file_line(end)} of {self.path}") from error
            end += len(line)
        return end

    def _file_line(self, offset: int) -> int:
        return self.path.read_bytes()[:offset].count(b"\n") + 1


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def read_results(folder: Path) -> Iterator[Result]:
    """Yield the results in a journal, whole lines only, without holding it."""
    with open(folder / NAME, "rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield _result(line, folder / NAME)


def places_in(folder: Path, keys: Container[str]) -> dict[str, int]:
    """Return where the last result with each of the keys begins, without reading more of it than its key."""
    found = {}
    offset = 0
    with open(folder / NAME, "rb") as file:
        for line in file:
            # Quotation marks inside texts are escaped, so that this is the name of a field.
            match = _KEY.search(line)
            if match and line.endswith(b"\n") and (key := match[1].decode()) in keys:
                found[key] = offset
            offset += len(line)
    return found


_KEY = re.compile(rb'"key": "([0-9a-f]+)"')


def result_at(journal: BinaryIO, place: int) -> Result:
    """Return the result that begins at a place in an open journal."""
    journal.seek(place)
    return _result(journal.readline(), Path(journal.name))


def _result(line: bytes, path: Path) -> Result:
    """Read one line."""
    try:
        return Result.from_json(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _not_a_result(line, f"A line of {path}") from error


def _not_a_result(line: bytes, which: str) -> JournalError:
    return JournalError(
        f"{which} is not a result.",
        expected="the journal as the grader wrote it",
        got=f"{line[:60]!r}",
        mend="restore it from a copy, or move it away and grade anew",
    )
