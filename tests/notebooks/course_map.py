"""The parts that each unit has, as the course map names them: W walkthrough, G widget, Q quiz, R reflection.

Exercises (E) are not listed: they are those that `autograder.exercises` declares.
"""

from __future__ import annotations

from autograder.exercises import of_unit

# How many parts of each kind: they are numbered from 1.
COUNTS = {
    "NB00": {"W": 3, "Q": 1},
    "NB01": {"W": 6, "G": 4, "Q": 3, "R": 1},
    "NB02": {"W": 6, "G": 3, "Q": 2, "R": 1},
    "NB03": {"W": 6, "G": 3, "Q": 4, "R": 1},
    "NB04": {"W": 5, "G": 3, "Q": 2, "R": 2},
    "NB05": {"W": 6, "G": 3, "Q": 2, "R": 1},
    "NB06": {"W": 7, "G": 3, "Q": 2, "R": 2},
    "NB07": {"W": 6, "G": 1, "Q": 2, "R": 2},
    "NB08": {"W": 5, "G": 1, "Q": 1, "R": 1},
    "NB09": {"W": 8, "G": 5, "Q": 3, "R": 1},
    "NB10": {"W": 3, "G": 1},
}


def parts_of(unit: str) -> set[str]:
    """Return the tags that the cells of a unit carry, such as ``NB04.W3``."""
    exercises = {exercise.id for exercise in of_unit(unit)}
    return exercises.union(*(_numbered(unit, kind) for kind in COUNTS[unit]))


def quizzes_of(unit: str) -> list[str]:
    return _numbered(unit, "Q")


def reflections_of(unit: str) -> list[str]:
    return _numbered(unit, "R")


def _numbered(unit: str, kind: str) -> list[str]:
    return [f"{unit}.{kind}{number}" for number in range(1, COUNTS[unit].get(kind, 0) + 1)]
