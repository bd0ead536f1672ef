"""Files with all that a run needs to go on: arrays and facts, no pickle, replaced whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UsageError
from ..nn import saving

FORMAT = 1
_FACTS = "facts"  # JSON, as bytes


def write(path: Path, arrays: dict[str, Any], facts: dict[str, Any]) -> None:
    """Write a checkpoint; `path` is at any time, crashes included, the old file or the new one.

    Parameters
    ----------
    path : Path
        Its folder must be there.
    arrays : dict of str to ndarray
    facts : dict
        Of JSON's types, and arrays in them. Floats keep every bit.
    """
    text = json.dumps({"format": FORMAT, **facts}, default=_as_list).encode()
    everything: dict[str, Any] = {**arrays, _FACTS: np.frombuffer(text, np.uint8)}
    try:
        saving.replace(path, everything)
    except OSError as error:
        raise UsageError(
            "A checkpoint could not be written.",
            expected=f"a folder that is there, can be written to and has room: {path.parent}",
            got=str(error),
            mend="make the folder first, or name another path",
        ) from None


def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return arrays and facts of a checkpoint.

    Raises
    ------
    UsageError
        If the file is not a checkpoint of this format.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = dict(found)
        facts = json.loads(arrays.pop(_FACTS).tobytes(), object_hook=_as_array)
        version = facts.pop("format")
    except Exception as error:  # damage has many names: zipfile's, zlib's, tokenize's, json's
        raise _not_a_checkpoint(path, f"{type(error).__name__}: {error}") from None
    if version != FORMAT:
        raise _not_a_checkpoint(path, f"format {version}")
    return arrays, facts


def compare(path: Path, found: dict[str, Any], here: dict[str, Any]) -> None:
    """Refuse to go on where a checkpoint belongs to another run.

    Raises
    ------
    UsageError
        Naming what differs.
    """
    other = [key for key in here if found.get(key) != here[key]]
    if other:
        raise UsageError(
            f"The checkpoint belongs to another run: {', '.join(other)} differ.",
            expected=", ".join(f"{key} {here[key]}" for key in other),
            got=", ".join(f"{key} {found.get(key)}" for key in other),
            mend=f"resume with what {path} was written with, or start anew: resume=False",
        )


def _not_a_checkpoint(path: Path, got: str) -> UsageError:
    return UsageError(
        "This file is not a checkpoint that can be read here.",
        expected=f"a file that fit(checkpoint=...) wrote, in format {FORMAT}",
        got=f"{path}: {got}",
        mend="name the right file, or remove this one to start anew",
    )


# The state of some generators holds arrays.


def _as_list(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return {"array": x.tolist(), "dtype": x.dtype.str}
    if isinstance(x, np.generic):
        return x.item()
    raise TypeError(f"{type(x).__name__} has no place among the facts of a checkpoint")


def _as_array(facts: dict[str, Any]) -> Any:
    if facts.keys() == {"array", "dtype"}:
        return np.array(facts["array"], facts["dtype"])
    return facts
