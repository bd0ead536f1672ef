"""How an answer of the second round is noted, and the functions that several of them call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import Wrong


def noting() -> tuple[list[Wrong], Callable[..., Callable[[Any], Any]]]:
    """Return a list of answers, empty still, and the decorator that notes an answer in it."""
    noted: list[Wrong] = []

    def wrong(
        exercise: str, label: str, why: str, name: str | None = None, **parts: Any
    ) -> Callable[[Any], Any]:
        """Note the answer below; with `name`, as that part of a dict whose other parts are `parts`."""

        def note(answer):
            whole = answer if name is None else {**parts, name: answer}
            noted.append(Wrong(exercise, label, why, whole))
            return answer

        return note

    return noted, wrong


def sig(z):
    return 1 / (1 + np.exp(-z))


def dsig(z):
    return sig(z) * (1 - sig(z))
