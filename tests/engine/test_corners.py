"""Numbers at corners that random samples do not meet: ties, singular matrices, repeated values, steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from backprop_course import (
    compile,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    logsumexp,
    numerical_jacobian,
    softmax,
    vjp,
)


def test_the_mixed_derivative_of_a_power_at_exponent_zero():
    # d/db d/da a**b = a**(b-1) (1 + b log a), which is 1/a at b = 0.
    assert grad(lambda b: grad(lambda a: a**b)(4.0))(0.0) == pytest.approx(0.25)
    np.testing.assert_array_equal(
        grad(lambda a: np.sum(a ** np.array([0.0, 1.0, 2.0])))(np.zeros(3)), [0, 1, 0]
    )
    assert hessian(lambda x: x**2)(0.0) == 2.0
    assert hessian(lambda x: x**1)(0.0) == 0.0


def test_the_value_at_the_step_of_heaviside_has_slope_one_there():
    slopes = vjp(lambda h: np.heaviside(np.array([-1.0, 0.0, 1.0]), h), 0.5)[1](np.array([1.0, 10.0, 100.0]))
    assert slopes == (10.0,)


def test_modf_divmod_and_their_parts_have_the_slopes_of_parts():
    x = np.array([1.25, -2.5])
    whole = vjp(lambda x: np.modf(x)[1], x)[1](np.ones(2))[0]
    fraction = vjp(lambda x: np.modf(x)[0], x)[1](np.ones(2))[0]
    np.testing.assert_array_equal([whole, fraction], [[0.0, 0.0], [1.0, 1.0]])
    assert grad(lambda b: divmod_of(7.5, b)[1])(2.0) == -3.0


def divmod_of(a, b):
    return np.divmod(a, b)


@pytest.mark.parametrize("rank", [0, 1, 2, 3])
def test_the_determinant_of_singular_matrices_has_slopes_of_first_and_second_order(rank, rng):
    u, v = rng.normal(size=(3, rank)), rng.normal(size=(rank, 3))
    A = np.round(u @ v * 4) if rank < 3 else rng.normal(size=(3, 3))
    if rank == 2:
        A[2] = A[0] + A[1]  # singular to the last bit
    if rank == 1:
        A[1], A[2] = 2 * A[0], 4 * A[0]
    np.testing.assert_allclose(grad(np.linalg.det)(A), cofactors(A), rtol=1e-12, atol=1e-12)
    second = hessian(np.linalg.det)(A).reshape(9, 9)
    # The determinant is linear in each entry: differences of its exact slopes are exact but for rounding.
    expected = numerical_jacobian(cofactors, A).reshape(9, 9)
    np.testing.assert_allclose(second, expected, rtol=1e-6, atol=1e-7)


def cofactors(A):
    x, y, z = A
    return np.array([np.cross(y, z), np.cross(z, x), np.cross(x, y)])


def determinant(A):
    """By the definition, in integers: without rounding."""
    n = len(A)
    if not n:
        return 1
    return sum(
        (-1) ** j * A[0][j] * determinant([[*row[:j], *row[j + 1 :]] for row in A[1:]]) for j in range(n)
    )


def exact_slope(A, *entries):
    """Derivative of the determinant by the given entries: it is linear in each, so ones and zeros tell it."""
    A = [list(map(int, row)) for row in A]
    if len({i for i, _ in entries}) < len(entries):
        return 0
    for i, j in entries:
        A[i] = [int(k == j) for k in range(len(A))]
    return determinant(A)


SINGULAR = {
    "to rounding": [[1, 2, 3], [4, 5, 6], [7, 8, 9]],  # NumPy's determinant: 6.7e-16
    "to the last bit": [[2, 4], [1, 2]],
    "rank 2 of 4": [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 17 - 1]],
    "rank 1": [[3, 7, 11], [6, 14, 22], [9, 21, 33]],
    "nearly": [[10**7, 10**7 + 1], [10**7 + 1, 10**7 + 2]],
    "of one entry": [[0]],
    "in other units": [[10**12, 3 * 10**3, 5], [2 * 10**12, 6 * 10**3, 11], [3 * 10**12, 9 * 10**3, 17]],
}


@pytest.mark.parametrize("which", SINGULAR)
def test_the_determinant_has_exact_slopes_to_third_order_where_it_is_only_rounding(which):
    A = np.array(SINGULAR[which], float)
    n = len(A)
    places = list(np.ndindex(n, n))
    first = grad(np.linalg.det)(A)
    second = hessian(np.linalg.det)(A)
    for p in places:
        # 1e-13: some hundred roundings of products of the other entries; an exact 0 is a sum of such.
        assert first[p] == pytest.approx(exact_slope(A, p), rel=1e-12, abs=1e-13 * scale(A, p)), p
        for q in places:
            assert second[p + q] == pytest.approx(exact_slope(A, p, q), rel=1e-12, abs=1e-13 * scale(A, p, q))
    third = jacobian(hessian(np.linalg.det))(A) if n <= 3 else None
    for p, q, r in itertools.product(places, repeat=3) if n <= 3 else ():
        expected = exact_slope(A, p, q, r)
        assert third[p + q + r] == pytest.approx(expected, rel=1e-12, abs=1e-13 * scale(A, p, q, r))


def scale(A, *entries):
    """The size of the products of what is left when rows and columns of these entries are taken out."""
    rows = np.max(np.abs(A), axis=1) + (A == 0).all(axis=1)
    columns = np.max(np.abs(A / rows[:, None]), axis=0) + (A == 0).all(axis=0)
    return float(np.prod(rows) * np.prod(columns) / np.prod([rows[i] * columns[j] for i, j in entries]))


def test_the_determinant_of_what_is_not_finite_or_has_no_rows():
    A = np.stack([np.full((2, 2), np.nan), np.array([[1.0, 2.0], [3.0, 4.0]])])
    with np.errstate(invalid="ignore"):  # NumPy's own warning
        slopes = grad(lambda A: np.linalg.det(A)[1])(A)
    np.testing.assert_array_equal(np.isnan(slopes[0]), True)
    np.testing.assert_allclose(slopes[1], [[4.0, -3.0], [-2.0, 1.0]], rtol=1e-12)
    assert grad(np.linalg.det)(np.zeros((0, 0))).shape == (0, 0)
    assert hessian(np.linalg.det)(np.zeros((0, 0))).shape == (0, 0, 0, 0)


def test_a_compiled_slope_of_a_determinant_is_for_singular_matrices_too():
    A = np.array(SINGULAR["to rounding"], float)
    fast = compile(grad(np.linalg.det), np.eye(3))
    np.testing.assert_array_equal(fast(A), grad(np.linalg.det)(A))


def test_a_stack_may_hold_singular_and_regular_matrices(rng):
    A = np.stack([np.eye(3), np.zeros((3, 3)), rng.normal(size=(3, 3))])
    slopes = grad(lambda A: np.sum(np.linalg.det(A)))(A)
    np.testing.assert_allclose(slopes, [cofactors(a) for a in A], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("A", [np.eye(3), np.zeros((3, 3)), np.ones((3, 3)), np.diag([2.0, 2.0, 1.0])])
def test_symmetric_functions_of_repeated_eigenvalues_are_smooth(A, rng):
    dot = rng.normal(size=(3, 3))
    for f, slope in (
        (lambda A: np.sum(np.linalg.eigvalsh(A)), np.eye(3)),
        (lambda A: np.sum(np.linalg.eigvalsh(A) ** 2), 2 * A),
        (lambda A: np.sum(np.linalg.eigh(A)[0] ** 2), 2 * A),
    ):
        np.testing.assert_allclose(grad(f)(A), slope, atol=1e-12)
    f = lambda A: np.sum(np.linalg.eigvalsh(A) ** 2)  # noqa: E731
    np.testing.assert_allclose(jvp(f, (A,), (dot,))[1], np.sum(2 * A * dot), atol=1e-12)


def test_norms_by_singular_values_at_repeated_and_at_zero_ones(rng):
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    nuclear = lambda A: np.linalg.norm(A, "nuc")  # noqa: E731
    np.testing.assert_allclose(grad(nuclear)(turn), turn, atol=1e-12)
    u, v = np.array([3.0, 4.0]) / 5.0, np.array([1.0, 0.0, 0.0])
    rank_one = 2.0 * np.outer(u, v)
    np.testing.assert_allclose(grad(lambda A: np.linalg.norm(A, 2))(rank_one), np.outer(u, v), atol=1e-12)
    dot = rng.normal(size=(2, 3))
    _, out_dot = jvp(lambda A: np.linalg.norm(A, 2), (rank_one,), (dot,))
    assert out_dot == pytest.approx(u @ dot @ v)
    singular = lambda A: np.linalg.svd(A, full_matrices=False)[1][0]  # noqa: E731
    np.testing.assert_allclose(grad(singular)(rank_one), np.outer(u, v), atol=1e-12)


@pytest.mark.parametrize("order", [None, 1, 2, 3, np.inf, 1.5, "fro", "nuc"])
def test_norms_of_zeros_have_slope_zero_or_a_share_of_it(order):
    shape = (2, 2) if isinstance(order, str) else (3,)
    slope = grad(lambda x: np.linalg.norm(x, order))(np.zeros(shape))
    if order == "nuc":  # any U V' is a subgradient
        assert np.linalg.norm(slope, 2) <= 1.0 + 1e-12
    else:
        np.testing.assert_array_equal(slope, np.zeros(shape))


@pytest.mark.parametrize(
    "f",
    [
        np.linalg.norm,
        lambda x: np.hypot(x[0], x[1]),
        lambda x: np.arctan2(x[0], x[1]),
        lambda x: np.linalg.norm(x, axis=0),
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, 1.5),
    ],
)
def test_second_derivatives_at_the_zero_vector_follow_from_slope_zero(f):
    zero = np.zeros(2)
    np.testing.assert_array_equal(grad(f)(zero), zero)
    np.testing.assert_array_equal(hvp(f, (zero,), (np.array([1.0, 2.0]),))[0], zero)
    np.testing.assert_array_equal(jacobian(hessian(f))(zero), np.zeros((2, 2, 2)))


def test_norms_with_an_entry_of_zero_are_silent_in_second_order():
    x, v = np.array([0.0, 4.0, -9.0]), np.array([1.0, 2.0, 3.0])
    for order in (1.5, 2, 2.5, 3, 4):
        (product,) = hvp(lambda x, order=order: np.linalg.norm(x, order), (x,), (v,))
        assert np.isfinite(product).all()
        # Below 2 the slope of the entry at zero changes infinitely fast, which counts as not at all, as for
        # |x|; above 2 it does not change. Between its neighbours, nothing of this matters.
        if order != 2:
            assert product[0] == 0.0
        slope = grad(lambda x, order=order: np.linalg.norm(x, order))
        difference = (slope(x + 1e-6 * v * (x != 0)) - slope(x - 1e-6 * v * (x != 0))) / 2e-6
        # Central differences of step 1e-6 are right to about 1e-9.
        np.testing.assert_allclose(product[1:], difference[1:], rtol=1e-7, atol=1e-9)


def test_even_powers_in_a_norm_have_their_fourth_derivative_at_zero():
    def fourth_powers(x):
        return np.linalg.norm(np.stack([x, x * 0.0 + 1.0]), 4) ** 4  # x**4 + 1

    derivative = fourth_powers
    for _ in range(4):
        derivative = grad(derivative)
    assert derivative(0.0) == pytest.approx(24.0, rel=1e-12)


@pytest.mark.parametrize(
    "f", [logsumexp, lambda x: np.logaddexp(x[0], x[1]), lambda x: np.logaddexp2(x[0], x[1])]
)
def test_the_logarithm_of_a_sum_of_nothing_is_silent_and_flat(f):
    nothing = np.full(2, -np.inf)
    assert f(nothing) == -np.inf
    assert jvp(f, (nothing,), (np.ones(2),)) == (-np.inf, 0.0)
    np.testing.assert_array_equal(grad(f)(nothing), [0.0, 0.0])
    np.testing.assert_array_equal(hvp(f, (nothing,), (np.ones(2),))[0], [0.0, 0.0])
    one = np.array([-np.inf, 2.0])
    assert f(one) == 2.0
    np.testing.assert_array_equal(grad(f)(one), [0.0, 1.0])
    np.testing.assert_array_equal(hvp(f, (one,), (np.ones(2),))[0], [0.0, 0.0])


def test_rows_of_nothing_beside_others_leave_them_alone(rng):
    x = np.stack([np.full(3, -np.inf), rng.normal(size=3)])
    for keepdims in (False, True):
        out, pull = vjp(lambda x, k=keepdims: logsumexp(x, axis=1, keepdims=k), x)
        assert out.shape == ((2, 1) if keepdims else (2,))
        assert out.ravel()[0] == -np.inf
        np.testing.assert_allclose(pull(np.ones(out.shape))[0], [np.zeros(3), softmax(x[1])], rtol=1e-14)
    assert logsumexp(np.array([np.inf, -np.inf, 0.0])) == np.inf


@pytest.mark.parametrize("f", [np.linalg.cholesky, lambda A: np.linalg.eigh(A)[0], np.linalg.eigvalsh])
def test_functions_of_symmetric_matrices_answer_for_the_symmetric_part(f, rng):
    """Slopes are symmetric: moving an entry means moving its mirror image with it, by half each."""
    A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])
    out, f_vjp = vjp(f, A)
    np.testing.assert_allclose(out, f(A), rtol=1e-14, atol=1e-15)
    out_bar = rng.normal(size=out.shape)
    (slope,) = f_vjp(out_bar)
    np.testing.assert_allclose(slope, slope.T, atol=1e-14)
    S = rng.normal(size=(3, 3))
    S, h = S + S.T, 1e-6
    difference = np.sum(out_bar * (f(A + h * S) - f(A - h * S))) / (2 * h)
    assert np.sum(slope * S) == pytest.approx(difference, rel=1e-8)


def test_minimum_norm_solutions_jump_where_columns_become_dependent():
    from backprop_course.errors import NoDerivativeError

    A = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    with pytest.raises(NoDerivativeError, match=r"full rank, 2(.|\n)*rank 1(.|\n)*ridge"):
        grad(lambda A: np.sum(np.linalg.lstsq(A, np.ones(3))[0]))(A)


def test_what_is_not_unique_is_refused_with_the_way_out():
    from backprop_course.errors import NoDerivativeError

    A = np.ones((3, 2))
    with pytest.raises(NoDerivativeError, match="full_matrices=False"):
        grad(lambda A: np.sum(np.linalg.svd(A)[0]))(A)
    with pytest.raises(NoDerivativeError, match="mode='reduced'"):
        grad(lambda A: np.sum(np.linalg.qr(A, mode="complete")[0]))(A)


def test_interpolation_between_one_point_is_that_point():
    slopes = grad(lambda x, xp, fp: np.sum(np.interp(x, xp, fp)), (0, 1, 2))(
        np.array([0.0, 1.0, 2.0]), np.array([1.0]), np.array([5.0])
    )
    for got, expected in zip(slopes, ([0.0, 0.0, 0.0], [0.0], [3.0]), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_products_of_polynomials_drop_leading_zeros_as_numpy_does():
    p = np.array([0.0, 0.0, 1.0, 2.0])
    out, pull = vjp(lambda p: np.polymul(p, [1.0, 1.0]), p)
    np.testing.assert_array_equal(out, np.polymul(p, [1.0, 1.0]))
    np.testing.assert_array_equal(pull(np.array([1.0, 10.0, 100.0]))[0], [0.0, 0.0, 11.0, 110.0])


def test_the_count_of_entries_keeps_float32_and_is_flat():
    x = np.float32([0.0, 1.0, 2.0])
    out, pull = vjp(lambda x: np.linalg.norm(x, 0), x)
    assert (out, out.dtype) == (2.0, np.float32)
    np.testing.assert_array_equal(pull(np.float32(1.0))[0], np.zeros(3))
