"""Line searches: the conditions they promise, on several functions, and what they refuse."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from backprop_course import grad, optim
from backprop_course.errors import (
    DtypeError,
    MissingExtra,
    NoStepError,
    NotScalarError,
    ShapeError,
    UsageError,
)


def rosenbrock(x):
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


FUNCTIONS = {
    "bowl": (lambda x: np.sum(x**2), 2),
    "valley": (lambda x: x[0] ** 2 + 1000 * x[1] ** 2, 2),
    "rosenbrock": (rosenbrock, 2),
    "log of a sum": (lambda x: np.log(np.sum(np.cosh(x))), 5),
    "fourth power": (lambda x: np.sum((x - 3.0) ** 4), 3),
    "waves": (lambda x: np.sum(x**2 + 2 * np.sin(3 * x)), 4),
}


@pytest.fixture(params=FUNCTIONS)
def function(request):
    f, size = FUNCTIONS[request.param]
    return f, size


def slopes(f, x, direction, eta):
    return grad(f)(x) @ direction, grad(f)(x + eta * direction) @ direction


@pytest.mark.parametrize(("c", "rho", "first"), [(1e-4, 0.5, 1.0), (0.3, 0.8, 1.0), (1e-4, 0.1, 16.0)])
def test_backtracking_gives_the_first_step_of_its_row_that_comes_down_enough(function, c, rho, first, rng):
    f, size = function
    for _ in range(5):
        x = rng.normal(size=size)
        direction = -grad(f)(x)
        slope = grad(f)(x) @ direction
        found = optim.backtracking(f, x, c=c, rho=rho, first=first)

        def enough(eta, f=f, x=x, direction=direction, slope=slope):
            return f(x + eta * direction) <= f(x) + c * eta * slope

        assert enough(found.eta)
        assert found.value == f(x + found.eta * direction)
        tries = found.evaluations - 1  # one for the start
        assert found.eta == pytest.approx(first * rho ** (tries - 1), rel=1e-13)
        assert not any(enough(first * rho**k) for k in range(tries - 1))


def test_another_direction_that_leads_down_is_followed(function, rng):
    f, size = function
    x = rng.normal(size=size)
    direction = -grad(f)(x) * rng.uniform(0.1, 2.0, size=size)
    found = optim.backtracking(f, x, direction)
    assert f(x + found.eta * direction) < f(x)


@pytest.mark.parametrize("c2", [0.9, 0.1])
def test_a_wolfe_step_comes_down_enough_and_flattens_the_slope(function, c2, rng):
    f, size = function
    for _ in range(5):
        x = rng.normal(size=size)
        direction = -grad(f)(x)
        found = optim.wolfe(f, x, c2=c2)
        before, after = slopes(f, x, direction, found.eta)
        assert found.value == pytest.approx(f(x + found.eta * direction), rel=1e-14)
        assert found.value <= f(x) + 1e-4 * found.eta * before
        assert abs(after) <= c2 * abs(before)


def test_trees_and_single_numbers_are_searched_too():
    def f(p):
        return np.sum((p["w"] - 1.0) ** 2) + (p["b"] + 2.0) ** 2

    start = {"w": np.zeros((2, 2)), "b": 0.0}
    found = optim.backtracking(f, start)
    assert (found.eta, found.value) == (0.5, 0.0)
    found = optim.backtracking(f, start, {"w": np.ones((2, 2)), "b": -2.0})
    assert (found.eta, found.value) == (1.0, 0.0)
    assert optim.backtracking(lambda x: x**2, 4.0).eta == 0.5
    assert optim.wolfe(f, start).value == pytest.approx(0.0, abs=1e-20)


def test_a_step_into_overflow_is_only_too_long():
    found = optim.backtracking(lambda x: np.exp(x**2), 3.0)  # the first step leads to exp(2e9)
    assert found.value < np.exp(9.0)


def test_what_the_function_returns_may_have_one_entry_in_any_shape():
    assert optim.backtracking(lambda x: (x**2).reshape(1, 1), np.array([1.0])).eta == 0.5


@pytest.mark.parametrize("search", [optim.backtracking, optim.wolfe])
@pytest.mark.parametrize(
    ("x", "direction", "error", "text"),
    [
        (np.array([1.0, 2.0]), np.array([1.0, 2.0]), UsageError, "does not lead down"),
        (np.array([1.0, 2.0]), np.array([2.0, -1.0]), UsageError, "negative slope"),
        (np.zeros(2), None, UsageError, "nothing to descend"),
        (np.array([1.0, 2.0]), np.array([1.0]), ShapeError, "direction does not have"),
        (np.array([1, 2]), None, DtypeError, "no derivative"),
        ({}, None, UsageError, "nothing to vary"),
    ],
)
def test_searches_refuse_what_leads_nowhere(search, x, direction, error, text):
    with pytest.raises(error, match=text):
        search(lambda x: np.sum(x**2), x, direction)


def test_the_function_must_be_one_number():
    with pytest.raises(NotScalarError):
        optim.backtracking(lambda x: x**2, np.ones(2))


@pytest.mark.parametrize("settings", [{"c": 0.0}, {"c": 1.0}, {"rho": 0.0}, {"rho": 1.0}, {"first": 0.0}])
def test_settings_of_backtracking_have_a_range(settings):
    with pytest.raises(UsageError, match=f"{next(iter(settings))} is out of range"):
        optim.backtracking(lambda x: x**2, 1.0, **settings)


def test_the_two_constants_of_wolfe_are_in_order():
    with pytest.raises(UsageError, match="c2 is out of range"):
        optim.wolfe(lambda x: x**2, 1.0, c1=0.5, c2=0.4)


def test_a_function_that_does_not_come_down_ends_the_search():
    # at the kink half of both slopes is taken: -1/2, and yet the function rises on both sides
    with pytest.raises(NoStepError, match="none of 100 steps"):
        optim.backtracking(lambda x: np.maximum(x, -2.0 * x), 0.0)


def test_a_function_without_an_end_has_no_wolfe_step():
    with pytest.raises(NoStepError, match="within 30 trials"):
        optim.wolfe(lambda x: np.sum(x), np.zeros(2))


def test_where_scipy_is_absent_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    assert optim.backtracking(lambda x: x**2, 1.0).eta == 0.5
    with pytest.raises(MissingExtra, match=r"pip install 'backprop-course\[course\]'"):
        optim.wolfe(lambda x: x**2, 1.0)
