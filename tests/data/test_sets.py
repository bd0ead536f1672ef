"""Every set: shapes, dtypes, classes, seeds; and what each is drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import data
from backprop_course.errors import MissingExtra, UsageError

GENERATED = {
    "moons": (data.moons, 2, 2),
    "circles": (data.circles, 2, 2),
    "spirals": (data.spirals, 2, 2),
    "spirals of three": (lambda n, **more: data.spirals(n, classes=3, **more), 2, 3),
    "blobs": (data.blobs, 2, 3),
    "blobs in five dimensions": (lambda n, **more: data.blobs(n, features=5, classes=4, **more), 5, 4),
    "logistic_1d": (data.logistic_1d, 1, 2),
    "logistic_2d": (data.logistic_2d, 2, 2),
    "sine": (data.sine, 1, None),
    "plane": (data.plane, 2, None),
    "plane of three features": (lambda n, **more: data.plane(n, w=(1.0, 2.0, 3.0), **more), 3, None),
}
BUNDLED = {
    "digits": (data.digits, 1797, 64, 10),
    "iris": (data.iris, 150, 4, 3),
    "wine": (data.wine, 178, 13, 3),
    "diabetes": (data.diabetes, 442, 10, None),
    "ols": (data.ols, 4, 1, None),
    "xor": (data.xor, 4, 2, 2),
}


def assert_well_formed(X, y, rows, columns, classes):
    assert X.shape == (rows, columns)
    assert X.dtype == np.float64
    assert y.shape == (rows,)
    assert np.isfinite(X).all()
    if classes is None:
        assert y.dtype == np.float64
    else:
        assert y.dtype == np.int64
        assert sorted(set(y.tolist())) == list(range(classes))


@pytest.mark.parametrize("name", GENERATED)
def test_generated_sets_are_well_formed_and_follow_their_seed(name):
    draw, columns, classes = GENERATED[name]
    X, y = draw(61, rng=7)
    assert_well_formed(X, y, 61, columns, classes)
    for again in (draw(61, rng=7), draw(61, rng=np.random.default_rng(7))):
        np.testing.assert_array_equal(again[0], X)
        np.testing.assert_array_equal(again[1], y)
    assert not np.array_equal(draw(61, rng=8)[0], X)
    rng = np.random.default_rng(7)
    assert not np.array_equal(draw(61, rng=rng)[0], draw(61, rng=rng)[0])


@pytest.mark.parametrize("name", BUNDLED)
def test_fixed_sets_are_well_formed_and_each_call_gives_its_own_arrays(name):
    draw, rows, columns, classes = BUNDLED[name]
    X, y = draw()
    assert_well_formed(X, y, rows, columns, classes)
    X[:], y[:] = -7, 0
    assert not (draw()[0] == -7).any()


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "blobs"])
def test_classes_are_equally_frequent_up_to_one_and_come_in_no_order(name):
    _, y = getattr(data, name)(101)
    counts = np.bincount(y)
    assert counts.max() - counts.min() <= 1
    # Of a hundred neighbours about one in two, or two in three, differ; neither none nor all of them.
    assert 30 < np.count_nonzero(np.diff(y)) < 90
    assert not np.array_equal(y, getattr(data, name)(101, rng=1)[1])


def test_moons_without_noise_lie_on_two_half_circles():
    X, y = data.moons(50, noise=0.0)
    upper, lower = X[y == 0], X[y == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1.0, rtol=1e-14)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1.0, lower[:, 1] - 0.5), 1.0, rtol=1e-14)
    assert (upper[:, 1] >= 0).all()
    assert (lower[:, 1] <= 0.5).all()


def test_circles_without_noise_have_their_radii():
    X, y = data.circles(50, noise=0.0, factor=0.3)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(y == 1, 0.3, 1.0), rtol=1e-14)


def test_spirals_without_noise_wind_as_often_as_said():
    X, y = data.spirals(200, classes=3, turns=2.0, noise=0.0)
    radius = np.hypot(*X.T)
    angle = 2 * np.pi * (2.0 * radius + y / 3)
    np.testing.assert_allclose(X, radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1), atol=1e-13)


def test_sine_and_plane_without_noise_are_their_functions():
    X, y = data.sine(30, noise=0.0)
    np.testing.assert_array_equal(y, np.sin(X[:, 0]))
    X, y = data.plane(30, w=(2.0, -3.0), b=0.25, noise=0.0)
    np.testing.assert_allclose(y, 2.0 * X[:, 0] - 3.0 * X[:, 1] + 0.25, rtol=1e-13)


def test_labels_of_the_logistic_sets_have_the_probabilities_of_the_model():
    X, y = data.logistic_1d(20_000, w0=-1.0, w1=2.0, rng=1)
    near = np.abs(X[:, 0] - 1.0) < 0.25
    expected = 1 / (1 + np.exp(-(-1.0 + 2.0 * X[near, 0])))
    # five standard deviations of a mean of about 1700 labels
    assert abs(y[near].mean() - expected.mean()) < 5 * 0.5 / np.sqrt(near.sum())
    X, y = data.logistic_2d(20_000, w=(40.0, -20.0), b=10.0, rng=1)
    sure = np.abs(X @ [40.0, -20.0] + 10.0) > 40
    np.testing.assert_array_equal(y[sure], (X @ [40.0, -20.0] + 10.0 > 0)[sure])


def test_logits_of_a_thousand_do_not_overflow():
    _, y = data.logistic_1d(50, w1=1000.0)
    assert set(y.tolist()) == {0, 1}


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("and", lambda a, b: a and b),
        ("or", lambda a, b: a or b),
        ("nand", lambda a, b: not (a and b)),
        ("nor", lambda a, b: not (a or b)),
        ("xor", lambda a, b: a != b),
        ("xnor", lambda a, b: a == b),
        ("implies", lambda a, b: not a or b),
    ],
)
def test_gates_are_their_truth_tables_in_the_order_of_counting(name, function):
    X, y = data.gate(name)
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [int(function(bool(a), bool(b))) for a, b in X]


def test_not_has_one_input():
    X, y = data.gate("not")
    assert (X.tolist(), y.tolist()) == ([[0], [1]], [1, 0])


def test_the_four_points_of_least_squares_have_the_line_of_the_course():
    X, y = data.ols()
    A = np.column_stack([np.ones(4), X])
    beta, residual, *_ = np.linalg.lstsq(A, y)
    np.testing.assert_allclose(beta, [0.7, 2.2], rtol=1e-13)
    np.testing.assert_allclose(residual, [1.8], rtol=1e-13)
    assert y @ y == 90.0


def test_digits_are_pictures_of_grey_values_from_0_to_1():
    X, _ = data.digits()
    assert (X.min(), X.max()) == (0.0, 1.0)
    assert len(np.unique(X)) == 17


def test_bundled_sets_say_what_to_install_where_scikit_learn_is_absent(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)
    with pytest.raises(MissingExtra, match=r"pip install 'backprop-course\[course\]'"):
        data.iris()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: data.moons(1), "n is a number of things"),
        (lambda: data.moons(10.0), "got:      10.0"),
        (lambda: data.moons(True), "got:      True"),
        (lambda: data.moons(10, noise=-0.1), "noise is out of range"),
        (lambda: data.moons(10, noise=np.inf), "noise is out of range"),
        (lambda: data.moons(10, rng=None), "rng decides"),
        (lambda: data.moons(10, rng=np.random.RandomState(0)), "np.random.Generator"),
        (lambda: data.circles(10, factor=1.5), "from 0 to 1"),
        (lambda: data.spirals(10, classes=1), "classes"),
        (lambda: data.spirals(2, classes=3), "at least 3"),
        (lambda: data.blobs(10, features=0), "features"),
        (lambda: data.plane(10, w=()), "one or more numbers"),
        (lambda: data.plane(10, w=2.0), "one slope for each feature"),
        (lambda: data.logistic_2d(10, w=(1.0,)), "2 numbers in a row"),
        (lambda: data.logistic_1d(10, w1=np.nan), "expected: a number that is finite"),
        (lambda: data.plane(10, w=("a",)), "w is out of range"),
        (lambda: data.gate("nxor"), "got:      'nxor'"),
    ],
)
def test_refusals_name_the_setting(call, text):
    with pytest.raises(UsageError, match=text):
        call()
