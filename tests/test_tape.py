"""The tracer that is a text to read: the lecture's examples, and the engine's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import backprop_course as engine
from backprop_course import tape
from backprop_course.errors import DtypeError, NoDerivativeError, NotScalarError, ShapeError, UsageError
from backprop_course.tape import (
    Node,
    add_outgrads,
    backward_pass,
    defvjp,
    grad,
    make_vjp,
    primitive,
    toposort,
)


def assert_close(got, expected):
    # Both sides do the same few operations in another order: some rounding errors of 2e-16 apart.
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)
    assert np.shape(got) == np.shape(expected)


def logistic(z):
    return 1.0 / (1.0 + tape.exp(-z))


def nested_logistic(z):
    return tape.reciprocal(tape.add(1.0, tape.exp(tape.negative(z))))


@pytest.mark.parametrize("f", [logistic, nested_logistic])
def test_the_logistic_function_at_one_and_a_half(f):
    vjp, value = make_vjp(f, 1.5)
    assert value == pytest.approx(0.817574, abs=5e-7)  # as printed, to six digits
    assert vjp(1.0) == pytest.approx(0.149146, abs=5e-7)
    assert_close(vjp(1.0), engine.grad(engine.sigmoid)(1.5))
    assert_close(vjp(-2.0), -2.0 * vjp(1.0))  # the closure may be called again


def test_nested_primitives_record_a_node_for_every_call():
    root = Node(1.5)
    end = nested_logistic(root)
    backwards = list(toposort(end))
    assert [node.fun for node in backwards] == [tape.reciprocal, tape.add, tape.exp, tape.negative, None]
    assert backwards[-1] is root
    addition = backwards[1]
    assert (addition.parents, addition.argnums) == ((backwards[2],), (1,))
    assert addition.args == (1.0, backwards[2].value)


def test_a_primitive_on_plain_numbers_records_nothing():
    assert type(tape.multiply(3.0, 4.0)) is not Node
    assert tape.multiply(3.0, 4.0) == 12.0


@pytest.mark.parametrize(
    ("on_tape", "on_engine", "x"),
    [
        (
            lambda x: tape.exp(x) * x + tape.log(x) * x,
            lambda x: np.exp(x) * x + np.log(x) * x,
            1.3,
        ),  # fan-out
        (lambda x: x * x, lambda x: x * x, 3.0),  # a repeated argument
        (lambda x: x - x, lambda x: x - x, 3.0),
        (lambda x: x / (x + 2.0), lambda x: x / (x + 2.0), 1.7),
        (lambda x: 2.0 / x - x**3 + x**0, lambda x: 2.0 / x - x**3 + x**0, -0.4),
        (lambda x: tape.tanh(x) ** 2, lambda x: np.tanh(x) ** 2, 0.7),
    ],
)
def test_first_and_second_derivatives_are_those_of_the_engine(on_tape, on_engine, x):
    assert_close(grad(on_tape)(x), engine.grad(on_engine)(x))
    assert_close(grad(grad(on_tape))(x), engine.grad(engine.grad(on_engine))(x))


# The programs of the two lectures. `m` is the module that differentiates: `tape`, or NumPy for the engine.


def least_squares(m, w, b, x, t):
    return 0.5 * (1.0 / (1.0 + m.exp(-(w * x + b))) - t) ** 2


def regularised(m, w, b, x, t, weight=0.3):
    return least_squares(m, w, b, x, t) + weight * (0.5 * w * w)


def nine_primitives(m, w, b, x, t):
    t4 = m.exp(m.negative(m.add(m.multiply(w, x), b)))
    y = m.reciprocal(m.add(1.0, t4))
    return m.divide(m.power(m.subtract(y, t), 2), 2.0)


def two_layers_by_unit(m, x1, x2, *w):
    h1 = 1.0 / (1.0 + m.exp(-(w[0] + w[1] * x1 + w[2] * x2)))
    h2 = 1.0 / (1.0 + m.exp(-(w[3] + w[4] * x1 + w[5] * x2)))
    y1, y2 = w[6] + w[7] * h1 + w[8] * h2, w[9] + w[10] * h1 + w[11] * h2
    return 0.5 * ((y1 - 0.2) ** 2 + (y2 + 0.4) ** 2)


def two_layers(m, W1, b1, W2, b2, x, t):
    h = 1.0 / (1.0 + m.exp(-(m.dot(W1, x) + b1)))
    return 0.5 * m.sum((t - (m.dot(W2, h) + b2)) ** 2)


def twice_the_square(m, x):
    y = x**2
    return 2.0 * y


def two_ways_from_y(m, x):
    y = m.tanh(x)
    u, v = m.exp(y), y * y
    return u * v + u


def regression_in_four(m, w0, w1, x, y):
    u = m.multiply(w1, x)
    guess = m.add(w0, u)
    z = m.subtract(guess, y)
    return m.power(z, 2)


def regression_in_two(m, w0, w1, x, y):
    guess = w0 + w1 * x
    return (guess - y) ** 2


def bernoulli_loss(m, p, y):
    return -y * m.log(p) - (1.0 - y) * m.log(1.0 - p)


def logistic_of_a_number(m, w0, w1, x, y=1.0):
    return bernoulli_loss(m, 1.0 / (1.0 + m.exp(-(w0 + w1 * x))), y)


def logistic_of_a_vector(m, w, x, y=0.0):
    return bernoulli_loss(m, 1.0 / (1.0 + m.exp(-m.dot(w, x))), y)


def perceptron_of_two_layers(m, W1, w2, x, y=1.0):
    h = 1.0 / (1.0 + m.exp(-m.dot(m.transpose(W1), x)))
    return bernoulli_loss(m, 1.0 / (1.0 + m.exp(-m.dot(w2, h))), y)


@pytest.mark.parametrize(
    ("program", "shapes"),
    [
        (least_squares, [()] * 4),
        (regularised, [()] * 4),
        (nine_primitives, [()] * 4),
        (two_layers_by_unit, [()] * 14),
        (two_layers, [(4, 3), (4,), (2, 4), (2,), (3,), (2,)]),
        (twice_the_square, [()]),
        (two_ways_from_y, [()]),
        (regression_in_four, [()] * 4),
        (regression_in_two, [()] * 4),
        (logistic_of_a_number, [()] * 3),
        (logistic_of_a_vector, [(3,), (3,)]),
        (perceptron_of_two_layers, [(3, 4), (4,), (3,)]),
    ],
)
def test_the_programs_of_the_lectures_have_the_engines_value_and_gradients(program, shapes, rng):
    args = [rng.normal(size=shape) for shape in shapes]

    def on_engine(*args):
        return program(np, *args)

    expected = engine.grad(on_engine, argnums=range(len(args)))(*args)
    for argnum, slope in enumerate(expected):
        assert_close(grad(lambda *args: program(tape, *args), argnum)(*args), slope)
    assert_close(program(tape, *args), engine.value_and_grad(on_engine)(*args)[0])


def test_the_worked_numbers_of_the_lectures_come_out():
    # curriculum NB04.W1, to six digits: w = 2, b = -1, x = 1.5, t = 0
    for program in (least_squares, nine_primitives):
        assert program(tape, 2.0, -1.0, 1.5, 0.0) == pytest.approx(0.387902, abs=5e-7)
        slopes = [grad(program, argnum)(tape, 2.0, -1.0, 1.5, 0.0) for argnum in (1, 2)]
        assert slopes == pytest.approx([0.138717, 0.092478], abs=5e-7)
    assert grad(twice_the_square, 1)(tape, 3.0) == 12.0  # 4x


def test_the_multivariate_chain_rule_of_the_lecture():
    sin, cos = primitive(np.sin), primitive(np.cos)
    defvjp(sin, lambda g, ans, x: g * cos(x))
    defvjp(cos, lambda g, ans, x: -g * sin(x))

    def f(t):
        x, y = cos(t), t**2
        return y + tape.exp(x * y)

    vjp, value = make_vjp(f, 1.0)
    assert value == pytest.approx(2.716526, abs=5e-7)  # curriculum NB03.W2, to six digits
    assert vjp(1.0) == pytest.approx(2.410479, abs=5e-7)
    on_engine = engine.grad(lambda t: t**2 + np.exp(np.cos(t) * t**2))
    assert_close(grad(f)(1.0), on_engine(1.0))
    assert_close(grad(grad(f))(1.0), engine.grad(on_engine)(1.0))


def test_a_node_is_visited_after_every_node_that_uses_it():
    # Taken by depth alone, `a` would be visited before the long way through tanh has reached it.
    def f(x):
        a = tape.exp(x)
        return a * tape.tanh(tape.tanh(a))

    assert_close(grad(f)(0.2), engine.grad(lambda x: np.exp(x) * np.tanh(np.tanh(np.exp(x))))(0.2))


def test_doubling_forty_times_takes_forty_steps():
    def f(x):
        for _ in range(40):
            x = x + x
        return x

    assert grad(f)(1.0) == 2.0**40


def test_a_chain_of_100000_operations_is_walked():
    def f(x):
        for _ in range(100_000):
            x = -x
        return x

    assert grad(f)(1.0) == 1.0


def test_a_contribution_of_zero_is_a_contribution():
    assert grad(lambda x: x * 0.0 + 3.0 * x)(2.0) == 3.0
    assert add_outgrads(None, 0.0) == 0.0
    assert add_outgrads(0.0, 2.0) == 2.0


def test_accumulating_changes_no_array_in_place():
    first, second = np.ones(3), np.ones(3)
    assert_close(add_outgrads(first, second), [2.0, 2.0, 2.0])
    assert_close(first, np.ones(3))
    g = np.ones(3)
    vjp, _ = make_vjp(lambda x: x + x + x, np.ones(3))
    assert_close(vjp(g), [3.0, 3.0, 3.0])
    assert_close(g, np.ones(3))


@pytest.mark.parametrize("argnum", [0, 1])
def test_argnum_says_which_argument(argnum):
    def f(x, y, scale=1.0):
        return scale * x * x * y

    expected = engine.grad(f, argnums=argnum)(3.0, 5.0)
    assert_close(grad(f, argnum)(3.0, 5.0), expected)
    assert_close(grad(f, argnum)(3.0, 5.0, scale=2.0), 2.0 * expected)


@pytest.mark.parametrize("argnum", [-1, 2])
def test_an_argument_that_is_not_there_is_refused(argnum):
    with pytest.raises(UsageError, match=rf"argument {argnum}\.\n.*\n.*got: *2"):
        grad(lambda x, y: x * y, argnum)(1.0, 2.0)


@pytest.mark.parametrize("x", [2.0, np.ones((2, 3))])
def test_an_output_that_does_not_depend_on_the_input_has_gradient_zero(x):
    vjp, value = make_vjp(lambda x: 5.0, x)
    assert value == 5.0
    assert_close(vjp(1.0), np.zeros(np.shape(x)))
    assert_close(grad(lambda x: 5.0)(x), np.zeros(np.shape(x)))


def test_an_inner_trace_takes_the_outer_variable_for_a_constant():
    # d/dx [x * d/dy (x + y)] = 1: a tracer that confuses the two finds 2.
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert_close(grad(lambda x: grad(lambda y: x * y * y)(3.0))(1.0), 6.0)


def test_grad_of_more_than_one_number_is_refused_and_make_vjp_takes_a_cotangent(rng):
    x, g = rng.normal(size=3), rng.normal(size=3)
    with pytest.raises(NotScalarError, match=r"got: *shape \(3,\)\n *to mend: *use make_vjp"):
        grad(tape.exp)(x)
    vjp, value = make_vjp(tape.exp, x)
    assert_close(value, np.exp(x))
    assert_close(vjp(g), g * np.exp(x))
    with pytest.raises(ShapeError, match=r"expected: \(3,\).*\n *got: *\(\)"):
        vjp(1.0)


@pytest.mark.parametrize("function", [tape.add, tape.subtract, tape.multiply, tape.divide])
@pytest.mark.parametrize(
    "shapes", [((4, 3), (3,)), ((3,), (4, 3)), ((4, 1), (1, 3)), ((), (2, 3)), ((2, 1, 3), (5, 1))]
)
def test_broadcasting_is_undone(function, shapes, rng):
    x, y = (rng.uniform(1.0, 2.0, size=shape) for shape in shapes)
    on_engine = getattr(np, function.__name__)
    out, engine_vjp = engine.vjp(on_engine, x, y)
    g = rng.normal(size=np.shape(out))
    for_x, value = make_vjp(lambda x: function(x, y), x)
    for_y, _ = make_vjp(lambda y: function(x, y), y)
    assert_close(value, out)
    for got, expected in zip((for_x(g), for_y(g)), engine_vjp(g), strict=True):
        assert_close(got, expected)


@pytest.mark.parametrize("shapes", [((4, 3), (3, 2)), ((4, 3), (3,)), ((3,), (3, 2)), ((3,), (3,))], ids=str)
def test_dot_of_vectors_and_matrices(shapes, rng):
    x, y = (rng.normal(size=shape) for shape in shapes)
    out, engine_vjp = engine.vjp(np.dot, x, y)
    g = rng.normal(size=np.shape(out))
    x_bar, y_bar = engine_vjp(g)
    assert_close(make_vjp(lambda x: x @ y, x)[0](g), x_bar)
    assert_close(make_vjp(lambda y: x @ y, y)[0](g), y_bar)
    f = lambda x: tape.sum((x @ y) ** 3)  # noqa: E731
    v = rng.normal(size=x.shape)
    hvp = grad(lambda x: tape.sum(grad(f)(x) * v))(x)
    assert_close(hvp, engine.hvp(lambda x: np.sum((x @ y) ** 3), (x,), (v,))[0])


@pytest.mark.parametrize(
    ("axis", "keepdims"), [(None, False), (0, False), (1, True), ((0, 2), False), (-1, False)]
)
def test_sum_over_axes(axis, keepdims, rng):
    x = rng.normal(size=(2, 3, 4))
    out, engine_vjp = engine.vjp(lambda x: np.sum(x, axis=axis, keepdims=keepdims), x)
    g = rng.normal(size=np.shape(out))
    vjp, value = make_vjp(lambda x: tape.sum(x, axis=axis, keepdims=keepdims), x)
    assert_close(value, out)
    assert_close(vjp(g), engine_vjp(g)[0])


def test_a_network_of_two_layers_has_the_engines_gradient(rng):
    x, w1, w2 = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(4, 2))

    def loss(np, w1, w2):
        return np.sum((np.tanh(x @ w1) @ w2) ** 2)

    expected = engine.grad(lambda w1, w2: loss(np, w1, w2), argnums=(0, 1))(w1, w2)
    for argnum in (0, 1):
        assert_close(grad(lambda w1, w2: loss(tape, w1, w2), argnum)(w1, w2), expected[argnum])


def test_reshape_and_transpose_are_undone(rng):
    x, a = rng.normal(size=(2, 3)), rng.normal(size=(3, 2))
    assert_close(grad(lambda x: tape.sum(tape.transpose(x) * a))(x), a.T)
    assert_close(grad(lambda x: tape.sum(tape.reshape(x, (3, 2)) * a))(x), a.reshape(2, 3))


def test_a_function_of_ones_own_needs_primitive_and_defvjp():
    sine = primitive(np.sin)
    with pytest.raises(
        NoDerivativeError, match=r"sin\) has no rule for argument 0\.\n(.*\n){2} *to mend: *add one by defvjp"
    ):
        grad(sine)(0.5)
    defvjp(sine, lambda g, ans, x: g * np.cos(x))
    assert_close(grad(sine)(0.5), np.cos(0.5))


def test_a_rule_that_returns_the_wrong_shape_is_found():
    double = primitive(lambda x: 2.0 * x)
    defvjp(double, lambda g, ans, x: 2.0)
    with pytest.raises(ShapeError, match=r"argument 0\.\n *expected: \(3,\).*\n *got: *\(\)"):
        grad(lambda x: tape.sum(double(x)))(np.ones(3))


def test_numpys_own_functions_refuse_a_node():
    with pytest.raises(NoDerivativeError, match=r"to mend: *call the tape's"):
        grad(np.exp)(1.0)


def test_dot_refuses_what_its_rules_do_not_cover():
    with pytest.raises(ShapeError, match=r"got: *\(2, 2, 2\), \(2,\), axes=1"):
        tape.dot(np.ones((2, 2, 2)), np.ones(2))
    with pytest.raises(ShapeError, match="axes=2"):
        tape.dot(np.ones((2, 2)), np.ones((2, 2)), 2)


@pytest.mark.parametrize("x", [2, np.arange(3), True, 1j])
def test_what_is_not_a_float_is_refused(x):
    with pytest.raises(DtypeError, match=r"to mend: *write 3\.0"):
        grad(lambda x: tape.sum(x * x))(x)


@pytest.mark.parametrize("end", [None, "text", [1.0, 2.0]], ids=str)
def test_a_function_that_returns_no_number_is_refused(end):
    with pytest.raises(DtypeError, match=r"to mend: *check that it ends with a return"):
        grad(lambda x: end)(1.0)


def test_changing_the_input_afterwards_changes_no_derivative():
    x = np.ones(2)
    vjp, _ = make_vjp(lambda x: x * x, x)
    x[:] = 7.0
    assert_close(vjp(np.ones(2)), [2.0, 2.0])


@pytest.mark.parametrize("n", [0, 1, 3, -2, 0.5])
def test_powers_keep_float32_and_are_silent_at_their_corners(n):
    x = np.array([0.25, 4.0], dtype=np.float32)
    slopes = grad(lambda x: tape.sum(x**n))(x)
    assert slopes.dtype == np.float32
    np.testing.assert_allclose(slopes, n * x ** np.float32(n - 1), rtol=1e-6)  # rounding of float32: 6e-8
    if n in (0, 1):
        assert grad(lambda x: x**n)(0.0) == n


def test_an_exponent_that_is_a_node_has_no_rule():
    with pytest.raises(NoDerivativeError, match="power\\) has no rule for argument 1"):
        grad(lambda x: 2.0**x)(3.0)


def test_backward_pass_takes_nodes_made_by_hand():
    x = Node(3.0)
    assert backward_pass(1.0, tape.multiply(x, x)) == 6.0
    assert backward_pass(1.0, x) == 1.0


def test_the_text_stays_under_200_lines():
    assert len(Path(tape.__file__).read_text(encoding="utf-8").splitlines()) < 200
