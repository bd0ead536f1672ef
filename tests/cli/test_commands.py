"""What the commands print and with which code they end: 0 done, 1 something failed, 2 wrong use."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from backprop_course.cli import doctor, main
from backprop_course.cli.units import released_units

from .unit_builders import code, notebook

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Return a function that runs one command line and returns its exit code."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["backprop-course", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return command


def test_units_lists_what_exists(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("units", "--json") == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [unit["unit"] for unit in listed] == [unit.id for unit in released_units()]
    assert all(unit["exercises"] and not unit["copied"] for unit in listed)


def test_reset_says_where_the_copy_is_and_makes_none_of_what_was_not_touched(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = Path("course/NB06/NB06.ipynb")
    mine.parent.mkdir(parents=True)
    for arguments in (["reset", "NB06"], ["reset", "NB06"], ["reset", "NB06", "E06"]):
        assert run(*arguments) == 0
        assert "Your notebook" not in capsys.readouterr().out
    assert [path.name for path in mine.parent.iterdir()] == ["NB06.ipynb"]
    changed = mine.read_text().replace("def affine_backward(", "def my_backward(")
    mine.write_text(changed)
    assert run("reset", "NB06", "E06") == 0
    assert str(Path("course/NB06/NB06.backup.ipynb")) in capsys.readouterr().out
    assert Path("course/NB06/NB06.backup.ipynb").read_text() == changed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["reset", "NB66"], "There is no unit 'NB66'."),
        (["reset", "NB06", "E99"], "NB06 has no exercise 'E99'."),
        (["reset", "NB06"], "/course.\n  expected: a folder that backprop-course start"),
        (["progress"], "There is no course in /"),
        (["progress", "--dir", "."], "got:      a folder without units"),
        (["check", "nowhere.ipynb"], "There is no notebook nowhere.ipynb."),
        (["check", "."], "a folder"),
        (["check"], "NOTEBOOK"),
        (["start", "--port", "99999"], "--port"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_use_ends_with_2_and_a_reason(
    arguments: list[str], told: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*arguments) == 2
    assert told in capsys.readouterr().err


def test_check_ends_with_1_when_a_check_fails(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.ipynb").write_text(notebook([code("check('NB06.E06')")]))
    Path("broken.ipynb").write_text("{")
    assert run("check", "broken.ipynb", "mine.ipynb") == 1
    captured = capsys.readouterr()
    assert "broken.ipynb is not a notebook." in captured.err
    assert "0 of 1 check passed" in captured.out  # one that cannot be read does not stop the next


def test_check_ends_with_0_when_all_pass(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    answer = "def affine_backward(dY, X, W):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=0)"
    cells = [code("from autograder import check"), code(answer), code("check('NB06.E06')")]
    Path("mine.ipynb").write_text(notebook(cells))
    assert run("check", "mine.ipynb", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    checked = json.loads(line)
    assert (checked["notebook"], checked["exercise"], checked["ok"]) == ("mine.ipynb", "NB06.E06", True)
    assert checked["score"] == checked["max_score"] == 3


def test_doctor_finds_nothing_to_mend_where_the_tests_run(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("doctor") == 0
    assert "MEND" not in capsys.readouterr().out


def test_doctor_names_what_is_missing_or_too_old(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name == "anywidget":
            raise doctor.metadata.PackageNotFoundError(name)
        return {"scipy": "1.9", "nbgrader": "0.8.5", "rich": "13.7.0rc1"}.get(name, "999")

    monkeypatch.setattr(doctor.metadata, "version", version)
    assert run("doctor", "--json") == 1
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wrong = {finding["name"]: finding for finding in findings if not finding["ok"]}
    assert set(wrong) == {"anywidget", "scipy", "nbgrader"}
    assert wrong["anywidget"]["found"] == "missing"
    assert wrong["scipy"]["found"] == "1.9, too old"
    assert "[course]" in wrong["scipy"]["mend"]
    assert "[grader]" in wrong["nbgrader"]["mend"]
    assert not wrong["nbgrader"]["needed"]


def test_doctor_asks_for_the_lower_bounds_of_the_project(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tomllib.loads(doctor.PROJECT.read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=" + ".".join(map(str, doctor.OLDEST_PYTHON))
    oldest = dict(
        requirement.split(">=")
        for requirement in (
            *project["dependencies"],
            *project["optional-dependencies"]["course"],
            *project["optional-dependencies"]["grader"],
        )
        if requirement != "backprop-course[course]"
    )
    monkeypatch.setattr(doctor.metadata, "version", oldest.__getitem__)
    assert run("doctor") == 0
    capsys.readouterr()
    monkeypatch.setattr(doctor.metadata, "version", lambda name: f"0.0.0.{oldest[name]}")
    assert run("doctor", "--json") == 1
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    mend = {finding["name"]: finding["mend"] for finding in findings if not finding["ok"]}
    assert set(mend) == set(oldest)
    for name, version in oldest.items():
        assert mend[name].startswith(
            f"install {name} {version} or later: {sys.executable} -m pip install -e "
        )


def test_doctor_names_a_file_that_hides_a_module(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("course/NB06").mkdir(parents=True)
    Path("course/NB06/numpy.py").write_text("")
    assert run("doctor") == 1
    assert str(Path("course/NB06/numpy.py")) in capsys.readouterr().out


def test_a_missing_extra_is_named_with_the_line_that_installs_it(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)  # what an import finds where typer is not installed
    monkeypatch.delitem(sys.modules, "backprop_course.cli.commands", raising=False)
    assert run("start") == 1
    told = capsys.readouterr().err
    assert "typer is needed" in told
    assert "pip install" in told
    assert "[course]" in told
