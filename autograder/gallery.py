"""What the autograder adds to the gallery of widgets; an entry point in pyproject.toml names it."""

from __future__ import annotations

from backprop_course.widgets import BreakIt
from backprop_course.widgets.break_it import EXERCISE
from backprop_course.widgets.gallery import Entry
from backprop_course.widgets.trace_break import sound_backward

from .check import check

_MISTAKES = len(check.broken(EXERCISE, sound_backward))

BREAK_IT = Entry(
    "Break it",
    "Switch on a mistake in a backward pass: the check names it, while the training often looks fine.",
    "NB10",
    lambda: BreakIt(check, mistake=8),
    [{"mistake": range(_MISTAKES + 1)}],
    note="Points are those of an exercise of unit NB10, which asks for this backward pass. "
    "M01, M02 and so on number the mistakes that the check knows by name.",
)
