"""`backprop-course check`: every check cell gets its verdict, and nothing short of a verdict passes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backprop_course.cli.checks import run_checks
from backprop_course.cli.kernel import KernelError
from backprop_course.cli.units import NotebookError, released_units

from .unit_builders import code, notebook, text

SETUP = code("from autograder import check")
RIGHT = code("def affine_backward(dY, X, W):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=0)")
WRONG = code("def affine_backward(dY, X, W):\n    return dY @ W.T, X.T @ dY, dY")
CHECK = code("check('NB06.E06')", "NB06-E06-check")


def save(folder: Path, *cells: dict[str, object]) -> Path:
    path = folder / "NB06.ipynb"
    path.write_text(notebook([dict(cell) for cell in cells]))
    return path


def test_each_check_gets_the_verdict_on_the_answer_above_it(tmp_path: Path) -> None:
    path = save(
        tmp_path, SETUP, text("# Check"), WRONG, CHECK, RIGHT, code("check('NB06.E06', affine_backward)")
    )
    before = path.read_bytes()
    wrong, right = run_checks(path, timeout=60)
    assert (wrong.exercise, wrong.ok, wrong.score, wrong.max_score) == ("NB06.E06", False, 2, 3)
    assert wrong.detail.startswith("looks like M03: ")
    assert (right.exercise, right.ok, right.score, right.max_score) == ("NB06.E06", True, 3, 3)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["NB06.ipynb"]


def test_what_a_walkthrough_checks_is_not_counted(tmp_path: Path) -> None:
    shown = code("check('NB06.E06', lambda dY, X, W: None)")
    shown["metadata"] = {"tags": ["NB06.W5"]}
    (checked,) = run_checks(save(tmp_path, SETUP, shown, RIGHT, CHECK), timeout=60)
    assert checked.ok


def test_a_check_without_a_verdict_has_not_passed(tmp_path: Path) -> None:
    cases = {
        "NameError": [CHECK],
        "no verdict": [SETUP, RIGHT, code("check('NB06.E06');")],
        "no verdict: ": [code("check('NB06.E06')\nprint('passed')")],
        "no verdict: the": [code("def check(name):\n    return True"), CHECK],
        "not run: cell 8 ended the kernel": [code("import os\nos._exit(0)"), SETUP, CHECK],
    }
    path = save(tmp_path, *(cell for cells in cases.values() for cell in cells))
    results = run_checks(path, timeout=60)
    assert [(result.ok, result.score) for result in results] == [(False, None)] * len(cases)
    for result, detail in zip(results, cases, strict=True):
        assert result.detail.startswith(detail)


def test_why_the_answer_could_not_be_called_is_told(tmp_path: Path) -> None:
    unfinished = code("def affine_backward(dY, X, W):\n    return (dY @ W.T")
    again = code("check('NB06.E06')")
    path = save(tmp_path, SETUP, unfinished, CHECK, RIGHT, code("while True:\n    pass"), CHECK, WRONG, again)
    unwritten, right, wrong = run_checks(path, timeout=3)
    assert re.match(
        r"cell 2 before it: SyntaxError: [^()]+ \(line 2\); affine_backward is not", unwritten.detail
    )
    assert (right.ok, right.detail) == (True, "right")
    assert wrong.detail.startswith("looks like M03")  # what stood before an earlier check is told there


def test_a_cell_that_takes_too_long_is_named_where_its_answer_is_missing(tmp_path: Path) -> None:
    late = code("import time\ntime.sleep(60)\n" + str(RIGHT["source"]))
    (checked,) = run_checks(save(tmp_path, SETUP, late, CHECK), timeout=3)
    assert checked.detail.startswith("cell 2 before it: took more than 3 s and was interrupted; ")


def test_an_endless_loop_costs_only_its_own_cell(tmp_path: Path) -> None:
    endless = code("while True:\n    pass")
    (checked,) = run_checks(save(tmp_path, SETUP, endless, RIGHT, CHECK), timeout=3)
    assert checked.ok


@pytest.mark.slow
def test_a_cell_that_does_not_let_itself_be_interrupted_ends_the_run(tmp_path: Path) -> None:
    deaf = code("import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(10**6)")
    (checked,) = run_checks(save(tmp_path, SETUP, deaf, RIGHT, CHECK), timeout=3)
    assert not checked.ok
    assert "cell 2" in checked.detail


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"cells": 3, "nbformat": 4, "metadata": {}}'])
def test_a_file_that_is_no_notebook_is_said_to_be_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "NB06.ipynb"
    path.write_text(content)
    with pytest.raises(NotebookError, match="is not a notebook") as caught:
        run_checks(path, timeout=60)
    assert isinstance(caught.value, ValueError)
    assert "expected:" in str(caught.value)


def test_a_notebook_without_checks_has_not_passed(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="holds no check"):
        run_checks(save(tmp_path, SETUP, RIGHT), timeout=60)


def test_a_file_that_hides_a_module_is_named_when_no_kernel_starts(tmp_path: Path) -> None:
    (tmp_path / "pathlib.py").write_text("raise SystemExit")
    with pytest.raises(KernelError, match=r"rename pathlib\.py"):
        run_checks(save(tmp_path, SETUP, CHECK), timeout=60)


@pytest.mark.slow
@pytest.mark.notebook
def test_the_released_units_are_not_written_yet(tmp_path: Path) -> None:
    for unit in released_units():
        path = tmp_path / unit.notebook.name
        path.write_bytes(unit.notebook.read_bytes())
        results = run_checks(path, timeout=120)
        assert [result.exercise for result in results] == list(unit.exercises)
        assert not any(result.ok for result in results)
        unwritten = [result for result in results if result.exercise != "NB10.E04"]  # handed out broken
        assert [result for result in unwritten if "not yet written" not in result.detail] == []
