"""The command: ``python -m benchmarks.widgets [--quick] [--write]``."""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import QUIET

from ..machine import Conditions, Machine
from ..report import table
from . import in_lab, opening

PATH = Path(__file__).with_name("RESULTS.md")
STEP, TRIP, TRIP_90, LATE, FIRST = 16, 50, 100, 150, 1000  # ms
SENT, USABLE, STARTED = 50_000, 8.0, 10.0  # bytes; seconds

_HEAD = """\
# Widgets

Written by `python -m benchmarks.widgets --write`.

{machine}; Chromium {chromium} without a GPU; JupyterLab {lab}; anywidget {anywidget}; Voilà {voila}
{conditions}
JupyterLab runs as `backprop-course start` runs it: what widgets ask of the kernel is not shown as "busy".
All times are taken in the page. A step without the kernel ends when everything is changed and laid out;
the frame that shows it comes at the next turn of the display, up to 16.7 ms later, which *drawn* includes.
A round trip is from moving a slider to the frame that shows the kernel's answer. A drag has 60 moves, a
second or more; late is what the last picture came later than the pointer's last move. Bytes are those of
all messages on the kernel's websocket, both ways. {count} steps and round trips of each widget, {drags}
drags, {rounds} runs of each cell; {openings} openings of the gallery and of the course, each with a server
that was not running before, and the course in an empty folder each time.
"""


def text(
    head: str, found: in_lab.Measured, openings: list[opening.Opening], starts: list[opening.Start]
) -> str:
    """Write the whole page."""
    handled = max(map(statistics.median, found.handled.values()))
    trip = max(map(statistics.median, found.trips.values()))
    tail = max(_tail(times) for times in found.trips.values())
    late = max(max(times) for times in found.late.values())
    sent = max(found.sent.values())
    first = max(map(statistics.median, found.first.values()))
    usable = statistics.median(one.usable for one in openings)
    started = statistics.median(one.usable for one in starts)
    rows = [
        ["a step in JavaScript, median", f"{handled:.1f} ms", f"{STEP} ms", _verdict(handled <= STEP)],
        ["a round trip to the kernel, median", f"{trip:.0f} ms", f"{TRIP} ms", _verdict(trip <= TRIP)],
        ["a round trip, 90th percentile", f"{tail:.0f} ms", f"{TRIP_90} ms", _verdict(tail <= TRIP_90)],
        ["last picture after a drag, worst", f"{late:.0f} ms late", f"{LATE} ms", _verdict(late <= LATE)],
        ["bytes a step", f"{sent / 1000:.1f} kB", f"{SENT / 1000:.0f} kB", _verdict(sent <= SENT)],
        ["first picture after its cell, median", f"{first:.0f} ms", f"{FIRST} ms", _verdict(first <= FIRST)],
        ["the gallery usable, median", f"{usable:.1f} s", f"{USABLE:g} s", _verdict(usable <= USABLE)],
        ["JupyterLab usable, median", f"{started:.1f} s", f"{STARTED:g} s", _verdict(started <= STARTED)],
    ]
    return "\n".join(
        [
            head,
            "Each row has the worst of the widgets that were timed: those in the tables below.\n",
            table(["", "measured", "must", "verdict"], rows),
            "## Steps without the kernel, in ms\n",
            table(
                ["", "median", "90th percentile", "drawn, median"],
                [
                    [
                        name,
                        f"{statistics.median(times):.1f}",
                        f"{_tail(times):.1f}",
                        _median(found.shown[name]),
                    ]
                    for name, times in found.handled.items()
                ],
            ),
            "## What the kernel answers\n",
            table(
                [
                    "",
                    "median, ms",
                    "90th percentile, ms",
                    "kB a step",
                    "late after a drag, ms",
                    "pictures a drag",
                ],
                [
                    [
                        name,
                        _median(times),
                        f"{_tail(times):.0f}",
                        f"{found.sent[name] / 1000:.1f}",
                        ", ".join(f"{late:.0f}" for late in found.late.get(name, ())) or "not dragged",
                        _median(found.pictures[name]) if name in found.pictures else "",
                    ]
                    for name, times in found.trips.items()
                ],
            ),
            "## From running a cell to its first picture, in ms\n",
            "The kernel has imported the widgets before.\n",
            table(
                ["", "median", "most"],
                [[name, _median(times), f"{max(times):.0f}"] for name, times in found.first.items()],
            ),
            "## The gallery, in seconds\n",
            table(
                ["", "until the address", "until its page", "from a card to its widget", "in all"],
                [
                    [
                        f"opening {k}",
                        f"{one.address:.1f}",
                        f"{one.index:.1f}",
                        f"{one.widget:.1f}",
                        f"{one.usable:.1f}",
                    ]
                    for k, one in enumerate(openings, 1)
                ],
            ),
            "## JupyterLab with the course, in seconds\n",
            table(
                ["", "until the address", "until the index", "in all"],
                [
                    [f"start {k}", f"{one.address:.1f}", f"{one.index:.1f}", f"{one.usable:.1f}"]
                    for k, one in enumerate(starts, 1)
                ],
            ),
        ]
    )


def _tail(times: list[float]) -> float:
    """Return the 90th percentile."""
    return sorted(times)[min(len(times) - 1, round(0.9 * len(times)))]


def _median(numbers: Iterable[float]) -> str:
    return f"{statistics.median(numbers):.0f}"


def _verdict(met: bool) -> str:
    return "met" if met else "MISSED"


def main() -> int:
    """Measure, print the page, and with ``--write`` keep it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.widgets", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few of everything: does it run?")
    parser.add_argument("--write", action="store_true", help="write benchmarks/widgets/RESULTS.md")
    options = parser.parse_args()
    if options.write and options.quick:
        parser.error("RESULTS.md is written by a full run only")
    chromium = shutil.which("chromium")
    if chromium is None:
        parser.error("Chromium is not installed; on Debian: apt-get install chromium")
    sizes = (
        {"count": 5, "drags": 1, "rounds": 1} if options.quick else {"count": 100, "drags": 5, "rounds": 3}
    )
    openings = 1 if options.quick else 3
    conditions = Conditions()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="widgets-") as scratch:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        found = in_lab.measure(browser, Path(scratch) / "lab", look=conditions.look, **sizes)
        opened = [opening.of_the_gallery(browser, Path(scratch) / f"gallery{k}") for k in range(openings)]
        starts = [opening.of_the_course(browser, Path(scratch) / f"course{k}") for k in range(openings)]
        name = browser.version
        browser.close()
    page = text(
        _HEAD.format(
            machine=Machine(),
            chromium=name,
            lab=version("jupyterlab"),
            anywidget=version("anywidget"),
            voila=version("voila"),
            conditions=conditions,
            openings=openings,
            **sizes,
        ),
        found,
        opened,
        starts,
    )
    print(page)
    if options.write:
        PATH.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
