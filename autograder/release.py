"""Solutions to notebooks: ``solutions/NB04/NB04.py`` becomes ``notebooks/NB04/NB04.ipynb``.

jupytext reads the text, nbgrader's own ``generate_assignment`` takes the solutions out, in a temporary
course without a gradebook. The same text gives the same bytes, so that a stale notebook can be told.
Read next: `autograder.nbgrader.source`, where the bytes are made reproducible.
"""

from __future__ import annotations

import io
import logging
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from backprop_course.errors import CourseError, UsageError

from .nbgrader.configuration import set_release
from .nbgrader.source import released_path, units_with_text, write_source

REPOSITORY = Path(__file__).resolve().parents[1]


class ReleaseError(CourseError, RuntimeError):
    """nbgrader could not make a released notebook."""


def release(units: Sequence[str] = (), *, check: bool = False, root: Path = REPOSITORY) -> int:
    """Write the released notebooks, or say which are stale.

    Parameters
    ----------
    units : sequence of str, optional
        Such as ``["NB04"]``; all units that have a solution text if empty.
    check : bool
        Write nothing; compare with what is there.
    root : Path
        The repository.

    Returns
    -------
    int
        The exit code: 0, or 1 if `check` found a stale notebook.

    Raises
    ------
    UsageError
        If a unit has no solution text.
    """
    known = _known(units, root)
    stale = [unit for unit in known if not (_check if check else _write)(unit, root)]
    # Another course's notebooks are found where the call was told that they are.
    at = "" if root.resolve() == REPOSITORY else f" --root {shlex.quote(str(root))}"
    if stale:
        sys.stdout.write(f"to mend: python -m autograder release {' '.join(stale)}{at}\n")
    if at and not check:  # ours are tried by their tests
        sys.stdout.write(f"before you hand out: python -m autograder try {' '.join(known)}{at}\n")
    return 1 if stale else 0


def released_notebook(unit: str, root: Path = REPOSITORY) -> bytes:
    """Make a unit's notebook as learners receive it: no solution, no output, the same bytes every time."""
    from nbgrader.converters import GenerateAssignment, NbGraderException
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    set_release(config)
    config.SaveCells.enabled = False
    messages = io.StringIO()
    log = logging.Logger("nbgrader")
    log.addHandler(logging.StreamHandler(messages))
    with TemporaryDirectory() as folder:
        course = Path(folder).resolve()
        write_source(unit, root, course)
        directory = CourseDirectory(root=str(course), assignment_id=unit, config=config, log=log)
        converter = GenerateAssignment(coursedir=directory, no_database=True, config=config, log=log)
        try:
            converter.start()
        except NbGraderException as error:
            raise ReleaseError(
                f"nbgrader could not release {unit}.",
                expected="cells that nbgrader accepts, each grade_id once",
                got=messages.getvalue().strip() or str(error) or type(error).__name__,
                mend=f"correct solutions/{unit}/{unit}.py.",
            ) from error
        return (course / "release" / unit / f"{unit}.ipynb").read_bytes()


def _known(units: Sequence[str], root: Path) -> Sequence[str]:
    known = units_with_text(root)
    for unit in units:
        if unit not in known:
            raise UsageError(
                f"There is no unit {unit!r} to release.",
                expected=f"one of {', '.join(known)}",
                got=unit,
                mend=f"write solutions/{unit}/{unit}.py, or name a unit that is there.",
            )
    return units or known


def _write(unit: str, root: Path) -> bool:
    target = released_path(unit, root)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(released_notebook(unit, root))
    sys.stdout.write(f"{target.relative_to(root)} written\n")
    return True


def _check(unit: str, root: Path) -> bool:
    target = released_path(unit, root)
    if target.exists() and target.read_bytes() == released_notebook(unit, root):
        sys.stdout.write(f"{target.relative_to(root)} fresh\n")
        return True
    state = "stale: its text or an exercise has changed" if target.exists() else "missing"
    sys.stdout.write(f"{target.relative_to(root)} is {state}\n")
    return False
