"""The Jacobian builder in a blank page: products by keys and buttons, sizes, costs, what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import JacobianBuilder
from backprop_course.widgets.trace_jacobian import look_up

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import THEMES, OnPage, has_an_outline, is_legible_and_fits, keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser

A = np.random.default_rng(1).standard_normal((4, 3))


class Shown(OnPage):
    """A builder on a page, and what a reader finds there."""

    frame = ".bc-builder"

    def __init__(self, page: Any, twin: JacobianBuilder) -> None:
        super().__init__(page, twin)
        self.stage = page.get_by_role("application")

    @property
    def expected(self) -> str:
        mode, products, n, m = self.page.evaluate(
            "['mode', 'products', 'n', 'm'].map((name) => model.get(name))"
        )
        return look_up(self.twin.trace, mode, products, n, m)

    @property
    def known(self) -> int:
        return int(self.page.locator(".bc-entry-cell:not([data-look=unknown])").count())


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(builder: JacobianBuilder | None = None, **options: Any) -> Shown:
        builder = builder or JacobianBuilder()
        traits = {name: getattr(builder, name) for name in ("trace", "mode", "products", "n", "m", "along")}
        return Shown(open_widget(new_page, JacobianBuilder, traits, **options), builder)

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
    assert texts[:8] == shown.twin.trace["texts"][0][:8]
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
        text for row in shown.twin.trace["texts"] for text in row
    ]


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.stage.focus()
        shown.keys("ArrowRight", "d", "End")
        shown.slider("Inputs n").press("ArrowLeft")
    page.get_by_role("button", name="columns, by JVPs").focus()
    assert has_an_outline(page)
    marks_the_focus(page, 9)


def test_the_code_has_the_sizes_that_are_shown(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.slider("Inputs n").press("Home")
    code = shown.code()
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
    marks = (".bc-by-columns", ".bc-by-rows", ".bc-now-line", ".bc-columns-spot", ".bc-rows-spot")
    cells = (".bc-entries", *(f".bc-entry-cell[data-look={look}]" for look in ("known", "latest")))
    is_legible_and_fits(shown, keep, f"jacobian-builder-{request.node.callspec.id}", *marks, *cells)
    assert shown.page.evaluate(
        "(([stage, entries]) => entries.right <= stage.right)"
        "([...document.querySelectorAll('.bc-jacobian, .bc-entries')].map((e) => e.getBoundingClientRect()))"
    )
