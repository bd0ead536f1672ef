"""The Jacobian builder in a blank page: products by keys and buttons, sizes, costs, what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import JacobianBuilder
from backprop_course.widgets.trace_jacobian import look_up

from .blank_page import (
    DARK,
    LIGHT,
    faint_texts,
    is_clean_after_dispose,
    is_wider_than_the_page,
    open_widget,
    unmarked_focus,
)

pytestmark = pytest.mark.browser

A = np.random.default_rng(1).standard_normal((4, 3))


class Shown:
    """A builder on a page, and what a reader finds there."""

    def __init__(self, page: Any, trace: dict[str, Any]) -> None:
        self.page, self.trace = page, trace
        self.stage = page.get_by_role("application")

    @property
    def said(self) -> str:
        return str(self.page.locator(".bc-say").text_content())

    @property
    def expected(self) -> str:
        mode, products, n, m = self.page.evaluate(
            "['mode', 'products', 'n', 'm'].map((name) => model.get(name))"
        )
        return look_up(self.trace, mode, products, n, m)

    @property
    def known(self) -> int:
        return int(self.page.locator(".bc-entry-cell:not([data-look=unknown])").count())

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def slider(self, name: str) -> Any:
        return self.page.get_by_role("slider", name=name)


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(builder: JacobianBuilder | None = None, **options: Any) -> Shown:
        builder = builder or JacobianBuilder()
        traits = {name: getattr(builder, name) for name in ("trace", "mode", "products", "n", "m", "along")}
        return Shown(open_widget(new_page, JacobianBuilder, traits, **options), builder.trace)

    return show


def test_each_key_makes_a_product_and_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.known == 0
    shown.stage.focus()
    heard = [shown.said]
    for k in range(1, 9):
        shown.keys("ArrowRight")
        assert shown.known == 3 * k
        assert shown.said == shown.expected
        heard.append(shown.said)
    assert len(set(heard)) == 9
    shown.keys("ArrowRight")  # there is no ninth column
    assert shown.said == heard[-1]
    shown.keys("ArrowLeft")
    assert shown.said == heard[-2]
    shown.keys("Home")
    assert shown.said == heard[0]
    shown.keys("End")
    assert shown.said == heard[-1]


def test_rows_are_filled_from_left_to_right(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.press("rows, by VJPs")
    assert shown.said.startswith("Nothing is known yet")
    shown.press("One product more")
    assert shown.said == shown.expected
    assert shown.known == 8
    texts = shown.page.locator(".bc-entry-cell").all_text_contents()
    assert texts[:8] == shown.trace["texts"][0][:8]
    assert set(texts[8:]) == {"·"}
    shown.press("All")
    assert shown.known == 24
    assert shown.said.startswith("Complete after 3 VJPs")
    shut = "[...document.querySelectorAll('[aria-disabled=true]')].map((b) => b.getAttribute('aria-label'))"
    assert shown.page.evaluate(shut) == ["One product more", "All"]


def test_moving_a_size_changes_jacobian_costs_and_words(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.press("All")
    shown.slider("Inputs n").press("Home")
    assert shown.page.locator(".bc-entry-cell").count() == 3
    assert shown.said == shown.expected
    assert "Columns are cheaper" in shown.said
    assert shown.page.locator(".bc-heading").text_content() == "The Jacobian of a chain: 1 → 6 → 5 → 3"
    spots = """() => [document.querySelector('.bc-columns-spot').cy.baseVal.value,
                      document.querySelector('.bc-rows-spot').y.baseVal.value + 4]"""
    columns, rows = shown.page.evaluate(spots)
    assert columns > rows  # lower in the picture: cheaper
    shown.slider("Outputs m").press("End")
    assert "outputs m, with n = 1" in shown.page.locator(".bc-plot").text_content()
    assert shown.said == shown.expected
    shown.slider("Inputs n").press("End")
    shown.press("All")
    assert "Both cost the same." in shown.said
    columns, rows = shown.page.evaluate(spots)
    assert columns == pytest.approx(rows, abs=0.1)
    shown.press("Reset")
    assert shown.page.locator(".bc-entry-cell").count() == 24
    assert shown.known == 0


def test_a_function_has_no_sizes_to_move(show: Callable[..., Shown]) -> None:
    shown = show(JacobianBuilder(lambda x: np.tanh(A @ x), np.ones(3)))
    assert shown.page.get_by_role("slider").count() == 0
    assert shown.page.locator(".bc-plot").count() == 0
    shown.press("All")
    assert shown.said == shown.expected
    assert shown.page.locator(".bc-entry-cell").all_text_contents() == [
        text for row in shown.trace["texts"] for text in row
    ]


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    assert unmarked_focus(page) == 0
    page.evaluate("window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))")
    shown.stage.focus()
    shown.keys("ArrowRight", "d", "End")
    shown.slider("Inputs n").press("ArrowLeft")
    assert page.evaluate("heard") == []
    page.get_by_role("button", name="columns, by JVPs").focus()
    for _ in range(10):
        assert "2px" in page.evaluate("getComputedStyle(document.activeElement).outline")
        shown.keys("Tab")


def test_the_code_has_the_sizes_that_are_shown(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.slider("Inputs n").press("Home")
    shown.press("Copy as code")
    field = shown.page.get_by_role("textbox", name="Code")
    code = (
        field.input_value() if field.is_visible() else shown.page.evaluate("navigator.clipboard.readText()")
    )
    assert "sizes = (1, 6, 5, 3)" in code
    compile(code, "copied", "exec")


def test_disposing_leaves_nothing_and_failures_are_sentences(
    new_page: Callable[..., Any], show: Callable[..., Shown]
) -> None:
    assert is_clean_after_dispose(show().page)
    raised = JacobianBuilder(lambda x: 1 / 0, 1.0)
    assert show(raised).page.get_by_role("alert").text_content() == raised.trace["error"]
    page = open_widget(new_page, JacobianBuilder, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


THEMES: dict[str, dict[str, Any]] = {
    "light": {"body": LIGHT},
    "dark": {"body": DARK, "color_scheme": "dark"},
    "phone": {"body": LIGHT, "viewport": {"width": 360, "height": 740}},
}


@pytest.mark.parametrize("sizes", [(8, 6, 5, 3), (40, 6, 30)], ids=["small", "large"])
@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(
    show: Callable[..., Shown],
    keep: Callable[..., None],
    theme: str,
    sizes: tuple[int, ...],
    request: pytest.FixtureRequest,
) -> None:
    builder = JacobianBuilder(sizes=sizes)
    builder.products = 5
    shown = show(builder, **THEMES[theme])
    assert faint_texts(shown.page) == []
    assert not is_wider_than_the_page(shown.page)
    assert shown.page.evaluate(
        "(([stage, entries]) => entries.right <= stage.right)"
        "([...document.querySelectorAll('.bc-jacobian, .bc-entries')].map((e) => e.getBoundingClientRect()))"
    )
    keep(shown.page.locator(".bc-builder"), f"jacobian-builder-{request.node.callspec.id}")
