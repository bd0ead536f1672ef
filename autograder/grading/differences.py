"""Answers that were computed by finite or complex-step differences, where a derivative was asked for.

Differences are right to fewer digits than a derivative: a formula is right to 1e-15 or so, the best step of
a central difference to 1e-11 (Nocedal and Wright, *Numerical Optimization*, 2nd ed., section 8.1). A complex
step is as exact as a formula; it shows in the text. What is found is evidence for a person, never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .._outcome import Call, Outcome, Target, Value
from .._trial import Trial
from ..exercise import Exercise, Piece
from ..reference import cotangents_of

LEVEL = 2e-14  # relative to the largest entry; between a formula's error and that of differences
_FEWEST = 8  # entries that must be compared

_COMPLEX = re.compile(r"(?<![\w.])\d[\d.]*(?:e[+-]?\d+)?j\b|\bcomplex\(|\bcomplex128\b")
_IMAGINARY = re.compile(r"\.imag\b|\bimag\(")
_DIVIDED = re.compile(r"\)\s*/")
_QUOTIENT = re.compile(r"\b(\w+)\((?:[^()]|\([^()]*\))*\)\s*-\s*\1\((?:[^()]|\([^()]*\))*\)\s*\)\s*/")


class Recorder:
    """An answer that is called as before, and keeps what it was tried on with what came of it.

    Parameters
    ----------
    answer : callable
        With a method ``of``, as a sandbox's question has it.
    """

    def __init__(self, answer: Any) -> None:  # Any: a Question, which this part knows by its two methods
        self._answer = answer
        self._trials: list[tuple[Piece, Sequence[Trial]]] = []

    def __call__(self, inputs: tuple[Value, ...]) -> Outcome:
        """Call the answer as a whole."""
        outcome: Outcome = self._answer(inputs)
        return outcome

    def of(self, target: Target) -> Call:
        """Return the `Call` of one piece."""
        call: Call = self._answer.of(target)
        return call

    def noted(self, piece: Piece, trials: Sequence[Trial]) -> None:
        """Keep what a piece was tried on."""
        self._trials.append((piece, trials))

    def trials(self, piece: Piece) -> list[Trial]:
        """Return the trials of a piece in which something was returned."""
        found = [t for tried, trials in self._trials if tried is piece for t in trials]
        return [t for t in found if t.outcome.kind == "returned"]


def evidence(exercise: Exercise, recorder: Recorder, lines: Iterable[str]) -> str:
    """Return what speaks for differences, empty if nothing does.

    Parameters
    ----------
    exercise : Exercise
    recorder : Recorder
        After the answer was judged.
    lines : iterable of str
        What was run of the notebook.
    """
    pieces = [p for p in exercise.tried if isinstance(p.reference, cotangents_of) and not p.probe]
    if not pieces:
        return ""
    text = "\n".join(lines)
    # What is quickly looked for comes first: most answers have neither.
    if _IMAGINARY.search(text) and _COMPLEX.search(text):
        return "it takes the imaginary part of a complex step"
    if _DIVIDED.search(text) and (found := _QUOTIENT.search(text)):
        return f"it divides a difference of two calls of {found[1]}"
    for piece in pieces:
        levels = _levels(recorder.trials(piece))
        if levels.size >= _FEWEST and (level := float(np.median(levels))) > LEVEL:
            return f"its entries are off by {level:.0e} of the largest; differences are, formulas by 1e-16"
    return ""


def _levels(trials: Iterable[Trial]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the error of every entry of every right gradient in double precision, if any is suspicious."""
    levels = [np.zeros(0)]
    double = [tried for tried in trials if not tried.instance.single]
    if all(tried.within(LEVEL) for tried in double):
        return levels[0]
    for tried in double:
        for name, right in tried.right.items():
            got = tried.got.get(name)
            if not isinstance(got, np.ndarray) or not isinstance(right, np.ndarray) or not tried.equal(name):
                continue
            largest = float(np.max(np.abs(right), initial=0.0))
            if largest > 0.0 and not _is_single(got):
                levels.append(np.abs(got - right).ravel() / largest)
    return np.concatenate(levels)


def _is_single(got: Sequence[float] | np.ndarray[Any, Any]) -> bool:
    """Whether numbers were computed in single precision: their errors are of another kind."""
    return bool(np.all(np.asarray(got, np.float32) == got))
