"""The bar: how many, how fast, how long still, and what came out; and silence where nobody looks."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from autograder.grading.progress import ProgressBar
from autograder.grading.result import Result, Row, State


def shown(width: int, states: list[State], *, quiet: bool = False, terminal: bool = True) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=width, color_system=None)
    with ProgressBar(quiet, console) as bar:
        bar.begin("NB06", 10)
        for state in states:
            bar.told(Row.of(Result("ana", "", state), ""))
        bar._progress.refresh()
    return stream.getvalue()


def test_the_bar_has_the_count_the_rate_the_time_left_and_the_states() -> None:
    text = shown(120, ["graded", "partial", "graded", "out_of_memory"])
    last = [line for line in text.split("\r") if "NB06" in line][-1]
    assert "4/10" in last
    assert re.search(r"\d\.\d/s", last)
    assert re.search(r"\d:\d\d:\d\d", last)
    assert "graded 2, partial 1, out of memory 1" in last


def test_a_narrow_terminal_keeps_count_rate_and_time() -> None:
    text = shown(80, ["graded", "partial", "timeout", "crashed", "unreadable"])
    last = [line for line in text.split("\r") if "NB06" in line][-1]
    assert "5/10" in last
    assert "/s" in last
    assert "graded 1" in last
    assert "\n" not in last.partition("\x1b[?25h")[0].strip()


@pytest.mark.parametrize(("quiet", "terminal"), [(True, True), (False, False)])
def test_nothing_is_shown_where_nobody_looks(quiet: bool, terminal: bool) -> None:
    assert shown(120, ["graded"], quiet=quiet, terminal=terminal) == ""
