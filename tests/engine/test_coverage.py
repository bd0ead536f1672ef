"""COVERAGE.md is what the registry does, and every function of NumPy is somewhere on it."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

from backprop_course.engine import coverage, rule_refusals, rules

TEXT = coverage.PAGE.read_text(encoding="utf-8")


def checked(page):
    """Run ``--check`` on another file, in a process of its own: what SciPy enters stays there."""
    code = (
        "import sys, pathlib; from backprop_course.engine import coverage;"
        "coverage.PAGE = pathlib.Path(sys.argv[1]); sys.exit(coverage.main(['--check']))"
    )
    return subprocess.run([sys.executable, "-c", code, str(page)], check=False).returncode


def test_the_page_is_fresh_and_a_changed_one_is_noticed(tmp_path):
    pytest.importorskip("scipy")
    made_with = re.search(r"NumPy (\d+\.\d+)", TEXT)[1]
    if not np.__version__.startswith(made_with + "."):
        pytest.skip(f"the page lists the functions of NumPy {made_with}, this is {np.__version__}")
    assert checked(coverage.PAGE) == 0, "run: python -m backprop_course.engine.coverage"
    page = tmp_path / "COVERAGE.md"
    assert checked(page) == 1
    page.write_text(TEXT.replace("| `np.tanh` | rule | yes |", "| `np.tanh` | rule | no |"), encoding="utf-8")
    assert checked(page) == 1


def test_every_function_has_both_modes_and_second_order_but_for_orders_of_bessel_functions():
    lines = [line for line in TEXT.splitlines() if line.startswith("| `")]
    assert len(lines) > 300
    partial = {line.split("`")[1]: line for line in lines if "| yes | yes | yes |" not in line}
    assert partial.keys() == {"special.iv", "special.jv"}
    assert all("| 2nd | 2nd | 2nd |" in line for line in partial.values())


@pytest.mark.parametrize("module", [np, np.linalg, np.fft], ids=lambda m: m.__name__)
def test_every_function_of_numpy_is_accounted_for(module):
    """It has rules, is written with what has, returns plain arrays, or is refused with a reason."""
    deprecated = {"in1d", "trapz", "row_stack", "cumproduct"}  # gone from newer versions
    functions = [getattr(module, name) for name in module.__all__ if name not in deprecated]
    asks_tensors = type(np.sum)  # NumPy's functions that ask their arguments who answers
    functions = [f for f in functions if isinstance(f, np.ufunc | asks_tensors)]
    assert len(functions) > 10
    known = {*rules.table, *rules.compositions, *rules.plain, *rules.static}
    assert [f.__name__ for f in functions if f not in known and not rule_refusals.reason(f)] == []


def test_nothing_is_in_two_places():
    places = [rules.table, rules.compositions, rules.plain, rules.static, rule_refusals.reasons]
    everything = [f for place in places for f in place]
    assert [f for f in set(everything) if everything.count(f) > 1] == []
