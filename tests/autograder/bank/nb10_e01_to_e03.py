"""Answers to NB10 as students write them: a gradient check, names, repairs, a network trained by hand.

E01 to E03.
"""

from __future__ import annotations

import itertools

import numpy as np

from . import Right, Wrong

# E01 -----------------------------------------------------------------------------------------------------


def error_absolute(a, b):
    return float(np.max(np.abs(np.asarray(a) - np.asarray(b))))


def error_with_safety(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return float((np.abs(a - b) / (np.maximum(np.abs(a), np.abs(b)) + 1e-8)).max())


def error_mean(a, b):
    errors = []
    for u, v in zip(np.ravel(a), np.ravel(b), strict=True):
        size = max(abs(u), abs(v))
        errors.append(abs(u - v) / size if size else 0.0)
    return float(np.mean(errors))


def error_of_norms(a, b):
    a, b = np.atleast_1d(a) * 1.0, np.atleast_1d(b) * 1.0
    bottom = max(np.linalg.norm(a), np.linalg.norm(b))
    return 0.0 if bottom == 0 else float(np.linalg.norm(a - b) / bottom)


def error_divides_by_sum(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.abs(a) + np.abs(b)
    return float(np.max(np.abs(a - b) / np.where(size == 0, 1, size)))


def error_nan_at_zero(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    with np.errstate(all="ignore"):
        return float(np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))))


def error_loop(a, b):
    worst = 0.0
    for u, v in zip(np.ravel(a).tolist(), np.ravel(b).tolist(), strict=True):
        if u != v:
            worst = max(worst, abs(u / max(abs(u), abs(v)) - v / max(abs(u), abs(v))))
    return worst


def error_divide_where(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.maximum(np.abs(a), np.abs(b))
    out = np.zeros(np.shape(size))
    np.divide(np.abs(a - b), size, out=out, where=size != 0)
    return np.max(out)


# E02 -----------------------------------------------------------------------------------------------------


def differ(p, q):
    top = max(abs(p), abs(q))
    return 0.0 if top == 0 else abs(p - q) / top


def slope_along(f, x, v, h=1e-5):
    return (f(x + h * v) - f(x - h * v)) / (2 * h)


def unit(shape, index):
    e = np.zeros(shape)
    e[index] = 1.0
    return e


def check_one_sided(f, grad, x, n_dirs, rng):
    h = 1e-3
    g = grad(x)
    if all(
        differ((f(x + h * v) - f(x)) / h, np.sum(g * v)) < 1e-4
        for v in (rng.normal(size=x.shape) for _ in range(n_dirs))
    ):
        return True, None
    errs = {i: differ((f(x + h * unit(x.shape, i)) - f(x)) / h, g[i]) for i in np.ndindex(x.shape)}
    worst = max(errs, key=errs.get)
    return errs[worst] < 1e-4, worst


def check_ones_only(f, grad, x, n_dirs, rng):
    g = grad(x)
    v = np.ones(x.shape)
    for _ in range(n_dirs):
        if differ(slope_along(f, x, v), (g * v).sum()) > 1e-4:
            break
    else:
        return True, None
    errs = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        errs[i] = differ(slope_along(f, x, unit(x.shape, i)), g[i])
    return bool(errs.max() < 1e-4), np.unravel_index(errs.argmax(), x.shape)


def check_absolute(f, grad, x, n_dirs, rng):
    g = np.asarray(grad(x))
    ok = True
    for _ in range(n_dirs):
        v = rng.normal(size=x.shape)
        if abs(slope_along(f, x, v) - np.vdot(g, v)) > 1e-4:
            ok = False
    if ok:
        return True, None
    best, where = -1.0, None
    for i in np.ndindex(x.shape):
        err = abs(slope_along(f, x, unit(x.shape, i)) - g[i])
        if err > best:
            best, where = err, i
    return best <= 1e-4, where


def check_flat_index(f, grad, x, n_dirs, rng):
    g = grad(x)
    dirs = [rng.normal(size=x.shape) for _ in range(n_dirs)]
    if all(differ(slope_along(f, x, v), np.sum(g * v)) < 1e-4 for v in dirs):
        return True, None
    errs = [differ(slope_along(f, x, unit(x.shape, i)), g[i]) for i in np.ndindex(x.shape)]
    return max(errs) < 1e-4, int(np.argmax(errs))


def check_by_perturbing_a_copy(f, grad, x, n_dirs, rng):
    h = 4e-6
    claimed = np.array(grad(x.copy()), dtype=float)

    def measured(direction):
        left, right = x.copy(), x.copy()
        left -= h * direction
        right += h * direction
        return (f(right) - f(left)) / (2 * h)

    agree = True
    for _ in range(n_dirs):
        v = rng.standard_normal(x.shape)
        v = v / np.sqrt(np.sum(v * v))
        m, c = measured(v), float(np.tensordot(claimed, v, claimed.ndim))
        agree = agree and abs(m - c) <= 1e-4 * max(abs(m), abs(c))
    if agree:
        return [True, None]
    errors = []
    for index in itertools.product(*map(range, x.shape)):
        e = np.zeros(x.shape)
        e[index] = 1
        m, c = measured(e), claimed[index]
        errors.append((abs(m - c) / (max(abs(m), abs(c)) or 1.0), index))
    err, index = max(errors)
    return [err <= 1e-4, list(index)]


# E03 -----------------------------------------------------------------------------------------------------


def name_by_shape(student_grad, problem):
    for code, wrong in problem.mistakes.items():
        if np.shape(wrong) == np.shape(student_grad) and np.shape(wrong) != np.shape(problem.reference):
            return code
    return "none"


def name_by_broadcast(student_grad, problem):
    if np.allclose(student_grad, problem.reference):
        return "none"
    for code, wrong in problem.mistakes.items():
        try:
            if np.allclose(student_grad, wrong):
                return code
        except ValueError:
            continue
    return "none"


def name_the_nearest(student_grad, problem):
    def distance(w):
        return np.abs(np.sum(student_grad) - np.sum(w))

    options = {"none": problem.reference, **problem.mistakes}
    return min(options, key=lambda code: distance(options[code]))


def name_without_the_reference(student_grad, problem):
    got = np.asarray(student_grad)
    for code in problem.mistakes:
        wrong = np.asarray(problem.mistakes[code])
        if got.shape == wrong.shape and np.allclose(got, wrong, rtol=1e-1, atol=0):
            return code
    return "none"


def name_with_a_helper(student_grad, problem):
    def same(a, b):
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        if a.shape != b.shape:
            return False
        return all(abs(u - v) <= 1e-7 * max(abs(u), abs(v)) for u, v in zip(a.flat, b.flat, strict=True))

    names = ["none"] if same(student_grad, problem.reference) else []
    names += [code for code, wrong in problem.mistakes.items() if same(student_grad, wrong)]
    return (names or ["none"])[0]


WRONG = [
    Wrong("NB10.E01", "", "absolute error", error_absolute),
    Wrong("NB10.E01", "", "a constant below", error_with_safety),
    Wrong("NB10.E01", "", "mean over the entries", error_mean),
    Wrong("NB10.E01", "", "ratio of norms", error_of_norms),
    Wrong("NB10.E01", "", "divides by the sum of sizes", error_divides_by_sum),
    Wrong("NB10.E01", "", "nan where both are 0", error_nan_at_zero),
    Wrong("NB10.E02", "", "one-sided", check_one_sided),
    Wrong("NB10.E02", "", "direction of ones", check_ones_only),
    Wrong("NB10.E02", "", "absolute tolerance", check_absolute),
    Wrong("NB10.E02", "", "index of the flat array", check_flat_index),
    Wrong("NB10.E03", "", "by shape only", name_by_shape),
    Wrong("NB10.E03", "", "broadcasts", name_by_broadcast),
    Wrong("NB10.E03", "", "the nearest sum", name_the_nearest),
    Wrong("NB10.E03", "", "tolerance of a tenth, reference not asked", name_without_the_reference),
]

RIGHT = [
    Right("NB10.E01", "a loop, divides first", error_loop),
    Right("NB10.E01", "divide with where, a NumPy number", error_divide_where),
    Right("NB10.E02", "unit directions, lists", check_by_perturbing_a_copy),
    Right("NB10.E03", "a helper, all names first", name_with_a_helper),
]
