"""The distribution bars in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import DistributionBars

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import THEMES, OnPage, is_legible_and_fits, keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser


class Shown(OnPage):
    """The bars on a page; their Python twin computes."""

    frame, settings = ".bc-two", ("p", "q", "chosen")

    def __init__(self, page: Any, twin: DistributionBars) -> None:
        super().__init__(page, twin)
        self.stage = page.locator(".bc-two-stage")

    def answer(self) -> None:
        """Do what the kernel does: take what the page has set, hand back distributions and numbers."""
        self.take_settings()
        self.twin.move = self.page.evaluate("model.get('move')")
        back = {"p": self.twin.p, "q": self.twin.q, "run": self.twin.run}
        self.page.evaluate("back => Object.entries(back).forEach(([k, v]) => model.set(k, v))", back)

    def heights(self, of: str) -> Any:
        found = self.stage.locator(f"svg > .bc-two-{of}").evaluate_all(
            "all => all.map((e) => +e.getAttribute('height'))"
        )
        return np.array(found)


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: DistributionBars | None = None, **options: Any) -> Shown:
        widget = widget or DistributionBars()
        traits = {name: getattr(widget, name) for name in ("trace", "run", "p", "q", "move", "chosen")}
        return Shown(open_widget(new_page, DistributionBars, traits, **options), widget)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.said == shown.twin.sentence
    before = shown.said
    acts: list[Callable[[], Any]] = [
        lambda: shown.stage.press("ArrowUp"),
        lambda: shown.stage.press("PageDown"),
        lambda: shown.stage.press("ArrowRight"),
        lambda: shown.press("Make q equal to p"),
        lambda: shown.stage.press("PageUp"),
        lambda: shown.press("Exchange p and q"),
        lambda: shown.press("Make q even"),
        lambda: shown.stage.press("Home"),
        lambda: shown.stage.press("End"),
    ]
    for act in acts:
        act()
        shown.answer()
        # Right from p to q of one outcome says the same of it.
        assert (shown.said != before) == (act is not acts[2])
        assert shown.said == shown.twin.sentence
        before = shown.said
    assert shown.twin.q == [1, 0, 0, 0]
    assert "infinite" in shown.said


def test_bars_are_as_high_as_the_probabilities(show: Callable[..., Shown]) -> None:
    shown = show(DistributionBars([0.5, 0.3, 0.2], [0.1, 0.2, 0.7]))
    tall = float(shown.stage.locator(".bc-plot-area").get_attribute("height"))
    np.testing.assert_allclose(shown.heights("p") / tall, [0.5, 0.3, 0.2], rtol=1e-9)
    np.testing.assert_allclose(shown.heights("q") / tall, [0.1, 0.2, 0.7], rtol=1e-9)
    ce, h, kl = (
        float(shown.page.locator(f".bc-two-sums .bc-two-{name}").get_attribute("width"))
        for name in ("ce", "h", "kl")
    )
    assert h + kl == pytest.approx(ce, rel=1e-9)
    assert h / ce == pytest.approx(shown.twin.run["H"] / shown.twin.run["CE"], rel=1e-9)


def test_a_bar_follows_the_hand_at_once_and_the_others_when_python_answers(
    show: Callable[..., Shown],
) -> None:
    shown = show()
    before = shown.heights("q")
    box = shown.stage.locator("svg > .bc-two-q").nth(2).bounding_box()
    area = shown.stage.locator(".bc-plot-area").bounding_box()
    shown.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 2)
    shown.page.mouse.down()
    shown.page.mouse.move(box["x"], area["y"] + area["height"] / 2, steps=3)
    shown.page.mouse.up()
    assert shown.page.evaluate("model.get('chosen')") == 5
    now = shown.heights("q")
    np.testing.assert_allclose(np.delete(now, 2), np.delete(before, 2))
    assert now[2] > 1.5 * before[2]
    shown.page.wait_for_function("model.saved >= 3")
    shown.answer()
    assert shown.twin.q[2] == pytest.approx(0.5, abs=0.005)  # a pixel of 228
    assert sum(shown.twin.q) == pytest.approx(1, rel=1e-12)
    after = shown.heights("q")
    assert (np.delete(after, 2) < np.delete(before, 2)).all()


def test_where_python_is_silent_that_is_said_until_reset(show: Callable[..., Shown]) -> None:
    shown = show(clock=True)
    doubt = shown.page.get_by_text("Python has not answered")
    before = shown.said
    shown.stage.press("PageDown")
    shown.page.clock.run_for(3000)
    assert doubt.is_visible()
    shown.press("Reset")
    assert not doubt.is_visible()
    shown.stage.press("PageDown")
    shown.answer()
    shown.page.clock.run_for(3000)
    assert not doubt.is_visible()
    assert shown.said != before
    shown.press("Reset")
    shown.answer()
    assert shown.said == before


def test_the_code_is_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show()
    code = shown.code()
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["KL"] == pytest.approx(shown.twin.run["KL"], rel=1e-12)


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.stage.press("ArrowUp")
        shown.stage.press("d")
    marks_the_focus(page, 5)


def test_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    assert is_clean_after_dispose(show().page)


def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown], new_page: Callable[..., Any]) -> None:
    shown = show(DistributionBars([0.5, -0.5]))
    assert "p is no distribution" in shown.page.get_by_role("alert").text_content()
    broken = open_widget(new_page, DistributionBars, {"trace": {"error": ""}})
    assert "could not be drawn" in broken.get_by_role("alert").text_content()


MARKS = [".bc-two-p", ".bc-two-q", ".bc-two-h", ".bc-two-ce", ".bc-two-kl"]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(DistributionBars([0.5, 0.5, 0], [1, 0, 0]) if theme == "dark" else None, **THEMES[theme])
    shown.stage.press("ArrowRight")
    is_legible_and_fits(shown, keep, f"distribution-bars-{theme}", *MARKS)
