"""Which submissions have much in common that few others have: a hint where a person may look, and no more.

Fingerprints are kept in one index for the class, so that only those who share a fingerprint are compared.
What more than a few have is left out: it is how the thing is written, or what was said in class.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..exercises import of_unit, units
from .fingerprints import LENGTH, Given, Prints, fingerprints, with_newlines
from .notebook import Unreadable, cells_of
from .released import released_cells
from .submissions import Submission, find_submissions

# Right answers to whole units that were written apart share up to 15 fingerprints of 100 to 200, and passages
# of up to 56 tokens; tests/grading/test_similarity.py holds it.
FEWEST = 20  # fingerprints in common: about 100 tokens; of less nothing can be said
SHARE = 0.5  # of the fingerprints of the one who has fewer,
PASSAGE = 100  # or tokens in a row
LISTED = 200  # pairs

_LOOKED_AT = 2000  # pairs, those with the most in common
_LONGEST = 300_000  # characters of one submission's code; what is beyond is not compared


@dataclass(frozen=True)
class Pair:
    """Two submissions that have much in common.

    Parameters
    ----------
    first, second : str
        The students.
    shared : int
        Fingerprints that both have and few others.
    shares : tuple of float
        That number over all those that the first, and the second, has and few others.
    longest : int
        Tokens in a row that are in common.
    passages : list of (str, str)
        What is in common, side by side, as each has written it.
    """

    first: str
    second: str
    shared: int
    shares: tuple[float, float]
    longest: int
    passages: list[tuple[str, str]]


@dataclass(frozen=True)
class Found:
    """What a comparison of a class came to.

    Parameters
    ----------
    pairs : list of Pair
        Those with the most in common first, at most `LISTED`.
    more : int
        Pairs beyond those.
    compared : int
        Submissions with enough code of their own.
    short : int
        Submissions with too little.
    """

    pairs: list[Pair]
    more: int
    compared: int
    short: int


def similar_submissions(path: Path, unit: str) -> Found:
    """Compare the submissions to a unit.

    Parameters
    ----------
    path : Path
        As `grade_class` takes it.
    unit : str

    Raises
    ------
    UsageError
        If there is nothing to compare at `path`.
    """
    names = [exercise.name for exercise in of_unit(unit)]
    submissions = {s.student: s for s in find_submissions(path, unit, units(), names).submissions if s.file}
    return similar(list(submissions), lambda student: _cells(submissions[student]), released_cells(unit))


def _cells(submission: Submission) -> list[str]:
    """Return a submission's code cells, up to a length; none where it cannot be read."""
    try:
        cells = cells_of(submission.name, submission.file.read()) if submission.file else []
    except Unreadable:
        return []
    lengths = itertools.accumulate(map(len, cells))
    return [cell for cell, length in zip(cells, lengths, strict=True) if length <= _LONGEST]


def similar(students: Sequence[str], cells: Callable[[str], Sequence[str]], released: Iterable[str]) -> Found:
    """Compare the code of a class.

    Parameters
    ----------
    students : sequence of str
    cells : callable
        Returns the code cells of a student; asked once for each, and again for those in a close pair.
    released : iterable of str
        The code cells that were given out.

    Notes
    -----
    Held in memory are the fingerprints alone, 12 bytes each: a few MB for thousands of notebooks.
    """
    given = Given.of(released)
    own = [np.unique(fingerprints(cells(student), given).hashes) for student in students]
    rare = _rare(own, most=max(4, min(len(students) // 100, 50)))
    enough = [len(kept) >= FEWEST for kept in rare]
    close = []
    for i, j, shared in _candidates(rare):
        shares = shared / len(rare[i]), shared / len(rare[j])
        close.append((max(shares), shared, shares, i, j))
    close.sort(key=lambda pair: (-pair[1], -pair[0], pair[3:]))

    @lru_cache(maxsize=100)
    def read(student: str) -> tuple[Sequence[str], Prints]:
        text = cells(student)
        return text, fingerprints(text, given)

    pairs: list[Pair] = []
    more = sum(share >= SHARE for share, *_ in close[_LOOKED_AT:])
    for share, shared, shares, i, j in close[:_LOOKED_AT]:
        if len(pairs) >= LISTED:
            more += share >= SHARE
            continue
        both = frozenset(np.intersect1d(rare[i], rare[j]).tolist())
        (text, one), (text_of_other, other) = read(students[i]), read(students[j])
        spans = passages(one, other, both)
        longest = max(end - start for start, end in spans)
        if share >= SHARE or longest >= PASSAGE:
            side_by_side = [_beside(span, both, (one, other), (text, text_of_other)) for span in spans]
            pairs.append(Pair(students[i], students[j], shared, shares, longest, side_by_side))
    return Found(pairs, more, sum(enough), len(enough) - sum(enough))


def _rare(own: Sequence[NDArray[np.uint64]], most: int) -> list[NDArray[np.uint64]]:
    """Return each one's fingerprints without those that more than `most` have."""
    everything = np.concatenate([*own, np.zeros(0, dtype=np.uint64)])
    values, counts = np.unique(everything, return_counts=True)
    common = values[counts > most]
    return [np.setdiff1d(one, common, assume_unique=True) for one in own]


def _candidates(rare: Sequence[NDArray[np.uint64]]) -> Iterator[tuple[int, int, int]]:
    """Yield who share at least `FEWEST` fingerprints, by an index from each to those who have it."""
    owners = np.repeat(np.arange(len(rare)), [len(one) for one in rare])
    everything = np.concatenate([*rare, np.zeros(0, dtype=np.uint64)])
    order = np.argsort(everything, kind="stable")
    everything, owners = everything[order], owners[order]
    for i, one in enumerate(rare):
        if len(one) < FEWEST:
            continue
        starts = np.searchsorted(everything, one, side="left")
        counts = np.searchsorted(everything, one, side="right") - starts
        shifts = np.repeat(starts - np.cumsum(counts) + counts, counts)
        others, times = np.unique(owners[np.arange(counts.sum()) + shifts], return_counts=True)
        for j, shared in zip(others.tolist(), times.tolist(), strict=True):
            if j > i and shared >= FEWEST:
                yield i, j, shared


def passages(one: Prints, other: Prints, both: Collection[int]) -> list[tuple[int, int]]:
    """Return from which to which token the first has passages that the other has too.

    Fingerprints that overlap, and follow each other in the other's code too, belong to one passage.
    """
    there = dict(zip(other.hashes.tolist(), other.starts.tolist(), strict=True))
    spans: list[tuple[int, int]] = []
    last = 0
    for start, value in zip(one.starts.tolist(), one.hashes.tolist(), strict=True):
        if value not in both:
            continue
        where = there[value]
        follows = spans and start <= spans[-1][1] and 0 < where - last <= LENGTH
        if follows:
            spans[-1] = spans[-1][0], start + LENGTH
        else:
            spans.append((start, start + LENGTH))
        last = where
    return spans


def _beside(
    span: tuple[int, int],
    both: Collection[int],
    prints: tuple[Prints, Prints],
    texts: tuple[Sequence[str], Sequence[str]],
) -> tuple[str, str]:
    """Return a passage as the first has written it, and as the second has."""
    one, other = prints
    inside = (one.starts >= span[0]) & (one.starts + LENGTH <= span[1])
    shared = [value for value in one.hashes[inside].tolist() if value in both]
    starts = other.starts[np.isin(other.hashes, np.array(shared, dtype=np.uint64))]
    tokens = np.unique((starts[:, None] + np.arange(LENGTH)).ravel()).tolist()
    return _lines(one, list(range(*span)), texts[0]), _lines(other, tokens, texts[1])


def _lines(prints: Prints, tokens: Sequence[int], cells: Sequence[str]) -> str:
    """Return the lines that some tokens stand on, with dots where code between them is left out."""
    shown: list[str] = []
    before = -1
    for token in tokens:
        cell, line = prints.places[token]
        if shown and token != before + 1:
            shown.append("...")
        if not shown or (cell, line) != prints.places[before] or shown[-1] == "...":
            shown.append(with_newlines(cells[cell]).split("\n")[line])
        before = token
    return "\n".join(shown)
