"""A class of attacks: what each tries, and what it deserves. Graded in `tests/grading/test_hostile.py`."""

from .attack import Attack as Attack
from .exhausting import ATTACKS as EXHAUSTING
from .lying import ATTACKS as LYING
from .prying import attacks as prying

__all__ = ["EXHAUSTING", "LYING", "Attack", "prying"]
