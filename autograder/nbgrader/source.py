"""A unit's solution text, made into the source notebook that nbgrader starts from.

What could differ between two runs or two machines is fixed here: cell ids, kernel, metadata. Points
come from the exercises' declarations, never from the text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from autograder._courses import VARIABLE, places
from autograder.exercises import of_unit
from backprop_course.errors import CourseError, UsageError

NOTEBOOK_METADATA: dict[str, dict[str, str]] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
KEPT = ("nbgrader", "tags")  # of a cell's metadata: the rest is about the text, not about the cell
CHECK_SUFFIX = "-check"
PART = re.compile(r"## (\w+\.W\d+) ")  # its heading gets an anchor: headings' own ids are their whole texts
REFLECTION = re.compile(r"\w+-R\d+")  # read by a person, who may give extra credit: no points of its own


class SourceError(CourseError, ValueError):
    """A unit's solution text does not fit the exercises that are declared for it."""


def solution_path(unit: str, root: Path) -> Path:
    """Return where the text of a unit is."""
    return root / "solutions" / unit / f"{unit}.py"


def source_path(unit: str, root: Path) -> Path:
    """Return where nbgrader looks for the source notebook of a unit."""
    return root / "source" / unit / f"{unit}.ipynb"


def released_path(unit: str, root: Path) -> Path:
    """Return where the notebook is that learners receive."""
    return root / "notebooks" / unit / f"{unit}.ipynb"


def units_with_text(root: Path) -> tuple[str, ...]:
    """Name the units whose text is in ``root / "solutions"``, in order.

    Raises
    ------
    UsageError
        If there is no such text: the folder is not the repository.
    """
    units = tuple(_texts(root))
    if not units:
        raise UsageError(
            "There are no solution texts to release.",
            expected=f"{root / 'solutions'}/NB04/NB04.py and its like",
            got="nothing of that form",
            mend="run the command from a clone of the repository.",
        )
    return units


def source_notebook(unit: str, root: Path) -> Any:  # a NotebookNode: nbformat has no types
    """Make the notebook with solutions, as nbgrader's ``source`` directory wants it.

    Parameters
    ----------
    unit : str
        Such as ``"NB04"``.
    root : Path
        The repository.

    Returns
    -------
    NotebookNode
        The same for the same text and the same declarations, to the byte.

    Raises
    ------
    SourceError
        If a cell names an exercise that is not declared, or a declared exercise lacks a cell.
    """
    import jupytext  # takes a second to import: only where a notebook is made

    notebook = jupytext.reads(solution_path(unit, root).read_text(encoding="utf-8"), fmt="py:percent")
    notebook.metadata = type(notebook.metadata)(NOTEBOOK_METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for position, cell in enumerate(notebook.cells):
        marks = cell.metadata.get("nbgrader", {})
        cell["id"] = marks.get("grade_id", f"{unit}-{position:03d}")
        cell.metadata = type(cell.metadata)({key: cell.metadata[key] for key in KEPT if key in cell.metadata})
        if part := PART.match(cell.source):
            cell.source = f'<a id="{part[1]}"></a>\n\n{cell.source}'
        if marks.get("grade"):
            by_hand = REFLECTION.fullmatch(marks["grade_id"])
            marks["points"] = 0 if by_hand else _exercise_of(marks["grade_id"], unit).points
    _require_all_cells(unit, [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells])
    return notebook


def write_source(unit: str, root: Path, course: Path) -> Path:
    """Write the source notebook of `unit` where nbgrader looks for it below `course`; return its path."""
    import nbformat

    target = source_path(unit, course)
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(source_notebook(unit, root), target)
    return target


def stale_sources(root: Path) -> list[str]:
    """Name the units whose source notebook is missing or older than what it is made from."""
    made_from_too = max(path.stat().st_mtime for path in Path(__file__).parents[1].rglob("*.py"))
    stale = []
    for unit in _texts(root):
        newest = max(made_from_too, solution_path(unit, root).stat().st_mtime)
        target = source_path(unit, root)
        if not target.exists() or target.stat().st_mtime < newest:
            stale.append(unit)
    return stale


def _texts(root: Path) -> list[str]:
    return sorted(path.stem for path in root.glob("solutions/*/*.py") if path.stem == path.parent.name)


def _exercise_of(check_cell: str, unit: str) -> Any:
    exercises = {exercise.grade_id + CHECK_SUFFIX: exercise for exercise in of_unit(unit)}
    if not exercises:
        raise SourceError(
            f"No exercise of {unit} is found, and its text has graded cells.",
            expected=f"an exercise of {unit} in {places(unit)}",
            got=check_cell,
            mend=f"install the package, set {VARIABLE}, or rename the module to {unit.lower()}.py.",
        )
    if check_cell not in exercises:
        raise SourceError(
            f"A graded cell of {unit} belongs to no exercise.",
            expected=" or ".join(sorted(exercises)),
            got=check_cell,
            mend="correct the grade_id in the solution text, or declare the exercise.",
        )
    return exercises[check_cell]


def _require_all_cells(unit: str, grade_ids: list[str | None]) -> None:
    wanted = [name for e in of_unit(unit) for name in (e.grade_id, e.grade_id + CHECK_SUFFIX)]
    missing = [name for name in wanted if grade_ids.count(name) != 1]
    if missing:
        raise SourceError(
            f"The text of {unit} does not hold every exercise that is declared for it.",
            expected="one solution cell and one check cell for each exercise",
            got=f"no cell, or more than one, with grade_id {', '.join(missing)}",
            mend=f"add the cells to solutions/{unit}/{unit}.py.",
        )
