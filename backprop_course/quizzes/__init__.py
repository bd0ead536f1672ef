"""The self-check quizzes of the units, each declared once: ``nb04.py`` holds those of NB04.

A notebook shows one with ``quiz("NB04.Q1")`` from `backprop_course.widgets`. The answers stand here and not
in the cell. Quizzes give no points.
"""

from __future__ import annotations

import importlib
import importlib.util
import re

from ..errors import UsageError
from .questions import Choice as Choice
from .questions import Numeric as Numeric
from .questions import Option as Option
from .questions import Order as Order
from .questions import Question as Question
from .questions import Shape as Shape
from .questions import right as right
from .questions import wrong as wrong

__all__ = ["Choice", "Numeric", "Option", "Order", "Question", "Shape", "questions_of", "right", "wrong"]


def questions_of(quiz_id: str) -> tuple[Question, ...]:
    """Return the questions of a quiz.

    Parameters
    ----------
    quiz_id : str
        Such as ``"NB04.Q1"``.

    Raises
    ------
    UsageError
        If there is no quiz of that name.
    """
    declared = _of_unit(quiz_id.partition(".")[0])
    if quiz_id not in declared:
        raise UsageError(
            f"There is no quiz {quiz_id!r}.",
            expected=", ".join(sorted(declared)) or "a name such as 'NB04.Q1'",
            got=quiz_id,
            mend="use one of these names; they stand in the unit's notebook.",
        )
    return declared[quiz_id]


def _of_unit(unit: str) -> dict[str, tuple[Question, ...]]:
    module = f"{__name__}.{unit.lower()}"
    if not re.fullmatch(r"NB\d\d", unit) or importlib.util.find_spec(module) is None:
        return {}
    declared: dict[str, tuple[Question, ...]] = importlib.import_module(module).QUIZZES
    return declared
