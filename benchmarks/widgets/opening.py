"""How soon the gallery can be used: from the command `backprop-course explore` to a widget that is drawn."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.running import PATIENCE, Started


@dataclass(frozen=True)
class Opening:
    """Seconds until the address is printed, from there to its page, and from a card to its widget."""

    address: float
    index: float
    widget: float

    @property
    def usable(self) -> float:
        """From the command to the first widget that answers."""
        return self.address + self.index + self.widget


def measure(browser: Any, scratch: Path) -> Opening:
    """Open the gallery once, and the graph stepper in it."""
    scratch.mkdir()
    begun = time.perf_counter()
    started = Started(
        [sys.executable, "-m", "backprop_course.cli", "explore", "--no-browser"],
        folder=scratch,
        scratch=scratch,
    )
    try:
        address = started.address(r"http://\S+/\?token=\w+").replace("localhost", "127.0.0.1")
        announced = time.perf_counter()
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(address, wait_until="commit")
        card = page.get_by_role("link", name="Graph stepper")
        card.wait_for()
        shown = time.perf_counter()
        card.click()
        page.locator(".bc-widget").wait_for()
        there = time.perf_counter()
        page.close()
    finally:
        started.close()
    return Opening(announced - begun, shown - announced, there - shown)
