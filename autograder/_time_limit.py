"""Interrupts what runs for too long in this process, and surely stops doing so when it has ended."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType


class OutOfTime(BaseException):
    """Not an Exception, so that an answer's own ``except Exception`` does not stop it."""


class TimeLimit:
    """Raises `OutOfTime` in what runs inside, a context manager; nothing where there is no way to.

    There is one in the main thread of a system with interval timers.

    Parameters
    ----------
    seconds : float
        Of wall time until it is raised; again every tenth of a second, since a bare ``except`` inside a loop
        would swallow the first one.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._armed = seconds, False

    def __enter__(self) -> None:
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            return
        self._armed = True
        self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        self._handler = signal.signal(signal.SIGALRM, self._interrupt)
        self._before = signal.setitimer(signal.ITIMER_REAL, self._seconds, 0.1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._armed:
            self._armed = False
            signal.setitimer(signal.ITIMER_REAL, *self._before)
            signal.signal(signal.SIGALRM, self._handler)
            sys.unraisablehook = self._hook

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        # Raised in one of these two, it would leave the timer on for good: there will be another one.
        if self._armed and not (frame and frame.f_code in _ON_AND_OFF):
            raise OutOfTime

    def _unraisable(self, what: sys.UnraisableHookArgs) -> None:
        if not issubclass(what.exc_type, OutOfTime):  # raised in a destructor: there will be another one
            self._hook(what)


_ON_AND_OFF = (TimeLimit.__enter__.__code__, TimeLimit.__exit__.__code__)
