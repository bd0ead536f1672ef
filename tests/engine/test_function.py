"""Operations of one's own: Function with its context, defvjp and defjvp, functional updates."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import (
    Function,
    NoDerivativeError,
    ShapeError,
    Tensor,
    UsageError,
    defjvp,
    defvjp,
    grad,
    gradient_check,
    hessian,
    hvp,
    jacobian,
    jvp,
    primitive,
    vjp,
)


class Multiply(Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx, out_bar):
        x, y = ctx.saved_tensors
        return out_bar * y, out_bar * x


def test_the_example_of_the_fourth_lecture_text():
    # curriculum NB08.W4: f = (x + y) z at (-2, 5, -4) is -12, with gradients -4, -4, 3
    x, y, z = (Tensor(v, requires_grad=True) for v in (-2.0, 5.0, -4.0))
    f = Multiply.apply(x + y, z)
    assert f.item() == -12.0
    f.backward()
    assert (x.grad, y.grad, z.grad) == (-4.0, -4.0, 3.0)


def test_second_derivatives_follow_what_was_saved():
    assert grad(grad(lambda x: Multiply.apply(x, x * x)))(2.0) == 12.0
    H = hessian(lambda x: Multiply.apply(x, x).sum())(np.array([1.0, 2.0]))
    np.testing.assert_allclose(H, 2 * np.eye(2))
    assert gradient_check(
        lambda x, y: grad(lambda a: Multiply.apply(a, y).sum())(x), np.ones(3), np.ones(3) * 2
    )


def test_a_value_computed_on_the_way_is_not_taken_for_a_constant():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(2.0 * x)
            return x * x

        @staticmethod
        def backward(ctx, out_bar):
            return out_bar * ctx.saved_tensors[0]

    np.testing.assert_array_equal(grad(lambda x: Square.apply(x).sum())(np.array([3.0])), [6.0])
    with pytest.raises(NoDerivativeError, match="computed inside forward"):
        hessian(lambda x: Square.apply(x).sum())(np.array([3.0]))


def test_masks_and_settings_may_be_saved():
    class Masked(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x > 0, 0.5)
            ctx.note = "kept"
            return np.where(x > 0, x, 0.5 * x)

        @staticmethod
        def backward(ctx, out_bar):
            mask, slope = ctx.saved_tensors
            assert ctx.note == "kept"
            return np.where(mask, out_bar, slope * out_bar)

    x = np.array([1.0, -2.0])
    np.testing.assert_array_equal(grad(lambda x: Masked.apply(x).sum())(x), [1.0, 0.5])
    np.testing.assert_array_equal(hessian(lambda x: Masked.apply(x).sum())(x), np.zeros((2, 2)))


def test_needs_input_grad_tells_what_will_be_used():
    seen = []

    class Scale(Function):
        @staticmethod
        def forward(ctx, x, k):
            ctx.save_for_backward(k)
            seen.append(ctx.needs_input_grad)
            return x * k

        @staticmethod
        def backward(ctx, out_bar):
            return out_bar * ctx.saved_tensors[0], None

    x = Tensor([1.0, 2.0], requires_grad=True)
    Scale.apply(x, 3.0).sum().backward()
    assert seen == [(True, False)]
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])
    with pytest.raises(NoDerivativeError, match="backward of Scale returned None for input 1"):
        grad(lambda k: Scale.apply(x.detach(), k).sum())(3.0)


def test_wrong_number_and_wrong_shape_of_cotangents_are_named():
    class OneTooFew(Multiply):
        @staticmethod
        def backward(ctx, out_bar):
            return out_bar

    with pytest.raises(UsageError, match="backward of OneTooFew returned another number"):
        grad(lambda x: OneTooFew.apply(x, 2.0))(3.0)

    class NotSummed(Function):
        @staticmethod
        def forward(ctx, X, b):
            return X + b

        @staticmethod
        def backward(ctx, out_bar):
            return out_bar, out_bar

    with pytest.raises(ShapeError, match="'NotSummed' returned the wrong shape for input 1"):
        grad(lambda b: NotSummed.apply(np.ones((2, 3)), b).sum())(np.zeros(3))


def test_a_function_without_its_methods_says_what_to_write():
    with pytest.raises(UsageError, match="no forward"):
        Function.apply(1.0)

    class Half(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 0.5

    with pytest.raises(UsageError, match="no backward"):
        grad(Half.apply)(1.0)
    with pytest.raises(UsageError, match=r"applied, not made(.|\n)*Multiply\.apply"):
        Multiply()


class Affine(Function):
    @staticmethod
    def forward(ctx, X, W, b):
        ctx.save_for_backward(X, W)
        return X @ W + b

    @staticmethod
    def backward(ctx, out_bar):
        X, W = ctx.saved_tensors
        return out_bar @ W.T, X.T @ out_bar, np.sum(out_bar, axis=0)


class Swish(Function):
    """Keeps its input as an attribute of ctx."""

    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x / (1.0 + np.exp(-x))

    @staticmethod
    def backward(ctx, out_bar):
        s = 1.0 / (1.0 + np.exp(-ctx.x))
        return out_bar * (s + ctx.x * s * (1.0 - s))


def test_forward_mode_comes_from_backward(rng):
    X, W, b = rng.normal(size=(4, 3)), rng.normal(size=(3, 2)), rng.normal(size=2)
    dots = tuple(rng.normal(size=x.shape) for x in (X, W, b))

    def ours(X, W, b):
        return Swish.apply(Affine.apply(X, W, b))

    def plainly(X, W, b):
        h = X @ W + b
        return h / (1.0 + np.exp(-h))

    # The same few operations in another order: some roundings of 2e-16.
    near = {"rtol": 1e-12, "atol": 1e-13}
    for got, expected in zip(jvp(ours, (X, W, b), dots), jvp(plainly, (X, W, b), dots), strict=True):
        np.testing.assert_allclose(got, expected, **near)
    loss = lambda f: lambda *args: np.sum(f(*args) ** 2)  # noqa: E731
    for got, expected in zip(
        hvp(loss(ours), (X, W, b), dots), hvp(loss(plainly), (X, W, b), dots), strict=True
    ):
        np.testing.assert_allclose(got, expected, **near)
    for mode in ("forward", "reverse"):
        got = jacobian(ours, 2, mode=mode)(X, W, b)
        np.testing.assert_allclose(got, jacobian(plainly, 2)(X, W, b), **near)
    ahead = lambda f: lambda b: jvp(lambda b: f(X, W, b), (b,), (dots[2],))[1]  # noqa: E731
    np.testing.assert_allclose(jacobian(ahead(ours))(b), jacobian(ahead(plainly))(b), **near)
    np.testing.assert_allclose(jacobian(ahead(ours), mode="forward")(b), jacobian(ahead(plainly))(b), **near)


def test_forward_mode_of_single_numbers_and_of_inputs_without_a_derivative():
    assert jvp(Multiply.apply, (3.0, 2.0), (1.0, 10.0)) == (6.0, 32.0)
    assert jvp(lambda x: jvp(lambda y: Multiply.apply(y, y), (x,), (1.0,))[1], (3.0,), (1.0,)) == (6.0, 2.0)

    class Flat(Function):
        @staticmethod
        def forward(ctx, x):
            return np.sign(x)

        @staticmethod
        def backward(ctx, out_bar):
            return np.zeros(2)

    np.testing.assert_array_equal(jvp(Flat.apply, (np.ones(2),), (np.ones(2),))[1], [0.0, 0.0])


def test_a_backward_that_cannot_be_recorded_has_no_forward_mode_and_says_why():
    class Relu(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x > 0)
            return np.maximum(x, 0.0)

        @staticmethod
        def backward(ctx, out_bar):
            x_bar = out_bar * 1.0
            x_bar[~ctx.saved_tensors[0]] = 0.0
            return x_bar

    np.testing.assert_array_equal(grad(lambda x: np.sum(Relu.apply(x)))(np.array([1.0, -1.0])), [1.0, 0.0])
    with pytest.raises(
        NoDerivativeError, match=r"'Relu' has no forward mode(.|\n)*changed in place(.|\n)*np.where"
    ):
        jvp(Relu.apply, (np.ones(2),), (np.ones(2),))


def test_what_is_kept_on_ctx_itself_is_no_silent_constant():
    class Exp(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.parts = {"out": np.exp(x), "scale": 2.0}
            return ctx.parts["out"]

        @staticmethod
        def backward(ctx, out_bar):
            return out_bar * ctx.parts["out"]

    x = np.array([0.0, 1.0])
    np.testing.assert_allclose(hvp(lambda x: np.sum(Exp.apply(x)), (x,), (np.ones(2),))[0], np.exp(x))

    class Squared(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.twice = 2.0 * x
            return x * x

        @staticmethod
        def backward(ctx, out_bar):
            return out_bar * ctx.twice

    np.testing.assert_array_equal(grad(lambda x: np.sum(Squared.apply(x)))(x), 2 * x)
    with pytest.raises(NoDerivativeError, match="computed inside forward"):
        hvp(lambda x: np.sum(Squared.apply(x)), (x,), (np.ones(2),))


@pytest.mark.parametrize(
    ("forward", "backward", "message"),
    [
        (lambda ctx, x: None, None, "forward of Faulty returned None(.|\n)*end it with a return"),
        (lambda ctx, x: (x, x), None, r"forward of Faulty returned several results(.|\n)*a tuple of 2"),
        (
            lambda ctx, x: x,
            lambda ctx, g: None,
            "backward of Faulty returned None(.|\n)*end it with a return",
        ),
        (lambda ctx, x: x.__imul__(2.0), None, r"'Faulty' wrote into an array(.|\n)*x\.copy\(\)"),
    ],
)
def test_faulty_methods_are_named(forward, backward, message):
    faulty = type(
        "Faulty",
        (Function,),
        {"forward": staticmethod(forward), "backward": staticmethod(backward or (lambda ctx, g: g))},
    )
    with pytest.raises(UsageError, match=message):
        grad(lambda x: np.sum(faulty.apply(x)))(np.ones(2))


def test_rules_that_could_never_be_called_are_refused_where_they_are_declared():
    def plain(x):
        return x * 2.0

    with pytest.raises(UsageError, match=r"'plain', whose calls are not recorded(.|\n)*@primitive"):
        defvjp(plain, lambda out_bar, out, x: out_bar)

    @primitive
    def product(x, y):
        return x * y

    with pytest.raises(UsageError, match=r"Rule 1 of defvjp(.|\n)*\(out_bar, out, x, y\)(.|\n)*\(g, x\)"):
        defvjp(product, None, lambda g, x: g * x)
    with pytest.raises(UsageError, match=r"Rule 0 of defjvp(.|\n)*\(x_dot, out, x, y\)(.|\n)*a float"):
        defjvp(product, 2.0, None)
    defvjp(product, lambda out_bar, *rest: out_bar * rest[2], lambda out_bar, out, x, y: out_bar * x)
    assert grad(product, (0, 1))(2.0, 5.0) == (5.0, 2.0)


def test_a_primitive_returns_one_array():
    @primitive
    def forgetful(x):
        x * 2.0

    @primitive
    def several(x):
        return x, x

    for x in (Tensor(1.0, requires_grad=True), 1.0):
        with pytest.raises(UsageError, match=r"The primitive 'forgetful' returned None"):
            forgetful(x)
        with pytest.raises(UsageError, match=r"The primitive 'several' returned several results"):
            several(x)


def test_calls_leave_nothing_in_the_registry():
    from backprop_course.engine import rules

    before = len(rules.table)
    for _ in range(3):
        Multiply.apply(1.0, 2.0)
    assert len(rules.table) == before


def test_rules_by_call_and_by_decorator():
    @primitive
    def softsign(x):
        return x / (1.0 + np.abs(x))

    defvjp(softsign, lambda out_bar, out, x: out_bar / (1.0 + np.abs(x)) ** 2)

    @defjvp(softsign)
    def softsign_jvp(x_dot, out, x):
        return x_dot / (1.0 + np.abs(x)) ** 2

    x = np.array([0.5, -2.0])
    assert gradient_check(softsign, x)
    assert softsign(2.0) == pytest.approx(2 / 3)
    assert hessian(lambda x: softsign(x).sum())(x).shape == (2, 2)


def test_a_missing_rule_is_named():
    @primitive
    def mystery(x, y):
        return x + y

    defvjp(mystery, lambda out_bar, out, x, y: out_bar, None)
    assert grad(mystery)(1.0, 2.0) == 1.0
    with pytest.raises(NoDerivativeError, match=r"'mystery' has no vjp rule for its input 1"):
        grad(mystery, argnums=1)(1.0, 2.0)
    with pytest.raises(NoDerivativeError, match=r"defjvp\(mystery"):
        jvp(mystery, (1.0, 2.0), (1.0, 0.0))


def test_a_numpy_function_that_the_table_lacks_can_be_taught():
    from backprop_course.engine import rules

    x = np.array([0.5, 0.7])
    with pytest.raises(NoDerivativeError, match="'trim_zeros'"):
        vjp(np.trim_zeros, x)
    defvjp(np.trim_zeros, lambda out_bar, out, x: out_bar)
    try:
        np.testing.assert_allclose(grad(lambda x: np.sum(np.trim_zeros(x) * x))(x), 2 * x)
    finally:
        del rules.table[np.trim_zeros]


def test_functional_updates_leave_the_original_alone():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    v = Tensor([10.0, 20.0], requires_grad=True)
    y = x.at[[0, 0]].add(v)
    np.testing.assert_array_equal(y.value, [31.0, 2.0, 3.0])
    (y * np.array([1.0, 2.0, 3.0])).sum().backward()
    np.testing.assert_array_equal(x.grad, [1.0, 2.0, 3.0])
    np.testing.assert_array_equal(v.grad, [1.0, 1.0])
    z = x.at[1].set(9.0)
    np.testing.assert_array_equal(z.value, [1.0, 9.0, 3.0])
    np.testing.assert_array_equal(x.value, [1.0, 2.0, 3.0])
    x.zero_grad()
    (z * z).sum().backward()
    np.testing.assert_array_equal(x.grad, [2.0, 0.0, 6.0])


def test_methods_that_ask_for_a_self_are_refused_where_they_are_written():
    with pytest.raises(UsageError, match="forward of Late is no static method"):

        class Late(Function):
            def forward(self, ctx, x):
                return x

    with pytest.raises(UsageError, match="backward of Later is no static method"):

        class Later(Multiply):
            def backward(self, ctx, out_bar):
                return out_bar, out_bar


@pytest.mark.parametrize("declare", [defvjp, defjvp])
def test_more_rules_than_arguments_are_refused(declare):
    @primitive
    def thrice(x, *, offset=0.0):
        return 3.0 * x + offset

    with pytest.raises(UsageError, match=r"each of \(x\) at most(.|\n)*got: +2 rules"):
        declare(thrice, lambda bar, out, x, offset=0.0: 3.0 * bar, lambda bar, out, x, offset=0.0: bar)
