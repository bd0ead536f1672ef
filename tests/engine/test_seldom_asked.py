"""Forms of calls that are seldom used: written, counted and differentiated as the common ones are."""

from __future__ import annotations

import numpy as np
import pytest

from backprop_course import (
    NotScalarError,
    Tensor,
    UsageError,
    cross_entropy,
    gelu,
    grad,
    numerical_gradient,
    trace,
)
from backprop_course.engine.drawing.text import bar_code, bar_mark, formula, joined, shape_text, value_text


def test_pictures_write_values_as_long_as_they_fit():
    assert value_text(-2.5) == "−2.5"
    assert value_text(np.array([[1.0, -2.0], [0.5, 3.0]])) == "[[1, −2], [0.5, 3]]"
    assert value_text(np.zeros(7)) == "shape (7,)"
    assert value_text(np.zeros((1, 1, 2))) == "shape (1, 1, 2)"
    assert value_text(np.zeros((0, 3))) == f"shape {shape_text((0, 3))}" == "shape (0, 3)"


@pytest.mark.parametrize(
    ("function", "operands", "settings", "written"),
    [
        ("square", ["−2"], "", "(−2)²"),
        ("negative", ["x"], "", "−x"),
        ("transpose", ["X"], "", "Xᵀ"),
        ("transpose", ["X"], "axes=(1, 0, 2)", "transpose(X, axes=(1, 0, 2))"),
        ("power", ["x", "n"], "", "x^n"),
        ("power", ["x", "−1"], "", "x^(−1)"),
        ("subtract", ["a", "−b"], "", "a − (−b)"),
    ],
)
def test_pictures_write_operations_as_textbooks_do(function, operands, settings, written):
    assert formula(function, operands, settings) == written


def test_a_cotangent_has_one_name_in_code_and_one_in_formulas():
    assert (bar_code("loss"), bar_mark("loss"), bar_mark("")) == ("loss_bar", "l̄oss", "")


def test_names_are_joined_as_in_a_sentence():
    assert [joined(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_a_product_costs_the_same_however_it_is_written(rng):
    A, B = rng.normal(size=(2, 3)), rng.normal(size=(3, 4))
    costs = [
        trace(f, A, B).cost().multiply_adds
        for f in (lambda A, B: np.sum(A @ B), lambda A, B: np.sum(np.einsum("ij,jk->ik", A, B)))
    ]
    assert costs == [24, 24]  # 2 * 3 * 4


def test_a_numerical_gradient_is_that_of_one_number():
    with pytest.raises(NotScalarError, match="numerical_jacobian") as refused:
        numerical_gradient(lambda x: 2 * x, np.ones(3))
    assert "shape (3,)" in str(refused.value)


@pytest.mark.parametrize("harmless", [{"casting": "same_kind"}, {"subok": True}])
def test_a_setting_that_changes_nothing_is_let_pass_and_another_is_refused(harmless):
    x = Tensor(2.0, requires_grad=True)
    assert np.add(x, 1.0, **harmless).item() == 3.0
    with pytest.raises(UsageError, match="casting"):
        np.add(x, 1.0, casting="unsafe")


def test_gelu_knows_two_forms_that_nearly_agree():
    x = np.linspace(-3.0, 3.0, 13)
    # Hendrycks & Gimpel's approximation is good to about 5e-4 in the value; in the slope to a few times that.
    assert np.allclose(gelu(x), gelu(x, approximate="tanh"), atol=1e-3)
    slopes = [grad(lambda x, form=form: np.sum(gelu(x, approximate=form)))(x) for form in ("none", "tanh")]
    assert np.allclose(*slopes, atol=3e-3)
    with pytest.raises(UsageError, match="two forms"):
        gelu(x, approximate="sigmoid")


def test_labels_may_be_rows_of_integers_and_be_smoothed(rng):
    logits, labels = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
    rows = np.eye(3)[labels]
    plain = cross_entropy(logits, labels)
    # The same numbers in another order of operations: a few units in the last place.
    assert np.isclose(cross_entropy(logits, rows.astype(int)), plain, rtol=1e-14)
    smoothed = 0.9 * rows + 0.1 / 3
    expected = cross_entropy(logits, smoothed)
    assert np.isclose(cross_entropy(logits, labels, label_smoothing=0.1), expected, rtol=1e-14)
    assert np.isclose(cross_entropy(logits, rows.astype(int), label_smoothing=0.1), expected, rtol=1e-14)


def test_padding_may_be_given_by_axis(rng):
    x = rng.normal(size=(2, 3))
    if np.lib.NumpyVersion(np.__version__) < "2.2.0":
        pytest.skip("NumPy's pad takes a dict from 2.2 on")
    weights = rng.normal(size=(2, 6))
    slope = grad(lambda x: np.sum(weights * np.pad(x, {1: (1, 2)})))(x)
    assert np.array_equal(slope, weights[:, 1:4])
    assert np.array_equal(grad(lambda x: np.sum(np.pad(x, {-1: 1})))(x), np.ones((2, 3)))
