"""How far a run is: a bar on stderr with counts by state, rate and the time that is left.

Where stderr is no terminal there are plain lines instead, now and then (`progress_lines.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType
from typing import TypeAlias

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from .progress_lines import Lines
from .result import STATES, Row
from .tables import in_words

# Whose submission has been at work for longest, and for how many seconds; None if none is.
Longest: TypeAlias = Callable[[], tuple[str, float] | None]

_LONG = 5.0  # seconds after which it is named
_NAME = 40  # characters of its name
_LAST = Column(ratio=1, no_wrap=True, overflow="ellipsis")  # what gives way on a narrow terminal


class Rate(ProgressColumn):
    """Submissions a second, or a minute where they are slow; of the last half minute."""

    def render(self, task: Task) -> Text:
        """Return the rate as text, empty until it is known."""
        return Text(rate(task.finished_speed or task.speed))


def rate(speed: float | None) -> str:
    """Return a rate in words.

    Parameters
    ----------
    speed : float or None
        In submissions a second.

    Examples
    --------
    >>> [rate(12.345), rate(0.25), rate(None)]
    ['12.3/s', '15.0/min', '']
    """
    if not speed:
        return ""
    return f"{speed:.1f}/s" if speed >= 1.0 else f"{60 * speed:.1f}/min"


class States(ProgressColumn):
    """Counts by state, and whom the run waits for."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__(table_column=_LAST)
        self._text = text

    def render(self, task: Task) -> Text:
        """Return them as text, in which nothing is markup."""
        return Text(self._text())


class ProgressBar:
    """Shows a run while it goes on; a context manager. Plain lines where stderr is no terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    console : Console, optional
        Where to show it; stderr by default.
    """

    def __init__(self, quiet: bool = False, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._console = console
        self._counts: Counter[str] = Counter()
        self._longest: Longest = lambda: None
        self._lines = None if quiet or console.is_terminal else Lines(self._write_line)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16, table_column=Column(min_width=16)),
            MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=11)),
            TimeRemainingColumn(table_column=Column(no_wrap=True, min_width=8)),
            Rate(table_column=Column(no_wrap=True, min_width=7)),
            States(self._states),
            console=console,
            expand=True,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task: TaskID = self._progress.add_task("grading", total=None)

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        if self._lines:
            self._lines.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lines:
            self._lines.stop()
        if not self._progress.disable:  # else rich 13.7 writes an empty line
            self._progress.stop()

    def waiting_for(self, longest: Longest) -> None:
        """Name what a run waits for, where that takes long."""
        self._longest = longest

    def begin(self, unit: str, expected: int) -> None:
        """Say what is graded."""
        self._progress.update(self._task, description=unit, total=expected)

    def told(self, row: Row) -> None:
        """Count one submission."""
        self._counts[row.state] += 1
        self._progress.update(self._task, advance=1)
        if self._lines:
            self._lines.came(self._counts.total(), int(self._progress.tasks[0].total or 0))

    def _states(self) -> str:
        """Return the counts, and the submission that takes long."""
        said, longest = [counted(self._counts)], self._longest()
        if longest and longest[1] >= _LONG:
            name = "".join(letter if letter.isprintable() else "?" for letter in longest[0])
            said.append(f"{longest[1]:.0f} s on {name[:_NAME]}")
        return "; ".join(filter(None, said))

    def _write_line(self) -> None:
        task = self._progress.tasks[0]
        left = "" if task.time_remaining is None else f"about {task.time_remaining:.0f} s left"
        if task.total and self._counts.total() >= task.total:
            left = "writing what came out"
        parts = [f"{self._counts.total()} of {task.total:g}" if task.total else "", rate(task.speed), left]
        line = f"{task.description}: {', '.join(filter(None, parts))}; {self._states()}".rstrip("; ")
        # Not by the console, which ends the program where nobody reads any more.
        with suppress(OSError, ValueError):
            self._console.file.write(f"{line}\n")
            self._console.file.flush()


def busy(text: str, quiet: bool = False) -> AbstractContextManager[object]:
    """Say what is going on where there is nothing to count; silent where stderr is no terminal."""
    console = Console(stderr=True)
    return console.status(text) if console.is_terminal and not quiet else nullcontext()


def counted(counts: Counter[str]) -> str:
    """Return counts by state, ``graded 12, timeout 1``."""
    return ", ".join(f"{in_words(state)} {counts[state]}" for state in STATES if counts[state])
