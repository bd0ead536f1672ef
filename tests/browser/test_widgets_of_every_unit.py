"""The widgets and quizzes of every unit, in JupyterLab and in Notebook 7: each is drawn, and hears a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import PATIENCE, Lab
from .lab_notebook import CELLS, KERNEL, RUN_ALL
from .widget_cells import widget_cells

pytestmark = pytest.mark.browser

FRONTS = {
    "JupyterLab": ("lab/tree/units.ipynb?reset", "JupyterLab Dark"),
    "Notebook 7": ("notebooks/units.ipynb", "JupyterLab Light"),
}
HANDLES = "[role=application], input[type=range], select, button"  # what takes a key
KEYS = ("Home", "ArrowRight", "ArrowDown", "Enter", "d", "d")  # in command mode "d" twice deletes a cell
# What is wrong with the pictures of these cells; and from now on each notes whether it changes.
LOOK = """
(places) => {
  const cells = [...document.querySelectorAll(".jp-Notebook .jp-Cell")];
  const seen = (element) => Math.min(element.clientWidth, element.clientHeight) > 20;
  const wrong = [];
  const complain = (place, elements) => elements.forEach((e) => wrong.push(`${place}: ${e.textContent}`));
  const bad = '[data-mime-type$=".error"], [data-mime-type$=".stderr"], .bc-widget [role=alert]';
  cells.forEach((cell, place) => complain(place, cell.querySelectorAll(bad)));
  window.changed = new Set();
  for (const place of places) {
    const root = cells[place].querySelector(".bc-widget");
    const all = { subtree: true, childList: true, attributes: true, characterData: true };
    new MutationObserver(() => changed.add(place)).observe(root, all);
    const pictures = root.querySelectorAll("svg, canvas, [role=application], fieldset");
    if (![...pictures].some(seen)) wrong.push(`${place}: nothing is drawn`);
  }
  return wrong;
}
"""
PRESS = """
([place, handles]) => {
  const found = [...document.querySelectorAll(".jp-Notebook .jp-Cell")[place].querySelectorAll(handles)];
  const order = (element) => handles.split(", ").findIndex((handle) => element.matches(handle));
  const open = found.filter((e) => e.checkVisibility() && e.ariaDisabled !== "true");
  open.sort((one, other) => order(one) - order(other))[0].focus();
}
"""


@pytest.mark.parametrize("front", FRONTS)
def test_each_widget_is_drawn_and_hears_a_key(
    lab: Lab, new_page: Callable[..., Any], keep: Callable[..., None], front: str
) -> None:
    address, theme = FRONTS[front]
    cells = [cell for unit in widget_cells().values() for cell in unit]
    places = [place for place, cell in enumerate(cells) if cell.shows]
    lab.use_theme(theme)
    lab.render_all_cells()
    lab.add_notebook("units.ipynb", *(cell.source for cell in cells))
    page = new_page(viewport={"width": 1000, "height": 1000}, reduced_motion="reduce")
    page.set_default_timeout(4000 * PATIENCE)  # it is a whole course
    page.goto(f"{lab.url}/{address}")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")
    page.complaints.clear()  # Notebook 7 has some of its own while it opens
    page.evaluate(f"void {RUN_ALL}")
    shown = page.locator(".jp-Notebook .jp-Cell", has=page.locator(".bc-widget"))
    shown.nth(len(places) - 1).wait_for()
    assert shown.count() == len(places)
    assert page.evaluate(LOOK, places) == []

    for place in places:
        page.evaluate(PRESS, [place, HANDLES])
        for key in KEYS:
            page.keyboard.press(key)
    for place in places:
        page.wait_for_function("place => changed.has(place)", arg=place, timeout=1000 * PATIENCE)
    assert page.evaluate(CELLS) == len(cells)
    keep(shown.first, f"widgets-of-units-{front.replace(' ', '-').lower()}")
