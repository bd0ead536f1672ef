"""What a mistake is: its entry in the catalogue, and the code that an exercise declares it with.

The catalogue itself is `mistakes.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._signature import Signature
from .instances import Instance
from .reference import Gradients, called_by_name, named


@dataclass(frozen=True)
class Kind:
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

    def __call__(self, function: Callable[..., Any]) -> Mistake:
        """Declare the whole wrong answer."""
        return Mistake(self.kinds, function)

    def each(self, change: Callable[..., Any]) -> Mistake:
        """Declare a change made to each right gradient ``g`` by itself."""
        return Mistake(self.kinds, change, each=True)

    def __and__(self, other: Kind) -> Pair:
        return Pair((self, other))


@dataclass(frozen=True)
class Pair:
    """Two mistakes made at once."""

    kinds: tuple[Kind, Kind]

    def __call__(self, function: Callable[..., Any]) -> Mistake:
        """Declare the whole wrong answer."""
        return Mistake(self.kinds, function)

    def each(self, change: Callable[..., Any]) -> Mistake:
        """Declare a change made to each right gradient ``g`` by itself."""
        return Mistake(self.kinds, change, each=True)


@dataclass(frozen=True)
class Mistake:
    """A wrong answer of one exercise, and what it is called."""

    kinds: tuple[Kind, ...]
    function: Callable[..., Any]
    each: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        """One code; two for a pair."""
        return tuple(kind.code for kind in self.kinds)

    @property
    def accepted(self) -> bool:
        """Whether it earns full points and a remark."""
        return all(kind.accepted for kind in self.kinds)

    def gradients(self, signature: Signature, instance: Instance, right: Gradients) -> Gradients:
        """Return the wrong gradients by name; raises where the wrong answer would raise."""
        if not self.each:
            return named(called_by_name(self.function, instance.known), signature)
        changed = {
            name: called_by_name(self.function, {**instance.known, "g": g}) for name, g in right.items()
        }
        return named(changed, signature)
