"""Inputs of the graph stepper that are changed: what Python is asked, and what is shown then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import GraphStepper

from ..widgets.functions import layer, logistic
from .blank_page import (
    faint_texts,
    is_clean_after_dispose,
    is_wider_than_the_page,
    open_widget,
    unmarked_focus,
)
from .stepper_page import W1, Shown

pytestmark = pytest.mark.browser


class Answered(Shown):
    """A stepper with inputs to change, and its twin in Python, which answers as a kernel would."""

    def __init__(self, new_page: Callable[..., Any], twin: GraphStepper, **options: Any) -> None:
        self.twin = twin
        names = ("trace", "step", "known", "predict", "changes", "leaves")
        traits = {name: getattr(twin, name) for name in names}
        super().__init__(open_widget(new_page, twin, traits, **options), twin.trace)
        self.field = self.root.locator(".bc-leaf-field")
        self.slider = self.root.get_by_role("slider")

    def answer(self) -> None:
        self.twin.step = self.step
        self.twin.changes = self.page.evaluate("model.get('changes')")
        self.set(leaves=self.twin.leaves, trace=self.twin.trace, step=self.twin.step)


def test_a_changed_input_is_asked_of_python_and_the_same_step_shows_the_new_numbers(
    new_page: Callable[..., Any],
) -> None:
    widget = Answered(new_page, GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0))
    widget.set(step=11)
    widget.field.focus()
    widget.field.fill("−0,5")
    widget.keys("Enter")
    assert widget.page.evaluate("model.get('changes')") == {"w": -0.5}
    widget.answer()
    assert widget.step == 11
    assert widget.said == widget.twin.sentence != W1["steps"][11]["sentence"]
    assert widget.values == [node["value"] for node in widget.twin.trace["nodes"]]
    assert widget.page.evaluate("document.activeElement.className").endswith("bc-leaf-field")
    widget.keys("ArrowUp")  # by a hundredth of the slider's reach, 5
    assert widget.page.evaluate("model.get('changes')") == {"w": -0.45}
    widget.root.get_by_role("combobox").select_option("x")
    assert widget.field.input_value() == "1.5"
    widget.slider.focus()
    widget.keys("ArrowLeft", "ArrowLeft")
    assert widget.slider.get_attribute("aria-valuetext") == "x = 1.4"
    widget.page.wait_for_function("model.get('changes').x === 1.4")
    widget.answer()
    assert widget.step == 11  # the arrows were the slider's
    assert widget.values[:4] == ["−0.45", "−1", "1.4", "0"]
    widget.root.get_by_role("button", name="Reset").focus()
    widget.keys("Enter")  # all as it was first shown: the inputs, the one that is chosen, and the step
    assert widget.page.evaluate("model.get('changes')") == {}
    widget.answer()
    assert widget.step == 0
    assert widget.values == ["2", "−1", "1.5", "0", "?", "?", "?", "?", "?", "?"]
    assert widget.root.get_by_role("combobox").input_value() == "w"
    assert widget.field.input_value() == "2"
    assert widget.page.evaluate("document.activeElement.textContent") == "Reset"
    assert unmarked_focus(widget.page) == 0
    assert is_clean_after_dispose(widget.page)


def test_what_cannot_be_traced_is_said_and_the_picture_stays(new_page: Callable[..., Any]) -> None:
    widget = Answered(new_page, GraphStepper(lambda x: np.log(x), 2.0), body='tabindex="-1" id="outside"')
    said = widget.root.locator(".bc-leaf-said")
    for typed in ("nan", "1e999", "", "two"):
        widget.field.fill(typed)
        widget.keys("Enter")
        assert said.text_content() == "x is one finite number, such as 0.25."
    assert widget.page.evaluate("model.get('changes')") == {}
    widget.field.fill("-1")
    widget.keys("Enter")
    widget.answer()
    assert said.text_content() == "v1 = log(x) = nan for these inputs. What comes from it need not be right."
    widget.set(leaves={**widget.twin.leaves, "said": "It raised."})  # and no new trace
    assert said.text_content() == "It raised."
    assert widget.values == ["−1", "?"]
    widget.field.focus()
    widget.field.fill("7")
    widget.keys("Escape")
    assert widget.page.evaluate("document.activeElement.id") == "outside"
    assert widget.field.input_value() == "−1"


def test_where_no_kernel_answers_that_is_said(new_page: Callable[..., Any]) -> None:
    widget = Answered(new_page, GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0), clock=True)
    widget.field.fill("1")
    widget.keys("Enter")
    assert widget.root.get_by_text("Python has not answered").count() == 0
    widget.page.clock.run_for(10_000)
    assert widget.root.get_by_text("Python has not answered").is_visible()
    widget.answer()
    assert not widget.root.get_by_text("Python has not answered").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inputs_to_change_can_be_read_in_both_themes_and_on_a_phone(
    new_page: Callable[..., Any], keep: Callable[..., None], scheme: str
) -> None:
    stepper = GraphStepper(layer, np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2))
    stepper.changes = {"W[0, 1]": -0.75}
    widget = Answered(new_page, stepper, color_scheme=scheme, viewport={"width": 360, "height": 800})
    widget.root.get_by_role("combobox").select_option("W[0, 1]")
    widget.set(step=6)
    assert not is_wider_than_the_page(widget.page)
    assert faint_texts(widget.page) == []
    keep(widget.page, f"graph-stepper-inputs-phone-{scheme}")
    wide = Answered(new_page, GraphStepper(lambda x: np.log(x), 2.0), color_scheme=scheme)
    wide.field.fill("-1")
    wide.keys("Enter")
    wide.answer()
    wide.set(step=2)
    keep(wide.root, f"graph-stepper-inputs-{scheme}")
