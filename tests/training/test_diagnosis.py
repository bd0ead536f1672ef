"""diagnose: each symptom provoked by training, and none of them seen where training is sound."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from backprop_course import (
    Trainer,
    UsageError,
    cross_entropy,
    data,
    diagnose,
    mse_loss,
    nn,
    optim,
    overfit_check,
)
from backprop_course.training import History

SYMPTOMS = {
    "exploding gradients",
    "rate too high",
    "symmetry",
    "vanishing gradients",
    "dead units",
    "rate too low",
    "overfitting",
}


def moons(n=200, noise=0.1, seed=0):
    return data.moons(n, noise=noise, rng=np.random.default_rng(seed))


def train(model, optimizer, X, y, *, loss=cross_entropy, **settings):
    trainer = Trainer(model, loss, optimizer(model.parameters()), rng=2, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that a loss was not finite is in the history
        return trainer.fit(X, y, **{"epochs": 20, **settings})


def net(sizes=(2, 16, 16, 2), activation="tanh", seed=1, **settings):
    return nn.MLP(sizes, activation, rng=np.random.default_rng(seed), **settings)


def sgd(lr, **settings):
    return lambda p: optim.SGD(p, lr=lr, **settings)


def adam(lr):
    return lambda p: optim.Adam(p, lr=lr)


SOUND = {
    "moons, tanh, Adam": lambda: train(net(), adam(0.01), *moons(), validation=moons(100, seed=5)),
    "moons, relu, SGD": lambda: train(
        net(activation="relu"), sgd(0.1, momentum=0.9), *moons(), validation=moons(100, seed=5)
    ),
    "moons, full batch": lambda: train(net(), sgd(0.5), *moons(), batch_size=200, epochs=300),
    "xor": lambda: train(net((2, 8, 2)), adam(0.05), *data.xor(), batch_size=4, epochs=200),
    "a line": lambda: train(
        nn.Linear(1, 1, init=0.0),
        sgd(0.1),
        np.linspace(-1, 1, 50)[:, None],
        np.linspace(-2, 3, 50)[:, None],
        loss=mse_loss,
    ),
    "sine, two layers": lambda: train(
        net((1, 32, 32, 1)),
        adam(0.005),
        np.linspace(-2, 2, 100)[:, None],
        np.sin(2 * np.linspace(-2, 2, 100))[:, None],
        loss=mse_loss,
        epochs=60,
    ),
    "blobs, ten layers of relu and shortcuts": lambda: train(
        nn.Sequential(
            nn.Linear(2, 16, rng=np.random.default_rng(0)),
            *(nn.Residual(nn.Linear(16, 16, rng=np.random.default_rng(i)), nn.ReLU()) for i in range(1, 6)),
            nn.Linear(16, 2, rng=np.random.default_rng(9)),
        ),
        adam(0.003),
        *moons(),
    ),
}


@pytest.fixture(scope="module", params=SOUND)
def sound(request):
    return SOUND[request.param]()


@pytest.mark.parametrize("symptom", sorted(SYMPTOMS))
def test_a_symptom_is_not_seen_where_training_is_sound(sound, symptom):
    assert sound.loss[-1] < 0.7 * sound.loss[0]  # it did learn
    assert symptom not in diagnose(sound).symptoms


def saw(history, symptom):
    """What was seen of a symptom, which must be among the findings."""
    found = {finding.symptom: finding for finding in diagnose(history)}
    assert symptom in found
    assert found[symptom].advice
    return found[symptom].saw


@pytest.mark.parametrize("lr", [3.0, 30.0])
def test_a_rate_that_is_too_high_for_least_squares(lr):
    X = np.linspace(-1, 1, 40)[:, None]
    # full-batch descent on the mean square diverges from lr = 1 on: the curvature along the bias is 2
    history = train(nn.Linear(1, 1, init=0.0), sgd(lr), X, 2 * X + 1, loss=mse_loss, batch_size=40, epochs=40)
    assert "loss" in saw(history, "rate too high")


def test_a_rate_that_is_too_high_until_no_number_is_left():
    X = np.linspace(-1, 1, 40)[:, None]
    history = train(nn.Linear(1, 1, init=0.0), sgd(30.0), X, X, loss=mse_loss, batch_size=40, epochs=500)
    assert history.diverged
    assert history.stopped in saw(history, "rate too high")


def test_a_rate_that_is_too_high_for_a_network():
    assert "the loss rose from" in saw(train(net(), sgd(20.0), *moons()), "rate too high")
    assert "of the epochs" in saw(train(net(), sgd(2.0), *moons()), "rate too high")  # down, and up again


def test_a_rate_that_is_too_low():
    history = train(net(), sgd(1e-5), *moons(), epochs=20)
    assert "%" in saw(history, "rate too low")
    assert diagnose(history).symptoms == ["rate too low"]
    assert "rate too low" not in diagnose(train(net(), sgd(0.5), *moons(), epochs=20)).symptoms


def test_dead_units():
    model = net(activation="relu")
    model.layers[0].bias.assign(
        np.where(np.arange(16) < 10, -50.0, 0.0)
    )  # so far down that no input lifts them
    history = train(model, adam(0.01), *moons())
    assert "of the units of layer 1 gave 0" in saw(history, "dead units")
    assert "63%" in saw(history, "dead units") or "62%" in saw(history, "dead units")


def test_units_that_a_rate_has_killed():
    saw(train(net(activation="relu"), sgd(4.0), *moons()), "dead units")
    assert "dead units" not in diagnose(train(net(activation="relu"), sgd(0.1), *moons())).symptoms


def test_units_of_leaky_relu_do_not_die():
    model = net(activation="leaky_relu")
    model.layers[0].bias.assign(np.where(np.arange(16) < 10, -50.0, 0.0))
    assert "dead units" not in diagnose(train(model, adam(0.01), *moons())).symptoms


def test_vanishing_gradients():
    history = train(net((2, *[16] * 10, 2), "sigmoid"), adam(0.005), *moons())
    assert "first layer (0)" in saw(history, "vanishing gradients")
    shallow = train(net((2, 16, 2), "sigmoid"), adam(0.005), *moons())
    assert "vanishing gradients" not in diagnose(shallow).symptoms


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_exploding_gradients(activation):
    draw = np.random.default_rng(3)
    model = net((2, *[16] * 10, 2), activation, init=lambda shape, rng: draw.normal(scale=2.0, size=shape))
    history = train(model, sgd(1e-6), *moons(), epochs=3)
    assert "times its weights" in saw(history, "exploding gradients")


def test_inputs_that_were_not_scaled_explode_too():
    X, y = moons()
    saw(train(net(activation="relu"), sgd(1e-9), X * 1e4, y, epochs=3), "exploding gradients")


def test_overfitting():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 5)), rng.integers(0, 2, 30)  # labels that mean nothing
    held = rng.normal(size=(100, 5)), rng.integers(0, 2, 100)
    history = train(net((5, 64, 2)), adam(0.01), X, y, validation=held, epochs=150)
    assert "validation loss was least" in saw(history, "overfitting")
    assert "overfitting" not in diagnose(train(net((5, 64, 2)), adam(0.01), X, y, epochs=150)).symptoms


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_symmetry(value):
    with pytest.warns(nn.SymmetryWarning):
        model = net(init=value)
    history = train(model, adam(0.01), *moons())
    assert "layer 0, 2 have the same weights" in saw(history, "symmetry")


def test_equal_weights_of_the_outputs_are_no_symmetry():
    model = net((2, 16, 2))
    model.layers[2].weight.assign(np.zeros((16, 2)))
    assert "symmetry" not in diagnose(train(model, adam(0.01), *moons())).symptoms
    assert diagnose(train(nn.Linear(2, 2, init=0.0), adam(0.05), *moons())).symptoms == []


def test_a_diagnosis_prints_symptom_numbers_and_advice():
    text = repr(diagnose(train(net(), sgd(1e-5), *moons())))
    assert text.startswith("rate too low\n  saw: the loss fell by ")
    assert "\n  try: multiply the rate" in text
    assert repr(diagnose(History())) == "None of the known symptoms."
    assert not diagnose(History())


@pytest.mark.parametrize(("sign", "found"), [(1, False), (-1, True)])
def test_a_wrong_backward_is_named_before_what_it_looks_like(sign, found):
    def backward(dY, X, W):
        return dY @ W.T, sign * X.T @ dY, sign * dY.sum(axis=0)

    model = net()
    trainer = Trainer(model, cross_entropy, adam(0.02)(model.parameters()), rng=2, progress=False)
    report = overfit_check(trainer.use_backward("affine", backward), *moons())
    assert report.ok is not found
    assert ("wrong backward\n  saw: your backward for 'affine' differs" in report.reason) is found
    assert (diagnose(report.history).symptoms[:1] == ["wrong backward"]) is found


@pytest.mark.parametrize("what", [[1.0, 0.5], None, nn.Identity()])
def test_what_is_no_history_is_refused(what):
    with pytest.raises(UsageError, match=rf"(?s)got: +{type(what).__name__}.*trainer\.history"):
        diagnose(what)
