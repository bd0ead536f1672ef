"""A notebook that is open in JupyterLab: what a test asks of it, and how its cells are run."""

from __future__ import annotations

from typing import Any

from .conftest import PATIENCE, Lab

APP = "window.jupyterapp"
KERNEL = f"{APP}.shell.currentWidget?.sessionContext?.session?.kernel"
CELLS = f"{APP}.shell.currentWidget.content.widgets.length"
RUN_ALL = f"{APP}.commands.execute('notebook:run-all-cells')"
RUN = f"""
(index) => {{
  {APP}.shell.currentWidget.content.activeCellIndex = index;
  return {APP}.commands.execute('notebook:run-cell');
}}
"""


def open_notebook(page: Any, lab: Lab, name: str, *, run: int = 0) -> None:
    """Open a notebook, wait until its kernel listens, and run so many of its first cells."""
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(f"{lab.url}/lab/tree/{name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")
    for index in range(run):
        page.evaluate(RUN, index)
