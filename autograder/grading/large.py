"""Large notebooks, read as a stream: their outputs, which nobody grades, are left out on the way.

A plot or a loop that prints can make a right answer's notebook a hundred megabytes. Only its code is held.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from io import BytesIO
from typing import IO, Any

import ijson

from .notebook import Unreadable, too_large

LARGEST = 128 << 20  # bytes of a file
_WHOLE = 8 << 20  # of one that is taken as it is
_CHUNK = 1 << 20
_PIECES = 20_000_000  # of JSON: what nests or splits on without end takes time, not bytes
_CELLS = (["cells", "[]"], ["worksheets", "[]", "cells", "[]"])  # of nbformat 4 and 3
_KEPT = ("cell_type", "source", "input")


def read_notebook(file: IO[bytes]) -> bytes:
    """Return a notebook's bytes, or, where it is large, those of one with its code cells alone.

    Parameters
    ----------
    file : binary file
        Open for reading at its beginning.

    Raises
    ------
    Unreadable
        If it is larger than a file that is graded may be, or large and not a notebook.
    """
    data = file.read(_WHOLE + 1)
    if len(data) <= _WHOLE:
        return data
    stream: Any = _Limited(data, file)
    encoding = json.detect_encoding(data[:4])
    if encoding == "utf-8-sig":
        data = data.removeprefix(codecs.BOM_UTF8)
        stream = _Limited(data, file)
    elif encoding != "utf-8":
        stream = codecs.EncodedFile(stream, "utf-8", encoding)
    try:
        cells = list(_code_cells(ijson.basic_parse(stream, buf_size=_CHUNK)))
    except (ijson.JSONError, UnicodeError) as error:
        raise Unreadable(
            "The file is not a notebook, or breaks off before its end.",
            expected="JSON, as Jupyter saves it",
            got=str(error).splitlines()[0],
            mend="open it in Jupyter to see whether it is whole, then submit again",
        ) from error
    return json.dumps({"cells": cells}).encode()


class _Limited:
    """What was read already, then the rest, up to the limit."""

    def __init__(self, begun: bytes, file: IO[bytes]) -> None:
        self._begun, self._file = BytesIO(begun), file
        self._left = LARGEST - len(begun)

    def read(self, size: int = -1) -> bytes:
        if begun := self._begun.read(size):
            return begun
        more = self._file.read(_CHUNK if size < 0 else size)
        self._left -= len(more)
        if self._left < 0:
            raise too_large(f"at most {LARGEST >> 20} MiB", "more")
        return more


def _code_cells(events: Iterator[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield type and source of each code cell; nothing else is kept."""
    path: list[str] = []
    cell: dict[str, Any] = {}
    for number, (event, value) in enumerate(events):
        if number >= _PIECES:
            raise too_large(f"at most {_PIECES:,} values", "more")
        if event == "map_key":
            path[-1] = value
        elif event in ("start_map", "start_array"):
            if event == "start_map" and path in _CELLS:
                cell = {}
            elif event == "start_array" and path[:-1] in _CELLS and path[-1] in _KEPT:
                cell[path[-1]] = []
            path.append("" if event == "start_map" else "[]")
        elif event in ("end_map", "end_array"):
            path.pop()
            if event == "end_map" and path in _CELLS and cell.get("cell_type") == "code":
                yield cell
        elif event == "string":
            if path[:-1] in _CELLS and path[-1] in _KEPT:
                cell[path[-1]] = value
            elif path[-1] == "[]" and path[:-2] in _CELLS and path[-2] in _KEPT:
                cell[path[-2]].append(value)
