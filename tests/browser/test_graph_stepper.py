"""The ES module of the graph stepper in a blank page, with a stand-in for the model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.tape import Node
from backprop_course.widgets import trace_edf, trace_graph, trace_tracer

from ..widgets.functions import fan_out
from ..widgets.test_program import run
from ..widgets.test_trace_edf import network
from ..widgets.test_trace_tracer import program
from .blank_page import (
    contrast_ratio,
    luminance,
)
from .stepper_page import ARRAYS, TAPE, W1, Show, last
from .stepper_page import show as show

pytestmark = pytest.mark.browser

W3 = trace_graph(fan_out, 2.0)
TRACER, EDF = trace_tracer(program(Node(2.0))), trace_edf(network())
BUTTONS = ["First step", "Step back", "Play", "Next step", "Last step", "Predict the next number"]


@pytest.mark.parametrize(
    "trace",
    [W1, W3, ARRAYS, TAPE, TRACER, EDF],
    ids=["logistic", "fan-out", "arrays", "tape", "tracer", "node objects"],
)
def test_the_right_arrow_says_every_sentence_of_the_trace(show: Show, trace: dict[str, Any]) -> None:
    widget = show(trace)
    widget.graph.focus()
    heard = [widget.said]
    for _ in range(last(trace)):
        widget.keys("ArrowRight")
        heard.append(widget.said)
    assert heard == [step["sentence"] for step in trace["steps"]]
    assert widget.step == last(trace)
    assert widget.page.evaluate("model.saved") == last(trace)


def test_values_are_filled_in_forward_then_cotangents_backward(show: Show) -> None:
    widget = show(W1)
    assert widget.values == ["2", "−1", "1.5", "0", "?", "?", "?", "?", "?", "?"]
    assert widget.bars == []
    widget.graph.focus()
    widget.keys("ArrowRight", "ArrowRight", "ArrowRight")
    assert widget.values == ["2", "−1", "1.5", "0", "3", "2", "0.880797", "?", "?", "?"]
    widget.keys("End")
    assert widget.values == [node["value"] for node in W1["nodes"]]
    assert widget.bars[:4] == ["w̄ 0.138717", "b̄ 0.092478", "x̄ 0.184956", "t̄ −0.880797"]
    widget.keys("ArrowLeft")
    assert widget.said == widget.sentence(last(W1) - 1)


def test_the_edge_shows_upstream_times_local_and_the_fan_out_its_running_sum(show: Show) -> None:
    widget = show(W3)
    y, x = "ȳ", "x̄"
    expected = {
        8: ("12 × −0.653644 = −7.843723", f"{y} −7.843723"),
        9: ("−0.756802 × 3 = −2.270407", f"{y} −10.114131"),
        10: ("−10.114131 × 4 = −40.456524", f"{x} −40.456524"),
    }
    for step, (pill, bar) in expected.items():
        widget.set(step=step)
        assert widget.root.locator(".bc-pill-text").text_content() == pill
        assert bar in widget.bars
        assert widget.root.locator(".bc-edge.bc-now").count() == 1
    assert set(widget.root.locator(".bc-term").all_text_contents()) >= {"−7.843723", "−2.270407"}


def test_buttons_step_and_shut_at_the_ends(show: Show) -> None:
    widget = show(W3)
    shut = "[...document.querySelectorAll('[aria-disabled=true]')].map((b) => b.getAttribute('aria-label'))"
    assert widget.page.evaluate(shut) == ["First step", "Step back"]
    widget.press("Next step")
    widget.press("Next step")
    assert widget.said == widget.sentence(2)
    widget.press("Step back")
    assert widget.said == widget.sentence(1)
    widget.press("Last step")
    assert widget.said == widget.sentence(last(W3))
    assert widget.page.evaluate(shut) == ["Play", "Next step", "Last step"]
    widget.press("First step")
    assert widget.step == 0


def test_the_graph_is_one_tab_stop_with_a_visible_focus(show: Show) -> None:
    widget = show(W1)
    names = []
    for _ in range(7):
        widget.keys("Tab")
        names.append(widget.page.evaluate("document.activeElement.getAttribute('aria-label')"))
        outline = widget.page.evaluate("getComputedStyle(document.activeElement).outline")
        assert "solid" in outline
        assert "2px" in outline
    assert names[:6] == BUTTONS
    assert names[6].startswith("Computation graph of logistic: 6 operations")
    widget.keys("Home", "ArrowRight", "End")
    assert widget.step == last(W1)
    for name in ("Reset", "Copy as code"):
        widget.keys("Tab")
        assert widget.page.evaluate("document.activeElement.textContent") == name
    widget.keys("Tab")
    assert widget.page.evaluate("document.activeElement === document.body")


def test_the_notebook_hears_no_key_that_the_widget_uses(show: Show) -> None:
    widget = show(W1, predict=True)
    widget.page.evaluate("window.heard = []; document.addEventListener('keydown', (e) => heard.push(e.key))")
    widget.graph.focus()
    widget.keys("ArrowRight")
    widget.field.focus()
    widget.keys("d", "d", "a", "1", "ArrowLeft", "Enter", "Escape")
    widget.keys("Home", "End", "ArrowLeft", "p")
    assert widget.page.evaluate("heard") == []
    unmarked = "[tabindex], button, input, a, select, textarea"
    for element in widget.root.locator(unmarked).all():
        assert element.get_attribute("data-lm-suppress-shortcuts") == "true"


def test_keys_with_a_modifier_go_on_their_way(show: Show) -> None:
    widget = show(W1)
    widget.graph.focus()
    widget.keys("Control+ArrowRight", "Alt+End", "Meta+Home")
    assert widget.step == 0


def test_prediction_hides_the_number_until_it_is_typed(show: Show) -> None:
    widget = show(W1, predict=True)
    widget.graph.focus()
    widget.keys("ArrowRight")
    assert widget.said == "Predict v1 = w × x, where w = 2 and x = 1.5."
    assert widget.values[4] == "?"
    widget.keys("4", "Enter")  # typed on the graph, it lands in the field
    assert widget.said == "Not yet: 4 is too large."
    widget.field.fill("-3")
    widget.keys("Enter")
    assert widget.said == "Not yet: -3 has the wrong sign."
    widget.field.fill("three")
    widget.keys("Enter")
    assert widget.said == "Type one number, such as 0.25."
    assert widget.values[4] == "?"
    widget.field.fill("3")
    widget.keys("Enter")
    assert widget.said == widget.sentence(1)
    assert widget.values[4] == "3"
    widget.keys("ArrowRight")  # the graph has the focus again
    assert widget.step == 2
    assert widget.said.startswith("Predict z")


def test_prediction_is_shown_on_request_and_then_stepped_over(show: Show) -> None:
    widget = show(W1, predict=True)
    widget.set(step=11)
    assert widget.said == W1["steps"][11]["ask"]["sentence"]
    assert widget.root.locator(".bc-pill-text").text_content() == "0.880797 × ? = ?"
    assert "0.092478" not in str(widget.root.inner_text())
    widget.press("Show")
    assert widget.said == widget.sentence(11)
    widget.graph.focus()
    widget.keys("ArrowRight")
    assert widget.said == W1["steps"][12]["ask"]["sentence"]
    widget.keys("ArrowRight")  # the first press shows
    assert widget.said == widget.sentence(12)
    widget.keys("ArrowLeft")  # what was found stays found
    assert widget.said == widget.sentence(11)
    widget.press("Predict the next number")
    assert widget.page.evaluate("model.get('predict')") is False
    widget.press("Reset")  # what was found is hidden again, as at first
    assert widget.page.evaluate("['step', 'known', 'predict'].map((t) => model.get(t))") == [0, 0, True]
    assert widget.said == widget.sentence(0)
    widget.press("Next step")
    assert widget.said == W1["steps"][1]["ask"]["sentence"]
    widget.field.fill("4")
    widget.keys("Enter")
    widget.press("Reset")
    assert widget.said == widget.sentence(0)


def test_prediction_of_an_array_asks_for_its_shape(show: Show) -> None:
    widget = show(ARRAYS, predict=True)
    widget.set(step=1)
    assert widget.said.startswith("Predict the shape of v1 = W @ x")
    widget.field.fill("(3,)")
    widget.keys("Enter")
    assert widget.said == "Not yet: the shape is not (3,)."
    widget.field.fill("2")
    widget.keys("Enter")
    assert widget.said == widget.sentence(1)


def test_play_walks_to_the_end_and_stops(show: Show) -> None:
    widget = show(W3, clock=True)
    widget.press("Play")
    assert widget.step == 1
    assert widget.root.get_by_role("button", name="Pause").count() == 1
    widget.page.clock.run_for(60_000)
    assert widget.step == last(W3)
    assert widget.root.get_by_role("button", name="Play", exact=True).count() == 1
    widget.press("First step")
    widget.press("Play")
    widget.press("Reset")  # also while it plays
    widget.page.clock.run_for(60_000)
    assert widget.step == 0


def test_play_is_paused_by_hand_and_by_a_prediction(show: Show) -> None:
    widget = show(W3, clock=True)
    widget.press("Play")
    widget.press("Next step")
    widget.page.clock.run_for(60_000)
    assert widget.step == 2
    widget.set(predict=True)
    widget.set(known=2)
    widget.press("Play")
    widget.page.clock.run_for(60_000)
    assert widget.step == 3
    assert widget.said == W3["steps"][3]["ask"]["sentence"]


def test_disposing_leaves_no_listener_no_timer_and_no_element(show: Show) -> None:
    widget = show(W3, clock=True)
    widget.press("Play")
    widget.page.evaluate("cleanUps.forEach((cleanUp) => cleanUp())")
    widget.page.clock.run_for(60_000)
    assert widget.step == 1
    assert widget.page.evaluate("model.count()") == 0
    assert widget.root.count() == 0
    widget.set(step=3)


def test_two_views_of_one_model_show_the_same_step(show: Show) -> None:
    widget = show(W1, views=2)
    first, second = widget.page.get_by_role("application").all()
    first.focus()
    widget.keys("ArrowRight", "ArrowRight")
    assert widget.page.locator(".bc-say").all_text_contents() == [widget.sentence(2)] * 2
    second.focus()
    widget.keys("ArrowRight")
    assert widget.page.locator(".bc-say").all_text_contents() == [widget.sentence(3)] * 2
    widget.page.evaluate("cleanUps[0]()")
    widget.keys("ArrowRight")
    assert widget.page.locator(".bc-say").all_text_contents() == [widget.sentence(4)]


def test_a_new_trace_is_drawn_in_place_of_the_old(show: Show) -> None:
    widget = show(W1)
    widget.set(step=0, trace=W3)
    assert widget.said == W3["steps"][0]["sentence"]
    assert widget.root.locator(".bc-node").count() == len(W3["nodes"])
    widget.graph.focus()
    widget.keys("End")
    assert widget.step == last(W3)


@pytest.mark.parametrize(
    ("trace", "says"),
    [
        (trace_graph(lambda x: 1 / 0, 1.0), "raised ZeroDivisionError"),
        (trace_graph(lambda x: x, 2), "Integers have no derivative"),
        ({}, "There is no graph."),
        ({"steps": [{}], "nodes": [None], "edges": []}, "The graph could not be drawn"),
    ],
    ids=["raises", "integer", "empty", "broken"],
)
def test_bad_input_shows_a_sentence(show: Show, trace: dict[str, Any], says: str) -> None:
    widget = show(trace)
    assert says in widget.page.get_by_role("alert").text_content()
    widget.set(step=1)
    widget.page.evaluate("cleanUps.forEach((cleanUp) => cleanUp())")


def test_a_value_that_is_not_finite_is_shown_and_not_asked_for(show: Show) -> None:
    trace = trace_graph(lambda x: np.log(x) * x, -1.0)
    widget = show(trace, predict=True)
    widget.graph.focus()
    widget.keys("ArrowRight")
    assert "That is not a finite number" in widget.said
    assert widget.values == ["−1", "nan", "?"]


def test_on_a_phone_the_graph_scrolls_and_the_page_does_not(show: Show) -> None:
    widget = show(W1, viewport={"width": 360, "height": 740})
    inside = """
    () => {
      const box = document.querySelector(".bc-stage").getBoundingClientRect();
      const card = document.querySelector(".bc-node[data-state=now] .bc-card").getBoundingClientRect();
      return card.left >= box.left && card.right <= box.right;
    }
    """
    widget.graph.focus()
    for _ in range(last(W1) - 1):
        widget.keys("ArrowRight")
        assert widget.page.evaluate(inside)
        assert widget.page.evaluate("document.documentElement.scrollWidth") <= 360


THEMES = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "lab-light": {"color_scheme": "dark", "body": "data-jp-theme-light=true"},
    "lab-dark": {
        "color_scheme": "light",
        "body": "data-jp-theme-light=false style='--jp-layout-color0: #111111'",
    },
}


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_lines_have_the_contrast_of_wcag_aa(
    show: Show, keep: Callable[..., None], theme: str
) -> None:
    widget = show(W3, **THEMES[theme])
    for step in (0, 3, 8, last(W3)):
        widget.set(step=step)
        keep(widget.root, f"graph-stepper-{theme}-{step}")
    widget.set(step=8)
    colour = "([selector, property]) => getComputedStyle(document.querySelector(selector))[property]"

    def contrast(front: tuple[str, str], back: tuple[str, str]) -> float:
        return contrast_ratio(*(widget.page.evaluate(colour, list(pair)) for pair in (front, back)))

    card, paper = (".bc-node[data-state=known] .bc-card", "fill"), (".bc-widget", "backgroundColor")
    wash, now = (".bc-stage", "backgroundColor"), (".bc-node[data-state=now] .bc-card", "fill")
    for text in (".bc-name", ".bc-strong", ".bc-value", ".bc-bar-row", ".bc-pill-text [data-role=local]"):
        assert contrast((text, "fill"), card) >= 4.5
        assert contrast((text, "fill"), now) >= 4.5
    for text in (".bc-say", ".bc-label", ".bc-sign", ".bc-counter", "[data-role=local] .bc-number"):
        assert contrast((text, "color"), paper) >= 4.5
    assert contrast((".bc-phase", "color"), (".bc-phase", "backgroundColor")) >= 4.5
    for line in (".bc-wire", ".bc-return", ".bc-tie"):
        assert contrast((line, "stroke"), wash) >= 3
    dark = theme.endswith("dark")
    assert (luminance(widget.page.evaluate(colour, list(paper))) < 0.2) == dark


def test_motion_stops_where_it_is_not_wanted(show: Show) -> None:
    duration = "getComputedStyle(document.querySelector('.bc-card')).transitionDuration"
    # What the scrolling has come to before a frame can be drawn: all of it at once, or nothing yet.
    jump = f"() => (model.set('step', {last(W1) // 2}), document.querySelector('.bc-stage').scrollLeft)"
    phone = {"width": 360, "height": 740}
    still, moving = show(W1, viewport=phone), show(W1, viewport=phone, reduced_motion="no-preference")
    assert still.page.evaluate(duration) == "0s" != moving.page.evaluate(duration)
    assert still.page.evaluate(jump) > 0 == moving.page.evaluate(jump)
    moving.page.wait_for_function("document.querySelector('.bc-stage').scrollLeft > 0")


def test_the_way_back_is_dashed_and_points_back(show: Show) -> None:
    widget = show(W1)
    widget.set(step=last(W1))
    style = "(name) => getComputedStyle(document.querySelector('.bc-back .bc-return'))[name]"
    assert widget.page.evaluate(style, "strokeDasharray") not in ("none", "")
    assert widget.root.locator(".bc-tail:visible").count() == sum(e["carries"] for e in W1["edges"])
    assert widget.root.locator(".bc-head:visible").count() == 0


def test_escape_gives_the_focus_back_to_what_the_stepper_stands_in(show: Show) -> None:
    widget = show(W1, body='tabindex="-1" id="outside"')
    focused = "document.activeElement.id || document.activeElement.className"
    for start in (widget.graph, widget.root.get_by_role("button", name="Next step")):
        start.focus()
        assert widget.page.evaluate(focused) != "outside"
        widget.keys("Escape")
        assert widget.page.evaluate(focused) == "outside"
    assert widget.step == 0


def test_the_program_is_copied_and_runs(show: Show) -> None:
    widget = show(W1)
    widget.press("Copy as code")
    field = widget.root.get_by_role("textbox", name="Code")
    pasted = "navigator.clipboard.readText()"
    code = field.input_value() if field.is_visible() else widget.page.evaluate(pasted)
    assert run(code)["value"] == W1["nodes"][-1]["number"]


def test_pictures_to_look_at(show: Show, keep: Callable[..., None]) -> None:
    shown = (("logistic", W1, 11), ("arrays", ARRAYS, 6), ("tracer", TRACER, 13), ("node-objects", EDF, 10))
    for name, trace, step in shown:
        for scheme in ("light", "dark"):
            widget = show(trace, color_scheme=scheme)
            widget.set(step=step)
            keep(widget.root, f"graph-stepper-{name}-{scheme}")
    widget = show(W1, predict=True)
    widget.set(step=11)
    keep(widget.root, "graph-stepper-predict")
    phone = show(W1, viewport={"width": 360, "height": 560})
    phone.set(step=11)
    keep(phone.page, "graph-stepper-phone")
