"""The exercises of the course: ``nb06.py``, or ``nb06_lists.py`` for a part of them, is found by its name.

Those of other courses are found by `autograder._courses`.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterator
from functools import cache
from itertools import chain
from types import ModuleType

from backprop_course.errors import CourseError, UsageError

from .._courses import VARIABLE, packages, places
from ..exercise import Exercise

_OURS = "NB"  # a unit of this course has it in front, so that another one there is a slip


class UnknownExercise(CourseError, LookupError):
    """No exercise has this id."""


@cache
def of_unit(unit: str) -> tuple[Exercise, ...]:
    """Return the exercises of a unit, in order; empty for a unit without any. Only its modules are loaded."""
    found = {
        item.id: item
        for module in modules_of(unit)
        for item in vars(module).values()
        if isinstance(item, Exercise)
    }
    return tuple(found[id] for id in sorted(found) if id.startswith(unit.upper()))


def modules_of(unit: str) -> list[ModuleType]:
    """Return the modules that declare a unit: those of this course, or of the first other one that has it."""
    for package in chain([sys.modules[__name__]], _outside(unit)):
        names = [name for name, of in _modules(package) if of == unit.upper()]
        if names:
            return [_loaded(f"{package.__name__}.{name}") for name in names]
    return []


def _loaded(name: str) -> ModuleType:
    """Import a module of declarations; one that raises says where, not with the traceback of our code."""
    try:
        return importlib.import_module(name)
    except CourseError:
        raise  # it says what is wrong with a declaration
    except Exception as error:
        file = f"{name.rpartition('.')[2]}.py"
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.endswith(file)
        ]
        raise UsageError(
            f"The exercises in {file} cannot be loaded.",
            expected="a module of declarations that can be imported",
            got=f"{type(error).__name__}: {error}" + (f", from line {lines[-1]}" if lines else ""),
            mend="correct the declaration; the API's page on the autograder says what each one takes.",
        ) from error


@cache
def units() -> tuple[str, ...]:
    """Return the units that have exercises, in order."""
    names = {unit for package in (sys.modules[__name__], *packages()) for _, unit in _modules(package)}
    return tuple(sorted(unit for unit in names if of_unit(unit)))


def _outside(unit: str) -> Iterator[ModuleType]:
    """Look at other courses only when it comes to them: a broken one does no harm to a unit of this."""
    if unit:
        yield from packages()


def _modules(package: ModuleType) -> list[tuple[str, str]]:
    """Return the modules of a package by name, with the unit that each belongs to."""
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    return [(name, name.partition("_")[0].upper()) for name in names]


def _by_id() -> dict[str, Exercise]:
    return {exercise.id: exercise for unit in units() for exercise in of_unit(unit)}


def find(id: str) -> Exercise:
    """Return the exercise with this id.

    Parameters
    ----------
    id : str
        ``"NB06.E06"``; the form of a cell's name, ``"NB06-E06"``, and small letters will do.

    Raises
    ------
    UnknownExercise
        If there is none. The error names the nearest ids; of another course's unit, what is not installed.
    """
    wanted = id.strip().upper().replace("-", ".") if isinstance(id, str) else ""
    for exercise in of_unit(wanted.partition(".")[0]):
        if exercise.id == wanted:
            return exercise
    unit = wanted.partition(".")[0]
    if re.fullmatch(r"[A-Z]+\d+\.E\d+", wanted) and not unit.startswith(_OURS) and not of_unit(unit):
        raise UnknownExercise(
            f"The package with the exercises of {unit} is not installed here.",
            expected=f"exercises of {unit} in {places(unit)}",
            got=repr(id),
            mend=f"install the package of that course with pip, or name its folder in {VARIABLE}.",
        )
    raise UnknownExercise(
        "There is no exercise with this id.",
        expected="one of " + ", ".join(_nearest(str(id))),
        got=repr(id),
        mend="take the id from the heading above the exercise",
    )


def _nearest(id: str) -> list[str]:
    """Return up to three ids that look like this one; also found by the name of the function."""
    exercises = _by_id()
    names = {exercise.name: exercise.id for exercise in exercises.values()}
    close = difflib.get_close_matches(id.upper(), exercises, n=3, cutoff=0.5)
    close += [names[name] for name in difflib.get_close_matches(id, names, n=3, cutoff=0.5)]
    return list(dict.fromkeys(close))[:3] or list(exercises)[:3]
