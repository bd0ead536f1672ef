"""Every benchmark runs, and everybody in it computes the same. How fast, no test says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backprop_course.widgets.gallery import gallery
from benchmarks import tricks
from benchmarks.workloads import WORKLOADS

ROOT = Path(__file__).parents[2]


def run(module: str, *arguments: str, **variables: str) -> str:
    """Run a command of the benchmarks as a person would, and return what it printed."""
    command, environ = [sys.executable, "-m", module, *arguments], os.environ | variables
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_all_engines_agree_on_all_workloads():
    printed = run("benchmarks", "--quick")
    for name in ("scalar1000", "op10", "xor", "medium", "jac1000", "memory"):
        assert name in printed
    assert "floor" in printed
    assert "Targets" not in printed, "one cold call is held to a bound"


@pytest.mark.slow
def test_an_absent_engine_is_named_with_the_reason_and_the_others_run(tmp_path: Path):
    for name, error in (("mygrad", "ImportError('not here')"), ("jax", "RuntimeError('broken')")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"raise {error}\n")
    printed = run("benchmarks", "--quick", "--only", "op10", PYTHONPATH=str(tmp_path))
    assert "- MyGrad is absent: " in printed
    assert "- JAX jit is absent: " in printed
    assert "not here" in printed
    assert "broken" in printed
    assert "| NumPy, the floor | 1.00 |" in printed


@pytest.mark.slow
def test_each_trick_computes_what_it_replaces():
    printed = run("benchmarks.tricks", "--quick")
    assert all(trick.name in printed for trick in tricks.TRICKS)


@pytest.mark.slow
def test_all_contestants_train_to_the_same_loss():
    printed = run("benchmarks.epochs", "--quick")
    assert "digits" in printed
    assert "moons" in printed


@pytest.mark.slow
def test_grading_is_measured_by_part_beside_others_and_for_a_class():
    printed = run("benchmarks.grading", "--quick")
    assert "zygote and children" in printed
    assert "nbgrader autograde" in printed
    assert "| unreadable | 5 |" in printed
    assert "tells how fast the machine ran" in printed


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Chromium is not installed")
def test_widgets_are_measured_in_jupyterlab_and_in_the_gallery():
    printed = run("benchmarks.widgets", "--quick")
    for row in (
        "a step in JavaScript",
        "a round trip to the kernel",
        "last picture",
        "bytes a step",
        "usable",
    ):
        assert row in printed
    for entry in gallery():
        assert f"| {entry.slug} |" in printed


def test_a_part_that_the_page_lacks_is_told():
    with pytest.raises(ValueError, match="no part between"):
        tricks.filled("a page without marks", "tricks", "a table")


def test_only_what_stands_between_the_marks_is_replaced():
    page = "before\n<!-- begin tricks -->\nold\n<!-- end tricks -->\nafter\n"
    assert tricks.filled(page, "tricks", "new\n") == page.replace("old", "new")


def test_an_unknown_workload_is_refused_with_the_names():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "nonsense"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert all(workload.name in done.stderr for workload in WORKLOADS)


def test_an_unknown_trick_is_refused_with_the_names(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        tricks.main(["--only", "nonsense"])
    said = " ".join(capsys.readouterr().err.split())
    assert all(trick.name in said for trick in tricks.TRICKS)
