"""The loss of labels keeps what its rule needs again; whose turn it is changes no gradient."""

from __future__ import annotations

import gc

import numpy as np

from backprop_course import Tensor, cross_entropy, no_grad
from backprop_course.engine.primitives import labels as of_labels

LABELS = np.array([0, 2, 1, 1])


def logits(seed: int) -> Tensor:
    return Tensor(np.random.default_rng(seed).normal(size=(4, 3)), requires_grad=True)


def expected(z: Tensor) -> np.ndarray:
    e = np.exp(z.value)
    return (e / e.sum(axis=1, keepdims=True) - np.eye(3)[LABELS]) / 4


def test_losses_computed_in_turn_do_not_mix():
    first, second = logits(0), logits(1)
    losses = [cross_entropy(z, LABELS) for z in (first, second)]
    for loss in losses:
        loss.backward()
    for z in (first, second):
        np.testing.assert_allclose(z.grad, expected(z), rtol=1e-14, atol=1e-16)


def test_walking_back_twice_over_one_loss_adds_the_same_twice():
    z = logits(2)
    loss = cross_entropy(z, LABELS)
    loss.backward()
    once = z.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(z.grad, once + once)


def test_the_loss_after_a_write_has_the_gradient_of_what_was_written():
    z = logits(3)
    with no_grad():
        cross_entropy(z, LABELS)
    z.assign(logits(4).value)
    cross_entropy(z, LABELS).backward()
    np.testing.assert_allclose(z.grad, expected(z), rtol=1e-14, atol=1e-16)


def test_nothing_is_kept_once_the_logits_are_gone():
    with no_grad():
        cross_entropy(logits(5), LABELS)
    gc.collect()
    assert not of_labels.latest_exponentials
