"""Where a walkthrough part stands in its notebook, so that a card can say so."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import backprop_course

_PACKAGE = Path(backprop_course.__file__).parent
_FOLDERS = (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks")  # installed, or in the repository


def heading(part: str) -> str:
    """Return the heading of a walkthrough part, ``"NB06.W5 · ..."``; its id where no notebook has it."""
    return _headings(part.partition(".")[0]).get(part, part)


@cache
def _headings(unit: str) -> dict[str, str]:
    for folder in _FOLDERS:
        notebook = folder / unit / f"{unit}.ipynb"
        if notebook.is_file():
            break
    else:
        return {}
    found = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for line in "".join(cell["source"]).splitlines() if cell["cell_type"] == "markdown" else ():
            if line.startswith(f"## {unit}.W"):
                text = line.removeprefix("## ").strip()
                found[text.partition(" ")[0]] = text
    return found
