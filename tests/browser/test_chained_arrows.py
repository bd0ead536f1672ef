"""The chained arrows in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import ChainedArrows

from .blank_page import open_widget
from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser


def polar(x: Any) -> Any:
    return np.stack([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])


def squared(y: Any) -> Any:
    return np.stack([y[0] ** 2 - y[1] ** 2, 2 * y[0] * y[1]])


def pairs(**settings: Any) -> ChainedArrows:
    return ChainedArrows([polar, squared], (1.2, 0.5), view=((0, 2), (-1, 1)), **settings)


def drag(live: Live, start: tuple[float, float], by: tuple[float, float]) -> None:
    mouse = live.page.mouse
    mouse.move(*start)
    mouse.down()
    mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
    mouse.move(start[0] + by[0], start[1] + by[1])
    mouse.up()
    live.answer()


def middle(live: Live, kind: str, place: int = 0) -> tuple[float, float]:
    box = live.page.locator(f".bc-live-stage {kind}").nth(place).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, pairs())
    says_what_python_says(
        live,
        lambda: live.slider("x₁").press("ArrowRight"),
        lambda: live.slider("x₂").press("ArrowLeft"),
        lambda: live.slider("Way of ẋ").press("ArrowRight"),
        lambda: live.slider("Length of ẋ").press("ArrowLeft"),
        lambda: live.slider("Links passed").press("ArrowLeft"),
        lambda: live.press("slope, back"),
        lambda: live.slider("Way of z̄").press("ArrowRight"),
        lambda: live.slider("Links passed").press("Home"),
        lambda: live.slider("Links passed").press("End"),
    )
    assert "links = [polar, squared]" in live.code()
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_arrows_and_jacobians_appear_link_by_link(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, pairs(passed=0))
    matrices = live.page.locator(".bc-arrows-matrix")
    for passed in range(3):
        assert live.count("bc-arrow-tip") == passed + 1
        assert live.count("bc-arrow-true") == passed
        assert live.count("bc-arrows-ring") == 2 * passed + 1
        used = live.page.locator(".bc-arrows-matrix[data-passed=true]")
        assert used.count() == passed + 1  # with the product
        live.slider("Links passed").press("ArrowRight")
    rows = live.twin.run["forward"][2]
    assert matrices.last.locator("td").all_text_contents() == [text for row in rows for text in row]
    live.press("slope, back")
    assert live.count("bc-arrow-bar") == 3
    assert live.count("bc-arrow-true") == live.count("bc-arrows-ring") == 0
    live.slider("Links passed").press("Home")
    assert live.count("bc-arrow-bar") == 1


def test_the_input_and_the_tip_of_the_nudge_are_dragged(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, pairs(nudge=0.5, direction=0))
    pixels = live.page.locator(".bc-arrows-first .bc-plot-area").bounding_box()["width"] / 2.24
    drag(live, middle(live, ".bc-arrows-spot"), (-0.4 * pixels, -0.3 * pixels))
    assert live.twin.run["values"][0] == [0.8, 0.8]
    assert live.twin.value("way") == 0
    assert live.said == live.twin.sentence
    # The tip is 0.5 to the right of the point; it is led to the same distance above it.
    x, y = middle(live, ".bc-arrows-spot")
    drag(live, (x + 0.5 * pixels, y), (-0.5 * pixels, -0.5 * pixels))
    assert live.twin.run["values"][0] == [0.8, 0.8]
    assert (live.twin.value("way"), live.twin.value("size")) == (90, 0.5)
    assert live.said == live.twin.sentence


def test_the_last_slope_is_turned_by_its_tip(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, pairs(mode="back", passed=0, bar=0))
    x, y = middle(live, ".bc-arrows-spot", 2)
    box = live.page.locator(".bc-live-stage .bc-arrow-bar").bounding_box()
    drag(live, (box["x"] + box["width"] - 2, y), (x - box["x"] - box["width"] + 2, 40))
    assert live.twin.value("bar") == 270
    assert live.said == live.twin.sentence
    assert "z̄ = (0.000, −1.000)" in live.said


def test_nothing_is_taken_beside_the_first_plot(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, pairs())
    drag(live, middle(live, ".bc-arrows-spot", 1), (20, 20))
    assert live.page.evaluate("model.saved") == 0


def test_numbers_are_dragged_along_their_line(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ChainedArrows([np.square, np.sin], 0.8, nudge=0.2, direction=0, view=(0, 1.6)))
    area = live.page.locator(".bc-arrows-first .bc-plot-area").bounding_box()
    low, high = live.twin.trace["views"][0][0]
    pixels = area["width"] / (high - low)
    drag(live, middle(live, ".bc-arrows-spot"), (0.4 * pixels, 0))
    assert live.twin.value("x1") == pytest.approx(1.2, abs=0.011)  # a pixel is less than a place
    x, y = middle(live, ".bc-arrows-spot")
    drag(live, (x + 0.2 * pixels, y), (-0.5 * pixels, 0))
    assert (live.twin.value("way"), live.twin.value("size")) == (180, 0.3)
    assert "ẋ" in live.said or "ż" in live.said
    assert live.said == live.twin.sentence


def test_where_the_chain_is_not_defined_that_is_said_and_the_next_place_drawn(
    new_page: Callable[..., Any],
) -> None:
    live = Live(new_page, ChainedArrows([np.sqrt, np.square], 1.0, view=(-1, 1)))
    live.slider("x").press("Home")
    live.answer()
    assert "y = sqrt is not finite" in live.said
    assert live.count("bc-arrow-tip") == 0
    live.slider("x").press("End")
    live.answer()
    assert live.count("bc-arrow-tip") == 3


def test_what_cannot_be_shown_is_a_sentence(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ChainedArrows([np.square], np.nan))
    assert "not finite" in live.page.get_by_role("alert").text_content()
    broken = open_widget(new_page, ChainedArrows, {"trace": {"error": ""}})
    assert "could not be drawn" in broken.get_by_role("alert").text_content()


FORWARD = [".bc-arrow-tip path", ".bc-arrow-tip polygon", ".bc-arrow-true path", ".bc-arrow-true polygon"]
FORWARD += [".bc-live-stage .bc-arrows-ring", ".bc-legend .bc-arrows-ring", ".bc-arrows-spot"]
BACK = [".bc-arrow-then path", ".bc-arrow-bar path", ".bc-arrow-bar polygon", ".bc-arrows-spot"]


@pytest.mark.parametrize("mode", ["forward", "back"])
@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(
    new_page: Callable[..., Any], keep: Callable[..., None], theme: str, mode: str
) -> None:
    live = Live(new_page, pairs(mode=mode, direction=75), **THEMES[theme])
    is_legible_and_fits(live, keep, f"arrows-{mode}-{theme}", *(FORWARD if mode == "forward" else BACK))


@pytest.mark.parametrize("theme", THEMES)
def test_numbers_are_legible_and_fit(
    new_page: Callable[..., Any], keep: Callable[..., None], theme: str
) -> None:
    live = Live(new_page, ChainedArrows([np.square, np.sin, np.exp, np.tanh, np.cos], 0.8), **THEMES[theme])
    is_legible_and_fits(live, keep, f"arrows-numbers-{theme}", *FORWARD[:4], ".bc-arrows-rule")
