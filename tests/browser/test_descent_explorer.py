"""The descent explorer in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import DescentExplorer

from .blank_page import is_clean_after_dispose, is_wider_than_the_page, open_widget
from .on_page import (
    THEMES,
    OnPage,
    each_says_what_python_says,
    is_legible_and_fits,
    keeping_its_keys,
    marks_the_focus,
)

pytestmark = pytest.mark.browser

SETTINGS = ("start", "method", "rate", "schedule", "momentum", "batch", "seed", "step")


class Shown(OnPage):
    """An explorer on a page; its Python twin makes the paths."""

    frame, settings = ".bc-descent", SETTINGS

    def choose(self, option: str, of: str = "Method") -> None:
        self.page.get_by_role("combobox", name=of).select_option(option)

    def count(self, kind: str) -> int:
        return int(self.page.locator(f".bc-descent-stage .{kind}").count())


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: DescentExplorer | None = None, **options: Any) -> Shown:
        widget = widget or DescentExplorer()
        traits = {name: getattr(widget, name) for name in ("trace", "run", *SETTINGS)}
        return Shown(open_widget(new_page, DescentExplorer, traits, **options), widget)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    each_says_what_python_says(
        shown,
        lambda: shown.slider("Step size η").press("ArrowRight"),
        lambda: shown.choose("inverse", "Schedule"),
        lambda: shown.slider("Momentum").press("End"),
        lambda: shown.slider("Start β₀").press("Home"),
        lambda: shown.slider("Start β₁").press("PageUp"),
        lambda: shown.choose("mini-batches"),
        lambda: shown.slider("Batch").press("ArrowRight"),
        lambda: shown.press("New seed"),
        lambda: shown.choose("line search"),
        lambda: shown.choose("conjugate gradients"),
        lambda: shown.choose("L-BFGS"),
        lambda: shown.slider("Step").press("ArrowLeft"),
    )
    assert shown.twin.start[0] == -4
    assert (shown.twin.seed, shown.twin.schedule) == (1, "inverse")


def test_settings_that_a_method_does_not_have_are_hidden(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.slider("Step size η").is_visible()
    assert not shown.page.get_by_text("seed 0").is_visible()
    shown.choose("mini-batches")
    assert shown.page.get_by_text("seed 0").is_visible()
    shown.choose("L-BFGS")
    assert not shown.slider("Step size η").is_visible()
    assert not shown.page.get_by_role("combobox", name="Schedule").is_visible()


def test_scrubbing_draws_the_path_so_far_without_the_kernel(show: Callable[..., Shown]) -> None:
    shown = show()
    last = len(shown.twin.run["sentences"]) - 1
    assert shown.count("bc-way-dot") == last + 1
    shown.slider("Step").press("Home")
    assert shown.count("bc-way-dot") == 1
    assert shown.said.startswith(f"Step 0 of {last}: (4, −1), loss 62.")
    assert shown.slider("Step").get_attribute("aria-valuetext") == f"0 of {last}"


def test_playing_goes_to_the_end_and_stops(show: Callable[..., Shown]) -> None:
    shown = show(DescentExplorer(method="conjugate gradients"), clock=True)
    shown.press("Play")
    for _ in shown.twin.run["sentences"]:
        shown.page.clock.run_for(400)
    assert shown.page.get_by_role("button", name="Play").is_visible()
    assert shown.said == shown.twin.sentence


def test_the_start_is_dragged_to_the_pointer_and_stays_in_view(show: Callable[..., Shown]) -> None:
    shown = show()
    box = shown.page.locator(".bc-plot-area").bounding_box()
    shown.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.down()
    # The middle of the map, to half a pixel and three figures.
    assert shown.page.evaluate("model.get('start')") == pytest.approx([1.0, 2.0], abs=0.03)
    shown.page.mouse.move(box["x"] - 40, box["y"] - 5)
    shown.page.mouse.up()
    assert shown.page.evaluate("model.get('start')") == [-4, 6]
    shown.page.wait_for_function("model.saved === 2")  # the last position is sent, if a little later
    shown.answer()
    assert shown.said == shown.twin.sentence


def test_a_path_that_diverges_is_drawn_as_far_as_can_be(show: Callable[..., Shown]) -> None:
    shown = show(DescentExplorer(lr=10.0))
    assert "diverged" in shown.said
    assert "not below the limit" in shown.said
    assert shown.count("bc-way") == 1
    assert not is_wider_than_the_page(shown.page)


def test_reset_returns_to_the_start(show: Callable[..., Shown]) -> None:
    shown = show()
    before = shown.said
    shown.choose("mini-batches")
    shown.slider("Start β₀").press("End")
    shown.answer()
    shown.press("Reset")
    shown.answer()
    assert shown.said == before


def test_the_code_is_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show()
    code = shown.code()
    assert code == shown.twin.run["code"]


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.slider("Step size η").press("ArrowUp")
        shown.slider("Step").press("d")
    page.get_by_role("combobox", name="Method").focus()
    marks_the_focus(page, 9)  # another list, five sliders, three buttons


def test_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    assert is_clean_after_dispose(show().page)


def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown]) -> None:
    shown = show(DescentExplorer(lambda p: np.log(-1 - p[0] ** 2)))
    assert shown.page.get_by_role("alert").text_content() == shown.twin.trace["error"]


def test_a_trace_that_is_broken_is_a_sentence(new_page: Callable[..., Any]) -> None:
    page = open_widget(new_page, DescentExplorer, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


MARKS = [".bc-ring", ".bc-best", *(f".bc-way{kind}" for kind in ("", "-ahead", "-dot", "-spot", "-start"))]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(DescentExplorer(method="mini-batches", lr=0.02), **THEMES[theme])
    for _ in range(25):
        shown.slider("Step").press("ArrowLeft")
    is_legible_and_fits(shown, keep, f"descent-explorer-{theme}", *MARKS)
