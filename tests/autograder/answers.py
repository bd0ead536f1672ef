"""What the tests of exercises share: answers made of parts, of mistakes, of what a student writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder._in_process import same
from autograder.exercise import Exercise, Piece
from autograder.exercises import find, of_unit, units
from autograder.instances import Instance
from autograder.judge import Outcome, Verdict, in_process, judge
from autograder.mistakes import Mistake

EXERCISES = [exercise for unit in units() for exercise in of_unit(unit)]
# For each piece the exercise that has it alone, made once: what is right for a seed is kept in a piece.
_ALONE = {(e.id, piece.number): e.only(piece) for e in EXERCISES for piece in e.tried}
PIECES = [
    (exercise, _ALONE[exercise.id, p.number].tried[0]) for exercise in EXERCISES for p in exercise.tried
]
Answer = Callable[..., Any]
Parts = dict[str, Any]


class Telling:
    """An answer that is told in parts: what a piece gives on an instance, without any code of a learner's."""

    takes_probes = True

    def __init__(self, piece: Piece, compute: Callable[[Instance], Parts], seed: int = 0) -> None:
        self.piece, self.compute = piece, compute
        self.instances = piece.draw(seed)

    def __call__(self, inputs):
        instance = self._instance(inputs)
        try:
            return Outcome("returned", self._form(self.compute(instance)))
        except Exception as error:
            return Outcome("raised", error_type=type(error).__name__, message=str(error))

    def _instance(self, inputs):
        for instance in self.instances:
            if same(self.piece.inputs(instance), inputs):
                return instance
        variables = dict(zip(self.piece.parameters, inputs, strict=True))  # the judge has changed one of them
        sizes = {}
        for name, value in variables.items():
            sizes |= dict(zip(self.piece.signature.shapes[name], np.shape(value), strict=True))
        return Instance(variables, "called", sizes)

    def _form(self, parts):
        if self.piece.keys:
            return {key: parts[key] for key in self.piece.keys}
        values = tuple(parts[name] for name in self.piece.returns)
        return values[0] if len(values) == 1 else values


def mistaken(piece: Piece, mistake: Mistake, seed: int = 0, only: str | None = None) -> Any:
    """The answer of someone who made this mistake; with `only`, in one part and nowhere else."""
    if only is None and mistake.how == "answer":
        if piece.probe:
            return in_process(piece.wrong_answers(mistake))
        return in_process(_answer(piece, mistake, seed))

    def compute(instance):
        right = piece.expected(instance)
        wrong = piece.mistaken(mistake, instance, right)
        return wrong if only is None else {**right, only: wrong[only]}

    return Telling(piece, compute, seed)


def _answer(piece: Piece, mistake: Mistake, seed: int) -> Answer:
    """The mistake as a function of the inputs: it may change them in place."""
    telling = Telling(piece, lambda instance: {}, seed)

    def answer(*inputs):
        known = telling._instance(inputs)
        handed = dict(zip(piece.parameters, inputs, strict=True))
        instance = Instance({**known.variables, **handed}, known.label, known.sizes)
        return telling._form(piece.mistaken(mistake, instance, {}))

    return answer


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
