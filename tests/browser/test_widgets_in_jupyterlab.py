"""Quiz, microscope, debugger and builder where they are used: in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Lab
from .lab_notebook import CELLS, RUN, open_notebook

pytestmark = pytest.mark.browser

SOURCES = (
    "from backprop_course.widgets import quiz\nquiz('NB04.Q2')",
    "import numpy as np\nfrom backprop_course.widgets import DifferenceMicroscope\n"
    "microscope = DifferenceMicroscope(lambda x: np.sin(x**2), 1.3)\nmicroscope",
    "from autograder import check\nfrom backprop_course.widgets import BackwardDebugger\n"
    "def affine_backward(dY, X, W):\n    return dY @ W.T, -X.T @ dY, dY\n"
    "debugger = BackwardDebugger('NB06.E06', affine_backward, check=check)\ndebugger",
    "from backprop_course.widgets import JacobianBuilder\nbuilder = JacobianBuilder()\nbuilder",
    "print('the kernel has', microscope.method, microscope.step, debugger.part, builder.products)",
    "def affine_backward(dY, X, W):\n    return dY @ W.T, X.T @ dY, dY.sum(axis=0)\n"
    "debugger.update(affine_backward)",
)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_each_widget_answers_and_tells_the_kernel(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None], theme: str
) -> None:
    lab.use_theme(theme)
    lab.add_notebook("widgets.ipynb", *SOURCES)
    page = new_page(viewport={"width": 1000, "height": 1000}, reduced_motion="reduce")
    open_notebook(page, lab, "widgets.ipynb", run=4)
    cells = page.evaluate(CELLS)

    quiz = page.locator(".bc-quiz")
    quiz.get_by_role("button").nth(1).click()
    page.keyboard.press("d")
    page.keyboard.press("d")  # in command mode this would delete the cell
    assert quiz.get_by_role("status").first.text_content()[:1] in "✓✗"
    keep(quiz, f"quiz-{theme.replace(' ', '-').lower()}")

    microscope = page.locator(".bc-microscope")
    microscope.get_by_role("button", name="forward").click()
    microscope.get_by_role("slider", name="Step h").press("ArrowLeft")
    assert "The forward difference in float64 with h = 5.6e−7" in str(microscope.text_content())
    keep(microscope, f"difference-microscope-{theme.replace(' ', '-').lower()}")

    debugger = page.locator(".bc-debugger")
    debugger.get_by_role("button", name="✗ db").click()
    debugger.get_by_role("application").press("ArrowRight")
    assert "db[1]: reference" in str(debugger.text_content())
    keep(debugger, f"backward-debugger-{theme.replace(' ', '-').lower()}")

    builder = page.locator(".bc-builder")
    builder.get_by_role("application").press("ArrowRight")
    builder.get_by_role("application").press("ArrowRight")
    assert "JVP 2 of 8 has filled column 2" in str(builder.text_content())
    keep(builder, f"jacobian-builder-{theme.replace(' ', '-').lower()}")

    page.evaluate(RUN, 4)
    page.get_by_text("the kernel has forward 35 2 2").wait_for()
    page.evaluate(RUN, 5)  # the same picture shows the mended function
    debugger.get_by_role("button", name="✓ db").wait_for()
    assert page.evaluate(CELLS) == cells
