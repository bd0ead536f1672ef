"""The exercises of the course, one module per unit; a new module is found by its name."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from functools import cache

from backprop_course.errors import CourseError

from ..exercise import Exercise


class UnknownExercise(CourseError, LookupError):
    """No exercise has this id."""


@cache
def _by_id() -> dict[str, Exercise]:
    modules = (
        importlib.import_module(f"{__name__}.{info.name}") for info in sorted(pkgutil.iter_modules(__path__))
    )
    found = [item for module in modules for item in vars(module).values() if isinstance(item, Exercise)]
    return {exercise.id: exercise for exercise in sorted(found, key=lambda exercise: exercise.id)}


def find(id: str) -> Exercise:
    """Return the exercise with this id.

    Parameters
    ----------
    id : str
        ``"NB06.E06"``; the form of a cell's name, ``"NB06-E06"``, and small letters will do.

    Raises
    ------
    UnknownExercise
        If there is none. The error names the nearest ids.
    """
    exercises = _by_id()
    if isinstance(id, str) and (exercise := exercises.get(id.strip().upper().replace("-", "."))):
        return exercise
    raise UnknownExercise(
        "There is no exercise with this id.",
        expected="one of " + ", ".join(_nearest(str(id))),
        got=repr(id),
        mend="take the id from the heading above the exercise",
    )


def of_unit(unit: str) -> tuple[Exercise, ...]:
    """Return the exercises of a unit, in order; empty for a unit without any."""
    return tuple(exercise for exercise in _by_id().values() if exercise.unit == unit.upper())


def units() -> tuple[str, ...]:
    """Return the units that have exercises, in order."""
    return tuple(dict.fromkeys(exercise.unit for exercise in _by_id().values()))


def _nearest(id: str) -> list[str]:
    """Return up to three ids that look like this one; also found by the name of the function."""
    exercises = _by_id()
    names = {exercise.name: exercise.id for exercise in exercises.values()}
    close = difflib.get_close_matches(id.upper(), exercises, n=3, cutoff=0.5)
    close += [names[name] for name in difflib.get_close_matches(id, names, n=3, cutoff=0.5)]
    return list(dict.fromkeys(close))[:3] or list(exercises)[:3]
