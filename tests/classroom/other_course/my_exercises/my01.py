"""MY01: similarities. One exercise of a course that is not ours, with a mistake of its own."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise
from autograder.instances import sizes
from autograder.mistakes import M03, M06, M12, Kind
from autograder.reference import cotangents_of

LENGTH_FIXED = Kind(
    "length-fixed",
    "the length of the row is taken as a constant",
    "The numbers lack the part that points along the row itself.",
    "A value that depends on the input was treated as if it did not.",
    "The length in the denominator changes with every entry of the row, so that it has a slope of its own.",
    "MY01.W1",
)


def _length(X):
    return np.sqrt((X * X).sum(axis=1, keepdims=True))


unit_rows_backward = Exercise(
    id="MY01.E01",
    answer="unit_rows_backward(dY: (N, d), X: (N, d)) -> dX: (N, d)",
    reference=cotangents_of(lambda X: X / np.sqrt((X * X).sum(axis=1, keepdims=True))),
    instances=sizes(N=(1, 5), d=3, without=("zeros",)),
    points=4,
    see="MY01.W1",
    mistakes=[
        LENGTH_FIXED(lambda dY, X: dY / _length(X)),
        M03(lambda dY, X: dY / _length(X) - X * (dY * X) / _length(X) ** 3),
        M06.each(lambda g: -g),
        M12(lambda X: 1 / _length(X) - X * X.sum(axis=1, keepdims=True) / _length(X) ** 3),
    ],
)
