"""The quizzes of NB02."""

from __future__ import annotations

from .questions import Choice, Numeric, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB02.Q1": (
        Choice(
            "A prediction ŷ moves away from its target y. What should the loss do?",
            (
                wrong("fall", "Then learning, which makes the loss small, would drive ŷ away from y."),
                right("rise", "A loss measures how bad a prediction is, so it grows with the distance."),
                wrong("stay the same", "Then it could not tell a good prediction from a bad one."),
            ),
        ),
        Numeric(
            "The targets are y = (1, 3), the predictions ŷ = (2, 0), and the loss is the squared one. "
            "What is the cost J?",
            answer=((2 - 1) ** 2 + (0 - 3) ** 2) / 2,
            why="The losses are 1 and 9, and the cost is their mean.",
            wrong={
                10.0: "This is the sum of the losses. The cost is their mean.",
                2.5: "This has a factor ½ as well, which is not part of this loss.",
                2.0: "This is the mean of the absolute losses.",
                1.0: "Take the square of each error first, and the mean afterwards.",
            },
        ),
        Choice(
            "Which of these depend on the parameters θ? There are several.",
            (
                right("the prediction f(x; θ)", "It is computed with θ."),
                wrong("the target y", "It comes with the example, and stays what it is."),
                right("the loss of an example", "It compares the prediction, which depends on θ, with y."),
                right("the cost J", "It is the mean of losses that depend on θ."),
            ),
        ),
    ),
    "NB02.Q2": (
        Choice(
            "Draw the loss over the error. One curve is round at its lowest point, the other has a corner "
            "there. Which is which?",
            (
                right(
                    "round: squared; corner: absolute",
                    "A parabola is level at its bottom. The absolute value turns at once from −1 to +1.",
                ),
                wrong(
                    "round: absolute; corner: squared",
                    "Compare the slopes just left and just right of error 0, for each of the two.",
                ),
            ),
        ),
        Numeric(
            "The error of one example grows from 1 to 10. By which factor does its squared loss grow?",
            answer=10.0**2,
            why="10² against 1². The absolute loss grows by 10 only.",
            wrong={
                10.0: "So does the absolute loss. The squared one takes the square.",
                20.0: "This is the slope 2e at the new error, not the ratio of the losses.",
            },
        ),
        Choice(
            "Which loss listens more to an outlier?",
            (
                right(
                    "the squared one", "The further off an example is, the harder it pulls: its slope is 2e."
                ),
                wrong(
                    "the absolute one",
                    "Its slope is 1 in size, however far off an example is.",
                ),
                wrong("both alike", "Compare the slopes at e = 1 and at e = 10."),
            ),
        ),
        Choice(
            "Which loss is harder to differentiate, and where?",
            (
                wrong(
                    "the squared one, where the error is 0", "Its slope there is 2·0 = 0, without trouble."
                ),
                right(
                    "the absolute one, where the error is 0",
                    "Left of 0 the slope is −1, right of it +1: at 0 there is none. The course takes 0.",
                ),
                wrong(
                    "the absolute one, where the error is large", "There its slope is 1 or −1, and constant."
                ),
            ),
        ),
    ),
}
