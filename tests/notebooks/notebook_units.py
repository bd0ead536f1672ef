"""The units as the notebook tests see them: their cells, their solutions, and one run of each per session."""

from __future__ import annotations

import functools
import re
from typing import Any

import nbformat
from nbclient import NotebookClient

from autograder.nbgrader.source import released_path, source_notebook
from autograder.release import REPOSITORY

SOLUTION = re.compile(r"^[ ]*### BEGIN SOLUTION\n(.*?)^[ ]*### END SOLUTION$", re.DOTALL | re.MULTILINE)


@functools.cache
def solved(unit: str) -> Any:
    return source_notebook(unit, REPOSITORY)


@functools.cache
def released(unit: str) -> Any:
    return nbformat.read(released_path(unit, REPOSITORY), as_version=4)


@functools.cache
def run(unit: str, with_solutions: bool) -> Any:
    """Run a notebook in a fresh kernel, past errors, and return it with its outputs."""
    notebook = nbformat.from_dict((solved if with_solutions else released)(unit))
    return NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True).execute()


def solutions(notebook: Any) -> list[str]:
    """Return what stands between the solution marks."""
    return [body for cell in notebook.cells for body in SOLUTION.findall(cell.source)]


def cells_of(notebook: Any, tag: str) -> list[Any]:
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]
