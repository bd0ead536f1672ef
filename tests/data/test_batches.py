"""Mini-batches: all examples once an epoch, pairs kept together, in an order of their own each time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_course import data
from backprop_course.errors import ShapeError, UsageError


@given(n=st.integers(1, 40), size=st.integers(1, 50), seed=st.integers(0, 1000))
def test_an_epoch_has_every_example_once_beside_its_target(n, size, seed):
    X, y = np.arange(2 * n).reshape(n, 2), np.arange(n)
    epoch = data.batches(X, y, size, rng=seed)
    parts = list(epoch)
    assert len(parts) == len(epoch) == int(np.ceil(n / size))
    assert all(len(rows) == size for rows, _ in parts[:-1])
    assert len(parts[-1][0]) == n - size * (len(parts) - 1)
    together = np.concatenate([labels for _, labels in parts])
    assert sorted(together) == list(range(n))
    for rows, labels in parts:
        np.testing.assert_array_equal(rows, X[labels])


def orders(batches, epochs):
    return [[int(i) for _, labels in batches for i in labels] for _ in range(epochs)]


def test_each_epoch_has_an_order_of_its_own_and_a_seed_repeats_all_of_them():
    X, y = np.zeros((30, 1)), np.arange(30)
    first = orders(data.batches(X, y, 7, rng=5), 3)
    assert len({tuple(order) for order in first}) == 3
    assert orders(data.batches(X, y, 7, rng=np.random.default_rng(5)), 3) == first


def test_the_generator_handed_in_is_the_one_drawn_from():
    X, y = np.zeros((30, 1)), np.arange(30)
    rng, twin = np.random.default_rng(3), np.random.default_rng(3)
    order = orders(data.batches(X, y, 4, rng=rng), 1)[0]
    assert order == twin.permutation(30).tolist()
    assert rng.bit_generator.state == twin.bit_generator.state


def test_without_a_generator_rows_come_as_they_stand_and_are_not_copied():
    X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    parts = list(data.batches(X, y, 2))
    np.testing.assert_array_equal(np.concatenate([rows for rows, _ in parts]), X)
    assert all(np.shares_memory(rows, X) for rows, _ in parts)


def test_the_global_state_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002  # that it is not touched is the point
    list(data.batches(np.zeros((9, 1)), np.zeros(9), 2, rng=0))
    data.moons(20)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: data.batches(np.zeros((3, 2)), np.zeros(4)), ShapeError, r"\(3, 2\), \(4,\)"),
        (lambda: data.batches(np.zeros((0, 2)), np.zeros(0)), ShapeError, "at least one"),
        (lambda: data.batches(3.0, np.zeros(4)), ShapeError, "row by row"),
        (lambda: data.batches(np.zeros((3, 2)), np.zeros(3), 0), UsageError, "batch_size"),
        (lambda: data.batches(np.zeros((3, 2)), np.zeros(3), 2.5), UsageError, "got:      2.5"),
        (lambda: data.batches(np.zeros((3, 2)), np.zeros(3), 2, rng="0"), UsageError, "default_rng"),
        (lambda: data.batches(np.zeros((3, 2)), np.zeros(3), 2, rng=-1), UsageError, "from 0 on"),
    ],
)
def test_refusals_name_what_is_wrong(call, error, text):
    with pytest.raises(error, match=text):
        call()
