"""Answers to NB00, right and wrong."""

from __future__ import annotations

import numpy as np

from . import Right, Wrong


def matmul_result_filled_by_columns(A, B):
    n, k = A.shape
    k2, m = B.shape
    if k != k2:
        raise ValueError("cannot multiply")
    C = np.zeros((m, n))
    for col in range(m):
        for row in range(n):
            total = 0.0
            for s in range(k):
                total += A[row, s] * B[s, col]
            C[col, row] = total
    return C


def matmul_overwrites(A, B):
    if A.shape[1] != B.shape[0]:
        raise ValueError("sizes!")
    C = np.zeros((A.shape[0], B.shape[1]))
    for i in range(A.shape[0]):
        for j in range(B.shape[1]):
            for s in range(A.shape[1]):
                C[i, j] = A[i, s] * B[s, j]
    return C


def matmul_type_of_a(A, B):
    rows, inner = A.shape
    if len(B) != inner:
        raise ValueError(f"inner sizes {inner} and {len(B)} differ")
    C = np.zeros((rows, B.shape[1]), dtype=A.dtype)  # right shape now
    for i in range(rows):
        for j in range(B.shape[1]):
            C[i, j] = sum(A[i, s] * B[s, j] for s in range(inner))
    return C


def matmul_one_number_for_each_row(A, B):
    n, k = A.shape
    if k != B.shape[0]:
        raise ValueError("no")
    C = np.zeros((n, B.shape[1]))
    for i in range(n):
        acc = 0.0  # should be reset for every j
        for j in range(B.shape[1]):
            for s in range(k):
                acc += A[i, s] * B[s, j]
            C[i, j] = acc
    return C


def matmul_never_refuses(A, B):
    C = np.zeros((A.shape[0], B.shape[1]))
    for i, row in enumerate(A):
        for j, col in enumerate(B.T):
            for a, b in zip(row, col, strict=False):
                C[i, j] += a * b
    return C


def matmul_as_sum_of_outer_products(A, B):
    (n, k), (k2, m) = A.shape, B.shape
    if k != k2:
        raise ValueError(f"A has {k} columns but B has {k2} rows")
    C = np.zeros((n, m))
    for s in range(k):
        C += A[:, s, None] * B[None, s, :]
    return C


def matmul_nested_lists(A, B):
    if np.shape(A)[1] != np.shape(B)[0]:
        raise ValueError("inner sizes differ")
    columns = list(zip(*B, strict=True))
    return [[float(sum(x * y for x, y in zip(row, col, strict=True))) for col in columns] for row in A]


WRONG = [
    Wrong("NB00.E01", "M02", "the result is filled the wrong way round", matmul_result_filled_by_columns),
    Wrong("NB00.E01", "M10", "each term replaces the one before", matmul_overwrites),
    Wrong("NB00.E01", "M28", "the result takes the type of A, which may be integers", matmul_type_of_a),
    Wrong("NB00.E01", "", "the sum runs on from entry to entry", matmul_one_number_for_each_row),
    Wrong("NB00.E01", "", "different inner sizes are not refused", matmul_never_refuses),
]
RIGHT = [
    Right("NB00.E01", "a sum of outer products by broadcasting", matmul_as_sum_of_outer_products),
    Right("NB00.E01", "nested lists returned", matmul_nested_lists),
]
