"""What README.md says is so: its commands run as they stand there, its examples give what they show.

The marked commands are run in a scratch clone of what is committed (marked ``slow``; `.ci/run` runs the
test command itself).
"""

from __future__ import annotations

import ast
import csv
import importlib.util
import math
import re
import shlex
import signal
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

import autograder
from backprop_course.cli.units import released_units

from .cli.running import Started, ask, environment_for

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

specification = importlib.util.spec_from_file_location("readme", ROOT / ".ci" / "readme.py")
assert specification
assert specification.loader
readme = importlib.util.module_from_spec(specification)
specification.loader.exec_module(readme)
COMMANDS: dict[str, str] = readme.blocks("command")


def test_the_commands_are_the_ones_that_are_run_here() -> None:
    assert set(COMMANDS) == {"start", "grade", "test"}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_one_line_that_makes_its_own_environment(command: str) -> None:
    make, install, run = (shlex.split(part) for part in command.split(" && "))
    assert "\n" not in command
    assert make == ["python3", "-m", "venv", ".venv"]
    assert install[:3] == [".venv/bin/pip", "install", "-e"]
    extra = re.fullmatch(r"\.\[(\w+)\]", install[3])
    assert extra
    assert extra[1] in PROJECT["optional-dependencies"]
    assert run[0].startswith(".venv/bin/")
    assert Path(run[0]).name in {"pytest", *PROJECT["scripts"]}


def test_the_table_of_units_is_the_list_of_released_units() -> None:
    rows = re.findall(r"^\| (NB\d+) \| (.+?) \| (\d+) \|$", README, re.MULTILINE)
    released = [(unit.id, unit.title, len(unit.exercises)) for unit in released_units()]
    assert [(unit, f"{unit} · {title}", int(count)) for unit, title, count in rows] == released


def test_the_first_check_says_what_is_shown() -> None:
    def affine_backward(dY, X, W):  # type: ignore[no-untyped-def]  # as a learner writes it
        return dY @ W.T, X.T @ dY, dY

    said = str(autograder.check("NB06.E06", affine_backward))
    assert said.startswith(readme.blocks("output")["first check"])


def test_the_python_example_gives_the_slopes_of_its_loss() -> None:
    example, _ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    *statements, last = ast.parse(example).body
    names: dict[str, object] = {}
    exec(compile(ast.Module(statements, []), "README.md", "exec"), names)
    assert isinstance(last, ast.Expr)
    slopes = eval(compile(ast.Expression(last.value), "README.md", "eval"), names)
    y = 1 / (1 + math.exp(-(0.5 * 2.0 - 0.3)))
    z_bar = (y - 1.0) * y * (1 - y)
    assert slopes == pytest.approx((z_bar * 2.0, z_bar), rel=1e-12)  # a dozen roundings


def test_the_network_of_the_page_learns_its_moons(capsys: pytest.CaptureFixture[str]) -> None:
    _, example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["history"].metrics["accuracy"][-1] >= 0.95  # of the examples it was trained on
    assert "accuracy" in capsys.readouterr().out


@pytest.mark.parametrize("target", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_a_link_leads_to_a_file_of_the_repository(target: str) -> None:
    assert (ROOT / target).is_file()


def test_each_picture_is_shown_with_words_and_is_small() -> None:
    shown = dict(re.findall(r"^!\[([^\]]+)\]\(([^)]+)\)$", README, re.MULTILINE))
    taken = (ROOT / ".ci" / "screenshots").iterdir()
    assert sorted(shown.values()) == sorted(str(path.relative_to(ROOT)) for path in taken)
    for words, picture in shown.items():
        assert len(words.split()) >= 15  # for who cannot see it: what is shown, and what it says
        png = (ROOT / picture).read_bytes()
        assert len(png) <= 90_000
        assert int.from_bytes(png[16:20], "big") <= 900  # the width, in the header of each PNG


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a scratch clone of what is committed."""
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def run_in(clone: Path, command: str) -> str:
    """Run a command of the README as it stands there; return what it printed."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=clone,
        env=environment_for(clone.parent),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


@pytest.mark.slow
def test_the_start_command_opens_the_course_in_a_fresh_clone(clone: Path) -> None:
    started = Started(["bash", "-c", COMMANDS["start"]], folder=clone, scratch=clone.parent, patience=600)
    try:
        assert ask(started.address())[0] == 200
        started.send(signal.SIGINT)
        assert started.end() == 0, started.output
    finally:
        started.close()
    assert {path.name for path in (clone / "course").glob("NB*")} == {unit.id for unit in released_units()}


@pytest.mark.slow
def test_the_grade_command_grades_an_example_class_in_a_fresh_clone(clone: Path) -> None:
    run_in(clone, COMMANDS["grade"])
    (grades,) = (clone / "demo").rglob("grades.csv")
    with grades.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 12
    assert {"graded", "unreadable"} <= {row["state"] for row in rows}


@pytest.mark.slow
def test_the_test_command_is_green_in_a_fresh_clone(clone: Path) -> None:
    assert re.search(r"\d+ passed", run_in(clone, COMMANDS["test"]))
