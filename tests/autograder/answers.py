"""What the tests of exercises share: answers made of parts, of mistakes, of what a student writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.exercise import Exercise, Piece
from autograder.exercises import find, of_unit, units
from autograder.instances import Instance
from autograder.judge import Verdict, in_process, judge
from autograder.trying.answers import Telling

EXERCISES = [exercise for unit in units() for exercise in of_unit(unit)]
# For each piece the exercise that has it alone, made once: what is right for a seed is kept in a piece.
_ALONE = {(e.id, piece.number): e.only(piece) for e in EXERCISES for piece in e.tried}
PIECES = [
    (exercise, _ALONE[exercise.id, p.number].tried[0]) for exercise in EXERCISES for p in exercise.tried
]
Parts = dict[str, Any]


def alone(exercise: Exercise, piece: Piece) -> Exercise:
    """The exercise with one of its pieces alone."""
    return _ALONE[exercise.id, piece.number]


def judged(answer: Any, exercise: Exercise, piece: Piece, seed: int = 0, visible: bool = True) -> Verdict:
    """The verdict on one piece alone."""
    return judge(alone(exercise, piece), answer, seed=seed, visible=visible)


def told_parts(
    compute: Callable[[Instance], Parts],
    exercise: Exercise,
    piece: Piece,
    seed: int = 0,
    visible: bool = True,
) -> Verdict:
    """The verdict on an answer that is told in parts."""
    return judged(Telling(piece, compute, seed), exercise, piece, seed, visible)


def handed_in(exercise: Exercise, answer: Any) -> Any:
    """What a student hands in: a function by itself, or several by name."""
    return in_process(answer if isinstance(answer, Mapping) else {exercise.name: answer})


AFFINE = find("NB06.E06")


def affine(dY, X, W):
    """The right answer of `AFFINE`, for answers that go wrong after it."""
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def verdict(answer: Any, exercise: Exercise = AFFINE, seed: int = 0, visible: bool = True) -> Verdict:
    return judge(exercise, in_process(answer, time_limit=0.3), seed=seed, visible=visible)


def told(v: Verdict) -> str:
    """All that a verdict says in sentences."""
    return " ".join([v.reason, *v.evidence, *(d.evidence for d in v.diagnoses), *v.remarks])
