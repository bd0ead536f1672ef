"""How far a run is: a bar on stderr with counts by state, rate and the time that is left."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column
from rich.text import Text

from .result import STATES, Row
from .tables import in_words

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


class ProgressBar:
    """Shows a run while it goes on; a context manager. Silent where stderr is no terminal.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    console : Console, optional
        Where to show it; stderr by default.
    """

    def __init__(self, quiet: bool = False, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._counts: Counter[str] = Counter()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=16, table_column=Column(min_width=16)),
            MofNCompleteColumn(table_column=Column(no_wrap=True, min_width=11)),
            TimeRemainingColumn(table_column=Column(no_wrap=True, min_width=8)),
            Rate(table_column=Column(no_wrap=True, min_width=7)),
            TextColumn("{task.fields[states]}", table_column=_LAST),
            console=console,
            expand=True,
            transient=True,
            disable=quiet or not console.is_terminal,
        )
        self._task = self._progress.add_task("grading", total=None, states="")

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, unit: str, expected: int) -> None:
        """Say what is graded."""
        self._progress.update(self._task, description=unit, total=expected)

    def told(self, row: Row) -> None:
        """Count one submission."""
        self._counts[row.state] += 1
        self._progress.update(self._task, advance=1, states=counted(self._counts))


def busy(text: str, quiet: bool = False) -> AbstractContextManager[object]:
    """Say what is going on where there is nothing to count; silent where stderr is no terminal."""
    console = Console(stderr=True)
    return console.status(text) if console.is_terminal and not quiet else nullcontext()


def counted(counts: Counter[str]) -> str:
    """Return counts by state, ``graded 12, timeout 1``."""
    return ", ".join(f"{in_words(state)} {counts[state]}" for state in STATES if counts[state])
