"""The students' right answers, called where a grader calls them: every form of exercise works there too."""

from __future__ import annotations

import importlib
import inspect

import pytest

from autograder.exercises import of_unit, units
from autograder.grading.grade import ask
from autograder.sandbox import Zygote

from .solutions import RIGHT


def cells(unit: str) -> list[str]:
    """A notebook's code cells: the unit's right answers, each under the name that is asked for."""
    module = importlib.import_module(f"{__package__}.solutions.{unit.lower()}")
    for exercise in of_unit(unit):
        right = RIGHT[exercise.id][0]
        for name, answer in (right if isinstance(right, dict) else {exercise.name: right}).items():
            assert vars(module)[name] is answer
    return [inspect.getsource(module)]


@pytest.mark.parametrize("unit", units())
def test_right_answers_earn_every_point_from_the_grader(unit: str) -> None:
    with Zygote() as zygote:
        questions, ran = ask(cells(unit), of_unit(unit), 11, zygote)
    assert {q.exercise: q.verdict.result for q in questions} == {e.id: "right" for e in of_unit(unit)}
    assert ran.flags == ()
