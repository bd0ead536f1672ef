"""Which statements of a notebook were run for an answer, as its child told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

# What a statement at the top of a cell binds, as far as its text tells.
_BINDS = re.compile(r"^(?:(?:async )?def |class |import |from .* import )?(\w+)", re.MULTILINE)

_SHORT = 8000  # characters of a cell whose words are kept for the next notebook


@dataclass(frozen=True)
class Place:
    """Where an answer is defined: a position of a cell, and its lines counted from 1."""

    cell: int
    first: int
    last: int


class Ran:
    """What was run of a notebook.

    Parameters
    ----------
    cells : sequence of str
    places : sequence of Place
        Of the statements, in order; each is in the notebook.
    """

    def __init__(self, cells: Sequence[str], places: Sequence[Place] = ()) -> None:
        self._cells, self._places = cells, places

    @cached_property
    def _statements(self) -> list[tuple[str, frozenset[str]]]:
        """The statements, each with the names that it binds."""
        cells = {place.cell: self._cells[place.cell].splitlines() for place in self._places}
        texts, room = [], 2 * sum(map(len, self._cells))  # no child makes more of a notebook than there is
        for place in dict.fromkeys(self._places):
            texts.append("\n".join(cells[place.cell][place.first - 1 : place.last]))
            room -= len(texts[-1])
            if room < 0:
                break
        return [(text, frozenset(_BINDS.findall(text))) for text in texts if text]

    def lines(self, names: Sequence[str]) -> list[str]:
        """Return the lines that were run for some answers: theirs, and what the words in them lead to."""
        waiting, words, reached = self._statements, set(names), []
        while found := [(text, binds) for text, binds in waiting if words & binds]:
            reached += [text for text, _ in found]
            waiting = [item for item in waiting if item not in found]
            for text, _ in found:
                words |= words_of(text)
        return [line for text in reached for line in text.split("\n")]


def words_of(text: str) -> frozenset[str]:
    """Return the words that stand in a cell."""
    return _kept_words(text) if len(text) <= _SHORT else frozenset(re.findall(r"\w+", text))


@lru_cache(maxsize=256)  # most cells are those that were released
def _kept_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))
