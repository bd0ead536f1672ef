"""The line fitter in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import LineFitter

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

SETTINGS = ("x", "y", "beta", "line", "loss", "residuals", "point")
X = np.arange(9.0)
Y = np.array([1.1, 1.4, 2.1, 2.3, 3.2, 3.4, 4.1, 4.4, 14.0])


class Shown(OnPage):
    """A fitter on a page; its Python twin makes the traces."""

    frame, settings = ".bc-fitter", SETTINGS

    def __init__(self, page: Any, twin: LineFitter) -> None:
        super().__init__(page, twin)
        self.stage = page.locator(".bc-fit-stage")

    @property
    def doubt(self) -> Any:
        return self.page.get_by_text("Python has not answered")

    def middle(self, kind: str, number: int) -> tuple[float, float]:
        box = self.stage.locator(f".{kind}").nth(number).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, start: tuple[float, float], by: tuple[float, float]) -> None:
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(start[0] + by[0], start[1] + by[1], steps=4)
        self.page.mouse.up()


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: LineFitter | None = None, **options: Any) -> Shown:
        widget = widget or LineFitter((X, Y), beta=(1, 1), view=((-0.5, 8.5), (-4, 16)))
        traits = {name: getattr(widget, name) for name in ("trace", "run", *SETTINGS)}
        return Shown(open_widget(new_page, LineFitter, traits, **options), widget)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    each_says_what_python_says(
        shown,
        lambda: shown.press("best squared"),
        lambda: shown.press("absolute loss"),
        lambda: shown.press("best absolute"),
        lambda: shown.slider("Your β₀").press("ArrowRight"),
        lambda: shown.slider("Your β₁").press("PageDown"),
        lambda: shown.slider("Points added").press("ArrowLeft"),
        lambda: shown.stage.press("ArrowLeft"),
        lambda: shown.stage.press("PageUp"),
        lambda: shown.stage.press("ArrowDown"),
        lambda: shown.stage.press("."),
        lambda: shown.stage.press("End"),
        lambda: shown.stage.press("Home"),
    )
    assert shown.twin.line == "own"  # moving your line brings it back


def test_the_numbers_in_the_table_are_those_of_the_trace(show: Callable[..., Shown]) -> None:
    shown = show()
    rows = shown.page.locator(".bc-fit-table tr").all_text_contents()
    for row, (name, line) in zip(rows[1:], shown.twin.run["lines"].items(), strict=True):
        totals = [line["losses"][loss]["total"] for loss in ("squared", "absolute")]
        assert row.strip() == shown.twin.trace["names"][name] + "".join([*line["beta_texts"], *totals])


def test_a_point_is_dragged_and_the_last_position_is_sent(show: Callable[..., Shown]) -> None:
    shown = show()
    before = shown.twin.run["lines"]["squared"]["beta"]
    box = shown.page.locator(".bc-plot-area").first.bounding_box()
    shown.drag(shown.middle("bc-fit-point", 8), (0, box["height"] / 2))
    assert shown.page.evaluate("model.get('point')") == 9
    x, y = shown.page.evaluate("[model.get('x')[8], model.get('y')[8]]")
    # Half of the view of 20, to a pixel of a twelfth and three figures.
    assert (x, y) == pytest.approx((8, 4), abs=0.15)
    shown.page.wait_for_function("model.saved >= 2")
    shown.answer()
    assert shown.twin.run["lines"]["squared"]["beta"][1] < before[1]
    assert shown.said == shown.twin.sentence


def test_a_handle_turns_the_line_about_the_other_one(show: Callable[..., Shown]) -> None:
    shown = show()
    held = shown.middle("bc-fit-handle", 0)
    shown.drag(shown.middle("bc-fit-handle", 1), (0, 40))
    shown.answer()
    assert shown.twin.beta[1] < 1
    assert shown.middle("bc-fit-handle", 0) == pytest.approx(held, abs=1)  # beta has three figures


def test_nothing_is_taken_where_nothing_is_near(show: Callable[..., Shown]) -> None:
    shown = show()
    box = shown.page.locator(".bc-plot-area").first.bounding_box()
    shown.drag((box["x"] + 60, box["y"] + 15), (30, 30))
    assert shown.page.evaluate("model.saved") == 0


def test_arrows_are_added_one_by_one_without_the_kernel(show: Callable[..., Shown]) -> None:
    shown = show()
    pulls = shown.page.locator(".bc-fit-arrows .bc-pull")
    assert pulls.count() == 9
    shown.stage.press("Home")
    assert pulls.count() == 0
    assert shown.said == "No gradient is added yet: the sum begins at (0, 0)."
    shown.stage.press("ArrowRight")
    assert pulls.count() == 1
    assert shown.said.startswith("Point 1 of 9 at (0.000, 1.100): your line predicts 1.000, error −0.100")


def test_errors_are_bars_or_squares(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.stage.locator("rect.bc-error").count() == 9
    shown.press("bars")
    assert shown.stage.locator("rect.bc-error").count() == 0
    assert shown.stage.locator("path.bc-error").count() == 9


def test_where_python_is_silent_that_is_said_until_reset(show: Callable[..., Shown]) -> None:
    shown = show(clock=True)
    before = shown.said
    shown.stage.press("PageDown")
    assert not shown.doubt.is_visible()
    shown.page.clock.run_for(3000)
    assert shown.doubt.is_visible()
    shown.press("Reset")
    assert not shown.doubt.is_visible()
    assert shown.said == before
    shown.stage.press("PageDown")
    shown.answer()
    shown.page.clock.run_for(3000)
    assert not shown.doubt.is_visible()


def test_the_code_is_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show()
    code = shown.code()
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["whole"] == pytest.approx(
        shown.twin.run["lines"]["own"]["losses"]["squared"]["sums"][-1], rel=5e-6
    )


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.stage.press("ArrowUp")
        shown.slider("Points added").press("d")
    shown.page.get_by_role("button", name="your line").focus()
    marks_the_focus(page, 12)  # six more choices, the plot, three sliders, two buttons


def test_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    assert is_clean_after_dispose(show().page)


def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown], new_page: Callable[..., Any]) -> None:
    shown = show(LineFitter((np.arange(10_000.0), np.arange(10_000.0))))
    assert "10,000 points" in shown.page.get_by_role("alert").text_content()
    broken = open_widget(new_page, LineFitter, {"trace": {"error": ""}})
    assert "could not be drawn" in broken.get_by_role("alert").text_content()


MARKS = [f".bc-fit-{kind}" for kind in ("own", "squared", "absolute", "point", "chosen", "handle")]
MARKS += [".bc-error", ".bc-error-ahead", ".bc-zero", ".bc-pull-ahead", ".bc-pull-start"]
MARKS += [f".bc-pull{kind} path" for kind in ("", "-last", "-sum")]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(**THEMES[theme])
    if theme == "dark":
        shown.press("best squared")
        shown.press("bars")
    for _ in range(2):
        shown.slider("Points added").press("ArrowLeft")
    is_legible_and_fits(shown, keep, f"line-fitter-{theme}", *MARKS)
