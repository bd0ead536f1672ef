"""Activations and losses, with all their settings, against `torch.nn.functional`: values and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import backprop_course as bc
from backprop_course import Tensor
from tests.oracles.comparing import ATOL, RTOL

pytestmark = pytest.mark.oracle

REDUCTIONS = ("mean", "sum", "none")
SHAPES = ((), (5,), (3, 4), (2, 3, 4))


def assert_agree(ours: Callable[..., Any], theirs: Callable[..., Any], arrays: Any, torch: Any, rng: Any):
    """Same value, and same cotangent of every array, for a random cotangent of the result."""
    xs = [Tensor(x, requires_grad=True) for x in arrays]
    ys = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in arrays]
    out, expected = ours(*xs), theirs(*ys)
    assert out.shape == tuple(expected.shape)
    np.testing.assert_allclose(out.value, expected.detach(), rtol=RTOL, atol=ATOL)
    bar = rng.normal(size=out.shape)
    out.backward(bar)
    expected.backward(torch.tensor(bar, dtype=torch.float64))
    for x, y in zip(xs, ys, strict=True):
        np.testing.assert_allclose(x.grad, y.grad, rtol=RTOL, atol=ATOL)


def probabilities(rng, shape):
    e = rng.exponential(size=shape)
    return e / e.sum(axis=-1, keepdims=True)


ACTIVATIONS = {
    "relu": (bc.relu, lambda F: F.relu),
    "leaky_relu": (bc.leaky_relu, lambda F: F.leaky_relu),
    "leaky_relu 0.3": (lambda x: bc.leaky_relu(x, 0.3), lambda F: lambda x: F.leaky_relu(x, 0.3)),
    "elu": (bc.elu, lambda F: F.elu),
    "elu 0.5": (lambda x: bc.elu(x, 0.5), lambda F: lambda x: F.elu(x, 0.5)),
    "gelu": (bc.gelu, lambda F: F.gelu),
    "gelu by tanh": (lambda x: bc.gelu(x, "tanh"), lambda F: lambda x: F.gelu(x, approximate="tanh")),
    "silu": (bc.silu, lambda F: F.silu),
    "softplus": (bc.softplus, lambda F: lambda x: F.softplus(x, threshold=500)),
    "sigmoid": (bc.sigmoid, lambda F: lambda x: x.sigmoid()),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_activations(name, shape, torch, rng):
    ours, theirs = ACTIVATIONS[name]
    assert_agree(ours, theirs(torch.nn.functional), [3.0 * rng.normal(size=shape)], torch, rng)


def test_maxout_is_the_largest_of_several(torch, rng):
    arrays = [rng.normal(size=(3, 4)) for _ in range(4)]
    assert_agree(bc.maxout, lambda *xs: torch.stack(xs).amax(0), arrays, torch, rng)


@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
def test_softmax_and_its_kin_along_every_axis(name, axis, torch, rng):
    x = 5.0 * rng.normal(size=(3, 4, 2))
    assert_agree(
        lambda x: getattr(bc, name)(x, axis), lambda x: getattr(torch, name)(x, axis), [x], torch, rng
    )


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axis", [None, 0, (0, 2)], ids=str)
def test_logsumexp_over_several_axes(axis, keepdims, torch, rng):
    dims = (0, 1, 2) if axis is None else axis
    assert_agree(
        lambda x: bc.logsumexp(x, axis, keepdims),
        lambda x: torch.logsumexp(x, dims, keepdims),
        [rng.normal(size=(3, 4, 2))],
        torch,
        rng,
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse_loss", "mae_loss", "binary_cross_entropy_with_logits"])
@pytest.mark.parametrize("shape", SHAPES[1:], ids=str)
def test_losses_of_two_arrays(name, shape, reduction, torch, rng):
    F = torch.nn.functional
    theirs = {"mae_loss": F.l1_loss}.get(name) or getattr(F, name)
    arrays = [3.0 * rng.normal(size=shape), rng.uniform(size=shape)]
    assert_agree(
        lambda a, b: getattr(bc, name)(a, b, reduction=reduction),
        lambda a, b: theirs(a, b, reduction=reduction),
        arrays,
        torch,
        rng,
    )


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cross_entropy_of_classes(reduction, smoothing, torch, rng):
    for shape in ((6, 4), (4,), (2, 3, 4)):
        logits, labels = 3.0 * rng.normal(size=shape), rng.integers(0, 4, size=shape[:-1])

        def theirs(x, labels=labels, shape=shape):
            # PyTorch has the classes on axis 1 where there are more axes than two.
            at = x.movedim(-1, 1) if x.ndim > 2 else x
            settings = {"reduction": reduction, "label_smoothing": smoothing}
            return torch.nn.functional.cross_entropy(at, torch.tensor(labels), **settings)

        def ours(x, labels=labels):
            return bc.cross_entropy(x, labels, reduction=reduction, label_smoothing=smoothing)

        assert_agree(ours, theirs, [logits], torch, rng)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cross_entropy_of_soft_labels_and_its_slope_by_them(reduction, smoothing, torch, rng):
    settings = {"reduction": reduction, "label_smoothing": smoothing}
    assert_agree(
        lambda x, y: bc.cross_entropy(x, y, **settings),
        lambda x, y: torch.nn.functional.cross_entropy(x, y, **settings),
        [3.0 * rng.normal(size=(5, 4)), probabilities(rng, (5, 4))],
        torch,
        rng,
    )


def test_cross_entropy_of_rows_that_do_not_sum_to_1(torch, rng):
    assert_agree(
        bc.cross_entropy,
        torch.nn.functional.cross_entropy,
        [rng.normal(size=(5, 4)), rng.uniform(size=(5, 4))],
        torch,
        rng,
    )


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_kl_divergence(reduction, torch, rng):
    def theirs(p, q):
        # PyTorch is given log q, and its mean is over all entries: ours is over distributions.
        rows = torch.nn.functional.kl_div(q.log(), p, reduction="none").sum(-1)
        return {"mean": rows.mean, "sum": rows.sum, "none": lambda: rows}[reduction]()

    arrays = [probabilities(rng, (5, 4)), probabilities(rng, (5, 4))]
    assert_agree(lambda p, q: bc.kl_divergence(p, q, reduction=reduction), theirs, arrays, torch, rng)


def test_kl_divergence_is_torchs_batchmean(torch, rng):
    p, q = probabilities(rng, (5, 4)), probabilities(rng, (5, 4))
    theirs = torch.nn.functional.kl_div(torch.tensor(np.log(q)), torch.tensor(p), reduction="batchmean")
    assert bc.kl_divergence(p, q) == pytest.approx(float(theirs), rel=1e-12)


def test_a_classifier_trained_for_some_steps_goes_the_same_way(torch, rng):
    X, labels = rng.normal(size=(8, 3)), rng.integers(0, 4, size=8)
    shapes = [(3, 5), (5,), (5, 4), (4,)]
    start = [rng.normal(size=s) for s in shapes]
    ours = [Tensor(w, requires_grad=True) for w in start]
    theirs = [torch.tensor(w, requires_grad=True) for w in start]
    for _ in range(5):
        W1, b1, W2, b2 = ours
        loss = bc.cross_entropy(bc.gelu(X @ W1 + b1) @ W2 + b2, labels, label_smoothing=0.1)
        loss.backward()
        V1, c1, V2, c2 = theirs
        F = torch.nn.functional
        other = F.cross_entropy(
            F.gelu(torch.tensor(X) @ V1 + c1) @ V2 + c2, torch.tensor(labels), label_smoothing=0.1
        )
        other.backward()
        np.testing.assert_allclose(loss.value, other.detach(), rtol=RTOL, atol=ATOL)
        ours = [Tensor(w.value - 0.5 * w.grad, requires_grad=True) for w in ours]
        theirs = [(w - 0.5 * w.grad).detach().requires_grad_() for w in theirs]
    for w, v in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(w.value, v.detach(), rtol=RTOL, atol=ATOL)
