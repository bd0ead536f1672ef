"""The two contexts, `no_grad` and `detect_anomaly`: per thread, restored on the way out."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import refusals


class _Mode(threading.local):
    recording = True
    anomaly = False
    tracing = False  # record everything, wanted or not: `plan` replays it
    special = False  # any of these is not as it stands here: one look tells
    depth = 0  # of transforms that run a function: leaving the graph there would lose its gradient


mode = _Mode()
switched_on: list[str] = []  # what is, in any thread: while it is empty, nobody need ask for its own
tick = itertools.count(
    1
).__next__  # numbers results and writes: "recorded before it was written" is a comparison


@contextlib.contextmanager
def switched(name: str, value: bool) -> Iterator[None]:
    """Set one of the modes inside, and what it was before on the way out."""
    before = getattr(mode, name), mode.special
    setattr(mode, name, value)
    mode.special = True
    switched_on.append(name)
    try:
        yield
    finally:
        switched_on.remove(name)
        setattr(mode, name, before[0])
        mode.special = before[1]


@contextlib.contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside: results want no gradient and remember no inputs. Also a decorator.

    Examples
    --------
    >>> from backprop_course import Tensor, no_grad
    >>> x = Tensor(2.0, requires_grad=True)
    >>> with no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """
    with switched("recording", False):
        yield


@contextlib.contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise `AnomalyError` at the first value, forward or backward, that is not finite. Also a decorator.

    The error names the primitive and the line of the caller's code that recorded it. Every result is
    looked at, so leave it off where speed matters.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Tensor, detect_anomaly
    >>> with detect_anomaly(), np.errstate(divide="ignore"):
    ...     y = np.log(Tensor([1.0, 0.0], requires_grad=True))
    Traceback (most recent call last):
      ...
    backprop_course.errors.AnomalyError: The forward value of 'log' is not finite.
      expected: finite numbers
      got:      1 of 2 entries, the first at (1,): -inf
      to mend:  look at the inputs of the line that made it: ...
    """
    with switched("anomaly", True):
        yield


class _Differentiating:
    """Refuse ``float(x)`` inside: what runs is differentiated, and would lose its gradient silently."""

    def __enter__(self) -> None:
        mode.depth += 1

    def __exit__(self, *_: object) -> None:
        mode.depth -= 1


differentiating = _Differentiating()


@contextlib.contextmanager
def tracing() -> Iterator[None]:
    """Record every call inside, comparisons too, and refuse to look at values: what `compile` runs under."""
    with switched("tracing", True):
        yield


_OURS = str(Path(__file__).parents[1])


def callers_line() -> str:
    """Name file, line and function of the innermost frame outside this package and NumPy."""
    frame = sys._getframe(1)
    while frame.f_back and (
        _OURS in frame.f_code.co_filename or "numpy" in frame.f_globals.get("__name__", "")
    ):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}, line {frame.f_lineno}, in {frame.f_code.co_name}"


def assert_finite(value: Any, what: str, where: str) -> None:
    """Raise `AnomalyError` when an entry of `value` is nan or infinite."""
    if not np.isfinite(value).all():
        raise refusals.not_finite(value, what, where)
