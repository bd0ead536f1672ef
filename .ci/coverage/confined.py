"""Measures processes that coverage cannot: those that a sandbox confines, and that are killed when done.

Each step from line to line is marked in a file that is mapped into memory. A mapping outlives the change of
root, user and namespaces and the filter of system calls, needs no descriptor, is shared with all that the
process forks, and keeps what was marked before a process was killed.
"""

from __future__ import annotations

import dis
import functools
import mmap
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

MARKS = "COVERAGE_OF_THE_CONFINED"  # the variable with the file's path
CONFINED = ("zygote_main.py", "kernel_main.py")
PARTS = ("autograder", "autograder/sandbox", "autograder/nbgrader", "autograder/probes")
LINES = 640  # of a file at most; numbers are negative where a function is entered and left
SIDE = 2 * LINES

ROOT = Path(__file__).resolve().parents[2]
FILES = [path.relative_to(ROOT) for part in PARTS for path in sorted((ROOT / part).glob("*.py"))]
SIZE = len(FILES) * SIDE * SIDE


def place(number: int, start: int, end: int) -> int:
    """Return where a step is marked that leads from one line of a file to another."""
    return (number * SIDE + start + LINES) * SIDE + end + LINES


def begin() -> None:
    """Mark what this process does if it is confined; else see to it that those which it starts will be."""
    if any(argument.endswith(CONFINED) for argument in sys.orig_argv):
        mark_steps()
    else:
        hand_on()


def hand_on() -> None:
    """Have confined processes started with what measures them; they have else nothing of our environment."""
    handed = {name: os.environ[name] for name in (MARKS, "PYTHONPATH")}
    start = subprocess.Popen.__init__

    @functools.wraps(start)
    def measured(self: Any, args: Any, *more: Any, **named: Any) -> None:
        if isinstance(args, list) and any(str(argument).endswith(CONFINED) for argument in args):
            named["env"] = {**named["env"], **handed}
        start(self, args, *more, **named)

    subprocess.Popen.__init__ = measured  # type: ignore[method-assign]


def mark_steps() -> None:
    """Mark each step of this process, and of those that it forks."""
    with open(os.environ.pop(MARKS), "r+b") as file:
        marks = mmap.mmap(file.fileno(), SIZE)
    del os.environ["PYTHONPATH"]
    sys.path.remove(str(Path(__file__).parent))
    # A notebook's kernel sees the autograder in another folder.
    known = {f"{root}/{path}": number for number, path in enumerate(FILES) for root in (ROOT, "/course")}
    resume = dis.opmap["RESUME"]

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        number = known.get(code.co_filename)
        if number is None:
            return None
        entry = -code.co_firstlineno
        # A generator that goes on, or stops for a while, is neither entered nor left.
        goes_on = code.co_code[frame.f_lasti + 1] & 3
        last = frame.f_lineno if goes_on else entry

        # Returns nothing: the function stays, and does not hold itself. Garbage would be collected during an
        # answer's call, with what the answer has left, whose destructor may never come back.
        def step(frame: FrameType, event: str, argument: Any) -> None:
            nonlocal last
            if event == "line":
                marks[place(number, last, frame.f_lineno)] = 1
                last = frame.f_lineno
            elif event == "return":
                after = frame.f_lasti + 2
                if after >= len(code.co_code) or code.co_code[after] != resume:
                    marks[place(number, last, entry)] = 1

        return step

    threading.settrace(called)
    sys.settrace(called)
