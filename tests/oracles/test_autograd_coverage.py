"""Whatever HIPS autograd differentiates in `numpy` and `numpy.linalg`, works here under NumPy's name."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

import backprop_course
from backprop_course import Tensor
from backprop_course.engine import rules
from tests.oracles.comparing import peers_may_warn

pytestmark = pytest.mark.oracle

LEFT_OUT = {
    "numpy.full": "its value is an array of one number: np.full(shape, x) is x * np.ones(shape)",
    "numpy.linalg.eig": "eigenvalues of a general matrix are complex, and complex numbers are out of scope",
}
WHOLE_MODULES = {
    "numpy.fft": "complex numbers are out of scope",
    "autograd.core": "autograd's own sums of cotangents: + and the walk do that here",
    "autograd.builtins": "autograd's own tuples, lists and dicts: trees do that here",
    "autograd.numpy.numpy_vjps": "adjoints that autograd names so that they have rules of their own",
    "autograd.numpy.numpy_boxes": "its indexing: x[i] here",
    "autograd.numpy.numpy_wrapper": "its np.array, np.concatenate and np.diag: np.stack and their like here",
    "autograd.numpy.fft": "a part of its fft",
    "autograd.scipy.signal": "np.convolve is here; scipy.signal is not",
    "scipy": "those of scipy.special that learners use are here; scipy.stats and integrate are not",
}


def functions_with_a_rule(autograd):
    """Qualified name -> function, of all that autograd has a vjp rule for once its NumPy is imported."""
    with peers_may_warn():
        for module in ("autograd.numpy", "autograd.numpy.linalg", "autograd.numpy.fft"):
            importlib.import_module(module)
        core = importlib.import_module("autograd.core")
    found = {}
    for wrapped in core.primitive_vjps:
        function = getattr(wrapped, "fun", wrapped)
        module = getattr(function, "__module__", None) or "scipy"  # the ufuncs of SciPy say nothing
        found[f"{module}.{function.__name__}"] = function
    return found


def belongs(name):
    return any(name.startswith(f"{module}.") for module in WHOLE_MODULES)


def test_every_function_autograd_differentiates_is_here_or_left_out_for_a_reason(autograd):
    known = {*rules.table, *rules.compositions, *rules.plain, *rules.static}
    ours = {f for f in functions_with_a_rule(autograd).values() if f in known}
    assert len(ours) > 100
    missing = {n for n, f in functions_with_a_rule(autograd).items() if f not in known and not belongs(n)}
    assert missing == set(LEFT_OUT)


def test_what_was_left_out_says_so_by_name():
    x = Tensor(np.eye(2), requires_grad=True)
    complex_or_fourier = r"'(eig|fft|rfft2)' has no derivative rule here: .* out of scope"
    for call in (lambda: np.linalg.eig(x), lambda: np.fft.fft(x), lambda: np.fft.rfft2(x)):
        with pytest.raises(backprop_course.NoDerivativeError, match=complex_or_fourier):
            call()


def test_what_stands_for_numpy_full_has_the_same_slope(autograd):
    with peers_may_warn():
        anp = importlib.import_module("autograd.numpy")
        theirs = autograd.grad(lambda x: anp.sum(anp.full((2, 3), x) ** 2))(1.5)
    ours = backprop_course.grad(lambda x: np.sum((x * np.ones((2, 3))) ** 2))(1.5)
    assert ours == pytest.approx(theirs)


CALLS = {
    "concatenate_args": lambda np, x: np.concatenate([x, x * x]),
    "array_from_args": lambda np, x: np.stack([x[0], x[1] * x[0]]),
    "untake": lambda np, x: x[np.array([0, 0, 1])] * 2.0,
    "make_diagonal": lambda np, x: np.diag(x) @ x,
    "convolve": lambda np, x: np.cumsum(x) * np.prod(x),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_autograd_has_a_name_of_its_own_for_is_one_of_ours(name, autograd, rng):
    call = CALLS[name]
    x = rng.normal(size=3)
    weights = rng.normal(size=(np.size(call(np, x)),))
    with peers_may_warn():
        anp = importlib.import_module("autograd.numpy")
        theirs = autograd.grad(lambda x: anp.sum(anp.ravel(call(anp, x)) * weights))(x)
    ours = backprop_course.grad(lambda x: np.sum(np.ravel(call(np, x)) * weights))(x)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)
