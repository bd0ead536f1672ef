"""Exercises of other teachers: packages that say they have some, and folders that the environment names.

A package says so with an entry point of the group ``autograder.exercises`` whose value is the package that
holds the modules: ``exercises = "my_course.exercises"``. A folder needs no installation, only
``AUTOGRADER_EXERCISES=folder``. Either holds modules named after a unit, ``my01.py``.
"""

from __future__ import annotations

import importlib
import os
import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from backprop_course.errors import UsageError

GROUP = "autograder.exercises"
VARIABLE = "AUTOGRADER_EXERCISES"


@cache
def packages() -> tuple[ModuleType, ...]:
    """Return the packages with exercises of other courses: installed ones by name, then folders as listed.

    Raises
    ------
    UsageError
        If an entry point cannot be loaded, is no package, or a folder is not there.
    """
    installed = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    folders = [Path(entry).resolve() for entry in os.environ.get(VARIABLE, "").split(os.pathsep) if entry]
    return (*(_installed(point.value) for point in installed), *map(_folder, folders))


def places(unit: str) -> str:
    """Return where the exercises of a unit may be, for an error that has not found them."""
    return (
        f"a module {unit.lower()}.py in autograder/exercises, in a package with the entry point {GROUP}, "
        f"or in a folder that {VARIABLE} names"
    )


def _installed(name: str) -> ModuleType:
    try:
        package = importlib.import_module(name)
    except Exception as error:
        raise UsageError(
            "The exercises of an installed course cannot be loaded.",
            expected=f"a package that the entry point of {GROUP} names",
            got=f"{name}: {type(error).__name__}: {error}",
            mend="correct the entry point or the package, or uninstall the course.",
        ) from error
    if not hasattr(package, "__path__"):
        raise UsageError(
            "The exercises of an installed course are no package.",
            expected="a folder with __init__.py and a module for each unit, my01.py",
            got=f"{name}, a single module",
            mend=f"put the module into a folder, and name the folder in the entry point of {GROUP}.",
        )
    return package


def _folder(folder: Path) -> ModuleType:
    if not folder.is_dir():
        raise UsageError(
            f"{VARIABLE} names a folder that is not there.",
            expected=f"folders with a module for each unit, with {os.pathsep!r} between them",
            got=str(folder),
            mend="correct the variable, or unset it.",
        )
    package = ModuleType(f"autograder_course_{len(sys.modules)}")
    package.__path__ = [str(folder)]
    sys.modules[package.__name__] = package
    return package
