"""A submission's bytes as code cells, whatever wrote them: a notebook, or a script exported from one.

Nothing here runs or parses a submission's code: that is the sandbox's. What cannot be read as a notebook is
`Unreadable`, with the reason; a class is never stopped by it.
"""

from __future__ import annotations

import json
import re
from typing import Any

from backprop_course.errors import CourseError

MAX_BYTES = 64 << 20
NOTEBOOK, SCRIPT = ".ipynb", ".py"


class Unreadable(CourseError, ValueError):
    """A file that cannot be read as a notebook."""


def code_cells(data: bytes) -> list[str]:
    """Return the source of a notebook's code cells, in order.

    Parameters
    ----------
    data : bytes
        JSON in UTF-8, UTF-16 or UTF-32, with or without a byte order mark; nbformat 3 or 4.

    Raises
    ------
    Unreadable
        If it is not a notebook.
    """
    _require_size(data)
    notebook = _json(data)
    cells = _cells(notebook)
    if cells is None:
        raise Unreadable(
            "The file is not a notebook.",
            expected='a JSON object with "cells", as Jupyter saves it',
            got=_begins(data),
            mend="submit the .ipynb file itself",
        )
    return [_source(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def cells_of(name: str, data: bytes) -> list[str]:
    """Return the code cells of a file by its name: a script's or a notebook's."""
    return script_cells(data) if name.lower().endswith(SCRIPT) else code_cells(data)


def script_cells(data: bytes) -> list[str]:
    """Return the cells of a script: what stands between lines ``# %%`` or ``# In[3]:``.

    Parameters
    ----------
    data : bytes
        Python as Jupyter, Colab, VS Code or jupytext export it; cells of text are comments in it.

    Raises
    ------
    Unreadable
        If it is too large.
    """
    _require_size(data)
    text = text_of(data)
    return [part for part in _CELL.split(text.replace("\r\n", "\n")) if part.strip()]


_CELL = re.compile(r"^# ?(?:%%.*|In ?\[[ \d]*\]:?)$", re.MULTILINE)


def _require_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise too_large(f"at most {MAX_BYTES >> 20} MiB", f"{len(data) >> 20} MiB or more")


def too_large(expected: str, got: str) -> Unreadable:
    """Return the error about a file of which no more is read."""
    return Unreadable(
        "The file is too large for a notebook.",
        expected=expected,
        got=got,
        mend="clear the outputs, save, and submit again",
    )


def text_of(data: bytes) -> str:
    """Return bytes as text: Unicode by its first bytes, and what is none as old Windows editors wrote it."""
    try:
        return data.decode(json.detect_encoding(data) if data else "utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _json(data: bytes) -> Any:
    try:
        return json.loads(text_of(data))
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            "The file breaks off before its end." if _breaks_off(error) else "The file is not a notebook.",
            expected="JSON, as Jupyter saves it",
            got=f"{_begins(data)} ({error})" if data.strip() else "an empty file",
            mend="open it in Jupyter to see whether it is whole, then submit again",
        ) from error


def _breaks_off(error: Exception) -> bool:
    """Whether JSON is right as far as it goes."""
    if not isinstance(error, json.JSONDecodeError) or not error.doc.lstrip().startswith("{"):
        return False
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc.rstrip()) - 5


def _cells(notebook: Any) -> list[Any] | None:
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return list(notebook["cells"])
    sheets = notebook.get("worksheets")  # nbformat 3
    if isinstance(sheets, list):
        inner = [s["cells"] for s in sheets if isinstance(s, dict) and isinstance(s.get("cells"), list)]
        return [cell for cells in inner for cell in cells]
    return None


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _begins(data: bytes) -> str:
    text = data[:60].decode("utf-8", errors="replace")
    return repr(text) + (" ..." if len(data) > 60 else "")
