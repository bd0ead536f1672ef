"""What a Trainer refuses, before anything is learned."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import DtypeError, ShapeError, Trainer, UsageError, data, mse_loss, nn, optim
from backprop_course.training import Callback


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "epochs"),
        ({"epochs": 1, "steps": 1}, "both"),
        ({"epochs": -1}, "-1"),
        ({"epochs": 1, "batch_size": 0}, "batch_size"),
        ({"epochs": 1, "patience": 3}, "validation"),
        ({"epochs": 1, "resume": True}, "checkpoint"),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(make, moons, settings, message):
    with pytest.raises(UsageError, match=message):
        make().fit(*moons, **settings)


def test_data_that_cannot_be_trained_on_are_refused_at_once(make, moons):
    X, y = moons
    with pytest.raises(ShapeError, match="119"):
        make().fit(X, y[:-1], epochs=1)
    with pytest.raises(DtypeError, match="real numbers"):
        make().fit(X.astype(str), y, epochs=1)
    bad = X.copy()
    bad[3, 1] = np.nan
    with pytest.raises(UsageError, match=r"the first at \(3, 1\): nan"):
        make().fit(bad, y, epochs=1)


def test_an_optimiser_of_other_parameters_is_refused():
    model, other = nn.Linear(2, 1, init=1.0), nn.Linear(2, 1, init=1.0)
    with pytest.raises(UsageError, match=r"model\.parameters"):
        Trainer(model, mse_loss, optim.SGD(other.parameters(), lr=0.1))
    with pytest.raises(UsageError, match="holds no parameters"):
        Trainer(model, mse_loss, optim.SGD(None, lr=0.1))


def test_what_is_no_callback_is_refused(make):
    with pytest.raises(UsageError, match=r"Mine\(\)"):
        make(callbacks=[Callback])


@pytest.mark.parametrize(
    ("model", "loss", "got"),
    [(np.tanh, mse_loss, "model ufunc"), (None, "mse", "loss 'mse'"), (None, None, "loss None")],
)
def test_what_is_no_model_or_no_loss_is_refused_at_once(model, loss, got):
    layer = nn.Linear(2, 1, rng=0)
    with pytest.raises(UsageError, match=rf"(?s){got}.*nn\.squared_error"):
        Trainer(layer if model is None else model, loss, optim.SGD(layer.parameters(), lr=0.1))


def test_targets_that_are_no_probabilities_are_refused_before_anything_is_learned():
    X, y = data.moons(60, noise=0.1, rng=0)
    model = nn.MLP([2, 4, 1], activation="tanh", rng=0)
    before = nn.values(model)
    trainer = Trainer(model, nn.binary_cross_entropy, optim.SGD(model.parameters(), lr=0.1), progress=False)
    with pytest.raises(UsageError, match=r"from -1\.0 to 1\.0(.|\n)*\(y \+ 1\) / 2"):
        trainer.fit(X, 2.0 * y[:, None] - 1.0, epochs=2)
    assert all(np.array_equal(before[name], now) for name, now in nn.values(model).items())
