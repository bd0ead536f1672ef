"""Calls an answer in this process: what `check` does in a notebook. A class is graded in a sandbox."""

from __future__ import annotations

import contextlib
import io
import linecache
import signal
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._outcome import Call, Outcome, Value, decoded


def in_process(function: object, *, time_limit: float = 2.0) -> Call:
    """Return the call of `function` in this process, with copied inputs.

    Parameters
    ----------
    function : object
        What the learner handed in; it need not be callable.
    time_limit : float
        Seconds after which a call is interrupted, where the platform allows it: in the main thread of a
        system with interval timers.

    Returns
    -------
    callable
        Maps inputs to an `Outcome`. Whatever the function raises is caught, except an interrupt from the
        keyboard; what it prints is counted and not shown; warnings cost nothing.
    """

    def call(inputs: tuple[Value, ...]) -> Outcome:
        if not callable(function):
            return Outcome("missing", message=f"it is {_described(function)}, not a function")
        handed = tuple(copied(value) for value in inputs)
        sink = _Counter()
        try:
            with (
                contextlib.redirect_stdout(sink),
                contextlib.redirect_stderr(sink),
                _quiet(),
                _limit(time_limit),
            ):
                value = decoded(function(*handed))
        except KeyboardInterrupt:
            raise
        except _OutOfTime:
            return Outcome("timeout", message=f"interrupted after {time_limit:g} s", printed=sink.count)
        except BaseException as error:  # an answer may raise anything, SystemExit too
            return Outcome(
                "raised",
                inputs_changed=_changed(inputs, handed),
                error_type=type(error).__name__,
                message=_text_of(error),
                line=_learners_line(error, function),
                printed=sink.count,
            )
        return Outcome("returned", value, _changed(inputs, handed), printed=sink.count)

    return call


def copied(value: Value) -> Value:
    """Return a copy that keeps an array's order and whether it may be written to."""
    if isinstance(value, np.ndarray):
        copy = value.copy(order="K")
        copy.flags.writeable = value.flags.writeable
        return copy
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(copied(item) for item in value)
    return value


def same(a: Value, b: Value) -> bool:
    """Whether two trees of inputs hold the same, nan included."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (
            type(a) is type(b) and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        )
    if isinstance(a, dict):
        return type(b) is dict and a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


def _changed(before: tuple[Value, ...], after: tuple[Value, ...]) -> tuple[int, ...]:
    return tuple(i for i, (a, b) in enumerate(zip(before, after, strict=True)) if not same(a, b))


class _Counter(io.TextIOBase):
    """A stream that counts what is written to it and keeps nothing."""

    count = 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.count += len(text)
        return len(text)


class _OutOfTime(BaseException):
    """Not an Exception, so that an answer's own ``except Exception`` does not stop it."""


@contextlib.contextmanager
def _limit(seconds: float) -> Iterator[None]:
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    armed = True

    def interrupt(signum: int, frame: types.FrameType | None) -> None:
        if armed:
            raise _OutOfTime

    handler = signal.signal(signal.SIGALRM, interrupt)
    # Again every tenth of a second: a bare except inside the loop would swallow the first one.
    before = signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, *before)
        signal.signal(signal.SIGALRM, handler)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def _learners_line(error: BaseException, function: Callable[..., Any]) -> str | None:
    """Return the last line of the learner's own file or cell that the error passed through."""
    code = getattr(function, "__code__", None)
    frames = []
    step = error.__traceback__
    while step is not None:
        frames.append((step.tb_frame.f_code.co_filename, step.tb_lineno))
        step = step.tb_next
    own = [(name, number) for name, number in frames[1:] if code is None or name == code.co_filename]
    if not own:
        return None
    name, number = own[-1]
    source = linecache.getline(name, number).strip()
    first = getattr(code, "co_firstlineno", 1)
    where = f"line {number - first + 1} of the function" if code and number >= first else f"line {number}"
    return f"{where}, {source!r}" if source else where


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an exception whose own text raises
        return ""


def _described(value: object) -> str:
    kind = type(value).__name__
    return kind if value is None else f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
