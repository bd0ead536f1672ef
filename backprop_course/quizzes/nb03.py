"""The quizzes of NB03."""

from __future__ import annotations

from .questions import Choice, Numeric, Question, Shape, right, wrong

QUIZZES: dict[str, tuple[Question, ...]] = {
    "NB03.Q1": (
        Numeric(
            "f = y⁴x⁵. What is ∂f/∂y at x = 1, y = 2?",
            answer=4 * 2.0**3 * 1.0**5,
            why="∂f/∂y = 4y³x⁵: x is held still, so x⁵ is a factor like any other.",
            wrong={
                80.0: "This is 5y⁴x⁴, the slope along x.",
                16.0: "This is the value of f, not its slope.",
                160.0: "Both factors were differentiated. Hold x still: x⁵ stays as it is.",
                8.0: "This is y³x⁵. The exponent 4 comes down as a factor.",
            },
        ),
        Choice(
            "f = y⁴x⁵, with the variables in the order (x, y). What is ∇f?",
            (
                wrong("(4y³x⁵, 5y⁴x⁴)", "Right entries, wrong order: x comes first."),
                right("(5y⁴x⁴, 4y³x⁵)", "First the slope along x with y held still, then the other."),
                wrong(
                    "20y³x⁴", "A gradient of two variables has two entries, and one variable is held still."
                ),
                wrong("(5x⁴, 4y³)", "The variable that is held still does not vanish: it stays as a factor."),
            ),
        ),
    ),
    "NB03.Q2": (
        Shape(
            "f: ℝ³ → ℝ has one output, so m = 1. What shape has its Jacobian as a matrix?",
            answer=(1, 3),
            why="One row, for the one output. It is the transposed gradient.",
            wrong={
                (3, 1): "This is the denominator layout. Here outputs go down and inputs across.",
                (3,): "This is the gradient as an array. The question is for the matrix.",
                (3, 3): "There are as many rows as outputs, and there is one output.",
            },
        ),
        Choice(
            "m = n = 1. What is the Jacobian then?",
            (
                wrong("always 1", "It is the slope of f, whatever that is."),
                right(
                    "the ordinary derivative f′(x), as a 1 × 1 matrix", "One output, one input, one slope."
                ),
                wrong("not defined", "One output and one input make a matrix of 1 × 1."),
            ),
        ),
        Shape(
            "f takes a matrix of shape (2, 3) and returns a vector of shape (4,). "
            "What shape has its Jacobian as an array?",
            answer=(4, 2, 3),
            why="The output's shape, followed by the input's.",
            wrong={
                (2, 3, 4): "Output first: this course uses the numerator layout.",
                (4, 6): "Right number of slopes, but the input keeps its two axes.",
                (4, 3): "All six entries of the input can be nudged.",
            },
        ),
    ),
    "NB03.Q3": (
        Choice(
            "x is one number, y(x) has n entries and z(y) is one number. Which of these are dz/dx? "
            "There are several.",
            (
                right("Σᵢ ∂z/∂yᵢ · dyᵢ/dx", "One path through each yᵢ, and paths add."),
                right("J_z(y) · J_y(x)", "A row of n times a column of n: one number."),
                wrong(
                    "J_y(x) · J_z(y)", "A column times a row is an n × n matrix. The outer function is left."
                ),
                right("∇z(y)ᵀ · y′(x)", "The gradient laid down is the row J_z, and y′ is the column J_y."),
                wrong("Πᵢ ∂z/∂yᵢ · dyᵢ/dx", "Slopes multiply along a path. Different paths add."),
            ),
        ),
        Shape(
            "g: ℝ⁵ → ℝ³ and f: ℝ³ → ℝ². What shape has the Jacobian of f∘g, that is of f(g(x))?",
            answer=(2, 5),
            why="(2 × 3)(3 × 5): the size in the middle disappears.",
            wrong={
                (5, 2): "Outputs go down, inputs across: f∘g takes 5 numbers and gives 2.",
                (3, 3): "The middle size is summed over and disappears.",
                (2, 3): "This is J_f alone.",
                (3, 5): "This is J_g alone.",
            },
        ),
    ),
    "NB03.Q4": (
        Choice(
            "You need the whole Jacobian. For which functions is reverse mode the worse choice? "
            "There are several.",
            (
                right(
                    "3 inputs, 1000 outputs",
                    "Three JVPs give all columns; reverse mode needs a thousand VJPs.",
                ),
                wrong("a million inputs, 1 output", "One VJP gives the only row. JVPs: a million."),
                right(
                    "50 inputs, 50 outputs, a long chain between them",
                    "Both need 50 products. But reverse mode must store the values of the whole chain.",
                ),
                wrong("100 inputs, 4 outputs", "Four VJPs against a hundred JVPs."),
            ),
        ),
        Numeric(
            "A chain has n = 100 inputs and m = 4 outputs, and one product costs 8000 multiply-adds. "
            "What does the whole Jacobian cost in the cheaper mode?",
            answer=4 * 8000,
            why="4 VJPs, one for each row.",
            wrong={
                800_000.0: "This is by 100 JVPs, the dearer mode.",
                8000.0: "This is one product. The Jacobian has four rows.",
                3_200_000.0: "Either columns or rows: each of the two is the whole Jacobian.",
            },
        ),
        Choice(
            "What must reverse mode keep that forward mode can forget?",
            (
                wrong("the whole Jacobian of each link", "Rules give the products without building it."),
                wrong("nothing", "On the way back the value of each link is needed again."),
                right("the values that entered each link", "The Jacobians on the way back are taken there."),
            ),
        ),
    ),
}
