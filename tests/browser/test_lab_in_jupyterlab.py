"""The network lab in a real JupyterLab: the kernel trains, and the browser draws its frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets.network_lab import NetworkLab

from .conftest import Lab
from .lab_notebook import CELLS, RUN, open_notebook

pytestmark = pytest.mark.browser

SOURCE = "from backprop_course.widgets import NetworkLab\nlab = NetworkLab('moons')\nlab"


def test_the_kernel_trains_is_paused_scrubbed_and_undone(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    lab.use_theme("JupyterLab Light")
    lab.add_notebook("network.ipynb", SOURCE, "print('at', lab.now['step'], lab.now['undo'])")
    page = new_page(viewport={"width": 1300, "height": 1100})
    open_notebook(page, lab, "network.ipynb", run=1)
    shown = page.locator(".bc-lab")
    shown.get_by_role("textbox", name="Stop at step").fill("200")
    cells = page.evaluate(CELLS)
    shown.get_by_role("button", name="Run").click()
    twin = NetworkLab("moons", steps=200)
    shown.get_by_text(twin.now["say"]).wait_for()  # twenty chunks in the kernel, one in the twin
    shown.get_by_role("button", name="Run").wait_for()
    keep(shown, "network-lab-jupyterlab-light")
    page.keyboard.press("d")
    page.keyboard.press("d")  # in command mode this would delete the cell

    shown.get_by_role("slider", name="Step").press("Home")
    shown.get_by_text("Step 0, 0 epochs").wait_for()
    shown.get_by_role("button", name="Step by one epoch").click()
    shown.get_by_text("Step 10, 1 epoch:").wait_for()
    shown.get_by_role("button", name="Undo").click()
    shown.get_by_text("Step 0, 0 epochs").wait_for()
    page.evaluate(RUN, 1)
    page.get_by_text("at 0 True").wait_for()  # the long run before can still be undone
    assert page.evaluate(CELLS) == cells
