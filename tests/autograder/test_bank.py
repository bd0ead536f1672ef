"""The independent bank: wrong answers are refused and named rightly, right ones pass whatever their style."""

from __future__ import annotations

import pytest

from autograder import check
from benchmarks.diagnosis import judged

from .bank import RIGHT, WRONG, Right, Wrong
from .bank.second import WRONG as SECOND

wrong_ones = pytest.mark.parametrize(
    "wrong", [*WRONG, *SECOND], ids=lambda w: f"{w.exercise}-{w.label or 'none'}-{w.why}"
)
right_ones = pytest.mark.parametrize("right", RIGHT, ids=lambda r: f"{r.exercise}-{r.style}")


@wrong_ones
def test_a_wrong_answer_is_refused(wrong: Wrong) -> None:
    verdict = check(wrong.exercise, wrong.answer)
    if wrong.label == "M16":  # a convention: accepted, with a remark
        assert verdict.ok
        assert verdict.mistakes == ["M16"]
    else:
        assert not verdict.ok


@right_ones
def test_a_right_answer_passes_with_full_points(right: Right) -> None:
    verdict = check(right.exercise, right.answer)
    assert verdict.ok, str(verdict)
    assert verdict.score == verdict.max_score
    assert verdict.mistakes == []


def test_the_bank_is_as_large_as_it_was_asked_to_be() -> None:
    assert len(WRONG) >= 150
    assert len({wrong.exercise for wrong in WRONG}) >= 40
    assert len(RIGHT) >= 100


BANKS = {"first round": WRONG, "second round": SECOND}


@pytest.mark.parametrize("name", BANKS)
def test_nine_in_ten_are_named_rightly_and_hardly_any_wrongly(name: str) -> None:
    # The bounds are those that the course promises; benchmarks/diagnosis/RESULTS.md has the counts.
    told = [judged(wrong) for wrong in BANKS[name]]
    of_the_catalogue = [one for one in told if one.wrong.label]
    assert sum(one.is_named_rightly for one in of_the_catalogue) >= 0.9 * len(of_the_catalogue)
    assert sum(one.is_named_wrongly for one in told) <= 0.02 * len(told)
