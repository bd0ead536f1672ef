"""The autograder: `check` under an exercise, and the grading of a class by the same judge.

Read next: `exercise.py` (what an exercise is), `judge.py` (how an answer is judged), `exercises/`.
"""

from ._interrupted import leave_if_command as _leave_if_command

try:
    from .check import check
except KeyboardInterrupt:
    _leave_if_command()
    raise

__all__ = ["check"]
