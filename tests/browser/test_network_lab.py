"""The network lab on a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets.network_lab import NetworkLab
from backprop_course.widgets.trace_network import look_up

from .blank_page import is_clean_after_dispose, is_wider_than_the_page, open_widget
from .lab_page import Shown
from .lab_page import show as show
from .on_page import keeping_its_keys, marks_the_focus

pytestmark = pytest.mark.browser


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()
    assert shown.said == shown.twin.sentence
    before = shown.twin.state
    acts: list[Callable[[], None]] = [
        lambda: shown.press("Step by one batch"),
        lambda: shown.press("Step by one epoch"),
        lambda: shown.press("Step by one example"),
        lambda: shown.choose("learning rate", "0.3"),
        lambda: shown.press("Step by one epoch"),
        lambda: shown.press("Undo"),
        lambda: shown.press("Redo"),
        lambda: shown.choose("optimiser", "Adam"),
        lambda: shown.choose("batch", "50"),
        lambda: shown.choose("for training", "80 %"),
        lambda: shown.choose("noise", "0.3"),
        lambda: shown.choose("penalty", "L2"),
        lambda: shown.choose("strength", "0.1"),
        lambda: shown.choose("loss", "squared error"),
        lambda: shown.press("New points"),
        lambda: shown.press("New start"),
        lambda: shown.press("One unit more in layer 1"),
        lambda: shown.press("One hidden layer more"),
        lambda: shown.press("One hidden layer less"),
        lambda: shown.choose("Activation of layer 2", "relu"),
        lambda: shown.choose("points", "spirals"),
        lambda: shown.choose("problem", "regression"),
        lambda: shown.press("Step by one epoch"),
        lambda: shown.press("Reset"),
    ]
    for act in acts:
        act()
        shown.answer()
        assert shown.said == shown.twin.sentence
        assert shown.twin.state != before
        assert shown.twin.problem == ""
        before = shown.twin.state
    assert shown.twin.settings["data"] == "plane"
    assert shown.twin.settings["hidden"] == [5, 2]
    assert shown.count("bc-lab-edge") == len(shown.twin.net["edges"])


def test_the_network_is_walked_and_changed_by_keys(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(steps=10))
    picture = shown.page.get_by_role("application")
    picture.press("ArrowRight")
    twin = shown.twin
    assert shown.told == look_up(twin.net, twin.now, "unit", 7)
    picture.press("ArrowDown")
    picture.press("Enter")  # into the weights that arrive at the second unit
    assert shown.told == look_up(twin.net, twin.now, "weight", 1)
    picture.press("ArrowUp")  # round to its bias
    assert shown.told == look_up(twin.net, twin.now, "bias", 1)
    picture.press("ArrowDown")
    picture.press("Enter")
    field = shown.page.get_by_role("textbox", name="Value of the chosen weight or bias")
    field.fill("−0.75")
    field.press("Enter")
    shown.answer()
    assert twin.now["weights"][1] == "−0.75"
    assert "to unit 2 of hidden layer 1: −0.75." in shown.told
    picture.press("Escape")
    picture.press("Home")
    picture.press("ArrowDown")
    picture.press("ArrowDown")
    assert shown.told == "x₁² is not an input of the network now."
    picture.press("Enter")
    shown.answer()
    assert twin.settings["features"] == ["x₁", "x₂", "x₁²"]


def test_playing_asks_again_as_soon_as_it_is_answered_and_stops_at_a_step(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.page.get_by_role("textbox", name="Stop at step").fill("25")
    shown.press("Run")
    for step in (10, 20, 25):
        shown.answer()
        assert shown.said.startswith(f"Step {step},")
        if step < 25:
            shown.page.wait_for_function(f"model.get('command').id > {shown.twin.answered}")
    shown.page.get_by_role("button", name="Run").wait_for()
    assert shown.page.evaluate("model.get('command').id") == shown.twin.answered
    shown.press("Undo")
    shown.answer()
    assert shown.said.startswith("Step 0,")  # all parts of one run at once


def test_playing_is_slower_where_motion_is_not_wanted(show: Callable[..., Shown]) -> None:
    for motion, asks_soon in (("no-preference", True), ("reduce", False)):
        shown = show(clock=True, reduced_motion=motion)
        now = shown.page.evaluate("Date.now()") / 1000
        shown.page.clock.pause_at(now + 60)  # from here time stands still
        shown.press("Run")
        shown.answer()
        asked = f"model.get('command').id > {shown.twin.answered}"
        shown.page.clock.run_for(100)  # milliseconds: more than the usual pause, less than the long one
        assert shown.page.evaluate(asked) is asks_soon
        shown.page.clock.run_for(200)
        assert shown.page.evaluate(asked)


def test_a_recorded_run_is_scrubbed_and_played_without_a_kernel(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(steps=46), clock=True)  # 24 frames, every second step
    slider = shown.page.get_by_role("slider", name="Step")
    asked = shown.page.evaluate("model.get('command').id")
    slider.press("Home")
    assert shown.said == shown.twin.recording[0]["say"]
    slider.press("ArrowRight")  # to the next step that was recorded
    assert shown.said.startswith("Step 2,")
    assert shown.page.evaluate("model.get('command').id") == asked
    shown.press("Step by one batch")
    shown.page.clock.run_for(5000)
    assert shown.page.get_by_text("Python does not answer").is_visible()
    shown.press("Run")
    shown.page.clock.run_for(5000)
    assert shown.said == shown.twin.recording[-1]["say"]
    assert shown.page.get_by_role("button", name="Run").is_visible()


def test_one_example_is_followed_forward_and_back(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab("XOR", hidden=[2], activations="relu", batch=4, steps=5, numbers=True))
    flow = shown.twin.now["flow"]
    assert shown.flow == flow["forward"][0]
    values = shown.page.locator(".bc-lab-value")
    assert values.all_text_contents()[-3:] == ["?", "?", "?"]
    for layer in (1, 2):
        shown.press("Next layer")
        assert shown.flow == flow["forward"][layer]
    assert "?" not in values.all_text_contents()
    shown.press("Backward: gradients")
    assert shown.flow == flow["backward"][-1]
    shown.press("From the start of the flow")
    assert shown.flow == flow["backward"][0]
    shown.press("Next example")
    shown.answer()
    assert "Example 2 of 4" in shown.flow
    shown.page.get_by_role("textbox", name="x₁ of a point of your own").fill("1")
    shown.page.get_by_role("textbox", name="x₁ of a point of your own").press("Enter")
    shown.answer()
    assert shown.twin.now["flow"]["point"] == [1, 0]
    assert "no target" in shown.flow


def test_starts_are_tried_and_one_of_them_opened(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab("XOR", hidden=[2], activations="relu", batch=4, rate=1.0))
    shown.press("Try 100 starts")
    shown.answer()
    assert shown.page.get_by_text(shown.twin.statistics["sentence"]).is_visible()
    cells = shown.page.locator(".bc-lab-starts button")
    cells.first.focus()
    at = 0
    ways = {"ArrowRight": 1, "ArrowDown": 20, "ArrowLeft": -1, "ArrowUp": -20}
    for key in (
        "ArrowUp",
        "ArrowRight",
        "ArrowRight",
        "ArrowDown",
        "ArrowLeft",
        "End",
        "ArrowDown",
        "ArrowRight",
    ):
        if key == "End":
            at = 99
        elif 0 <= at + ways[key] < 100:  # past an edge there is no start
            at += ways[key]
        shown.page.keyboard.press(key)
        assert cells.nth(at).evaluate("(cell) => cell === document.activeElement")
    shown.page.get_by_role("button", name="Seed 9: ").click()
    shown.answer()
    assert shown.twin.settings["seed"] == 9
    # The tab key leads out of the starts in one go, and back to the one that was chosen.
    assert shown.page.evaluate("document.activeElement.textContent") in "✓·"
    shown.page.keyboard.press("Tab")
    assert shown.page.evaluate("document.activeElement.textContent") == "Copy as code"
    shown.page.keyboard.press("Shift+Tab")
    assert shown.page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Seed 9: ")
    shown.page.keyboard.press("Shift+Tab")
    assert shown.page.evaluate("document.activeElement.textContent") == "Try 100 starts"


def test_a_run_that_goes_bad_is_explained(show: Callable[..., Shown]) -> None:
    lab = NetworkLab("plane", rate=10.0, activations="relu", steps=2000)
    shown = show(lab)
    assert "cannot be taken" in shown.said
    assert shown.said == lab.sentence
    assert not is_wider_than_the_page(shown.page)


def test_code_and_lab_are_copied_or_shown_to_be_copied(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(steps=3))
    for i, (name, key) in enumerate((("Copy as code", "code"), ("Copy this lab", "share"))):
        shown.press(name)
        field = shown.page.get_by_role("textbox", name="Code").nth(0)
        visible = field.is_visible()
        code = field.input_value() if visible else shown.page.evaluate("navigator.clipboard.readText()")
        assert code == shown.twin.now[key]
        assert i < 2
        if visible:
            field.evaluate("(e) => { e.hidden = true; e.remove(); }")


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        page.get_by_role("application").press("ArrowDown")
        page.get_by_role("application").press("d")
    page.get_by_role("button", name="Run").focus()
    marks_the_focus(page, 12)


def test_disposing_leaves_nothing(show: Callable[..., Shown]) -> None:
    assert is_clean_after_dispose(show().page)


def test_what_cannot_be_shown_is_a_sentence(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(([[float("nan"), 0.0]], [0])))
    assert shown.page.get_by_role("alert").text_content() == shown.twin.sentence


def test_a_trace_that_is_broken_is_a_sentence(new_page: Callable[..., Any]) -> None:
    page = open_widget(new_page, NetworkLab, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()
