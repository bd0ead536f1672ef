"""Perceptron and boundary in a real JupyterLab: the kernel trains for each setting and each point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import DecisionBoundary, PerceptronStepper

from .conftest import Lab
from .lab_notebook import CELLS, RUN, open_notebook

pytestmark = pytest.mark.browser

SOURCES = (
    "from backprop_course.widgets import PerceptronStepper\nstepper = PerceptronStepper('or')\nstepper",
    "from backprop_course.widgets import DecisionBoundary\nboundary = DecisionBoundary()\nboundary",
    "print('the kernel has', stepper.gate, stepper.step, boundary.dataset, len(boundary.points))",
)


def test_the_kernel_trains_for_each_setting_and_each_point(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    lab.use_theme("JupyterLab Dark")
    lab.add_notebook("boundary.ipynb", *SOURCES)
    page = new_page(viewport={"width": 1000, "height": 1100}, reduced_motion="reduce")
    open_notebook(page, lab, "boundary.ipynb", run=2)
    cells = page.evaluate(CELLS)

    stepper = page.locator(".bc-perceptron")
    stepper.get_by_role("button", name="XOR").click()
    stepper.get_by_role("slider", name="Step").press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("d")
    page.keyboard.press("d")  # in command mode this would delete the cell
    stepper.get_by_text(PerceptronStepper("xor", step=2).sentence).wait_for()
    keep(stepper, "perceptron-stepper-jupyterlab-dark")

    boundary = page.locator(".bc-boundary")
    boundary.get_by_role("combobox").select_option("XOR")
    boundary.get_by_role("button", name="Network").click()
    twin = DecisionBoundary(dataset="XOR", model="network")
    boundary.get_by_text(twin.sentence.split("\n")[0]).wait_for()

    map_ = boundary.get_by_role("application")
    map_.scroll_into_view_if_needed()
    box = map_.locator(".bc-plot-area").bounding_box()
    for share in (0.3, 0.5, 0.7):  # faster than the kernel trains
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    boundary.get_by_text("on the mean loss of 7 points").wait_for()
    keep(boundary, "decision-boundary-jupyterlab-dark")

    boundary.get_by_role("button", name="Paste").click()
    boundary.get_by_role("textbox", name="Points, one a line").fill("0 0 no\n1 1 yes")
    boundary.get_by_role("button", name="Take these points").click()
    boundary.get_by_text("2 points taken.").wait_for()
    boundary.get_by_text("on the mean loss of 2 points").wait_for()

    page.evaluate(RUN, 2)
    page.get_by_text("the kernel has xor 2 your points 2").wait_for()
    assert page.evaluate(CELLS) == cells
