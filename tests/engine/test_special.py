"""Functions of scipy.special: in the table once SciPy is imported, held to what all primitives promise."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from backprop_course import gradient_check, hessian, jvp, numerical_jacobian, vjp
from backprop_course.engine import rules

special = pytest.importorskip("scipy.special", reason="SciPy comes with: pip install -e '.[course]'")
rules.entered_late()
UNARY = ["expit", "logit", "log_expit", "erf", "erfc", "erfinv", "gammaln", "gamma", "digamma", "entr"]
INSIDE = {"logit": (0.1, 0.9), "erfinv": (-0.9, 0.9)}  # where the others take numbers from 0.2 to 3


@pytest.mark.parametrize("name", UNARY)
def test_both_rules_agree_with_central_differences_to_second_order(name, rng):
    f = getattr(special, name)
    x = rng.uniform(*INSIDE.get(name, (0.2, 3.0)), size=4)
    assert gradient_check(f, x)
    H = hessian(lambda x: np.sum(f(x)))(x)
    slopes = numerical_jacobian(lambda y: vjp(f, y)[1](np.ones(4))[0], x)
    # The slopes are exact; central differences of them are good to about 1e-8.
    np.testing.assert_allclose(H, slopes, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["xlogy", "xlog1py"])
def test_functions_of_two_arrays_broadcast(name, rng):
    x, y = rng.uniform(0.2, 2.0, size=(2, 3)), rng.uniform(0.2, 2.0, size=3)
    assert gradient_check(getattr(special, name), x, y)


def test_values_are_scipys_and_the_walks_are_adjoint(rng):
    x, x_dot, out_bar = (rng.uniform(0.2, 2.0, size=3) for _ in range(3))
    out, f_vjp = vjp(special.gammaln, x)
    np.testing.assert_array_equal(out, special.gammaln(x))
    expected = np.vdot(f_vjp(out_bar)[0], x_dot)
    assert np.vdot(out_bar, jvp(special.gammaln, (x,), (x_dot,))[1]) == pytest.approx(expected)


def test_zero_log_zero_has_slope_zero():
    assert vjp(special.xlogy, 0.0, 0.0)[1](1.0)[0] == 0.0


def test_importing_the_package_does_not_import_scipy():
    code = "import sys, backprop_course; print('scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
