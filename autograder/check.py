"""What a learner calls under an exercise: ``check("NB06.E06", affine_backward)``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from types import FrameType
from typing import Any

from backprop_course.errors import UsageError

from ._progress import Progress
from ._verdict import Verdict
from .exercise import Exercise
from .exercises import find, of_unit, units
from .judge import in_process, judge

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


class Check:
    """Checks an answer on visible instances and says what is right, what is wrong, and what it looks like."""

    def __init__(self) -> None:
        self._latest: dict[str, Checked] = {}  # by exercise, the last one checked at the end

    def __call__(self, id: str, answer: object = None, **parts: object) -> Checked:
        """Check an answer.

        Parameters
        ----------
        id : str
            The exercise, ``"NB06.E06"``.
        answer : callable or dict, optional
            The function or class; or a dict of what the exercise asks for by name. What is not handed in is
            looked up by its name where `check` is called.
        **parts : object
            The same by name: ``check("NB09.E06", dropout_forward=mine, dropout_backward=mine_too)``.

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
        answers = _answers(exercise, answer, parts, sys._getframe(1))
        verdict = judge(exercise, in_process(answers, names=exercise.names), seed=SEED, visible=True)
        checked = Checked(**{field.name: getattr(verdict, field.name) for field in fields(Verdict)})
        self._latest.pop(exercise.id, None)
        self._latest[exercise.id] = checked
        return checked

    def compared(self, id: str, answer: object = None, **parts: object) -> dict[str, Any]:
        """Return an answer's arrays beside the right ones and beside differences, for the backward debugger.

        Takes what a call takes; see `autograder.compared`.
        """
        from .compared import compared

        exercise = find(id)
        answers = _answers(exercise, answer, parts, sys._getframe(1))
        return compared(exercise, in_process(answers, names=exercise.names), SEED)

    def broken(self, id: str, right: Callable[..., Any]) -> list[dict[str, Any]]:
        """Return the standard mistakes of an exercise as functions that run, for the widget "break it".

        See `autograder.broken`.
        """
        from .broken import broken

        return broken(find(id), right)

    def progress(self, unit: str = "") -> Progress:
        """Return the table of a unit: what the latest check of each exercise said.

        Parameters
        ----------
        unit : str, optional
            ``"NB06"``; by default that of the exercise checked last.

        Raises
        ------
        UsageError
            If there is no such unit, or nothing has been checked that tells which one is meant.
        """
        name = unit.upper() or next(reversed(self._latest), "").partition(".")[0]
        if name not in units():
            raise UsageError(
                f"There is no unit {unit!r}." if unit else "Nothing has been checked yet.",
                expected="one of " + ", ".join(units()),
                got=repr(unit),
                mend='name the unit, check.progress("NB06")',
            )
        exercises = of_unit(name)
        return Progress(name, exercises, [self._latest.get(exercise.id) for exercise in exercises])

    def __repr__(self) -> str:
        return "<check: call it with the id of an exercise>"


check = Check()


def _name_of(answer: object) -> str:
    """The name an answer has of its own, if it can be asked for one: it may be any object."""
    try:
        name = getattr(answer, "__name__", "")
    except Exception:  # an attribute may run the learner's code
        return ""
    return name if isinstance(name, str) else ""


def _answers(
    exercise: Exercise, answer: object, parts: Mapping[str, object], caller: FrameType
) -> dict[str, object]:
    """Return what was handed in by the names the exercise asks for; the rest is looked up by name."""
    names = exercise.names
    given = {**answer, **parts} if isinstance(answer, Mapping) else dict(parts)
    if answer is not None and not isinstance(answer, Mapping):
        own = _name_of(answer)
        given[own if own in names else names[0]] = answer
    wanted = (*exercise.uses, *(names if len(names) > 1 or not given else ()))
    for name in wanted:
        if name not in given and (name in caller.f_locals or name in caller.f_globals):
            given[name] = caller.f_locals.get(name, caller.f_globals.get(name))
    return given
