"""What `start` copies and `reset` puts back, and that a learner's file is never overwritten."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from backprop_course.cli.units import UnknownUnit, find_unit, released_units
from backprop_course.cli.workspace import (
    RECORD,
    WorkspaceError,
    copy_units,
    reset_exercise,
    reset_unit,
    working_folder,
)
from backprop_course.errors import CourseError

Release = Callable[..., Path]


@pytest.fixture
def course(tmp_path: Path, release: Release) -> Path:
    """Make a working folder with two units copied into it."""
    release("NB04")
    release("NB06")
    folder = tmp_path / "course"
    copy_units(released_units(), folder)
    return folder


def answer(path: Path, mark: str, source: str) -> None:
    """Do what a learner does: write into the cell marked `mark` and save."""
    found = json.loads(path.read_text())
    for cell in found["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == mark:
            cell["source"] = source
    path.write_text(json.dumps(found))


def sources(path: Path) -> dict[str, str]:
    cells = json.loads(path.read_text())["cells"]
    return {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in cells if "nbgrader" in c["metadata"]}


def test_every_released_file_is_copied(course: Path, release: Release) -> None:
    for unit in ("NB04", "NB06"):
        assert (course / unit / f"{unit}.ipynb").read_bytes() == release(unit).read_bytes()


def test_files_beside_a_notebook_are_copied_and_by_products_are_not(tmp_path: Path, release: Release) -> None:
    folder = release("NB04").parent
    (folder / "data").mkdir()
    (folder / "data" / "points.csv").write_text("1,2\n")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "NB04-checkpoint.ipynb").write_text("{}")
    copy_units(released_units(), tmp_path / "course")
    copied = {path.relative_to(tmp_path / "course").as_posix() for path in (tmp_path / "course").rglob("*.*")}
    assert copied == {"NB04/NB04.ipynb", "NB04/data/points.csv", RECORD}


def test_a_learners_file_stays_when_the_course_is_started_again(course: Path) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    answer(mine, "NB04-E01", "my work")
    before = mine.read_bytes()
    assert {copied.what for copied in copy_units(released_units(), course)} == {"kept"}
    assert mine.read_bytes() == before
    assert not list(course.rglob("*.new*"))


def test_a_newer_release_is_put_beside_the_learners_file_once(course: Path, release: Release) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    answer(mine, "NB04-E01", "my work")
    before = mine.read_bytes()
    newer = release("NB04", stub="# better explained\n    ...")
    nb04, nb06 = copy_units(released_units(), course)
    assert (nb04.what, nb04.newer) == ("beside", course / "NB04" / "NB04.new.ipynb")
    assert nb06.what == "kept"
    assert nb04.newer.read_bytes() == newer.read_bytes()
    assert mine.read_bytes() == before
    nb04.newer.unlink()  # the learner has seen it and does not want it
    assert {copied.what for copied in copy_units(released_units(), course)} == {"kept"}
    assert not nb04.newer.exists()


def test_a_third_release_does_not_overwrite_the_second(course: Path, release: Release) -> None:
    release("NB04", stub="second")
    copy_units(released_units(), course)
    worked_on = course / "NB04" / "NB04.new.ipynb"
    answer(worked_on, "NB04-E01", "my work went on here")
    before = worked_on.read_bytes()
    third = release("NB04", stub="third")
    copied = copy_units(released_units(), course)[0]
    assert worked_on.read_bytes() == before
    assert copied.newer == course / "NB04" / "NB04.new2.ipynb"
    assert copied.newer.read_bytes() == third.read_bytes()


@pytest.mark.parametrize("record", [None, "", "[]", '{"NB04/NB04.ipynb": 3}', "\xff"])
def test_without_a_readable_record_nothing_is_lost(course: Path, record: str | None) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    answer(mine, "NB04-E01", "my work")
    before = mine.read_bytes()
    (course / RECORD).unlink()
    if record is not None:
        (course / RECORD).write_bytes(record.encode("latin-1"))
    what = [copied.what for copied in copy_units(released_units(), course)]
    assert what == ["beside", "kept"]  # NB06 is as released, so there is nothing to offer
    assert mine.read_bytes() == before


def test_a_unit_the_learner_removed_comes_back(course: Path) -> None:
    (course / "NB04" / "NB04.ipynb").unlink()
    assert [copied.what for copied in copy_units(released_units(), course)] == ["new", "kept"]


def test_a_place_that_cannot_be_a_folder_is_named(tmp_path: Path, release: Release) -> None:
    release()
    (tmp_path / "course").write_text("a file")
    with pytest.raises(WorkspaceError, match="course cannot be used") as caught:
        copy_units(released_units(), tmp_path / "course")
    assert isinstance(caught.value, CourseError)
    assert isinstance(caught.value, OSError)
    assert "--dir" in str(caught.value)


def test_no_half_file_is_left_when_writing_fails(course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    before = mine.read_bytes()

    def full(self: Path, target: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        reset_unit(find_unit("NB04"), course)
    assert mine.read_bytes() == before
    assert [path.name for path in mine.parent.iterdir()] == ["NB04.ipynb"]


def test_the_current_folder_is_meant_when_it_is_a_course(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert working_folder(None) == Path("course")
    assert working_folder(Path("mine")) == Path("mine")
    monkeypatch.chdir(course)
    assert working_folder(None).resolve() == course.resolve()


def test_resetting_a_unit_keeps_every_earlier_state(course: Path, release: Release) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    kept = []
    for work in ("first try", "second try"):
        answer(mine, "NB04-E01", work)
        backup = reset_unit(find_unit("nb04"), course)
        assert backup is not None
        kept.append((backup.name, sources(backup)["NB04-E01"]))
        assert mine.read_bytes() == release("NB04").read_bytes()
    assert kept == [("NB04.backup.ipynb", "first try"), ("NB04.backup2.ipynb", "second try")]


def test_resetting_a_unit_that_is_not_there_copies_it(tmp_path: Path, release: Release) -> None:
    released = release()
    assert reset_unit(find_unit("NB04"), tmp_path / "course") is None
    assert (tmp_path / "course" / "NB04" / "NB04.ipynb").read_bytes() == released.read_bytes()


@pytest.mark.parametrize("name", ["E01", "e01", "NB04.E01"])
def test_resetting_an_exercise_leaves_the_other_answers(course: Path, name: str) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    as_released = sources(mine)
    for mark in ("NB04-E01", "NB04-E01-check", "NB04-E02"):
        answer(mine, mark, f"my {mark}")
    backup = reset_exercise(find_unit("NB04"), name, course)
    assert sources(mine) == as_released | {"NB04-E02": "my NB04-E02"}
    assert sources(backup)["NB04-E01"] == "my NB04-E01"


def test_a_repeated_answer_cell_does_not_survive_a_reset(course: Path) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    found = json.loads(mine.read_text())
    found["cells"].append(dict(found["cells"][1], source="def first(x): shadow"))
    mine.write_text(json.dumps(found))
    reset_exercise(find_unit("NB04"), "E01", course)
    assert "shadow" not in mine.read_text()
    assert len(json.loads(mine.read_text())["cells"]) == 5


def test_an_exercise_whose_cells_are_gone_is_left_alone_and_said(course: Path) -> None:
    mine = course / "NB04" / "NB04.ipynb"
    found = json.loads(mine.read_text())
    del found["cells"][1]
    mine.write_text(json.dumps(found))
    before = mine.read_bytes()
    with pytest.raises(WorkspaceError, match="backprop-course reset NB04"):
        reset_exercise(find_unit("NB04"), "E01", course)
    assert mine.read_bytes() == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"cells": [1]}', '{"cells": {}}'])
def test_a_damaged_notebook_is_said_to_be_one(course: Path, content: str) -> None:
    (course / "NB04" / "NB04.ipynb").write_text(content)
    with pytest.raises(WorkspaceError, match="is not a notebook") as caught:
        reset_exercise(find_unit("NB04"), "E01", course)
    assert "backprop-course reset NB04" in str(caught.value)


def test_an_unknown_unit_and_an_unknown_exercise_name_the_nearest(course: Path) -> None:
    with pytest.raises(UnknownUnit, match="did you mean NB04") as caught:
        find_unit("NB4")
    assert isinstance(caught.value, LookupError)
    with pytest.raises(UnknownUnit, match=r"did you mean NB04\.E01"):
        reset_exercise(find_unit("NB04"), "E1", course)


def test_a_unit_knows_its_title_and_exercises(course: Path) -> None:
    unit = find_unit("NB06")
    assert (unit.title, unit.exercises) == ("NB06 A unit", ("NB06.E01", "NB06.E02"))
