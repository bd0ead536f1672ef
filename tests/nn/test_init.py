"""Starting weights: their variances, how they are asked for, and the warning about copies."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pytest

from backprop_course import ShapeError, UsageError, grad, nn

N_IN, N_OUT = 200, 500


@pytest.mark.parametrize(
    ("how", "variance"),
    [
        (functools.partial(nn.init.normal, std=0.3), 0.09),
        (nn.init.xavier_uniform, 2 / (N_IN + N_OUT)),
        (nn.init.xavier_normal, 2 / (N_IN + N_OUT)),
        (functools.partial(nn.init.xavier_normal, gain=3.0), 9 * 2 / (N_IN + N_OUT)),
        (nn.init.kaiming_uniform, 2 / N_IN),
        (nn.init.kaiming_normal, 2 / N_IN),
        (nn.init.lecun_normal, 1 / N_IN),
    ],
    ids="normal xavier_uniform xavier_normal gain kaiming_uniform kaiming_normal lecun_normal".split(),
)
def test_weights_have_mean_zero_and_the_variance_of_the_formula(how, variance, rng):
    w = how((N_IN, N_OUT), rng)
    assert w.shape == (N_IN, N_OUT)
    # 100,000 draws: mean and variance are known to 0.32 % and 0.45 % of the standard deviation and variance;
    # four of these are allowed. Exchanged fans or a variance taken for a standard deviation are far outside.
    assert abs(w.mean()) < 0.013 * np.sqrt(variance)
    np.testing.assert_allclose(w.var(), variance, rtol=0.018)


@pytest.mark.parametrize("kind", ["xavier_uniform", "kaiming_uniform"])
def test_uniform_weights_fill_the_interval_of_their_variance(kind, rng):
    w = nn.init.KINDS[kind]((N_IN, N_OUT), rng)
    variance = 2 / (N_IN + N_OUT) if kind == "xavier_uniform" else 2 / N_IN
    bound = np.sqrt(3 * variance)
    assert 0.999 * bound < np.abs(w).max() <= bound  # the largest of 100,000 is this near


def test_zeros_and_constants_need_no_generator():
    assert not nn.init.zeros((2, 3)).any()
    np.testing.assert_array_equal(nn.init.constant((2, 3), value=0.5), np.full((2, 3), 0.5))
    assert not nn.Linear(2, 3, init="zeros").weight.value.any()
    np.testing.assert_array_equal(nn.Linear(2, 1, init=2).weight.value, [[2.0], [2.0]])


def test_weights_may_be_given_drawn_by_a_function_or_by_name(rng):
    given = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(nn.Linear(2, 3, init=given).weight.value, given)
    by_name = nn.Linear(2, 3, init="kaiming_normal", rng=4).weight.value
    by_function = nn.Linear(2, 3, init=nn.init.kaiming_normal, rng=4).weight.value
    np.testing.assert_array_equal(by_name, by_function)
    given[0] = 9.0
    assert nn.Linear(2, 3, init=given).weight.value is not given


def test_a_network_starts_by_its_activations(rng):
    n = 300
    relu, tanh = (nn.MLP([n, n, n], kind, rng=rng) for kind in ("relu", "tanh"))
    # 90,000 draws: the variance is known to half a percent, and the two kinds differ by a factor of 2.
    np.testing.assert_allclose(relu[0].weight.value.var(), 2 / n, rtol=0.03)
    np.testing.assert_allclose(tanh[0].weight.value.var(), 1 / n, rtol=0.03)
    assert not relu[0].bias.value.any()


def test_kaiming_keeps_the_size_of_signals_through_ten_layers_of_relu(rng):
    x = rng.normal(size=(200, 100))
    sizes = [100] * 11
    good = nn.MLP(sizes, "relu", rng=rng)(x).value
    small = nn.MLP(sizes, "relu", rng=rng, init=functools.partial(nn.init.normal, std=0.01))(x).value
    # Each layer keeps the mean square up to a random factor near 1; std 0.01 leaves 0.07 of it each time.
    assert 0.1 < np.sqrt(np.mean(good**2)) < 10
    assert np.sqrt(np.mean(small**2)) < 1e-9


@pytest.mark.parametrize("how", ["zeros", 0.5])
def test_equal_hidden_units_are_warned_of(how):
    with pytest.warns(nn.SymmetryWarning, match=r"The 5 units of a hidden layer.*stay equal.*xavier_uniform"):
        nn.MLP([3, 5, 2], init=how)
    with pytest.warns(nn.SymmetryWarning):
        nn.initialize(nn.MLP([3, 5, 2], rng=0), how)
    with pytest.warns(nn.SymmetryWarning):
        nn.Sequential(nn.Linear(3, 5, init=how), np.tanh, nn.Linear(5, 2, init=how))


def test_the_warning_points_at_the_line_that_made_the_network():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        nn.MLP([3, 5, 2], init=0.0)
        nn.Sequential(nn.Linear(3, 5, init=0.0), nn.Linear(5, 2, init=0.0))
        nn.initialize(nn.MLP([3, 5, 2], rng=0), 0.0)
    assert [warning.filename for warning in seen] == [__file__] * 3


def test_what_is_warned_of_is_true(rng):
    with pytest.warns(nn.SymmetryWarning):
        net = nn.MLP([3, 5, 2], init=0.5)
    X, y, values = rng.normal(size=(20, 3)), rng.integers(0, 2, size=20), nn.values(net)
    for _ in range(5):
        g = grad(lambda v: nn.cross_entropy(nn.pure(net, v, X)[0], y))(values)
        values = {name: w - 0.5 * g[name] for name, w in values.items()}
    # The units are equal by symmetry; their sums may be rounded in another order.
    np.testing.assert_allclose(values["0.weight"], values["0.weight"][:, :1] * np.ones(5), rtol=1e-12)
    assert np.all(values["0.weight"] != 0.5)  # they did learn, all the same


def test_where_no_units_are_copies_there_is_no_warning(rng):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.Linear(3, 2, init="zeros")  # softmax regression starts at zeros and learns
        nn.MLP([3, 2], init="zeros")
        nn.MLP([3, 1, 2], init=0.5)  # a single hidden unit has no twin
        nn.MLP([3, 5, 2], rng=rng)
        nn.Sequential(nn.Linear(3, 5, init=0.5), nn.Linear(5, 2, rng=rng))  # the way out tells them apart
        nn.Sequential(nn.Linear(3, 5, init=0.5), nn.Dropout(), nn.Linear(5, 2, init=0.5))  # masks do, too


def test_initialize_starts_all_linear_layers_anew_in_place(rng):
    net = nn.MLP([3, 4, 2], rng=rng, dtype=np.float32)
    net[0].bias.assign(np.ones(4))
    kept, before = net.parameters(), net.state_dict()
    assert nn.initialize(net, "kaiming_normal", rng) is net
    assert all(p is q for p, q in zip(kept, net.parameters(), strict=True))
    assert not np.any(before["0.weight"] == net[0].weight.value)
    assert not net[0].bias.value.any()
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.init.xavier_normal((3,), 0), ShapeError, r"a shape \(n_in, n_out\).*got: +\(3,\)"),
        (lambda: nn.init.normal((3,), None), UsageError, r"handed in.*got: +rng=None"),
        (lambda: nn.initialize(nn.Linear(2, 1, rng=0), "normal"), UsageError, r"got: +rng=None"),
        (lambda: nn.Linear(2, 1, init="constant", rng=0), UsageError, r"one of zeros.*got: +'constant'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        call()
