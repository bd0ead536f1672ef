"""The autograder: `check` under an exercise, and the grading of a class by the same judge.

Read next: `exercise.py` (what an exercise is), `judge.py` (how an answer is judged), `exercises/`.
"""

from .check import check

__all__ = ["check"]
