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
    """A notebook's code cells: the unit's right answers, each under the name that the exercise asks for."""
    module = importlib.import_module(f"{__package__}.solutions.{unit.lower()}")
    named = []
    for exercise in of_unit(unit):
        right = RIGHT[exercise.id][0]
        place = f"RIGHT[{exercise.id!r}][0]"
        named += (
            [f"{name} = {place}[{name!r}]" for name in right]
            if isinstance(right, dict)
            else [f"{exercise.name} = {place}"]
        )
    return [inspect.getsource(module), "\n".join(named)]


@pytest.mark.parametrize("unit", units())
def test_right_answers_earn_every_point_from_the_grader(unit: str) -> None:
    with Zygote() as zygote:
        questions, ran = ask(cells(unit), of_unit(unit), 11, zygote)
    assert {q.exercise: q.verdict.result for q in questions} == {e.id: "right" for e in of_unit(unit)}
    assert ran.flags == ()
