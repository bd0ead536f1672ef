"""What a mistake is: its entry in the catalogue, and the code that an exercise declares it with.

The catalogue itself is `mistakes.py`; what a mistake gives on an instance says the exercise's `Piece`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True)
class Mistake:
    """A wrong answer of one exercise, and what it is called.

    Parameters
    ----------
    kinds : tuple of Kind
        One; two for a pair made at once.
    how : {"answer", "parts", "each"}
        Whether the code is what a learner would write, a function from inputs to the wrong parts, or a change
        made to each right part.
    function : object
        The code. For an answer without a probe it is called by the names of its parameters.
    answers : mapping of str to object
        Several functions by name, where the exercise has several.
    only : tuple of str
        The parts that ``each`` changes; all of them if empty.
    at : callable, optional
        Of a mistake with a number in it that the learner chose, a step size: makes it with another number.
    """

    kinds: tuple[Kind, ...]
    how: Literal["answer", "parts", "each"]
    function: Any = None
    answers: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    at: Callable[[float], Any] | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """One code; two for a pair."""
        return tuple(kind.code for kind in self.kinds)

    @property
    def accepted(self) -> bool:
        """Whether it earns full points and a remark."""
        return all(kind.accepted for kind in self.kinds)

    def with_rate(self, rate: float) -> Mistake:
        """Return the same mistake with another number in it."""
        return replace(self, function=self.at(rate)) if self.at else self


class _Declares:
    """How a mistake is declared, of one kind or of two at once."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        raise NotImplementedError  # each of the two subclasses has its own

    def __call__(self, function: Any = None, **answers: Any) -> Mistake:
        """Declare a wrong answer: what a learner would write, or several functions of theirs by name."""
        return Mistake(self.kinds, "answer", function, answers)

    def parts(self, function: Callable[..., Any]) -> Mistake:
        """Declare the wrong parts, as a function of the inputs by name; the same where there is no probe."""
        return Mistake(self.kinds, "parts", function)

    def at_any_rate(self, answer: Callable[[float], Any]) -> list[Mistake]:
        """Declare a wrong answer with a step size in it: at three of them, recognised at any other too."""
        return [Mistake(self.kinds, "answer", answer(rate), at=answer) for rate in (1.0, 0.1, 0.01)]

    def each(self, change: Callable[..., Any], *, only: tuple[str, ...] = ()) -> Mistake:
        """Declare a change made to each right array ``g`` by itself, in all parts or in some."""
        return Mistake(self.kinds, "each", change, only=only)


@dataclass(frozen=True)
class Kind(_Declares):
    """An entry of the catalogue.

    Parameters
    ----------
    code : str
        ``"M03"``; a mistake that only one exercise knows has a name in small letters instead.
    name : str
        Completes "looks like".
    footprint : str
        First hint: how it shows in the numbers.
    family : str
        Second hint: what sort of mistake it is.
    rule : str
        Third hint: the rule it breaks, in words, never as code.
    see : str
        The walkthrough part that teaches the rule.
    accepted : bool
        A matter of convention: full points, and a remark.
    """

    code: str
    name: str
    footprint: str
    family: str
    rule: str
    see: str
    accepted: bool = False

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Itself: a pair has two."""
        return (self,)

    def __and__(self, other: Kind) -> Pair:
        return Pair((self, other))


@dataclass(frozen=True)
class Pair(_Declares):
    """Two mistakes made at once."""

    both: tuple[Kind, Kind]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The two."""
        return self.both
