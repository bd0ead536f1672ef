"""Losses and penalties: values by hand, derivatives in both modes, corners, and targets they refuse."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from backprop_course import ShapeError, Tensor, UsageError, compile, grad, gradient_check, nn, value_and_grad


def probabilities(rng, shape):
    e = rng.exponential(size=shape)
    return e / e.sum(axis=-1, keepdims=True)


TARGETS = {
    "numbers": lambda rng, shape: rng.normal(size=shape),
    "shares": lambda rng, shape: rng.uniform(0.1, 0.9, size=shape),
    "rows": probabilities,
    "classes": lambda rng, shape: rng.integers(0, shape[-1], size=shape[:-1]),
}
LOSSES = {
    "squared_error": (nn.squared_error, "numbers"),
    "squared_error, factor 0.5": (functools.partial(nn.squared_error, factor=0.5), "numbers"),
    "absolute_error": (nn.absolute_error, "numbers"),
    "huber": (nn.huber, "numbers"),
    "huber, delta 0.3": (functools.partial(nn.huber, delta=0.3), "numbers"),
    "binary_cross_entropy": (nn.binary_cross_entropy, "shares"),
    "cross_entropy of classes": (nn.cross_entropy, "classes"),
    "cross_entropy of rows": (nn.cross_entropy, "rows"),
    "cross_entropy, smoothed": (functools.partial(nn.cross_entropy, label_smoothing=0.1), "classes"),
    "kl_from_logits": (nn.kl_from_logits, "rows"),
    "max_margin": (nn.max_margin, "classes"),
    "max_margin, margin 0.4": (functools.partial(nn.max_margin, margin=0.4), "classes"),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 4), (5,)], ids=str)
@pytest.mark.parametrize("name", LOSSES)
def test_derivatives_agree_with_differences_in_both_modes(name, shape, reduction, rng):
    loss, kind = LOSSES[name]
    target = TARGETS[kind](rng, shape)
    report = gradient_check(lambda x: loss(x, target, reduction=reduction), rng.normal(size=shape), rng=rng)
    assert report.ok, report


@pytest.mark.parametrize("name", [name for name, (_, kind) in LOSSES.items() if kind in ("numbers", "rows")])
def test_targets_have_right_derivatives_too(name, rng):
    loss, kind = LOSSES[name]
    report = gradient_check(loss, rng.normal(size=(3, 4)), TARGETS[kind](rng, (3, 4)), rng=rng)
    assert report.ok, report


@pytest.mark.parametrize("name", LOSSES)
def test_float32_stays_float32(name, rng):
    loss, kind = LOSSES[name]
    target = TARGETS[kind](rng, (4, 3))
    target = target.astype(np.float32) if target.dtype.kind == "f" else target
    x = Tensor(rng.normal(size=(4, 3)).astype(np.float32), requires_grad=True)
    out = loss(x, target)
    out.backward()
    assert (out.dtype, x.grad.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("name", LOSSES)
def test_compiled_it_gives_the_tapes_numbers_bit_for_bit(name, rng):
    loss, kind = LOSSES[name]
    step = value_and_grad(loss)
    fast = compile(step)
    for _ in range(2):
        x, target = rng.normal(size=(4, 3)), TARGETS[kind](rng, (4, 3))
        for found, expected in zip(fast(x, target), step(x, target), strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", LOSSES)
def test_lists_are_taken_for_arrays(name, rng):
    loss, kind = LOSSES[name]
    x, target = rng.normal(size=(4, 3)), TARGETS[kind](rng, (4, 3))
    assert loss(x.tolist(), target.tolist()) == loss(x, target)


@pytest.mark.parametrize("name", LOSSES)
def test_large_outputs_are_silent_and_finite(name, rng):
    loss, kind = LOSSES[name]
    x = Tensor(np.array([[1000.0, -1000.0, 0.0], [-1000.0, 1000.0, 3.0]]), requires_grad=True)
    out = loss(x, TARGETS[kind](rng, (2, 3)))
    out.backward()
    assert np.isfinite(out.value)
    assert np.isfinite(x.grad).all()


def test_squared_error_states_its_factor():
    output, target = np.array([[1.0, 2.0], [3.0, 0.0]]), np.zeros((2, 2))
    assert nn.squared_error(output, target) == 14.0 / 4.0
    assert nn.squared_error(output, target, factor=0.5) == 7.0 / 4.0
    assert nn.squared_error(output, target, factor=0.5, reduction="sum") == 7.0
    # Half the sum over entries has the plain error as its gradient: NB06's convention.
    half = functools.partial(nn.squared_error, target=target, factor=0.5, reduction="sum")
    np.testing.assert_array_equal(grad(lambda x: half(x))(output), output)


def test_huber_is_a_square_near_and_a_line_far():
    found = nn.huber(np.array([0.0, 0.5, -0.5, 2.0, -3.0]), np.zeros(5), delta=1.0, reduction="none")
    np.testing.assert_array_equal(found, [0.0, 0.125, 0.125, 1.5, 2.5])
    slopes = grad(lambda x: nn.huber(x, np.zeros(5), delta=2.0, reduction="sum"))(
        np.array([0.0, 1.0, 2.0, -2.0, 7.0])
    )
    np.testing.assert_array_equal(slopes, [0.0, 1.0, 2.0, -2.0, 2.0])


def test_kl_is_zero_for_equal_distributions_and_counts_absent_classes_as_nothing():
    logits = np.log(np.array([[0.5, 0.25, 0.25]]))
    # Rounding of log and exp: some units of 1e-16.
    assert abs(nn.kl_from_logits(logits, np.array([[0.5, 0.25, 0.25]]))) < 1e-15
    np.testing.assert_allclose(
        nn.kl_from_logits(logits, np.array([[1.0, 0.0, 0.0]])), np.log(2.0), rtol=1e-14
    )


def test_max_margin_counts_scores_that_come_too_near():
    # 3.5 should be 1 below 2: it is 2.5 too high. -1 is low enough.
    assert nn.max_margin(np.array([[2.0, 3.5, -1.0]]), [0]) == 2.5
    assert nn.max_margin(np.array([[5.0, 1.0, 0.0]]), [0]) == 0.0
    slopes = grad(lambda s: nn.max_margin(s, np.array([0])))(np.array([[3.0, 5.0, 2.5]]))
    np.testing.assert_array_equal(slopes, [[-2.0, 1.0, 1.0]])
    at_the_kink = grad(lambda s: nn.max_margin(s, np.array([0])))(np.array([[1.0, 0.0]]))
    np.testing.assert_array_equal(at_the_kink, [[0.0, 0.0]])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.squared_error(np.ones((4, 1)), np.ones(4)), ShapeError, r"\(4, 1\).*got: +shape \(4,\)"),
        (lambda: nn.huber(np.ones((4, 1)), np.ones(4)), ShapeError, r"\(4, 1\).*got: +shape \(4,\)"),
        (lambda: nn.huber(np.ones(4), np.ones(4), delta=0.0), UsageError, r"above 0.*got: +delta=0\.0"),
        (lambda: nn.binary_cross_entropy(np.ones((4, 1)), np.ones(4)), ShapeError, r"\(4, 1\).*\(4,\)"),
        (lambda: nn.cross_entropy(np.ones((4, 3)), np.ones(3, int)), ShapeError, r"\(4,\).*\(4, 3\).*\(3,\)"),
        (lambda: nn.cross_entropy(np.ones((4, 3)), [0, 1, 2, 3]), UsageError, r"(?s)0 to 2.*0 to 3"),
        (lambda: nn.kl_from_logits(np.ones((4, 3)), np.ones(4)), ShapeError, r"rows.*\(4, 3\).*\(4,\)"),
        (lambda: nn.max_margin(np.ones((4, 3)), np.ones((4, 3))), ShapeError, r"classes.*\(4,\).*\(4, 3\)"),
        (
            lambda: nn.cross_entropy(np.ones((1, 3)), [0], label_smoothing=1.5),
            UsageError,
            r"0 to 1.*got: +1\.5",
        ),
        (lambda: nn.max_margin(np.ones((1, 3)), [3]), UsageError, r"0 to 2.*got"),
        (lambda: nn.squared_error(np.ones(2), np.ones(2), reduction="average"), UsageError, r"'average'"),
        (lambda: nn.l2({}, -1.0), UsageError, r"not below 0.*got: +-1\.0"),
        (lambda: nn.l1({}, np.inf), UsageError, r"finite.*got: +inf"),
    ],
)
def test_targets_and_settings_that_do_not_fit_are_refused(call, error, text):
    with pytest.raises(error, match=f"(?s){text}"):
        call()


# Penalties.


def test_penalties_leave_biases_out_unless_asked():
    net = nn.Sequential(nn.Linear(1, 2, init=np.array([[3.0, -4.0]])), nn.LayerNorm(2))
    net[0].bias.assign([10.0, 10.0])
    net[1].weight.assign([1.0, -1.0])
    assert nn.l2(net, 0.5).item() == 0.25 * (9 + 16 + 1 + 1)
    assert nn.l1(net, 0.5).item() == 0.5 * (3 + 4 + 1 + 1)
    assert nn.l2(net, 0.5, biases=True).item() == 0.25 * (9 + 16 + 1 + 1 + 200)
    assert nn.l1(nn.values(net), 0.5, biases=True) == 0.5 * (3 + 4 + 1 + 1 + 20)


def test_the_gradient_of_l2_is_strength_times_weight(rng):
    values = nn.values(nn.MLP([3, 4, 2], rng=rng))
    values["0.bias"] += 1.0
    found = grad(lambda v: nn.l2(v, 0.1))(values)
    for name, array in found.items():
        expected = np.zeros_like(array) if name.endswith("bias") else 0.1 * values[name]
        np.testing.assert_allclose(array, expected, rtol=1e-15)  # 0.05 * 2 w against 0.1 * w: one rounding
    signs = grad(lambda v: nn.l1(v, 0.1))(values)
    np.testing.assert_array_equal(signs["0.weight"], 0.1 * np.sign(values["0.weight"]))
    assert not signs["0.bias"].any()


def test_a_strength_from_numpy_keeps_float32():
    assert nn.l2({"weight": np.ones(2, np.float32)}, np.float64(0.1)).dtype == np.float32


def test_the_penalty_of_the_lecture_adds_a_second_path_to_the_weight():
    # NB04.W5: lambda = 0.1 and w = 1 add 0.1 to the gradient of w and nothing to that of b.
    plain = {"weight": np.array([1.0]), "bias": np.array([0.5])}
    loss = lambda v: np.sum((v["weight"] * 2.0 + v["bias"] - 1.0) ** 2)  # noqa: E731
    without, with_it = grad(loss)(plain), grad(lambda v: loss(v) + nn.l2(v, 0.1))(plain)
    np.testing.assert_allclose(with_it["weight"] - without["weight"], [0.1], rtol=1e-13)
    np.testing.assert_array_equal(with_it["bias"], without["bias"])
