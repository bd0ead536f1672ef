"""Ctrl-C while a step is being taken: the step is finished first, so that no update is left half done."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Pressed:
    """Whether Ctrl-C was pressed; false until then."""

    def __init__(self) -> None:
        self.once = False

    def __bool__(self) -> bool:
        return self.once


@contextlib.contextmanager
def held_back() -> Iterator[Pressed]:
    """Note the first Ctrl-C instead of raising `KeyboardInterrupt`; the second one raises as ever.

    Only the main thread gets signals; elsewhere, and where the program has a handler of its own, nothing
    is changed.
    """
    pressed = Pressed()
    usual = threading.current_thread() is threading.main_thread()
    if not usual or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed
        return

    def note(number: int, frame: FrameType | None) -> None:
        if pressed.once:
            signal.default_int_handler(number, frame)
        pressed.once = True

    signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
