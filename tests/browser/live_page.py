"""Widgets whose runs the kernel makes, on a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .blank_page import (
    DARK,
    LIGHT,
    faint_marks,
    faint_texts,
    is_clean_after_dispose,
    is_wider_than_the_page,
    open_widget,
    unmarked_focus,
)

THEMES: dict[str, dict[str, Any]] = {
    "light": {"body": LIGHT},
    "dark": {"body": DARK, "color_scheme": "dark"},
    "phone": {"body": LIGHT, "viewport": {"width": 360, "height": 740}},
}


class Live:
    """A widget on a page, and its twin in Python, which answers."""

    def __init__(
        self, new_page: Callable[..., Any], widget: Any, also: tuple[str, ...] = (), **options: Any
    ) -> None:
        self.twin = widget
        traits = {name: getattr(widget, name) for name in ("trace", "run", *widget.settings, *also)}
        self.page = open_widget(new_page, widget, traits, **options)

    def answer(self) -> None:
        """Do what the kernel does: take the page's settings, hand back the run."""
        with self.twin.hold_trait_notifications():
            for name in self.twin.settings:
                setattr(self.twin, name, self.page.evaluate(f"model.get('{name}')"))
        self.page.evaluate("run => model.set('run', run)", self.twin.run)

    @property
    def said(self) -> str:
        return str(self.page.locator(".bc-live > .bc-say").text_content())

    def slider(self, name: str) -> Any:
        return self.page.get_by_role("slider", name=name, exact=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, label: str, text: str) -> None:
        self.page.get_by_role("combobox", name=label, exact=True).select_option(text)

    def count(self, kind: str) -> int:
        return int(self.page.locator(f".bc-live-stage .{kind}").count())

    def code(self) -> str:
        self.press("Copy as code")
        field = self.page.get_by_role("textbox", name="Code")
        if field.is_visible():
            return str(field.input_value())
        return str(self.page.evaluate("navigator.clipboard.readText()"))


def says_what_python_says(live: Live, *acts: Callable[[], object]) -> None:
    """Try each control: the page says what the twin says, and something else than before; Reset goes back."""
    first = before = live.said
    assert before == live.twin.sentence
    for act in acts:
        act()
        live.answer()
        assert live.said == live.twin.sentence
        assert live.said != before
        before = live.said
    live.press("Reset")
    live.answer()
    assert live.said == first


def keeps_keys_marks_focus_and_leaves_nothing(live: Live) -> None:
    """Look at keys, focus and clean-up; the page is empty afterwards."""
    page = live.page
    assert unmarked_focus(page) == 0
    page.evaluate("window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))")
    page.evaluate("document.querySelector('.bc-live input, .bc-live button').focus()")
    page.keyboard.press("d")
    assert page.evaluate("heard") == []
    stops = page.locator(".bc-live :is(button, input, select):visible").count()
    for _ in range(stops - 1):
        page.keyboard.press("Tab")
        assert "2px" in page.evaluate("getComputedStyle(document.activeElement).outline")
    assert is_clean_after_dispose(page)


def is_legible_and_fits(live: Live, keep: Callable[..., None], name: str, *marks: str) -> None:
    """Look at contrast, that of curves and marks too, and at width; keep a picture."""
    keep(live.page.locator(".bc-live"), name)
    assert faint_texts(live.page) == []
    assert faint_marks(live.page, *marks) == {}
    assert not is_wider_than_the_page(live.page)
