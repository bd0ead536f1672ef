"""The marks of a submission's cells, put back as the gradebook has them.

nbgrader trusts the metadata that comes with a submission. A copied cell, an old schema version or a missing
key in one file stops the run for the whole class; here none of it is read but the name.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

SCHEMA_VERSION = 3


class RestoreMarks(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Stands in the place of nbgrader's `DeduplicateIds`: of several cells with one name, the last counts."""

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Take all marks away, and give each known name those of the gradebook."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            known = _marks_of(gradebook.find_notebook(about["notebook"], about["assignment"]))
        last = {}
        for cell in nb.cells:
            marks = cell.metadata.pop("nbgrader", None)
            name = marks.get("grade_id") if isinstance(marks, dict) else None
            if isinstance(name, str) and name in known:
                if name in last:
                    self.log.warning("%s is there more than once: the last one counts", name)
                last[name] = cell
        for name, cell in last.items():
            cell.metadata["nbgrader"] = known[name]
        return nb, resources


def _marks_of(notebook: Any) -> dict[str, NotebookNode]:
    """Return the marks of each cell of the gradebook's notebook, by its name."""
    points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
    graded = {cell.name for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    return {
        cell.name: NotebookNode(
            grade_id=cell.name,
            grade=cell.name in graded,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            locked=cell.locked,
            cell_type=cell.cell_type,
            checksum=cell.checksum,
            schema_version=SCHEMA_VERSION,
            **({"points": points[cell.name]} if cell.name in points else {}),
        )
        for cell in notebook.source_cells
    }
