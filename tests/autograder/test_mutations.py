"""Ten random small edits of each right answer are refused, except where an edit changes nothing."""

from __future__ import annotations

import pytest

from autograder.judge import in_process, judge

from .answers import EXERCISES
from .mutations import mutants
from .solutions import EQUAL, RIGHT


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_random_edits_of_a_right_answer_are_refused(exercise):
    equal = EQUAL.get(exercise.id, {})
    survived = []
    for mutant in mutants(exercise.id):
        before, _, after = mutant.line.partition(" -> ")
        assert before != after
        handed = mutant.answer if isinstance(mutant.answer, dict) else {exercise.name: mutant.answer}
        v = judge(exercise, in_process(handed, time_limit=0.5), seed=0, visible=False)
        if v.ok and mutant.line not in equal:
            survived.append(mutant.line)
    assert survived == [], "give more telling instances, or say in EQUAL why these change nothing"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_what_is_said_to_change_nothing_is_an_edit_with_a_reason(exercise):
    lines = {mutant.line for mutant in mutants(exercise.id)}
    for line, reason in EQUAL.get(exercise.id, {}).items():
        assert line in lines, "there is no such edit any more"
        assert len(reason) > 10


def test_edits_do_not_reach_the_right_answer_itself():
    before = {id: [repr(answer) for answer in answers] for id, answers in RIGHT.items()}
    mutants("NB06.E06")
    assert {id: [repr(answer) for answer in answers] for id, answers in RIGHT.items()} == before
