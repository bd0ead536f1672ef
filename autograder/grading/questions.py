"""How the questions of a unit did in a class: how many got each right, and whether it tells strong from weak.

The discrimination of a question is the correlation of its points with the points for all other questions,
the corrected item-total correlation. Where a question is only right or wrong it is the point-biserial
correlation. Correlating with the whole score instead would correlate a question with itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..exercise import Exercise
from .result import Row

FEWEST = 10  # students; of fewer a correlation says nothing


@dataclass(frozen=True)
class QuestionStatistics:
    """One question.

    Parameters
    ----------
    exercise, name : str
    points : float
        Its maximum.
    asked : int
        Students whose submission was judged.
    right : int
        Of them, those who got all of it.
    mean : float or None
        Points, over those who have points for it.
    discrimination, low, high : float or None
        Correlation with the rest of the score, from -1 to 1, and its 95 % interval; None where fewer than
        `FEWEST` students have points for everything, or no two of them differ.
    """

    exercise: str
    name: str
    points: float
    asked: int
    right: int
    mean: float | None
    discrimination: float | None
    low: float | None
    high: float | None

    @property
    def rate(self) -> float | None:
        """Share of those asked who got it right."""
        return self.right / self.asked if self.asked else None


def statistics(exercises: Sequence[Exercise], rows: Sequence[Row]) -> list[QuestionStatistics]:
    """Return the numbers of each question, in order.

    Parameters
    ----------
    exercises : sequence of Exercise
    rows : sequence of Row
        The class. Who has no points for some question (withheld, say) does not count for discrimination.

    References
    ----------
    Cureton, Corrected item-test correlations, Psychometrika 31 (1966), for the correlation with the
    remainder and its limits. The interval is Fisher's: ``arctanh(r)`` has a standard error of about
    ``1 / sqrt(n - 3)``.
    """
    judged = [row for row in rows if row.scores]
    ids = [exercise.id for exercise in exercises]
    whole = [[row.scores[id] for id in ids] for row in judged if all(id in row.scores for id in ids)]
    given = np.array(whole, dtype=float).reshape(len(whole), len(ids))
    total = given.sum(axis=1)
    found = []
    for position, exercise in enumerate(exercises):
        scores = [row.scores[exercise.id] for row in judged if exercise.id in row.scores]
        own = given[:, position]
        r, low, high = correlation(own, total - own)
        found.append(
            QuestionStatistics(
                exercise=exercise.id,
                name=exercise.name,
                points=exercise.points,
                asked=len(judged),
                right=sum(exercise.id in row.right for row in judged),
                mean=sum(scores) / len(scores) if scores else None,
                discrimination=r,
                low=low,
                high=high,
            )
        )
    return found


def correlation(x: np.ndarray, y: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """Return Pearson's correlation and its 95 % interval, or three times None where it says nothing.

    Parameters
    ----------
    x, y : arrays of float, shape (n,)
    """
    if len(x) < FEWEST or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None, None, None
    x, y = x - x.mean(), y - y.mean()
    r = float(x @ y / np.sqrt((x @ x) * (y @ y)))
    middle, half = np.arctanh(np.clip(r, -0.9999, 0.9999)), 1.96 / np.sqrt(len(x) - 3)
    return r, float(np.tanh(middle - half)), float(np.tanh(middle + half))
