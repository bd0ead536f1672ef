"""The four kinds of question that a quiz is made of: choice, number, order, shape.

A question is text and answers, nothing else: `backprop_course.widgets.quiz` shows it. Texts are plain, with
code in backticks and formulas in Unicode. Every wrong answer that can be foreseen says why it is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import UsageError

Size = tuple[int, ...]


@dataclass(frozen=True)
class Option:
    """One answer of a `Choice`: its text, whether it is right, and what is said to who takes it."""

    text: str
    is_right: bool
    feedback: str


def right(text: str, feedback: str) -> Option:
    """Make a right option; `feedback` says why it is right."""
    return Option(text, True, feedback)


def wrong(text: str, feedback: str) -> Option:
    """Make a wrong option; `feedback` says what it overlooks, not which one is right."""
    return Option(text, False, feedback)


@dataclass(frozen=True)
class Choice:
    """Choose the right option, or all of them where several are right.

    Parameters
    ----------
    ask : str
    options : sequence of Option
        In the order shown. At least one right and one wrong.
    """

    ask: str
    options: Sequence[Option]

    def __post_init__(self) -> None:
        marks = {option.is_right for option in self.options}
        if marks != {True, False}:
            raise UsageError(
                f"The question {self.ask!r} cannot be answered wrongly and rightly.",
                expected="at least one right and one wrong option",
                got=f"{len(self.options)} options of one kind",
                mend="add an option with right(...) or wrong(...).",
            )


@dataclass(frozen=True)
class Numeric:
    """Type a number.

    Parameters
    ----------
    ask : str
    answer : float
        Computed in the declaration where it can be, not typed.
    why : str
        Said with the right answer.
    wrong : mapping from float to str
        What is said to a number that can be foreseen.
    otherwise : str
        What is said to any other number.
    rtol : float
        Relative tolerance; the default takes three correct digits.
    """

    ask: str
    answer: float
    why: str
    wrong: Mapping[float, str] = field(default_factory=dict)
    otherwise: str = "Not that number. Work it out step by step, and look at the signs."
    rtol: float = 5e-3


@dataclass(frozen=True)
class Order:
    """Put items into their order.

    Parameters
    ----------
    ask : str
    items : sequence of str
        In the right order; they are shown in another one.
    why : str
        Said with the right answer.
    slips : mapping from (str, str) to str
        ``{("a", "b"): text}``: what is said when ``a`` stands before ``b`` and should not.
    either : sequence of (str, str)
        Pairs of neighbours that may stand either way.
    """

    ask: str
    items: Sequence[str]
    why: str
    slips: Mapping[tuple[str, str], str] = field(default_factory=dict)
    either: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Shape:
    """Type a shape such as ``3, 4``, or say that there is none.

    Parameters
    ----------
    ask : str
    answer : tuple of int or None
        None: the expression is not defined.
    why : str
        Said with the right answer.
    wrong : mapping from tuple of int or None to str
        What is said to a shape that can be foreseen.
    otherwise : str
        What is said to any other shape.
    """

    ask: str
    answer: Size | None
    why: str
    wrong: Mapping[Size | None, str] = field(default_factory=dict)
    otherwise: str = "Not that shape. Write the shapes of the operands under each other and compare."


Question = Choice | Numeric | Order | Shape
