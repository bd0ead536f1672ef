"""Functions written with others: NumPy's values, derivatives that agree with differences, to second order."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import Tensor, grad, hvp, jvp, numerical_jacobian, vjp
from backprop_course.engine import rules
from backprop_course.engine.trees import leaves, map_leaves, with_leaves
from tests.strategies import split, values

EACH = pytest.mark.parametrize(
    "function",
    sorted(rules.compositions, key=lambda f: (getattr(f, "__module__", None) or "", f.__name__)),
    ids=lambda f: f.__name__,
)


def is_float(x):
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def cases(function, rng):
    """Each sample as a function of its float arrays alone, to one flat array."""
    for sample in rules.samples_of[function](rng):
        inputs, params = split(sample)
        primals = [x for x in leaves(list(inputs)) if is_float(x)]

        def plain(*floats, inputs=inputs, params=params):
            given = iter(floats)
            filled = map_leaves(lambda x: next(given) if is_float(x) else x, list(inputs))
            return function(*filled, **params)

        def flat(*floats, plain=plain):
            recorded = [x if isinstance(x, Tensor) else Tensor(x) for x in floats]
            return np.concatenate(
                [np.ravel(x) for x in leaves(listed(plain(*recorded))) if isinstance(x, Tensor)]
            )

        yield plain, flat, primals


def listed(out):
    return list(out) if isinstance(out, tuple) else out


@EACH
def test_values_shapes_and_structure_are_numpys(function, rng):
    for plain, _, primals in cases(function, rng):
        expected = plain(*primals)
        got = plain(*(Tensor(x, requires_grad=True) for x in primals))
        assert len(list(leaves(listed(got)))) == len(list(leaves(listed(expected))))
        for a, b in zip(leaves(listed(got)), leaves(listed(expected)), strict=True):
            assert np.shape(values(a)) == np.shape(b)
            np.testing.assert_allclose(values(a), b, rtol=1e-12, atol=1e-13)


@EACH
def test_vjp_and_jvp_agree_with_central_differences_and_with_each_other(function, rng):
    for _, f, primals in cases(function, rng):
        out, f_vjp = vjp(f, *primals)
        out_bar = rng.normal(size=out.shape)
        bars = f_vjp(out_bar)
        dots = [rng.normal(size=np.shape(x))[()] for x in primals]
        total = 0.0
        for i, x in enumerate(primals):
            J = numerical_jacobian(lambda y, i=i: f(*primals[:i], y, *primals[i + 1 :]), x)
            np.testing.assert_allclose(bars[i], np.tensordot(out_bar, J, axes=1), rtol=1e-5, atol=2e-7)
            total += np.sum(bars[i] * dots[i])
        out_dot = jvp(f, primals, dots)[1]
        np.testing.assert_allclose(np.vdot(out_bar, out_dot), total, rtol=1e-9, atol=1e-10)


@EACH
def test_second_order_agrees_with_central_differences(function, rng):
    for _, f, primals in cases(function, rng):
        out_bar = rng.normal(size=vjp(f, *primals)[0].shape)
        dots = [rng.normal(size=np.shape(x))[()] for x in primals]
        everything = tuple(range(len(primals)))

        def s(*xs, f=f, out_bar=out_bar):
            return np.sum(f(*xs) * out_bar)

        def slope(*xs, s=s, dots=dots):
            return sum((np.sum(g * d) for g, d in zip(grad(s, everything)(*xs), dots, strict=True)), 0.0)

        found = hvp(s, primals, dots)
        twice = grad(slope, everything)(*primals)
        for i, x in enumerate(primals):
            expected = numerical_jacobian(lambda y, i=i: slope(*primals[:i], y, *primals[i + 1 :]), x)
            np.testing.assert_allclose(found[i], expected, rtol=2e-5, atol=5e-7)
            np.testing.assert_allclose(twice[i], expected, rtol=2e-5, atol=5e-7)


@EACH
def test_float32_is_kept_where_numpy_keeps_it(function, rng):
    for plain, f, primals in cases(function, rng):
        singles = [np.asarray(x, np.float32)[()] for x in primals]
        out, f_vjp = vjp(f, *singles)
        numpys = {np.asarray(x).dtype for x in leaves(listed(plain(*singles))) if is_float(x)}
        assert out.dtype in {np.dtype(np.float32), *numpys}  # more only where NumPy decides for more itself
        assert {bar.dtype for bar in f_vjp(np.ones_like(out))} <= {np.dtype(np.float32)}


def test_trees_keep_their_order():
    tree = {"a": [1, (2, 3)], "b": 4}
    assert list(leaves(tree)) == [1, 2, 3, 4]
    assert with_leaves(tree, iter("wxyz")) == {"a": ["w", ("x", "y")], "b": "z"}
