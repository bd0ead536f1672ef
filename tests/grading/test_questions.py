"""Item statistics: against SciPy, against hand-made classes, and silence where a class is too small."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from autograder.exercises import of_unit
from autograder.grading.questions import FEWEST, correlation, statistics
from autograder.grading.result import Row

UNIT = of_unit("NB06")[:3]


def row(student: str, *scores: float | None) -> Row:
    given = {e.id: s for e, s in zip(UNIT, scores, strict=True) if s is not None}
    right = tuple(e.id for e in UNIT if given.get(e.id) == e.points)
    return Row(
        student=student,
        file=f"{student}.ipynb",
        state="graded",
        key="",
        score=sum(given.values()) if given else None,
        reason="",
        flags=(),
        isolation="sandbox",
        notes=(),
        seconds=0.1,
        scores=given,
        right=right,
        mistakes=(),
        troubles={},
    )


def full(*right: bool) -> list[float]:
    return [e.points if is_right else 0.0 for e, is_right in zip(UNIT, right, strict=True)]


def test_the_interval_is_that_of_scipy(rng: np.random.Generator) -> None:
    x = rng.normal(size=40)
    y = x + rng.normal(size=40)
    expected = stats.pearsonr(x, y)
    interval = expected.confidence_interval(0.95)
    # 1.96 stands for the quantile 1.95996 of the normal distribution.
    assert correlation(x, y) == pytest.approx((expected.statistic, interval.low, interval.high), abs=1e-4)


def test_a_question_of_right_or_wrong_has_the_point_biserial_correlation(rng: np.random.Generator) -> None:
    wins = rng.random((50, 3)) < 0.6
    rows = [row(f"s{i}", *full(*w)) for i, w in enumerate(wins)]
    first = statistics(UNIT, rows)[0]
    others = [sum(full(*w)[1:]) for w in wins]
    assert first.discrimination == pytest.approx(stats.pointbiserialr(wins[:, 0], others).statistic)
    assert first.low is not None
    assert first.high is not None
    assert first.low < first.discrimination < first.high


def test_a_question_is_not_correlated_with_itself(rng: np.random.Generator) -> None:
    """One question alone decides who is right; it has nothing to do with the others."""
    wins = np.column_stack([np.arange(400) % 2 == 0, *(rng.random((2, 400)) < 0.5)])
    first = statistics(UNIT, [row(f"s{i}", *full(*w)) for i, w in enumerate(wins)])[0]
    assert first.discrimination is not None
    # Of 400 independent pairs the correlation has a standard deviation of 0.05; with the whole score
    # it would be about 0.3.
    assert abs(first.discrimination) < 0.2


def test_rates_count_those_who_were_judged() -> None:
    rows = [
        row("ana", *full(True, True, False)),
        row("bo", *full(False, True, False)),
        row("cy", *[None] * 3),
    ]
    found = statistics(UNIT, rows)
    assert [(q.right, q.asked, q.rate) for q in found] == [(1, 2, 0.5), (2, 2, 1.0), (0, 2, 0.0)]
    assert found[0].mean == UNIT[0].points / 2


def test_a_withheld_score_counts_neither_as_none_nor_as_zero() -> None:
    rows = [row(f"s{i}", *full(i % 2 == 0, i % 3 == 0, i % 5 == 0)) for i in range(30)]
    before = statistics(UNIT, rows)
    after = statistics(UNIT, [*rows, row("withheld", None, UNIT[1].points, UNIT[2].points)])
    assert [q.discrimination for q in after] == [q.discrimination for q in before]
    assert after[0].mean == before[0].mean


@pytest.mark.parametrize("students", [0, 1, FEWEST - 1])
def test_a_small_class_says_nothing_about_discrimination(students: int) -> None:
    rows = [row(f"s{i}", *full(i % 2 == 0, i % 3 == 0, True)) for i in range(students)]
    assert all(q.discrimination is None for q in statistics(UNIT, rows))


def test_what_all_get_right_has_no_discrimination() -> None:
    rows = [row(f"s{i}", *full(True, i % 2 == 0, i % 3 == 0)) for i in range(20)]
    first, second, _ = statistics(UNIT, rows)
    assert first.discrimination is None
    assert second.discrimination is not None
