"""What a learner calls under an exercise: ``check("NB06.E06", affine_backward)``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import fields

from ._verdict import Verdict
from .exercise import Exercise
from .exercises import find
from .judge import Call, Outcome, in_process, judge

# The check's instances are the same each time, so that a changed answer is what changes the card.
SEED = 0


class Hint(str):
    """A text that shows itself as it is, not as a quoted string."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Checked(Verdict):
    """The verdict of a check, which also gives hints one at a time."""

    _revealed = 0

    def __repr__(self) -> str:
        # nbgrader takes a number that a cell shows for its points, and any other text for full points.
        return repr(float(self.score)) if "NBGRADER_EXECUTION" in os.environ else super().__repr__()

    def hint(self) -> Hint:
        """Return the next hint; after the last one, the last again.

        Returns
        -------
        Hint
            A string: how the mistake shows, then its family, then the rule and where it is taught.
        """
        if not self.hints:
            return Hint("There is nothing to mend." if self.ok else "There is no hint for this.")
        level = min(self._revealed + 1, len(self.hints))
        object.__setattr__(self, "_revealed", level)
        return Hint(f"Hint {level} of {len(self.hints)}: {self.hints[level - 1]}")


def check(id: str, answer: object = None, **parts: object) -> Checked:
    """Check an answer on visible instances and say what is right, what is wrong, and what it looks like.

    Parameters
    ----------
    id : str
        The exercise, ``"NB06.E06"``.
    answer : callable or dict, optional
        The function; or a dict of functions by name. Without it the function is looked up by its name where
        `check` is called.
    **parts : callable
        The function by its name: ``check("NB06.E06", affine_backward=mine)``.

    Returns
    -------
    Checked
        Shows itself as a card in a notebook, as text elsewhere; ``.ok``, ``.score``, ``.max_score``,
        ``.statuses``, ``.mistakes`` and ``.hint()``. Whatever the answer does, this is what comes back.

    Raises
    ------
    UnknownExercise
        If there is no such exercise; it names the nearest ids.
    """
    exercise = find(id)
    if isinstance(answer, Mapping):
        parts = {**answer, **parts}
        answer = None
    if answer is None:
        answer = parts.get(exercise.name) if parts else _in_the_callers_namespace(exercise.name)
    if answer is None:
        call = _nothing(exercise, parts)
    else:
        call = in_process(answer, time_limit=exercise.time_limit)
    verdict = judge(exercise, call, seed=SEED, visible=True)
    return Checked(**{field.name: getattr(verdict, field.name) for field in fields(Verdict)})


def _in_the_callers_namespace(name: str) -> object:
    frame = sys._getframe(2)
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _nothing(exercise: Exercise, parts: Mapping[str, object]) -> Call:
    given = ", ".join(map(str, parts))
    message = f"the answer must be called {exercise.name}, not {given}" if parts else ""
    return lambda inputs: Outcome("missing", message=message)
