"""The course's own solutions, graded as a submission, earn every point: a right answer is never hindered."""

from __future__ import annotations

import pytest

from autograder.exercise import Exercise
from autograder.exercises import of_unit
from autograder.grading.grade import grade_notebook
from autograder.nbgrader.source import solution_path, source_notebook, units_with_text
from autograder.release import REPOSITORY
from autograder.sandbox import Zygote
from tests.classroom import as_bytes

# Their stubs are wrong functions, to be repaired.
GIVEN_BROKEN = {"NB10.E04"}


def asked_in(unit: str) -> tuple[Exercise, ...]:
    """The unit's exercises that stand in its text."""
    text = solution_path(unit, REPOSITORY).read_text(encoding="utf-8")
    return tuple(exercise for exercise in of_unit(unit) if f'"{exercise.grade_id}"' in text)


@pytest.mark.parametrize("unit", units_with_text(REPOSITORY))
def test_the_solutions_of_a_unit_earn_every_point(unit: str, zygote: Zygote) -> None:
    result = grade_notebook(as_bytes(source_notebook(unit, REPOSITORY)), asked_in(unit), 11, zygote)
    assert result.state == "graded"
    assert {q.exercise: q.score for q in result.questions} == {e.id: e.points for e in asked_in(unit)}
    assert result.flags == ()
    assert all(question.source for question in result.questions)


@pytest.mark.parametrize("unit", units_with_text(REPOSITORY))
def test_what_is_released_earns_nothing_and_is_not_yet_written(unit: str, zygote: Zygote) -> None:
    released = (REPOSITORY / "notebooks" / unit / f"{unit}.ipynb").read_bytes()
    result = grade_notebook(released, asked_in(unit), 11, zygote)
    assert result.state == "graded"
    written = {q.exercise for q in result.questions if q.verdict.result != "not yet written"}
    assert written == GIVEN_BROKEN & {exercise.id for exercise in asked_in(unit)}
    assert result.score == 0.0
