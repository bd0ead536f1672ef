"""How far a learner has come: the units, and what their checks said when the notebooks were last saved.

The verdicts are read from the learner's own notebooks, where Jupyter keeps what each check printed. Nothing
else is stored, so nothing can disagree with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from backprop_course.cli.units import (
    NotebookError,
    Unit,
    exercise_of,
    grade_id,
    joined,
    read_notebook,
    released_units,
    source,
)
from backprop_course.cli.workspace import newer_releases, write_whole

INDEX = "index.ipynb"
_HEADS = ("unit", "what it is about", "checks passed")
_VERDICT = re.compile(r"(NB\d+\.E\d+) [^:]*: (visible checks passed)?")

_WELCOME = """# How gradients are really computed

Open a unit from the table, or from the list of files on the left. Run its cells from the top with
Shift-Enter. Write your answers where a cell says so and run the check under each: it says at once what is
right, and which well-known mistake a wrong answer looks like.

The table counts the checks that had passed when you last saved each notebook. Run its cell to count again."""
_TABLE = "from backprop_course.cli.overview import overview\n\noverview()"


@dataclass(frozen=True)
class Row:
    """One unit and its exercises that pass.

    Parameters
    ----------
    unit, title : str
    passed : frozenset of str
        Ids of the exercises whose last saved check passed.
    exercises : tuple of str
        All of the unit's.
    trouble : str
        Why the learner's notebook cannot be read, or an empty text.
    newer : str
        File name of a newer release that lies beside the learner's notebook, or an empty text.
    """

    unit: str
    title: str
    passed: frozenset[str]
    exercises: tuple[str, ...]
    trouble: str = ""
    newer: str = ""

    @property
    def progress(self) -> str:
        """The count in words; done is a word too, not only a number."""
        if self.trouble:
            return self.trouble
        counted = f"{len(self.passed)} of {len(self.exercises)}"
        return f"{counted}, done" if len(self.passed) == len(self.exercises) else counted


@dataclass(frozen=True, repr=False)
class Overview:
    """All units; a table with links in a notebook, plain text elsewhere."""

    rows: Sequence[Row]

    def __repr__(self) -> str:
        table = [_HEADS, *((row.unit, row.title, _with_note(row.progress, row.newer)) for row in self.rows)]
        widths = [max(len(line[i]) for line in table) for i in range(len(_HEADS))]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in table
        )

    def _repr_html_(self) -> str:
        left = 'style="text-align:left"'
        heads = "".join(f'<th scope="col" {left}>{head}</th>' for head in _HEADS)
        body = "".join(
            f'<tr><th scope="row" {left}>{_link(f"{row.unit}/{row.unit}.ipynb", row.unit)}</th>'
            f"<td {left}>{escape(row.title)}</td><td {left}>{_progress_in_html(row)}</td></tr>"
            for row in self.rows
        )
        return f"<table><tr>{heads}</tr>{body}</table>"


def _with_note(progress: str, newer: str) -> str:
    """Tell of a newer release beside the learner's own notebook."""
    return f"{progress}; a newer release lies beside it: {newer}" if newer else progress


def _progress_in_html(row: Row) -> str:
    newer = _link(f"{row.unit}/{row.newer}", row.newer) if row.newer else ""
    return _with_note(escape(row.progress), newer)


def _link(path: str, text: str) -> str:
    return f'<a href="{escape(path)}">{escape(text)}</a>'


def overview(folder: Path | str = ".") -> Overview:
    """Count the checks that passed in the notebooks saved in a working folder.

    Parameters
    ----------
    folder : path
        Where ``backprop-course start`` has put the units.
    """
    return Overview([_row(unit, Path(folder)) for unit in released_units()])


def write_index(folder: Path) -> bool:
    """Write the index notebook with the table of today, and say so; one the learner changed stays."""
    path = folder / INDEX
    ours = not path.exists() or _sources(path) == [_WELCOME, _TABLE]
    if ours:
        write_whole(
            path, (json.dumps(_index(overview(folder)), indent=1, ensure_ascii=False) + "\n").encode()
        )
    return ours


def _row(unit: Unit, folder: Path) -> Row:
    path = folder / unit.id / unit.notebook.name
    passed, trouble = frozenset[str](), ""
    if path.is_file():
        try:
            passed = frozenset(_passed(read_notebook(path)["cells"])) & set(unit.exercises)
        except NotebookError:
            trouble = "cannot be read: not a notebook"
    title = unit.title.removeprefix(f"{unit.id} · ")
    newer = [beside.name for beside in newer_releases(path)][-1:]
    return Row(unit.id, title, passed, unit.exercises, trouble, *newer)


def _passed(cells: list[dict[str, Any]]) -> Iterator[str]:
    """Ids of the exercises whose own check cell shows that it passed."""
    for cell in cells:
        exercise = exercise_of(grade_id(cell))
        outputs = cell.get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            data = output.get("data") if isinstance(output, dict) else None
            found = _VERDICT.match(joined(data.get("text/plain")) if isinstance(data, dict) else "")
            if found and found[1] == exercise and found[2]:
                yield exercise


def _sources(path: Path) -> list[str]:
    try:
        return [source(cell) for cell in read_notebook(path)["cells"]]
    except NotebookError:
        return []


def _index(table: Overview) -> dict[str, Any]:
    shown = {"text/html": table._repr_html_(), "text/plain": repr(table)}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": shown}
    welcome = {"cell_type": "markdown", "id": "welcome", "metadata": {}, "source": _WELCOME}
    units = {"cell_type": "code", "id": "units", "metadata": {}, "source": _TABLE}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [welcome, {**units, "execution_count": 1, "outputs": [output]}],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
