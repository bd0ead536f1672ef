"""`nn.pure`: a module as a function of its parameters, differentiated and compiled like any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from backprop_course import (
    ShapeError,
    UsageError,
    compile,
    grad,
    gradient_check,
    hvp,
    jvp,
    nn,
    value_and_grad,
)


def network(rng):
    return nn.MLP([3, 5, 2], rng=rng)


def loss_of(net, X, y):
    return lambda values: nn.losses.cross_entropy(nn.pure(net, values, X)[0], y)


def data(rng):
    return rng.normal(size=(7, 3)), rng.integers(0, 2, size=7)


def test_plain_arrays_run_as_plain_numpy(rng):
    net, (X, _) = network(rng), data(rng)
    out, buffers = nn.pure(net, nn.values(net), X)
    assert type(out) is np.ndarray
    assert buffers == {}
    np.testing.assert_array_equal(out, net(X).value)


def test_other_values_are_used_and_the_module_stays_as_it_was(rng):
    net, (X, _) = network(rng), data(rng)
    before, kept = net(X).value, net.parameters()
    zeros = {name: np.zeros_like(array) for name, array in nn.values(net).items()}
    assert not nn.pure(net, zeros, X)[0].any()
    assert all(p is q for p, q in zip(kept, net.parameters(), strict=True))
    np.testing.assert_array_equal(net(X).value, before)


def test_the_module_is_put_back_when_the_call_fails(rng):
    net = network(rng)
    kept = net.parameters()
    with pytest.raises(ShapeError):
        nn.pure(net, nn.values(net), np.ones((2, 4)))
    assert all(p is q for p, q in zip(kept, net.parameters(), strict=True))


def test_gradients_are_those_of_backward(rng):
    net, (X, y) = network(rng), data(rng)
    found = grad(loss_of(net, X, y))(nn.values(net))
    nn.losses.cross_entropy(net(X), y).backward()
    assert found.keys() == dict(net.named_parameters()).keys()
    for name, parameter in net.named_parameters():
        np.testing.assert_array_equal(found[name], parameter.grad)


def test_it_passes_the_gradient_check_in_both_modes(rng):
    net, (X, y) = network(rng), data(rng)
    names, arrays = zip(*nn.values(net).items(), strict=True)
    report = gradient_check(lambda *ws: loss_of(net, X, y)(dict(zip(names, ws, strict=True))), *arrays)
    assert report.ok, report
    assert {a.mode for a in report.arguments} == {"reverse", "forward"}


def test_hvp_is_the_derivative_of_the_gradient(rng):
    net, (X, y) = network(rng), data(rng)
    values, loss = nn.values(net), loss_of(network(rng), X, y)
    v = {name: rng.normal(size=array.shape) for name, array in values.items()}
    found = hvp(loss, (values,), (v,))[0]
    expected = jvp(grad(loss), (values,), (v,))[1]
    for name in values:
        # Two orders of the same float64 operations on numbers of size 1: 1e-12 is thousands of roundings.
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-12)


def test_a_compiled_step_of_training_gives_the_tapes_numbers_bit_for_bit(rng):
    net, (X, y) = network(rng), data(rng)

    def step(values, X, y):
        loss, grads = value_and_grad(lambda v: nn.losses.cross_entropy(nn.pure(net, v, X)[0], y))(values)
        return {name: w - 0.1 * grads[name] for name, w in values.items()}, loss

    fast, ours, theirs = compile(step), nn.values(net), nn.values(net)
    for _ in range(4):
        ours, loss = fast(ours, X, y)
        theirs, expected = step(theirs, X, y)
        assert loss == expected
        for name in theirs:
            np.testing.assert_array_equal(ours[name], theirs[name])


def test_a_shared_parameter_is_replaced_in_all_its_places(rng):
    first, second = nn.Linear(3, 3, rng=rng), nn.Linear(3, 3, rng=rng)
    second.weight = first.weight
    net, x = nn.Sequential(first, second), rng.normal(size=(2, 3))
    values = nn.values(net)
    assert list(values) == ["0.weight", "0.bias", "1.bias"]
    values["0.weight"] = np.eye(3)
    np.testing.assert_array_equal(nn.pure(net, values, x)[0], x)


@pytest.mark.parametrize(
    ("spoil", "error", "text"),
    [
        (lambda v: v.pop("0.bias"), UsageError, r"(?s)missing.*expected: '0\.bias'"),
        (
            lambda v: v.update(other=np.ones(2)),
            UsageError,
            r"(?s)no parameters of these names.*got: +'other'",
        ),
        (lambda v: v.update({"0.bias": np.ones((1, 5))}), ShapeError, r"(?s)'0\.bias'.*\(5,\).*\(1, 5\)"),
    ],
)
def test_values_that_do_not_fit_are_refused(spoil, error, text, rng):
    net = network(rng)
    values, kept = nn.values(net), net.parameters()
    spoil(values)
    with pytest.raises(error, match=text):
        nn.pure(net, values, np.ones((2, 3)))
    assert all(p is q for p, q in zip(kept, net.parameters(), strict=True))


def test_threads_do_not_mix_up_their_values(rng):
    net, X = network(rng), rng.normal(size=(50, 3))
    starts = [{name: k * array for name, array in nn.values(net).items()} for k in range(4)]
    expected = [nn.pure(net, start, X)[0] for start in starts]
    kept = net.parameters()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda k: nn.pure(net, starts[k % 4], X)[0], range(200)))
    for k, out in enumerate(found):
        np.testing.assert_array_equal(out, expected[k % 4])
    assert all(p is q for p, q in zip(kept, net.parameters(), strict=True))
