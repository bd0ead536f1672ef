"""The formulas of the released notebooks where they are read: MathJax in JupyterLab renders all of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.markdown_text import formulas

from .conftest import PATIENCE, Lab

pytestmark = pytest.mark.browser

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*/*.ipynb"))
# For each Markdown cell, in order: how many formulas are set, and what MathJax complains of.
RENDERED = """
() => [...document.querySelectorAll(".jp-MarkdownCell")].map((cell) => [
  cell.querySelectorAll("mjx-container").length,
  [...cell.querySelectorAll("mjx-merror")].map((node) => node.textContent),
])
"""
ALL_SET = "(wanted) => document.querySelectorAll('.jp-MarkdownCell mjx-container').length >= wanted"


def texts_of(path: Path) -> list[str]:
    """Return the Markdown cells of a notebook that hold formulas."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return [text for text in texts if formulas(text)]


def shown(lab: Lab, new_page: Callable[..., Any], *texts: str) -> list[tuple[int, list[str]]]:
    """Open a notebook of these cells; return the number of formulas and the complaints of each."""
    cells = [
        {"cell_type": "markdown", "id": f"cell-{i}", "metadata": {}, "source": text}
        for i, text in enumerate(texts)
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (lab.folder / "formulas.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    lab.render_all_cells()
    page = new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(4000 * PATIENCE)  # some thousand formulas, perhaps on a busy machine
    page.goto(f"{lab.url}/lab/tree/formulas.ipynb?reset")
    page.wait_for_function(ALL_SET, arg=sum(len(formulas(text)) for text in texts))
    return [(count, errors) for count, errors in page.evaluate(RENDERED)]


def test_every_formula_of_the_released_notebooks_is_set(lab: Lab, new_page: Callable[..., Any]) -> None:
    """All in one notebook: to open each of them takes most of a minute, and the formulas are the same."""
    texts = [text for path in NOTEBOOKS for text in texts_of(path)]
    assert texts
    seen = dict(zip(texts, shown(lab, new_page, *texts), strict=True))
    assert {text: found for text, found in seen.items() if found != (len(formulas(text)), [])} == {}


def test_a_formula_that_is_wrong_is_found(lab: Lab, new_page: Callable[..., Any]) -> None:
    ((count, errors),) = shown(lab, new_page, r"$\frac{1}$ and $x^2$")
    assert (count, len(errors)) == (2, 1)
