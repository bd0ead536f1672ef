"""The depth explorer in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import DepthExplorer

from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, DepthExplorer(6), also=("kept",))
    says_what_python_says(
        live,
        lambda: live.slider("Layer").press("ArrowRight"),
        lambda: live.slider("Layers").press("ArrowRight"),
        lambda: live.choose("Activation", "relu"),
        lambda: live.choose("Weights", "zeros"),
        lambda: live.press("Residual blocks"),
        lambda: live.choose("Weights", "deviation 1"),
        lambda: live.press("New seed"),
    )
    assert "for _ in range(6)" in live.code()
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_layers_are_chosen_on_the_picture_and_lines_are_kept(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, DepthExplorer(6), also=("kept",))
    box = live.page.locator(".bc-plot-area").first.bounding_box()
    live.page.mouse.click(box["x"] + box["width"] * 2.5 / 7, box["y"] + 20)
    assert live.said.startswith("Layer 3 of 6")
    live.page.mouse.click(box["x"] + box["width"] - 1, box["y"] + 20)
    assert live.said.startswith("The output layer")
    assert live.count("bc-depth-activation") > 6
    live.press("Gradients")
    assert live.count("bc-depth-activation") == 0
    assert live.count("bc-depth-gradient") > 6
    live.press("Keep this line")
    live.choose("Activation", "relu")
    live.choose("Weights", "zeros")
    live.answer()
    assert live.count("bc-depth-kept") == 1
    assert live.page.get_by_text("sigmoid, Xavier, 6 layers").is_visible()
    assert live.count("bc-depth-missing") == 7
    for _ in range(5):
        live.press("Keep this line")
    assert live.count("bc-depth-kept") == 4
    live.press("Forget lines")
    assert live.count("bc-depth-kept") == 0


def test_a_layer_beyond_the_last_is_the_last(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, DepthExplorer(6), also=("kept",))
    live.slider("Layer").press("End")
    live.slider("Layers").press("Home")
    live.answer()
    assert live.said == live.twin.sentence
    assert live.said.startswith("The output layer")


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(new_page: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    explorer = DepthExplorer(10, "sigmoid")
    explorer.kept = [{"label": explorer.run["label"], "norms": explorer.run["norms"]}]
    explorer.activation, explorer.init, explorer.shown, explorer.layer = 2, 1, int(theme == "dark"), 2
    live = Live(new_page, explorer, also=("kept",), **THEMES[theme])
    marks = (".bc-live-main", ".bc-live-second", ".bc-live-dot", ".bc-depth-foot")
    is_legible_and_fits(live, keep, f"depth-explorer-{theme}", *marks)
