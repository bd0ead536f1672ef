"""Large notebooks: read as a stream, without their outputs."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from autograder.grading import large
from autograder.grading.large import read_notebook
from autograder.grading.notebook import Unreadable, code_cells

SOURCES: list[Any] = ["x = 1\ny = 'ä€😀'\n", ["def f(x):\n", "    return x"], [], ""]
OUTPUTS = [{"output_type": "stream", "text": ["z" * 50 + "\n"] * 100, "cells": [{"cell_type": "code"}]}]
NOISE: list[Any] = [3, None, ["source"], {"source": "no type"}, {"cell_type": "markdown", "source": "text"}]


def cells(source: str) -> list[Any]:
    code = [{"cell_type": "code", source: text, "outputs": OUTPUTS, "metadata": {}} for text in SOURCES]
    return [*code[:2], *NOISE, *code[2:], {"cell_type": "code", source: {"source": "odd"}, "input": 3}]


FORMATS: dict[str, Any] = {
    "nbformat 4": {"metadata": {"cells": [{"cell_type": "code", "source": "no"}]}, "cells": cells("source")},
    "nbformat 3": {"worksheets": [{"cells": cells("input")[:3]}, {"cells": cells("input")[3:]}]},
}
ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with BOM": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files of more than 1,000 bytes for large ones, and read them in small pieces."""
    monkeypatch.setattr(large, "_WHOLE", 1000)
    monkeypatch.setattr(large, "_CHUNK", 77)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.usefixtures("small")
def test_a_large_notebook_has_the_code_cells_of_the_whole_one(
    format: str, escaped: bool, encoding: str
) -> None:
    data = ENCODINGS[encoding](json.dumps(FORMATS[format], ensure_ascii=escaped))
    read = read_notebook(BytesIO(data))
    assert code_cells(read) == code_cells(data)
    assert b"zzz" not in read


def test_a_small_one_is_taken_as_it_is() -> None:
    assert read_notebook(BytesIO(b"anything")) == b"anything"


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 2000,
        b"\0" * 2000,
        b"\xff\xfe\x00\xd8" * 500,
        b'{"cells": [{"source": "' + b"\xff" * 2000 + b'"}]}',
        json.dumps(FORMATS["nbformat 4"]).encode()[:-3],
    ],
    ids=lambda data: repr(data[:12]),
)
@pytest.mark.usefixtures("small")
def test_what_is_large_and_no_whole_notebook_says_so(data: bytes) -> None:
    with pytest.raises(Unreadable, match="not a notebook"):
        read_notebook(BytesIO(data))


@pytest.mark.usefixtures("small")
def test_size_and_pieces_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = json.dumps(FORMATS["nbformat 4"]).encode()
    monkeypatch.setattr(large, "LARGEST", len(data))
    read_notebook(BytesIO(data))
    with pytest.raises(Unreadable, match="too large"):
        read_notebook(BytesIO(data + b" "))
    monkeypatch.setattr(large, "_PIECES", 100)
    with pytest.raises(Unreadable, match="at most 100 values"):
        read_notebook(BytesIO(data))
