"""Widgets whose runs the kernel makes, on a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import THEMES as THEMES
from .on_page import OnPage, each_says_what_python_says, keeping_its_keys, marks_the_focus
from .on_page import is_legible_and_fits as is_legible_and_fits


class Live(OnPage):
    """A widget on a page, and its twin in Python, which answers."""

    frame = ".bc-live"

    def __init__(
        self, new_page: Callable[..., Any], widget: Any, also: tuple[str, ...] = (), **options: Any
    ) -> None:
        self.settings = widget.settings
        traits = {name: getattr(widget, name) for name in ("trace", "run", *widget.settings, *also)}
        super().__init__(open_widget(new_page, widget, traits, **options), widget)

    def count(self, kind: str) -> int:
        return int(self.page.locator(f".bc-live-stage .{kind}").count())


def says_what_python_says(live: Live, *acts: Callable[[], object]) -> None:
    """Try each control: the page says what the twin says, and something else than before; Reset goes back."""
    first = live.said
    each_says_what_python_says(live, *acts)
    live.press("Reset")
    live.answer()
    assert live.said == first


def keeps_keys_marks_focus_and_leaves_nothing(live: Live) -> None:
    """Look at keys, focus and clean-up; the page is empty afterwards."""
    page = live.page
    with keeping_its_keys(page):
        page.evaluate("document.querySelector('.bc-live input, .bc-live button').focus()")
        page.keyboard.press("d")
    marks_the_focus(page, page.locator(".bc-live :is(button, input, select):visible").count() - 1)
    assert is_clean_after_dispose(page)
