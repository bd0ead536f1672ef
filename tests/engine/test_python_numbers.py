"""What Python itself asks of a number, asked of a Tensor: text, rounding, truth, length, the math module."""

from __future__ import annotations

import math

import numpy as np
import pytest

from backprop_course import NoEntriesError, Tensor, grad, jvp, no_grad, value_and_grad
from backprop_course.errors import GraphError, NotScalarError

X = Tensor(2.625, requires_grad=True)
V = Tensor([1.0, -2.5], requires_grad=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{X:.2f}", "2.62"),
        (f"{X:>9.1e}|", "  2.6e+00|"),
        (f"{V:.1f}", "[1.0, -2.5]"),
        (f"{Tensor(np.float32(0.5)):.3f}", "0.500"),
        (f"{Tensor([[1.0], [2.0]]):.0f}", "[[1],\n [2]]"),
        (f"{X}", repr(X)),
    ],
)
def test_a_tensor_is_written_into_text_as_its_entries_are(text, expected):
    assert text == expected


def test_writing_a_value_down_while_it_is_differentiated_leaves_the_gradient_alone():
    seen = []

    def f(x):
        seen.append(f"{x:.1f} and {x * x:.1f}")
        return x * x

    assert grad(f)(3.0) == 6.0
    assert grad(grad(f))(3.0) == 2.0
    assert seen == ["3.0 and 9.0"] * 2


def test_a_form_that_floats_do_not_have_is_pythons_error():
    with pytest.raises(ValueError, match="format code 'd'"):
        f"{X:d}"


def test_rounding_is_numpys_with_slope_zero():
    assert value_and_grad(lambda x: x * round(x))(2.6) == (pytest.approx(7.8), 3.0)
    assert value_and_grad(lambda x: round(x, 1))(2.66) == (pytest.approx(2.7), 0.0)
    assert isinstance(round(X), Tensor)


@pytest.mark.parametrize(
    ("leave", "instead"),
    [
        (float, "np.sin"),
        (math.sin, "np.sin"),
        (math.floor, "np.sin"),
        (complex, "np.sin"),
        (int, r"np\.trunc(.|\n)*int\(x\.item\(\)\)"),
        (math.trunc, r"np\.trunc(.|\n)*int\(x\.item\(\)\)"),
    ],
)
def test_making_a_plain_number_of_what_is_differentiated_is_refused_with_the_way_out(leave, instead):
    with pytest.raises(GraphError, match=instead):
        grad(lambda x: x * leave(x))(2.5)
    with pytest.raises(GraphError, match=instead):
        jvp(lambda x: x * leave(x), (2.5,), (1.0,))


def test_plain_numbers_of_tensors_elsewhere():
    assert (float(X), int(X), math.floor(X), math.ceil(X), math.trunc(-X)) == (2.625, 2, 2, 3, -2)
    assert math.sin(X) == math.sin(2.625)
    with no_grad():
        assert int(X * 2.0) == 5
    # What does not depend on the variable may be a plain number anywhere.
    assert grad(lambda x: x ** int(Tensor(3.9)))(2.0) == 12.0
    assert grad(lambda x: x * int(x.item()))(2.5) == 2.0
    with pytest.raises(NotScalarError, match="item"):
        int(V)


def test_a_branch_on_a_value_takes_one_side_and_its_derivative():
    def f(x):
        return x * x if x else x

    assert (grad(f)(3.0), grad(f)(0.0)) == (6.0, 1.0)
    assert grad(lambda x: -x if x < 0 else x)(-2.0) == -1.0


@pytest.mark.parametrize("ask", [bool, lambda v: v and 1.0, lambda v: not v, lambda v: 1.0 if v else 2.0])
def test_many_entries_are_neither_true_nor_false(ask):
    for v in (V, Tensor(np.zeros(0))):
        with pytest.raises(NotScalarError, match=r"shape \([02],\)(.|\n)*np\.where"):
            ask(v)


def test_one_number_has_no_entries():
    for number in (X, Tensor(np.float32(1.0)), Tensor(np.zeros(()))):
        with pytest.raises(NoEntriesError, match=r"len\(\)(.|\n)*shape \(\)"):
            len(number)
        with pytest.raises(NoEntriesError, match=r"several names on the left(.|\n)*atleast_1d"):
            a, b = number
        with pytest.raises(TypeError):  # as from NumPy's own
            list(number)
    a, b = V
    assert (len(V), a.item(), b.item()) == (2, 1.0, -2.5)


def test_sums_and_extremes_of_pythons_own():
    assert grad(lambda x: sum([x, x * x, 2.0]))(3.0) == 7.0
    assert grad(lambda x: max(x, x * x))(3.0) == 6.0
    assert grad(lambda x: math.prod([x, x, x]))(2.0) == 12.0
    assert grad(lambda x: pow(x, 3) + abs(-x))(2.0) == 13.0
