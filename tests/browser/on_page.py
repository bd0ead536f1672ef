"""A widget on a blank page beside its twin in Python, and what is looked at on all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .blank_page import DARK, LIGHT, faint_marks, faint_texts, is_wider_than_the_page, unmarked_focus

THEMES: dict[str, dict[str, Any]] = {
    "light": {"body": LIGHT},
    "dark": {"body": DARK, "color_scheme": "dark"},
    "phone": {"body": LIGHT, "viewport": {"width": 360, "height": 740}},
}


class OnPage:
    """A widget on a page, and its twin in Python, which takes the kernel's place.

    `frame` selects its outermost element; `settings` are the traits that the kernel takes from the page.
    """

    frame = ".bc-widget"
    settings: tuple[str, ...] = ()

    def __init__(self, page: Any, twin: Any = None) -> None:
        self.page, self.twin = page, twin
        self.root = page.locator(self.frame)

    def take_settings(self) -> None:
        """Set the twin as the page is set."""
        with self.twin.hold_trait_notifications():
            for name in self.settings:
                setattr(self.twin, name, self.page.evaluate(f"model.get('{name}')"))

    def answer(self) -> None:
        """Do what the kernel does: take the page's settings, hand back the run."""
        self.take_settings()
        self.page.evaluate("run => model.set('run', run)", self.twin.run)

    @property
    def said(self) -> Any:
        return str(self.root.locator("> .bc-say").text_content())

    def slider(self, name: str) -> Any:
        return self.page.get_by_role("slider", name=name, exact=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, label: str, text: str) -> None:
        self.page.get_by_role("combobox", name=label, exact=True).select_option(text)

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def code(self) -> str:
        """What is copied, or shown to be copied where the browser does not let it be."""
        self.press("Copy as code")
        field = self.page.get_by_role("textbox", name="Code")
        if field.is_visible():
            return str(field.input_value())
        return str(self.page.evaluate("navigator.clipboard.readText()"))


def each_says_what_python_says(
    shown: OnPage, *acts: Callable[[], object], also: Callable[[], object] = lambda: None
) -> None:
    """Try each control: the page says what the twin says, and something else than before."""
    before = shown.said
    assert before == shown.twin.sentence
    for act in acts:
        act()
        shown.answer()
        assert shown.said == shown.twin.sentence
        assert shown.said != before
        also()
        before = shown.said


@contextmanager
def keeping_its_keys(page: Any) -> Iterator[None]:
    """Keys are pressed within: the notebook, which listens to the document, hears none of them."""
    assert unmarked_focus(page) == 0
    page.evaluate("window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))")
    yield
    assert page.evaluate("heard") == []


def marks_the_focus(page: Any, stops: int) -> None:
    """Go on with Tab: the focus is seen at each of so many stops."""
    for _ in range(stops):
        page.keyboard.press("Tab")
        assert has_an_outline(page)


def has_an_outline(page: Any) -> bool:
    """Say whether what has the focus is marked by a line of two pixels."""
    return "2px" in page.evaluate("getComputedStyle(document.activeElement).outline")


def is_legible_and_fits(shown: OnPage, keep: Callable[..., None], name: str, *marks: str) -> None:
    """Look at contrast, that of curves and marks too, and at width; keep a picture."""
    keep(shown.root, name)
    assert faint_texts(shown.page) == []
    assert faint_marks(shown.page, *marks) == {}
    assert not is_wider_than_the_page(shown.page)
