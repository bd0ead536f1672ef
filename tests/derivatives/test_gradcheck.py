"""gradient_check on what students write: wrong, incomplete, in place, in float32, in trees, at kinks."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import (
    Function,
    NoDerivativeError,
    Tensor,
    UsageError,
    defjvp,
    defvjp,
    gradient_check,
    primitive,
    relu,
)

X = np.array([[1.0, 2.0, -3.0], [0.5, 0.3, 2.0]])
W = np.array([1.0, -2.0, 0.5])


def test_the_report_names_argument_entry_error_and_step_of_a_wrong_gradient():
    def affine_backward(out_bar, X, W):
        W_bar = X.T @ out_bar
        W_bar[2] *= 2.0
        return np.outer(out_bar, W), W_bar

    report = gradient_check(lambda X, W: X @ W, X, W, grad=affine_backward)
    right, wrong = report.arguments
    assert (report.ok, right.ok, wrong.ok) == (False, True, False)
    assert (wrong.argnum, wrong.worst, wrong.kink, wrong.mode) == (1, (2,), False, "given")
    assert wrong.given == pytest.approx(2 * wrong.numerical, rel=1e-8)
    assert wrong.relative_error == pytest.approx(0.5, rel=1e-8)
    assert report.step == 1e-6
    assert "argument 1, given: WRONG worst entry at (2,)" in str(report)


def test_a_function_of_ones_own_may_change_what_it_is_handed():
    def in_place(x):
        x *= 2.0
        return x.sum()

    x = np.array([1.0, 2.0])
    assert gradient_check(in_place, x, grad=lambda x: np.full(2, 2.0)).ok
    assert gradient_check(lambda x: np.sum(x**2), x, grad=in_place_gradient).ok
    np.testing.assert_array_equal(x, [1.0, 2.0])


def in_place_gradient(x):
    x *= 2.0
    return x


def test_a_gradient_may_be_a_list_of_numbers_or_a_tuple_of_one():
    x = np.array([1.0, 2.0])
    assert gradient_check(lambda x: sum(v * v for v in x), x, grad=lambda x: [2 * v for v in x]).ok
    assert gradient_check(lambda x: np.sum(x * x), x, grad=lambda x: (2 * x,)).ok
    assert gradient_check(lambda x: sum(v * v for v in x), [1.0, 2.0]).ok
    assert not gradient_check(lambda x: np.sum(x * x), x, grad=lambda x: [2.0, 2.0]).ok


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_wrong_and_silent(value):
    report = gradient_check(lambda x: np.sum(x * x), np.ones(2), grad=lambda x: np.array([2.0, value]))
    assert not report.ok
    assert report.arguments[0].worst == (1,)
    assert not gradient_check(lambda x: np.sum(x * x), np.ones(2), grad=lambda x: np.full(2, value)).ok


def test_single_precision_is_held_to_what_it_can_hold():
    x = np.float32([1.0, 2.0, 3.0])
    report = gradient_check(lambda x: np.sum(np.exp(x) * x), x)
    assert report.ok
    assert report.rtol == 1e-3
    assert not gradient_check(lambda x: np.sum(x * x), x, grad=lambda x: 2.01 * x).ok


def test_parameter_trees_are_checked_leaf_by_leaf():
    params = {"w": np.array([1.0, -2.0]), "layers": [np.array([[0.5]]), 3], "b": 0.25}

    def loss(p):
        return np.sum(p["w"] ** 2) * p["b"] + p["layers"][1] * np.sum(p["layers"][0] ** 3)

    report = gradient_check(loss, params)
    assert report.ok
    assert [(r.path, r.mode) for r in report.arguments] == [
        (path, mode) for mode in ("reverse", "forward") for path in ("['w']", "['layers'][0]", "['b']")
    ]

    def gradient(p):
        return {
            "w": 2 * p["w"] * p["b"],
            "b": np.sum(p["w"] ** 2) + 1.0,
            "layers": [9.0 * p["layers"][0] ** 2, None],
        }

    wrong = [r.path for r in gradient_check(loss, params, grad=gradient).arguments if not r.ok]
    assert wrong == ["['b']"]
    assert "argument 0['b'], given: WRONG" in str(gradient_check(loss, params, grad=gradient))
    with pytest.raises(UsageError, match=r"another structure(.|\n)*\['b'\] is missing"):
        gradient_check(loss, params, grad=lambda p: {"w": p["w"], "layers": p["layers"]})


def test_several_results_and_nothing_to_differentiate_are_refused():
    with pytest.raises(UsageError, match="one result"):
        gradient_check(lambda x: (x, x * x), np.ones(2))
    with pytest.raises(UsageError, match=r"nothing to differentiate by(.|\n)*int64"):
        gradient_check(lambda x: x * x, 3)
    with pytest.raises(UsageError, match=r"expected: 2(.|\n)*got: +one float"):
        gradient_check(lambda x, y: x * y, 3.0, 2.0, grad=lambda x, y: y)
    with pytest.raises(UsageError, match="For argument 1, grad returned None"):
        gradient_check(lambda x, y: x * y, 3.0, 2.0, grad=lambda x, y: (y, None))


@primitive
def cube(x):
    return x**3


@primitive
def cube_ahead(x):
    return x**3


@primitive
def cube_alone(x):
    return x**3


defvjp(cube, lambda out_bar, out, x: out_bar * 3 * x**2)
defjvp(cube_ahead, lambda x_dot, out, x: x_dot * 3 * x**2)


def test_a_mode_without_a_rule_is_left_out_and_said_so():
    report = gradient_check(cube, np.array([1.0, 2.0]))
    assert report.ok
    assert {r.mode for r in report.arguments} == {"reverse"}
    assert str(report).endswith("forward: not checked: 'cube' has no jvp rule for its input 0.")
    assert {r.mode for r in gradient_check(cube_ahead, np.ones(2)).arguments} == {"forward"}
    with pytest.raises(NoDerivativeError, match="no vjp rule"):
        gradient_check(cube_alone, np.ones(2))


def test_a_function_with_its_own_backward_is_checked_in_both_modes():
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**2

        @staticmethod
        def backward(ctx, out_bar):
            (x,) = ctx.saved_tensors
            return out_bar * x

    report = gradient_check(Wrong.apply, np.array([1.0, 2.0]))
    assert [(r.mode, r.ok) for r in report.arguments] == [("reverse", False), ("forward", False)]


@pytest.mark.parametrize(("x", "kink"), [(0.0, True), (1e-7, True), (0.5, False)])
def test_a_kink_is_suspected_where_slopes_on_both_sides_differ(x, kink):
    report = gradient_check(
        lambda x: np.sum(relu(x)), np.array([1.0, x]), grad=lambda x: np.array([1.0, 0.3])
    )
    assert report.arguments[0].worst == (1,)
    assert report.arguments[0].kink is kink
    assert ("a kink" in str(report)) is kink


def test_tensors_are_taken_as_their_values():
    assert gradient_check(lambda x: np.sum(x**2), Tensor([1.0, 2.0])).ok


def test_a_gradient_with_an_out_bar_too_many_or_too_few_is_told_which_it_is_handed():
    with pytest.raises(UsageError, match=r"expected: grad\(\*args\), as f has one entry\n(.|\n)*\(g, x, y\)"):
        gradient_check(lambda x, y: x @ y, W, W, grad=lambda g, x, y: (g * y, g * x))
    with pytest.raises(UsageError, match=r"expected: grad\(out_bar, \*args\), as f has 2 entries"):
        gradient_check(lambda X: X @ W, X, grad=lambda X: np.ones(X.shape))
