"""The dropout sampler in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import DropoutSampler

from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, DropoutSampler(mask=40))
    says_what_python_says(
        live,
        lambda: live.slider("Masks").press("ArrowRight"),
        lambda: live.slider("Drop p").press("End"),
        lambda: live.press("Divide by 1 − p"),
        lambda: live.press("ReLU behind the sum"),
        lambda: live.press("New seed"),
        lambda: live.slider("Masks").press("End"),
    )
    assert "nn.Dropout(0.2, rng=0)" in live.code()
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_masks_are_drawn_one_by_one_up_to_the_last(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, DropoutSampler(), clock=True)
    assert live.count("bc-dropout-value") == 1
    live.press("Play")
    live.page.clock.run_for(300)
    assert live.count("bc-dropout-value") == 3
    live.page.clock.run_for(60 * 300)
    assert live.page.get_by_role("button", name="Play").is_visible()
    assert live.count("bc-dropout-value") == 400
    dropped = live.twin.run["kept"][-1].count("0")
    assert live.page.locator(".bc-dropout-term[data-kept=false]").count() == dropped


def test_a_mask_is_chosen_on_the_picture(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, DropoutSampler())
    box = live.page.locator(".bc-plot-area").bounding_box()
    live.page.mouse.click(box["x"] + box["width"] - 1, box["y"] + 20)
    assert live.said.startswith("Mask 400 keeps")


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(new_page: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    live = Live(new_page, DropoutSampler(mask=150, seed=1), **THEMES[theme])
    marks = (".bc-live-main", ".bc-live-second", ".bc-live-third", ".bc-dropout-value")
    is_legible_and_fits(live, keep, f"dropout-sampler-{theme}", *marks)
