"""Where files cannot be locked, as on Windows: no class is graded, and that is said; the rest works."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from autograder.release import REPOSITORY
from tests.classroom import RIGHT, answering, flat

WITHOUT_LOCKS = "import sys; sys.modules['fcntl'] = None; from autograder.__main__ import main; main()"


def autograder(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT_LOCKS, *arguments]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_grading_is_refused_with_the_way_out(tmp_path: Path) -> None:
    flat(tmp_path / "in", {"a.ipynb": answering(RIGHT)})
    refused = autograder("grade", str(tmp_path / "in"), "--unit", "NB06", "--out", str(tmp_path / "out"))
    assert refused.returncode == 1
    assert "expected: Linux or macOS" in refused.stderr
    assert f"got:      {sys.platform}" in refused.stderr
    assert "in WSL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_units_are_released() -> None:
    assert autograder("release", "NB00", "--check").returncode == 0
