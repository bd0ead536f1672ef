"""Which gradebook a class was graded into, kept beside the journal, so that `--db` need be given only once.

An address with a password is not kept: only that there was one, so that it is asked for again and the points
do not go to another gradebook unseen.
"""

from __future__ import annotations

import json
from pathlib import Path

from backprop_course.errors import UsageError

from .gradebook import has_password, url_in, without_password
from .tables import write_whole

NAME = "gradebook.json"


def gradebook_of(folder: Path, given: str | None = None) -> str:
    """Return the address of the gradebook that belongs to a folder of grades.

    Parameters
    ----------
    folder : Path
        Of the grades.
    given : str, optional
        What was asked for; by default the one of the last run, or else the one in `folder`.

    Raises
    ------
    UsageError
        If the last run's had a password, and it is not given again.
    """
    if given is not None:
        return given
    try:
        kept = json.loads((folder / NAME).read_text(encoding="utf-8"))
        url, repeat = str(kept["url"]), bool(kept["repeat"])
    except FileNotFoundError:
        return url_in(folder)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(
            "It cannot be read which gradebook these grades are in.",
            expected=f"{folder / NAME} as autograder grade wrote it",
            got=str(error) or type(error).__name__,
            mend="name the gradebook with --db",
        ) from error
    if repeat:
        raise UsageError(
            "The gradebook of these grades has a password, which is not kept.",
            expected="its address with the password, as --db",
            got="no --db",
            mend=f"give --db {url} again, with the password in it",
        )
    return url


def remember(folder: Path, url: str) -> None:
    """Keep which gradebook a class was graded into; of one with a password only that it has one.

    Parameters
    ----------
    folder : Path
        Of the grades.
    url : str
    """
    url, repeat = _from_anywhere(url), has_password(url)
    if url == url_in(folder):  # the folder may be moved
        (folder / NAME).unlink(missing_ok=True)
    else:
        kept = {"url": without_password(url) if repeat else url, "repeat": repeat}
        write_whole(folder / NAME, json.dumps(kept) + "\n")


def _from_anywhere(url: str) -> str:
    """Return the address of a file as it is from whatever folder the next command is run in."""
    scheme, mark, path = url.partition(":///")
    if not mark or not scheme.startswith("sqlite") or not path or path.startswith((":", "file:")):
        return url
    return f"{scheme}{mark}{Path(path).resolve()}"
