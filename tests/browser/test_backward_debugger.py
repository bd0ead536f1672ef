"""The backward debugger in a blank page: cells, keys, what it says, another trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder import check
from backprop_course.widgets import BackwardDebugger
from backprop_course.widgets.trace_backward import look_up, start_of

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import THEMES, OnPage, has_an_outline, is_legible_and_fits, keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser


def affine_backward(dY: Any, X: Any, W: Any) -> Any:
    dW = X.T @ dY
    dW[1, 1:3] *= -1
    return dY @ W.T, dW, dY


EXERCISE = BackwardDebugger("NB06.E06", affine_backward, check=check).trace
LARGE = BackwardDebugger(
    lambda x: np.sum(x**2),
    lambda x: 2 * np.where(x > 0.5, -x, x),
    np.linspace(-1, 1, 600).reshape(20, 30),
).trace


class Shown(OnPage):
    """A debugger on a page, and what a reader finds there."""

    frame = ".bc-debugger"

    def __init__(self, page: Any) -> None:
        super().__init__(page)
        self.stage = page.get_by_role("application")

    @property
    def said(self) -> str:
        return str(self.page.get_by_role("status").first.text_content())

    @property
    def place(self) -> tuple[int, int, int]:
        part, row, column = self.page.evaluate("['part', 'row', 'column'].map((name) => model.get(name))")
        return part, row, column

    def here(self) -> list[str]:
        """Texts of the cells that are marked as looked at, map by map."""
        return [str(text) for text in self.page.locator(".bc-here").all_text_contents()]


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(trace: dict[str, Any] = EXERCISE, **options: Any) -> Shown:
        traits = {"trace": trace, **start_of(trace)}
        return Shown(open_widget(new_page, BackwardDebugger, traits, **options))

    return show


def test_it_opens_at_the_first_wrong_entry_in_all_maps(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.place == (1, 1, 1)
    assert shown.said == look_up(EXERCISE, 1, 1, 1)
    assert shown.said.endswith("relative error 2, ratio −1. Wrong.")
    assert len(shown.here()) == 5
    assert shown.here()[3:] == ["2", "−1"]


def test_the_arrows_look_at_every_cell_and_say_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.stage.focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight"):
        shown.keys(key)
        assert shown.said == look_up(EXERCISE, *shown.place)
    assert shown.place == (1, 2, 1)  # it stops at the border
    shown.keys("Home")
    assert shown.place == (1, 1, 1)
    shown.keys("n")
    assert shown.place == (1, 1, 2)
    shown.keys("n")  # round to the first
    assert shown.place == (1, 1, 1)


def test_another_gradient_is_chosen_by_its_button(show: Callable[..., Shown]) -> None:
    shown = show()
    names = shown.page.get_by_role("group", name="Gradient").get_by_role("button").all_text_contents()
    assert names == ["✓ dX", "✗ dW", "✗ db"]
    shown.press("✓ dX")
    assert shown.said == look_up(EXERCISE, 0, 0, 0)
    assert shown.page.locator(".bc-cell[data-wrong]").count() == 0
    shown.press("✗ db")
    assert shown.page.locator(".bc-detail").text_content().startswith("db: wrong shape, (5, 4) where")
    assert shown.said == look_up(EXERCISE, 2, 0, 0)
    assert [str(c) for c in shown.page.locator("figcaption").all_text_contents()] == [
        "yours (5, 4)",
        "reference (4,)",
        "differences (4,)",
    ]
    assert len(shown.here()) == 2  # a cell of another shape is no counterpart
    shown.press("Reset")
    assert shown.place == (1, 1, 1)


def test_a_click_looks_at_a_cell_and_wrong_cells_are_outlined(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.page.locator(".bc-map[data-key=reference] .bc-cell").nth(6).click()
    assert shown.place == (1, 1, 2)
    assert shown.page.locator(".bc-map[data-key=yours] .bc-cell[data-wrong]").count() == 2


def test_the_named_mistake_is_told(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.page.locator(".bc-said").text_content().count("looks like M03") == 1


def test_a_large_gradient_is_shown_without_numbers_and_still_read_out(show: Callable[..., Shown]) -> None:
    shown = show(LARGE)
    assert shown.page.locator(".bc-map[data-key=yours] .bc-cell").count() == 20 * 24
    assert shown.here() == [""] * 5
    assert shown.said == look_up(LARGE, *shown.place)
    assert "24 of 30 columns" in shown.page.locator(".bc-detail").text_content()
    assert shown.page.locator(".bc-map[data-key=error] .bc-cell[data-wrong]").count() > 50


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.stage.focus()
        shown.keys("ArrowUp", "d", "n")
    page.get_by_role("button", name="✓ dX").focus()
    assert has_an_outline(page)
    marks_the_focus(page, 6)


def test_the_code_is_for_the_gradient_that_is_looked_at(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.press("✗ db")
    code = shown.code()
    assert '["db"]' in code
    compile(code, "copied", "exec")


def test_another_trace_is_drawn_and_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.page.evaluate("(trace) => model.set('trace', trace)", LARGE)
    assert shown.page.locator(".bc-map[data-key=yours] .bc-cell").count() == 20 * 24
    assert is_clean_after_dispose(shown.page)


def test_what_cannot_be_shown_is_a_sentence(new_page: Callable[..., Any], show: Callable[..., Shown]) -> None:
    raised = BackwardDebugger(lambda x: 1 / 0, lambda x: x, 1.0)
    assert show(raised.trace).page.get_by_role("alert").text_content() == raised.trace["error"]
    page = open_widget(new_page, BackwardDebugger, {"trace": {"error": "", "parts": [{}]}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


@pytest.mark.parametrize("trace", [EXERCISE, LARGE], ids=["exercise", "large"])
@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(
    show: Callable[..., Shown],
    keep: Callable[..., None],
    theme: str,
    trace: dict[str, Any],
    request: pytest.FixtureRequest,
) -> None:
    shown = show(trace, **THEMES[theme])
    is_legible_and_fits(shown, keep, f"backward-debugger-{request.node.callspec.id}")
    assert shown.page.evaluate(
        "(([stage, ...maps]) => maps.every((map) => map.right <= stage.right))"
        "([...document.querySelectorAll('.bc-maps, .bc-map')].map((e) => e.getBoundingClientRect()))"
    )
