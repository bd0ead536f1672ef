"""The zig-zag in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import ZigZag

from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ZigZag())
    says_what_python_says(
        live,
        lambda: live.slider("Step").press("ArrowRight"),
        lambda: live.slider("Centre").press("ArrowRight"),
        lambda: live.slider("Spread").press("ArrowRight"),
        lambda: live.slider("Step size η").press("ArrowLeft"),
        lambda: live.press("New seed"),
        lambda: live.slider("Step").press("End"),
    )
    assert "normal(1.0, 0.4, (60, 2))" in live.code()
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_playing_goes_to_the_end_and_arrows_lead_there(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ZigZag(step=58), clock=True)
    assert live.count("bc-zigzag-step") == 2
    live.press("Play")
    live.page.clock.run_for(1200)
    assert live.page.get_by_role("button", name="Play").is_visible()
    assert live.said.startswith("Positive, after 60 steps")
    assert live.count("bc-zigzag-step") == 0


def test_paths_that_run_away_are_drawn_as_far_as_can_be(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, ZigZag(3.0, 1.5, lr=1.0))
    live.slider("Step").press("End")
    assert live.said == live.twin.run["sentences"][-1] + "\n" + live.twin.run["said"]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(new_page: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    live = Live(new_page, ZigZag(step=9), **THEMES[theme])
    marks = (
        ".bc-zigzag-way",
        ".bc-zigzag-ahead",
        ".bc-zigzag-step",
        ".bc-zigzag-target",
        ".bc-live-hatch",
        ".bc-live-dot",
    )
    is_legible_and_fits(live, keep, f"zigzag-{theme}", *marks)
