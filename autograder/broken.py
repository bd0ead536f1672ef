"""The standard mistakes of an exercise as functions that run: what the widget "break it" switches on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._mistake import Mistake
from .exercise import Exercise, Piece
from .instances import called_by_name


def broken(exercise: Exercise, right: Callable[..., Any]) -> list[dict[str, Any]]:
    """Return what the catalogue knows of wrong answers to an exercise, in its first piece.

    Parameters
    ----------
    exercise : Exercise
        One whose answer is a function of plain values.
    right : callable
        A right answer. Where a mistake is a change made to right gradients, it is made to its results.

    Returns
    -------
    list of dict
        Each with ``codes`` and ``names`` (lists, of one or two) and ``function``, the wrong answer. What is
        a matter of convention is left out.
    """
    piece = exercise.tried[0]
    return [
        {
            "codes": [kind.code for kind in mistake.kinds],
            "names": [kind.name for kind in mistake.kinds],
            "function": _wrong(mistake, piece, right),
        }
        for mistake in piece.mistakes
        if mistake.how != "parts" and not mistake.answers and not mistake.accepted
    ]


def _wrong(mistake: Mistake, piece: Piece, right: Callable[..., Any]) -> Callable[..., Any]:
    """Return a mistake as the function that a learner would have written."""

    def wrong(*inputs: Any) -> Any:
        known = dict(zip(piece.parameters, inputs, strict=True))
        known |= _sizes(piece, known)
        if mistake.how == "answer":
            return called_by_name(mistake.function, known)
        return _each(lambda g: called_by_name(mistake.function, {**known, "g": g}), right(*inputs))

    wrong.__name__ = piece.name
    return wrong


def _sizes(piece: Piece, known: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes of the letters in the declared shapes."""
    return {
        letter: size
        for name, dimensions in piece.signature.shapes.items()
        if dimensions and name in known
        for letter, size in zip(dimensions, np.shape(known[name]), strict=True)
        if isinstance(letter, str)
    }


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_each(change, item) for item in value)
    return change(value)
