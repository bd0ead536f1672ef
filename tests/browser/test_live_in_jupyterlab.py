"""Widgets whose runs the kernel makes, in a real JupyterLab: settings go there, runs come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backprop_course.widgets import ActivationExplorer, SymptomBoard

from .conftest import Lab
from .lab_notebook import CELLS, open_notebook

pytestmark = pytest.mark.browser

SOURCES = (
    "from backprop_course.widgets import ActivationExplorer\nexplorer = ActivationExplorer(x=1)\nexplorer",
    "from backprop_course.widgets import SymptomBoard\nboard = SymptomBoard('C')\nboard",
)


def test_the_kernel_answers_settings_and_several_at_once(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    lab.use_theme("JupyterLab Dark")
    lab.add_notebook("live.ipynb", *SOURCES)
    page = new_page(viewport={"width": 1000, "height": 1100}, reduced_motion="reduce")
    open_notebook(page, lab, "live.ipynb", run=2)
    cells = page.evaluate(CELLS)

    explorer = page.locator(".bc-activation")
    explorer.get_by_role("slider", name="Weight w").press("End")
    explorer.get_by_role("combobox").select_option("tanh")
    page.keyboard.press("d")
    page.keyboard.press("d")  # in command mode this would delete the cell
    twin = ActivationExplorer("tanh", weight=3, x=1)
    explorer.get_by_text(twin.sentence.split("\n")[0]).wait_for()
    keep(explorer, "activation-explorer-jupyterlab-dark")

    board = page.locator(".bc-symptoms")
    board.get_by_role("combobox", name="Treatment").select_option("weights drawn by fan-in")
    board.get_by_text("nothing ails it now").wait_for()
    board.get_by_role("button", name="D", exact=True).click()  # the treatment goes with the patient
    board.get_by_text(SymptomBoard("D").sentence.split("\n")[0]).wait_for()
    assert "nothing ails it now" not in str(board.text_content())
    keep(board, "symptom-board-jupyterlab-dark")
    assert page.evaluate(CELLS) == cells
