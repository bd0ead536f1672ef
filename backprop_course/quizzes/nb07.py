"""The quizzes of NB07."""

from __future__ import annotations

from .questions import Choice, Numeric, Order, Question, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB07.Q1": (
        Choice(
            "Only the class `Tensor` is written, with its five fields. Which line of the program runs?",
            (
                right(
                    "x = Tensor(3.0, requires_grad=True)", "A leaf needs the constructor and nothing else."
                ),
                wrong("z = multiply(x, y)", "That operation does not exist yet: it comes next."),
                wrong("o.backward()", "The walk needs operations that made o, an order, and the method."),
                wrong(
                    "none of them", "A node without operands can be made already: look at the constructor."
                ),
            ),
        ),
        Choice(
            "`out = add(a, b)`. The closure of `multiply` multiplies `out.grad` by the other operand's "
            "value. What is the local slope of `add` for `a`?",
            (
                wrong(
                    "b", "That is the slope of a product. By how much does a + b move when a moves by one?"
                ),
                right(
                    "1: the upstream gradient is passed on as it is", "a moves by one, and so does the sum."
                ),
                wrong(
                    "0: nothing about a sum has to be learned", "With 0 no gradient would ever pass a sum."
                ),
                wrong(
                    "1/2: both operands share it",
                    "Nothing is shared out. Both operands move the sum fully.",
                ),
            ),
        ),
        Choice(
            "When does the closure of `z = multiply(x, y)` read `z.grad`?",
            (
                wrong("when `multiply` runs", "At that time z has no users yet, and its gradient is 0."),
                wrong(
                    "when z is used by the next operation",
                    "Using a value notes an operand. No gradient is read or sent by it.",
                ),
                right(
                    "when the closure is called, during `backward`",
                    "By then all users of z have sent their shares.",
                ),
            ),
        ),
    ),
    "NB07.Q2": (
        Choice(
            "When does the sort run?",
            (
                wrong(
                    "each time an operation makes a node",
                    "An operation only notes its operands. The order is found from these notes later.",
                ),
                right(
                    "when `backward` is called, before the first closure",
                    "Only then is it known which node is the root.",
                ),
                wrong(
                    "inside each closure, before it sends its shares",
                    "A closure knows its operands and nothing of the rest of the graph.",
                ),
                wrong("once, when the class is defined", "There is no graph at that time."),
            ),
        ),
        Order(
            "Put the parts of `o.backward()` into their order, for z = x·y, w = z + y, o = relu(w).",
            (
                "list all nodes",
                "zero z, w and o",
                "seed o with 1",
                "closure of o",
                "closure of w",
                "closure of z",
            ),
            why="Sort, clear, seed, and then from the root to the leaves.",
            slips={
                ("seed o with 1", "zero z, w and o"): "Zeroing comes first, or it wipes out the seed.",
                ("zero z, w and o", "list all nodes"): "Which nodes are to be zeroed? The list tells.",
                ("closure of z", "closure of w"): "z has not received its share yet: w sends it.",
                ("closure of w", "closure of o"): "w has not received anything yet: o sends it.",
                ("closure of o", "seed o with 1"): "Without the seed the closure of o sends 0.",
            },
        ),
        Numeric(
            "x = 3, y = 2, and `o.backward()` is called twice, with nothing in between. What is `y.grad`?",
            2 * (1.0 + 3.0),
            why="Each call adds 4: leaves keep what they have.",
            wrong={
                4.0: "That is what one call gives. Does a leaf begin each call at zero?",
                2.0: "That is the slope for x, after one call.",
                15.0: "Here w and z have kept their old gradients. They begin each call at zero.",
            },
        ),
    ),
}
