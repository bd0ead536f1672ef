"""A graph stepper on a blank page, and what a reader finds there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import GraphStepper, trace_graph, trace_tape

from ..widgets.functions import layer, logistic
from ..widgets.own_tape import first_program
from .blank_page import open_widget

W1 = trace_graph(logistic, 2.0, -1.0, 1.5, 0.0)
ARRAYS = trace_graph(layer, np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2))
SHAPES = trace_graph(layer, np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2), ledger=True)
TAPE = trace_tape(first_program()["o"])


class Shown:
    """A widget on a page, and what a reader finds there."""

    def __init__(self, page: Any, trace: dict[str, Any]) -> None:
        self.page, self.trace = page, trace
        self.root = page.locator(".bc-widget").first
        self.graph = self.root.get_by_role("application")
        self.field = self.root.get_by_role("textbox", name="Your prediction")

    @property
    def said(self) -> str:
        """What the live region says."""
        return str(self.root.locator("> .bc-say").text_content())

    @property
    def step(self) -> int:
        return int(self.page.evaluate("model.get('step')"))

    def press(self, button: str) -> None:
        self.root.get_by_role("button", name=button, exact=True).click()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def set(self, **traits: Any) -> None:
        self.page.evaluate("traits => Object.entries(traits).forEach(([k, v]) => model.set(k, v))", traits)

    def sentence(self, step: int) -> str:
        return str(self.trace["steps"][step]["sentence"])

    @property
    def values(self) -> list[str]:
        return [str(text) for text in self.root.locator(".bc-value").all_text_contents()]

    @property
    def bars(self) -> list[str]:
        return [str(text) for text in self.root.locator(".bc-bar-row:visible").all_text_contents()]


Show = Callable[..., Shown]


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Show:
    """Draw a trace on a page of its own."""

    def show(
        trace: dict[str, Any],
        *,
        views: int = 1,
        predict: bool = False,
        body: str = "",
        clock: bool = False,
        **options: Any,
    ) -> Shown:
        traits = {"trace": trace, "step": 0, "known": 0, "predict": predict}
        page = open_widget(new_page, GraphStepper, traits, views=views, body=body, clock=clock, **options)
        return Shown(page, trace)

    return show


def last(trace: dict[str, Any]) -> int:
    return len(trace["steps"]) - 1
