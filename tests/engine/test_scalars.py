"""Graphs of Python's floats: the quick way gives what the general one gives, and leaves the rest alone."""

from __future__ import annotations

import copy
import operator
import pickle
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backprop_course import AnomalyError, StaleValueError, Tensor, detect_anomaly, grad, jvp, value_and_grad
from backprop_course.engine.scalars import Scalar, pullback_of_floats
from backprop_course.engine.walks import pullback, topological_order

OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv)


def leaf(x):
    return Tensor(x, requires_grad=True)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=25),
    st.floats(0.5, 2.0),
    st.floats(0.5, 2.0),
)
def test_both_walks_agree_on_random_graphs(choices, a, b):
    x, y = leaf(a), leaf(b)
    made = [x, 1.5, y]
    with np.errstate(all="ignore"):
        for k, i, j in choices:
            left, right = made[i % len(made)], made[j % len(made)]
            if isinstance(left, Tensor) or isinstance(right, Tensor):
                made.append(OPERATORS[k](left, right))
        out = made[-1] + x
        expected = pullback(topological_order([out]), {out: 1.0})
    if not np.isfinite([out.value, *(bar for bar in expected.values())]).all():
        return
    found = pullback_of_floats(out, 1.0)
    if found is None:  # a division by zero went the general way
        return
    for t in found:
        # Both add up the same products, in orders that may differ where a Tensor is used often.
        assert found[t] == pytest.approx(expected[t], rel=1e-9, abs=1e-9 * max(map(abs, expected.values())))


def test_operators_of_floats_keep_floats_and_say_what_made_them():
    x = leaf(3.0)
    y = 2.0 * x - x / 4.0
    assert type(y) is Scalar
    assert type(y.value) is float
    assert y.node.primitive.name == "subtract"
    assert [t.value for t in y.inputs] == [6.0, 0.75]
    assert y.values == [6.0, 0.75]
    assert y.params == {}
    assert "from subtract" in repr(y)


@pytest.mark.parametrize("other", [2, np.float64(2.0), np.array([1.0, 2.0]), np.float32(2.0), True])
def test_other_operands_take_the_general_way(other):
    x = leaf(3.0)
    y = x * other
    assert type(y) is Tensor
    np.sum(y).backward()
    assert x.grad == pytest.approx(float(np.sum(other)))


def test_constants_want_no_gradient_and_results_of_constants_alone_remember_nothing():
    x, c = leaf(3.0), Tensor(2.0)
    assert (c * 2.0).node is None
    (x * c).backward()
    assert c.grad is None
    assert x.grad == 2.0


@pytest.mark.parametrize("f", [lambda x: x / 0.0, lambda x: 1.0 / (x - x), lambda x: x / (x * 0.0)])
def test_divisions_by_zero_are_those_of_numpy(f):
    with pytest.warns(RuntimeWarning, match="divide"):
        assert f(leaf(3.0)).value == np.inf


def test_inner_results_keep_their_cotangent_and_leaves_add_up():
    a = leaf(3.0)
    b = a * a
    c = b * b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (108.0, 18.0, 1.0)
    c.backward()
    assert (a.grad, b.grad) == (216.0, 18.0)


def test_a_transform_leaves_the_gradients_of_others_alone():
    a = leaf(3.0)
    b = a * a
    b.backward()
    assert grad(lambda x: x * b)(2.0) == 9.0
    assert (a.grad, b.grad) == (6.0, 1.0)
    assert grad(lambda x: x * a)(2.0) == 3.0
    assert a.grad == 6.0


def test_where_something_else_takes_part_nothing_is_lost():
    a = leaf(0.5)
    y = np.tanh(a * 2.0) * a + np.exp(a)
    y.backward()
    t = np.tanh(1.0)
    assert a.grad == pytest.approx(t + 0.5 * 2.0 * (1 - t * t) + np.exp(0.5))


def test_a_leaf_that_was_written_since_is_an_error_and_one_before_is_not():
    a, b = leaf(2.0), leaf(5.0)
    y = a * b
    b.assign(7.0)
    with pytest.raises(StaleValueError, match="multiply"):
        y.backward()
    assert (a.grad, b.grad) == (None, None)
    (a * b).backward()
    assert a.grad == 7.0


def test_derivatives_of_derivatives_and_both_modes():
    def f(x):
        return x * x * x / 2.0 - 1.0 / x

    assert value_and_grad(f)(2.0) == (3.5, 6.25)
    assert grad(grad(f))(2.0) == pytest.approx(6.0 - 2.0 / 8.0)
    assert grad(grad(grad(f)))(2.0) == pytest.approx(3.0 + 6.0 / 16.0)
    assert jvp(f, (2.0,), (2.0,))[1] == 12.5


def test_anomalies_are_named():
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"divide(.|\n)*test_scalars"),
        np.errstate(all="ignore"),
    ):
        leaf(3.0) / 0.0


def test_they_copy_pickle_and_take_names():
    x = leaf(3.0) * 2.0
    assert x.name is None
    x.name = "twice"
    assert "twice" in repr(x)
    for other in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x)), x.detach()):
        assert other.value == 6.0
        assert other.node is None
        assert other.name == "twice"


def test_threads_may_walk_one_graph():
    a = leaf(1.5)
    y = a
    for _ in range(300):
        y = y * 1.001 + a * 0.001
    expected = pullback_of_floats(y, 1.0)[a]
    found = []

    def walk():
        found.extend(pullback_of_floats(y, 1.0)[a] for _ in range(30))

    threads = [threading.Thread(target=walk) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(found) == {expected}
