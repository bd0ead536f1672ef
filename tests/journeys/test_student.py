"""A student: from the first command to an exercise that passes, its progress, and a page to hand around."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PATIENCE
from tests.cli.running import environment_for, running_course

from .conftest import Stage
from .in_lab import answer, expose_app, run_all_above, save, wait_until_opened

pytestmark = pytest.mark.browser

UNIT = "course/NB06/NB06.ipynb"
COURSE = (sys.executable, "-m", "backprop_course.cli")
EXPORT = (sys.executable, "-m", "nbconvert", "--to", "html", UNIT)
# anywidget says so of a widget that took longer than two seconds, and draws it all the same.
SLOW = "[anywidget] Failed to initialize model."


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    expose_app(tmp_path / "config")
    with running_course(tmp_path, patience=10 * PATIENCE) as address:
        yield address


def test_a_student_mends_a_named_mistake_and_sees_the_progress(
    address: str, tmp_path: Path, new_page: Callable[..., Any], stage: Stage
) -> None:
    page = new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(2000 * PATIENCE)
    page.goto(address)
    page.get_by_role("heading", name="How gradients are really computed").wait_for()
    row = page.locator("tr", has=page.get_by_role("link", name="NB06"))
    row.get_by_text("0 of 11").wait_for()
    stage("index", page)

    row.get_by_role("link", name="NB06").click()
    wait_until_opened(page, "NB06 · Backprop through networks")
    stage("opened", page)
    unit = json.loads((tmp_path / UNIT).read_text(encoding="utf-8"))
    place = [cell["id"] for cell in unit["cells"]].index("NB06-E06")
    run_all_above(page, place)

    # The stub ends with three dots. Below it come a hint and the check.
    answer(page, place, "return dY @ W.T, X.T @ dY, dY", *["Backspace"] * 3, then=2)
    card = page.locator(".bpc-card", has_text="NB06.E06")
    card.locator(".bpc-looks", has_text="the bias gradient is not summed over the batch").wait_for()
    stage("mistake", page)

    hint = card.locator("details").first
    hint.locator("summary").first.click()
    assert hint.locator("p").first.is_visible()
    stage("hint", page)

    answer(page, place, ".sum(axis=0)", then=2)
    card.get_by_text("visible checks passed").wait_for()
    stage("right", page)

    save(page)
    page.get_by_role("tab", name="index.ipynb").click()
    page.locator(".jp-Notebook:visible .cm-content").last.click()
    page.keyboard.press("Shift+Enter")
    row.get_by_text("1 of 11").wait_for()
    stage("progress", page)

    checking = start(
        *COURSE, "check", UNIT, folder=tmp_path
    )  # at once with the others: it runs the unit again
    told = ended(start(*COURSE, "progress", folder=tmp_path))
    stage("progress-command", told)
    assert "1 of 11" in next(line for line in told.splitlines() if line.startswith("NB06"))
    ended(start(*EXPORT, folder=tmp_path))
    checked = ended(checking, code=1)
    stage("checked", checked)
    assert "NB06.E06  ok  3/3 points" in checked
    assert "1 of 11 checks passed" in checked

    exported = (tmp_path / UNIT).with_suffix(".html")
    # With scripts, the page fetches what sets its formulas. All else has to be there without.
    reader = new_page(viewport={"width": 1100, "height": 900}, java_script_enabled=False)
    reader.goto(exported.as_uri())
    shown = reader.locator(".bpc-card", has_text="NB06.E06")
    shown.scroll_into_view_if_needed()
    stage("exported", reader)
    assert shown.get_by_text("visible checks passed").is_visible()
    for cell in ("NB06-017", "NB06-065"):  # a widget, and a figure
        picture = reader.locator(f"[id='cell-id={cell}'] img, [id='cell-id={cell}'] svg").first
        picture.scroll_into_view_if_needed()
        stage(f"exported-{cell}", reader)
    page.complaints = [text for text in page.complaints if text != SLOW]
    reader.complaints = [text for text in reader.complaints if text != f"asked for {exported.as_uri()}"]


def start(*command: str, folder: Path) -> subprocess.Popen[str]:
    environment, pipe = environment_for(folder), subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


def ended(started: subprocess.Popen[str], code: int = 0) -> str:
    told, complaints = started.communicate(timeout=10 * PATIENCE)
    assert started.returncode == code, complaints
    return told
