"""scikit-learn's MLPClassifier, brought to the same start and the same order of the examples."""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from .cases import BATCH, SEED, Case, Trained


class Orders(np.random.RandomState):
    """Shuffles as everybody does here: the classifier permutes what it permuted before, so we undo that."""

    def __init__(self) -> None:
        super().__init__(0)
        self.orders, self.last = np.random.default_rng(SEED), None

    def shuffle(self, indices: Any) -> None:
        """Make `indices` pick the next order out of the last one."""
        order = self.orders.permutation(len(indices))
        before = np.arange(len(indices)) if self.last is None else self.last
        place = np.empty_like(before)
        place[before] = np.arange(len(before))
        indices[:] = place[order]
        self.last = order


def train(case: Case, epochs: int) -> Trained:
    """Train from the start."""
    X, y = case.examples()
    y = y.ravel().astype(int)
    model = MLPClassifier(
        case.sizes[1:-1],
        activation=case.activation,
        solver=case.rule,
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=case.lr,
        momentum=0.0,
        nesterovs_momentum=False,
        max_iter=1,
        tol=0.0,
        n_iter_no_change=epochs + 1,
        warm_start=True,  # goes on from the weights that it has, which are made ours in between
        random_state=np.random.RandomState(0),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # that it may not be done yet
        model.fit(X[:BATCH], y[:BATCH]) if set(y[:BATCH]) == set(y) else model.fit(X, y)
        params = case.start()
        model.coefs_, model.intercepts_ = params[0::2], params[1::2]
        model.set_params(max_iter=epochs, random_state=Orders())
        start = time.perf_counter()
        model.fit(X, y)
        spent = time.perf_counter() - start
    assert model.n_iter_ - 1 == epochs or model.n_iter_ == epochs
    return Trained(spent, [a for pair in zip(model.coefs_, model.intercepts_, strict=True) for a in pair])
