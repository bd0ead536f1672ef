"""Standardizing and splitting: what is remembered, and that nothing is lost or leaks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_course import data
from backprop_course.errors import DtypeError, ShapeError, UsageError


def test_the_columns_of_the_training_part_get_mean_0_and_deviation_1(rng):
    X = rng.normal(5.0, 3.0, size=(50, 4)) * [1.0, 1e6, 1e-6, 1.0]
    Z = data.standardize(X).apply(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0.0, atol=1e-13)
    np.testing.assert_allclose(Z.std(axis=0), 1.0, rtol=1e-13)


def test_other_data_are_scaled_by_what_was_seen_before(rng):
    X, new = rng.normal(size=(50, 3)), rng.normal(2.0, 3.0, size=(7, 3))
    scale = data.standardize(X)
    np.testing.assert_array_equal(scale.apply(new), (new - X.mean(axis=0)) / X.std(axis=0))


def test_undo_leads_back(rng):
    X = rng.normal(7.0, 3.0, size=(50, 3))
    scale = data.standardize(X)
    np.testing.assert_allclose(scale.undo(scale.apply(X)), X, rtol=1e-13)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e300, -7.0])
def test_a_column_that_does_not_vary_becomes_0_and_comes_back(value, rng):
    X = np.column_stack([rng.normal(size=30), np.full(30, value)])
    scale = data.standardize(X)
    np.testing.assert_array_equal(scale.apply(X)[:, 1], np.zeros(30))
    np.testing.assert_array_equal(scale.undo(scale.apply(X))[:, 1], X[:, 1])


def test_targets_can_be_scaled_and_so_can_pictures(rng):
    y, pictures = rng.normal(size=20), rng.normal(size=(20, 3, 3))
    assert data.standardize(y).apply(y).shape == (20,)
    assert data.standardize(pictures).apply(pictures[:2]).shape == (2, 3, 3)


def test_nothing_given_is_changed(rng):
    X = rng.normal(size=(5, 2))
    before = X.copy()
    data.standardize(X).apply(X)
    np.testing.assert_array_equal(X, before)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: data.standardize(np.zeros((0, 2))), ShapeError, "at least one row"),
        (lambda: data.standardize(3.0), ShapeError, "at least one row"),
        (lambda: data.standardize([["a"]]), DtypeError, "made of numbers"),
        (lambda: data.standardize([[np.nan]]), UsageError, "not finite"),
        (lambda: data.standardize(np.ones((3, 2))).apply(np.ones((3, 4))), ShapeError, r"\(3, 4\)"),
        (lambda: data.standardize(np.ones((3, 2))).apply(np.ones(2)), ShapeError, r"X\[:1\]"),
        (lambda: data.standardize(np.ones((3, 2))).undo(np.ones((3, 1))), ShapeError, r"\(3, 1\)"),
    ],
)
def test_what_cannot_be_scaled_is_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()


@given(n=st.integers(12, 60), seed=st.integers(0, 99), stratify=st.booleans())
def test_a_split_loses_nothing_and_repeats_nothing(n, seed, stratify):
    X, y = np.arange(2 * n).reshape(n, 2), np.arange(n) % 2
    parts = data.split(X, y, (0.5, 0.25, 0.25), stratify=stratify, rng=seed)
    rows = np.concatenate([part[0][:, 0] for part in parts])
    assert sorted(rows) == list(range(0, 2 * n, 2))
    for part_X, part_y in parts:
        np.testing.assert_array_equal(part_X[:, 0] // 2 % 2, part_y)


def test_parts_have_their_share_and_follow_their_seed():
    X, y = np.arange(100)[:, None], np.arange(100)
    parts = data.split(X, y, (0.7, 0.2, 0.1), rng=3)
    assert [len(labels) for _, labels in parts] == [70, 20, 10]
    again = data.split(X, y, (0.7, 0.2, 0.1), rng=np.random.default_rng(3))
    for part, same in zip(parts, again, strict=True):
        np.testing.assert_array_equal(part[1], same[1])
    assert not np.array_equal(data.split(X, y, rng=4)[0][1], data.split(X, y, rng=3)[0][1])
    assert not np.array_equal(np.sort(parts[0][1]), parts[0][1])  # in no order


@pytest.mark.parametrize("labels", [np.array([0, 1, 2]), np.array(["a", "b", "c"])])
def test_stratified_parts_have_the_mixture_of_the_whole(labels, rng):
    y = np.repeat(labels, [60, 30, 10])[rng.permutation(100)]
    for (_, part), share in zip(
        data.split(np.zeros((100, 1)), y, (0.6, 0.3, 0.1), stratify=True), (0.6, 0.3, 0.1), strict=True
    ):
        assert np.unique(part, return_counts=True)[1].tolist() == [60 * share, 30 * share, 10 * share]
        assert not np.array_equal(part, np.sort(part))  # the classes are mixed


def test_without_it_the_mixture_is_left_to_chance():
    y = np.repeat([0, 1], [90, 10])
    counts = {data.split(y[:, None], y, (0.5, 0.5), rng=seed)[0][1].sum() for seed in range(10)}
    assert len(counts) > 1


def test_thirds_are_fractions_too():
    assert [len(y) for _, y in data.split(np.zeros((9, 1)), np.zeros(9), (1 / 3, 1 / 3, 1 / 3))] == [3, 3, 3]


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda X, y: data.split(X, y, (0.5, 0.4)), UsageError, "add up to 0.9"),
        (lambda X, y: data.split(X, y, (1.0,)), UsageError, "two or more"),
        (lambda X, y: data.split(X, y, (1.0, 0.0)), UsageError, "above 0"),
        (lambda X, y: data.split(X, y, (1.5, -0.5)), UsageError, "a fraction is out of range"),
        (lambda X, y: data.split(X, y, (0.99, 0.01)), UsageError, "part of 0.01 of 10"),
        (lambda X, y: data.split(X, y[:5]), ShapeError, "same number of rows"),
        (lambda X, y: data.split(X, y + 0.5, stratify=True), UsageError, "Only classes"),
        (lambda X, y: data.split(X, X, stratify=True), UsageError, "Only classes"),
        (lambda X, y: data.split(X, y, rng=None), UsageError, "rng decides"),
    ],
)
def test_a_split_that_makes_no_sense_is_refused(call, error, text):
    with pytest.raises(error, match=text):
        call(np.zeros((10, 2)), np.arange(10))
