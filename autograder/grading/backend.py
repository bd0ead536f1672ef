"""Where submissions are graded: the unit of work, and the worker that does it.

A `Task` holds all that a result depends on, so that it can be graded anywhere. `LocalBackend` (in `local.py`)
is the default; another backend is another function from tasks to results.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..exercises import of_unit
from ..sandbox import Limits, Zygote
from .grade import DIFFERENCES, Differences, grade_notebook
from .result import Result


@dataclass(frozen=True)
class Task:
    """One submission to be graded.

    Parameters
    ----------
    student, file, key : str
        As in its `Result`.
    data : bytes
        The notebook.
    unit : str
        Whose exercises are asked.
    seed : int
    limits : Limits
    differences : {"withhold", "flag"}
        As for `grade_notebook`.
    basis : str
        As in its `Result`.
    versions : mapping of str to str
        By exercise, as in `Question`.
    earlier : Result or None
        That of the same submission before exercises were corrected; only what has another version is asked.
    """

    student: str
    file: str
    key: str
    data: bytes = field(repr=False)
    unit: str
    seed: int = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    differences: Differences = DIFFERENCES
    basis: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    earlier: Result | None = None

    def named(self, result: Result) -> Result:
        """Return `result` as that of this submission."""
        return replace(result, student=self.student, file=self.file, key=self.key, basis=self.basis)

    def done(self, zygote: Zygote) -> Result:
        """Grade it."""
        exercises = of_unit(self.unit)
        kept = self.earlier.of_versions(self.versions) if self.earlier else None
        there = {question.exercise for question in kept.questions} if kept else set()
        asked = [exercise for exercise in exercises if exercise.id not in there]
        result = grade_notebook(self.data, asked, self.seed, zygote, self.file, self.differences)
        result = result.stamped(self.versions)
        return self.named(result.with_those_of(kept) if kept else result)


class Backend(Protocol):
    """Grades tasks, in any order, several at once."""

    def results(self, tasks: Iterable[Task]) -> Generator[Result, None, None]:
        """Take tasks as there is room for them, yield each one's result; closed when it ends early."""
        ...
