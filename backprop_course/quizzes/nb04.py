"""The quizzes of NB04."""

from __future__ import annotations

from .questions import Choice, Numeric, Order, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB04.Q1": (
        Order(
            "f = (x₁ + x₂)·x₃ − x₄, with a = x₁ + x₂ and m = a·x₃. "
            "In which order does the forward pass find the values?",
            ("x₁", "a", "m", "f"),
            why="From the inputs to the loss: a value can be computed once its parents are there.",
            slips={
                ("a", "x₁"): "a is computed from x₁: it cannot come before it.",
                ("m", "a"): "m is a times x₃: it cannot come before a.",
                ("f", "m"): "f is m less x₄: it cannot come before m.",
            },
        ),
        Order(
            "The same f = (x₁ + x₂)·x₃ − x₄, with a = x₁ + x₂ and m = a·x₃. "
            "In which order does the backward pass find the bars?",
            ("f̄", "m̄", "ā", "x̄₁"),
            why="From the loss to the inputs: a bar is ready once all that use its value have theirs.",
            slips={
                ("ā", "m̄"): "ā is m̄ times x₃: it cannot come before m̄.",
                ("x̄₁", "ā"): "x̄₁ is ā times 1: it cannot come before ā.",
                ("m̄", "f̄"): "The walk starts where the loss is, with the bar 1.",
            },
        ),
        Choice(
            "Why does the forward pass run before the backward pass?",
            (
                right(
                    "the local slopes depend on the values of the forward pass",
                    "The slope of a product is the other factor, and that of the sigmoid is y(1 − y): "
                    "without values there is no number.",
                ),
                wrong(
                    "the bars are needed to compute the values",
                    "It is the other way round: no value depends on a bar.",
                ),
                wrong(
                    "a graph can only be walked from left to right",
                    "It can be walked either way. The backward pass does walk it from right to left.",
                ),
                wrong(
                    "the bar of the loss must be computed first",
                    "The bar of the loss is 1, whatever the values are.",
                ),
            ),
        ),
        Numeric(
            "f = (x₁ + x₂)·x₃ − x₄ at x₁ = 1, x₂ = 2, x₃ = 7, x₄ = 5. What is x̄₃?",
            1 + 2,
            why="A factor gets the upstream number times the other factor: 1 times (x₁ + x₂).",
            wrong={
                7: "That is the bar of x₁ and of x₂. A factor is scaled by the other one, not by itself.",
                -1: "That is the bar of x₄, which is taken off.",
                16: "That is the value of f.",
                1: "1 is what arrives from upstream. The local slope of the product is missing.",
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
        Choice(
            "In that walk, which bars are wrong at the end? v is visited after y, and adds its share to ȳ.",
            (
                right(
                    "those of the values that y is computed from",
                    "They received what y held too early. ȳ itself is completed later, and looks right.",
                ),
                wrong(
                    "ȳ only", "ȳ gets its second part when v is visited. It has handed on too little before."
                ),
                wrong("ū and v̄", "They lie above y. What y hands on goes the other way."),
                wrong("all of them", "Bars above y never hear of it."),
            ),
        ),
        Numeric(
            "Let y = x², u = 3y, v = 5y and L = u + v, at x = 1. The walk visits L, u, y, v, x "
            "in this order. Which x̄ does it report?",
            3 * 2,
            why="y hands on 3 × 2x = 6 before the 5 through v has arrived. The right bar is 16.",
            wrong={
                16: "That is the right bar. This walk sends from y before v has added its share.",
                10: "That is the part through v, which arrives too late.",
                8: "That is ȳ, once both parts are there.",
                3: "That is what y holds when it is visited. The local slope 2x is missing.",
            },
        ),
        Choice(
            "Which lists of the nodes of y = x², u = 3y, v = sin y, L = uv, read from their end, "
            "are safe for a backward walk?",
            (
                right("x, y, u, v, L", "Every node stands behind its parents."),
                right("x, y, v, u, L", "u and v do not depend on each other: either may come first."),
                wrong("x, u, y, v, L", "u stands before y, but u is computed from y."),
                wrong("L, u, v, y, x", "Read from its end this starts at x, which has no bar yet."),
            ),
        ),
    ),
}
