"""The released units: where they are, what they are called, which exercises they hold.

Notebooks are read here as the JSON they are, with the standard library alone.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backprop_course.errors import CourseError, UsageError

RELEASED = "start from the released one: backprop-course reset UNIT (keeps a copy of yours)"


class UnknownUnit(UsageError, LookupError):
    """A unit or an exercise that is not among the released ones."""


class NotebookError(CourseError, ValueError):
    """A file that should be a notebook cannot be read as one."""


class MissingUnits(CourseError, FileNotFoundError):
    """The released units are not where the package looks for them."""


@dataclass(frozen=True)
class Unit:
    """One released unit: a folder, the notebook of the same name in it, and whatever that reads."""

    folder: Path

    @property
    def id(self) -> str:
        """The unit's name, such as ``NB04``."""
        return self.folder.name

    @property
    def notebook(self) -> Path:
        """The released notebook."""
        return self.folder / f"{self.id}.ipynb"

    @property
    def files(self) -> tuple[Path, ...]:
        """Every released file of the unit, in a fixed order."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return tuple(sorted(path for path in found if not _is_by_product(path.relative_to(self.folder))))

    @property
    def title(self) -> str:
        """The first heading of the notebook."""
        for cell in read_notebook(self.notebook)["cells"]:
            if cell["cell_type"] == "markdown":
                for line in source(cell).splitlines():
                    if line.startswith("#"):
                        return line.lstrip("# ").strip()
        return self.id

    @property
    def exercises(self) -> tuple[str, ...]:
        """Exercise ids such as ``NB04.E01``, in the order of the notebook."""
        marks = (exercise_of(grade_id(cell)) for cell in read_notebook(self.notebook)["cells"])
        return tuple(dict.fromkeys(mark for mark in marks if mark))

    def exercise(self, name: str) -> str:
        """Return the full id of ``E01`` or ``NB04.E01``, or raise `UnknownUnit` with the nearest one."""
        full = name.upper() if "." in name else f"{self.id}.{name.upper()}"
        if full in self.exercises:
            return full
        raise _unknown(f"{self.id} has no exercise {name!r}.", full, self.exercises)


def released_folder() -> Path:
    """Return the folder of released units: in the installed package, or beside it in the repository."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise _missing_units(f"no such folder in {package} nor in {package.parent}")


def released_units() -> tuple[Unit, ...]:
    """Return all released units in the order of the course, at least one."""
    folder = released_folder()
    found = tuple(unit for unit in map(Unit, sorted(folder.iterdir())) if unit.notebook.is_file())
    if not found:
        raise _missing_units(f"no unit in {folder}")
    return found


def find_unit(name: str) -> Unit:
    """Return the unit called `name`, or raise `UnknownUnit` with the nearest one."""
    units = {unit.id: unit for unit in released_units()}
    if name.upper() in units:
        return units[name.upper()]
    raise _unknown(f"There is no unit {name!r}.", name, units)


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook at `path` as JSON whose cells have the parts that are read here."""
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise NotebookError(
            f"{path} is not a notebook.", expected="JSON", got=str(error), mend=RELEASED
        ) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(
        isinstance(cell, dict) and "cell_type" in cell for cell in cells
    ):
        raise NotebookError(
            f"{path} is not a notebook.",
            expected="a JSON object with a list of cells",
            got="JSON of another form",
            mend=RELEASED,
        )
    return notebook


def unreadable(path: Path, error: OSError) -> NotebookError:
    """Return our error for a notebook that the system does not let us read."""
    return NotebookError(
        f"{path} cannot be read.",
        expected="a file that you may read",
        got=error.strerror or str(error),
        mend="check the path, and the file's permissions",
    )


def source(cell: dict[str, Any]) -> str:
    """Return the text of a cell, which the format allows to be a list of lines."""
    return joined(cell.get("source"))


def joined(text: Any) -> str:
    """Return text of a notebook, a string or a list of lines; whatever else stands there counts as none."""
    lines = text if isinstance(text, list) else [text]
    return "".join(line for line in lines if isinstance(line, str))


def grade_id(cell: dict[str, Any]) -> str:
    """Return the name nbgrader knows a cell by (``NB04-E01``, ``NB04-E01-check``), or an empty text."""
    metadata = cell.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return str(mark.get("grade_id", "")) if isinstance(mark, dict) else ""


def exercise_of(mark: str) -> str:
    """Return ``NB04.E01`` for ``NB04-E01`` and ``NB04-E01-check``; an empty text for other cells."""
    found = re.match(r"(NB\d+)-(E\d+)(-|$)", mark)
    return f"{found[1]}.{found[2]}" if found else ""


def _unknown(what: str, name: str, known: Iterable[str]) -> UnknownUnit:
    nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.5)
    return UnknownUnit(
        what,
        expected=f"one of {', '.join(known)}",
        got=repr(name),
        mend=f"did you mean {nearest[0]}?" if nearest else "see: backprop-course units",
    )


def _missing_units(got: str) -> MissingUnits:
    return MissingUnits(
        "The units of the course are not where they belong.",
        expected="a folder 'notebooks' inside the installed package, or beside it in the repository",
        got=got,
        mend="install the package again; in the repository, run: python -m autograder release",
    )


def _is_by_product(path: Path) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in path.parts)
