"""Small released units to copy, run and reset, made for the tests of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backprop_course.cli import units

Cells = list[dict[str, Any]]


def text(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": "text", "metadata": {}, "source": source}


def code(source: str, grade_id: str | None = None) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if grade_id:
        check = grade_id.endswith("-check")
        metadata = {
            "nbgrader": {"grade_id": grade_id, "grade": check, "solution": not check, "schema_version": 3}
        }
    return {
        "cell_type": "code",
        "id": grade_id or "code",
        "metadata": metadata,
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def notebook(cells: Cells) -> str:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for number, cell in enumerate(cells):
        cell["id"] = f"{cell['id']}-{number}"
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def unit_cells(unit: str, stub: str = "...") -> Cells:
    return [
        text(f"# {unit} A unit\n\nText."),
        code(f"def first(x):\n    {stub}", f"{unit}-E01"),
        code(f"check('{unit}.E01')", f"{unit}-E01-check"),
        code(f"def second(x):\n    {stub}", f"{unit}-E02"),
        code(f"check('{unit}.E02')", f"{unit}-E02-check"),
    ]


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that releases a unit; what it released is what the commands see."""
    folder = tmp_path / "released"
    folder.mkdir()
    monkeypatch.setattr(units, "released_folder", lambda: folder)

    def make(unit: str = "NB04", stub: str = "...") -> Path:
        path = folder / unit / f"{unit}.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(notebook(unit_cells(unit, stub)), encoding="utf-8")
        return path

    return make
