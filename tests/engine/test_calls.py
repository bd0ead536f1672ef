"""NumPy's functions are called as NumPy has them, and what Tensors cannot do is refused by name."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

from backprop_course import Tensor, grad, numerical_gradient, vjp
from backprop_course.engine import rules
from backprop_course.errors import (
    CourseError,
    DtypeError,
    GraphError,
    ImmutableError,
    NoDerivativeError,
    ShapeError,
    UsageError,
)
from tests.cases import cases, everything, flat_leaves
from tests.strategies import split, values

OF_NUMPY = {
    name: pair
    for name, pair in everything().items()
    if type(pair[0]) is type(np.sum) and pair[0] in {*rules.table, *rules.compositions}
}
EACH = pytest.mark.parametrize("name", sorted(OF_NUMPY))


def same(got, expected):
    if isinstance(expected, list) and not isinstance(expected[0], Tensor | np.ndarray):
        expected = np.array(expected)
    for a, b in zip(flat_leaves(got), flat_leaves(expected), strict=True):
        np.testing.assert_array_equal(values(a), values(b))


def signature_of(function):
    try:
        return inspect.signature(function)
    except ValueError:
        pytest.skip(f"this NumPy hides the parameters of {function.__name__}")


def samples_as_tensors(name, rng):
    function, samples = OF_NUMPY[name]
    for sample, case in zip(samples(rng), cases(function, samples, rng), strict=True):
        inputs: list = []
        case.call(
            lambda *args, **_: inputs.extend(args), [Tensor(x, requires_grad=True) for x in case.primals]
        )
        yield function, inputs, split(sample)[1]


@EACH
def test_defaults_may_be_spelled_out_by_name_and_by_position(name, rng):
    for function, inputs, params in samples_as_tensors(name, rng):
        expected = function(*inputs, **params)
        bound = signature_of(function).bind(*inputs, **params)
        given = set(bound.arguments)
        defaults = {
            key: p.default
            for key, p in bound.signature.parameters.items()
            if p.default is not p.empty and key not in given
        }
        if not (name == "clip" and {"a_min", "a_max"} & given):  # which has two names for each
            for key, default in defaults.items():
                same(function(*inputs, **params, **{key: default}), expected)
        bound.apply_defaults()
        same(function(*bound.args, **bound.kwargs), expected)


@EACH
def test_an_unknown_setting_is_refused_and_never_ignored(name, rng):
    for function, inputs, params in samples_as_tensors(name, rng):
        with pytest.raises((TypeError, ValueError), match="no_setting_of_numpy"):
            function(*inputs, **params, no_setting_of_numpy=1)


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (lambda x: np.sum(x, where=np.array([True, False])), "where"),
        (lambda x: np.sum(x, initial=1.0), "initial"),
        (lambda x: np.mean(x, dtype=np.float32), "dtype"),
        (lambda x: np.var(x, where=np.array([True, False])), "where"),
        (lambda x: np.stack([x, x], dtype=np.float32), "dtype"),
        (lambda x: np.quantile(x, 0.5, method="nearest"), "method"),
        (lambda x: np.quantile(x, 0.5, weights=np.ones(2)), "weights"),
        (lambda x: np.pad(x, 1, mode="mean"), "mode"),
        (lambda x: np.pad(x, 1, mode="reflect", reflect_type="odd"), "reflect_type"),
        (lambda x: np.interp(x, [0.0, 1.0], [2.0, 3.0], period=1.0), "period"),
        (lambda x: np.unique(x, axis=0), "axis"),
        (lambda x: np.exp(x, dtype=np.float32), "dtype"),
    ],
)
def test_settings_without_a_meaning_here_are_refused_by_name(call, key):
    with pytest.raises(UsageError, match=f"does not take {key}="):
        call(Tensor([1.0, 2.0], requires_grad=True))


def test_lists_of_numbers_are_arrays():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    assert np.dot(x, [1.0, 10.0, 100.0]).value == 321.0
    assert np.dot([1.0, 10.0, 100.0], x).value == 321.0
    assert np.inner(x, [1, 0, 0]).value == 1.0
    assert np.vdot(x, (1, 1, 1)).value == 6.0
    same(np.outer([1.0, 2.0], x), np.outer([1.0, 2.0], x.value))
    same(np.cross(x, [0.0, 0.0, 1.0]), [2.0, -1.0, 0.0])
    same(np.kron([1.0, 2.0], x), np.kron([1.0, 2.0], x.value))
    same(np.convolve(x, [1.0, -1.0]), np.convolve(x.value, [1.0, -1.0]))
    same(np.linalg.solve(2.0 * np.eye(3), x), x.value / 2)
    same(np.linalg.solve(Tensor(2.0 * np.eye(2), requires_grad=True), [2.0, 4.0]), [1.0, 2.0])
    same(np.polyval([1.0, 0.0], x), x.value)
    same(np.add(x, [1.0, 1.0, 1.0]), [2.0, 3.0, 4.0])


# Methods of ufuncs.


def test_methods_of_ufuncs_are_the_functions_they_stand_for(rng):
    x, y = Tensor(rng.normal(size=(3, 2)), requires_grad=True), Tensor(rng.normal(size=3), requires_grad=True)
    same(np.add.reduce(x), np.sum(x, axis=0))
    same(np.add.reduce(x, axis=None), np.sum(x))
    same(np.add.reduce(x, axis=1, keepdims=True), np.sum(x, axis=1, keepdims=True))
    same(np.multiply.reduce(x), np.prod(x, axis=0))
    same(np.maximum.reduce(x, axis=1), np.max(x, axis=1))
    same(np.minimum.reduce(x), np.min(x, axis=0))
    same(np.add.accumulate(x), np.cumsum(x, axis=0))
    same(np.multiply.accumulate(x, axis=1), np.cumprod(x, axis=1))
    same(np.multiply.outer(x, y), x.value[:, :, None] * y.value)
    same(np.subtract.outer(2.0, y), 2.0 - y.value)
    slopes = grad(lambda x, y: np.sum(np.multiply.outer(x, y)), (0, 1))(x.value, y.value)
    np.testing.assert_allclose(slopes[0], np.full((3, 2), y.value.sum()))
    np.testing.assert_allclose(slopes[1], np.full(3, x.value.sum()))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.logaddexp.reduce(x),
        lambda x: np.add.reduceat(x, [0, 1]),
        lambda x: np.hypot.outer(x, x),
        lambda x: np.subtract.accumulate(x),
    ],
)
def test_methods_of_ufuncs_without_a_rule_say_so(call):
    with pytest.raises(
        NoDerivativeError, match=r"'\w+\.(reduce|reduceat|outer|accumulate)' has no derivative rule"
    ):
        call(Tensor([1.0, 2.0], requires_grad=True))


# What is refused.


@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "fft2", "fftn", "fftshift"])
def test_fourier_transforms_are_refused_by_name(name):
    with pytest.raises(NoDerivativeError, match=rf"'{name}' has no .*Fourier transforms are out of scope"):
        getattr(np.fft, name)(Tensor(np.ones((2, 2)), requires_grad=True))


def test_the_way_out_of_a_fourier_transform_works():
    n = 4
    turns = 2 * np.pi * np.outer(np.arange(n), np.arange(n)) / n
    x = np.array([1.0, -2.0, 0.5, 3.0])

    def power(x):
        return np.sum((np.cos(turns) @ x) ** 2 + (np.sin(turns) @ x) ** 2)

    assert power(x) == pytest.approx(np.sum(np.abs(np.fft.fft(x)) ** 2), rel=1e-12)
    np.testing.assert_allclose(grad(power)(x), 2 * n * x, rtol=1e-12)  # Parseval: n times the sum of squares


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.linalg.eig(x),
        lambda x: np.linalg.eigvals(x),
        lambda x: np.poly(x),
        lambda x: np.roots(x[0]),
        lambda x: np.emath.sqrt(x),
        lambda x: np.sort_complex(x[0]),
    ],
)
def test_functions_with_complex_results_are_refused_by_name(call):
    with pytest.raises(NoDerivativeError, match="complex numbers"):
        call(Tensor([[1.0, 2.0], [-2.0, 1.0]], requires_grad=True))


@pytest.mark.parametrize(
    "make", [lambda: Tensor(1j), lambda: Tensor(np.array([1.0 + 0j])), lambda: grad(np.exp)(1j)]
)
def test_complex_numbers_are_refused(make):
    with pytest.raises(DtypeError, match="complex numbers are out of scope"):
        make()


def test_no_cast_to_complex_and_a_cast_to_integers_is_a_plain_array():
    x = Tensor([1.5, -2.5], requires_grad=True)
    with pytest.raises(DtypeError, match="complex"):
        np.astype(x, complex)
    whole = np.astype(x, int)
    assert type(whole) is np.ndarray
    same(whole, [1, -2])
    out, pull = vjp(lambda x: np.astype(x, np.float32), x.value)
    assert out.dtype == np.float32
    assert pull(np.float32([1, 2]))[0].dtype == np.float64


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (lambda a, t: np.copyto(a, t), "copyto"),
        (lambda a, t: np.full_like(a, t[0]), "copyto"),
        (lambda a, t: np.put(a, [0], t[0]), "put"),
        (lambda a, t: np.place(t, a > 0, 1.0), "place"),
        (lambda a, t: np.putmask(a, a > 0, t), "putmask"),
        (lambda a, t: np.put_along_axis(a, np.array([0]), t[0], 0), "put_along_axis"),
        (lambda a, t: np.fill_diagonal(t, 1.0), "fill_diagonal"),
        (lambda a, t: np.add.at(a, [0], t[0]), "add.at"),
    ],
)
def test_functions_that_write_into_arrays_are_refused_and_say_what_to_use(write, name):
    with pytest.raises(NoDerivativeError, match=rf"'{name}' .*writes into an array.*np.where"):
        write(np.ones(2), Tensor([1.0, 2.0], requires_grad=True))


def test_operators_of_arrays_that_write_are_refused():
    a = np.ones(2)
    with pytest.raises(ImmutableError, match="'add'"):
        np.add(a, Tensor([1.0, 2.0], requires_grad=True), out=a)


def test_arrays_are_not_made_of_tensors_silently():
    x = Tensor([1.0, 2.0], requires_grad=True)
    for make in (np.array, np.asarray, np.ascontiguousarray):
        with pytest.raises(GraphError, match=r"np\.stack"):
            make([x[0], x[1]])
    with pytest.raises(GraphError, match=r"t \* np\.ones\(shape\) instead of np\.full"):
        np.full((2, 3), x[0])
    with pytest.raises(NoDerivativeError, match=r"np\.full(.|\n)*t \* np\.ones\(shape\)"):
        np.full((2, 3), x[0], dtype=float)
    same(grad(lambda t: np.sum(t * np.ones((2, 3))))(1.5), 6.0)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda x: np.bitwise_and(x, 1), "integers"),
        (lambda x: np.gcd(x, 2), "integers"),
        (lambda x: np.nextafter(x, 1.0), "spaced"),
        (lambda x: np.union1d(x, x), "np.unique has a rule"),
        (lambda x: np.trim_zeros(x), "slice"),
        (lambda x: np.histogram(x), "np.bincount"),
    ],
)
def test_functions_without_a_derivative_say_why(call, why):
    with pytest.raises(NoDerivativeError, match=why):
        call(Tensor([1.0, 2.0], requires_grad=True))


def test_the_same_functions_work_on_tensors_that_want_no_gradient():
    x = Tensor([1.0, 2.0, 0.0])
    same(np.trim_zeros(x), [1.0, 2.0])
    same(np.fft.fft(x), np.fft.fft(x.value))
    same(np.union1d(x, [3.0]), [0.0, 1.0, 2.0, 3.0])


def test_full_like_carries_the_gradient_of_its_fill_value():
    x = np.zeros((2, 3))
    assert grad(lambda v: np.sum(np.full_like(Tensor(x), v)))(2.0) == 6.0
    assert type(np.full_like(Tensor(x, requires_grad=True), 2.0)) is np.ndarray


def test_plain_answers_are_plain_and_numpys(rng):
    x = Tensor(rng.normal(size=(3, 2)), requires_grad=True)
    for function in (
        np.argmax,
        np.argsort,
        np.isfinite,
        np.nonzero,
        np.isreal,
        np.nanargmin,
        np.shape,
        np.ix_,
    ):
        argument = x if function is not np.ix_ else Tensor([0, 1])
        got, expected = function(argument), function(argument.value)
        assert not any(isinstance(y, Tensor) for y in flat_leaves(got))
        same(got, expected)


def test_every_error_is_ours_and_a_built_in_one():
    x = Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(TypeError) as caught:
        np.fft.fft(x)
    assert isinstance(caught.value, CourseError)


# Moments and ranks with missing values.


NAN_AWARE = [np.nansum, np.nanprod, np.nanmax, np.nanmin, np.nanmean, np.nanvar, np.nanstd, np.nanmedian]


@pytest.mark.parametrize("function", NAN_AWARE, ids=lambda f: f.__name__)
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_nan_is_passed_over_and_has_slope_zero(function, axis, rng):
    x = rng.normal(size=(3, 4))
    x[0, 1] = x[2, 3] = x[1, 1] = np.nan
    same(function(Tensor(x, requires_grad=True), axis=axis), vjp(lambda x: function(x, axis=axis), x)[0])
    np.testing.assert_allclose(
        vjp(lambda x: function(x, axis=axis), x)[0], function(x, axis=axis), rtol=1e-13
    )
    there = ~np.isnan(x)

    def of_numbers(numbers):
        filled = np.full(x.shape, np.nan)
        filled[there] = numbers
        return np.sum(function(filled, axis=axis) ** 2)

    slope = grad(lambda x: np.sum(function(x, axis=axis) ** 2))(x)
    np.testing.assert_allclose(slope[there], numerical_gradient(of_numbers, x[there]), rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(slope[~there], 0.0)


def test_one_nan_spoils_a_median_and_nothing_but_nan_has_no_largest():
    x = np.array([[1.0, np.nan, 2.0], [1.0, 3.0, 2.0]])
    same(np.median(Tensor(x, requires_grad=True), axis=1), [np.nan, 2.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out = np.nanmax(Tensor([[np.nan, np.nan], [1.0, np.nan]], requires_grad=True), axis=1)
    same(out, [np.nan, 1.0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda x: np.linalg.inv(x * 0.0), np.linalg.LinAlgError, "Singular matrix"),
        (lambda x: np.linalg.solve(x * 0.0, x), np.linalg.LinAlgError, "Singular matrix"),
        (lambda x: np.linalg.cholesky(-x), np.linalg.LinAlgError, "not positive definite"),
        (lambda x: np.sum(x, axis=3), np.exceptions.AxisError, "axis 3 is out of bounds"),
        (lambda x: np.einsum("ij,jk->ik", x, np.ones((3, 2))), ShapeError, "'einsum' cannot be applied"),
        (lambda x: np.einsum("ij->im", x), UsageError, "asks for 'm', which no operand has"),
        (lambda x: np.linalg.solve(x[:1], x), ShapeError, "'solve' cannot be applied(.|\n)*square"),
    ],
)
def test_what_numpy_refuses_is_told_by_the_name_that_was_called(call, error, message):
    with pytest.raises(error, match=message):
        call(Tensor(np.eye(2), requires_grad=True))
