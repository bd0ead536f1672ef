"""The descent explorer in a real JupyterLab: the kernel makes a new path for each setting and each drag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import DescentExplorer

from .conftest import Lab
from .lab_notebook import CELLS, open_notebook

pytestmark = pytest.mark.browser

SOURCE = "from backprop_course.widgets import DescentExplorer\nexplorer = DescentExplorer()\nexplorer"


def test_the_kernel_answers_a_setting_and_a_drag_with_a_path(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    lab.use_theme("JupyterLab Light")
    lab.add_notebook("descent.ipynb", SOURCE)
    page = new_page(viewport={"width": 1000, "height": 1100}, reduced_motion="reduce")
    open_notebook(page, lab, "descent.ipynb", run=1)
    explorer = page.locator(".bc-descent")
    explorer.get_by_role("slider", name="Step size η").press("End")
    explorer.get_by_text("diverged").wait_for()
    cells = page.evaluate(CELLS)

    explorer.get_by_role("combobox", name="Method").select_option("conjugate gradients")
    explorer.get_by_text("This method finds its own step sizes.").wait_for()
    page.keyboard.press("d")
    page.keyboard.press("d")  # in command mode this would delete the cell
    explorer.get_by_role("slider", name="Start β₀").press("Home")
    explorer.get_by_role("slider", name="Step", exact=True).press("Home")
    twin = DescentExplorer(start=(-4, -1), method="conjugate gradients")
    twin.step = 0
    explorer.get_by_text(twin.sentence.split("\n")[0]).wait_for()

    explorer.scroll_into_view_if_needed()
    box = explorer.locator(".bc-plot-area").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 20, box["y"] - 5, steps=8)
    page.mouse.up()
    explorer.get_by_text(": (6, 6), loss").wait_for()  # the corner of the map, after the last position
    keep(explorer, "descent-explorer-jupyterlab-light")
    assert page.evaluate(CELLS) == cells
