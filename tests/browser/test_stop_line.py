"""The stop line in a blank page: all of it works without a kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import StopLine

from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser
EPOCHS = np.arange(1, 61)
CURVES = ((0.9 * np.exp(-EPOCHS / 15)).tolist(), (0.45 + ((EPOCHS - 14) / 60) ** 2).tolist())


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, StopLine(CURVES, stop=40))
    assert live.count("bc-live-second") == 0
    says_what_python_says(
        live,
        lambda: live.slider("Stop after").press("ArrowLeft"),
        lambda: live.press("Validation curve"),
        lambda: live.slider("Stop after").press("Home"),
        lambda: live.slider("Patience").press("End"),
        lambda: live.slider("Patience").press("Home"),
    )
    live.press("Validation curve")
    assert live.count("bc-live-second") == 1
    assert "patience=10" in live.code()
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_the_line_is_dragged(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, StopLine(CURVES))
    box = live.page.locator(".bc-plot-area").bounding_box()
    live.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
    live.page.mouse.down()
    assert live.said.startswith(("Stop after epoch 30", "Stop after epoch 31"))  # the middle of 1 and 60
    live.page.mouse.move(box["x"] - 300, box["y"])
    live.page.mouse.up()
    assert live.said.startswith("Stop after epoch 1:")
    assert live.slider("Stop after").get_attribute("aria-valuetext") == "1"


def test_a_single_epoch_and_a_run_without_validation(new_page: Callable[..., Any]) -> None:
    assert "Stop after epoch 1" in Live(new_page, StopLine(([0.5], [0.6]))).said
    live = Live(new_page, StopLine(([0.5], [])))
    assert live.page.get_by_role("alert").text_content() == live.twin.trace["error"]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(new_page: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    live = Live(new_page, StopLine(CURVES, stop=40, patience=8, revealed=True), **THEMES[theme])
    marks = (
        ".bc-live-main",
        ".bc-live-second",
        ".bc-live-third",
        ".bc-live-hatch",
        ".bc-stop-line",
        ".bc-stop-kept",
    )
    is_legible_and_fits(live, keep, f"stop-line-{theme}", *marks)
