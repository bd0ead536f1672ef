"""The logit fitter in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import LogitFitter

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import (
    THEMES,
    OnPage,
    each_says_what_python_says,
    is_legible_and_fits,
    keeping_its_keys,
    marks_the_focus,
)

pytestmark = pytest.mark.browser

X = np.array([-2.5, -1.8, -1.1, -0.5, -0.2, 0.4, 0.6, 1.0, 1.3, 2.0, 2.7])
Y = np.array([0, 0, 0, 0, 1, 0, 1, 0, 1, 1, 1])


class Shown(OnPage):
    """A fitter on a page; its Python twin makes the traces."""

    frame, settings = ".bc-logit", ("x", "w", "point")

    def __init__(self, page: Any, twin: LogitFitter) -> None:
        super().__init__(page, twin)
        self.map, self.bars = page.locator(".bc-logit-map"), page.locator(".bc-logit-bars")
        self.curve = page.locator(".bc-logit-curve")

    def answer(self) -> None:
        """Hand back the map of the loss as well."""
        super().answer()
        self.page.evaluate("map => model.set('map', map)", self.twin.map)


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: LogitFitter | None = None, **options: Any) -> Shown:
        widget = widget or LogitFitter((X, Y), w=(0.5, 0.4))
        traits = {name: getattr(widget, name) for name in ("trace", "run", "map", "x", "w", "point")}
        return Shown(open_widget(new_page, LogitFitter, traits, **options), widget)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    each_says_what_python_says(
        shown,
        lambda: shown.slider("w₀").press("ArrowRight"),
        lambda: shown.slider("w₁").press("PageUp"),
        lambda: shown.slider("Points added").press("ArrowLeft"),
        lambda: shown.map.press("ArrowLeft"),
        lambda: shown.map.press("ArrowUp"),
        lambda: shown.map.press("PageDown"),
        lambda: shown.bars.press("ArrowLeft"),
        lambda: shown.bars.press("Home"),
        lambda: shown.bars.press("End"),
        lambda: shown.curve.press("."),
        lambda: shown.curve.press("ArrowLeft"),
        lambda: shown.curve.press(","),
    )


def test_a_point_is_dragged_along_x_and_the_map_follows(show: Callable[..., Shown]) -> None:
    shown = show()
    rings = shown.map.locator(".bc-logit-ring").first.get_attribute("d")
    low, high = shown.twin.trace["across"]
    area = shown.curve.locator(".bc-plot-area").bounding_box()
    box = shown.curve.locator(".bc-sample").nth(10).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = shown.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 50, y + 40)
    mouse.move(x - 100, y + 40)
    mouse.up()
    shown.page.wait_for_function("model.saved >= 2")
    shown.answer()
    # A hundred pixels to the left, to one of them and three figures; its target stays.
    assert shown.twin.x[10] == pytest.approx(2.7 - 100 * (high - low) / area["width"], abs=0.03)
    assert shown.twin.x[:10] == X[:10].tolist()
    assert shown.page.evaluate("model.get('point')") == 11
    assert shown.said == shown.twin.sentence
    assert shown.map.locator(".bc-logit-ring").first.get_attribute("d") != rings
    left = shown.curve.locator(".bc-sample").nth(10).bounding_box()["x"]
    assert left == pytest.approx(box["x"] - 100, abs=1)
    assert f"x = np.array([{', '.join(f'{v:g}' for v in shown.twin.x)}])" in shown.code()
    shown.press("Reset")
    assert shown.map.locator(".bc-logit-ring").first.get_attribute("d") == rings


def test_a_point_stays_in_the_plot_and_is_taken_from_near_by_only(show: Callable[..., Shown]) -> None:
    shown = show()
    area = shown.curve.locator(".bc-plot-area").bounding_box()
    mouse = shown.page.mouse
    mouse.move(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
    mouse.down()
    mouse.move(area["x"], area["y"])
    mouse.up()
    assert shown.page.evaluate("model.saved") == 0
    box = shown.curve.locator(".bc-sample").nth(10).bounding_box()
    mouse.move(box["x"] + 3, box["y"] + 3)
    mouse.down()
    mouse.move(box["x"] + 400, box["y"])
    mouse.up()
    assert shown.page.evaluate("model.get('x')[10]") == shown.twin.trace["across"][1]


def test_the_mark_of_the_least_loss_goes_where_there_is_none(show: Callable[..., Shown]) -> None:
    shown = show(LogitFitter(([-1.0, -0.8, 2.0], [0, 1, 0])))
    mark = shown.page.locator(".bc-legend").get_by_text("least loss")
    assert mark.is_visible()
    assert shown.map.locator(".bc-logit-best").count() == 1
    shown.page.evaluate("model.set('x', [-1.0, -0.8, -0.9])")
    shown.page.evaluate("model.set('point', 3)")
    for _ in range(10):
        shown.curve.press(",")
    shown.answer()
    assert not mark.is_visible()
    assert shown.map.locator(".bc-logit-best").count() == 0


def test_the_weights_are_dragged_on_the_map_and_stay_on_it(show: Callable[..., Shown]) -> None:
    shown = show()
    box = shown.map.locator(".bc-plot-area").bounding_box()
    shown.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown.page.mouse.down()
    # The middle of the map, to a pixel (6/300 and 8/190) and three figures.
    assert shown.page.evaluate("model.get('w')") == pytest.approx([0, 2], abs=0.06)
    shown.page.mouse.move(box["x"] - 40, box["y"] - 5, steps=3)
    shown.page.mouse.up()
    assert shown.page.evaluate("model.get('w')") == [-3, 6]
    shown.page.wait_for_function("model.saved >= 2")  # the last position is sent, if a little later
    shown.answer()
    assert shown.said == shown.twin.sentence


def test_bars_are_as_high_as_the_losses_and_a_click_chooses_one(show: Callable[..., Shown]) -> None:
    shown = show()
    heights = shown.bars.locator(".bc-loss-bar").evaluate_all(
        "all => all.map((e) => +e.getAttribute('height'))"
    )
    shares = np.array(heights) / np.array(shown.twin.run["bars"])
    np.testing.assert_allclose(shares, shares[0], rtol=1e-9)
    assert [e for e in heights if e > 0] == heights
    box = shown.bars.locator(".bc-loss-bar").nth(4).bounding_box()
    shown.page.mouse.click(box["x"] + 3, box["y"] + 3)
    assert shown.page.evaluate("model.get('point')") == 5
    assert shown.page.locator(".bc-fit-arrows .bc-pull").count() == 5
    assert "\nPoint 5 of 11 at x = −0.200, y = 1" in shown.said


def test_reset_returns_and_code_is_copied(show: Callable[..., Shown]) -> None:
    shown = show()
    before = shown.said
    shown.map.press("PageUp")
    shown.bars.press("Home")
    shown.answer()
    shown.page.get_by_role("button", name="Reset").click()
    assert shown.said == before
    code = shown.code()
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["w"].tolist() == [0.5, 0.4]


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.map.press("ArrowUp")
        shown.bars.press("d")
        shown.curve.press("d")
        shown.curve.focus()
    marks_the_focus(page, 7)  # map, bars, three sliders, two buttons


def test_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    assert is_clean_after_dispose(show().page)


def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown], new_page: Callable[..., Any]) -> None:
    shown = show(LogitFitter(([1.0, 2.0], [0.0, 0.5])))
    assert "a target of 0.5" in shown.page.get_by_role("alert").text_content()
    broken = open_widget(new_page, LogitFitter, {"trace": {"error": ""}})
    assert "could not be drawn" in broken.get_by_role("alert").text_content()


MARKS = [
    ".bc-logit-line",
    ".bc-logit-ring",
    ".bc-logit-best",
    ".bc-sample",
    ".bc-chance",
    ".bc-loss-bar",
    ".bc-mean-bar",
]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(**THEMES[theme])
    for _ in range(0 if theme == "phone" else 4):
        shown.slider("Points added").press("ArrowLeft")
    is_legible_and_fits(shown, keep, f"logit-fitter-{theme}", *MARKS)
