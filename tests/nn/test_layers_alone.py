"""Layers one by one: their formulas written out, their corners, and inputs they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import DtypeError, ShapeError, Tensor, UsageError, grad, nn
from tests.nn.table import LAYERS, make


def test_a_linear_layer_is_x_times_weight_plus_bias(rng):
    layer = nn.Linear(3, 2, rng=rng)
    layer.bias.assign([1.0, -1.0])
    x = rng.normal(size=(4, 3))
    np.testing.assert_array_equal(layer(x).value, x @ layer.weight.value + layer.bias.value)
    assert nn.Linear(3, 2, rng=rng, bias=False).bias is None


def test_the_gradient_of_a_linear_layer_is_that_of_the_lecture(rng):
    # NB06: dW = X' dY, db = sum of the rows of dY, dX = dY W'.
    layer, X, dY = nn.Linear(3, 2, rng=rng), rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    x = Tensor(X, requires_grad=True)
    layer(x).backward(dY)
    # One product each, of the same numbers: a few roundings apart at most.
    np.testing.assert_allclose(layer.weight.grad, X.T @ dY, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(layer.bias.grad, dY.sum(axis=0), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(x.grad, dY @ layer.weight.value.T, rtol=1e-14, atol=1e-14)


BAD_INPUTS = [
    ("Linear", (5, 3), r"Linear.*expected: shape \(\.\.\., 4\).*got: +shape \(5, 3\).*rows of examples"),
    ("Linear", (), r"Linear.*expected: shape \(\.\.\., 4\).*got: +shape \(\)"),
    ("Maxout", (5, 3), r"Maxout.*expected: shape \(\.\.\., 4\).*got: +shape \(5, 3\)"),
    ("PReLU, a slope each", (4, 5), r"PReLU.*expected: shape \(\.\.\., 4\).*got: +shape \(4, 5\)"),
    ("BatchNorm", (4,), r"BatchNorm.*expected: shape \(N, 4\) or \(N, 4, \.\.\.\).*got: +shape \(4,\)"),
    ("BatchNorm", (6, 5), r"BatchNorm.*got: +shape \(6, 5\)"),
    ("BatchNorm", (1, 4), r"BatchNorm.*single value.*at least 2.*got: +1.*\(1, 4\).*eval\(\)"),
    ("BatchNorm", (0, 4), r"BatchNorm.*at least 2.*got: +0"),
    ("LayerNorm of two axes", (3, 3, 3), r"LayerNorm.*shape \(\.\.\., 3, 4\).*got: +shape \(3, 3, 3\)"),
    ("GroupNorm", (5, 4), r"GroupNorm.*expected: shape \(N, 6\) or \(N, 6, \.\.\.\).*got: +shape \(5, 4\)"),
    ("InstanceNorm", (5, 3), r"InstanceNorm.*\(N, 3, \.\.\.\), at least 3 axes.*got: +shape \(5, 3\)"),
    ("InstanceNorm", (5, 3, 1), r"InstanceNorm.*single value"),
    ("Residual", (5, 3), r"Linear.*expected: shape \(\.\.\., 4\)"),
]


@pytest.mark.parametrize(("name", "shape", "text"), BAD_INPUTS, ids=lambda x: str(x)[:25])
def test_an_input_of_another_shape_is_refused_with_both_shapes(name, shape, text, rng):
    module, _ = make(name, rng)
    with pytest.raises(ShapeError, match=f"(?s){text}"):
        module(np.ones(shape))


BAD_SETTINGS = [
    (lambda: nn.Linear(0, 3, rng=0), r"n_in is a number.*at least 1.*got: +0"),
    (lambda: nn.Linear(2, 2.5, rng=0), r"n_out is a number.*integer.*got: +2\.5"),
    (lambda: nn.Linear(2, 3), r"drawn from a generator.*rng=np\.random\.default_rng.*got: +rng=None"),
    (lambda: nn.Linear(2, 3, rng="x"), r"generator.*got: +rng='x'"),
    (lambda: nn.Linear(2, 3, rng=0, dtype=int), r"floating-point.*float64 or float32.*got: +int64"),
    (lambda: nn.Linear(2, 3, rng=0, init="glorot"), r"cannot start.*xavier_uniform.*got: +'glorot'"),
    (lambda: nn.Dropout(1.0), r"p is a probability.*below 1.*got: +1\.0"),
    (lambda: nn.Dropout(-0.1), r"p is a probability.*got: +-0\.1"),
    (lambda: nn.Dropout(0.5)(np.ones(3)), r"no generator.*nn\.pure.*eval\(\)"),
    (lambda: nn.GroupNorm(4, 6), r"equally many channels.*that 4 divides.*got: +6 channels"),
    (lambda: nn.LayerNorm(4, eps=-1.0), r"eps.*got: +-1\.0"),
    (lambda: nn.activation("rellu"), r"no such activation.*one of identity, .*got: +'rellu'"),
    (lambda: nn.Sequential([nn.Tanh()]), r"one by one.*Sequential\(first, second.*unpack a list"),
    (lambda: nn.Sequential(nn.Tanh), r"one by one.*into a layer with \(\)"),
    (lambda: nn.MLP([3], rng=0), r"sizes of a network.*at least two.*got: +\[3\]"),
    (lambda: nn.MLP(3, rng=0), r"sizes of a network.*got: +3"),
    (lambda: nn.MLP([2, 3, 1], ["tanh", "relu"], rng=0), r"each hidden layer.*expected: 1.*got: +2"),
    (lambda: nn.MLP([2, 3, 1], bias=[True], rng=0), r"one entry for each linear layer.*expected: 2.*got: +1"),
    (lambda: nn.MLP([2, 3, 1]), r"drawn from a generator"),
]


@pytest.mark.parametrize(("make", "text"), BAD_SETTINGS, ids=[text[:30] for _, text in BAD_SETTINGS])
def test_bad_settings_are_refused_with_what_was_expected_and_got(make, text):
    with pytest.raises(UsageError, match=f"(?s){text}"):
        make()


def test_a_layer_refuses_starting_weights_of_another_shape():
    with pytest.raises(ShapeError, match=r"(?s)expected: \(2, 3\).*got: +\(3, 2\).*a column for each unit"):
        nn.Linear(2, 3, init=np.ones((3, 2)))


# Activations.

AT_HALF = {  # the value at 0.5 and at -0.5, from the formulas
    "identity": (0.5, -0.5),
    "sigmoid": (1 / (1 + np.exp(-0.5)), 1 / (1 + np.exp(0.5))),
    "tanh": (np.tanh(0.5), -np.tanh(0.5)),
    "relu": (0.5, 0.0),
    "leaky_relu": (0.5, -0.005),
    "prelu": (0.5, -0.125),
    "elu": (0.5, np.exp(-0.5) - 1),
    "selu": (1.0507009873554805 * 0.5, 1.0507009873554805 * 1.6732632423543772 * (np.exp(-0.5) - 1)),
    "softplus": (np.log(1 + np.exp(0.5)), np.log(1 + np.exp(-0.5))),
    "silu": (0.5 / (1 + np.exp(-0.5)), -0.5 / (1 + np.exp(0.5))),
    "swish": (0.5 / (1 + np.exp(-0.5)), -0.5 / (1 + np.exp(0.5))),
    "gelu": (0.5 * 0.6914624612740131, -0.5 * 0.3085375387259869),  # the normal distribution at 0.5, by table
    "threshold": (1.0, 0.0),
}


@pytest.mark.parametrize("name", AT_HALF)
def test_activations_by_name_have_the_values_of_their_formulas(name):
    found = nn.activation(name)(np.array([0.5, -0.5]))
    # The formulas here round in other places: a few units in the last of 16 digits.
    np.testing.assert_allclose(getattr(found, "value", found), AT_HALF[name], rtol=1e-14)


def test_every_name_is_tried_and_named_as_its_class():
    from backprop_course.nn.activations import BY_NAME

    assert set(AT_HALF) == set(BY_NAME)
    assert repr(nn.activation("leaky_relu")) == "LeakyReLU(slope=0.01)"
    assert repr(nn.activation("swish")) == "SiLU()"


@pytest.mark.parametrize("name", sorted(set(AT_HALF) - {"identity", "relu", "leaky_relu", "prelu", "elu"}))
def test_activations_are_silent_and_finite_far_out(name):
    x = Tensor(np.array([-1000.0, 1000.0]), requires_grad=True)
    out = nn.activation(name)(x)
    assert np.isfinite(getattr(out, "value", out)).all()
    if isinstance(out, Tensor):
        out.backward(np.ones(2))
        assert np.isfinite(x.grad).all()


def test_an_activation_may_be_any_function_class_or_module():
    x = np.array([-1.0, 2.0])
    for what in (np.tanh, nn.Tanh, nn.Tanh()):
        np.testing.assert_array_equal(nn.activation(what)(x), np.tanh(x))
    given = nn.PReLU()
    assert nn.activation(given) is not given  # so that two layers do not share its slope
    assert repr(nn.Activation(np.tanh)) == "Activation(tanh)"


def test_the_hard_threshold_fires_at_its_threshold_and_passes_no_gradient():
    unit = nn.HardThreshold(1.0)
    x = np.array([0.5, 1.0, 2.0])
    np.testing.assert_array_equal(unit(x), [0.0, 1.0, 1.0])
    np.testing.assert_array_equal(grad(lambda x: np.sum(unit(x)))(x), np.zeros(3))
    assert unit(x.astype(np.float32)).dtype == np.float32


def test_the_learned_slope_of_prelu_gets_the_inputs_below_zero():
    layer = nn.PReLU()
    layer(np.array([-2.0, 3.0, -1.0])).backward(np.array([1.0, 1.0, 10.0]))
    np.testing.assert_array_equal(layer.weight.grad, [-2.0 - 10.0])


def test_maxout_of_two_opposite_pieces_is_the_absolute_value():
    layer = nn.Maxout(1, 1, init=1.0)
    layer.weight.assign([[[1.0]], [[-1.0]]])
    np.testing.assert_array_equal(layer(np.array([[-3.0], [0.5]])).value, [[3.0], [0.5]])
    assert (layer.count_parameters(), nn.Linear(1, 1, init=1.0).count_parameters()) == (4, 2)


def test_the_pieces_of_maxout_start_apart_also_from_a_seed():
    weight = nn.Maxout(3, 2, rng=0).weight.value
    assert np.all(weight[0] != weight[1])


# Dropout.


def test_dropout_drops_at_its_rate_and_keeps_the_expectation(rng):
    layer, n = nn.Dropout(0.2, rng=rng), 10_000
    out = layer(np.ones(n))
    assert set(np.unique(out)) == {0.0, 1.25}
    # The share of zeros has standard deviation sqrt(0.2 * 0.8 / n) = 0.004: six of them, with a fixed seed.
    assert abs(np.mean(out == 0) - 0.2) < 0.024
    # An entry has standard deviation 0.5, their mean 0.005.
    assert abs(out.mean() - 1.0) < 0.03


def test_dropout_is_the_identity_in_evaluation_and_at_rate_zero(rng):
    x = Tensor(rng.normal(size=5), requires_grad=True)
    assert nn.Dropout(0.5).eval()(x) is x
    assert nn.Dropout(0.0)(x) is x


def test_dropout_sends_gradients_through_the_mask_of_the_forward_call(rng):
    x = Tensor(np.ones(100), requires_grad=True)
    out = nn.Dropout(0.3, rng=rng)(x)
    out.backward(np.full(100, 2.0))
    np.testing.assert_array_equal(x.grad, 2.0 * out.value)


def test_dropout_draws_anew_each_call_and_the_same_from_the_same_seed():
    first, second = nn.Dropout(0.5, rng=7), nn.Dropout(0.5, rng=7)
    masks = [first(np.ones(50)) for _ in range(3)]
    assert not np.array_equal(masks[0], masks[1])
    for mask in masks:
        np.testing.assert_array_equal(second(np.ones(50)), mask)


def test_pure_draws_from_the_generator_handed_in_and_gives_the_own_one_back(rng):
    own = np.random.default_rng(1)
    layer = nn.Dropout(0.5, rng=own)
    state = own.bit_generator.state
    found = nn.pure(layer, {}, np.ones(50), rng=np.random.default_rng(2))[0]
    again = nn.pure(layer, {}, np.ones(50), rng=np.random.default_rng(2))[0]
    np.testing.assert_array_equal(found, again)
    assert layer.rng is own
    assert own.bit_generator.state == state
    bare = nn.Dropout(0.5)
    np.testing.assert_array_equal(nn.pure(bare, {}, np.ones(50), rng=np.random.default_rng(2))[0], found)
    assert bare.rng is None


# Normalisation.


def test_batchnorm_makes_each_feature_mean_zero_and_variance_one_in_training(rng):
    layer = nn.BatchNorm(3, eps=0.0)
    out = layer(rng.normal(5.0, 3.0, size=(50, 3))).value
    # 50 numbers of size 1: their sum is exact to about 1e-14.
    np.testing.assert_allclose(out.mean(axis=0), 0.0, atol=1e-13)
    np.testing.assert_allclose(out.var(axis=0), 1.0, rtol=1e-13)


def test_running_statistics_move_by_the_momentum_to_the_mean_and_the_unbiased_variance(rng):
    layer, x = nn.BatchNorm(2, momentum=0.25), rng.normal(2.0, 3.0, size=(6, 2))
    layer(x)
    # The formula of the docstring, with the sum in another order.
    np.testing.assert_allclose(layer.running_mean, 0.25 * x.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(layer.running_var, 0.75 + 0.25 * x.var(axis=0, ddof=1), rtol=1e-14)
    before = layer.state_dict()
    out = layer.eval()(x).value
    expected = (x - layer.running_mean) / np.sqrt(layer.running_var + 1e-5)
    np.testing.assert_allclose(out, expected, rtol=1e-14)
    assert all(np.array_equal(before[key], array) for key, array in layer.state_dict().items())
    assert layer(x[:1]).shape == (1, 2)  # in evaluation one row will do


def test_running_statistics_are_plain_arrays_after_a_recorded_call(rng):
    layer, x = nn.BatchNorm(2), Tensor(rng.normal(size=(4, 2)), requires_grad=True)
    layer(x)
    assert {type(array) for _, array in layer.named_buffers()} == {np.ndarray}


def test_pure_returns_new_running_statistics_and_leaves_the_old(rng):
    layer, x = nn.BatchNorm(2), rng.normal(size=(4, 2))
    old = nn.buffers(layer)
    _, new = nn.pure(layer, nn.values(layer), x)
    _, from_given = nn.pure(layer, {**nn.values(layer), **new}, x)
    assert new.keys() == old.keys() == {"running_mean", "running_var"}
    for key, array in nn.buffers(layer).items():
        np.testing.assert_array_equal(array, old[key])
        assert not np.array_equal(new[key], old[key])
        assert not np.array_equal(from_given[key], new[key])
    assert nn.pure(layer.eval(), nn.values(layer), x)[1] == {}


def test_compile_refuses_running_statistics_that_are_no_inputs(rng):
    from backprop_course import GraphError, compile

    layer, x = nn.BatchNorm(2), rng.normal(size=(4, 2))
    text = r"(?s)BatchNorm writes to 'running_mean'.*nn\.buffers\(module\).*eval\(\)"
    with pytest.raises(GraphError, match=text):
        compile(lambda v, x: nn.pure(layer, v, x)[0], nn.values(layer), x)
    with pytest.raises(GraphError, match=text):
        compile(lambda x: layer(x), x)
    assert {type(array) for _, array in layer.named_buffers()} == {np.ndarray}
    assert compile(lambda x: layer.eval()(x))(x).shape == (4, 2)


@pytest.mark.parametrize(
    ("layer", "axes"),
    [
        (nn.BatchNorm(4), (0, 2, 3)),
        (nn.LayerNorm((4, 3, 2)), (1, 2, 3)),
        (nn.GroupNorm(1, 4), (1, 2, 3)),
        (nn.GroupNorm(4, 4), (2, 3)),
        (nn.InstanceNorm(4), (2, 3)),
    ],
    ids=repr,
)
def test_the_four_differ_in_the_axes_they_average_over(layer, axes, rng):
    x = rng.normal(size=(5, 4, 3, 2))
    expected = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + 1e-5)
    found = layer(x)
    np.testing.assert_allclose(getattr(found, "value", found), expected, rtol=1e-12, atol=1e-13)


# Containers.


def test_an_mlp_is_its_layers_one_after_the_other(rng):
    net, x = nn.MLP([2, 5, 4, 3], ["relu", "tanh"], output="sigmoid", rng=rng), rng.normal(size=(6, 2))
    kinds = [nn.Linear, nn.ReLU, nn.Linear, nn.Tanh, nn.Linear, nn.Sigmoid]
    assert [type(layer) for layer in net] == kinds
    out = x
    for layer in net:
        out = layer(out)
    np.testing.assert_array_equal(out.value, net(x).value)


def test_a_slice_of_a_network_shares_its_parameters(rng):
    net = nn.MLP([2, 5, 3], rng=rng)
    assert len(net) == 3
    assert net[:-1][0] is net[0]
    assert type(net[1:]) is nn.Sequential


def test_an_mlp_takes_biases_one_by_one(rng):
    net = nn.MLP([2, 2, 1], "relu", output="sigmoid", bias=(True, False), rng=rng)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "2.weight"]
    assert net.count_parameters() == 8  # the eight of XOR without an output bias


def test_layers_of_an_mlp_do_not_share_a_given_activation(rng):
    net = nn.MLP([2, 3, 3, 1], nn.PReLU(), rng=rng)
    assert net[1] is not net[3]
    assert len(net.parameters()) == 8


def test_the_same_seed_makes_the_same_network():
    first, second = nn.MLP([2, 5, 5, 1], rng=3), nn.MLP([2, 5, 5, 1], rng=np.random.default_rng(3))
    for (name, p), (_, q) in zip(first.named_parameters(), second.named_parameters(), strict=True):
        np.testing.assert_array_equal(p.value, q.value, err_msg=name)
    assert not np.array_equal(first[2].weight.value[:2, :5], first[0].weight.value)


def test_a_residual_block_adds_its_branch_to_its_input_and_sums_gradients():
    # NB06.W7: W1 = [[1, -1], [2, .5]], W2 = [[.5, 1], [-1, 2]] (out, in), relu between, x = (1, 2), and the
    # cotangent (1, -1): the branch sends (-2, -.5), both ways together (-1, -1.5).
    block = nn.Residual(
        nn.Linear(2, 2, bias=False, init=np.array([[1.0, 2.0], [-1.0, 0.5]])),
        nn.ReLU(),
        nn.Linear(2, 2, bias=False, init=np.array([[0.5, -1.0], [1.0, 2.0]])),
    )
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    out = block(x)
    np.testing.assert_array_equal(out.value, [1.0 + 3.0, 2.0 + 6.0])
    out.backward(np.array([1.0, -1.0]))
    np.testing.assert_array_equal(x.grad, [-1.0, -1.5])


def test_a_residual_block_refuses_ways_that_would_broadcast(rng):
    block = nn.Residual(nn.Linear(4, 1, rng=rng))
    text = r"(?s)residual.*expected: shape \(5, 4\).*got: +shape \(5, 1\).*shortcut=nn\.Linear"
    with pytest.raises(ShapeError, match=text):
        block(np.ones((5, 4)))


def test_the_table_holds_every_layer():
    from backprop_course.nn.activations import BY_NAME

    made = [make(name, np.random.default_rng(0))[0] for name in LAYERS]
    layers = {type(part) for module in made for _, part in module.named_modules()}
    public = {getattr(nn, name) for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    others = {nn.Module, nn.SymmetryWarning, nn.HardThreshold, nn.McCullochPitts, nn.Perceptron}
    assert public - others <= layers
    assert set(BY_NAME.values()) - others <= layers


@pytest.mark.parametrize("x", [np.array([["a", "b"]]), np.ones((1, 2)) + 1j, np.array([[None, 1.0]])])
def test_layers_take_real_numbers_only(x):
    with pytest.raises(DtypeError, match=rf"(?s)floats.*got: +dtype {x.dtype}"):
        nn.Linear(2, 3, rng=0)(x)
