"""A whole class on the real path: states and scores, resuming, and that no submission costs another."""

from __future__ import annotations

import csv
import json
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder.exercises import find, of_unit
from autograder.grading.backend import Task
from autograder.grading.journal import NAME, read_results
from autograder.grading.local import LocalBackend
from autograder.grading.result import STATES, Result
from autograder.grading.run import Grading, grade_class
from autograder.sandbox import LEVELS, Zygote
from backprop_course.errors import UsageError
from tests.classroom import (
    MEMBERS,
    RIGHT,
    Member,
    answering,
    build,
    came,
    flat,
    member,
    released_notebook,
)

EXPECTED = {m.name: (m.state, m.score) for m in MEMBERS} | {"nothing-submitted": ("not_submitted", None)}


def came_to(grading: Grading) -> dict[str, tuple[str, float | None]]:
    return {student: came(row) for student, row in grading.rows.items()}


def grades_of(folder: Path) -> list[dict[str, str]]:
    with open(folder / "grades.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lasting(result: Result) -> Result:
    """A result without what differs between two runs."""
    return replace(result, seconds=0.0)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Grading:
    """The example class, graded once for the tests that look at what came out."""
    folder = tmp_path_factory.mktemp("class")
    return grade_class(build(folder / "submitted"), "NB06", folder / "grades", backend=LocalBackend(2))


# What each submission comes to ---------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPECTED)
def test_each_submission_comes_to_what_it_deserves(graded: Grading, name: str) -> None:
    assert came_to(graded)[name] == EXPECTED[name]


@pytest.mark.parametrize("expected", [m for m in MEMBERS if m.mistakes], ids=lambda m: m.name)
def test_mistakes_are_named(graded: Grading, expected: Member) -> None:
    assert {code for _, code, _ in graded.rows[expected.name].mistakes} == set(expected.mistakes)


def test_every_student_has_one_state_and_one_line(graded: Grading) -> None:
    assert graded.complete
    assert graded.trouble == []
    assert set(graded.rows) == set(EXPECTED)
    assert all(row.state in STATES for row in graded.rows.values())
    lines = list(read_results(graded.folder))
    assert sorted(line.student for line in lines) == sorted(m.name for m in MEMBERS)
    assert len({line.key for line in lines}) == len(lines)


def test_the_isolation_is_stored_with_each_grade_that_needed_it(graded: Grading) -> None:
    for line in read_results(graded.folder):
        assert line.isolation == ("" if line.state == "unreadable" else graded.isolation)
    assert graded.isolation in LEVELS


def test_the_table_of_grades(graded: Grading) -> None:
    rows = {row["student"]: row for row in grades_of(graded.folder)}
    unit = of_unit("NB06")
    columns = ["student", "file", "state", "score", "max_score", "flags", *(e.id for e in unit)]
    assert list(rows["right-in-loops"]) == columns
    for name, (state, score) in EXPECTED.items():
        assert rows[name]["state"] == (
            state if state in ("graded", "unreadable", "not_submitted") else "partial"
        )
        assert rows[name]["score"] == rows[name]["NB06.E06"] == ("" if score is None else f"{score:g}")
        assert rows[name]["max_score"] == f"{sum(e.points for e in unit):g}"
    assert rows["cut-off"]["flags"].startswith("The file breaks off")
    assert "asked again" in rows["leaves-python"]["flags"]


def test_every_submission_has_a_page_and_the_class_a_report(graded: Grading) -> None:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in (graded.folder / "feedback").iterdir()}
    assert set(pages) == {m.name for m in MEMBERS}
    assert "M03" in pages["bias-not-summed"]
    assert "dX, dW, db = np.zeros_like(X)" in pages["right-in-loops"]  # the answer itself
    assert 'Your answer<span class="hidden"> to NB06.E06' in pages["syntax-error"], (
        "also what cannot be parsed"
    )
    report = (graded.folder / "report.html").read_text(encoding="utf-8")
    assert "5 of 17" in report
    assert "M34" in report


def test_pages_show_no_hidden_input(graded: Grading) -> None:
    seed = int((graded.folder / "seed").read_text())
    exercise = find("NB06.E06")
    numbers = {
        f"{abs(x):.4f}" for i in exercise.draw(seed) for v in i.variables.values() for x in v.flat if x
    }
    text = "".join(path.read_text(encoding="utf-8") for path in graded.folder.rglob("*.html"))
    assert str(seed) not in text
    assert not [number for number in numbers if number in text]


# Twice ---------------------------------------------------------------------------------------------

FEW = [member(name) for name in ("right-in-loops", "wrong-sign", "cut-off", "not-yet-written")]


def test_a_second_run_grades_nothing_again_and_says_the_same(tmp_path: Path, zygote: Zygote) -> None:
    flat(tmp_path / "in", members=FEW)
    first = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    journal = (tmp_path / "out" / NAME).read_bytes()
    table = (tmp_path / "out" / "grades.csv").read_bytes()
    second = grade_class(tmp_path / "in", "nb06", tmp_path / "out", backend=NoBackend())
    assert (first.reused, second.reused) == (0, len(FEW))
    assert second.rows == first.rows
    assert (tmp_path / "out" / NAME).read_bytes() == journal
    assert (tmp_path / "out" / "grades.csv").read_bytes() == table


class Here:
    """Grades in this process, with a zygote that is warm already."""

    def __init__(self, zygote: Zygote) -> None:
        self.zygote = zygote

    def results(self, tasks: Iterable[Task]) -> Generator[Result, None, None]:
        for task in tasks:
            yield task.done(self.zygote)


class NoBackend:
    """Fails when it is given anything to grade."""

    def results(self, tasks: Iterable[Task]) -> Generator[Result, None, None]:
        for task in tasks:
            raise AssertionError(f"{task.student} is graded already")
        yield from ()


def test_only_what_changed_is_graded_again(tmp_path: Path, zygote: Zygote) -> None:
    flat(tmp_path / "in", members=FEW)
    grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    (tmp_path / "in" / "wrong-sign.ipynb").write_bytes(answering(RIGHT))
    (tmp_path / "in" / "new.ipynb").write_bytes(answering(RIGHT))
    again = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    assert again.reused == len(FEW) - 1
    assert came_to(again)["wrong-sign"] == came_to(again)["new"] == ("graded", 3.0)
    assert "M06" not in (tmp_path / "out" / "feedback" / "wrong-sign.html").read_text()
    # Back to the first version: its result is in the journal, and its page is made anew.
    (tmp_path / "in" / "wrong-sign.ipynb").write_bytes(member("wrong-sign").make(released_notebook()))
    back = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=NoBackend())
    assert came_to(back)["wrong-sign"] == ("graded", 1.0)
    assert "M06" in (tmp_path / "out" / "feedback" / "wrong-sign.html").read_text()


def test_another_seed_grades_anew(tmp_path: Path, zygote: Zygote) -> None:
    flat(tmp_path / "in", members=FEW[:1])
    assert grade_class(tmp_path / "in", "NB06", tmp_path / "out", seed=1, backend=Here(zygote)).reused == 0
    assert grade_class(tmp_path / "in", "NB06", tmp_path / "out", seed=2, backend=Here(zygote)).reused == 0
    assert grade_class(tmp_path / "in", "NB06", tmp_path / "out", seed=1, backend=Here(zygote)).reused == 1


def test_the_number_of_jobs_changes_nothing(tmp_path: Path) -> None:
    flat(tmp_path / "in", members=[m for m in MEMBERS if m.state == "graded"])
    stored = []
    for jobs in (1, 3):
        folder = tmp_path / str(jobs)
        grade_class(tmp_path / "in", "NB06", folder, seed=7, backend=LocalBackend(jobs))
        stored.append(sorted(map(lasting, read_results(folder)), key=lambda result: result.student))
    assert stored[0] == stored[1]


def test_an_interruption_keeps_what_is_finished(tmp_path: Path, zygote: Zygote) -> None:
    flat(tmp_path / "in", members=FEW)
    told: list[str] = []

    def interrupt(row: Any) -> None:
        told.append(row.student)
        if len(told) == 2:
            raise KeyboardInterrupt

    stopped = grade_class(tmp_path / "in", "NB06", tmp_path / "out", told=interrupt, backend=Here(zygote))
    assert not stopped.complete
    assert len(grades_of(tmp_path / "out")) == len(stopped.rows) == 2
    assert "not graded yet" in (tmp_path / "out" / "report.html").read_text()
    whole = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    assert whole.complete
    assert whole.reused == 2
    assert came_to(whole) == {m.name: (m.state, m.score) for m in FEW}


def test_an_interruption_keeps_those_whose_notebook_is_gone(tmp_path: Path, zygote: Zygote) -> None:
    flat(tmp_path / "in", {"ana.ipynb": answering(RIGHT)})
    grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    (tmp_path / "in" / "ana.ipynb").unlink()
    flat(tmp_path / "in", {"bo.ipynb": answering(RIGHT), "cy.ipynb": answering("")})

    def interrupt(row: Any) -> None:
        if row.student == "bo":
            raise KeyboardInterrupt

    stopped = grade_class(tmp_path / "in", "NB06", tmp_path / "out", told=interrupt, backend=Here(zygote))
    assert came_to(stopped) == {"ana": ("graded", 3.0), "bo": ("graded", 3.0)}
    (tmp_path / "out" / "gradebook.db").unlink()  # which would know her too
    whole = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    assert came_to(whole)["ana"] == ("graded", 3.0)


def test_an_unknown_unit_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no unit") as raised:
        grade_class(tmp_path, "NB99", tmp_path / "out")
    assert "NB06" in str(raised.value)


def test_the_journal_holds_no_seed(graded: Grading) -> None:
    seed = (graded.folder / "seed").read_text().strip()
    text = (graded.folder / NAME).read_text()
    assert seed not in text
    assert all(json.loads(line)["key"] for line in text.splitlines())


def test_one_late_submission_leaves_the_others_in_the_table(tmp_path: Path, zygote: Zygote) -> None:
    flat(tmp_path / "in", members=FEW)
    first = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=Here(zygote))
    late = tmp_path / "zoe.ipynb"
    late.write_bytes(answering(RIGHT))
    both = grade_class(late, "NB06", tmp_path / "out", backend=Here(zygote))
    assert came_to(both) == {**came_to(first), "zoe": ("graded", 3.0)}
    assert all(any("earlier run" in flag for flag in both.rows[name].flags) for name in came_to(first))
    table = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8")
    assert "not_submitted" not in table
    # And once more the whole class: zoe's notebook is not there, her points are.
    again = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=NoBackend())
    assert came_to(again) == came_to(both)


def test_a_notebook_of_another_unit_is_flagged(tmp_path: Path, zygote: Zygote) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ana.ipynb").write_bytes(answering(RIGHT))
    grading = grade_class(tmp_path / "in", "NB04", tmp_path / "out", backend=Here(zygote))
    assert any("another unit" in flag for flag in grading.rows["ana"].flags)
    rightly = grade_class(tmp_path / "in", "NB06", tmp_path / "other", backend=Here(zygote))
    assert rightly.rows["ana"].flags == ()
