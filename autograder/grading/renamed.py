"""Answers under another name: nothing is called by it and it earns nothing, but a person is told to look.

Submitted code is not parsed in the grader's process; one regular expression finds definitions in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..exercise import Exercise
from ..exercises import of_unit
from .released import released_cells

_DEFINITION = re.compile(r"^[ \t]*def[ \t]+(\w+)[ \t]*\(([^()]*)\)", re.MULTILINE)
_FEWEST = 2  # parameters: those of one are alike by chance


def under_another_name(cells: Sequence[str], exercise: Exercise) -> str:
    """Return what to tell of a function that is not defined, but whose arguments another one has.

    Parameters
    ----------
    cells : sequence of str
        The code cells of a submission.
    exercise : Exercise

    Returns
    -------
    str
        A sentence, empty where nothing is missing, or none or several of the submission's own functions have
        just these parameters in this order.
    """
    own = dict(_definitions(cells))
    known = {name for name, _ in _definitions(released_cells(exercise.unit))}
    known |= {name for other in of_unit(exercise.unit) for name in other.names}
    for form in (form for piece in exercise.tried for form in piece.forms):
        alike = [name for name, taken in own.items() if taken == form.parameters and name not in known]
        if form.name not in own and len(form.parameters) >= _FEWEST and len(alike) == 1:
            arguments = ", ".join(form.parameters)
            return f"{form.name} is not defined; {alike[0]}({arguments}) takes the same arguments"
    return ""


def _definitions(cells: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and the parameters of each function, without annotations and defaults."""
    for cell in cells:
        for name, inside in _DEFINITION.findall(cell):
            parts = (re.split("[:=]", part)[0].strip() for part in inside.split(","))
            yield name, tuple(part for part in parts if part)
