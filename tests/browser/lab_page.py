"""A network lab on a blank page, with Python in the place of the kernel."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets.network_lab import NetworkLab

from .blank_page import open_widget
from .on_page import OnPage

ANSWERS = ("settings", "net", "cloud", "now", "frame", "statistics", "problem")
TRAITS = ("trace", *ANSWERS, "recording", "recorded", "command", "answered", "view", "numbers", "reached")


def sent(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


class Shown(OnPage):
    """A lab on a page; its Python twin answers."""

    frame = ".bc-lab"

    def answer(self) -> None:
        """Do what the kernel does with the newest command."""
        self.twin.command = self.page.evaluate("model.get('command')")
        traits = {name: sent(getattr(self.twin, name)) for name in ANSWERS}
        self.page.evaluate(
            "traits => Object.entries(traits).forEach(([name, value]) => model.set(name, value))",
            {**traits, "answered": self.twin.answered},
        )

    @property
    def said(self) -> str:
        return str(self.page.locator(".bc-lab-say").text_content())

    @property
    def told(self) -> str:
        return str(self.page.locator(".bc-lab-told").text_content())

    @property
    def flow(self) -> str:
        return str(self.page.locator(".bc-lab-flow .bc-say").text_content())

    def count(self, kind: str) -> int:
        return int(self.page.locator(f".{kind}").count())


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    """Show a lab on a page of its own."""

    def show(widget: NetworkLab | None = None, **options: Any) -> Shown:
        widget = widget or NetworkLab()
        traits = {name: sent(getattr(widget, name)) for name in (*TRAITS, "simple")}
        return Shown(open_widget(new_page, NetworkLab, traits, **options), widget)

    return show
