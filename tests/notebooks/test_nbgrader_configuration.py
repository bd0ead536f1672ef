"""What `nbgrader_config.py` sets, and that it stays quiet and safe where something is amiss."""

from __future__ import annotations

import logging
import os
import shutil
import sysconfig
from pathlib import Path

import pytest
from nbgrader.converters import Autograde, GenerateAssignment
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder._environment import put_interpreter_on_path
from autograder.exercises import of_unit
from autograder.nbgrader.preprocessor import Judge
from autograder.nbgrader.source import solution_path, source_notebook, source_path
from autograder.release import REPOSITORY


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the configuration file and the text of NB06."""
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    text = solution_path("NB06", tmp_path)
    text.parent.mkdir(parents=True)
    shutil.copy(solution_path("NB06", REPOSITORY), text)
    return tmp_path


def configuration(root: Path) -> Config:
    """Read the file as nbgrader does."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()


def test_no_step_of_autograding_runs_a_kernel(clone: Path) -> None:
    converter = Autograde(config=configuration(clone))
    steps = [*converter.sanitize_preprocessors, *converter.autograde_preprocessors]
    assert Judge in steps
    assert {step.__name__ for step in steps}.isdisjoint({"Execute", "DeduplicateIds"})


def test_a_release_is_made_even_where_one_lies_already(clone: Path) -> None:
    assert GenerateAssignment(config=configuration(clone)).force


def test_the_source_is_made_once_and_again_when_the_text_is_newer(clone: Path) -> None:
    configuration(clone)
    source = source_path("NB06", clone)
    first = source.stat().st_mtime_ns
    configuration(clone)
    assert source.stat().st_mtime_ns == first
    os.utime(solution_path("NB06", clone), (2**33, 2**33))
    configuration(clone)
    assert source.stat().st_mtime_ns > first


def test_the_source_holds_the_solutions_and_the_declared_points(clone: Path) -> None:
    notebook = source_notebook("NB06", clone)
    assert "### BEGIN SOLUTION" in "".join(cell.source for cell in notebook.cells)
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    points = {mark.grade_id: mark.points for mark in marks if mark.get("grade")}
    declared = {f"{exercise.grade_id}-check": exercise.points for exercise in of_unit("NB06")}
    assert points == declared | {"NB06-R1": 0, "NB06-R2": 0}  # a person reads the reflections


def test_a_text_that_cannot_be_released_is_reported_and_leaves_no_source(
    clone: Path, caplog: pytest.LogCaptureFixture
) -> None:
    configuration(clone)
    text = solution_path("NB06", clone)
    text.write_text(text.read_text().replace("NB06-E06-check", "NB06-E66-check"))
    os.utime(text, (2**33, 2**33))
    with caplog.at_level(logging.WARNING):
        converter = Autograde(config=configuration(clone))
    assert "The source of NB06 could not be made" in caplog.text
    assert not source_path("NB06", clone).exists()
    assert Judge in converter.autograde_preprocessors


def test_a_folder_without_texts_is_configured_too(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    assert configuration(tmp_path).CourseDirectory.root == str(tmp_path)


@pytest.mark.parametrize("path", ["", "/usr/bin:/bin", f"/usr/bin:{sysconfig.get_path('scripts')}"])
def test_the_interpreters_programs_come_first_on_path(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path)
    put_interpreter_on_path()
    put_interpreter_on_path()
    first, *others = os.environ["PATH"].split(os.pathsep)
    assert first == sysconfig.get_path("scripts")
    assert others == [folder for folder in path.split(os.pathsep) if folder]
