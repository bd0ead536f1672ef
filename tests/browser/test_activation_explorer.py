"""The activation explorer in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import ActivationExplorer

from .blank_page import open_widget
from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ActivationExplorer())
    says_what_python_says(
        live,
        lambda: live.slider("Input x").press("ArrowRight"),
        lambda: live.slider("Weight w").press("End"),
        lambda: live.slider("Bias b").press("Home"),
        lambda: live.choose("Activation", "tanh"),
        lambda: live.choose("Activation", "relu"),
    )
    assert live.slider("Input x").get_attribute("aria-valuetext") == "2"
    code = live.code()
    assert "sigmoid(1.0 * x + 0.0)" in code
    assert "x = 2.0" in code
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_a_drag_moves_the_input_without_the_kernel(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ActivationExplorer("tanh"))
    box = live.page.locator(".bc-plot-area").first.bounding_box()
    live.page.mouse.move(box["x"] + box["width"] * 11 / 16, box["y"] + 20)
    live.page.mouse.down()
    assert "At x = 3 the net input is" in live.said  # from -8 to 8: eleven sixteenths of the way
    assert "0.0099" in live.said
    live.page.mouse.move(box["x"] + 5000, box["y"])
    live.page.mouse.up()
    assert "At x = 8 the" in live.said
    assert live.count("bc-live-hatch") == 4  # two zones in each of two panels


def test_without_an_answer_that_is_said(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ActivationExplorer(), clock=True)
    live.slider("Weight w").press("ArrowRight")
    note = live.page.get_by_text("Python has not answered yet")
    assert not note.is_visible()
    live.page.clock.run_for(2000)
    assert note.is_visible()
    live.answer()
    assert not note.is_visible()


def test_what_cannot_be_shown_is_a_sentence(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ActivationExplorer(lambda z: z / None))
    assert live.said == live.twin.run["error"]
    live.choose("Activation", "tanh")  # and the way back is open
    live.answer()
    assert "net input" in live.said
    page = open_widget(new_page, ActivationExplorer, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(new_page: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    live = Live(new_page, ActivationExplorer(weight=1.5, x=1), **THEMES[theme])
    kinds = ("main", "second", "tangent", "spot", "spot2", "hatch", "zero", "cursor")
    marks = [f".bc-live-{kind}" for kind in kinds]
    is_legible_and_fits(live, keep, f"activation-explorer-{theme}", *marks)
