"""How the text's own solution and its empty stubs do, run as the class's notebooks are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from backprop_course.errors import CourseError

from ..exercise import Exercise
from ..grading.grade import ask
from ..grading.notebook import code_cells
from ..grading.result import Question
from ..nbgrader.source import solution_path, source_notebook
from ..release import released_notebook
from ..sandbox import Limits, Zygote
from .finding import Finding, told

Answered = dict[str, list[Question]] | str


class HandedIn:
    """The solution and the released notebook of a unit, as if somebody had handed them in; each runs once.

    Parameters
    ----------
    exercises : sequence of Exercise
        Of one unit.
    root : Path
        The course's folder.
    seeds : sequence of int
    """

    def __init__(self, exercises: Sequence[Exercise], root: Path, seeds: Sequence[int]) -> None:
        self.exercises, self.root, self.seeds = exercises, root, seeds
        self.unit = exercises[0].unit

    def solution(self, exercise: Exercise) -> Finding:
        """Return whether the solution gets full points, with every seed."""
        return self._found("solution", self._solved, exercise, _solution_trouble, "full points")

    def stub(self, exercise: Exercise) -> Finding:
        """Return whether what is released earns nothing, whatever stands in it."""
        return self._found("empty stub", self._released, exercise, _stub_trouble, "no points")

    def _found(
        self,
        what: str,
        answered: Answered,
        exercise: Exercise,
        trouble: Callable[[Question], str],
        held: str,
    ) -> Finding:
        if isinstance(answered, str):
            return Finding(what, answered)
        found = (trouble(question) for question in answered[exercise.id])
        return Finding(what, next(filter(None, found), ""), held)

    @cached_property
    def _solved(self) -> Answered:
        def cells() -> list[str]:
            notebook = source_notebook(self.unit, self.root)
            return [cell.source for cell in notebook.cells if cell.cell_type == "code"]

        return self._answered(cells, self.seeds)

    @cached_property
    def _released(self) -> Answered:
        return self._answered(lambda: code_cells(released_notebook(self.unit, self.root)), self.seeds[:1])

    def _answered(self, cells: Callable[[], list[str]], seeds: Sequence[int]) -> Answered:
        """Return the questions by exercise, or why there are none."""
        text = solution_path(self.unit, self.root)
        if not text.is_file():
            return f"not tried: there is no {text}; write it, or name your course's folder with --root"
        try:
            code = cells()
        except CourseError as error:
            return str(error)
        found: dict[str, list[Question]] = {exercise.id: [] for exercise in self.exercises}
        with Zygote(Limits()) as zygote:
            for seed in seeds:
                for question in ask(code, self.exercises, seed, zygote)[0]:
                    found[question.exercise].append(question)
        return found


def _solution_trouble(question: Question) -> str:
    verdict = question.verdict
    if question.score == question.max_score and verdict.ok and not verdict.mistakes:
        return ""
    if question.score is None:
        return f"withheld: {question.reason}"
    return f"{told(verdict)}{f' ({question.reason})' if question.reason else ''}"


def _stub_trouble(question: Question) -> str:
    verdict = question.verdict
    earned = verdict.ok or question.score != 0  # code to be repaired is an answer, and a wrong one
    return f"what is released earns {told(verdict)}" if earned else ""
