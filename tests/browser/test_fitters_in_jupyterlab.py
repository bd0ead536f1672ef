"""Line fitter, logit fitter and distribution bars in a real JupyterLab: the kernel answers each drag."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Lab
from .lab_notebook import CELLS, RUN, open_notebook

pytestmark = pytest.mark.browser

SOURCES = (
    "from backprop_course.widgets import LineFitter\n"
    "line = LineFitter(beta=(1, 1), view=((-1, 4), (-2, 18)))\nline",
    "from backprop_course.widgets import LogitFitter\nlogit = LogitFitter()\nlogit",
    "from backprop_course.widgets import DistributionBars\nbars = DistributionBars()\nbars",
    "print('the kernel has', line.y[3], logit.w, round(sum(bars.q), 9), round(bars.q[3], 2))",
)


def drag(page: Any, start: Any, to: tuple[float, float]) -> None:
    start.scroll_into_view_if_needed()
    box = start.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + to[0], y + to[1], steps=8)
    page.mouse.up()


def test_the_kernel_answers_each_drag(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    lab.use_theme("JupyterLab Dark")
    lab.add_notebook("fitters.ipynb", *SOURCES)
    page = new_page(viewport={"width": 1000, "height": 1100}, reduced_motion="reduce")
    open_notebook(page, lab, "fitters.ipynb", run=3)
    cells = page.evaluate(CELLS)

    line = page.locator(".bc-fitter")
    line.get_by_role("button", name="best squared").click()
    drag(page, line.locator(".bc-fit-point").nth(3), (0, -900))  # beyond the plot: it stops at the top, 18
    line.get_by_text("Point 4 of 4 at (3.000, 18.000)").wait_for()
    # By hand: the mean of y is 6.5, and Σ(x − 1.5)(y − 6.5) = 26 over Σ(x − 1.5)² = 5 is the slope.
    assert "the best squared line−1.3005.200" in str(line.locator("table").text_content())
    page.keyboard.press("d")
    page.keyboard.press("d")  # in command mode this would delete the cell
    keep(line, "line-fitter-jupyterlab-dark")

    logit = page.locator(".bc-logit")
    drag(page, logit.locator(".bc-logit-map .bc-plot-area"), (900, -900))  # to the corner (3, 6)
    logit.locator(".bc-range-text").get_by_text("6", exact=True).first.wait_for()

    bars = page.locator(".bc-two")
    bars.get_by_role("application").press("End")  # p of the first outcome becomes 1
    bars.get_by_text("H(p) = 0.000").first.wait_for()
    drag(page, bars.locator(".bc-two-stage .bc-two-q").nth(3), (0, -900))
    bars.get_by_text("infinite").wait_for()
    page.evaluate(RUN, 3)
    page.get_by_text("the kernel has 18.0 [3.0, 6.0] 1.0 1.0").wait_for()
    assert page.evaluate(CELLS) == cells
