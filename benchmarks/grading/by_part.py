"""Processor time of one right submission: the grader's own, and that of the processes that run answers."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from autograder.exercises import of_unit
from autograder.grading.grade import grade_notebook
from autograder.sandbox import Zygote

from .submissions import UNIT, right

_WARM = 5  # submissions before the first that counts: the hidden instances are made then


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time of one right submission.

    Parameters
    ----------
    parent, processes : float
    isolation : str
    """

    parent: float
    processes: float
    isolation: str


def measure(count: int, rounds: int, look: Callable[[], None]) -> Cost:
    """Grade `count` right submissions, `rounds` times; the medians of a submission.

    The zygote and its children are known once they have ended. What starting them costs is that of a run
    with the warming submissions alone. After each round there is a `look` at the machine.
    """
    files = [right(number) for number in range(count + _WARM)]
    parents, processes, isolation = [], [], ""
    for _ in range(rounds):
        _, started, _ = _graded(files[:_WARM])
        own, all_, isolation = _graded(files)
        parents.append(own / count * 1e3)
        processes.append((all_ - started) / count * 1e3)
        look()
    return Cost(statistics.median(parents), statistics.median(processes), isolation)


def _graded(files: list[bytes]) -> tuple[float, float, str]:
    exercises = of_unit(UNIT)
    before, isolation, begun = _of_children(), "", 0.0
    with Zygote() as zygote:
        for number, data in enumerate(files):
            if number == _WARM:
                begun = time.process_time()
            result = grade_notebook(data, exercises, 1, zygote)
            missing = [q.exercise for q in result.questions if q.score != q.max_score]
            if missing != ["NB04.E05"]:
                raise SystemExit(f"error: a right submission lost points in {missing}")
            isolation = result.isolation
        own = time.process_time() - begun if begun else 0.0
    return own, _of_children() - before, isolation


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
