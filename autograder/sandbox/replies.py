"""Replies that came before: most right answers return the same bits, and those are read only once.

An outcome is kept only where it follows from the bytes alone, whoever sent them: something was returned, no
word of it is shown, no argument was changed. Few and small ones are kept, so that memory stays bounded.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from .._outcome import Outcome, Value
from .frames import Header

_NUMBER = re.compile(rb'\{"id":([0-9]{1,9}),')  # how `frames.encode` begins; what follows is kept
_FROM_BYTES_ALONE = frozenset(("id", "kind", "changed", "printed", "globals", "more"))


class Replies:
    """The outcomes that replies came to.

    Parameters
    ----------
    most : int
        How many are kept; one more, and it begins anew.
    largest : int
        Bytes of a reply that is kept.
    """

    def __init__(self, most: int = 1024, largest: int = 1 << 13) -> None:
        self._most, self._largest = most, largest
        self._known: dict[tuple[bytes, bytes], tuple[Outcome, bool]] = {}

    def find(self, number: int, header: bytes, body: bytes) -> tuple[Outcome, bool] | None:
        """Return what the reply of that number came to before, and whether more is to come; None if new."""
        found = _NUMBER.match(header)
        if found is None or int(found[1]) != number:
            return None
        return self._known.get((header[found.end() :], body))

    def kept(self, header: bytes, body: bytes, told: Header, outcome: Outcome) -> Outcome:
        """Return an outcome, kept for the next reply of the same bytes if it follows from them.

        Parameters
        ----------
        header, body : bytes
        told : dict
            What the header said.
        outcome : Outcome
            Without an `Opaque` in its value, whose name may depend on the notebook.
        """
        found = _NUMBER.match(header)
        if found is None or len(header) + len(body) > self._largest or outcome.kind != "returned":
            return outcome
        if told.keys() != _FROM_BYTES_ALONE or told["changed"] or told["globals"]:
            return outcome
        _seal(outcome.value)
        if len(self._known) >= self._most:
            self._known.clear()
        shared = replace(outcome, shared=True)
        self._known[header[found.end() :], body] = shared, told["more"] is True
        return shared


def _seal(value: Value) -> None:
    """Let nobody change arrays that belong to several outcomes."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, (list, tuple)):
        for item in value:
            _seal(item)
    elif isinstance(value, dict):
        for item in value.values():
            _seal(item)
