"""Kinks, ties, borders and huge numbers: which slope we take there, and which PyTorch and JAX take.

Ours is one rule for all: where the slopes on both sides differ, equal parties share equally, a distance from
nothing has slope 0, and what is smooth on one side only (relu, leaky_relu) takes the left one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import backprop_course as bc
from backprop_course import Tensor, grad
from tests.oracles.comparing import peers_may_warn

pytestmark = pytest.mark.oracle

NAN, INF = np.nan, np.inf


@dataclass
class Corner:
    """A function three times, a point, and the gradients there of the sum of its entries.

    The functions of the peers are given their package; one that has none is None, and so is its gradient.
    """

    name: str
    at: tuple[Any, ...]
    function: Callable[..., Any]
    in_torch: Callable[..., Any] | None
    in_jax: Callable[..., Any] | None
    ours: tuple[Any, ...]
    torchs: tuple[Any, ...] | None = None
    jaxs: tuple[Any, ...] | None = None


def same(name: str, at: Any, function: Any, in_torch: Any, in_jax: Any, ours: Any) -> Corner:
    """A corner about which all three agree."""
    return Corner(name, at, function, in_torch, in_jax, ours, in_torch and ours, in_jax and ours)


AGREED = [
    same("relu at 0", ([0.0, -0.0],), bc.relu, lambda t: t.relu, lambda j: j.nn.relu, ([0.0, 0.0],)),
    same(
        "elu with alpha 2 at 0: the left slope",
        ([0.0],),
        lambda x: bc.elu(x, 2.0),
        lambda t: lambda x: t.nn.functional.elu(x, 2.0),
        lambda j: lambda x: j.nn.elu(x, 2.0),
        ([2.0],),
    ),
    same(
        "maximum at a tie",
        ([1.0], [1.0]),
        np.maximum,
        lambda t: t.maximum,
        lambda j: j.numpy.maximum,
        ([0.5], [0.5]),
    ),
    same(
        "minimum at a tie",
        ([1.0], [1.0]),
        np.minimum,
        lambda t: t.minimum,
        lambda j: j.numpy.minimum,
        ([0.5], [0.5]),
    ),
    same(
        "max of equal entries",
        ([1.0, 3.0, 3.0],),
        np.max,
        lambda t: t.amax,
        lambda j: j.numpy.max,
        ([0.0, 0.5, 0.5],),
    ),
    same(
        "nanmax of equal entries and a nan",
        ([NAN, 2.0, 2.0],),
        np.nanmax,
        None,
        lambda j: j.numpy.nanmax,
        ([0.0, 0.5, 0.5],),
    ),
    same(
        "norm of order inf with two largest entries",
        ([2.0, -2.0],),
        lambda x: np.linalg.norm(x, INF),
        lambda t: lambda x: t.linalg.norm(x, INF),
        lambda j: lambda x: j.numpy.linalg.norm(x, INF),
        ([0.5, -0.5],),
    ),
    same("sign at 0", ([0.0],), np.sign, lambda t: t.sign, lambda j: j.numpy.sign, ([0.0],)),
    same("sinc at 0", ([0.0],), np.sinc, lambda t: t.sinc, lambda j: j.numpy.sinc, ([0.0],)),
    same(
        "product with one zero",
        ([0.0, 2.0, 3.0],),
        np.prod,
        lambda t: t.prod,
        lambda j: j.numpy.prod,
        ([6.0, 0.0, 0.0],),
    ),
    same(
        "product with two zeros",
        ([0.0, 0.0, 3.0],),
        np.prod,
        lambda t: t.prod,
        lambda j: j.numpy.prod,
        ([0.0, 0.0, 0.0],),
    ),
    same(
        "0 to the power of 2",
        ([0.0], [2.0]),
        np.power,
        lambda t: t.pow,
        lambda j: j.numpy.power,
        ([0.0], [0.0]),
    ),
    same(
        "remainder at a multiple",
        ([4.0], [2.0]),
        np.remainder,
        lambda t: t.remainder,
        lambda j: j.numpy.remainder,
        ([1.0], [-2.0]),
    ),
    same(
        "sort of equal entries: the first stays first",
        ([2.0, 2.0, 3.0],),
        lambda x: np.sort(x)[0],
        lambda t: lambda x: t.sort(x, stable=True).values[0],
        lambda j: lambda x: j.numpy.sort(x)[0],
        ([1.0, 0.0, 0.0],),
    ),
    same(
        "interp at the ends and beyond",
        ([-1.0, 0.0, 1.0, 2.0, 3.0],),
        lambda x: np.interp(x, np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0])),
        None,
        lambda j: lambda x: j.numpy.interp(x, j.numpy.arange(3.0), j.numpy.array([0.0, 1.0, 0.0])),
        ([0.0, 1.0, -1.0, -1.0, 0.0],),
    ),
    same(
        "mae where prediction and target are equal",
        ([1.0, 1.0],),
        lambda x: bc.mae_loss(x, np.array([1.0, 0.0])),
        lambda t: lambda x: t.nn.functional.l1_loss(x, t.tensor([1.0, 0.0], dtype=x.dtype)),
        None,
        ([0.0, 0.5],),
    ),
    same(
        "kl divergence where p is 0",
        ([0.5, 0.5],),
        lambda q: bc.kl_divergence(np.array([0.0, 1.0]), q, reduction="sum"),
        lambda t: lambda q: t.nn.functional.kl_div(q.log(), t.tensor([0.0, 1.0]).to(q), reduction="sum"),
        None,
        ([0.0, -2.0],),
    ),
]

DIFFERENT = [
    Corner(
        "leaky_relu at 0: JAX takes the right slope",
        ([0.0],),
        bc.leaky_relu,
        lambda t: t.nn.functional.leaky_relu,
        lambda j: j.nn.leaky_relu,
        ours=([0.01],),
        torchs=([0.01],),
        jaxs=([1.0],),
    ),
    Corner(
        "abs at 0: JAX takes the right slope",
        ([0.0],),
        np.abs,
        lambda t: t.abs,
        lambda j: j.numpy.abs,
        ours=([0.0],),
        torchs=([0.0],),
        jaxs=([1.0],),
    ),
    Corner(
        "norm of order 1 with an entry 0: JAX's abs again",
        ([0.0, 1.0],),
        lambda x: np.linalg.norm(x, 1),
        lambda t: lambda x: t.linalg.norm(x, 1),
        lambda j: lambda x: j.numpy.linalg.norm(x, 1),
        ours=([0.0, 1.0],),
        torchs=([0.0, 1.0],),
        jaxs=([1.0, 1.0],),
    ),
    Corner(
        "copysign of 0: JAX takes the right slope",
        ([0.0], [1.0]),
        np.copysign,
        lambda t: t.copysign,
        lambda j: j.numpy.copysign,
        ours=([0.0], [0.0]),
        torchs=([0.0], [0.0]),
        jaxs=([1.0], [0.0]),
    ),
    Corner(
        "fmax at a tie: PyTorch gives all to the first, JAX to the second",
        ([1.0], [1.0]),
        np.fmax,
        lambda t: t.fmax,
        lambda j: j.numpy.fmax,
        ours=([0.5], [0.5]),
        torchs=([1.0], [0.0]),
        jaxs=([0.0], [1.0]),
    ),
    Corner(
        "fmin at a tie: the same",
        ([1.0], [1.0]),
        np.fmin,
        lambda t: t.fmin,
        lambda j: j.numpy.fmin,
        ours=([0.5], [0.5]),
        torchs=([1.0], [0.0]),
        jaxs=([0.0], [1.0]),
    ),
    Corner(
        "max along an axis: PyTorch's max with a dim gives all to one index",
        ([1.0, 3.0, 3.0],),
        lambda x: np.max(x, axis=0),
        lambda t: lambda x: t.max(x, 0).values,
        lambda j: lambda x: j.numpy.max(x, 0),
        ours=([0.0, 0.5, 0.5],),
        torchs=([0.0, 1.0, 0.0],),
        jaxs=([0.0, 0.5, 0.5],),
    ),
    Corner(
        "clip at its borders, a tie with them: PyTorch counts them inside",
        ([-1.0, 0.0, 1.0],),
        lambda x: np.clip(x, -1.0, 1.0),
        lambda t: lambda x: t.clamp(x, -1.0, 1.0),
        lambda j: lambda x: j.numpy.clip(x, -1.0, 1.0),
        ours=([0.5, 1.0, 0.5],),
        torchs=([1.0, 1.0, 1.0],),
        jaxs=([0.5, 1.0, 0.5],),
    ),
    Corner(
        "norm of a zero vector: JAX divides 0 by 0",
        ([0.0, 0.0],),
        np.linalg.norm,
        lambda t: t.linalg.norm,
        lambda j: j.numpy.linalg.norm,
        ours=([0.0, 0.0],),
        torchs=([0.0, 0.0],),
        jaxs=([NAN, NAN],),
    ),
    Corner(
        "norm of order 3 of a zero vector: the same",
        ([0.0, 0.0],),
        lambda x: np.linalg.norm(x, 3),
        lambda t: lambda x: t.linalg.norm(x, 3),
        lambda j: lambda x: j.numpy.linalg.norm(x, 3),
        ours=([0.0, 0.0],),
        torchs=([0.0, 0.0],),
        jaxs=([NAN, NAN],),
    ),
    Corner(
        "std of equal entries: JAX divides 0 by 0",
        ([2.0, 2.0, 2.0],),
        np.std,
        lambda t: lambda x: t.std(x, correction=0),
        lambda j: j.numpy.std,
        ours=([0.0, 0.0, 0.0],),
        torchs=([0.0, 0.0, 0.0],),
        jaxs=([NAN, NAN, NAN],),
    ),
    Corner(
        "hypot at the origin, a norm: PyTorch divides 0 by 0, JAX shares 1",
        ([0.0], [0.0]),
        np.hypot,
        lambda t: t.hypot,
        lambda j: j.numpy.hypot,
        ours=([0.0], [0.0]),
        torchs=([NAN], [NAN]),
        jaxs=([0.5], [0.5]),
    ),
    Corner(
        "arctan2 at the origin: JAX divides 0 by 0",
        ([0.0], [0.0]),
        np.arctan2,
        lambda t: t.arctan2,
        lambda j: j.numpy.arctan2,
        ours=([0.0], [0.0]),
        torchs=([0.0], [0.0]),
        jaxs=([NAN], [NAN]),
    ),
    Corner(
        "0 to the power of 0, which is 1 for every base: JAX multiplies 0 by infinity",
        ([0.0], [0.0]),
        np.power,
        lambda t: t.pow,
        lambda j: j.numpy.power,
        ours=([0.0], [0.0]),
        torchs=([0.0], [0.0]),
        jaxs=([NAN], [0.0]),
    ),
    Corner(
        "median of an even number: PyTorch takes the lower middle, value and slope",
        ([1.0, 2.0, 3.0, 4.0],),
        np.median,
        lambda t: t.median,
        lambda j: j.numpy.median,
        ours=([0.0, 0.5, 0.5, 0.0],),
        torchs=([0.0, 1.0, 0.0, 0.0],),
        jaxs=([0.0, 0.5, 0.5, 0.0],),
    ),
]


def our_gradients(corner: Corner) -> Any:
    points = [np.asarray(x) for x in corner.at]
    every = tuple(range(len(points)))
    return grad(lambda *xs: np.sum(corner.function(*xs)), every)(*points)


def torchs_gradients(corner: Corner, torch: Any) -> Any:
    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in corner.at]
    corner.in_torch(torch)(*xs).sum().backward()
    return [x.grad.numpy() for x in xs]


def jaxs_gradients(corner: Corner, jax: Any) -> Any:
    points = [jax.numpy.asarray(x, float) for x in corner.at]
    return jax.grad(lambda *xs: corner.in_jax(jax)(*xs).sum(), tuple(range(len(points))))(*points)


@pytest.mark.parametrize("corner", AGREED + DIFFERENT, ids=lambda c: c.name)
def test_slopes_at_a_corner_are_the_listed_ones(corner, torch, jax):
    for got, expected in zip(our_gradients(corner), corner.ours, strict=True):
        np.testing.assert_array_equal(got, expected)
    with peers_may_warn():
        if corner.in_torch:
            for got, expected in zip(torchs_gradients(corner, torch), corner.torchs, strict=True):
                np.testing.assert_array_equal(got, expected)
        if corner.in_jax:
            for got, expected in zip(jaxs_gradients(corner, jax), corner.jaxs, strict=True):
                np.testing.assert_array_equal(np.asarray(got), expected)


def test_those_listed_as_different_are():
    for corner in DIFFERENT:
        assert any(str(theirs) != str(corner.ours) for theirs in (corner.torchs, corner.jaxs)), corner.name


def test_the_slope_of_a_singular_determinant_is_its_cofactors_where_torch_says_0(torch, jax):
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    cofactors = [[4.0, -2.0], [-2.0, 1.0]]
    np.testing.assert_allclose(grad(np.linalg.det)(a), cofactors, atol=1e-12)
    np.testing.assert_allclose(jax.grad(jax.numpy.linalg.det)(a), cofactors, atol=1e-12)
    x = torch.tensor(a, requires_grad=True)
    torch.linalg.det(x).backward()
    np.testing.assert_array_equal(x.grad, np.zeros((2, 2)))


HUGE = np.array([-1000.0, -50.0, 0.0, 50.0, 1000.0])
SILENT = {
    "sigmoid": (bc.sigmoid, lambda t: t.sigmoid, lambda j: j.nn.sigmoid),
    "softplus": (
        bc.softplus,
        lambda t: t.nn.functional.softplus,
        lambda j: j.nn.softplus,
    ),
    "silu": (bc.silu, lambda t: t.nn.functional.silu, lambda j: j.nn.silu),
    "gelu": (bc.gelu, lambda t: t.nn.functional.gelu, lambda j: lambda x: j.nn.gelu(x, approximate=False)),
    "gelu by tanh": (
        lambda x: bc.gelu(x, "tanh"),
        lambda t: lambda x: t.nn.functional.gelu(x, approximate="tanh"),
        lambda j: lambda x: j.nn.gelu(x, approximate=True),
    ),
    "elu": (bc.elu, lambda t: t.nn.functional.elu, lambda j: j.nn.elu),
    "tanh": (np.tanh, lambda t: t.tanh, lambda j: j.numpy.tanh),
    "softmax": (bc.softmax, lambda t: lambda x: t.softmax(x, -1), lambda j: j.nn.softmax),
    "log_softmax": (bc.log_softmax, lambda t: lambda x: t.log_softmax(x, -1), lambda j: j.nn.log_softmax),
    "logsumexp": (bc.logsumexp, lambda t: lambda x: t.logsumexp(x, -1), lambda j: j.nn.logsumexp),
}


@pytest.mark.parametrize("name", SILENT)
def test_huge_inputs_give_exact_values_and_slopes_without_a_warning(name, torch, jax, rng):
    ours, in_torch, in_jax = SILENT[name]  # warnings are errors: ours must not make one
    x = Tensor(HUGE, requires_grad=True)
    out = ours(x)
    bar = rng.normal(size=out.shape)
    out.backward(bar)
    y = torch.tensor(HUGE, requires_grad=True)
    theirs = in_torch(torch)(y)
    theirs.backward(torch.tensor(bar, dtype=torch.float64))
    np.testing.assert_allclose(out.value, theirs.detach(), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(x.grad, y.grad, rtol=1e-12, atol=1e-15)
    value, pull = jax.vjp(in_jax(jax), jax.numpy.asarray(HUGE))
    # The tails of JAX's gelu underflow a little earlier: atol.
    np.testing.assert_allclose(out.value, value, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(x.grad, pull(jax.numpy.asarray(bar))[0], rtol=1e-12, atol=1e-15)


def test_losses_at_huge_logits_are_exact(torch):
    F = torch.nn.functional
    logits = np.array([[-1000.0, 1000.0], [1000.0, -1000.0], [0.0, 1000.0]])
    binary = np.array([[1.0, 1.0], [0.0, 1.0], [0.5, 0.0]])
    pairs = [
        (
            lambda x: bc.cross_entropy(x, [0, 0, 1], reduction="none"),
            lambda x: F.cross_entropy(x, torch.tensor([0, 0, 1]), reduction="none"),
        ),
        (
            lambda x: bc.binary_cross_entropy_with_logits(x, binary, reduction="none"),
            lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor(binary), reduction="none"),
        ),
    ]
    for ours, theirs in pairs:
        x, y = Tensor(logits, requires_grad=True), torch.tensor(logits, requires_grad=True)
        a, b = ours(x), theirs(y)
        a.sum().backward()
        b.sum().backward()
        np.testing.assert_array_equal(a.value, b.detach())
        np.testing.assert_allclose(x.grad, y.grad, rtol=0, atol=1e-15)


def test_equal_huge_numbers_share_the_slope_of_logaddexp(jax):
    at = np.array([1000.0]), np.array([1000.0])
    for g in grad(lambda a, b: np.sum(np.logaddexp(a, b)), (0, 1))(*at):
        np.testing.assert_allclose(g, [0.5], rtol=1e-12)
    for g in jax.grad(lambda a, b: jax.numpy.logaddexp(a, b).sum(), (0, 1))(*at):
        np.testing.assert_allclose(g, [0.5], rtol=1e-12)
