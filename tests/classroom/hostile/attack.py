"""What an attack is: a submission, and what its answer deserves apart from what else it does.

Every attack is bounded: one that got through would cost a little memory, a few files or seconds, no more.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TypeAlias

from autograder.grading.result import State
from tests.classroom import RIGHT, notebook_of

Came: TypeAlias = tuple[State, float | None]

FULL: Came = ("graded", 3.0)
NOTHING: Came = ("graded", 0.0)
ENDLESS: Came = ("timeout", 0.0)
CRASHED: Came = ("crashed", 0.0)
HUNGRY: Came = ("out_of_memory", 0.0)
UNREADABLE: Came = ("unreadable", None)


@dataclass(frozen=True)
class Attack:
    """One hostile submission.

    Parameters
    ----------
    name : str
        What it tries, in a word or two.
    data : bytes
        The file.
    deserves : tuple of (State, float or None), one or several
        What grading it may come to. Several where the kernel or the C library decides how it ends.
    """

    name: str
    data: bytes
    deserves: tuple[Came, ...]


def doing(name: str, action: str, *deserves: Came, returns: str = RIGHT) -> Attack:
    """An attack by the answer itself: `action` is tried, and then something is returned."""
    body = textwrap.indent(textwrap.dedent(action).strip() or "pass", " " * 8)
    answer = (
        "import ctypes, gc, glob, os, signal, socket, sqlite3, subprocess, sys, threading, time\n"
        "import numpy as np\n"
        "def affine_backward(dY, X, W):\n"
        "    stolen = None\n"
        f"    try:\n{body}\n"
        "    except Exception: pass\n"
        f"    {returns}\n"
    )
    return Attack(name, notebook_of(answer), deserves or (FULL,))


def of_cells(name: str, *cells: str, deserves: tuple[Came, ...] = (NOTHING,)) -> Attack:
    """An attack by what stands in the notebook."""
    return Attack(name, notebook_of(*map(textwrap.dedent, cells)), deserves)
