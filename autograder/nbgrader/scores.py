"""What nbgrader's gradebook gets of a check cell: its points, or nothing yet where a person has to decide.

nbgrader can read from an output only how many points there are, never that there are none so far.
"""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import SaveAutoGrades

KEY = "autograder"  # in a cell's metadata; of a submission's own nothing is kept under it


def mark_withheld(cell: Any, reason: str) -> None:
    """Note with a check cell that its points wait for a person, and why."""
    cell.metadata[KEY] = {"withheld": reason}


def is_withheld(cell: Any) -> bool:
    """Whether a cell's points wait for a person."""
    return "withheld" in cell.metadata.get(KEY, {})


class SaveScores(SaveAutoGrades):  # type: ignore[misc]  # nbgrader has no types
    """Stands in the place of nbgrader's `SaveAutoGrades`: withheld points are not 0 but not there yet."""

    def _add_score(self, cell: Any, resources: dict[str, Any]) -> None:
        super()._add_score(cell, resources)
        if is_withheld(cell):
            names = (self.notebook_id, self.assignment_id, self.student_id)
            grade = self.gradebook.find_grade(cell.metadata["nbgrader"]["grade_id"], *names)
            grade.auto_score, grade.needs_manual_grade = None, True
            self.gradebook.db.commit()
