"""A function of a tree as a function of a vector: there and back, and what is remembered."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import grad, hessian
from backprop_course.errors import ShapeError
from backprop_course.optim.objective import REMEMBERED, Objective


def f(p):
    return np.sum(np.tanh(p["w"]) ** 2) * p["more"][0] + p["more"][1] ** 3


def start(rng):
    return {"w": rng.normal(size=(2, 3)), "more": (0.5, rng.normal(size=(1,)).astype(np.float32))}


def test_a_tree_comes_back_from_its_vector(rng):
    tree = start(rng)
    objective = Objective(lambda p: np.sum(f(p)), tree)
    vector = objective.vector(tree)
    assert vector.shape == (8,)
    assert vector.dtype == np.float64
    again = objective.point(vector)
    np.testing.assert_array_equal(again["w"], tree["w"])
    assert again["more"][0] == 0.5
    assert type(again["more"]) is tuple
    assert again["more"][1].dtype == np.float32
    again["w"][:] = 9.0
    assert not (vector == 9.0).any()


def test_value_gradient_and_products_are_those_of_the_function(rng):
    tree = {"w": rng.normal(size=3), "more": [0.5, 2.0]}
    objective = Objective(f, tree)
    x, direction = objective.vector(tree), rng.normal(size=5)
    value, gradient = objective(x)
    assert value == f(tree)
    np.testing.assert_array_equal(gradient, objective.vector(grad(f)(tree)))
    H = hessian(lambda v: np.sum(np.tanh(v[:3]) ** 2) * v[3] + v[4] ** 3)(x)
    np.testing.assert_allclose(objective.product(x, direction), H @ direction, rtol=1e-12)
    assert (objective.evaluations, objective.gradients, objective.products) == (1, 1, 1)


def test_a_point_asked_for_again_is_not_computed_again(rng):
    objective = Objective(f, {"w": rng.normal(size=3), "more": [0.5, 2.0]})
    x = rng.normal(size=5)
    _, gradient = objective(x)
    kept = gradient.copy()
    gradient[:] = 0.0  # whoever asked may change what came
    np.testing.assert_array_equal(objective(x.copy())[1], kept)
    assert objective.value(x) == objective(x)[0]
    assert (objective.evaluations, objective.gradients) == (1, 1)
    objective.value(x + 1.0)
    assert (objective.evaluations, objective.gradients) == (2, 1)


def test_only_some_points_are_remembered(rng):
    objective = Objective(f, {"w": rng.normal(size=3), "more": [0.5, 2.0]})
    points = rng.normal(size=(3 * REMEMBERED, 5))
    for x in points:
        objective(x)
    assert len(objective.known) == REMEMBERED
    objective(points[-1])
    assert objective.gradients == len(points)
    objective(points[0])
    assert objective.gradients == len(points) + 1


def test_another_structure_is_refused(rng):
    objective = Objective(f, {"w": rng.normal(size=3), "more": [0.5, 2.0]})
    with pytest.raises(ShapeError, match="direction does not have the structure"):
        objective.vector({"w": np.zeros(3)}, "direction")
