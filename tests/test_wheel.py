"""The built wheel: it holds what an installation without the repository needs, units included."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from backprop_course.cli.units import released_units

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it, which is all that installing does to the files."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(build, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_command_finds_the_units_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "backprop_course.cli", "units", "--json"]
    listing = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(installed)},
    )
    listed = {json.loads(line)["unit"] for line in listing.stdout.splitlines()}
    assert listed == {unit.id for unit in released_units()}
    for unit in released_units():
        packaged = installed / "backprop_course" / "notebooks" / unit.id / unit.notebook.name
        assert packaged.read_bytes() == unit.notebook.read_bytes()


@pytest.mark.parametrize("package", ["backprop_course", "autograder"])
def test_every_file_of_a_package_is_in_the_wheel(package: str, installed: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", package], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert f"{package}/py.typed" in tracked
    assert [name for name in tracked if not (installed / name).is_file()] == []


def test_solutions_and_tests_are_not_in_the_wheel(installed: Path) -> None:
    assert not (installed / "solutions").exists()
    assert not (installed / "tests").exists()
