"""The engine is read in one sitting."""

from __future__ import annotations

from pathlib import Path

import backprop_course

ENGINE = Path(backprop_course.__file__).parent / "engine"


def test_the_core_stays_under_400_lines_docstrings_included():
    core = [ENGINE / name for name in ("rules.py", "tensor.py", "walks.py")]
    assert sum(len(path.read_text(encoding="utf-8").splitlines()) for path in core) < 400


def test_the_core_knows_no_function_by_name():
    text = (ENGINE / "walks.py").read_text(encoding="utf-8")
    assert "np." not in text
