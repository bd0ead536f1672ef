"""Classes to grade: the example class in each form in which submissions arrive, and single notebooks.

The submissions themselves are made in `autograder.grading.classroom`, which ``autograder demo`` uses too.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.grading.classroom import (
    EXERCISE,
    MEMBERS,
    RIGHT,
    UNIT,
    Member,
    answered,
    as_bytes,
    build,
    released_notebook,
    solution_cell,
    with_answer,
)
from autograder.grading.result import Row

__all__ = [
    "EXERCISE",
    "MEMBERS",
    "RIGHT",
    "UNIT",
    "Member",
    "answered",
    "answering",
    "as_bytes",
    "build",
    "came",
    "flat",
    "member",
    "notebook_of",
    "released_notebook",
    "solution_cell",
    "with_answer",
    "zipped",
]


ID = EXERCISE.replace("-", ".")


def came(row: Row) -> tuple[str, float | None]:
    """What the answer that is tried came to: its trouble, else the submission's state; and its points.

    The unit has other exercises too, which nobody in these classes has answered.
    """
    return row.troubles.get(ID, row.state), row.scores.get(ID)


def member(name: str) -> Member:
    """One member of the example class."""
    return next(member for member in MEMBERS if member.name == name)


def answering(*body: str) -> bytes:
    """A notebook with these lines in the stub of NB06.E06."""
    return answered(*body)(released_notebook())


def notebook_of(*cells: str) -> bytes:
    """A notebook of nothing but these code cells."""
    made = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return as_bytes({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def flat(folder: Path, files: Mapping[str, bytes] | None = None, members: Iterable[Member] = MEMBERS) -> Path:
    """Write ``STUDENT.ipynb`` for each member, or the given files, oldest first, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = released_notebook()
    contents = files if files is not None else {f"{m.name}.ipynb": m.make(notebook) for m in members}
    for age, (name, data) in enumerate(contents.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1_700_000_000 + age, 1_700_000_000 + age))
    return folder


def zipped(archive: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip with these members and return its path."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in files.items():
            writer.writestr(name, data)
    return archive
