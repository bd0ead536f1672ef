"""A source file is read in one go: each stays under 500 lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_layers import ROOT

# In solutions/ a unit is one source, whatever its length.
FOLDERS = ("backprop_course", "autograder", "benchmarks", "tests", ".ci")
ENDINGS = (".py", ".js", ".css")
LIMIT = 500


def lengths(folder: Path) -> dict[str, int]:
    """How many lines each source file below a folder has."""
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix in ENDINGS)
    return {str(path.relative_to(folder)): len(path.read_text("utf-8").splitlines()) for path in paths}


def too_long(folder: Path) -> dict[str, int]:
    return {name: length for name, length in lengths(folder).items() if length >= LIMIT}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_source_file_stays_under_500_lines(folder: str) -> None:
    assert lengths(ROOT / folder)
    assert too_long(ROOT / folder) == {}


def test_a_file_of_500_lines_is_found_wherever_it_is(tmp_path: Path) -> None:
    for name, length in {"long.py": 500, "static/long.js": 501, "short.py": 499, "data.csv": 900}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n" * length, encoding="utf-8")
    assert too_long(tmp_path) == {"long.py": 500, "static/long.js": 501}
