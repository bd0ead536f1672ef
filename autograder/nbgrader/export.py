"""What ``nbgrader export`` writes: its own table, in which what was never graded is empty and not 0."""

from __future__ import annotations

import csv
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.plugins import ExportPlugin

from autograder.grading.tables import plain

_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)


class EmptyIfNotGraded(ExportPlugin):  # type: ignore[misc]  # nbgrader has no types
    """The columns of nbgrader's own plugin; takes the same options."""

    def export(self, gradebook: Any) -> None:
        """Write a row for each assignment and student."""
        target = self.to or "grades.csv"
        self.log.info("Exporting grades to %s", target)
        with open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, _COLUMNS, restval="", lineterminator="\n")
            writer.writeheader()
            for assignment in gradebook.assignments:
                if self.assignment and assignment.name not in map(str, self.assignment):
                    continue
                for student in gradebook.students:
                    if not self.student or student.id in map(str, self.student):
                        writer.writerow(_row(gradebook, assignment, student))


def _row(gradebook: Any, assignment: Any, student: Any) -> dict[str, object]:
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": plain(student.id),
        "last_name": plain(student.last_name or ""),
        "first_name": plain(student.first_name or ""),
        "email": plain(student.email or ""),
        "max_score": assignment.max_score,
    }
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return row
    row["timestamp"] = submission.timestamp
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    if any(grade.auto_score is not None or grade.manual_score is not None for grade in grades):
        penalty = submission.late_submission_penalty or 0.0
        row["raw_score"], row["late_submission_penalty"] = submission.score, penalty
        row["score"] = max(0.0, submission.score - penalty)
    return row
