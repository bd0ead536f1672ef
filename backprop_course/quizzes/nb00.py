"""The quizzes of NB00."""

from __future__ import annotations

from .questions import Choice, Question, Shape, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB00.Q1": (
        Shape(
            "`A` has the shape (3, 4) and `B` has the shape (4, 2). What is the shape of `A @ B`?",
            (3, 2),
            why="The inner size 4 agrees and disappears. Rows of A and columns of B are left.",
            wrong={
                (2, 3): "That is its transpose: the rows come from the first factor.",
                (3, 4): "That is the shape of A. The inner size disappears.",
                (4, 4): "4 is the inner size: it is summed over, and disappears.",
                None: "Look at the inner sizes: the columns of A and the rows of B. Both are 4.",
            },
        ),
        Shape(
            "With the same arrays, `A` of (3, 4) and `B` of (4, 2): what is the shape of `B @ A`?",
            None,
            why="The inner sizes are 2 and 3. They differ, so there is no such product.",
            wrong={
                (4, 4): "That would need the columns of B and the rows of A to be equal in number.",
                (3, 2): "That is A @ B. The order of the factors matters.",
                (2, 3): "That is the transpose of A @ B, which is B.T @ A.T.",
            },
        ),
        Shape(
            "`X` has the shape (5, 3) and `b` has the shape (3,). What is the shape of `X + b`?",
            (5, 3),
            why="b is added to each of the five rows.",
            wrong={
                None: "NumPy compares shapes from the right: 3 and 3 agree, and b is used for each row.",
                (3,): "The rows are not added up. Each row of X gets b added to it.",
                (5,): "Nothing is summed here.",
            },
        ),
        Shape(
            "`dY` has the shape (5, 3): five examples, three outputs. What is the shape of `dY.sum(axis=0)`?",
            (3,),
            why="Axis 0, the examples, is summed and disappears.",
            wrong={
                (5,): "That is `sum(axis=1)`: the axis that is named is the one that disappears.",
                (1, 3): "Only with `keepdims=True`. Without it the axis disappears.",
                (): "Without an axis all entries are added. Here one axis stays.",
                (1,): "Without an axis all entries are added. Here one axis stays.",
            },
        ),
        Choice(
            "`W` has the shape (3, 2) and the loss is one number. What is the shape of its gradient?",
            (
                right("(3, 2)", "A gradient has the shape of its variable."),
                wrong("(2, 3)", "Some texts arrange it so. Here entry (i, j) belongs to weight (i, j)."),
                wrong("(6,)", "Six numbers, yes, but arranged like the weights they belong to."),
                wrong("one number", "The loss is one number. Each weight has a slope of its own."),
            ),
        ),
    ),
}
