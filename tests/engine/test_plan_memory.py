"""compile: which memory a program writes, and what it holds to be constant."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_course import (
    GraphError,
    Tensor,
    UsageError,
    compile,
    grad,
    jacobian,
    jvp,
    value_and_grad,
)


def program(fast):
    (plan,) = fast.plans.values()
    return plan


def test_a_donated_array_is_not_written_while_it_is_still_read(rng):
    def f(p):
        q = p * 2.0
        return q, np.sin(p) @ p

    p = rng.normal(size=(3, 3))
    fast = compile(f, p, donate=0)
    expected, got = f(p), fast(p.copy())
    assert all(map(np.array_equal, expected, got))


def test_cotangents_of_slices_that_overlap_are_added(rng):
    f = grad(lambda x: (np.tanh(x[:2]) * 2.0).sum() + (x[1:] ** 2).sum())
    x = rng.normal(size=(3, 3))
    assert np.array_equal(compile(f, x)(x), f(x))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x.T, x),
        lambda x: (x[:2], np.exp(x)[1:]),
        lambda x: grad(lambda x: (np.tanh(x[:1]) * 2.0).sum() + (x[1:] ** 2).sum())(x),
    ],
)
def test_results_are_the_callers_own(rng, f):
    x = rng.normal(size=(3, 3))
    fast = compile(f, x)
    first = fast(x)
    arrays = first if isinstance(first, tuple) else (first,)
    kept = [array.copy() for array in arrays]
    second = fast(2.0 * x)
    others = second if isinstance(second, tuple) else (second,)
    assert all(map(np.array_equal, arrays, kept))
    assert not any(np.shares_memory(a, b) for a in arrays for b in (x, *others))


def test_a_chain_works_in_place_and_memory_that_is_done_with_is_used_again(rng):
    x = rng.normal(size=(100, 100))

    def chain(x):
        return np.tanh(np.exp(np.sin(np.cos(x * 2.0)))).sum()

    def several(x):
        for W in weights:
            x = np.tanh(x @ W)
        return x.sum()

    weights = rng.normal(size=(6, 100, 100)) / 10
    assert program(compile(chain, x)).bytes == x.nbytes
    assert program(compile(several, x)).bytes == 2 * x.nbytes


@pytest.mark.parametrize("combine", [lambda a: a + a.T, lambda a: a * np.exp(a[::-1]), lambda a: a - a[0]])
def test_nothing_is_written_over_what_the_same_call_looks_at(rng, combine):
    x = rng.normal(size=(3, 3))
    f = lambda x: (combine(np.tanh(x)) * 2.0).sum()  # noqa: E731
    assert compile(f, x)(x) == f(x)


def test_an_array_in_another_order_has_a_program_of_its_own(rng):
    x = rng.normal(size=(3, 4))
    fast = compile(lambda x: np.ravel(x * 2.0) @ np.arange(12.0))
    for array in (x, np.asfortranarray(x), x[::-1], np.repeat(x, 2, axis=1)[:, ::2]):
        for _ in range(2):
            assert fast(array) == pytest.approx(np.ravel(array * 2.0) @ np.arange(12.0), rel=1e-15)
    assert len(fast.plans) == 4


def test_an_array_of_another_dtype_has_a_program_of_its_own():
    fast = compile(lambda x: (x * x).sum(), np.ones(3))
    assert fast(np.arange(3)).dtype == np.int64  # whose entries are as many bytes
    assert fast(np.ones(3)).dtype == np.float64
    assert len(fast.plans) == 2


# What is constant -------------------------------------------------


def test_detach_cuts_the_gradient_and_not_the_value(rng):
    def f(x):
        return (x * x.detach()).sum()

    x = rng.normal(size=3)
    for transform in (value_and_grad, lambda f: lambda x: jvp(f, (x,), (np.ones(3),))):
        fast = compile(transform(f), np.ones(3))
        for mine, tapes in zip(fast(x), transform(f)(x), strict=True):
            assert np.array_equal(mine, tapes)
    assert compile(value_and_grad(lambda x: x * x.detach()), 1.0)(3.0) == (9.0, 3.0)
    with pytest.raises(GraphError, match="decided something by the values"):
        compile(grad(lambda x: x * 2.0 if x.detach().numpy() > 0 else x), 1.0)


def test_a_tensor_that_is_no_argument_is_followed_when_it_is_assigned_to():
    w = Tensor(np.zeros(3), requires_grad=True)
    fast = compile(lambda x: x + w, np.ones(3), fixed=True)
    assert fast(np.ones(3)).tolist() == [1.0] * 3
    w.assign(np.full(3, 5.0))
    assert fast(np.ones(3)).tolist() == fast(np.ones(3)).tolist() == [6.0] * 3
    bias = Tensor(2.0, requires_grad=True)
    scalar = compile(lambda x: x * bias, 1.0)
    assert scalar(3.0) == 6.0
    bias.assign(4.0)
    assert scalar(3.0) == 12.0


def test_only_arrays_that_may_change_alone_are_donated():
    both = lambda x, y: (x * 2.0, y * 3.0)  # noqa: E731
    a, read_only = np.ones(3), np.ones(3)
    read_only.setflags(write=False)
    for args in ((a, a), ([a, a[1:]], np.ones(3)), (a[:2], a[1:]), (read_only, a), (Tensor(a), a)):
        with pytest.raises(UsageError, match="cannot be donated"):
            compile(lambda x, y: x, *args, donate=0)
    compile(both, a[:1], a[1:], donate=(0, np.int64(1)))


@pytest.mark.parametrize("donate", [5, -2, True, None, "x", 0.5, (0, "a")])
def test_donate_names_arguments(donate):
    with pytest.raises(UsageError, match="does not name arguments") as refused:
        compile(lambda x: x * 2.0, np.ones(3), donate=donate)
    assert "donate=0" in refused.value.mend


def test_a_compiled_function_tells_what_it_is():
    def double(x):
        return x * 2.0

    fast = compile(double, np.ones(3))
    assert repr(fast) == "<compiled double, 1 program in .plans>"
    fast(np.ones(4))
    assert repr(fast) == "<compiled double, 2 programs in .plans>"


# What it costs --------------------------------------------------------


def test_a_jacobian_is_one_walk_whatever_its_outputs(rng):
    lengths = []
    for outputs in (10, 1000):
        W, x = rng.normal(size=(outputs, 10)), rng.normal(size=10)
        f = jacobian(lambda x, W: np.tanh(W @ x))
        fast = compile(f, x, W)
        assert np.array_equal(fast(x, W), f(x, W))
        lengths.append(len(program(fast).source.splitlines()))
    assert lengths[0] == lengths[1]


def test_a_step_grows_by_the_same_for_each_layer(rng):
    def loss(params, x):
        for W, b in params:
            x = np.tanh(x @ W + b)
        return x.sum()

    lengths = []
    for depth in (4, 8, 12, 16):
        params = [(rng.normal(size=(5, 5)), np.zeros(5)) for _ in range(depth)]
        lengths.append(len(program(compile(grad(loss), params, np.ones((3, 5)))).source.splitlines()))
    assert len({b - a for a, b in itertools.pairwise(lengths)}) == 1
