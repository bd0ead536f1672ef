"""How often a check names the mistake rightly, over answers of people who had not seen its catalogue."""

from __future__ import annotations

import contextlib
import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograder import check

if TYPE_CHECKING:
    from tests.autograder.bank import Wrong


@dataclass(frozen=True)
class Told:
    """What the check said of a wrong answer: the codes, and how long it took in seconds."""

    wrong: Wrong
    refused: bool
    codes: tuple[str, ...]
    seconds: float

    @property
    def is_named_exactly(self) -> bool:
        """Whether the label is what was said, and nothing else."""
        return bool(self.wrong.label) and set(self.codes) == set(self.wrong.label.split("+"))

    @property
    def is_named_rightly(self) -> bool:
        """Whether the label was said, or what a person read as the same, and nothing else."""
        return self.is_named_exactly or bool(self.codes and set(self.codes) == self._read_as)

    @property
    def is_named_wrongly(self) -> bool:
        """Whether something else was said; saying nothing is not wrong."""
        return bool(set(self.codes) - set(self.wrong.label.split("+")) - self._read_as)

    @property
    def _read_as(self) -> set[str]:
        from tests.autograder.bank.own_names import READ_AS

        return set(READ_AS.get((self.wrong.exercise, self.wrong.why), "").split())


def judged(wrong: Wrong) -> Told:
    """Check a wrong answer, as its author would in a notebook."""
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        verdict = check(wrong.exercise, wrong.answer)
    return Told(wrong, not verdict.ok, tuple(verdict.mistakes), time.perf_counter() - begun)
