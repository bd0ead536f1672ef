"""The secret seed: given, read from a file, or made once and kept beside the grades."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from backprop_course.errors import UsageError

_NAME = "seed"


def secret_seed(folder: Path, *, seed: int | None = None, file: Path | None = None) -> int:
    """Return the seed for the hidden instances.

    Parameters
    ----------
    folder : Path
        Where the grades go. Without `seed` and `file` a new seed is kept there, readable by its owner alone,
        and found again by the next run.
    seed : int, optional
        The seed itself.
    file : Path, optional
        A file that holds it.

    Raises
    ------
    UsageError
        If both are given, or what is given is not a whole number from 0 on.
    """
    if seed is not None and file is not None:
        raise UsageError(
            "A seed was given twice.",
            expected="--seed or --seed-file",
            got="both",
            mend="leave one of them away",
        )
    if seed is not None:
        return _checked(str(seed), "--seed")
    if file is not None:
        return _read(file)
    kept = folder / _NAME
    if not kept.exists():
        _keep(secrets.randbits(63), kept)
    return _read(kept)


def fingerprint(seed: int) -> str:
    """Return what tells two seeds apart and tells nothing about either."""
    # 63 random bits cannot be found from their hash by trying, a seed chosen by hand can: hence the rounds.
    return hashlib.pbkdf2_hmac("sha256", str(seed).encode(), b"backprop-course seed", 100_000).hex()[:16]


def _keep(seed: int, file: Path) -> None:
    """Write the seed whole or not at all; a seed that is there already stays."""
    new = file.with_name(f".{file.name}-{os.getpid()}")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as text:
        text.write(f"{seed}\n")
        text.flush()
        os.fsync(text.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(new, file)
    new.unlink()


def _read(file: Path) -> int:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The seed file cannot be read.",
            expected="a text file with one whole number",
            got=str(error),
            mend="check its path, or name another with --seed-file",
        ) from error
    return _checked(text.strip(), str(file))


def _checked(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 40):
        raise UsageError(
            "The seed is not a whole number from 0 on.",
            expected="for example 20240917",
            got=f"{text[:40]!r} in {where}",
            mend="write digits alone, at most 40",
        )
    return int(text)
