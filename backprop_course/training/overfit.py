"""The first thing to try: whether the network can learn a handful of examples by heart."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import UsageError
from . import examples as given
from .callbacks import as_callbacks
from .diagnosis import diagnose
from .history import History
from .metrics import accuracy
from .trainer import Trainer

_EVERY = 20  # epochs between two looks


@dataclass(frozen=True)
class OverfitReport:
    """What `overfit_check` found; true when all is well.

    Attributes
    ----------
    ok : bool
    reason : str
        In numbers; where it failed, what was seen and what to try.
    score : float
        Share of the examples that are classified right, or of their variance that is explained.
    history : History
    """

    ok: bool
    reason: str
    score: float
    history: History

    def __bool__(self) -> bool:
        return self.ok

    def __repr__(self) -> str:
        return f"overfit_check: {'passed' if self.ok else 'failed'}, {self.reason}"


def overfit_check(
    trainer: Trainer, X: Any, y: Any, *, examples: int = 20, steps: int = 1000
) -> OverfitReport:
    """Train a copy on a few examples; a network that cannot learn them by heart has a fault somewhere.

    The copy has the model, loss, optimiser, rate and backward functions of the trainer, which itself stays as
    it is. All examples are one batch. It passes when, in evaluation, every one of them is classified right
    (integer targets, or targets of 0 and 1; outputs are logits unless all lie from 0 to 1), or else when 99 %
    of the variance of the targets is explained.

    Parameters
    ----------
    trainer : Trainer
    X, y : array_like, N rows each
    examples : int
        How many rows are taken, in an order that is always the same.
    steps : int
        At most so many.

    Returns
    -------
    OverfitReport

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import Trainer, cross_entropy, data, nn, optim, overfit_check
    >>> X, y = data.moons(100, rng=np.random.default_rng(0))
    >>> model = nn.MLP([2, 16, 2], rng=np.random.default_rng(1))
    >>> trainer = Trainer(model, cross_entropy, optim.Adam(model.parameters(), lr=0.02))
    >>> overfit_check(trainer, X, y)
    overfit_check: passed, 100% of 20 examples are classified right after ... steps
    """
    if not isinstance(trainer, Trainer):
        raise UsageError(
            "overfit_check takes a trainer.",
            expected="overfit_check(Trainer(model, loss, optimizer), X, y)",
            got=type(trainer).__name__,
            mend="make one of the model, the loss and the optimiser",
        )
    model, optimizer = copy.deepcopy((trainer.model, trainer.optimizer))
    chosen = np.random.default_rng(0).permutation(len(X))[:examples]
    twin = Trainer(
        model, trainer.loss, optimizer, compile=trainer.compile, progress=False, penalty=trainer.penalty
    )
    twin.swapped.own.update(trainer.swapped.own)
    try:
        X, y = given.as_examples(X, y, np.result_type(*(p.value for p in model.parameters())))
    except UsageError as error:
        return OverfitReport(False, f"{error.what} {error.got}", 0.0, twin.history)
    X, y = X[chosen], y[chosen]
    classes = y.dtype.kind in "iub" or bool(np.isin(y, (0.0, 1.0)).all())

    def score() -> float:
        return _right(twin.predict(X), y) if classes else _explained(twin.predict(X), y)

    def enough(_: Trainer, history: History) -> bool:
        return len(history) % _EVERY == 0 and _passes(score(), classes)

    twin.callbacks = as_callbacks([enough])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the report says it
        history = twin.fit(X, y, steps=steps, batch_size=len(X))
    reached = score()
    if classes:
        share = f"{reached:.0%} of {len(X)} examples are classified right"
    else:
        share = f"{reached:.1%} of the variance of {len(X)} examples is explained"
    reason = f"{share} after {len(history)} steps"
    if ok := _passes(reached, classes) and not history.diverged:
        return OverfitReport(ok, reason, reached, history)
    return OverfitReport(ok, "\n".join([reason, *map(str, diagnose(history))]), reached, history)


def _passes(score: float, classes: bool) -> bool:
    return score == 1.0 if classes else score >= 0.99


def _right(output: Any, target: Any) -> float:
    probabilities = output.min() >= 0 and output.max() <= 1
    return accuracy(output - 0.5 if probabilities else output, target)


def _explained(output: Any, target: Any) -> float:
    variance = float(np.var(target, axis=0).sum())
    missing = float(np.mean((output - target) ** 2, axis=0).sum())
    return 1.0 - missing / variance if variance else float(missing < 1e-6)
