"""The quizzes of NB01."""

from __future__ import annotations

from itertools import pairwise

from .questions import Choice, Numeric, Question, right, wrong


def _parameters(*sizes: int) -> int:
    return sum((a + 1) * b for a, b in pairwise(sizes))


def _products(*sizes: int) -> int:
    return sum(a * b for a, b in pairwise(sizes))


_DEEP, _WIDE = (4, 8, 8, 1), (4, 20, 1)

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB01.Q1": (
        Choice(
            "What must you hand over so that somebody else can compute exactly your network?",
            (
                right(
                    "the architecture and the parameters",
                    "Which layers and activations there are, and all their numbers.",
                ),
                wrong(
                    "the architecture alone",
                    "The same layers with other weights compute something else.",
                ),
                wrong(
                    "the parameters alone",
                    "A list of numbers does not say which activation is used, or what feeds what.",
                ),
                wrong("the data it was trained on", "Training again need not lead to the same weights."),
            ),
        ),
        Numeric(
            "How many parameters has the network 4-8-8-1, with biases?",
            _parameters(*_DEEP),
            why="4·8 + 8 for the first layer, 8·8 + 8 for the second, 8·1 + 1 for the last.",
            wrong={
                _products(*_DEEP): "These are the weights. Every unit that computes has a bias too.",
                _parameters(*_DEEP) + 4: "Inputs are given: they have no biases.",
                _parameters(4, 8, 1): "There are two hidden layers of 8, and weights between them.",
            },
        ),
        Numeric(
            "And the network 4-20-1, with biases?",
            _parameters(*_WIDE),
            why="4·20 + 20 and 20·1 + 1: just as many. Equal size can mean very different shapes.",
            wrong={
                _products(*_WIDE): "These are the weights. Every unit that computes has a bias too.",
                _parameters(*_WIDE) + 4: "Inputs are given: they have no biases.",
            },
        ),
        Choice(
            "Which of the two takes longer to evaluate, if all units of a layer can work at the same time?",
            (
                right(
                    "4-8-8-1",
                    f"Its three layers must wait for each other; 4-20-1 has two. "
                    f"({_products(*_DEEP)} multiply-adds against {_products(*_WIDE)}.)",
                ),
                wrong("4-20-1", "Its twenty units work side by side; only layers wait for each other."),
                wrong(
                    "both the same, as they have as many parameters",
                    "The number of parameters says little about how long one step waits for another.",
                ),
            ),
        ),
    ),
    "NB01.Q2": (
        Choice(
            "Inputs are 0 or 1, η = 1, and the output equals the target. What does the perceptron rule do?",
            (
                right(
                    "nothing: all weights stay", "The error t − o is 0, and it is a factor of every change."
                ),
                wrong("it adds η to every weight", "The change is η·(t − o)·xᵢ, and t − o is 0."),
                wrong(
                    "it adds η to the weights of the inputs that are 1",
                    "That is what happens when the output is too small.",
                ),
            ),
        ),
        Choice(
            "Now the output is 0 and the target is 1. Which weights change?",
            (
                right("those of the inputs that are 1: they grow", "The change is η·1·xᵢ: η or 0."),
                wrong("all of them grow", "An input of 0 makes the change 0."),
                wrong("those of the inputs that are 0: they grow", "xᵢ is a factor of the change."),
                wrong("those of the inputs that are 1: they shrink", "The sum was too small, not too large."),
            ),
        ),
        Numeric(
            "In that case, three of five inputs are 1, and η = 1. "
            "By how much does the sum w·x of this example grow?",
            3,
            why="Three weights grow by 1, and each is multiplied by an input of 1.",
            wrong={
                1: "Each of the three weights grows by 1.",
                5: "The weights of the two inputs that are 0 stay as they are.",
            },
        ),
        Choice(
            "Is the output of this example 1 after the step?",
            (
                right(
                    "not necessarily",
                    "The sum has grown, but from far below it may still not be positive.",
                ),
                wrong("yes, that is what the step is for", "The sum grows by 3. What if it was −10?"),
                wrong("no, it takes a whole pass", "It may be: if the sum was above −3, it is positive now."),
            ),
        ),
    ),
    "NB01.Q3": (
        Choice(
            "What lets a network express more functions?",
            (
                right("a non-linear activation", "Without it all layers are one matrix."),
                right("more layers", "Each can bend what the layers before have made."),
                right("wider layers", "Each unit adds a bend of its own."),
                wrong(
                    "a smaller step size in training",
                    "That changes which function is found, not which ones there are.",
                ),
            ),
        ),
        Choice(
            "Ten layers of 100 units have no activation between them. What can they compute?",
            (
                right("what one layer can", "A product of matrices is a matrix."),
                wrong(
                    "more than one layer: they have more parameters", "Many settings give the same product."
                ),
                wrong("any continuous function, they are wide enough", "The theorem needs an activation."),
            ),
        ),
        Choice(
            "What does universal approximation promise?",
            (
                right(
                    "weights exist that come close to a continuous function on a closed and bounded set",
                    "Close, not equal; on such a set; and with as many units as it takes.",
                ),
                wrong(
                    "every function can be computed exactly",
                    "Only continuous ones, and only approximately.",
                ),
                wrong("training finds such weights", "It says that they exist, not how to find them."),
                wrong("ten units are enough", "It says nothing about how many units are needed."),
            ),
        ),
    ),
}
