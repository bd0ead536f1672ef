"""The functions of `scipy.special`: entered when SciPy is imported, and held to the promises of the table."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from backprop_course import Tensor, grad, numerical_gradient
from backprop_course.engine import rules
from backprop_course.errors import GraphError, NoDerivativeError
from tests.engine import test_primitives as promises
from tests.strategies import split

special = pytest.importorskip("scipy.special")
rules.entered_late()
OF_SCIPY = sorted(
    (p for p in rules.table.values() if p.ours and p.name.startswith("special.")), key=lambda p: p.name
)
EACH = pytest.mark.parametrize("p", OF_SCIPY, ids=lambda p: p.name)


def test_importing_the_course_does_not_import_scipy():
    code = "import sys, backprop_course; print(any(m.partition('.')[0] == 'scipy' for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("order", ["backprop_course, scipy.special", "scipy.special, backprop_course"])
def test_whichever_is_imported_first_the_rules_are_there(order):
    code = f"""import {order}
x = backprop_course.Tensor(0.0, requires_grad=True)
scipy.special.expit(x).backward()
print(x.grad)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0.25"


def test_the_functions_that_learners_use_are_there():
    names = {p.name.removeprefix("special.") for p in OF_SCIPY}
    assert names >= {"expit", "logit", "erf", "gammaln", "psi", "xlogy"}
    assert special.digamma is special.psi  # SciPy has two names for it


@EACH
def test_values_are_scipys(p, rng):
    for sample in p.samples(rng):
        inputs, params = split(sample)
        out = p.function(*(Tensor(x, requires_grad=True) for x in inputs), **params)
        np.testing.assert_array_equal(out.value, p.function(*inputs, **params))


@EACH
def test_both_rules_agree_with_central_differences(p, rng):
    promises.test_both_rules_agree_with_central_differences(p, rng)


@EACH
def test_the_two_walks_are_adjoint(p, rng):
    promises.test_the_two_walks_are_adjoint(p, rng)


@EACH
def test_second_order_agrees_with_central_differences_in_both_orders(p, rng):
    promises.test_second_order_agrees_with_central_differences_in_both_orders(p, rng)


@EACH
def test_a_batch_of_cotangents_equals_a_loop_over_single_ones(p, rng):
    promises.test_a_batch_of_cotangents_equals_a_loop_over_single_ones(p, rng)


@EACH
def test_float32_is_kept_in_value_cotangent_and_tangent(p, rng):
    promises.test_float32_is_kept_in_value_cotangent_and_tangent(p, rng)


def test_gammaln_has_derivatives_of_any_order():
    fourth = grad(grad(grad(grad(special.gammaln))))
    assert fourth(2.5) == pytest.approx(special.polygamma(3, 2.5), rel=1e-12)


def test_xlogy_is_flat_where_its_first_argument_is_zero():
    slopes = grad(lambda a, b: np.sum(special.xlogy(a, b)), (0, 1))(np.zeros(2), np.array([0.0, 2.0]))
    np.testing.assert_array_equal(slopes[0], [0.0, 0.0])


def test_functions_of_scipy_that_are_no_ufuncs_do_not_cut_the_graph_silently():
    with pytest.raises(GraphError, match="cut it off") as caught:
        grad(lambda x: special.polygamma(1, x))(2.0)
    assert "scipy.special.digamma" in caught.value.mend


def test_a_chain_through_scipy_and_numpy(rng):
    x = rng.uniform(0.5, 2.0, size=(3,))

    def f(x):
        return np.sum(special.gammaln(x) * np.log(x) + special.expit(x @ x) * special.erf(x[::-1]))

    np.testing.assert_allclose(grad(f)(x), numerical_gradient(f, x), rtol=1e-7, atol=1e-8)


def test_a_special_function_without_a_rule_is_named_with_its_package():
    for function in (special.gammainc, special.binom):
        with pytest.raises(NoDerivativeError, match=rf"got: +scipy\.special\.{function.__name__}") as caught:
            function(Tensor(2.0, requires_grad=True), 1.5)
        assert "norm2" not in str(caught.value)  # a part of the engine, which nobody can call


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_a_function_of_scipy_that_makes_arrays_is_named_with_ours_beside_it(name):
    with pytest.raises(GraphError, match=rf"scipy\.special\.{name}, which") as caught:
        grad(lambda x: np.sum(getattr(special, name)(x)))(np.ones(3))
    assert f"backprop_course.{name}(x)" in caught.value.mend


def test_a_ufunc_that_scipy_hides_behind_a_function_is_named_by_its_public_name():
    with pytest.raises(NoDerivativeError, match=r"got: +scipy\.special\.zeta"):
        special.zeta(Tensor(2.0, requires_grad=True), 2.0)
