"""NB09: training in practice."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import Kind
from ..reference import answered_by

ALIASED_BEST = Kind(
    "aliased-best",
    "the best parameters are kept by reference",
    "What is kept changes when training goes on.",
    "A name is bound where a copy is needed.",
    "The training loop writes into its parameters in place. What is to survive must be copied at the "
    "moment when it is the best.",
    "NB09.W6",
)
LAST_KEPT = Kind(
    "last-kept",
    "the last parameters are kept instead of the best",
    "What is kept are the parameters of the last update.",
    "An assignment stands outside its condition.",
    "Only an update with a better score than all before it may replace what is kept.",
    "NB09.W6",
)
EQUAL_IS_BETTER = Kind(
    "equal-is-better",
    "an equal score counts as better",
    "On a plateau training never stops.",
    "A comparison is not strict.",
    "A score that only equals the best one is no improvement: patience runs out on a plateau too.",
    "NB09.W6",
)
ONE_TOO_PATIENT = Kind(
    "one-too-patient",
    "patience is counted with an offset of one",
    "Training stops one update too late or too early.",
    "A counter is compared with the wrong bound.",
    "Count the updates without improvement by hand for a short list of scores, and stop when as many have "
    "passed as patience says.",
    "NB09.W6",
)

NEVER_BACK_TO_ZERO = Kind(
    "never-back-to-zero",
    "the updates without improvement are counted all together, not in a row",
    "Training stops too early where a new best has come in between.",
    "A counter is never set back.",
    "Patience counts the updates since the last new best. Each new best begins the count anew.",
    "NB09.W6",
)


class _EarlyStopping:
    """Stop when the score has not become smaller for `patience` updates."""

    def __init__(self, patience: int) -> None:
        self.patience, self.waited, self.lowest, self.best = patience, 0, np.inf, None

    def better(self, score: float) -> bool:
        return score < self.lowest

    def keep(self, params: Any) -> Any:
        return copy.deepcopy(params)

    def over(self) -> bool:
        return self.waited >= self.patience

    def update(self, score: float, params: Any) -> bool:
        if self.better(score):
            self.lowest, self.best, self.waited = score, self.keep(params), 0
        else:
            self.waited += 1
        return self.over()


class _Aliased(_EarlyStopping):
    def keep(self, params: Any) -> Any:
        return params


class _Last(_EarlyStopping):
    def update(self, score: float, params: Any) -> bool:
        stop = super().update(score, params)
        self.best = copy.deepcopy(params)
        return stop


class _Equal(_EarlyStopping):
    def better(self, score: float) -> bool:
        return score <= self.lowest


class _Counting(_EarlyStopping):
    def update(self, score: float, params: Any) -> bool:
        counted = self.waited
        super().update(score, params)
        self.waited = max(self.waited, counted)
        return self.over()


class _Late(_EarlyStopping):
    def over(self) -> bool:
        return self.waited > self.patience


class _Early(_EarlyStopping):
    def over(self) -> bool:
        return self.waited >= self.patience - 1


def _training(patience: int) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        falling = np.sort(rng.uniform(1.0, 2.0, 6))[::-1]
        falling[[1, 3]] = falling[0] + rng.uniform(0.1, 1.0, 2)  # worse twice, and better after that
        plateau = np.full(patience - 1, falling[-1])
        rising = falling[-1] + rng.uniform(0.1, 1.0, 3)
        scores = np.concatenate([falling, plateau, rising])
        return {"patience": patience, "scores": scores, "weights": rng.standard_normal((len(scores), 3))}

    return draw


early_stopping = Exercise(
    id="NB09.E07",
    answer="EarlyStopping(patience)",
    probe="nb09.stopped(patience, scores: (T,), weights: (T, 3)) -> stops, best",
    reference=answered_by(_EarlyStopping),
    instances=made(_training(3), _training(5)),
    points=3,
    see="NB09.W6",
    mistakes=[
        ALIASED_BEST(_Aliased),
        LAST_KEPT(_Last),
        EQUAL_IS_BETTER(_Equal),
        NEVER_BACK_TO_ZERO(_Counting),
        ONE_TOO_PATIENT(_Late),
        ONE_TOO_PATIENT(_Early),
    ],
)
