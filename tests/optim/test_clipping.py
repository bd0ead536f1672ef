"""Clipping: only what is too large, direction kept by the norm, in any tree, compiled and on Tensors."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import Tensor, compile, optim
from backprop_course.errors import UsageError


def tree(rng, dtype=np.float64):
    return {"W": rng.normal(size=(3, 2)).astype(dtype), "rest": [rng.normal(size=4).astype(dtype)]}


def flat(grads):
    return np.concatenate([grads["W"].ravel(), grads["rest"][0]])


def test_the_norm_is_that_of_all_entries_together(rng):
    grads = tree(rng)
    assert optim.global_norm(grads) == pytest.approx(np.linalg.norm(flat(grads)), rel=1e-14)


def test_a_gradient_that_is_too_large_keeps_its_direction(rng):
    grads = tree(rng)
    clipped, norm = optim.clip_by_norm(grads, 0.5)
    assert norm == pytest.approx(np.linalg.norm(flat(grads)), rel=1e-14)
    # a millionth is added to the norm it is divided by
    assert np.linalg.norm(flat(clipped)) == pytest.approx(0.5, rel=2e-6)
    ratio = flat(clipped) / flat(grads)
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-14)


def test_a_gradient_that_is_small_enough_stays_as_it_is(rng):
    grads = tree(rng)
    np.testing.assert_array_equal(flat(optim.clip_by_norm(grads, 1000.0)[0]), flat(grads))
    np.testing.assert_array_equal(flat(optim.clip_by_value(grads, 1000.0)), flat(grads))


def test_zeros_stay_zeros():
    clipped, norm = optim.clip_by_norm([np.zeros(3)], 1.0)
    assert norm == 0.0
    np.testing.assert_array_equal(clipped[0], np.zeros(3))


def test_by_value_each_entry_is_cut_off(rng):
    grads = tree(rng)
    np.testing.assert_array_equal(flat(optim.clip_by_value(grads, 0.3)), np.clip(flat(grads), -0.3, 0.3))


def test_dtypes_are_kept_beside_others(rng):
    grads = {"a": rng.normal(size=5).astype(np.float32), "b": rng.normal(size=5)}
    for clipped in (optim.clip_by_norm(grads, 0.1)[0], optim.clip_by_value(grads, 0.1)):
        assert [g.dtype for g in clipped.values()] == [np.float32, np.float64]


@pytest.mark.parametrize("limit", [0.5, 100.0])
def test_compiled_clipping_gives_the_same_bits(limit, rng):
    fast = compile(lambda g: (optim.clip_by_norm(g, limit), optim.clip_by_value(g, limit)))
    for _ in range(3):
        grads = tree(rng)
        (by_norm, norm), by_value = fast(grads)
        expected, expected_norm = optim.clip_by_norm(grads, limit)
        assert norm == expected_norm
        np.testing.assert_array_equal(flat(by_norm), flat(expected))
        np.testing.assert_array_equal(flat(by_value), flat(optim.clip_by_value(grads, limit)))
    assert len(fast.plans) == 1


def test_the_grad_of_tensors_is_replaced_and_the_norm_returned(rng):
    a, b, c = (Tensor(rng.normal(size=3), requires_grad=True) for _ in range(3))
    np.sum(3.0 * a - 4.0 * b).backward()
    assert optim.clip_grad_norm([a, b, c], 1.0) == pytest.approx(5 * np.sqrt(3), rel=1e-14)
    assert np.hypot(np.linalg.norm(a.grad), np.linalg.norm(b.grad)) == pytest.approx(1.0, rel=1e-6)
    optim.clip_grad_value([a, b, c], 0.4)
    assert np.abs(a.grad).max() < 0.4
    np.testing.assert_array_equal(b.grad, -0.4 * np.ones(3))
    assert c.grad is None


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: optim.clip_by_norm([np.ones(2)], 0.0), "limit is out of range"),
        (lambda: optim.clip_by_value([np.ones(2)], -1.0), "limit is out of range"),
        (lambda: optim.clip_by_norm([], 1.0), "no gradients"),
        (lambda: optim.clip_grad_norm([Tensor([1.0], requires_grad=True)], 1.0), "no gradients"),
        (lambda: optim.clip_grad_value([np.ones(2)], 1.0), "takes Tensors"),
    ],
)
def test_refusals(call, text):
    with pytest.raises(UsageError, match=text):
        call()
