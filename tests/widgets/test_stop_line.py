"""The stop line against the trainer's own early stopping, and the widget around it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import Trainer, data, nn, optim
from backprop_course.errors import UsageError
from backprop_course.training import History
from backprop_course.widgets import StopLine, trace_stopping

X, y = data.moons(60, noise=0.35, rng=3)
HELD_OUT = data.moons(200, noise=0.35, rng=4)


def trained(**fit: Any) -> History:
    model = nn.MLP([2, 16, 16, 2], "relu", rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    trainer = Trainer(model, nn.cross_entropy, optimizer, rng=1, progress=False)
    history: History = trainer.fit(X, y, validation=HELD_OUT, **fit)
    return history


def test_each_patience_stops_where_the_trainer_stops_and_keeps_what_it_keeps() -> None:
    whole = trace_stopping(trained(epochs=40))
    for patience in (1, 3, 8, 30):
        history = trained(epochs=40, patience=patience)
        found = whole["patience"][patience - 1]
        assert found["stop"] == (len(history) if history.stopped else None)
        assert found["best"] == history.best_epoch


def test_the_example_of_the_course_by_hand() -> None:
    # Patience 3; the third only equals the best, and the last loss is never seen.
    run = trace_stopping((np.ones(6).tolist(), [0.9, 0.7, 0.7, 0.8, 0.75, 0.6]))
    assert run["patience"][2] == {
        "stop": 5,
        "best": 2,
        "text": "With patience 3 training stops after epoch 5 and keeps the weights of epoch 2, "
        "with validation loss 0.700.",
    }
    assert run["best"] == 6


def test_sentences_are_of_the_losses_and_hide_what_is_hidden() -> None:
    line = StopLine(([0.9, 0.5], [0.8, 0.4]), stop=1, patience=4)
    assert "0.800" not in line.sentence
    assert "Choose, then show" in line.sentence
    assert "validation loss 0.800, 2.00 times the least, 0.400 in epoch 2" in str(line)
    line.revealed = 1
    assert "runs to the last epoch, 2, and keeps the weights of epoch 2" in line.sentence
    line.stop = 100
    assert "validation loss 0.400, the least of all" in line.sentence


def test_ten_thousand_epochs_are_thinned_out_and_the_best_one_stays() -> None:
    loss = np.linspace(1, 0, 10_000)
    val = 1 + np.abs(np.arange(10_000) - 3333) / 1000
    run = trace_stopping((loss.tolist(), val.tolist()))
    assert len(run["epochs"]) <= 601
    assert 3334 in run["epochs"]
    assert run["patience"][9]["stop"] == 3344
    assert len(json.dumps(run, allow_nan=False)) < 100_000  # sent once


def test_numbers_that_are_not_finite_leave_gaps() -> None:
    run = trace_stopping(([1.0, np.nan, np.inf], [1.0, 0.5, np.nan]))
    json.dumps(run, allow_nan=False)
    assert run["loss"] == [1.0, None, None]
    assert run["best"] == 2


@pytest.mark.parametrize(
    ("history", "says"),
    [
        (History(), "no epoch"),
        (([], []), "no epoch"),
        (([1.0, 2.0], []), "needs a validation loss for each of the 2 epochs"),
        (([1.0], [np.nan]), "no finite validation loss"),
    ],
)
def test_what_cannot_be_shown_is_a_sentence(history: Any, says: str) -> None:
    line = StopLine(history)
    assert says in line.sentence
    assert line._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize("history", ["curves", 3, None, ([1.0], [1.0], [1.0]), (["a"], ["b"])])
def test_what_is_no_run_is_refused(history: Any) -> None:
    with pytest.raises(UsageError, match="needs the losses of a training run"):
        StopLine(history)


def test_settings_that_are_none_are_refused() -> None:
    with pytest.raises(UsageError, match="no such patience"):
        StopLine(([1.0], [1.0]), patience="long")  # type: ignore[arg-type]
