"""The names of the package: all there, and those that are loaded late found like the others."""

from __future__ import annotations

import subprocess
import sys

import pytest

import backprop_course
from tests.test_layers import loaded_by


def in_a_fresh_python(program: str) -> str:
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize("name", backprop_course.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(backprop_course, name) is not None
    assert name in dir(backprop_course)


@pytest.mark.parametrize("name", backprop_course._LAZY)
def test_what_is_loaded_late_is_an_attribute_after_the_import_alone(name: str) -> None:
    program = f"import backprop_course as b; assert {name!r} in dir(b); print(b.{name}.__name__)"
    assert in_a_fresh_python(program).split(".")[-1] == name


def test_nothing_that_is_loaded_late_is_loaded_by_the_import() -> None:
    modules = {f"backprop_course.{where}" for where in backprop_course._LAZY.values()}
    loaded = in_a_fresh_python("import sys, backprop_course; print(*sys.modules)").split()
    assert "backprop_course.engine" in loaded
    assert not modules & set(loaded)


def test_all_names_together_need_numpy_alone() -> None:
    loaded = loaded_by("from backprop_course import *")
    assert "backprop_course" in loaded
    assert loaded <= {"backprop_course", *loaded_by("import numpy, numpy.random, numpy.linalg")}


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'backprop_course' has no attribute 'gradd'"):
        backprop_course.gradd  # noqa: B018
