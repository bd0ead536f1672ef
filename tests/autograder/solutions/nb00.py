"""NB00, as students write it."""

from __future__ import annotations

import numpy as np


def matmul_loops(A, B):
    n, k = A.shape
    rows, m = B.shape
    if rows != k:
        raise ValueError(f"inner sizes differ: {k} and {rows}")
    C = np.zeros((n, m))
    for i in range(n):
        for j in range(m):
            for s in range(k):
                C[i, j] += A[i, s] * B[s, j]
    return C


def matmul_with_lists(A, B):
    if len(A[0]) != len(B):
        raise ValueError("shapes do not fit")
    return [[sum(a * B[s][j] for s, a in enumerate(row)) for j in range(len(B[0]))] for row in A]


RIGHT = {"NB00.E01": [matmul_loops, matmul_with_lists]}

EQUAL = {}
