"""Break it in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autograder import check
from backprop_course.widgets import BreakIt

from .blank_page import is_clean_after_dispose, open_widget, unmarked_focus
from .on_page import THEMES, OnPage, has_an_outline, is_legible_and_fits

pytestmark = pytest.mark.browser

SETTINGS = ("mistake", "seed", "step")


class Shown(OnPage):
    """The widget on a page; its Python twin trains."""

    frame, settings = ".bc-break", SETTINGS

    @property
    def said(self) -> list[str]:
        texts = self.page.locator(".bc-break > .bc-say p").all_text_contents()
        return [text.removeprefix("✓ ").removeprefix("✗ ") for text in texts]

    @property
    def mark(self) -> str:
        return str(self.page.locator(".bc-verdict-mark").text_content()).strip()

    def step(self) -> Any:
        return self.page.get_by_role("slider", name="Step", exact=True)

    def count(self, kind: str) -> int:
        return int(self.page.locator(f".bc-break-stage .{kind}").count())


@pytest.fixture(scope="module")
def twin() -> BreakIt:
    return BreakIt(check)


@pytest.fixture
def show(new_page: Callable[..., Any], twin: BreakIt) -> Callable[..., Shown]:
    def show(mistake: int = 0, **options: Any) -> Shown:
        twin.mistake, twin.seed, twin.step = mistake, 1, 150
        traits = {name: getattr(twin, name) for name in ("trace", "run", *SETTINGS)}
        return Shown(open_widget(new_page, BreakIt, traits, **options), twin)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.mark == "✓"
    before = shown.said
    assert before == shown.twin.sentence.split("\n")
    for act in (
        lambda: shown.page.get_by_role("combobox").select_option(index=3),
        lambda: shown.press("Next mistake"),
        lambda: shown.press("New seed"),
        lambda: shown.step().press("Home"),
        lambda: shown.step().press("PageUp"),
    ):
        act()
        shown.answer()
        assert shown.said == shown.twin.sentence.split("\n")
        assert shown.said != before
        assert shown.mark == "✗"
        before = shown.said
    assert shown.twin.mistake == 4
    shown.press("Reset")
    shown.answer()
    assert shown.mark == "✓"


def test_the_list_is_walked_round(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.press("Previous mistake")
    shown.answer()
    assert shown.twin.mistake == len(shown.twin.trace["mistakes"]) - 1
    shown.press("Next mistake")
    shown.answer()
    assert shown.twin.mistake == 0


def test_a_training_that_ends_early_has_a_cross_at_its_end(show: Callable[..., Shown]) -> None:
    whole, stopped = show(), show(3)
    assert [whole.count("bc-break-end"), stopped.count("bc-break-end")] == [0, 1]
    assert [whole.count("bc-break-broken-spot"), stopped.count("bc-break-broken-spot")] == [1, 0]
    dash = "(curve) => getComputedStyle(curve).strokeDasharray !== 'none'"
    curves = [stopped.page.locator(f".bc-break-stage .bc-break-{kind}") for kind in ("sound", "broken")]
    assert [curve.evaluate(dash) for curve in curves] == [False, True]


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    page = show().page
    assert unmarked_focus(page) == 0
    page.evaluate("window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))")
    for _ in range(7):  # a list, five buttons, a slider
        page.keyboard.press("Tab")
        assert has_an_outline(page)
        page.keyboard.press("d")
    assert page.evaluate("heard.includes('d')") is False


def test_the_code_is_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show(2)
    code = shown.code()
    assert code == shown.twin.run["code"]


def test_disposing_leaves_nothing_and_a_broken_trace_is_a_sentence(
    new_page: Callable[..., Any], show: Callable[..., Shown]
) -> None:
    assert is_clean_after_dispose(show().page)
    page = open_widget(new_page, BreakIt, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


MARKS = [f".bc-break-{kind}" for kind in ("sound", "broken", "sound-spot", "broken-spot", "end")] + [
    ".bc-now-line"
]


@pytest.mark.parametrize("mistake", [8, 15, 30])
@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_fits_and_stays_as_high(
    show: Callable[..., Shown], keep: Callable[..., None], theme: str, mistake: int
) -> None:
    shown = show(mistake, **THEMES[theme])
    is_legible_and_fits(shown, keep, f"break-it-{theme}-{mistake}", *MARKS)
    before = shown.page.locator(".bc-break-stage").bounding_box()
    shown.press("Next mistake")
    shown.answer()
    assert shown.page.locator(".bc-break-stage").bounding_box() == before
