"""overfit_check: a sound network learns a handful by heart, a faulty one is told why not."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import UsageError, binary_cross_entropy_with_logits, mse_loss, nn, optim, overfit_check


def test_a_sound_network_passes_and_the_trainer_stays_as_it_was(make, moons):
    trainer = make(sizes=(2, 16, 2))
    before = {name: p.numpy() for name, p in trainer.model.named_parameters()}
    report = overfit_check(trainer, *moons)
    assert report
    assert report.score == 1.0
    assert "100% of 20 examples are classified right" in report.reason
    assert report.history.loss[-1] < report.history.loss[0]
    assert all(np.array_equal(p.value, before[name]) for name, p in trainer.model.named_parameters())
    assert trainer.optimizer.steps == 0
    assert len(trainer.history) == 0


def test_it_stops_as_soon_as_it_has_passed(make, moons):
    assert len(overfit_check(make(sizes=(2, 16, 2)), *moons, steps=5000).history) < 1000


def test_regression_passes_when_the_variance_is_explained(make, rng):
    X = rng.uniform(-1, 1, size=(50, 1))
    trainer = make(sizes=(1, 32, 1), loss=mse_loss, optimizer=lambda p: optim.Adam(p, lr=0.02))
    report = overfit_check(trainer, X, np.sin(5 * X), examples=10, steps=2000)
    assert report.ok
    assert "of the variance of 10 examples is explained" in report.reason


def test_targets_of_0_and_1_are_classes_whether_outputs_are_logits_or_probabilities(make, moons):
    X, y = moons
    logits = make(sizes=(2, 16, 1), loss=binary_cross_entropy_with_logits)
    assert overfit_check(logits, X, y[:, None])
    model = nn.MLP([2, 16, 1], output="sigmoid", rng=np.random.default_rng(1))
    assert overfit_check(make(model=model, loss=mse_loss), X, y[:, None].astype(float), steps=3000)


@pytest.mark.parametrize(
    ("name", "settings", "symptom"),
    [
        ("rate", {"optimizer": lambda p: optim.SGD(p, lr=1e-6)}, "rate too low"),
        ("rate", {"optimizer": lambda p: optim.SGD(p, lr=300.0)}, "rate too high"),
        ("deep", {"sizes": (2, *[16] * 10, 2)}, "vanishing gradients"),
    ],
    ids=["low", "high", "deep"],
)
def test_what_is_wrong_is_said(make, moons, name, settings, symptom):
    if name == "deep":
        settings = {"model": nn.MLP(settings["sizes"], "sigmoid", rng=np.random.default_rng(1))}
        settings["optimizer"] = lambda p: optim.SGD(p, lr=0.1)
    report = overfit_check(make(**settings), *moons, steps=300)
    assert not report
    assert symptom in report.reason
    assert "failed" in repr(report)


def test_a_network_that_starts_at_zero_fails_for_its_symmetry(make, moons):
    with pytest.warns(nn.SymmetryWarning):
        model = nn.MLP([2, 16, 2], init=0.0)
    report = overfit_check(make(model=model), *moons)
    assert not report.ok
    assert "symmetry" in report.reason


def test_a_wrong_backward_of_the_learner_fails(make, moons):
    trainer = make(sizes=(2, 16, 2)).use_backward(
        "affine", lambda dY, X, W: (dY @ W.T, -(X.T @ dY), dY.sum(axis=0))
    )
    assert not overfit_check(trainer, *moons, steps=200)


def test_numbers_that_are_not_finite_fail_with_their_place(make, moons):
    X, y = moons
    bad = X.copy()
    bad[7, 0] = np.inf
    report = overfit_check(make(), bad, y)
    assert not report
    assert "(7, 0): inf" in report.reason


def test_it_is_the_training_examples_that_count(make, rng):
    X, y = rng.normal(size=(200, 5)), rng.integers(0, 2, 200)  # labels that mean nothing: only by heart
    assert overfit_check(make(sizes=(5, 64, 2)), X, y)


def test_other_errors_are_not_hidden(make, moons):
    with pytest.raises(UsageError, match="number of a class"):
        overfit_check(make(), moons[0], moons[1] + 5)
