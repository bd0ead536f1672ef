"""An instructor: an exercise and a mistake of one's own, from the package to the page that a student gets."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.conftest import PATIENCE, running_lab
from tests.grading.test_other_courses import COURSE, WRONG, install, run

from .conftest import Stage
from .in_lab import answer, run_all_above, save, wait_until_opened

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

MISTAKE = "the length of the row is taken as a constant"


def test_a_mistake_of_ones_own_is_named_to_the_student_and_on_the_graded_page(
    tmp_path: Path, new_page: Callable[..., Any], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = shutil.copytree(COURSE, tmp_path / "course")
    environment = install(course)
    released = run("-m", "autograder", "release", "--root", ".", folder=course, **environment)
    assert released.returncode == 0, released.stderr
    stage("released", released.stdout)
    handed_in = tmp_path / "handed-in" / "mira.ipynb"
    handed_in.parent.mkdir()
    shutil.copy(course / "notebooks" / "MY01" / "MY01.ipynb", handed_in)
    place = [cell.id for cell in nbformat.read(handed_in, as_version=4).cells].index("MY01-E01")

    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    page = new_page(viewport={"width": 1100, "height": 900})
    page.set_default_timeout(2000 * PATIENCE)
    with running_lab(handed_in.parent) as lab:
        page.goto(f"{lab.url}/lab/tree/mira.ipynb?reset")
        wait_until_opened(page, "MY01 · Rows of length one")
        run_all_above(page, place)
        answer(page, place, WRONG, *["Backspace"] * 3, then=1)
        page.locator(".bpc-looks", has_text=MISTAKE).wait_for()
        stage("named", page)
        save(page)
        page.goto("about:blank")  # before the server ends, which an open notebook would complain of

    checked = run("-m", "backprop_course.cli", "check", str(handed_in), folder=tmp_path, **environment)
    stage("checked", checked.stdout)
    assert checked.returncode == 1, checked.stderr
    assert MISTAKE in checked.stdout
    command = ("grade", "handed-in", "--unit", "MY01", "--out", "out")
    graded = run("-m", "autograder", *command, folder=tmp_path, **environment)
    assert graded.returncode == 0, graded.stderr
    page.set_content((tmp_path / "out" / "feedback" / "mira.html").read_text(encoding="utf-8"))
    stage("feedback", page)
    assert page.get_by_text(MISTAKE).first.is_visible()
