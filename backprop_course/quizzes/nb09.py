"""The quizzes of NB09."""

from __future__ import annotations

import math

from .questions import Choice, Numeric, Question, Shape, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB09.Q1": (
        Choice(
            "A block runs these five lines: 1 `z = linear1(x)`, 2 `h = relu(z)`, 3 `u = linear2(h)`, "
            "4 `s = u + x`, 5 `y = relu(s)`. Which line holds the residual connection?",
            (
                wrong("line 1", "Here x enters the branch: this is the long way, not the short cut."),
                wrong("line 3", "This is the second layer of the branch; x does not stand in it."),
                right("line 4", "x is added unchanged: the edge from x to s has the local slope 1."),
                wrong("line 5", "This ReLU stands behind the sum; both ways pass it."),
            ),
        ),
        Choice(
            "Going backwards through these lines, which terms add up in x̄?",
            (
                right(
                    "s̄, and what linear1 hands back",
                    "Two edges leave x: one into line 4, one into line 1. Each brings one term.",
                ),
                wrong(
                    "ȳ, and what linear1 hands back",
                    "On its way to x, ȳ must pass line 5 first: the mask of s belongs to both ways.",
                ),
                wrong("what linear1 hands back, alone", "x is used twice: in line 1 and in line 4."),
                wrong("s̄, alone", "The long way through the branch brings a term too."),
            ),
        ),
        Shape(
            "x has shape (4, 6), and linear1 has weights of shape (6, 10). "
            "Which shape must the weights of linear2 have?",
            (10, 6),
            why="The branch must end with the width of x, or the sum has no meaning.",
            wrong={
                (6, 10): "linear2 gets 10 inputs: weights are (in, out).",
                (10, 10): "Its output is added to x, which has 6 columns.",
                (10, 4): "4 is the number of examples; weights do not depend on it.",
            },
        ),
    ),
    "NB09.Q2": (
        Choice(
            "All weights of a hidden layer, coming in and going out, start at 0.5. What happens in training?",
            (
                wrong(
                    "nothing moves, as all gradients are 0",
                    "That is the start at 0. With 0.5 something arrives at every unit.",
                ),
                right(
                    "the weights move, and all units of the layer stay equal",
                    "Equal units get equal gradients, and equal steps keep them equal.",
                ),
                wrong(
                    "the units drift apart, as they see different examples",
                    "All units of a layer see the same examples.",
                ),
                wrong(
                    "it trains as well as any other start, only more slowly",
                    "No number of steps tells the units apart: the layer does the work of one unit.",
                ),
            ),
        ),
        Choice(
            "Which of these starts lets the hidden units become different?",
            (
                wrong("weights 0.5, biases 0", "All units have the same weights and the same bias."),
                right(
                    "weights drawn, biases 0",
                    "The weights already tell the units apart; the biases may start alike.",
                ),
                wrong(
                    "weights 0.5, and a shorter step",
                    "Equal gradients stay equal whatever they are multiplied by.",
                ),
                wrong("weights 0.5, more examples", "The same sum over examples reaches every unit."),
            ),
        ),
        Numeric(
            "A ReLU layer has 200 inputs and 50 outputs. "
            "Which standard deviation do its weights get from Kaiming's rule?",
            math.sqrt(2 / 200),
            why="The variance is 2 / 200 = 0.01; its root is 0.1.",
            wrong={
                2 / 200: "This is the variance. What is asked is its root.",
                math.sqrt(2 / 50): "A unit adds up its inputs: the 200 count, not the 50.",
                math.sqrt(2 / 250): "This is Xavier's rule, with both fans.",
                math.sqrt(1 / 200): "The 2 is missing: a ReLU sets half of its inputs to 0.",
            },
        ),
    ),
    "NB09.Q3": (
        Choice(
            "All inputs of a unit are positive. What follows for the gradient of its weights, "
            "for one example?",
            (
                wrong("all entries are positive", "They have the sign of z̄, which may be negative."),
                right("all entries have the same sign", "Each is z̄ times a positive input."),
                wrong("the entries are all equal", "They are as different as the inputs."),
                wrong("its signs are mixed", "z̄ is one number, and the inputs do not change its sign."),
            ),
        ),
        Choice(
            "Why does a hidden layer of tanh often learn faster than one of sigmoids?",
            (
                right("its outputs lie around 0", "So the next layer's steps can go in any direction."),
                right(
                    "its slope is larger around 0",
                    "It is 1 against ¼, so more of the gradient passes.",
                ),
                wrong("it does not go flat", "It does, even sooner: beyond about ±3."),
                wrong("it is cheaper to compute", "Both need an exponential."),
            ),
        ),
        Numeric(
            "How many times steeper is tanh than the sigmoid, both at 0?",
            4.0,
            why="The slopes are 1 and ¼.",
            wrong={
                0.25: "The other way round.",
                2.0: "tanh x = 2σ(2x) − 1: one 2 stands before it, another one inside.",
                1.0: "The sigmoid's slope y (1 − y) is at most ¼.",
            },
        ),
    ),
}
