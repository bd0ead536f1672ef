"""minimize: every method on functions whose minimum is known, trees, the path, and honest endings."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.optimize import rosen

from backprop_course import Tensor, compile, grad, optim, value_and_grad
from backprop_course.errors import DtypeError, MissingExtra, NotScalarError, UsageError

METHODS = {
    "gd, Armijo": {"method": "gd"},
    "gd, Wolfe": {"method": "gd", "line_search": "wolfe"},
    "gd, fixed": {"method": "gd", "lr": 0.1},
    "cg": {"method": "cg"},
    "bfgs": {"method": "bfgs"},
    "l-bfgs": {"method": "l-bfgs"},
    "newton-cg": {"method": "newton-cg"},
    "momentum": {"method": optim.SGD(None, 0.05, momentum=0.8)},
    "adam": {"method": optim.Adam(None, optim.schedules.Exponential(0.5, 0.99))},
    "plateau": {
        "method": optim.SGD(None, optim.schedules.Plateau(0.2, factor=0.5, patience=20, threshold=0.0))
    },
}


@pytest.fixture(params=METHODS)
def settings(request):
    return METHODS[request.param]


def bowl(p):
    """Least at w = [[1, 2], [3, 4]] and b = -1, where it is 5."""
    target = np.array([[1.0, 2.0], [3.0, 4.0]])
    return np.sum((p["w"] - target) ** 2) + 3.0 * (p["more"][0] + 1.0) ** 2 + 5.0


START = {"w": np.zeros((2, 2)), "more": [0.5]}


def test_every_method_finds_the_minimum_of_a_tree(settings):
    found = optim.minimize(bowl, START, **settings)
    assert found.converged
    assert found.gradient_norm <= 1e-6
    # The Hessian is 2 and 6: the distance is at most half the norm of the gradient.
    np.testing.assert_allclose(found.x["w"], [[1, 2], [3, 4]], atol=1e-6)
    assert found.x["more"][0] == pytest.approx(-1.0, abs=1e-6)
    assert type(found.x["more"][0]) is float
    assert found.value == pytest.approx(5.0, abs=1e-11)
    assert START["more"] == [0.5]
    assert (START["w"] == 0).all()


def test_a_compiled_gradient_goes_the_same_way_to_the_same_bits(settings):
    compiled = compile(value_and_grad(bowl))
    fast = optim.minimize(bowl, START, value_and_grad=compiled, **settings)
    slow = optim.minimize(bowl, START, **settings)
    assert fast.message == slow.message
    np.testing.assert_array_equal(fast.values, slow.values)
    assert len(compiled.plans) == 1


def test_the_path_leads_from_the_start_to_the_end_step_by_step(settings):
    found = optim.minimize(bowl, START, **settings)
    assert len(found.path) == len(found.values) == found.steps + 1
    np.testing.assert_array_equal(found.path[0]["w"], START["w"])
    np.testing.assert_array_equal(found.path[-1]["w"], found.x["w"])
    assert found.values[-1] == found.value
    for point, value in zip(found.path, found.values, strict=True):
        assert bowl(point) == pytest.approx(value, rel=1e-14)
    assert found.gradients >= found.steps
    assert found.evaluations >= found.gradients


def test_without_the_path_the_ends_are_kept(settings):
    whole = optim.minimize(bowl, START, **settings)
    found = optim.minimize(bowl, START, **settings, keep_path=False)
    assert len(found.path) == 2
    assert (found.steps, found.value) == (whole.steps, whole.value)
    assert found.values.tolist() == [whole.values[0], whole.values[-1]]


def test_a_rule_is_left_as_it_was():
    rule = optim.Adam(None, optim.schedules.Cosine(0.5, t_max=100))
    first, second = (optim.minimize(bowl, START, rule, max_steps=20).value for _ in range(2))
    assert first == second
    assert rule.steps == 0


@pytest.mark.parametrize("method", ["cg", "bfgs", "l-bfgs", "newton-cg"])
def test_curved_valleys_are_followed_to_the_end(method):
    start = np.array([-1.2, 1.0, 0.7])

    def valley(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    assert valley(start) == pytest.approx(rosen(start), rel=1e-15)
    found = optim.minimize(valley, start, method)
    assert found.converged
    np.testing.assert_allclose(found.x, 1.0, atol=1e-5)
    assert (found.products > 0) == (method == "newton-cg")


def test_conjugate_gradients_need_as_many_steps_as_a_quadratic_has_unknowns(rng):
    A = rng.normal(size=(6, 6))
    A = A @ A.T + np.eye(6)
    b = rng.normal(size=6)
    found = optim.minimize(lambda x: x @ A @ x / 2 - b @ x, np.zeros(6), "cg", tol=1e-6)
    assert found.converged
    assert found.steps <= 6 + 2  # in exact arithmetic, with exact line searches, at most 6
    np.testing.assert_allclose(found.x, np.linalg.solve(A, b), atol=1e-6)


def test_the_same_gradients_lead_scipy_the_same_way():
    from scipy import optimize

    def valley(x):
        return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

    start = np.array([-1.2, 1.0])
    path = [start]
    optimize.minimize(
        valley, start, jac=grad(valley), method="BFGS", callback=lambda x: path.append(x.copy())
    )
    found = optim.minimize(valley, start, "bfgs", tol=1e-5)
    # both stop by a norm of 1e-5, SciPy by the largest entry and so perhaps a step earlier
    assert abs(len(path) - len(found.path)) <= 1
    for ours, theirs in zip(found.path, path, strict=False):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_function_is_called_in_the_dtype_of_the_start(dtype):
    seen = set()

    def f(x):
        seen.add(x.dtype)
        return np.sum((x - 1.0) ** 2)

    found = optim.minimize(f, np.zeros(3, dtype=dtype), tol=1e-3)
    assert seen == {np.dtype(dtype)}
    assert found.x.dtype == dtype


def test_tensors_may_be_the_start():
    found = optim.minimize(lambda x: np.sum((x - 1.0) ** 2), Tensor([0.0, 5.0], requires_grad=True))
    np.testing.assert_allclose(found.x, 1.0)


def test_a_start_at_the_minimum_takes_no_step(settings):
    found = optim.minimize(lambda x: np.sum(x**2), np.zeros(3), **settings)
    assert found.converged
    assert (found.steps, found.evaluations, len(found.path)) == (0, 1, 1)


@pytest.mark.parametrize("name", [name for name in METHODS if name != "plateau"])
def test_the_steps_allowed_are_not_exceeded(name):
    def valley(x):
        return (1 - x[0]) ** 2 + 2 * (x[1] - x[0] ** 2) ** 2

    found = optim.minimize(valley, np.array([-1.2, 1.0]), **METHODS[name], max_steps=3)
    assert not found.converged
    assert found.steps == 3
    assert "number of steps" in found.message


def test_a_rate_that_is_too_large_ends_as_a_divergence():
    found = optim.minimize(lambda x: np.sum(x**2), np.ones(2), "gd", lr=1.1)
    assert not found.converged
    assert "the rate is too large" in found.message
    assert np.isfinite(found.x).all()


@pytest.mark.parametrize("name", ["gd, Armijo", "gd, fixed", "cg", "bfgs", "l-bfgs", "momentum"])
def test_a_function_without_a_minimum_does_not_converge(name):
    found = optim.minimize(lambda x: np.sum(-(x**2)), np.ones(2), **METHODS[name], max_steps=200)
    assert not found.converged
    assert found.message


def test_a_value_that_is_not_finite_at_the_start_is_said():
    found = optim.minimize(lambda x: np.sum(np.where(x > 0, np.inf, x)), np.ones(2))
    assert (found.converged, found.steps) == (False, 0)
    assert "diverged" in found.message


def test_where_no_step_comes_down_the_run_ends_and_says_so():
    # at the kink half of both slopes is taken: -1/2, and yet the function rises on both sides
    found = optim.minimize(lambda x: np.maximum(x, -2.0 * x), 0.0, "gd")
    assert (found.converged, found.steps) == (False, 0)
    assert "no step that lowers" in found.message


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"method": "newton"}, "'l-bfgs'"),
        ({"method": "gd", "lr": 0.1, "line_search": "wolfe"}, "no such method"),
        ({"method": "gd", "line_search": "exact"}, "'armijo' or 'wolfe'"),
        ({"method": "cg", "lr": 0.1}, "settings of method='gd'"),
        ({"method": optim.SGD(None, 0.1), "lr": 0.1}, "settings of method='gd'"),
        ({"method": optim.SGD([Tensor([1.0], requires_grad=True)], 0.1)}, "made with None"),
        ({"method": "gd", "lr": -1.0}, "lr is out of range"),
        ({"tol": -1.0}, "tol is out of range"),
        ({"max_steps": -1}, "max_steps is out of range"),
    ],
)
def test_refusals_say_what_there_is(settings, text):
    with pytest.raises(UsageError, match=text):
        optim.minimize(lambda x: np.sum(x**2), np.ones(2), **settings)


def test_starts_and_functions_that_have_no_gradient_are_refused():
    with pytest.raises(DtypeError, match=r"write 1\.0"):
        optim.minimize(lambda x: x**2, 1)
    with pytest.raises(NotScalarError):
        optim.minimize(lambda x: x**2, np.ones(2))
    with pytest.raises(UsageError, match="nothing to vary"):
        optim.minimize(lambda x: 0.0, np.ones(0))


def test_where_scipy_is_absent_descent_still_works(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert optim.minimize(bowl, START, "gd").converged
    with pytest.raises(MissingExtra, match="method='gd'"):
        optim.minimize(bowl, START, "bfgs")
