"""The finite-difference microscope in a blank page: its controls, what it says, what it draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import DifferenceMicroscope

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import THEMES, OnPage, is_legible_and_fits, keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser


def waves(x: Any) -> Any:
    return np.sin(x**2)


class Shown(OnPage):
    """A microscope on a page beside its Python twin."""

    frame = ".bc-microscope"

    @property
    def expected(self) -> str:
        """What Python says in the position that the browser is in, with the mark of the verdict."""
        names = ("method", "precision", "step", "tolerance", "tested")
        for name in names:
            setattr(self.twin, name, self.page.evaluate(f"model.get('{name}')"))
        sentence, verdict = self.twin.sentence.split("\n")
        good = "as it should" in verdict
        return f"{sentence}\n{'✓' if good else '✗'} {verdict}"


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: DifferenceMicroscope | None = None, **options: Any) -> Shown:
        widget = widget or DifferenceMicroscope(waves, 1.3)
        names = ("trace", "method", "precision", "step", "tolerance", "tested")
        traits = {name: getattr(widget, name) for name in names}
        return Shown(open_widget(new_page, DifferenceMicroscope, traits, **options), widget)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.said == shown.expected
    before = shown.said
    for act in (
        lambda: shown.press("forward"),
        lambda: shown.press("float32"),
        lambda: shown.slider("Step h").press("ArrowLeft"),
        lambda: shown.slider("Step h").press("Home"),
        lambda: shown.slider("Tolerance").press("PageDown"),
        lambda: shown.page.get_by_role("combobox").select_option("a gradient too large by 1e−4"),
        lambda: shown.press("Best step"),
    ):
        act()
        assert shown.said == shown.expected
        assert shown.said != before
        before = shown.said
    assert shown.twin.method == "forward"
    assert shown.page.evaluate("model.saved") == 7
    pressed = shown.page.get_by_role("button", pressed=True).all_text_contents()
    assert pressed == ["forward", "float32"]


def test_sliders_speak_the_step_and_the_tolerance(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.slider("Step h").get_attribute("aria-valuetext") == "1e−6"
    assert shown.slider("Tolerance").get_attribute("aria-valuetext") == "1e−5"
    shown.slider("Step h").press("ArrowRight")
    assert shown.slider("Step h").get_attribute("aria-valuetext") == "1.8e−6"


def test_a_wrong_verdict_is_marked_with_a_cross_below_its_step(show: Callable[..., Shown]) -> None:
    shown = show()
    refused = sum(
        log > -5 for log in shown.twin.trace["tested"][0]["gaps"]["central float64"]["log"]
    )  # the engine's gradient is right: each refusal is a wrong verdict
    assert shown.page.locator(".bc-microscope-stage .bc-wrong-mark").count() == refused > 5
    shown.slider("Step h").press("Home")
    assert shown.said.endswith("is refused, though it is right.")
    assert "✗" in shown.said


def test_the_curve_is_drawn_where_the_errors_are(show: Callable[..., Shown]) -> None:
    shown = show()
    spot = "() => ['cx', 'cy'].map((n) => Number(document.querySelector('.bc-spot').getAttribute(n)))"
    x, y = shown.page.evaluate(spot)
    shown.slider("Step h").press("End")
    right, up = shown.page.evaluate(spot)
    assert right > x
    assert up < y  # a larger error stands higher
    path = str(shown.page.locator(".bc-microscope-stage .bc-curve").get_attribute("d"))
    assert path.count("L") == len(shown.twin.trace["steps"]) - 1
    assert path.endswith(f"{right:.1f},{up:.1f}")


def test_a_click_or_a_drag_on_the_picture_chooses_the_step(show: Callable[..., Shown]) -> None:
    shown = show()
    box = shown.page.locator(".bc-plot-area").bounding_box()
    shown.page.mouse.move(box["x"] + 5, box["y"] + 50)
    shown.page.mouse.down()
    assert shown.page.evaluate("model.get('step')") == 0
    shown.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + 50)
    shown.page.mouse.up()
    assert shown.page.evaluate("model.get('step')") == len(shown.twin.trace["steps"]) - 1
    assert shown.said == shown.expected


def test_reset_returns_to_the_start(show: Callable[..., Shown]) -> None:
    shown = show()
    start = shown.said
    shown.press("float32")
    shown.slider("Tolerance").press("Home")
    shown.press("Reset")
    assert shown.said == start


def test_the_code_is_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.press("Copy as code")
    field = shown.page.get_by_role("textbox", name="Code")
    if field.is_visible():
        code = field.input_value()
    else:
        code = shown.page.evaluate("navigator.clipboard.readText()")
    assert "estimate = (f(x + h) - f(x - h)) / (2 * h)" in code
    assert "{" not in code
    compile(code, "copied", "exec")


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.slider("Step h").press("ArrowUp")
        shown.slider("Step h").press("d")
    page.get_by_role("button", name="forward").focus()
    marks_the_focus(page, 9)  # the focus has been seen to stand on all ten when it has moved nine times


def test_a_change_from_python_is_shown_and_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.page.evaluate("model.set('step', 3)")
    assert shown.said == shown.expected
    assert shown.slider("Step h").input_value() == "3"
    assert is_clean_after_dispose(shown.page)


@pytest.mark.parametrize("f", [lambda x: 1 / 0, lambda x: np.log(x - 9)], ids=["raises", "nan"])
def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown], f: Any) -> None:
    shown = show(DifferenceMicroscope(f, 1.3))
    assert shown.page.get_by_role("alert").text_content() == shown.twin.trace["error"]


def test_a_trace_that_is_broken_is_a_sentence(new_page: Callable[..., Any]) -> None:
    page = open_widget(new_page, DifferenceMicroscope, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


MARKS = [
    f".bc-{kind}"
    for kind in (
        "curve",
        "other",
        "truncation",
        "rounding",
        "limit",
        "gap",
        "cursor",
        "spot",
        "right-mark",
        "wrong-mark",
    )
]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(**THEMES[theme])
    shown.page.get_by_role("combobox").select_option("a gradient too large by 1e−4")
    shown.slider("Step h").press("Home")
    is_legible_and_fits(shown, keep, f"difference-microscope-{theme}", *MARKS)
