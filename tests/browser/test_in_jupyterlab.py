"""The graph stepper where it is used: in a real JupyterLab, after "run all"."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Lab
from .lab_notebook import APP, CELLS, RUN_ALL, open_notebook

pytestmark = pytest.mark.browser

NB04 = Path(__file__).parents[2] / "notebooks" / "NB04" / "NB04.ipynb"
SOURCES = (
    """
from backprop_course import sigmoid
from backprop_course.widgets import GraphStepper

def logistic(w, b, x, t):
    z = w * x + b
    y = sigmoid(z)
    L = (y - t) ** 2 / 2
    return L

stepper = GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0)
stepper
""".strip(),
    "print('the kernel is at step', stepper.step, 'with', stepper.changes)",
)
ACTIVE = f"{APP}.shell.currentWidget.content.activeCellIndex"
FOCUSED = (
    f"{APP}.shell.currentWidget.content.widgets.findIndex((cell) => cell.node === document.activeElement)"
)
RUN_LAST = f"""
() => {{
  const notebook = {APP}.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.length - 1;
  return {APP}.commands.execute('notebook:run-cell');
}}
"""


class Opened:
    """A notebook in JupyterLab, all its cells run, and the first stepper in it."""

    def __init__(self, page: Any, lab: Lab, notebook: str) -> None:
        self.page = page
        open_notebook(page, lab, notebook)
        page.evaluate(f"void {RUN_ALL}")  # not awaited: a cell may raise on purpose
        self.stepper = page.locator(".bc-stepper").first
        self.stepper.wait_for()
        self.graph = self.stepper.get_by_role("application")

    @property
    def said(self) -> str:
        return str(self.stepper.locator("> .bc-say").text_content())

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def opened(lab: Lab, new_page: Callable[..., Any]) -> Callable[..., Opened]:
    def with_theme(notebook: str, theme: str = "JupyterLab Light") -> Opened:
        lab.use_theme(theme)
        return Opened(
            new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce"), lab, notebook
        )

    return with_theme


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_the_stepper_answers_keys_and_buttons_after_run_all(
    lab: Lab, opened: Callable[..., Opened], keep: Callable[..., None], theme: str
) -> None:
    lab.add_notebook("stepper.ipynb", *SOURCES)
    notebook = opened("stepper.ipynb", theme)
    page, cells = notebook.page, notebook.page.evaluate(CELLS)
    assert notebook.said.startswith("Given: w = 2")
    notebook.graph.click()
    notebook.keys(*["ArrowRight"] * 3)
    assert notebook.said == "Forward 3 of 6: y = σ(z) = σ(2) = 0.880797."
    notebook.keys("End")
    assert "w_bar = 0.138717" in notebook.said
    keep(page, f"{theme.replace(' ', '-').lower()}-last")
    for _ in range(5):
        notebook.stepper.get_by_role("button", name="Step back").click()
    assert "from y to z: upstream y_bar = 0.880797, times local ∂y/∂z = 0.104994" in notebook.said
    keep(page, f"{theme.replace(' ', '-').lower()}-backward")
    assert page.evaluate(CELLS) == cells

    field = notebook.stepper.get_by_role("textbox", name="w as a number")
    field.fill("-0.5")
    field.press("Enter")  # the kernel traces the function again
    page.get_by_text("from y to z: upstream y_bar = 0.148047").wait_for()
    keep(page, f"{theme.replace(' ', '-').lower()}-changed")
    for inside in (field, notebook.graph):
        inside.focus()
        notebook.keys("Escape")
        assert page.evaluate(FOCUSED) == 0
    notebook.keys("ArrowDown")  # the notebook has the keys again
    page.wait_for_function(f"{ACTIVE} === 1")

    page.evaluate(RUN_LAST)  # step and input have gone to the kernel as well
    page.get_by_text("the kernel is at step 12 with {'w': -0.5}").wait_for()


def test_what_is_typed_into_a_prediction_is_no_command_of_the_notebook(
    lab: Lab, opened: Callable[..., Opened], keep: Callable[..., None]
) -> None:
    lab.add_notebook("predict.ipynb", *SOURCES)
    notebook = opened("predict.ipynb")
    cells = notebook.page.evaluate(CELLS)
    notebook.stepper.get_by_role("button", name="Predict the next number").click()
    notebook.graph.focus()
    notebook.keys("ArrowRight")
    notebook.stepper.get_by_role("textbox", name="Your prediction").focus()
    notebook.keys("d", "d", "b", "x", "m", "Enter")  # delete, insert, cut, markdown, edit: in command mode
    assert notebook.said == "Type one number, such as 0.25."
    keep(notebook.page, "jupyterlab-predict")
    notebook.keys("Escape")
    notebook.keys("d", "d", "ArrowLeft", "ArrowRight")
    assert notebook.said == "Forward 1 of 6: v1 = w × x = 2 × 1.5 = 3."
    assert notebook.page.evaluate(CELLS) == cells


@pytest.mark.skipif(not NB04.exists(), reason="NB04 is not released; run: python -m autograder release")
def test_the_stepper_of_nb04_runs_in_the_released_notebook(
    lab: Lab, opened: Callable[..., Opened], keep: Callable[..., None]
) -> None:
    notebook = json.loads(NB04.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:  # an unsolved exercise raises, and "run all" would stop there
        cell["metadata"].setdefault("tags", []).append("raises-exception")
    (lab.folder / "NB04.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    shown = opened("NB04.ipynb")
    shown.graph.scroll_into_view_if_needed()
    shown.graph.focus()
    shown.keys("End")
    assert "w_bar = 0.138717" in shown.said
    shown.keys("Home")
    assert shown.said.startswith("Given:")
    shown.keys("ArrowRight")
    assert shown.said.startswith("Forward 1 of")
    keep(shown.page, "jupyterlab-nb04")


def test_a_card_leads_to_the_walkthrough_part_of_its_notebook(lab: Lab, new_page: Callable[..., Any]) -> None:
    notebook = json.loads((NB04.parents[1] / "NB06" / "NB06.ipynb").read_text(encoding="utf-8"))
    assert any('<a id="NB06.W5"></a>' in "".join(cell["source"]) for cell in notebook["cells"])
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["id"] == "NB06-E06":
            cell["source"] = source.replace("...", "return dY @ W.T, X.T @ dY, dY")
    (lab.folder / "NB06.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    page = new_page(viewport={"width": 1280, "height": 900})
    open_notebook(page, lab, "NB06.ipynb")
    page.evaluate(f"void {RUN_ALL}")
    link = page.locator(".bpc-see a", has_text="NB06.W5").first
    link.scroll_into_view_if_needed()
    heading = page.locator("h2", has_text="NB06.W5").first
    link.click()
    heading.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('h2')].some((h) => h.textContent.startsWith('NB06.W5')"
        " && h.getBoundingClientRect().top > 0 && h.getBoundingClientRect().top < innerHeight)"
    )
