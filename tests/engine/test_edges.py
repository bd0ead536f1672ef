"""Arrays without entries, of one entry, without axes: each function does what NumPy's does, and has slopes.

The samples of the registry are cut down to such shapes; where NumPy itself refuses the result, so may we.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_course import Tensor, jvp, numerical_jacobian, vjp
from tests.cases import Case, cases, everything, flat_leaves
from tests.strategies import inner, values

# NumPy's own answers are odd, or settings of the sample do not fit the smaller arrays.
ODD = {
    "einsum": "NumPy reads the diagonal of a matrix of shape (0, 3) as 3 long",
    "nanquantile": "NumPy drops the axis of several quantiles where there are no rows",
}
KNOWN = {name: pair for name, pair in everything().items() if not name.startswith("engine.")}
EACH = pytest.mark.parametrize("name", sorted(KNOWN.keys() - ODD.keys()))

SMALLER = {
    "no rows": lambda x: x[:0] if x.ndim else x,
    "no columns": lambda x: x[..., :0] if x.ndim else x,
    "one entry": lambda x: x[(slice(1),) * x.ndim],
    "no axes": lambda x: x.ravel()[0] if x.size else x,
}


def smaller_cases(name, rng):
    """Cases with smaller arrays that NumPy takes, and what NumPy makes of them."""
    function, samples = KNOWN[name]
    for case, (what, smaller) in itertools.product(cases(function, samples, rng), SMALLER.items()):
        xs = [smaller(x) for x in case.primals]
        try:
            expected = flat_leaves(case.call(function, xs))
        except (ValueError, IndexError, TypeError, AttributeError, RuntimeWarning, ArithmeticError):
            continue
        got = flat_leaves(case.call(function, [Tensor(x, requires_grad=True) for x in xs]))
        kept = [isinstance(y, Tensor) for y in got]
        yield what, Case(function, case.inputs, case.params, xs, [], kept, None), got, expected


@EACH
def test_values_and_both_rules_at_the_edges(name, rng):
    for what, case, got, expected in smaller_cases(name, rng):
        for a, b in zip(got, expected, strict=True):
            assert np.shape(values(a)) == np.shape(b), what
            np.testing.assert_allclose(values(a), b, rtol=1e-12, atol=1e-12, err_msg=what)
        if not any(case.kept):
            continue
        xs = case.primals
        out, f_vjp = vjp(case.ours, *xs)
        out_bar, dots = rng.normal(size=out.shape), [rng.normal(size=np.shape(x)) for x in xs]
        bars, out_dot = f_vjp(out_bar), jvp(case.ours, xs, dots)[1]
        assert [np.shape(bar) for bar in bars] == [np.shape(x) for x in xs]
        assert inner(out_bar, out_dot) == pytest.approx(inner(list(bars), dots), rel=1e-9, abs=1e-10)
        for i, x in enumerate(xs):
            J = numerical_jacobian(lambda y, i=i: case.ours(*xs[:i], y, *xs[i + 1 :]), x)
            # As in test_primitives: central differences are good to about 1e-9 of the entries of J.
            np.testing.assert_allclose(bars[i], np.tensordot(out_bar, J, 1), rtol=1e-5, atol=1e-6)


def test_most_functions_are_asked_at_every_edge(rng):
    asked = {what: set() for what in SMALLER}
    for name in KNOWN:
        for what, *_ in smaller_cases(name, rng):
            asked[what].add(name)
    assert {what: len(names) > 150 for what, names in asked.items()} == dict.fromkeys(SMALLER, True)


@pytest.mark.parametrize("name", sorted(ODD))
def test_what_was_left_out_works_on_its_own_samples(name, rng):
    function, samples = KNOWN[name]
    assert all(vjp(case.ours, *case.primals)[0].size for case in cases(function, samples, rng))


def test_an_entry_that_is_used_often_gathers_all_of_its_cotangents(rng):
    x, out_bar = rng.normal(size=4), rng.normal(size=(3, 2))
    places = np.array([[0, 2], [2, 2], [1, 0]])
    expected = np.zeros(4)
    np.add.at(expected, places, out_bar)
    for take in (
        lambda x: x[places],
        lambda x: np.take(x, places),
        lambda x: np.stack([x[i] for i in places]),
    ):
        np.testing.assert_allclose(vjp(take, x)[1](out_bar)[0], expected, rtol=1e-13)
    along = np.array([[0, 0, 2]])
    (bar,) = vjp(lambda x: np.take_along_axis(x, along, axis=1), x[None, :])[1](
        np.array([[1.0, 10.0, 100.0]])
    )
    np.testing.assert_array_equal(bar, [[11.0, 0.0, 100.0, 0.0]])
    (bar,) = vjp(lambda x: x[[0, 0], [1, 1]], x.reshape(2, 2))[1](np.array([1.0, 10.0]))
    np.testing.assert_array_equal(bar, [[0.0, 11.0], [0.0, 0.0]])


def test_an_index_that_takes_nothing_gives_zeros(rng):
    x = rng.normal(size=(3, 2))
    for index in (
        np.zeros(3, dtype=bool),
        slice(2, 2),
        np.zeros(0, dtype=int),
        (slice(None), slice(5, None)),
    ):
        np.testing.assert_array_equal(
            vjp(lambda x: x[index], x)[1](np.zeros_like(x[index]))[0], np.zeros((3, 2))
        )
