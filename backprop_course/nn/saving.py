"""Arrays in a `.npz` file: no pickle, and a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UsageError


def write(path: str | os.PathLike[str], arrays: dict[str, Any]) -> None:
    """Write named arrays to `path`, exactly there, by way of a file beside it.

    Raises
    ------
    UsageError
        If the folder is not there or cannot be written to.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.new")  # always the same: what a crash left is written over
    try:
        with open(beside, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(
            "The weights could not be written.",
            expected=f"a folder that is there, can be written to and has room: {target.parent}",
            got=str(error),
            mend="make the folder first, or name another path",
        ) from None


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the named arrays of a file that `write` made.

    Raises
    ------
    UsageError
        If it is not there, or something else.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            return dict(file)
    except Exception as error:  # damage has many names: zipfile's, zlib's, tokenize's, struct's
        raise UsageError(
            "The weights could not be read.",
            expected="a .npz file that save() wrote",
            got=f"{path}: {type(error).__name__}: {error}",
            mend="name the right file",
        ) from None
