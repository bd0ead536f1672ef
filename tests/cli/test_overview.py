"""The table of the units: it counts what the learner's own saved notebooks show, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder import check
from backprop_course.cli.commands import app
from backprop_course.cli.overview import INDEX, overview, write_index
from backprop_course.cli.units import released_units
from backprop_course.cli.workspace import copy_units

from .unit_builders import code, notebook, text

Release = Callable[..., Path]


def affine_backward(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


@pytest.fixture
def course(tmp_path: Path, release: Release) -> Path:
    release("NB06").write_text(notebook(unit()))
    copy_units(released_units(), tmp_path / "course")
    return tmp_path / "course"


def unit(**outputs: object) -> list[dict]:
    cells = [text("# NB06 Networks")]
    for name in ("E06", "E07"):
        cells += [code("...", f"NB06-{name}"), code(f"check('NB06.{name}')", f"NB06-{name}-check")]
        if name in outputs:
            data = {"text/plain": str(outputs[name]).splitlines(keepends=True)}
            cells[-1]["outputs"] = [{"output_type": "execute_result", "data": data, "metadata": {}}]
    return cells


def saved(course: Path, **outputs: object) -> None:
    (course / "NB06" / "NB06.ipynb").write_text(notebook(unit(**outputs)))


def passed(course: Path) -> frozenset[str]:
    (row,) = overview(course).rows
    return row.passed


def test_nothing_has_passed_before_anything_was_checked(course: Path) -> None:
    assert passed(course) == frozenset()
    assert "0 of 2" in repr(overview(course))


def test_a_check_that_passed_is_counted_as_the_check_itself_prints_it(course: Path) -> None:
    saved(course, E06=check("NB06.E06", affine_backward))
    assert passed(course) == {"NB06.E06"}


def test_a_check_that_did_not_pass_is_not_counted(course: Path) -> None:
    wrong = check("NB06.E06", lambda dY, X, W: (dY @ W.T, X.T @ dY, np.asarray(dY)))
    saved(course, E06=wrong, E07="Everything passed")
    assert not wrong.ok
    assert passed(course) == frozenset()


def test_only_the_cell_of_an_exercise_speaks_for_it(course: Path) -> None:
    saved(course, E07=check("NB06.E06", affine_backward))
    assert passed(course) == frozenset()


def test_a_unit_whose_checks_all_passed_is_done(course: Path) -> None:
    done = check("NB06.E06", affine_backward)
    saved(course, E06=done, E07=str(done).replace("E06", "E07"))
    assert "2 of 2, done" in repr(overview(course))
    assert "2 of 2, done" in overview(course)._repr_html_()


def test_a_notebook_that_cannot_be_read_is_named_and_the_rest_is_shown(course: Path) -> None:
    (course / "NB06" / "NB06.ipynb").write_text("{")
    assert "cannot be read" in repr(overview(course))


def test_a_newer_release_beside_the_notebook_is_named_until_it_is_gone(
    course: Path, release: Release
) -> None:
    saved(course, E06="...")
    release("NB06").write_text(notebook([*unit(), text("newer")]))
    (copied,) = copy_units(released_units(), course)
    assert copied.newer is not None
    said = "0 of 2; a newer release lies beside it: "
    assert f"{said}NB06.new.ipynb" in repr(overview(course))
    assert f'{said}<a href="NB06/NB06.new.ipynb">NB06.new.ipynb</a></td>' in overview(course)._repr_html_()
    copied.newer.unlink()
    assert "newer" not in repr(overview(course))


def test_the_index_shows_the_progress_of_today(course: Path) -> None:
    path = course / INDEX
    assert write_index(course)
    assert "0 of 2" in path.read_text()
    saved(course, E06=check("NB06.E06", affine_backward))
    assert write_index(course)
    assert "1 of 2" in path.read_text()
    links = json.loads(path.read_text())["cells"][1]["outputs"][0]["data"]["text/html"]
    assert 'href="NB06/NB06.ipynb"' in links


def test_an_index_that_the_learner_has_changed_stays(course: Path) -> None:
    write_index(course)
    path = course / INDEX
    mine = json.loads(path.read_text())
    mine["cells"].append(text("My notes"))
    path.write_text(json.dumps(mine))
    before = path.read_bytes()
    assert not write_index(course)
    assert path.read_bytes() == before


def test_the_command_prints_the_same_table(course: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(course)
    with pytest.raises(SystemExit) as ended:
        app(["progress"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == repr(overview(course))
    assert not (course / INDEX).exists()
