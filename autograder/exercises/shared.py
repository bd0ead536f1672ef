"""Kinds of mistakes that the exercises of several units know, and the catalogue does not."""

from __future__ import annotations

from ..mistakes import Kind

STOPS_ON_THE_LOSS = Kind(
    "stops-on-the-loss",
    "the loss decides when to stop, not the gradient",
    "The history ends at another step than the gradient's norm asks for.",
    "The wrong quantity is compared with the tolerance.",
    "At a minimum the gradient is zero, while the loss may be anything. The gradient's norm tells how far "
    "the descent has come.",
    "NB02.W3",
)
ANOTHER_NORM = Kind(
    "another-norm",
    "another norm of the gradient is compared with the tolerance",
    "The history ends a few steps too early or too late.",
    "One measure of size stands in place of another.",
    "The size of the gradient is its Euclidean norm here: the root of the sum of the squares.",
    "NB02.W3",
)
HISTORY_LENGTH = Kind(
    "history-length",
    "the history has an entry too many or too few",
    "The list of losses is longer or shorter by one.",
    "The loss is recorded at the wrong moment.",
    "The history begins with the loss at the start, before any step, and gains one entry with every step "
    "that is taken.",
    "NB02.W3",
)
VALUE_FOR_SLOPE = Kind(
    "value-for-slope",
    "the function's value stands in place of its slope",
    "The numbers are the upstream gradient times the function itself.",
    "A value stands where a derivative belongs.",
    "Going back, what arrives is multiplied by how fast the function changes there, not by what it is there.",
    "NB03.W6",
)
