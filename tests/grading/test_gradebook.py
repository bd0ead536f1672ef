"""nbgrader's gradebook after grading: filled, readable by its own API, and a person's scores untouched."""

from __future__ import annotations

import csv
import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook

from autograder.exercises import find
from autograder.grading.gradebook import GradebookError, students_in, write_gradebook
from autograder.grading.result import Row
from autograder.nbgrader.export import EmptyIfNotGraded

NB06 = [find("NB06.E06")]
CELL = "NB06-E06-check"


def row(student: str, score: float | None, state: Any = "graded") -> Row:
    scores = {} if score is None else {"NB06.E06": score}
    return Row(student, f"{student}.ipynb", state, "k", score, "", (), "limits", (), 0.1, scores, (), (), {})


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gradebook.db'}"


def test_scores_are_read_back_by_nbgrader(url: str) -> None:
    assert write_gradebook(url, "NB06", NB06, [row("a", 2.0), row("b", 0.0), row("é ü", 1.33)]) == 3
    with Gradebook(url) as gradebook:
        assert [student.id for student in gradebook.students] == ["a", "b", "é ü"]
        assert gradebook.find_submission("NB06", "a").score == 2.0
        assert gradebook.find_submission("NB06", "a").max_score == 3.0
        assert gradebook.find_grade(CELL, "NB06", "NB06", "é ü").auto_score == 1.33
        assert not gradebook.find_grade(CELL, "NB06", "NB06", "b").needs_manual_grade
        assert gradebook.find_solution_cell("NB06-E06", "NB06", "NB06").name == "NB06-E06"


def test_what_was_not_graded_has_no_score_there_either(url: str) -> None:
    write_gradebook(
        url, "NB06", NB06, [row("a", 2.0), row("b", None, "unreadable"), row("c", None, "not_submitted")]
    )
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade(CELL, "NB06", "NB06", "b")
        assert grade.auto_score is None
        assert grade.needs_manual_grade
        assert [submission.student.id for submission in gradebook.assignment_submissions("NB06")] == [
            "a",
            "b",
        ]


def test_a_class_is_written_some_at_a_time_and_whole_or_not_at_all(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.grading.gradebook._AT_ONCE", 3)
    names = [f"student{n}" for n in range(8)]
    for score in (1.0, 2.0):
        assert write_gradebook(url, "NB06", NB06, (row(name, score) for name in names)) == 8
        assert scores(url) == dict.fromkeys(names, score)

    def interrupted() -> Iterator[Row]:
        yield from (row(name, 3.0) for name in names[:5])
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_gradebook(url, "NB06", NB06, interrupted())
    assert scores(url) == dict.fromkeys(names, 2.0)


def scores(url: str) -> dict[str, float]:
    with Gradebook(url) as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions("NB06")}


def test_a_persons_score_stays_and_is_marked_when_ours_changes(url: str) -> None:
    write_gradebook(url, "NB06", NB06, [row("a", 2.0)])
    with Gradebook(url) as gradebook:
        grade = gradebook.find_grade(CELL, "NB06", "NB06", "a")
        grade.manual_score, grade.extra_credit = 2.5, 0.5
        gradebook.db.commit()
    for score, marked in ((2.0, False), (1.0, True)):
        write_gradebook(url, "NB06", NB06, [row("a", score)])
        with Gradebook(url) as gradebook:
            grade = gradebook.find_grade(CELL, "NB06", "NB06", "a")
            assert (grade.auto_score, grade.manual_score, grade.score) == (score, 2.5, 3.0)
            assert grade.needs_manual_grade is marked


def test_an_assignment_that_nbgrader_made_is_filled(url: str) -> None:
    with Gradebook(url) as gradebook:
        gradebook.add_assignment("NB06", duedate="2030-01-01 12:00")
        gradebook.add_notebook("NB06", "NB06")
        gradebook.add_grade_cell(CELL, "NB06", "NB06", max_score=99, cell_type="code")
        gradebook.add_student("a", last_name="of the list")
        gradebook.add_student("late")
    assert students_in(url) == ["a", "late"]
    write_gradebook(url, "NB06", NB06, [row("a", 2.0)])
    with Gradebook(url) as gradebook:
        assert gradebook.find_submission("NB06", "a").score == 2.0
        assert gradebook.find_assignment("NB06").max_score == 3.0
        assert gradebook.find_assignment("NB06").duedate is not None
        assert gradebook.find_student("a").last_name == "of the list"


def test_an_exercise_that_is_added_later_gets_its_grade(url: str) -> None:
    write_gradebook(url, "NB06", NB06, [row("a", 2.0)])
    added = replace(NB06[0], id="NB06.E99", points=5)
    both = replace(row("a", 2.0), scores={"NB06.E06": 2.0, "NB06.E99": 4.0})
    write_gradebook(url, "NB06", [*NB06, added], [both])
    with Gradebook(url) as gradebook:
        assert gradebook.find_submission("NB06", "a").score == 6.0
        assert gradebook.find_submission("NB06", "a").max_score == 8.0


def test_a_gradebook_that_is_locked_is_an_error_that_says_so(url: str, tmp_path: Path) -> None:
    write_gradebook(url, "NB06", NB06, [row("a", 2.0)])
    other = sqlite3.connect(tmp_path / "gradebook.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(GradebookError, match="could not be") as raised:
        write_gradebook(f"{url}?timeout=0.1", "NB06", NB06, [row("a", 1.0)])
    assert "locked" in str(raised.value)
    other.close()
    with Gradebook(url) as gradebook:
        assert gradebook.find_submission("NB06", "a").score == 2.0


def test_nbgraders_export_is_empty_for_what_was_never_graded(url: str, tmp_path: Path) -> None:
    rows = [row("a", 2.0), row("b", None, "unreadable"), row("zero", 0.0)]
    write_gradebook(url, "NB06", NB06, rows)
    with Gradebook(url) as gradebook:
        gradebook.add_student("late", last_name="a, b")
        EmptyIfNotGraded(to=str(tmp_path / "out.csv")).export(gradebook)
        EmptyIfNotGraded(to=str(tmp_path / "one.csv"), student=["a"]).export(gradebook)
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        found = {line["student_id"]: (line["raw_score"], line["score"]) for line in csv.DictReader(file)}
    assert found == {"a": ("2.0", "2.0"), "b": ("", ""), "zero": ("0.0", "0.0"), "late": ("", "")}
    assert (tmp_path / "one.csv").read_text().count("\n") == 2


def test_a_gradebook_that_may_only_be_read_is_an_error_that_says_so(url: str, tmp_path: Path) -> None:
    write_gradebook(url, "NB06", NB06, [row("a", 2.0)])
    read_only = f"sqlite:///file:{tmp_path / 'gradebook.db'}?mode=ro&uri=true"
    with pytest.raises(GradebookError, match="could not be written") as raised:
        write_gradebook(read_only, "NB06", NB06, [row("a", 1.0)])
    assert "readonly" in str(raised.value)
    with Gradebook(url) as gradebook:
        assert gradebook.find_submission("NB06", "a").score == 2.0


@pytest.mark.parametrize("bad", ["sqlite:////no/such/folder/gradebook.db", "gradebook.db", "nothing://here"])
def test_a_gradebook_that_cannot_be_opened_is_an_error_that_says_so(bad: str) -> None:
    with pytest.raises(GradebookError, match="could not be opened") as raised:
        write_gradebook(bad, "NB06", NB06, [])
    assert bad in str(raised.value)


def test_alembic_is_found_in_an_environment_that_is_not_activated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    students_in(url)
    assert os.environ["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
