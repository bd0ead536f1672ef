"""Whose file it is, where a folder or zip is not laid out as nbgrader does: by its name or its folder's.

`ana.ipynb` and the names that Canvas gives name the student. Of `ana/hw.ipynb` the folder does. A folder of
many notebooks that answer, each with a name of its own, is a group of students. One name in two folders is
two students.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath

# A file of Canvas's "Download submissions": who, whether late, the student's id, the file's id, its name.
DOWNLOADED = re.compile(r"\w+?_(?:LATE_)?(\d+)_\d+_.+")

_GROUP = 3  # answering files under names of their own: more than a student leaves beside the one that counts

Parts = tuple[str, ...]


def owners(
    paths: Sequence[PurePosixPath],
    unit: str,
    units: Iterable[str],
    has_answer: Callable[[PurePosixPath], bool],
) -> dict[PurePosixPath, str]:
    """Return the student of each file; those of the other units' files are not in it.

    Parameters
    ----------
    paths : sequence of PurePosixPath
        Below the folder or inside the zip.
    unit : str
        ``"NB06"``.
    units : iterable of str
        All units: a file or a folder of such a name is not named after a student.
    has_answer : callable
        Whether a file defines an answer; asked only in folders with several files.
    """
    names = {name.casefold() for name in units}
    found: dict[PurePosixPath, str] = {}
    folders: dict[Parts, list[PurePosixPath]] = {}
    for path in paths:
        if path.stem.casefold() in names - {unit.casefold()}:
            continue  # a notebook of another unit, by its name
        above = tuple(part for part in path.parts[:-1] if part.casefold() not in names)
        if above and not DOWNLOADED.fullmatch(path.stem):
            folders.setdefault(above, []).append(path)
        else:
            found[path] = path.stem
    shared = _of_no_one({path.stem for path in inside} for inside in folders.values()) | {unit.casefold()}
    answering = {
        above: [path for path in inside if len(inside) == 1 or has_answer(path)]
        for above, inside in folders.items()
    }
    crowded = 2 * sum(len(answers) > 1 for answers in answering.values()) > len(folders)
    for above, inside in folders.items():
        count = len(answering[above])
        plain = {path for path in answering[above] if path.stem.casefold() in shared}
        is_group = 2 * len(plain) < count and (count >= _GROUP or (count > 1 and crowded))
        if is_group:
            found |= {
                path: "-".join([*above, path.stem] if path in plain else [path.stem]) for path in inside
            }
        else:
            found |= dict.fromkeys(inside, _folder(above, folders))
    return found


def _of_no_one(folders: Iterable[set[str]]) -> set[str]:
    """Return the names that stand in several folders: they do not tell students apart."""
    seen: set[str] = set()
    twice: set[str] = set()
    for stems in folders:
        stems = {stem.casefold() for stem in stems}
        twice |= seen & stems
        seen |= stems
    return twice


def _folder(above: Parts, folders: Iterable[Parts]) -> str:
    """Return the name of the nearest folder that is there once: not the last of ``zoe/6`` and ``yan/6``."""
    every = list(folders)
    for depth in range(len(above), 0, -1):
        name = above[depth - 1]
        places = {other[: n + 1] for other in every for n, part in enumerate(other) if part == name}
        if len(places) == 1:
            return name
    return "-".join(above)
