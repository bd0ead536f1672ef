"""Plain lines about a run, for a log file: where stderr is no terminal a bar would be drawn for nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

EVERY = 30.0  # seconds after which there is a line, whatever has happened
APART = 5.0  # seconds between two lines at least: a quick run says nothing
_STEPS = 10  # of a run, each worth a line


class Lines:
    """Says how far a run is, at each tenth of it and every half minute.

    Parameters
    ----------
    say : callable
        Writes the line.
    clock : callable, optional
        Seconds.
    """

    def __init__(self, say: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say, self._clock = say, clock
        self._last, self._step = clock(), 0
        self._one_at_a_time = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Also say something while nothing happens."""
        self._thread.start()

    def stop(self) -> None:
        """Say no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def came(self, done: int, total: int) -> None:
        """Take note of how many are done."""
        step = _STEPS * done // total if total else 0
        with self._one_at_a_time:
            if step > self._step and self._clock() - self._last >= APART:
                self._step = step
                self._write()

    def look(self) -> None:
        """Say something if that was long ago."""
        with self._one_at_a_time:
            if self._clock() - self._last >= EVERY:
                self._write()

    def _write(self) -> None:
        self._last = self._clock()
        self._say()

    def _watch(self) -> None:
        while not self._ended.wait(1.0):
            self.look()
