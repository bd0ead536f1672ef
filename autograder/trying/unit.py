"""Goes through a unit, exercise by exercise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from .._verdict import in_points
from ..exercise import Exercise
from ..exercises import find, modules_of, of_unit
from ..grading.run import exercises_of
from ..nbgrader.source import solution_path
from ..release import REPOSITORY
from .declared import declaration
from .finding import Finding
from .handed_in import HandedIn

Tried = tuple[str, Iterator[Finding]]


def try_out(wanted: str, root: Path | None, seeds: Sequence[int]) -> Iterator[Tried]:
    """Try a unit, or one exercise.

    Parameters
    ----------
    wanted : str
        ``"MY01"`` or ``"MY01.E01"``.
    root : Path or None
        The course's folder, with ``solutions/MY01/MY01.py``; by default the folder where this is called if
        that has the unit's text, else this repository.
    seeds : sequence of int
        Each decides other numbers, nothing else.

    Yields
    ------
    (str, iterator of Finding)
        What is tried, and the findings as they come.

    Raises
    ------
    UsageError, UnknownExercise
        If there is no such unit or exercise, or its module cannot be loaded.
    """
    wanted = wanted.strip().upper().replace("-", ".")
    exercises = [find(wanted)] if "." in wanted else list(exercises_of(wanted))
    if "." not in wanted and (lost := _lost(wanted, exercises)):
        yield wanted, iter(lost)
    handed_in = HandedIn(exercises, root or _course_with(exercises[0].unit), seeds)
    for exercise in exercises:
        title = f"{exercise.id} {exercise.title}, {in_points(exercise.points)}"
        yield title, _findings(exercise, handed_in, seeds)


def _course_with(unit: str) -> Path:
    here = Path.cwd()
    return next((root for root in (here, REPOSITORY) if solution_path(unit, root).is_file()), here)


def _findings(exercise: Exercise, handed_in: HandedIn, seeds: Sequence[int]) -> Iterator[Finding]:
    yield handed_in.solution(exercise)
    yield handed_in.stub(exercise)
    yield from declaration(exercise, seeds)


def _lost(unit: str, exercises: Sequence[Exercise]) -> list[Finding]:
    """Return the exercises in the unit's modules that nobody would ever meet."""
    declared = {id(item): item for module in modules_of(unit) for item in vars(module).values()}
    found = {id(item) for item in exercises}
    lost = [
        item
        for key, item in declared.items()
        if isinstance(item, Exercise)
        and key not in found
        and not any(item is other for other in of_unit(item.unit))  # imported from another unit's module
    ]
    return [
        Finding(
            item.id,
            f"{item.name} is in the module of {unit}, and will not be found there"
            if item.unit != unit
            else f"two exercises have this id, and {item.name} is not the one that counts",
        )
        for item in lost
    ]
