"""The progress bar: `tqdm.auto` where it is installed, and nothing where it is not."""

from __future__ import annotations

import time
from typing import Any

_EVERY = 0.1  # seconds between two looks: tiny steps are not slowed down


class Bar:
    """Shows how far a run has come.

    Parameters
    ----------
    steps, done : int
        How many there will be, and how many there were before a run was resumed.
    shown : bool
        Whether there is a bar at all.
    """

    def __init__(self, steps: int, done: int, *, shown: bool) -> None:
        self.bar: Any = None
        self.at, self.next = done, 0.0
        if shown:
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self.bar = tqdm(total=steps, initial=done, unit="step", leave=False, dynamic_ncols=True)

    def move(self, step: int, text: str) -> None:
        """Show step and `text`, unless that was done a moment ago."""
        if self.bar is None or (now := time.monotonic()) < self.next:
            return
        self.next = now + _EVERY
        self.bar.set_postfix_str(text, refresh=False)
        self.bar.update(step - self.at)
        self.at = step

    def close(self) -> None:
        """Take the bar away; what stays to be seen is the history."""
        if self.bar is not None:
            self.bar.close()
