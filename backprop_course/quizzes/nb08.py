"""The quiz of NB08."""

from __future__ import annotations

from .questions import Choice, Numeric, Question, Shape, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB08.Q1": (
        Choice(
            "The way back looks its rules up by function and by argument number. Which design is it?",
            (
                right("tracer and table", "A Node remembers its function, and the table knows the rest."),
                wrong("node objects", "There each class has a method `backward`; nothing is looked up."),
                wrong("closures", "There each result carries its own function, made when it was computed."),
                wrong("Function with context", "There the rule is the static method of one class."),
            ),
        ),
        Choice(
            "The graph is there before any number flows, and serves all batches. Which design is it?",
            (
                wrong("tracer and table", "A tracer has no graph before the program has run on a value."),
                wrong("closures", "There the nodes are the results, so each forward pass makes new ones."),
                right("node objects", "The program builds nodes; values come and go with each `Forward`."),
                wrong(
                    "Function with context",
                    "A Function is one operation. Its node is made each time `apply` is called.",
                ),
            ),
        ),
        Choice(
            "Why can `grad(grad(f))` work with a tracer and a table, and not with the closures of NB07?",
            (
                wrong(
                    "a table is faster than closures",
                    "Speed decides nothing here. What is there to walk back through, the second time?",
                ),
                right(
                    "the rules call traced functions, so the walk back is recorded too",
                    "What is recorded can be walked back through once more.",
                ),
                wrong(
                    "a Node has no field for a gradient",
                    "Where the first gradient is kept does not matter. How was it computed?",
                ),
                wrong(
                    "the table holds second derivatives as well",
                    "It holds one rule for each argument, of first order.",
                ),
            ),
        ),
        Shape(
            "EDF's `Affine` has N = 5 examples, d = 3 features and k = 4 outputs. "
            "Which shape does it send to the weights?",
            (5, 3, 4),
            why="One gradient for each example; the parameter sums over axis 0.",
            wrong={
                (3, 4): "That is the shape after the sum. Who takes it?",
                (5, 4, 3): "The weights have shape (3, 4): features first.",
                (5, 4): "That is what the bias is sent.",
            },
        ),
        Numeric(
            "`class F(Function)` has `forward(ctx, a, b, labels)`. "
            "How many things must `backward(ctx, g)` return, `None` counted?",
            3,
            why="One for each input of forward; `ctx` is no input, and labels get `None`.",
            wrong={
                2: "The labels have a place too: `None` stands in it.",
                1: "One cotangent arrives. How many inputs are there?",
                4: "`ctx` is the context and no input.",
            },
        ),
    ),
}
