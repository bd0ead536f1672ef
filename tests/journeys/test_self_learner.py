"""A learner alone: the widgets as files, on a telephone's screen, by keyboard, without a network."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.blank_page import is_wider_than_the_page
from tests.browser.test_pages import PHONE

from .conftest import Stage

pytestmark = pytest.mark.browser

EXPORT = (sys.executable, "-m", "backprop_course.cli", "explore", "--export", "pages")
_FOCUS = """
() => {
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  return {
    name: focused.textContent,
    role: focused.getAttribute("role"),
    outline: getComputedStyle(focused).outline,
    inSight: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    atEnd: focused === document.body,
  };
}
"""


def test_a_learner_alone_steps_through_a_graph_by_keyboard_on_a_small_screen(
    tmp_path: Path, new_page: Callable[..., Any], stage: Stage
) -> None:
    subprocess.run(EXPORT, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    page = new_page(**PHONE, offline=True)
    page.goto((tmp_path / "pages" / "index.html").as_uri())
    stage("index", page)
    tab_to(page, lambda focus: focus["name"] == "Graph stepper")
    stage("chosen", page)

    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Graph stepper", level=1).wait_for()
    page.get_by_role("application").wait_for()
    tab_to(page, lambda focus: focus["role"] == "application")
    said = page.locator("#widget").get_by_role("status").first
    assert str(said.text_content()).startswith("Given: w = 2")
    page.keyboard.press("ArrowRight")
    assert str(said.text_content()).startswith("Forward 1 of 6: v1 = w × x")
    stage("first-step", page)
    page.keyboard.press("End")
    assert "w_bar = 0.138717" in str(said.text_content())
    stage("last-step", page)
    # Nothing on the page is out of reach or holds the focus: to its end, and back to its beginning.
    tab_to(page, lambda focus: focus["atEnd"] or focus["name"] == "All pictures")
    tab_to(page, lambda focus: focus["name"] == "All pictures", "Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Backpropagation, to be touched").wait_for()
    own = {f"asked for {path.as_uri()}" for path in (tmp_path / "pages").iterdir()}
    page.complaints = [complaint for complaint in page.complaints if complaint not in own]


def tab_to(page: Any, wanted: Callable[[dict[str, Any]], bool], key: str = "Tab") -> None:
    """Press a key until what is wanted has the focus; each stop is marked and in sight, and the page fits."""
    for _ in range(80):
        page.keyboard.press(key)
        focus = page.evaluate(_FOCUS)
        assert not is_wider_than_the_page(page)
        assert focus["atEnd"] or ("2px" in focus["outline"] and focus["inSight"]), focus
        if wanted(focus):
            return
    pytest.fail(f"{key} did not come to it")
