"""What people entered in formgrader is in the exports, beside what `autograder override` decided."""

from __future__ import annotations

import csv
from pathlib import Path

from nbgrader.api import Gradebook

from autograder.exercises import find, of_unit
from autograder.grading.deciding import decide
from autograder.grading.entered import read_entered
from autograder.grading.exports import export
from autograder.grading.gradebook import url_in, write_gradebook
from autograder.grading.journal import NAME
from autograder.grading.stored import Run, write_run

from .test_gradebook import row


def test_points_and_extra_credit_are_exported_and_an_override_stays(tmp_path: Path) -> None:
    # Nobody handed in anything; so all points are a person's.
    (tmp_path / NAME).touch()
    students = dict.fromkeys(("ada", "bo", "cy"), "")
    write_run(tmp_path, Run("NB06", "version", "seed", complete=True, students=students))
    assert read_entered(tmp_path, "NB06", [find("NB06.E06")]) == {}  # there is no gradebook yet
    write_gradebook(url_in(tmp_path), "NB06", of_unit("NB06"), [row("ada", None), row("bo", None)])
    for student in ("ada", "bo"):
        decide(tmp_path, student, "E06", 1.0, "read by hand")
    with Gradebook(url_in(tmp_path)) as gradebook:
        for student in ("ada", "bo"):
            gradebook.find_grade("NB06-E06-check", "NB06", "NB06", student).manual_score = 2.0
        other = gradebook.find_grade("NB06-E07-check", "NB06", "NB06", "bo")
        other.manual_score, other.extra_credit = 0.5, 1.5
        gradebook.db.commit()
    with open(export(tmp_path, "canvas"), encoding="utf-8", newline="") as file:
        given = {line[3]: line[5] for line in csv.reader(file)}
    assert (given["ada"], given["bo"], given["cy"]) == ("1", "3", "")
    with open(export(tmp_path, "csv"), encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert (rows["bo"]["NB06.E06"], rows["bo"]["NB06.E07"], rows["bo"]["score"]) == ("1", "0.5", "3")
    assert "0.5 points by hand: entered in formgrader" in rows["bo"]["flags"]
    assert "1.5 points of extra credit, entered in formgrader" in rows["bo"]["flags"]
