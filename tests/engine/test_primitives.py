"""Every primitive of the table is held to the same promises; a new declaration is tested by being there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_course import Tensor, grad, hvp, jacobian, jvp, numerical_jacobian, vjp
from tests.strategies import applied, direction, floats_of, inner, primitives, split

EACH = pytest.mark.parametrize("p", primitives(), ids=lambda p: p.name)


def cases(p, rng):
    for sample in p.samples(rng):
        inputs, params = split(sample)
        yield inputs, params, [inputs[i] for i in floats_of(p, inputs)], applied(p, inputs, params)


@EACH
def test_both_rules_agree_with_central_differences(p, rng):
    for _, _, primals, f in cases(p, rng):
        out, f_vjp = vjp(f, *primals)
        out_bar = direction(out, rng)
        bars = f_vjp(out_bar)
        for i, x in enumerate(primals):
            J = numerical_jacobian(lambda y, i=i: f(*primals[:i], y, *primals[i + 1 :]), x)
            # Central differences with h = 1e-6 are good to about 1e-9 in the entries of J.
            expected = np.tensordot(out_bar, J, axes=np.ndim(out))
            np.testing.assert_allclose(bars[i], expected, rtol=1e-5, atol=1e-7)
            x_dot = direction(x, rng)
            zeros = [np.zeros(np.shape(y)) for y in primals]
            _, out_dot = jvp(f, primals, [*zeros[:i], x_dot, *zeros[i + 1 :]])
            expected = np.tensordot(J, x_dot, axes=np.ndim(x))
            np.testing.assert_allclose(out_dot, expected, rtol=1e-5, atol=1e-7)


@EACH
def test_the_two_walks_are_adjoint(p, rng):
    for _, _, primals, f in cases(p, rng):
        dots = [direction(x, rng) for x in primals]
        out, out_dot = jvp(f, primals, dots)
        out_bar = direction(out, rng)
        bars = vjp(f, *primals)[1](out_bar)
        assert np.shape(out_dot) == np.shape(out)
        assert inner(out_bar, out_dot) == pytest.approx(inner(list(bars), dots), rel=1e-9, abs=1e-12)


@EACH
def test_second_order_agrees_with_central_differences_in_both_orders(p, rng):
    for _, _, primals, f in cases(p, rng):
        if sum(np.size(x) for x in primals) == 0:
            continue
        out_bar = direction(vjp(f, *primals)[0], rng)
        dots = [direction(x, rng) for x in primals]

        def s(*xs, f=f, out_bar=out_bar):
            return np.sum(f(*xs) * out_bar)

        everything = tuple(range(len(primals)))
        forward_over_reverse = hvp(s, primals, dots)

        def slope(*xs, s=s, dots=dots):
            return sum((np.sum(g * d) for g, d in zip(grad(s, everything)(*xs), dots, strict=True)), 0.0)

        reverse_over_reverse = grad(slope, everything)(*primals)
        for i, x in enumerate(primals):
            expected = numerical_jacobian(lambda y, i=i: slope(*primals[:i], y, *primals[i + 1 :]), x)
            # The slope is exact, so one difference quotient remains: errors near 1e-9 of the values.
            np.testing.assert_allclose(forward_over_reverse[i], expected, rtol=2e-5, atol=2e-7)
            np.testing.assert_allclose(reverse_over_reverse[i], expected, rtol=2e-5, atol=2e-7)


@EACH
def test_a_batch_of_cotangents_equals_a_loop_over_single_ones(p, rng):
    for inputs, params, primals, f in cases(p, rng):
        out, f_vjp = vjp(f, *primals)
        stack = rng.normal(size=(3, *np.shape(out)))
        loop = [f_vjp(bar[()]) for bar in stack]
        where = floats_of(p, inputs)
        for k, i in enumerate(where):
            raw = p.rule("vjp", i)(stack, out, *inputs, **params)
            raw = np.broadcast_to(raw, (3, *np.shape(primals[k])))
            np.testing.assert_allclose(raw, np.stack([bars[k] for bars in loop]), rtol=1e-12, atol=1e-12)


@EACH
def test_float32_is_kept_in_value_cotangent_and_tangent(p, rng):
    for inputs, params, primals, _ in cases(p, rng):
        floats = iter([np.asarray(x, np.float32)[()] for x in primals])
        where = floats_of(p, inputs)
        inputs = tuple(next(floats) if i in where else x for i, x in enumerate(inputs))
        out = p.function(*inputs, **params)
        assert out.dtype == np.float32
        for i in where:
            x_bar = p.rule("vjp", i)(np.ones_like(out), out, *inputs, **params)
            assert x_bar.dtype == np.float32
            x_dot = p.rule("jvp", i)(np.ones_like(inputs[i]), out, *inputs, **params)
            assert x_dot.dtype == np.float32


@EACH
def test_layout_and_ownership_of_the_inputs_do_not_matter(p, rng):
    for _, _, primals, f in cases(p, rng):
        out, f_vjp = vjp(f, *primals)
        out_bar = direction(out, rng)
        expected = f_vjp(out_bar)
        odd = [np.asarray(np.asfortranarray(x))[()] if np.ndim(x) else x for x in primals]
        for x in odd:
            if isinstance(x, np.ndarray):
                x.flags.writeable = False
        spaced = [np.repeat(x, 2, axis=-1)[..., ::2] if np.ndim(x) else x for x in primals]
        for variant in (odd, spaced):
            for got, want in zip(vjp(f, *variant)[1](out_bar), expected, strict=True):
                np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12)


@EACH
def test_backward_gives_what_vjp_gives(p, rng):
    for _, _, primals, f in cases(p, rng):
        leaves = [Tensor(x, requires_grad=True) for x in primals]
        out = f(*leaves)
        out_bar = direction(out.value, rng)
        out.backward(out_bar)
        for leaf, bar in zip(leaves, vjp(f, *primals)[1](out_bar), strict=True):
            assert np.shape(leaf.grad) == leaf.shape
            np.testing.assert_allclose(leaf.grad, bar, rtol=1e-12, atol=1e-12)


@EACH
def test_jacobians_in_both_modes_are_the_same(p, rng):
    for (_, _, primals, f), _ in zip(cases(p, rng), range(4), strict=False):
        for i in range(len(primals)):
            reverse, forward = (
                jacobian(f, i, mode="reverse")(*primals),
                jacobian(f, i, mode="forward")(*primals),
            )
            assert reverse.shape == np.shape(values(f(*primals))) + np.shape(primals[i])
            np.testing.assert_allclose(reverse, forward, rtol=1e-10, atol=1e-12)


def values(x):
    return np.asarray(x)


def test_every_pair_of_primitives_has_a_name_of_its_own():
    names = [p.name for p in primitives()]
    assert not [a for a, b in itertools.pairwise(sorted(names)) if a == b]
