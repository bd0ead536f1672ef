"""What a person does with a notebook that is open in JupyterLab."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.browser.lab_notebook import APP, KERNEL

NOTEBOOK = f"{APP}.shell.currentWidget"
_GO_TO = f"""
async (place) => {{
  {NOTEBOOK}.content.activeCellIndex = place;
  await {NOTEBOOK}.content.scrollToItem(place, "center");
}}
"""
_RUN_ABOVE = f"void {APP}.commands.execute('notebook:run-all-above')"


def expose_app(configuration: Path) -> None:
    """Let JupyterLab say to a test what a person sees: whether a kernel listens, where a cell is."""
    configuration.mkdir()
    settings = {"LabApp": {"expose_app_in_browser": True}}
    (configuration / "jupyter_lab_config.json").write_text(json.dumps(settings), encoding="utf-8")


def wait_until_opened(page: Any, heading: str) -> None:
    """Wait until a notebook is shown and its kernel listens."""
    page.get_by_role("heading", name=heading).wait_for()
    page.wait_for_function(f"{KERNEL}?.status === 'idle'")


def run_all_above(page: Any, place: int) -> None:
    """Go to a cell, and choose Run > Run All Above Selected Cell."""
    page.evaluate(_GO_TO, place)
    page.evaluate(_RUN_ABOVE)


def answer(page: Any, place: int, text: str, *keys: str, then: int) -> None:
    """Go to the end of a cell, press keys, type, and run it and as many cells below."""
    page.evaluate(_GO_TO, place)
    page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active .cm-content").click()
    page.keyboard.press("Control+End")
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.type(text)
    for _ in range(1 + then):
        page.keyboard.press("Shift+Enter")


def save(page: Any) -> None:
    """Press Ctrl-S, and wait until the file is written."""
    page.keyboard.press("Control+s")
    page.wait_for_function(f"!{NOTEBOOK}.context.model.dirty")
