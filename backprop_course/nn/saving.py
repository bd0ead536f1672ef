"""Arrays in a `.npz` file: no pickle, and a crash leaves the old file or the new one, never half of one."""

from __future__ import annotations

import contextlib
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
    try:
        replace(target, arrays)
    except OSError as error:
        raise UsageError(
            "The weights could not be written.",
            expected=f"a folder that is there, can be written to and has room: {target.parent}",
            got=str(error),
            mend="make the folder first, or name another path",
        ) from None


def replace(path: Path, arrays: dict[str, Any]) -> None:
    """Write named arrays so that `path` is at any time, crashes included, the old file or the new one.

    The new file is written beside the old one, forced to disk, and then given its name in one step.

    Raises
    ------
    OSError
        If that cannot be done; the old file stays.
    """
    beside = path.with_name(f".{path.name}.new")  # always the same: what a crash left is written over
    try:
        with open(beside, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Force the new name to disk too; where a folder cannot be opened (Windows), the system sees to it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


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
