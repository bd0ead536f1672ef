"""The bar: how many, how fast, how long still, and what came out; lines where there is no terminal."""

from __future__ import annotations

import io
import re
import threading

import pytest
from rich.console import Console

from autograder.grading.backend import Task
from autograder.grading.local import LocalBackend
from autograder.grading.progress import ProgressBar
from autograder.grading.progress_lines import APART, EVERY, Lines
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


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_is_shown_where_nothing_is_wanted(terminal: bool) -> None:
    assert shown(120, ["graded"], quiet=True, terminal=terminal) == ""


def test_a_submission_that_takes_long_is_named_as_it_is_written() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120, color_system=None)
    with ProgressBar(console=console) as bar:
        bar.begin("NB06", 10)
        bar.told(Row.of(Result("ana", "", "graded"), ""))
        assert bar._states() == "graded 1"
        bar.waiting_for(lambda: ("bo", 1.0))
        assert bar._states() == "graded 1"
        bar.waiting_for(lambda: ("[red]bo\x1b[2J", 61.7))
        assert bar._states() == "graded 1; 62 s on [red]bo?[2J"
        bar._progress.refresh()
    assert "62 s on [red]bo?[2J" in console.file.getvalue()  # type: ignore[attr-defined]


class Log:
    """Lines by a clock of our own, and how many there are."""

    def __init__(self) -> None:
        self.now, self.count = 0.0, 0
        self.lines = Lines(self.say, lambda: self.now)

    def say(self) -> None:
        self.count += 1

    def after(self, seconds: float, done: int | None = None) -> int:
        self.now += seconds
        self.lines.look() if done is None else self.lines.came(done, 40)
        return self.count


def test_a_log_has_a_line_for_each_tenth_and_for_each_half_minute() -> None:
    log = Log()
    assert log.after(APART, 3) == 0
    assert log.after(0.0, 4) == 1  # a tenth
    assert log.after(APART, 5) == 1  # still the same one
    assert log.after(APART, 20) == 2
    assert log.after(EVERY) == 3  # nothing came
    assert log.after(EVERY / 2) == 3
    assert log.after(EVERY / 2) == 4


def test_a_quick_run_leaves_no_lines_in_a_log() -> None:
    log = Log()
    assert [log.after(APART / 100, done) for done in range(1, 41)] == [0] * 40


def test_a_line_in_a_log_is_plain_text() -> None:
    stream = io.StringIO()
    with ProgressBar(console=Console(file=stream, force_terminal=False, width=20)) as bar:
        bar.begin("NB06", 10)
        bar.told(Row.of(Result("ana", "", "graded"), ""))
        bar.waiting_for(lambda: ("bo[b]", 12.0))
        bar._write_line()
    assert stream.getvalue() == "NB06: 1 of 10; graded 1; 12 s on bo[b]\n"


def test_at_the_end_a_log_says_what_is_still_to_be_done() -> None:
    stream = io.StringIO()
    with ProgressBar(console=Console(file=stream, force_terminal=False)) as bar:
        bar.begin("NB06", 1)
        bar.told(Row.of(Result("ana", "", "graded"), ""))
        bar._write_line()
    assert stream.getvalue() == "NB06: 1 of 1, writing what came out; graded 1\n"


def test_a_log_that_nobody_reads_any_more_costs_no_grades() -> None:
    gone = io.StringIO()
    with ProgressBar(console=Console(file=gone, force_terminal=False)) as bar:
        bar.begin("NB06", 10)
        gone.close()
        bar._write_line()
        bar.told(Row.of(Result("ana", "", "graded"), ""))
    assert bar._states() == "graded 1"


def test_the_backend_knows_whose_submission_is_at_work() -> None:
    backend = LocalBackend(1)
    assert backend.longest() is None
    tasks = [Task(name, "", name, b"no notebook", "NB06", 0) for name in ("ana", "bo")]
    results = backend.results(tasks)
    assert next(results).student == "ana"
    assert (at_work := backend.longest()) is not None
    assert at_work[0] == "bo"
    assert [result.student for result in results] == ["bo"]
    assert backend.longest() is None


def test_a_log_is_written_while_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.grading.progress_lines.EVERY", 0.0)
    written = threading.Event()
    lines = Lines(written.set)
    lines.start()
    assert written.wait(60)
    lines.stop()
