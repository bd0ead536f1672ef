"""Fingerprints of code: what is left of it when names and layout no longer matter, by winnowing.

Variables are all called alike, comments, docstrings and imports are left out, and so is each line that the
released notebook has. Every `LENGTH` tokens in a row have a hash; of every `WINDOW` such hashes in a row the
smallest is kept. So any passage of `LENGTH + WINDOW - 1` tokens that two notebooks share leaves a common
fingerprint, wherever it stands, and no passage shorter than `LENGTH` does.

References
----------
Schleimer, Wilkerson, Aiken, Winnowing: local algorithms for document fingerprinting, SIGMOD 2003, sections
2 and 3 (robust winnowing takes the rightmost of equal hashes).
"""

from __future__ import annotations

import builtins
import keyword
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .tokens import Token, logical_lines

LENGTH = 16  # tokens of one fingerprint: about two lines
WINDOW = 8

_KEPT = frozenset([*keyword.kwlist, *dir(builtins), "np", "self"])
_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)

Line = tuple[str, ...]  # the tokens of a logical line


@dataclass(frozen=True)
class Prints:
    """Fingerprints of one notebook.

    Parameters
    ----------
    hashes : array of uint64, shape (n,)
    starts : array of int64, shape (n,)
        The token at which each begins.
    places : list of (int, int)
        Cell and line of each token.
    """

    hashes: NDArray[np.uint64]
    starts: NDArray[np.int64]
    places: list[tuple[int, int]]


@dataclass(frozen=True)
class Given:
    """What was given out, and is nobody's own: whole cells, and logical lines."""

    cells: frozenset[str]
    lines: frozenset[Line]

    @classmethod
    def of(cls, cells: Iterable[str]) -> Given:
        """Return what the code cells of the released notebook have."""
        plain = frozenset(map(with_newlines, cells))
        return cls(plain, frozenset(_texts(line) for cell in plain for line in logical_lines(cell)))


def fingerprints(cells: Sequence[str], given: Given) -> Prints:
    """Return the fingerprints of what a notebook's code cells have beyond what was given out."""
    hashes: list[int] = []
    places: list[tuple[int, int]] = []
    for number, cell in enumerate(map(with_newlines, cells)):
        if cell in given.cells:
            continue
        for line in logical_lines(cell):
            if line[0].text in _NOT_OWN or _texts(line) in given.lines:
                continue
            hashes += map(_hash, _words(line))
            places += [(number, token.line) for token in line]
    grams = _grams(np.array(hashes, dtype=np.uint64))
    starts = winnowed(grams)
    return Prints(grams[starts], starts, places)


_NOT_OWN = ("import", "from", "%", "!")  # first words of lines


def winnowed(hashes: NDArray[np.uint64], window: int = WINDOW) -> NDArray[np.int64]:
    """Return which hashes are kept: the smallest of each `window` in a row, the rightmost of equal ones.

    Examples
    --------
    >>> winnowed(np.array([77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98]), 4)
    array([ 3,  6,  8, 11, 15])
    """
    if not len(hashes):
        return np.zeros(0, dtype=np.int64)
    width = min(window, len(hashes))
    rows = np.lib.stride_tricks.sliding_window_view(hashes, width)
    return np.unique(np.arange(len(rows)) + width - 1 - rows[:, ::-1].argmin(axis=1))


def _grams(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of each `LENGTH` tokens in a row, the same in every process and on every machine."""
    count = len(hashes) - LENGTH + 1
    if count < 1:
        return np.zeros(0, dtype=np.uint64)
    grams = np.zeros(count, dtype=np.uint64)
    for offset in range(LENGTH):
        grams = (grams ^ hashes[offset : offset + count]) * _BASE
        grams ^= grams >> np.uint64(29)
    return (grams * _MIX) ^ (grams >> np.uint64(32))


def _words(line: Sequence[Token]) -> Iterable[str]:
    """Yield the tokens of a line with one name for all variables and one text for all strings."""
    before = ""
    for token in line:
        if token.kind == "string":
            yield "'"
        elif token.kind == "name" and token.text not in _KEPT and before != ".":
            yield "x"
        else:
            yield token.text
        before = token.text


@lru_cache(maxsize=1 << 14)
def _hash(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "replace"))


def _texts(line: Sequence[Token]) -> Line:
    return tuple(token.text for token in line)


def with_newlines(cell: str) -> str:
    """Return a cell with the line ends that `tokens` counts, wherever it was written."""
    return cell.replace("\r\n", "\n").replace("\r", "\n")
