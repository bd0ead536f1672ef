"""The quizzes of NB04."""

from __future__ import annotations

from .questions import Choice, Order, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB04.Q1": (
        Order(
            "f = (x₁ + x₂)·x₃ − x₄, with a = x₁ + x₂ and m = a·x₃. "
            "In which order does the backward pass find the bars?",
            ("f̄", "m̄", "ā", "x̄₁"),
            why="From the loss to the inputs: a bar is ready once all that use its value have theirs.",
            slips={
                ("ā", "m̄"): "ā is m̄ times x₃: it cannot come before m̄.",
                ("x̄₁", "ā"): "x̄₁ is ā times 1: it cannot come before ā.",
                ("m̄", "f̄"): "The walk starts where the loss is, with the bar 1.",
            },
        ),
    ),
    "NB04.Q2": (
        Choice(
            "y feeds u and v, and both feed the loss. A walk visits y after u but before v. "
            "What does it hand on from y?",
            (
                right(
                    "the part that came through u alone", "ȳ is a sum of two parts, and one has not arrived."
                ),
                wrong(
                    "the right bar, as sums do not depend on their order",
                    "The order of the terms does not matter, but all of them must have arrived.",
                ),
                wrong("twice the right bar", "Nothing is counted twice: the part through v is missing."),
            ),
        ),
    ),
}
