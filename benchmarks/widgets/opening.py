"""How soon one can begin: the gallery with a widget that is drawn, the course with its index."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@dataclass(frozen=True)
class Start:
    """Seconds until the address of JupyterLab is printed, and from there to the index with its table."""

    address: float
    index: float

    @property
    def usable(self) -> float:
        """From the command, in an empty folder, to a unit that can be opened."""
        return self.address + self.index


def of_the_course(browser: Any, scratch: Path) -> Start:
    """Copy the units into an empty folder and open JupyterLab on them once."""
    with _begun("start", scratch) as (started, begun):
        address = started.address().replace("localhost", "127.0.0.1")
        announced = time.perf_counter()
        page = _page(browser, address)
        page.locator(".jp-Notebook table").get_by_role("link", name="NB01").wait_for()
        shown = time.perf_counter()
        page.close()
    return Start(announced - begun, shown - announced)


def of_the_gallery(browser: Any, scratch: Path) -> Opening:
    """Open the gallery once, and the graph stepper in it."""
    with _begun("explore", scratch) as (started, begun):
        address = started.address(r"http://\S+/\?token=\w+").replace("localhost", "127.0.0.1")
        announced = time.perf_counter()
        page = _page(browser, address)
        card = page.get_by_role("link", name="Graph stepper")
        card.wait_for()
        shown = time.perf_counter()
        card.click()
        page.locator(".bc-widget").wait_for()
        there = time.perf_counter()
        page.close()
    return Opening(announced - begun, shown - announced, there - shown)


@contextmanager
def _begun(command: str, scratch: Path) -> Iterator[tuple[Started, float]]:
    """Run a command in a folder of its own; it, and when it was begun."""
    scratch.mkdir()
    begun = time.perf_counter()
    line = [sys.executable, "-m", "backprop_course.cli", command, "--no-browser"]
    started = Started(line, folder=scratch, scratch=scratch)
    try:
        yield started, begun
    finally:
        started.close()


def _page(browser: Any, address: str) -> Any:
    page = browser.new_page(viewport={"width": 1100, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(address, wait_until="commit")
    return page
