"""The ES module of the path highlighter in a blank page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import PathHighlighter, trace_paths
from backprop_course.widgets.trace_paths import look_up

from ..widgets.functions import fan_out
from ..widgets.test_trace_paths import ladder
from .blank_page import (
    faint_marks,
    faint_texts,
    is_clean_after_dispose,
    is_wider_than_the_page,
    open_widget,
    unmarked_focus,
)

pytestmark = pytest.mark.browser

FAN = trace_paths(fan_out, 2.0)
MANY = trace_paths(ladder, 0.3)


MARKS = [".bc-wire", ".bc-head"]


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Any]:
    def show(trace: dict[str, Any], **options: Any) -> Any:
        traits = {"trace": trace, "start": trace["start"], "end": trace["end"], "route": 0}
        return open_widget(new_page, PathHighlighter, traits, **options)

    return show


def broken(x: Any) -> Any:
    return x * (1 / 0)


def said(page: Any) -> str:
    return str(page.get_by_role("status").first.text_content())


def test_arrows_go_through_the_routes_and_say_what_the_trace_says(show: Callable[..., Any]) -> None:
    page = show(FAN, body='tabindex="-1" id="outside"')
    graph = page.get_by_role("application")
    graph.focus()
    for route in (0, 1, 2, 2):
        assert said(page) == look_up(FAN, FAN["start"], FAN["end"], route)
        thick = page.locator(".bc-edge[data-on=route]").count()
        assert thick == (len(FAN["pairs"]["0,4"]["routes"][route - 1]["edges"]) if route else 5)
        page.keyboard.press("ArrowRight")
    assert page.locator(".bc-current").text_content().startswith("▶ 2")
    page.keyboard.press("Home")
    assert page.evaluate("model.get('route')") == 0
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "outside"
    assert is_clean_after_dispose(page)


def test_other_ends_show_other_routes_or_say_that_there_are_none(show: Callable[..., Any]) -> None:
    page = show(FAN)
    page.get_by_label("From").select_option("y")
    assert said(page) == look_up(FAN, 1, 4, 0)
    assert page.locator(".bc-edge[data-on=none]").count() == 1
    page.get_by_label("To").select_option("x")
    assert said(page) == "No route leads from y to x: x is not computed from y."
    assert page.get_by_role("button", name="Next route").get_attribute("aria-disabled") == "true"
    assert unmarked_focus(page) == 0
    page.get_by_role("button", name="Reset").click()
    assert said(page) == look_up(FAN, 0, 4, 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_themes_and_on_a_phone(
    show: Callable[..., Any], keep: Callable[..., None], scheme: str
) -> None:
    page = show(FAN, color_scheme=scheme)
    page.evaluate("model.set('route', 2)")
    assert faint_texts(page) == []
    assert faint_marks(page, *MARKS) == {}
    keep(page.locator(".bc-widget"), f"paths-{scheme}")
    phone = show(MANY, color_scheme=scheme, viewport={"width": 360, "height": 800})
    phone.evaluate("model.set('route', 3)")
    assert said(phone) == look_up(MANY, MANY["start"], MANY["end"], 3)
    assert "122 more" in phone.locator(".bc-ledger").text_content()
    assert not is_wider_than_the_page(phone)
    keep(phone, f"paths-phone-{scheme}")


def test_what_cannot_be_traced_shows_its_sentence(show: Callable[..., Any]) -> None:
    page = show({**trace_paths(broken, 1.0), "start": 0, "end": 0})
    assert "ZeroDivisionError" in page.get_by_role("alert").text_content()
