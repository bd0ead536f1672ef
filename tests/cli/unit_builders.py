"""Notebooks in the form of a unit, small enough to read in a test."""

from __future__ import annotations

import json
from typing import Any

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
