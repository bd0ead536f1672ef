"""The quizzes of NB06."""

from __future__ import annotations

from .questions import Choice, Numeric, Order, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB06.Q1": (
        Numeric(
            "There are L = 3 layers. How many products of two Jacobians do the gradients of W₀, W₁ and W₂ "
            "need if each chain is multiplied from the loss on?",
            answer=2 + 3 + 4,
            why="The chains have 3, 4 and 5 factors, so 2, 3 and 4 products.",
            wrong={
                12.0: "These are the factors. A chain of three factors needs two products.",
                4.0: "This is the longest chain alone. Each layer has one of its own.",
                6.0: "This is the count with a cache.",
                5.0: "These are the factors of the longest chain.",
            },
        ),
        Choice(
            "How does this count grow with the depth L?",
            (
                wrong("like L", "Each chain grows like L, and there are L of them."),
                right("like L²", "L chains, whose lengths grow up to L: a triangle of products."),
                wrong("like L³", "Count the rows of the picture in NB06.G2, and the cells in a row."),
                wrong("like 2ᴸ", "Paths can double at each layer, but a product of Jacobians adds them up."),
            ),
        ),
        Choice(
            "And if each layer takes δ from the layer above?",
            (
                right("like L", "Each layer adds two products: one onward, one for its weights."),
                wrong("like L²", "Which products of a chain has the layer above not done already?"),
                wrong("it does not grow", "Every layer still has to compute a gradient of its own."),
            ),
        ),
        Choice(
            "What does the cache cost?",
            (
                wrong("accuracy", "The same numbers are multiplied, only each product once."),
                wrong("a second forward pass", "One forward pass is enough, if its results are kept."),
                right("memory", "What the layers put out must be kept until the backward pass has used it."),
            ),
        ),
    ),
    "NB06.Q2": (
        Choice(
            "What does backpropagation compute?",
            (
                right("the gradient of the loss with respect to all weights", "That, and nothing else."),
                wrong("the best weights", "It does not change a single weight."),
                wrong("the next weights", "That is the step which gradient descent takes with the gradient."),
                wrong(
                    "an approximation of the gradient",
                    "It is exact up to rounding. Finite differences approximate.",
                ),
            ),
        ),
        Order(
            "One step of training. Put it in order.",
            (
                "compute all layers and the loss",
                "find the error signals from the top down",
                "read off the gradient of each weight",
                "take a step against the gradient",
            ),
            why="Forward pass, backward pass (backpropagation), update (gradient descent).",
            slips={
                (
                    "find the error signals from the top down",
                    "compute all layers and the loss",
                ): "The backward pass uses what the forward pass has kept.",
                (
                    "take a step against the gradient",
                    "read off the gradient of each weight",
                ): "The step needs the gradient.",
                (
                    "take a step against the gradient",
                    "find the error signals from the top down",
                ): "The signals must pass through the weights of the forward pass, not through new ones.",
            },
        ),
        Choice(
            "A network stays at a poor loss although its gradients pass every check. What can help?",
            (
                right("another start", "Descent depends on where it begins."),
                right("another learning rate", "The step belongs to descent, not to backpropagation."),
                wrong(
                    "finite differences in place of backpropagation",
                    "They give the same gradient, only more slowly.",
                ),
                right("another rule for the step", "Every rule of NB02 takes the same gradient."),
            ),
        ),
        Choice(
            "Which of these use backpropagation but no gradient descent?",
            (
                right(
                    "colouring the pixels of an image by how much the loss depends on them",
                    "The gradient with respect to the input is shown; nothing is updated.",
                ),
                wrong("fitting a line as in NB02", "It descends along the gradient."),
                right("Newton's method for the weights", "It takes the gradient for a step of another kind."),
            ),
        ),
    ),
}
