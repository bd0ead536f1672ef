"""A learner's own backward: training runs on it, right or wrong, and the difference is on record."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import (
    ShapeError,
    UsageError,
    binary_cross_entropy_with_logits,
    mse_loss,
    nn,
    optim,
)


def affine_backward(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def tanh_backward(dY, X):
    return dY * (1 - np.tanh(X) ** 2)


def softmax_ce_backward(Z, y):
    p = np.exp(Z - Z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return p / len(y)


def test_training_on_right_backward_functions_gives_the_usual_numbers(make, moons):
    own = make()
    own.use_backward("affine", affine_backward).use_backward("tanh", tanh_backward)
    own.use_backward("loss", softmax_ce_backward)
    usual = make()
    history = own.fit(*moons, epochs=3)
    expected = usual.fit(*moons, epochs=3)
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-9)  # the same formulas, other roundings
    assert history.path == "tape"
    assert "a backward of yours" in history.why
    assert history.differences.keys() == {"affine", "tanh", "loss"}
    for values in history.differences.values():
        assert len(values) == own.optimizer.steps == 12
        assert max(values) < 1e-12  # a handful of float64 operations


def test_it_is_the_learners_backward_that_trains(make, moons):
    calls = []

    def backward(dY, X, W):
        calls.append((dY.shape, X.shape, W.shape))
        return affine_backward(dY, X, W)

    trainer = make(norms=False)
    trainer.use_backward("affine", backward).fit(*moons, epochs=1, batch_size=60)
    assert calls == [((60, 2), (60, 8), (8, 2)), ((60, 8), (60, 2), (2, 8))] * 2


@pytest.mark.parametrize(
    ("kind", "wrong", "difference"),
    [
        ("affine", lambda dY, X, W: (dY @ W.T, X.T @ dY, dY.sum(axis=0) * 2), 1.0),  # off by itself
        ("affine", lambda dY, X, W: (dY @ W.T, -(X.T @ dY), dY.sum(axis=0)), 2.0),
        ("tanh", lambda dY, X: dY * 0.0, 1.0),
        ("loss", lambda Z, y: softmax_ce_backward(Z, y) * len(y), 31.0),  # 1/N missing: batches of 32
    ],
)
def test_a_wrong_value_trains_on_and_its_difference_is_recorded(make, moons, kind, wrong, difference):
    X, y = moons[0][:96], moons[1][:96]
    history = make().use_backward(kind, wrong).fit(X, y, epochs=2)
    # shares of the largest entry, exact but for rounding
    np.testing.assert_allclose(history.differences[kind], difference, rtol=1e-9)
    assert f"your backward for '{kind}' is off by {difference:.2g}" in repr(history)


def test_a_wrong_sign_climbs(make, moons):
    history = (
        make(optimizer=lambda p: optim.SGD(p, lr=0.5))
        .use_backward("loss", lambda Z, y: -softmax_ce_backward(Z, y))
        .fit(*moons, epochs=5)
    )
    assert history.loss[-1] > history.loss[0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda dY, X, W: (dY @ W.T, dY.T @ X, dY.sum(axis=0)), r"returned dW in the wrong shape"),
        (lambda dY, X, W: (dY @ W.T, X.T @ dY, dY), r"returned db in the wrong shape"),
        (lambda dY, X, W: (dY @ W.T, X.T @ dY), r"another number of cotangents"),
        (lambda dY, X, W: None, r"another number of cotangents"),
    ],
)
def test_a_wrong_shape_is_an_error_that_names_it(make, moons, wrong, message):
    with pytest.raises(ShapeError, match=message) as caught:
        make().use_backward("affine", wrong).fit(*moons, epochs=1)
    assert "'affine'" in str(caught.value)


def test_the_shape_of_the_gradient_of_a_loss_is_held_too(make, moons):
    with pytest.raises(ShapeError, match="d_output in the wrong shape"):
        make().use_backward("loss", lambda Z, y: softmax_ce_backward(Z, y).sum()).fit(*moons, epochs=1)


def test_arrays_of_the_graph_cannot_be_written_to(make, moons):
    def greedy(dY, X):
        dY *= 1 - np.tanh(X) ** 2
        return dY

    with pytest.raises(ValueError, match="read-only"):
        make().use_backward("tanh", greedy).fit(*moons, epochs=1)


def test_numbers_that_are_not_finite_are_recorded_and_stop_the_run(make, moons):
    trainer = make().use_backward("tanh", lambda dY, X: dY / 0.0 * 0.0)
    with pytest.warns(RuntimeWarning, match="not finite"):
        history = trainer.fit(*moons, epochs=2)
    assert history.differences["tanh"][0] == np.inf
    assert np.isfinite(trainer.model.layers[0].weight.value).all()


@pytest.mark.parametrize(
    "activation", ["sigmoid", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "selu"]
)
def test_every_activation_can_be_swapped(make, moons, activation):
    from backprop_course import vjp

    function = nn.activation(activation)
    model = nn.MLP([2, 6, 2], activation, rng=np.random.default_rng(1))
    trainer = make(model=model)
    trainer.use_backward(activation, lambda dY, X: vjp(function, X)[1](dY)[0])
    history = trainer.fit(*moons, epochs=1)
    assert max(history.differences[activation]) == 0.0


def test_layers_without_bias_and_with_more_axes_are_called_with_rows(make, rng):
    shapes = []

    def backward(dY, X, W):
        shapes.append((dY.shape, X.shape))
        return affine_backward(dY, X, W)

    model = nn.Sequential(nn.Linear(3, 4, bias=False, rng=rng), nn.Tanh(), nn.Linear(4, 1, rng=rng))
    trainer = make(model=model, loss=mse_loss, norms=False).use_backward("affine", backward)
    history = trainer.fit(rng.normal(size=(6, 5, 3)), rng.normal(size=(6, 5, 1)), epochs=1)
    assert shapes == [((30, 1), (30, 4)), ((30, 4), (30, 3))]
    assert max(history.differences["affine"]) < 1e-12


def normalize_backward(dY, cache, axis):
    """The formula of the course, for a mean over either axis."""
    dX_hat = dY * cache["gamma"]
    centred = dX_hat - dX_hat.mean(axis, keepdims=True)
    spread = (dX_hat * cache["xhat"]).mean(axis, keepdims=True)
    dX = cache["inv_std"] * (centred - cache["xhat"] * spread)
    return dX, (dY * cache["xhat"]).sum(axis=0), dY.sum(axis=0)


def with_layers(kind):
    draw = np.random.default_rng(1)
    layer = {"batch_norm": nn.BatchNorm(8), "layer_norm": nn.LayerNorm(8), "dropout": nn.Dropout(0.4, rng=7)}
    return nn.Sequential(nn.Linear(2, 8, rng=draw), layer[kind], nn.Tanh(), nn.Linear(8, 2, rng=draw))


@pytest.mark.parametrize(
    ("kind", "backward"),
    [
        ("batch_norm", normalize_backward),
        ("layer_norm", normalize_backward),
        ("dropout", lambda dY, mask: dY * mask),
    ],
)
def test_layers_that_normalise_or_drop_can_be_swapped(make, moons, kind, backward):
    own, usual = make(model=with_layers(kind)), make(model=with_layers(kind))
    history = own.use_backward(kind, backward).fit(*moons, epochs=3, validation=moons)
    expected = usual.fit(*moons, epochs=3, validation=moons)
    # the same formulas in another order: a few roundings a step, which training carries along
    np.testing.assert_allclose(history.loss, expected.loss, rtol=1e-7)
    np.testing.assert_allclose(history.val_loss, expected.val_loss, rtol=1e-7)
    assert len(history.differences[kind]) == 12
    assert max(history.differences[kind]) < 1e-10


def test_a_mean_that_is_treated_as_a_constant_is_seen(make, moons):
    def careless(dY, cache, axis):
        return dY * cache["gamma"] * cache["inv_std"], (dY * cache["xhat"]).sum(axis=0), dY.sum(axis=0)

    history = make(model=with_layers("batch_norm")).use_backward("batch_norm", careless).fit(*moons, epochs=1)
    assert min(history.differences["batch_norm"]) > 0.01


def test_none_goes_back_to_the_engine(make, moons):
    trainer = make().use_backward("affine", affine_backward)
    trainer.fit(*moons, epochs=1)
    trainer.use_backward("affine", None)
    history = trainer.fit(*moons, epochs=1)
    assert history.path == "compiled"
    assert history.differences == {}
    assert "forward" not in vars(trainer.model.layers[0])


def test_an_unknown_kind_is_answered_with_those_there_are(make):
    with pytest.raises(UsageError, match=r"affine: \(dY, X, W\) -> dX, dW, db"):
        make().use_backward("convolution", affine_backward)
    with pytest.raises(UsageError, match="cannot be the backward"):
        make().use_backward("affine", "mine")


def test_evaluation_asks_for_no_backward(make, moons):
    def never(*args):
        raise AssertionError("asked")

    trainer = make()
    trainer.use_backward("affine", never).use_backward("loss", never)
    assert trainer.evaluate(*moons)["loss"] > 0


def test_binary_losses_can_be_swapped(make, moons):
    X, y = moons

    def backward(Z, t):
        return (1 / (1 + np.exp(-Z)) - t) / Z.size

    trainer = make(sizes=(2, 4, 1), loss=binary_cross_entropy_with_logits).use_backward("loss", backward)
    history = trainer.fit(X, y[:, None], epochs=2)
    assert max(history.differences["loss"]) < 1e-12
