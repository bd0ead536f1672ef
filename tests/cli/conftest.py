"""Released units to copy and reset, made for the tests of the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backprop_course.cli import units

from .unit_builders import notebook, unit_cells


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
