"""The symptom board in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import SymptomBoard

from .live_page import (
    THEMES,
    Live,
    is_legible_and_fits,
    keeps_keys_marks_focus_and_leaves_nothing,
    says_what_python_says,
)

pytestmark = pytest.mark.browser
GUESS = "Your guess"


def test_every_control_says_what_python_says(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, SymptomBoard("D"))
    says_what_python_says(
        live,
        lambda: live.choose(GUESS, "symmetry"),
        lambda: live.choose(GUESS, "rate too high"),
        lambda: live.choose("Treatment", "steps 100 times shorter"),
        lambda: live.press("F"),
        lambda: live.choose("Treatment", "the spoilt example taken out"),
        lambda: live.press("G"),
    )
    assert "lr=4, momentum=0.9" in live.code()
    keeps_keys_marks_focus_and_leaves_nothing(live)


def test_another_patient_comes_without_guess_and_treatment(new_page: Callable[..., Any]) -> None:
    live = Live(new_page, SymptomBoard("C", guess="symmetry", treatment="weights drawn by fan-in"))
    assert live.count("bc-symptom-cross") == 2  # the first two layers' gradients are exactly 0
    assert live.count("bc-live-second") == 2
    live.press("E")
    live.answer()
    assert "Look at the curve" in live.said
    assert live.count("bc-live-second") == 0


def test_curves_that_end_early_or_never_begin_say_so(new_page: Callable[..., Any]) -> None:
    assert Live(new_page, SymptomBoard("G")).page.get_by_text("not finite", exact=True).is_visible()
    live = Live(new_page, SymptomBoard("F"))
    assert live.page.get_by_text("no curve: training did not begin").is_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(new_page: Callable[..., Any], keep: Callable[..., None], theme: str) -> None:
    patient, cure = ("C", "weights drawn by fan-in") if theme == "dark" else ("D", "steps 100 times shorter")
    board = SymptomBoard(patient, guess="symmetry", treatment=cure)
    live = Live(new_page, board, **THEMES[theme])
    marks = (".bc-live-main", ".bc-live-second", ".bc-live-rule", ".bc-symptom-dot0", ".bc-symptom-dot1")
    is_legible_and_fits(live, keep, f"symptom-board-{theme}", *marks)
