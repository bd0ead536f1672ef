"""The perceptron stepper in a blank page: everything it shows is in its trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import PerceptronStepper

from .blank_page import is_clean_after_dispose, is_wider_than_the_page, open_widget
from .on_page import THEMES, OnPage, is_legible_and_fits, keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser


class Shown(OnPage):
    """A stepper on a page, and its Python twin."""

    frame = ".bc-perceptron"

    @property
    def said(self) -> str:
        """What the page says; the twin is brought to the same place."""
        for name in ("gate", "step"):
            setattr(self.twin, name, self.page.evaluate(f"model.get('{name}')"))
        return str(super().said)

    @property
    def slider(self) -> Any:
        return self.page.get_by_role("slider", name="Step")

    def row(self, name: str) -> list[str]:
        cells = self.page.locator(f".bc-perceptron-table [data-row={name}] td")
        return [str(text) for text in cells.all_text_contents()]

    def count(self, selector: str) -> int:
        return int(self.page.locator(selector).count())


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: PerceptronStepper | None = None, **options: Any) -> Shown:
        widget = widget or PerceptronStepper()
        traits = {name: getattr(widget, name) for name in ("trace", "gate", "step")}
        return Shown(open_widget(new_page, PerceptronStepper, traits, **options), widget)

    return show


def test_every_step_says_and_tabulates_what_the_trace_holds(show: Callable[..., Shown]) -> None:
    shown = show()
    for gate in ("AND", "XOR", "OR"):
        shown.press(gate)
        assert shown.said == shown.twin.sentence
        for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "End", "ArrowLeft", "Home"):
            shown.slider.press(key)
            assert shown.said == shown.twin.sentence
            step = shown.twin.run["steps"][shown.twin.step]
            for name in ("input", "weight", "product", "change", "after"):
                assert shown.row(name) == step["rows"][name]
            assert shown.count(".bc-perceptron-map .bc-plane-line") == bool(step["line"])
            moved = bool(step["wrong"] and step["before"])
            assert shown.count(".bc-perceptron-map .bc-plane-line-before") == moved


def test_crosses_count_the_updates_of_each_pass(show: Callable[..., Shown]) -> None:
    shown = show(PerceptronStepper("xor"))
    shown.slider.press("End")
    lines = shown.page.locator(".bc-perceptron-pass").all_text_contents()
    assert [line.count("✗") for line in lines] == shown.twin.run["updates"]
    assert lines[2].endswith("4 updates")
    shown.slider.press("Home")
    assert shown.count(".bc-perceptron-look[data-wrong=true]") == 0


def test_buttons_step_and_play_runs_to_the_end(show: Callable[..., Shown]) -> None:
    shown = show(clock=True)
    shown.press("Step on")
    shown.press("Step on")
    shown.press("Step back")
    assert shown.page.evaluate("model.get('step')") == 1
    shown.press("Play")
    for _ in shown.twin.run["steps"]:
        shown.page.clock.run_for(1000)
    assert shown.said == shown.twin.sentence
    assert shown.twin.step == len(shown.twin.run["steps"]) - 1
    assert shown.page.get_by_role("button", name="Play").is_visible()
    shown.press("Reset")
    assert shown.page.evaluate("model.get('step')") == 0


def test_many_points_of_ones_own_are_drawn_and_counted(show: Callable[..., Shown]) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    shown = show(PerceptronStepper(data=(X, X[:, 0] > 0.2), step=200))
    assert shown.count(".bc-perceptron-map .bc-class-point") == 200
    assert shown.said == shown.twin.sentence
    assert not is_wider_than_the_page(shown.page)


def test_the_code_is_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show()
    code = shown.code()
    assert code == shown.twin.run["code"]


def test_the_notebook_hears_no_key_and_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.slider.press("ArrowUp")
        shown.slider.press("d")
    page.get_by_role("button", name="AND").focus()
    marks_the_focus(page, 6)
    assert is_clean_after_dispose(page)


def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown], new_page: Callable[..., Any]) -> None:
    shown = show(PerceptronStepper(data=([[0.0, np.inf]], [1])))
    assert shown.page.get_by_role("alert").text_content() == shown.twin.trace["error"]
    page = open_widget(new_page, PerceptronStepper, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


MARKS = [".bc-perceptron-mark", ".bc-plane-line"]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(PerceptronStepper("xor", step=12), **THEMES[theme])
    is_legible_and_fits(shown, keep, f"perceptron-stepper-{theme}", *MARKS)
