"""The ES module of the granularity switch in a blank page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import GranularitySwitch, trace_cuts

from ..widgets.functions import logistic
from .blank_page import (
    faint_texts,
    is_clean_after_dispose,
    is_wider_than_the_page,
    open_widget,
    unmarked_focus,
)

pytestmark = pytest.mark.browser

TRACE = trace_cuts(logistic, 2.0, -1.0, 1.5, 0.0)


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Any]:
    def show(cut: int, step: int = 0, **options: Any) -> Any:
        traits = {"trace": TRACE, "cut": cut, "step": step, "known": 0, "predict": False}
        return open_widget(new_page, GranularitySwitch, traits, **options)

    return show


def test_every_cut_is_stepped_through_and_says_its_sentences(show: Callable[..., Any]) -> None:
    page = show(2)
    for cut in TRACE["cuts"]:
        name = page.get_by_role("button", name=cut["name"], exact=True)
        name.focus()
        page.keyboard.press("Enter")
        said = page.get_by_role("status")
        assert said.last.text_content() == cut["sentence"]
        assert page.evaluate("document.activeElement.textContent") == cut["name"]
        graph = page.get_by_role("application")
        graph.focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        assert said.first.text_content() == cut["trace"]["steps"][1]["sentence"]
        page.keyboard.press("End")
        assert said.first.text_content() == cut["trace"]["steps"][-1]["sentence"]
        assert cut["name"] in str(page.locator(".bc-current").text_content())
    page.get_by_role("button", name="Predict the next number").click()
    page.get_by_role("button", name="Reset").press("Enter")
    assert page.evaluate("['cut', 'step', 'known', 'predict'].map((t) => model.get(t))") == [2, 0, 0, False]
    assert said.last.text_content() == TRACE["cuts"][2]["sentence"]
    assert said.first.text_content() == TRACE["cuts"][2]["trace"]["steps"][0]["sentence"]
    assert unmarked_focus(page) == 0
    assert is_clean_after_dispose(page)


def test_at_the_end_another_cut_is_shown_at_its_end(show: Callable[..., Any]) -> None:
    page = show(0, step=len(TRACE["cuts"][0]["trace"]["steps"]) - 1)
    page.get_by_role("button", name="written out").click()
    assert page.evaluate("model.get('step')") == len(TRACE["cuts"][3]["trace"]["steps"]) - 1
    page.get_by_role("button", name="Step back").click()
    page.get_by_role("button", name="whole").click()
    assert page.evaluate("model.get('step')") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_both_themes_and_on_a_phone(
    show: Callable[..., Any], keep: Callable[..., None], scheme: str
) -> None:
    page = show(3, step=12, color_scheme=scheme)
    assert faint_texts(page) == []
    keep(page.locator(".bc-widget"), f"granularity-{scheme}")
    phone = show(1, step=5, color_scheme=scheme, viewport={"width": 360, "height": 900})
    assert not is_wider_than_the_page(phone)
    keep(phone, f"granularity-phone-{scheme}")
