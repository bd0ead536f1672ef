"""compile: the same numbers as the tape, without recording."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_course import (
    GraphError,
    UsageError,
    compile,
    cross_entropy,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    relu,
    sigmoid,
    softmax,
    value_and_grad,
)
from backprop_course.engine.trees import leaves


def network(rng, sizes):
    return [(rng.normal(size=(a, b)) * 0.5, np.zeros(b)) for a, b in itertools.pairwise(sizes)]


def loss(params, X, y, activation=np.tanh):
    h = X
    for W, b in params[:-1]:
        h = activation(h @ W + b)
    W, b = params[-1]
    return cross_entropy(h @ W + b, y)


def step(params, X, y, lr=0.1):
    value, g = value_and_grad(loss)(params, X, y)
    new = [(W - lr * gW, b - lr * gb) for (W, b), (gW, gb) in zip(params, g, strict=True)]
    return new, value


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(leaves(a), leaves(b), strict=True))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_training_step_gives_bit_for_bit_the_numbers_of_the_tape(rng, dtype):
    params = [(W.astype(dtype), b.astype(dtype)) for W, b in network(rng, [5, 7, 6, 3])]
    X = rng.normal(size=(8, 5)).astype(dtype)
    fast = compile(step, params, X, np.zeros(8, int), donate=0)
    mine = [(W.copy(), b.copy()) for W, b in params]
    for _ in range(4):
        y = rng.integers(0, 3, size=8)
        params, expected = step(params, X, y)
        mine, value = fast(mine, X, y)
        assert value == expected
        assert same(mine, params)


def test_donated_arrays_are_overwritten_and_others_are_not(rng):
    params, X, y = network(rng, [4, 5, 3]), rng.normal(size=(6, 4)), rng.integers(0, 3, size=6)
    donated = [(W.copy(), b.copy()) for W, b in params]
    new, _ = compile(step, params, X, y, donate=0)(donated, X, y)
    assert all(a is b for a, b in zip(leaves(new), leaves(donated), strict=True))
    kept = [(W.copy(), b.copy()) for W, b in params]
    fresh, _ = compile(step, params, X, y)(kept, X, y)
    assert same(kept, params)
    assert same(fresh, new)
    assert not any(np.shares_memory(a, b) for a in leaves(fresh) for b in leaves(kept))


def test_results_are_fresh_unless_reuse_is_asked_for(rng):
    x, y = rng.normal(size=5), rng.normal(size=5)
    fresh = compile(lambda x: np.tanh(x) * 2.0, x)
    first, second = fresh(x), fresh(y)
    np.testing.assert_array_equal(first, np.tanh(x) * 2.0)
    np.testing.assert_array_equal(second, np.tanh(y) * 2.0)
    reused = compile(lambda x: np.tanh(x) * 2.0, x, reuse=True)
    assert reused(x) is reused(y)


def test_a_swap_of_donated_arguments_does_not_lose_one(rng):
    a, b = rng.normal(size=3), rng.normal(size=3)
    swap = compile(lambda pair: (pair[1] * 1.0, pair[0] * 1.0), (a, b), donate=0)
    left, right = swap((a.copy(), b.copy()))
    np.testing.assert_array_equal(left, b)
    np.testing.assert_array_equal(right, a)


def test_an_output_that_is_an_input_or_a_view_of_one(rng):
    x = rng.normal(size=(2, 3))
    same_one, turned, total = compile(lambda x: (x, x.T, x.sum()), x)(x)
    np.testing.assert_array_equal(same_one, x)
    np.testing.assert_array_equal(turned, x.T)
    assert total == x.sum()
    assert isinstance(total, np.floating)


def test_new_shapes_are_recorded_anew_and_structures_too(rng):
    f = compile(lambda x: np.sum(x["a"] ** 2))
    for n in (3, 5, 3):
        x = rng.normal(size=n)
        assert f({"a": x}) == pytest.approx(np.sum(x**2))
    assert len(f.plans) == 2
    with pytest.raises(KeyError):
        f({"b": np.ones(3)})


def test_decisions_by_value_are_refused_with_the_reason():
    def branch(x):
        return x if x.sum() > 0 else -x

    with pytest.raises(GraphError, match=r"np\.where"):
        compile(branch, np.ones(3))
    with pytest.raises(GraphError, match="decided something by the values"):
        compile(lambda x: np.sort(x), np.ones(3))
    with pytest.raises(GraphError, match="by the values"):
        compile(lambda x: x * float(x.sum()), np.ones(3))
    with pytest.raises(GraphError, match="by the values"):
        compile(lambda x: x[x > 0], np.ones(3))
    # and what decides entry by entry is not
    f = compile(lambda x: np.where(x > 0, x, -x), np.ones(3))
    np.testing.assert_array_equal(f(np.array([-1.0, 0.0, 2.0])), [1.0, 0.0, 2.0])


def test_masks_and_labels_follow_the_inputs(rng):
    f = compile(grad(lambda x: relu(x).sum()), np.ones(4))
    np.testing.assert_array_equal(f(np.array([-1.0, 0.0, 2.0, -3.0])), [0.0, 0.0, 1.0, 0.0])
    logits = rng.normal(size=(4, 3))
    g = compile(grad(cross_entropy), logits, np.zeros(4, int))
    for labels in (np.array([0, 1, 2, 1]), np.array([2, 2, 0, 1])):
        np.testing.assert_array_equal(g(logits, labels), grad(cross_entropy)(logits, labels))
    with pytest.raises(UsageError, match="number of a class"):
        g(logits, np.array([0, 1, 2, 3]))


def test_every_transform_composes(rng):
    A, x, v = rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=4)

    def f(x):
        return np.tanh(A @ x)

    def s(x):
        return np.sum(sigmoid(A @ x) * softmax(A @ x))

    for transformed, args in (
        (jacobian(f), (x,)),
        (jacobian(f, mode="forward"), (x,)),
        (hessian(s), (x,)),
        (lambda x, v: hvp(s, (x,), (v,))[0], (x, v)),
        (lambda x, v: jvp(f, (x,), (v,))[1], (x, v)),
        (grad(lambda x: np.sum(grad(s)(x) ** 2)), (x,)),
    ):
        fast = compile(transformed, *args)
        other = [a[::-1].copy() for a in args]
        np.testing.assert_allclose(fast(*other), transformed(*other), rtol=1e-14, atol=1e-15)


def test_scalar_graphs_run_straight_and_fall_back_at_corners():
    def f(a, b):
        return a * b + np.log(a) / b

    fast = compile(value_and_grad(f, (0, 1)), 0.5, 0.3)
    plan = next(iter(fast.plans.values()))
    assert plan.straight is not None
    assert fast(0.7, 0.2) == value_and_grad(f, (0, 1))(0.7, 0.2)
    assert type(fast(0.7, 0.2)[0]) is float
    with np.errstate(divide="ignore", invalid="ignore"):
        assert fast(1.0, 0.0) == value_and_grad(f, (0, 1))(1.0, 0.0) or np.isnan(fast(1.0, 0.0)[0])


def test_constants_that_change_are_noticed():
    f = compile(lambda x, n: x * n)
    assert f(2.0, 3) == 6.0
    assert f(2.0, 4) == 8.0


def test_donate_names_an_argument():
    with pytest.raises(UsageError, match="donate"):
        compile(lambda x: x, np.ones(2), donate=1)


def test_the_inputs_are_left_alone(rng):
    x = rng.normal(size=(3, 3))
    before = x.copy()
    x.flags.writeable = False
    f = compile(lambda x: np.exp(x * 2.0) + x.T, x)
    np.testing.assert_array_equal(f(x), np.exp(x * 2.0) + x.T)
    np.testing.assert_array_equal(x, before)


UNARY = [
    np.tanh,
    np.exp,
    np.negative,
    sigmoid,
    relu,
    np.sin,
    lambda x: x.T,
    lambda x: x[::-1],
    lambda x: x - x.mean(),
]
BINARY = [np.add, np.subtract, np.multiply, np.maximum, np.matmul]


@given(
    st.lists(st.tuples(st.integers(0, 13), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=12),
    st.integers(0, 999),
)
def test_random_graphs_replay_as_the_tape_computes_them(choices, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(3, 3)) * 0.5, rng.normal(size=(3, 3)) * 0.5

    def f(x, y):
        made = [x, y]
        for op, i, j in choices:
            a, b = made[i % len(made)], made[j % len(made)]
            made.append(np.tanh(UNARY[op](a)) if op < len(UNARY) else np.tanh(BINARY[op - len(UNARY)](a, b)))
        return sum(made[2:], 0.0).sum()

    both = value_and_grad(f, (0, 1))
    fast = compile(both, x, y)
    for _ in range(2):
        x, y = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
        expected, got = both(x, y), fast(x, y)
        assert same(expected, got)
