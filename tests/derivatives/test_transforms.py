"""Transforms of functions: structure in and out, nesting, and clear refusals."""

from __future__ import annotations

import itertools
import math
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_course import (
    DtypeError,
    GraphError,
    NotScalarError,
    ShapeError,
    Tensor,
    UsageError,
    defvjp,
    elementwise_grad,
    grad,
    gradient_check,
    hessian,
    hvp,
    jacobian,
    jvp,
    numerical_gradient,
    numerical_jacobian,
    primitive,
    sigmoid,
    trace,
    value_and_grad,
    vjp,
)


def test_the_worked_chain_rules_of_the_course_come_out():
    # curriculum NB03.W2: f = y + exp(xy) with x = cos t, y = t^2, at t = 1
    def f(t):
        x, y = np.cos(t), t**2
        return y + np.exp(x * y)

    value, slope = value_and_grad(f)(1.0)
    assert value == pytest.approx(2.716526, abs=5e-7)
    assert slope == pytest.approx(2.410479, abs=5e-7)
    assert grad(lambda x: np.sin(x**2))(1.3) == pytest.approx(2.6 * np.cos(1.69))


def test_logistic_least_squares_as_in_the_first_lecture_text():
    # curriculum NB04.W1: w = 2, b = -1, x = 1.5, t = 0
    def loss(w, b, x, t):
        return 0.5 * (sigmoid(w * x + b) - t) ** 2

    value, (w_bar, b_bar, x_bar) = value_and_grad(loss, (0, 1, 2))(2.0, -1.0, 1.5, 0.0)
    assert value == pytest.approx(0.387902, abs=5e-7)
    assert (w_bar, b_bar, x_bar) == pytest.approx((0.138717, 0.092478, 0.184956), abs=5e-7)


def test_an_argument_the_output_does_not_depend_on_gets_zeros():
    g = grad(lambda x, y: np.sum(x * x), argnums=(0, 1))(np.ones(2), np.ones((2, 3)))
    np.testing.assert_array_equal(g[1], np.zeros((2, 3)))
    assert grad(lambda x: 3.0)(2.0) == 0.0
    _, f_vjp = vjp(lambda x, y: x, 2.0, 3.0)
    assert f_vjp(1.0) == (1.0, 0.0)
    assert jvp(lambda x: np.ones(2), (2.0,), (1.0,))[1].tolist() == [0.0, 0.0]


def test_grad_of_what_is_not_one_number_says_what_to_use_instead():
    with pytest.raises(NotScalarError, match=r"vjp, jacobian or elementwise_grad"):
        grad(lambda x: x * 2.0)(np.ones(3))
    assert grad(lambda x: x * 2.0)(np.ones((1, 1))).shape == (1, 1)


def test_argnums_and_shapes_are_checked():
    with pytest.raises(UsageError, match="counted from 0"):
        grad(lambda x: x, argnums=1)(2.0)
    with pytest.raises(ShapeError, match="cotangent"):
        vjp(lambda x: x, np.ones(2))[1](np.ones(3))
    with pytest.raises(ShapeError, match="tangent"):
        jvp(lambda x: x, (np.ones(2),), (np.ones(3),))
    with pytest.raises(UsageError, match=r"\(x,\)"):
        jvp(lambda x: x, 2.0, 1.0)
    with pytest.raises(UsageError, match="'auto', 'reverse' or 'forward'"):
        jacobian(np.sin, mode="sideways")
    with pytest.raises(DtypeError, match="Integers"):
        jacobian(np.sin)(np.arange(3))


def test_plain_in_plain_out_and_tensors_in_tensors_out():
    assert type(grad(lambda x: x * x)(3.0)) is float
    assert isinstance(grad(lambda x: (x * x).sum())(np.ones(2)), np.ndarray)
    assert isinstance(grad(lambda x: x * x)(Tensor(3.0)), Tensor)
    g = grad(lambda x: (x * x).sum())(np.ones(2))
    g[0] = 7.0  # an array of the caller's own
    out, f_vjp = vjp(np.tanh, np.zeros(2))
    out[0] = 9.0
    np.testing.assert_array_equal(f_vjp(np.ones(2))[0], [1.0, 1.0])


def test_parameter_trees_keep_their_structure():
    Pair = namedtuple("Pair", "first second")
    params = {"layers": [(np.ones((2, 3)), np.zeros(3)), Pair(2.0, np.ones(1))], "scale": 0.5}

    def f(p, x):
        h = np.tanh(x @ p["layers"][0][0] + p["layers"][0][1])
        return np.sum(h) * p["scale"] * p["layers"][1].first

    g = grad(f)(params, np.ones((4, 2)))
    assert g["layers"][0][0].shape == (2, 3)
    assert g["layers"][1].second.tolist() == [0.0]
    assert type(g["layers"][1]) is Pair
    assert g["scale"] == pytest.approx(f(params, np.ones((4, 2))) / 0.5)


def test_outputs_may_be_trees_too():
    out, f_vjp = vjp(lambda x: {"a": x * 2.0, "b": [np.sum(x * x)]}, np.array([1.0, 2.0]))
    assert out["b"] == [5.0]
    (x_bar,) = f_vjp({"a": np.array([1.0, 0.0]), "b": [1.0]})
    np.testing.assert_array_equal(x_bar, [4.0, 4.0])
    _, out_dot = jvp(lambda x: (x, x * x), (3.0,), (1.0,))
    assert out_dot == (1.0, 6.0)


def test_nested_derivatives_are_not_confused():
    # d/dx [x * d/dy (x + y)] = 1, and inner variables that equal outer ones stay apart
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(x))(3.0) == 6.0
    assert jvp(lambda x: x * jvp(lambda y: x + y, (1.0,), (1.0,))[1], (1.0,), (1.0,))[1] == 1.0
    assert grad(lambda x: jvp(lambda y: x * y * y, (x,), (1.0,))[1])(3.0) == 12.0
    assert jvp(lambda x: grad(lambda y: x * y * y)(x), (3.0,), (1.0,))[1] == 12.0


def test_third_and_fourth_derivatives():
    f = grad(grad(grad(np.sin)))
    assert f(0.7) == pytest.approx(-np.cos(0.7))
    assert grad(f)(0.7) == pytest.approx(np.sin(0.7))
    assert grad(grad(grad(lambda x: x**3)))(2.0) == 6.0


def test_jacobians_of_jacobians(rng):
    A, x = rng.normal(size=(3, 4)), rng.normal(size=4)

    def f(x):
        return np.tanh(A @ x)

    H = jacobian(jacobian(f))(x)
    assert H.shape == (3, 4, 4)
    slopes = -2.0 * np.tanh(A @ x) * (1.0 - np.tanh(A @ x) ** 2)
    np.testing.assert_allclose(H, np.einsum("i,ij,ik->ijk", slopes, A, A), atol=1e-12)
    np.testing.assert_allclose(jacobian(jacobian(f, mode="forward"), mode="reverse")(x), H, atol=1e-12)
    np.testing.assert_allclose(jacobian(jacobian(f, mode="reverse"), mode="forward")(x), H, atol=1e-12)


def test_the_mode_of_a_jacobian_follows_the_sizes_and_can_be_asked_for(rng):
    # curriculum NB03.W5: 8,230 multiply-adds a product, 823,000 with the wrong mode
    sizes = [100, 50, 40, 30, 1]
    weights = [rng.normal(size=(m, n)) for n, m in itertools.pairwise(sizes)]

    def f(x):
        for W in weights:
            x = W @ x
        return x

    x = rng.normal(size=100)
    plan = jacobian(f).plan(x)
    assert (plan.mode, plan.walks, plan.multiply_adds) == ("reverse", 1, 8230)
    assert jacobian(f, mode="forward").plan(x).multiply_adds == 823000
    tall = jacobian(lambda x: np.outer(x, x))
    assert tall.plan(np.ones(3)).mode == "forward"
    assert "forward mode: 3 walks for a Jacobian of 9 x 3" in str(tall.plan(np.ones(3)))


def test_the_mode_is_chosen_for_functions_of_any_number_of_arrays_too():
    J = jacobian(lambda x: np.concatenate([x, 2.0 * x]))(np.ones(2))
    np.testing.assert_array_equal(J, np.concatenate([np.eye(2), 2.0 * np.eye(2)]))


def test_a_function_without_forward_rules_gets_the_reverse_mode():
    @primitive
    def spread(x):
        return np.outer(x, x)

    defvjp(spread, lambda out_bar, out, x: out_bar @ x + x @ out_bar)
    J = jacobian(spread)(np.array([1.0, 2.0]))
    np.testing.assert_allclose(J, jacobian(lambda x: np.outer(x, x))(np.array([1.0, 2.0])))


def test_hessian_and_hvp_agree(rng):
    x, v = rng.normal(size=3), rng.normal(size=3)

    def f(x):
        return np.sum(np.exp(x) * x[0] * x[::-1])

    H = hessian(f)(x)
    np.testing.assert_allclose(H, H.T, atol=1e-12)
    np.testing.assert_allclose(hvp(f, (x,), (v,))[0], H @ v, atol=1e-12)
    np.testing.assert_allclose(H, numerical_jacobian(grad(f), x), atol=1e-7)


def test_the_jacobian_has_numerator_layout_for_arrays_of_any_rank(rng):
    W, x = rng.normal(size=(3, 2)), rng.normal(size=(2, 4))
    J_W, J_x = jacobian(lambda W, x: W @ x, argnums=(0, 1))(W, x)
    assert (J_W.shape, J_x.shape) == ((3, 4, 3, 2), (3, 4, 2, 4))
    np.testing.assert_allclose(J_W, numerical_jacobian(lambda W: W @ x, W), atol=1e-8)
    assert jacobian(lambda x: x * x)(3.0) == 6.0


def test_a_users_rule_without_batches_is_looped_over(rng):
    calls = []

    @primitive
    def twice(x):
        return 2.0 * x

    def rule(out_bar, out, x):
        calls.append(np.shape(out_bar))
        return 2.0 * out_bar

    defvjp(twice, rule)
    np.testing.assert_array_equal(jacobian(twice)(np.ones(3)), 2.0 * np.eye(3))
    assert calls == [(3,)] * 3
    calls.clear()
    defvjp(twice, rule, batched=True)
    np.testing.assert_array_equal(jacobian(twice)(np.ones(3)), 2.0 * np.eye(3))
    assert calls == [(3, 3)]


def test_a_users_rule_of_the_wrong_shape_is_named():
    @primitive
    def add_bias(x, b):
        return x + b

    defvjp(add_bias, lambda out_bar, out, x, b: out_bar, lambda out_bar, out, x, b: out_bar)
    with pytest.raises(
        ShapeError, match="vjp rule of 'add_bias' returned the wrong shape for input 1"
    ) as caught:
        grad(lambda b: np.sum(add_bias(np.ones((2, 3)), b)))(np.ones(3))
    assert "(3,)" in str(caught.value)
    assert "axes that broadcasting added" in str(caught.value)


def test_elementwise_grad_works_entry_by_entry():
    x = np.array([[0.0, 1.0], [2.0, -3.0]])
    np.testing.assert_allclose(elementwise_grad(lambda x: x**3)(x), 3 * x**2)
    with pytest.raises(ShapeError, match="keeps the shape"):
        elementwise_grad(np.sum)(x)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_vjp_and_jvp_are_adjoint_for_a_random_network(n, m, seed):
    rng = np.random.default_rng(seed)
    W, x, c, d = (rng.normal(size=s) for s in ((m, n), (n,), (m,), (n,)))

    def f(x):
        return np.tanh(W @ x) * np.sum(x * x) + (W @ x)[0]

    _, f_vjp = vjp(f, x)
    assert np.vdot(c, jvp(f, (x,), (d,))[1]) == pytest.approx(np.vdot(f_vjp(c)[0], d), rel=1e-9, abs=1e-9)


def test_numerical_gradient_leaves_the_input_alone_and_allows_f_to_keep_it():
    x, kept = np.array([[1.0, 2.0]]), []

    def f(x):
        kept.append(x)
        return np.sum(x**2)

    np.testing.assert_allclose(numerical_gradient(f, x), 2 * x, atol=1e-8)
    np.testing.assert_array_equal(x, [[1.0, 2.0]])
    assert len({id(k) for k in kept}) == 4
    with pytest.raises(DtypeError, match="floats"):
        numerical_gradient(f, np.array([1, 2]))


def test_gradient_check_passes_what_is_right_and_names_the_worst_entry_of_what_is_not(rng):
    W, x = rng.normal(size=(3, 4)), rng.normal(size=4)
    report = gradient_check(lambda W, x: np.tanh(W @ x), W, x)
    assert report
    assert {a.mode for a in report.arguments} == {"reverse", "forward"}

    def wrong(x):
        g = 2 * x
        g[2] = -g[2]
        return g

    report = gradient_check(lambda x: np.sum(x**2), x, grad=wrong)
    assert not report.ok
    assert report.arguments[0].worst == (2,)
    assert report.arguments[0].relative_error == pytest.approx(2.0)
    assert not report.arguments[0].kink
    assert "WRONG" in str(report)


def test_gradient_check_is_not_fooled_by_ones_and_suspects_a_kink(rng):
    x = rng.normal(size=(2, 3))
    # right for an upstream of ones only
    assert not gradient_check(lambda x: x * 2.0, x, grad=lambda out_bar, x: np.full_like(x, 2.0))
    assert gradient_check(lambda x: x * 2.0, x, grad=lambda out_bar, x: 2.0 * out_bar)
    report = gradient_check(
        lambda x: np.sum(np.abs(x)), np.array([1.0, 0.0]), grad=lambda x: np.array([1.0, 1.0])
    )
    assert report.arguments[0].kink
    with pytest.raises(ShapeError, match="shape of its variable"):
        gradient_check(lambda x: np.sum(x), np.ones(3), grad=lambda x: np.ones((1, 3)))
    with pytest.raises(UsageError, match=r"3\.0"):
        gradient_check(lambda x: x, 3)


def test_leaving_the_graph_inside_a_function_is_not_silent():
    with pytest.raises(GraphError, match=r"np\.sin for math\.sin"):
        grad(math.sin)(1.0)
    with pytest.raises(GraphError, match="lose its gradient"):
        jacobian(lambda x: float(x[0]) * x)(np.ones(2))
    assert float(Tensor(2.0, requires_grad=True) * 3.0) == 6.0
    assert grad(lambda x: x * x.item())(3.0) == 3.0


@pytest.mark.parametrize(
    "ask",
    [
        lambda f: grad(f)(2.0),
        lambda f: value_and_grad(f)(2.0),
        lambda f: vjp(f, 2.0),
        lambda f: jvp(f, (2.0,), (1.0,)),
        lambda f: jacobian(f)(2.0),
        lambda f: hessian(f)(2.0),
        lambda f: hvp(f, (2.0,), (1.0,)),
        lambda f: elementwise_grad(f)(2.0),
        lambda f: numerical_gradient(f, 2.0),
        lambda f: numerical_jacobian(f, np.zeros(0)),
        lambda f: gradient_check(f, 2.0),
        lambda f: trace(f, 2.0),
    ],
)
def test_a_function_that_forgot_its_return_is_told_so(ask):
    def forgetful(x):
        y = x * x  # noqa: F841

    with pytest.raises(UsageError, match=r"returned None(.|\n)*end it with a return"):
        ask(forgetful)


def test_a_gradient_that_forgot_its_return_is_told_so():
    with pytest.raises(UsageError, match=r"^grad returned None(.|\n)*end it with a return"):
        gradient_check(lambda x: x * x, 2.0, grad=lambda x: None)
    with pytest.raises(UsageError, match="returned None"):
        grad(lambda x: {"loss": x, "extra": None})(2.0)


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda y: grad(y), "grad"),
        (lambda y: value_and_grad(y), "grad"),
        (lambda y: vjp(y, 2.0), "vjp"),
        (lambda y: jvp(y, (2.0,), (1.0,)), "jvp"),
        (lambda y: hvp(y, (2.0,), (1.0,)), "grad"),
        (lambda y: jacobian(y), "jacobian"),
        (lambda y: hessian(y), "grad"),
        (lambda y: elementwise_grad(y), "elementwise_grad"),
        (lambda y: gradient_check(y, 2.0), "gradient_check"),
        (lambda y: trace(y, 2.0), "trace"),
    ],
)
def test_the_value_of_a_function_in_its_place_is_refused_at_once(ask, name):
    with pytest.raises(UsageError, match=rf"^{name} takes a function(.|\n)*float(.|\n)*not grad\(f\(x\)\)"):
        ask(4.0)


def test_argnums_are_positions_of_different_arguments():
    f = lambda x, y: x * y  # noqa: E731
    assert grad(f, np.int64(1))(2.0, 3.0) == 2.0
    assert grad(f, [1])(2.0, 3.0) == (2.0,)
    assert grad(f, range(2))(2.0, 3.0) == (3.0, 2.0)
    assert grad(f, (-1, 0))(2.0, 3.0) == (2.0, 3.0)
    for wrong in ("y", 1.0, None, ("x",)):
        with pytest.raises(UsageError, match=r"an integer, or a tuple(.|\n)*argnums=1"):
            grad(f, wrong)
    for twice in ((0, 0), (0, -2)):
        with pytest.raises(UsageError, match=r"twice(.|\n)*got: +\(0, (0|-2)\)|\(0, 0\)"):
            grad(f, twice)(2.0, 3.0)
    for make in (jacobian, hessian):
        with pytest.raises(UsageError, match="not passed"):
            make(f, 2)(2.0, 3.0)


def test_hvp_takes_tuples():
    with pytest.raises(UsageError, match=r"hvp takes its primals and vectors as tuples(.|\n)*\(x,\)"):
        hvp(lambda x: x * x, 2.0, 1.0)


def test_what_is_no_number_in_a_tree_is_refused_with_a_place_for_it():
    for odd in (None, "relu"):
        with pytest.raises(DtypeError, match="argument of its own"):
            grad(lambda p: p["w"] * 2.0)({"w": 1.0, "kind": odd})


def test_jacobians_have_the_structure_of_outputs_and_arguments(rng):
    tree = {"w": rng.normal(size=(2, 3)), "b": rng.normal(size=2)}
    x = rng.normal(size=3)

    def f(p, x):
        h = p["w"] @ x + p["b"]
        return {"h": np.tanh(h), "total": np.sum(h * h)}

    for mode in ("reverse", "forward", "auto"):
        J = jacobian(f, (0, 1), mode=mode)(tree, x)
        assert J.keys() == {"h", "total"}
        (by_tree, by_x), (total_by_tree, total_by_x) = J["h"], J["total"]
        slope = 1.0 - np.tanh(tree["w"] @ x + tree["b"]) ** 2
        np.testing.assert_allclose(by_tree["b"], np.diag(slope), atol=1e-15)
        np.testing.assert_allclose(by_tree["w"], np.einsum("i,ij,k->ijk", slope, np.eye(2), x), atol=1e-15)
        np.testing.assert_allclose(by_x, slope[:, None] * tree["w"], rtol=1e-13)
        h = tree["w"] @ x + tree["b"]
        np.testing.assert_allclose(total_by_tree["b"], 2 * h, rtol=1e-13)
        np.testing.assert_allclose(total_by_tree["w"], 2 * np.outer(h, x), rtol=1e-13)
        np.testing.assert_allclose(total_by_x, 2 * h @ tree["w"], rtol=1e-13)
    only = jacobian(lambda p: p["b"] * 3.0)(tree)
    assert only.keys() == {"w", "b"}
    np.testing.assert_array_equal(only["w"], np.zeros((2, 2, 3)))
    np.testing.assert_array_equal(only["b"], 3 * np.eye(2))
    with pytest.raises(UsageError, match="one result"):
        jacobian(f).plan(tree, x)


def test_hessians_of_several_arguments_are_blocks(rng):
    A, x, y = rng.normal(size=(2, 3)), rng.normal(size=2), rng.normal(size=3)
    f = lambda x, y: np.sum(x**3) + x @ A @ y + np.sum(y**2)  # noqa: E731
    H = hessian(f, (0, 1))(x, y)
    np.testing.assert_allclose(H[0][0], np.diag(6 * x), atol=1e-14)
    np.testing.assert_allclose(H[0][1], A, atol=1e-14)
    np.testing.assert_allclose(H[1][0], A.T, atol=1e-14)
    np.testing.assert_allclose(H[1][1], 2 * np.eye(3), atol=1e-14)
    of_tree = hessian(lambda p: f(p["x"], p["y"]))({"x": x, "y": y})
    np.testing.assert_array_equal(of_tree["x"]["y"], H[0][1])
    third = jacobian(hessian(f, (0, 1)))(x, y)
    np.testing.assert_allclose(third[0][0], 6 * np.einsum("ij,jk->ijk", np.eye(2), np.eye(2)), atol=1e-13)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(Tensor(x) * 2.0),
        lambda x: np.sum(Tensor([x[0], x[1] * 2.0])),
        lambda x: np.sum(Tensor((x * x, x), requires_grad=True)),
    ],
)
def test_a_new_tensor_made_of_the_variable_does_not_lose_its_gradient_silently(f):
    for transform in (grad(f), lambda x: jvp(f, (x,), (x,)), lambda x: trace(f, x)):
        with pytest.raises(GraphError, match=r"A new Tensor(.|\n)*leave out Tensor\(\); np\.stack"):
            transform(np.ones(2))


def test_new_tensors_of_constants_may_be_made_anywhere():
    def f(x):
        return np.sum(x * Tensor([1.0, x.item()]) + Tensor(x.detach()))

    assert grad(f)(3.0) == 4.0
