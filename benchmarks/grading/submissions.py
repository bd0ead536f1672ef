"""Submissions to NB04: six short answers right, one of them wrong, the file broken, or a limit hit."""

from __future__ import annotations

import copy
import functools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.nbgrader.source import source_notebook
from autograder.release import REPOSITORY

UNIT = "NB04"
LEFT = "NB04-E05"  # the seventh exercise, left as it was released: six are answered
_WRONG = ("NB04-E01", "NB04-E02", "NB04-E04", "NB04-E07")  # functions that are called with arrays
_SOLUTION = re.compile(r"^([ ]*)### BEGIN SOLUTION\n.*?^[ ]*### END SOLUTION$", re.DOTALL | re.MULTILINE)
_NAME = re.compile(r"^def (\w+)", re.MULTILINE)

_NEGATED = """

def _negated(value):
    if isinstance(value, dict):
        return {key: _negated(item) for key, item in value.items()}
    return type(value)(map(_negated, value)) if isinstance(value, (list, tuple)) else -value


def _wrong(function):
    return lambda *inputs: _negated(function(*inputs))


NAME = _wrong(NAME)
"""
# What the first answer does instead: two end by the clock, the others by themselves.
_LIMITS = {
    "endless loop": "while True: pass",
    "memory": "return np.ones((1 << 20, 1 << 20))",
    "exit": "import os; os._exit(0)",
    "recursion": "return (lambda f: f(f))(lambda f: f(f))",
    "sleep": "import time; time.sleep(3600)",
}


def solved() -> dict[str, Any]:
    """Return the notebook with six right answers, as JSON."""
    notebook: dict[str, Any] = json.loads(_source())
    left = _cell(notebook, LEFT)
    left["source"] = _SOLUTION.sub(r"\1...", left["source"])
    return notebook


@functools.cache
def _source() -> str:
    return json.dumps(source_notebook(UNIT, REPOSITORY))


def right(number: int) -> bytes:
    """Return a right submission; each has its own text, as students have."""
    return _written(solved(), number)


def wrong(number: int) -> bytes:
    """Return a submission one of whose answers has the wrong sign."""
    notebook = solved()
    cell = _cell(notebook, _WRONG[number % len(_WRONG)])
    name = _NAME.findall(cell["source"])[-1]
    cell["source"] += _NEGATED.replace("NAME", name)
    return _written(notebook, number)


def broken(number: int) -> bytes:
    """Return a file that breaks off, or a notebook with a cell that is not Python."""
    if number % 2:
        whole = right(number)
        return whole[: len(whole) * 2 // 3]
    notebook = solved()
    cell = _cell(notebook, "NB04-E01")
    cell["source"] = cell["source"].replace("):", ")", 1)
    return _written(notebook, number)


def limited(number: int) -> bytes:
    """Return a submission whose first answer hits a limit or ends its process."""
    notebook = solved()
    cell = _cell(notebook, "NB04-E01")
    bad = list(_LIMITS.values())[number % len(_LIMITS)]
    head, docstring, _ = cell["source"].split('"""', 2)
    cell["source"] = f'{head}"""{docstring}"""\n    {bad}\n'
    return _written(notebook, number)


def mixed(count: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and files: of 20, twelve are right, six wrong, one is broken and one hits a limit."""
    for number in range(count):
        place, turn = number % 20, number // 20
        if place == 18:
            yield f"s{number:05d}-broken", broken(turn)
        elif place == 19:
            yield f"s{number:05d}-limit", limited(turn)
        elif place < 12:
            yield f"s{number:05d}-right", right(number)
        else:
            yield f"s{number:05d}-wrong", wrong(number)


def write(folder: Path, files: Iterator[tuple[str, bytes]]) -> Path:
    """Write files in nbgrader's layout and return the folder that is to be graded."""
    for student, data in files:
        path = folder / "submitted" / student / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    return folder / "submitted"


def _written(notebook: dict[str, Any], number: int) -> bytes:
    own = copy.deepcopy(notebook)
    for cell in own["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = f"{cell['source']}\n\n# draft {number}"
    return json.dumps(own, indent=1).encode()


def _cell(notebook: dict[str, Any], grade_id: str) -> dict[str, Any]:
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            found: dict[str, Any] = cell
            return found
    raise LookupError(grade_id)
