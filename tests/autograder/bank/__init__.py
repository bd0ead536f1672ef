"""A bank of answers for measuring the diagnosis, written from the notebooks' text and the course map alone.

Whoever wrote them had not seen `autograder.mistakes`, nor the declarations of exercises. Mistakes are
put as students put them, and labelled with the catalogue of wrong gradients of the course map (M01 to
M36). The modules of a unit hold ``WRONG``, a list of `Wrong`, and ``RIGHT``, a list of `Right`. When the
first round had been measured, declarations were mended by what it showed; ``second`` is a fresh one,
measured then.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wrong:
    """A wrong answer.

    Parameters
    ----------
    exercise : str
        ``"NB06.E06"``.
    label : str
        The code of its mistake, ``"M03"``; two made at once ``"M03+M04"``; empty for one that the catalogue
        does not have.
    why : str
        What went wrong, in a few words.
    answer : object
        The function or class; a dict by name where an exercise asks for several things.
    """

    exercise: str
    label: str
    why: str
    answer: Any


@dataclass(frozen=True)
class Right:
    """A right answer in an unusual style, which `style` names."""

    exercise: str
    style: str
    answer: Any


_MODULES = [
    importlib.import_module(f"{__name__}.{info.name}")
    for info in sorted(pkgutil.iter_modules(__path__))
    if info.name.startswith("nb")
]
WRONG: list[Wrong] = [wrong for module in _MODULES for wrong in module.WRONG]
RIGHT: list[Right] = [right for module in _MODULES for right in module.RIGHT]
