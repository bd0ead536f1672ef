"""NB00: start here."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M02, M10, M28, Kind
from ..reference import values_of

SHAPED_LIKE_A = Kind(
    "shaped-like-a",
    "the result has the shape of the first factor",
    "There are as many columns as the first factor has.",
    "The array for the result is made with the wrong shape.",
    "A product has the rows of its first factor and the columns of its second. The inner size, which both "
    "share, disappears.",
    "NB00.W3",
)
SECOND_READ_BY_ROWS = Kind(
    "second-read-by-rows",
    "the second factor is read by its rows",
    "The numbers are those of a product with the second factor transposed, or an index runs past its end.",
    "The two indices of a factor are exchanged.",
    "Each entry of the product pairs a row of the first factor with a column of the second. The summed "
    "index comes last in the first factor, and first in the second.",
    "NB00.W3",
)


def _loops(
    made: Any = lambda A, B: np.zeros((A.shape[0], B.shape[1])),
    entry: Any = lambda before, a, B, s, j: before + a * B[s, j],
) -> Any:
    """Return the triple loop, or one with a slip in it."""

    def matmul_loops(A: Any, B: Any) -> Any:
        C = made(A, B)
        for i in range(A.shape[0]):
            for j in range(B.shape[1]):
                for s in range(A.shape[1]):
                    C[i, j] = entry(C[i, j], A[i, s], B, s, j)
        return C

    return matmul_loops


def _integers(rng: np.random.Generator, *shape: int) -> Any:
    return rng.integers(-4, 5, shape)


# On the instances for naming m < k < n: an array shaped like A has room for the result.
matmul_loops = Exercise(
    id="NB00.E01",
    points=0,
    see="NB00.W3",
    pieces=[
        Piece(
            answer="matmul_loops(A: (n, k), B: (k, m)) -> C: (n, m)",
            reference=values_of(lambda A, B: A @ B),
            instances=sizes(
                n=6,
                k=(1, 5),
                m=3,
                second={"n": 7, "k": 6, "m": 4},
                cases={
                    "the factors hold integers": {
                        "A": lambda rng, n, k: _integers(rng, n, k),
                        "B": lambda rng, k, m: _integers(rng, k, m),
                    },
                    "the first factor holds integers": {"A": lambda rng, n, k: _integers(rng, n, k)},
                    "the first factor holds integers, the second large numbers": {
                        "A": lambda rng, n, k: _integers(rng, n, k),
                        "B": lambda rng, k, m: 10.0 * rng.standard_normal((k, m)),
                    },
                },
            ),
            mistakes=[
                M02(lambda A, B: (A @ B).T),
                M10(_loops(entry=lambda before, a, B, s, j: a * B[s, j])),
                M28(_loops(made=lambda A, B: np.zeros((A.shape[0], B.shape[1]), int))),
                M28(_loops(made=lambda A, B: np.zeros((A.shape[0], B.shape[1]), A.dtype))),
                SHAPED_LIKE_A(_loops(made=lambda A, B: np.zeros_like(A))),
                SECOND_READ_BY_ROWS(_loops(entry=lambda before, a, B, s, j: before + a * B[j, s])),
            ],
        ),
        Piece(
            answer="matmul_loops(A: (n, k), B: (k, m)) -> C: (n, m)",
            probe="common.raises(kind, A: (n, k), B: (j, m)) -> mismatch",
            reference=values_of(lambda: "ValueError"),
            instances=sizes(n=4, k=5, j=3, m=6, draw={"kind": lambda: "ValueError"}, without=["float32"]),
            mistakes=[],
        ),
    ],
)
