"""The course's own solutions, graded as a submission, earn every point: a right answer is never hindered."""

from __future__ import annotations

import pytest

from autograder.exercises import of_unit, units
from autograder.grading.grade import grade_notebook
from autograder.nbgrader.source import source_notebook
from autograder.release import REPOSITORY
from autograder.sandbox import Zygote
from tests.classroom import as_bytes


@pytest.mark.parametrize("unit", units())
def test_the_solutions_of_a_unit_earn_every_point(unit: str, zygote: Zygote) -> None:
    result = grade_notebook(as_bytes(source_notebook(unit, REPOSITORY)), of_unit(unit), 11, zygote)
    assert result.state == "graded"
    assert {q.exercise: q.score for q in result.questions} == {e.id: e.points for e in of_unit(unit)}
    assert result.flags == ()
    assert all(question.source for question in result.questions)


@pytest.mark.parametrize("unit", units())
def test_what_is_released_earns_nothing_and_is_not_yet_written(unit: str, zygote: Zygote) -> None:
    released = (REPOSITORY / "notebooks" / unit / f"{unit}.ipynb").read_bytes()
    result = grade_notebook(released, of_unit(unit), 11, zygote)
    assert result.state == "graded"
    assert {q.verdict.result for q in result.questions} == {"not yet written"}
    assert result.score == 0.0
