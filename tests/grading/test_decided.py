"""A decision taken back, and the gradebook that later commands find by themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.exercises import of_unit
from autograder.grading import backend, deciding, exports, run
from autograder.grading.database import NAME, gradebook_of, remember
from autograder.grading.deciding import decide, undo
from autograder.grading.explain import explanation, find_result
from autograder.grading.exports import export
from autograder.grading.gradebook import url_in, without_password
from autograder.grading.overrides import read_overrides, read_undone
from autograder.grading.run import grade_class
from autograder.grading.stored import read_run, rows
from autograder.sandbox import Zygote
from backprop_course.errors import UsageError
from tests.classroom import RIGHT, answering, flat
from tests.grading.test_class import Here


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zygote: Zygote) -> Path:
    """A folder of grades whose gradebook was named as a file of the folder that the command ran in."""
    flat(tmp_path / "in", {"ana.ipynb": answering(RIGHT)})
    monkeypatch.chdir(tmp_path)
    url, here = "sqlite:///course.db", Here(zygote)
    grade_class(Path("in"), "NB06", tmp_path / "out", seed=5, db_url=url, backend=here)
    return tmp_path / "out"


def manual_score(database: Path) -> float | None:
    with Gradebook(f"sqlite:///{database}") as gradebook:
        score: float | None = gradebook.find_grade("NB06-E06-check", "NB06", "NB06", "ana").manual_score
        return score


def test_a_decision_is_taken_back_wherever_it_is_shown(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")  # a relative address is still that of the first command
    decide(elsewhere, "ana", "E06", 1.0, "copied")
    assert manual_score(tmp_path / "course.db") == 1.0
    assert undo(elsewhere, "ana", "E06", "her own after all").points == 1.0
    assert manual_score(tmp_path / "course.db") is None
    assert not (elsewhere / "gradebook.db").exists()
    assert rows(elsewhere, read_run(elsewhere))[0].score == 3.0
    assert "by hand" not in (elsewhere / "feedback" / "ana.html").read_text()
    assert "by hand" not in export(elsewhere, "csv").read_text()
    # Both decisions can still be read, and `explain` has the last.
    written = [json.loads(line) for line in (elsewhere / "overrides.jsonl").read_text().splitlines()]
    assert [(line["points"], line["why"], line["undone"]) for line in written] == [
        (1.0, "copied", False),
        (1.0, "her own after all", True),
    ]
    undone = read_undone(elsewhere)["ana"]
    told = explanation(find_result(elsewhere, "ana"), "E06", read_overrides(elsewhere)["ana"], (), undone)
    assert "score 3" in told
    assert "1 point by hand, taken back: her own after all" in told


def test_grades_of_other_points_are_not_written_anew_nor_exported(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zygote: Zygote
) -> None:
    decide(elsewhere, "ana", "E06", 1.0, "copied")
    written = [*elsewhere.rglob("*.*"), tmp_path / "course.db"]
    before = {path: path.read_bytes() for path in written}
    corrected = tuple(replace(e, points=2 * e.points) if e.id == "NB06.E06" else e for e in of_unit("NB06"))
    for module in (deciding, exports, run, backend):
        monkeypatch.setattr(module, "of_unit", lambda unit: corrected)
    for refused in (
        lambda: decide(elsewhere, "ana", "E06", 0.5, "try"),
        lambda: undo(elsewhere, "ana", "E06"),
        lambda: export(elsewhere, "canvas"),
    ):
        with pytest.raises(UsageError, match="changed since these grades were written") as raised:
            refused()
        assert raised.value.expected == "NB06.E06 of 3, as when they were graded"
        assert raised.value.got == "NB06.E06 of 6"
        assert "autograder grade again" in raised.value.mend
    assert {path: path.read_bytes() for path in [*elsewhere.rglob("*.*"), tmp_path / "course.db"]} == before
    # What was decided is taken back once the class is graded again, with the points of now.
    grade_class(Path("in"), "NB06", elsewhere, seed=5, backend=Here(zygote))
    assert undo(elsewhere, "ana", "E06").points == 1.0
    assert rows(elsewhere, read_run(elsewhere))[0].score == 6.0


def test_only_a_decision_that_stands_is_taken_back(elsewhere: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to take back"):
        undo(elsewhere, "ana", "E06")
    decide(elsewhere, "ana", "E06", 1.0, "copied")
    with Gradebook(f"sqlite:///{tmp_path / 'course.db'}") as gradebook:
        gradebook.find_grade("NB06-E06-check", "NB06", "NB06", "ana").manual_score = 2.0
        gradebook.db.commit()
    undo(elsewhere, "ana", "E06")
    assert manual_score(tmp_path / "course.db") == 2.0  # that of formgrader is not ours
    with pytest.raises(UsageError, match="nothing to take back"):
        undo(elsewhere, "ana", "E06")
    decide(elsewhere, "ana", "E06", 0.5, "copied, and said so")
    assert read_undone(elsewhere)["ana"] == {}
    assert rows(elsewhere, read_run(elsewhere))[0].score == 0.5


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ta:secret@host/course",
        "postgresql://host/course?user=ta&password=secret",
        "postgresql://ta@host/course?sslpassword=secret",
    ],
)
def test_a_password_is_asked_for_again_and_is_nowhere(tmp_path: Path, url: str) -> None:
    remember(tmp_path, url)
    assert "secret" not in (tmp_path / NAME).read_text()
    assert "secret" not in without_password(url)
    with pytest.raises(UsageError, match="give --db postgresql://") as refused:
        gradebook_of(tmp_path)
    assert "secret" not in str(refused.value)
    assert gradebook_of(tmp_path, url) == url


def test_an_address_without_a_password_is_remembered_as_it_is(tmp_path: Path) -> None:
    assert gradebook_of(tmp_path) == url_in(tmp_path)
    remember(tmp_path, "postgresql://ta@host/course?sslmode=require")
    assert gradebook_of(tmp_path) == "postgresql://ta@host/course?sslmode=require"
    remember(tmp_path, url_in(tmp_path))
    assert not (tmp_path / NAME).exists()  # so that the folder can be moved with what is in it


def test_what_is_remembered_and_cannot_be_read_is_not_guessed(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("{")
    with pytest.raises(UsageError, match="name the gradebook with --db"):
        gradebook_of(tmp_path)
