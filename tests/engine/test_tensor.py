"""What a Tensor promises by itself: values, gradients that add up, and no silent mistakes."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import weakref
from fractions import Fraction

import numpy as np
import pytest

from backprop_course import (
    CourseError,
    DtypeError,
    GraphError,
    ImmutableError,
    NoDerivativeError,
    NotScalarError,
    ShapeError,
    StaleValueError,
    Tensor,
    detect_anomaly,
    grad,
    no_grad,
    relu,
    softmax,
)
from backprop_course.engine.rule_refusals import no_rule
from backprop_course.errors import AnomalyError


def leaf(value):
    return Tensor(value, requires_grad=True)


def test_leaves_accumulate_over_calls_and_inner_nodes_are_fresh():
    a = leaf(3.0)
    b = a * a
    c = b * b
    c.backward()
    assert (a.grad, b.grad) == (108.0, 18.0)
    c.backward()
    assert (a.grad, b.grad) == (216.0, 18.0)
    a.zero_grad()
    assert a.grad is None
    c.backward()
    assert a.grad == 108.0


def test_a_repeated_operand_receives_both_shares():
    x = leaf([1.0, 2.0])
    (x * x + x).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 5.0])


def test_every_operator_works_from_both_sides_and_on_plain_arrays():
    x, a = leaf([1.0, 2.0]), np.array([3.0, 5.0])
    v = x.value

    def every(a, x):
        return a + x - 2.0 * x / a + 2.0**x - a @ x + x @ a - (-x) + abs(x) + x // 2.0 + a % x + x**a

    np.testing.assert_allclose(every(a, x).value, every(a, v))
    assert isinstance(a * x, Tensor)
    assert isinstance(np.float64(2.0) * x, Tensor)
    assert isinstance(x * [1.0, 2.0], Tensor)


def test_comparisons_and_questions_return_plain_arrays():
    x = leaf([1.0, -2.0])
    assert (x > 0).tolist() == [True, False]
    assert (x == np.array([1.0, 1.0])).tolist() == [True, False]
    assert np.argmax(x) == 0
    assert isinstance(np.isfinite(x), np.ndarray)
    assert {x: 1}[x] == 1


def test_x_plus_equals_rebinds_and_leaves_the_graph_right():
    x = leaf([1.0, 2.0])
    y = x * 2.0
    z = y
    y += x
    (y * z).sum().backward()
    np.testing.assert_allclose(x.grad, [12.0, 24.0])


def test_an_integer_constant_does_not_change_the_dtype_and_a_float32_variable_gets_a_float32_gradient():
    x = leaf(np.ones(3, np.float32))
    y = (2 * x + 1.5).sum()
    assert y.dtype == np.float32
    y.backward()
    assert x.grad.dtype == np.float32
    (x * np.ones(3)).sum().backward()
    assert x.grad.dtype == np.float32


def test_gradients_are_arrays_of_their_own():
    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    seed = np.ones(2)
    c = a + b
    c.backward(seed)
    a.grad[0] = 99.0
    assert b.grad[0] == 1.0
    assert c.grad[0] == 1.0
    assert seed[0] == 1.0


def test_the_value_is_read_only_and_a_copy_unless_shared():
    array = np.zeros(2)
    t = Tensor(array)
    array[0] = 1.0
    assert t.value[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        t.value[0] = 1.0
    shared = Tensor(array, copy=False)
    array[1] = 7.0
    assert shared.value[1] == 7.0
    copied = t.numpy()
    copied[0] = 5.0
    assert t.value[0] == 0.0


def test_an_entry_is_not_assigned_to_and_the_alternative_is_shown():
    with pytest.raises(ImmutableError, match=r"x\.at\[i\]\.set") as caught:
        leaf([1.0, 2.0])[0] = 3.0
    assert isinstance(caught.value, TypeError)


def test_out_and_in_place_operators_of_arrays_are_refused():
    a = np.zeros(2)
    with pytest.raises(ImmutableError, match="a = a \\+ t"):
        a += leaf([1.0, 2.0])
    with pytest.raises(ImmutableError, match="out="):
        np.add(leaf([1.0, 2.0]), 1.0, out=a)


def test_assign_after_recording_is_noticed_by_the_walk_that_needs_the_old_value():
    w = leaf([1.0, 2.0])
    y = (w * w).sum()
    w.assign([3.0, 4.0])
    with pytest.raises(StaleValueError, match="'multiply' was overwritten"):
        y.backward()
    (w * w).sum().backward()
    np.testing.assert_allclose(w.grad, [6.0, 8.0])


def test_assign_to_a_constant_is_noticed_too_also_through_a_view():
    x, w = leaf([1.0, 2.0]), Tensor([[3.0, 4.0]])
    y = (x * w).sum()
    turned = (w.T @ leaf([2.0])).sum()
    before = w.T
    w.assign([[0.0, 0.0]])
    with pytest.raises(StaleValueError):
        y.backward()
    turned.backward()
    np.testing.assert_array_equal(before.value, [[3.0], [4.0]])


def test_assign_keeps_its_promises():
    w = leaf([1.0, 2.0])
    with pytest.raises(ShapeError, match=r"got: +\(3,\)"):
        w.assign(np.ones(3))
    with pytest.raises(ImmutableError, match="result of 'multiply'"):
        (w * 2.0).assign([1.0, 2.0])
    fixed = np.ones(2)
    fixed.flags.writeable = False
    with pytest.raises(ImmutableError, match="read-only"):
        Tensor(fixed, copy=False).assign([1.0, 2.0])
    s = leaf(2.0)
    s.assign(3)
    assert s.value == 3.0
    assert type(s.value) is float


def test_integers_are_constants_and_asking_for_their_gradient_says_what_to_write():
    assert Tensor(3).dtype.kind == "i"
    with pytest.raises(DtypeError, match=r"write 3\.0") as caught:
        Tensor(3, requires_grad=True)
    assert isinstance(caught.value, TypeError)
    with pytest.raises(DtypeError, match=r"write 3\.0"):
        grad(lambda x: x * x)(3)
    with pytest.raises(DtypeError, match="int64"):
        grad(lambda x: (x * x).sum())(np.arange(3))


def test_complex_numbers_objects_and_ragged_lists_are_refused():
    with pytest.raises(DtypeError, match="out of scope"):
        Tensor(1j)
    with pytest.raises(DtypeError, match="real numbers"):
        Tensor("three")
    with pytest.raises(ShapeError, match="different lengths"):
        Tensor([[1.0], [1.0, 2.0]])


def test_backward_needs_one_number_or_a_cotangent_of_the_right_shape():
    x = leaf([1.0, 2.0])
    with pytest.raises(NotScalarError, match=r"\.sum\(\)"):
        (x * x).backward()
    with pytest.raises(ShapeError, match=r"expected: \(2,\)"):
        (x * x).backward(np.ones(3))
    (x * x).backward(np.array([1.0, -1.0]))
    np.testing.assert_allclose(x.grad, [2.0, -4.0])
    with pytest.raises(GraphError, match="requires_grad=True"):
        Tensor(2.0).backward()


def test_backward_of_a_leaf_is_one():
    x = leaf(2.0)
    x.backward()
    assert x.grad == 1.0


def test_a_tensor_that_wants_a_gradient_does_not_become_an_array_silently():
    with pytest.raises(GraphError, match=r"detach"):
        np.asarray(leaf([1.0]))
    np.testing.assert_array_equal(np.asarray(Tensor([1.0])), [1.0])
    np.testing.assert_array_equal(np.asarray(leaf([1.0]).detach()), [1.0])


def test_a_function_without_a_rule_is_named_with_the_nearest_that_has_one():
    with pytest.raises(NoDerivativeError, match="'fft' has no derivative rule") as caught:
        np.fft.fft(leaf([1.0, 2.0]))
    assert isinstance(caught.value, TypeError)
    with pytest.raises(NoDerivativeError, match=r"nearest are .*sin"):
        raise no_rule(sine, ["sin", "sinh", "cos"])


def sine(x):
    return x


def test_no_grad_records_nothing_and_ends_with_its_block():
    x = leaf(2.0)
    with no_grad():
        y = x * x
    assert not y.requires_grad
    assert y.node is None
    assert (x * x).requires_grad
    with pytest.raises(RuntimeError, match="on purpose"), no_grad():
        raise RuntimeError("on purpose")
    assert (x * x).requires_grad


def test_threads_have_contexts_of_their_own():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append((leaf(2.0) * 3.0).requires_grad))
        thread.start()
        thread.join()
    assert seen == [True]


def test_threads_may_each_differentiate():
    def work(k, results):
        for _ in range(50):
            x = leaf(np.full(5, float(k)))
            (x * x * x).sum().backward()
            results[k] = x.grad

    results: dict[int, np.ndarray] = {}
    threads = [threading.Thread(target=work, args=(k, results)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k in range(4):
        np.testing.assert_allclose(results[k], 3.0 * k**2)


def test_detect_anomaly_names_the_first_bad_value_and_the_line_of_the_caller():
    with detect_anomaly(), np.errstate(divide="ignore"), pytest.raises(AnomalyError) as caught:
        np.log(leaf([1.0, 0.0]) * 1.0)
    assert "'log'" in str(caught.value)
    assert "test_tensor.py" in str(caught.value)
    with detect_anomaly(), np.errstate(divide="ignore"):
        y = np.sqrt(leaf([1.0, 0.0])).sum()
        with pytest.raises(AnomalyError, match="cotangent that 'sqrt' sends"):
            y.backward()


def test_a_chain_of_100000_operations_walks_and_is_freed_without_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    y.backward()
    assert x.grad == 1.0
    del y


def test_thirty_doublings_are_linear():
    x = leaf(1.0)
    y = x
    for _ in range(30):
        y = y + y
    y.backward()
    assert x.grad == 2.0**30


def test_nothing_stays_alive_after_backward():
    gc.disable()
    try:
        x = leaf(np.ones(4))
        inner = np.tanh(x * 2.0)
        out = softmax(relu(inner)).sum()
        out.backward()
        watched = [weakref.ref(inner), weakref.ref(out)]
        del inner, out
        assert [r() for r in watched] == [None, None]
    finally:
        gc.enable()


def test_tensors_pickle_and_copy():
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    for twin in (pickle.loads(pickle.dumps(x)), copy.copy(x), copy.deepcopy(x)):
        np.testing.assert_array_equal(twin.value, x.value)
        assert (twin.requires_grad, twin.name) == (True, "x")
        assert twin.value is not x.value


def test_scalars_stay_python_floats_and_division_by_zero_is_numpys():
    a = leaf(2.0)
    assert type((a * 3.0 + 1.0).value) is float
    assert type(np.tanh(a).value) is float
    with np.errstate(divide="ignore", invalid="ignore"):
        y = a / 0.0
        assert y.value == np.inf
        y.backward()
        assert a.grad == np.inf


def test_repr_shows_value_shape_and_what_made_it():
    x = Tensor([1.0, 2.0], requires_grad=True, name="x")
    assert repr(x) == "Tensor([1., 2.], shape=(2,), leaf, name='x')"
    assert repr(x * 2) == "Tensor([2., 4.], shape=(2,), from multiply)"


def test_item_len_iteration_and_truth():
    x = leaf([1.0, 2.0])
    assert (len(x), [t.item() for t in x], bool(x[0] > 0)) == (2, [1.0, 2.0], True)
    assert float(x[1]) == 2.0
    with pytest.raises(NotScalarError, match="index one first"):
        x.item()


def test_corners_follow_their_conventions():
    x = leaf([0.0, -1.0, 2.0])
    relu(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 1.0])
    y = leaf([3.0, 3.0, 1.0])
    np.max(y).backward()
    np.testing.assert_array_equal(y.grad, [0.5, 0.5, 0.0])
    a, b = leaf(1.0), leaf(1.0)
    np.maximum(a, b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)
    z = leaf([0.0])
    np.abs(z).sum().backward()
    assert z.grad[0] == 0.0


def test_every_error_is_ours_and_pickles():
    error = pickle.loads(pickle.dumps(ShapeError("what", expected="e", got="g", mend="m")))
    assert isinstance(error, CourseError)
    assert str(error) == "what\n  expected: e\n  got:      g\n  to mend:  m"


def test_shapes_that_do_not_fit_are_told_with_the_operation():
    x = leaf(np.ones((2, 3)))
    with pytest.raises(ShapeError, match=r"\(2, 3\) @ \(4,\)") as caught:
        x @ np.ones(4)
    assert "transpose" in str(caught.value)
    with pytest.raises(ShapeError, match="'add' cannot be applied") as caught:
        x + np.ones(4)
    assert "got:      (2, 3), (4,)" in str(caught.value)
    with pytest.raises(ShapeError, match="'reshape' cannot be applied"):
        x.reshape(4, 2)
    with pytest.raises(ShapeError, match="'add' cannot be applied"):
        np.ones((3, 2)) + x


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + 1j,
        lambda x: np.real(x * 1j),
        lambda x: x * np.array([1j, 2j]),
        lambda x: np.exp(np.complex128(1j) * x),
        lambda x: x * np.array([Fraction(1, 2)]),
    ],
)
@pytest.mark.parametrize("x", [1.0, np.array([1.0, 2.0])])
def test_what_is_not_real_is_refused_also_as_a_constant(f, x):
    with pytest.raises(DtypeError, match="real numbers"):
        grad(lambda x: np.sum(f(x)))(x)
