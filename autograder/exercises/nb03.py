"""NB03: derivatives, Jacobians and three ways to differentiate."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M02, Kind
from ..reference import values_of

EXCHANGED = Kind(
    "calls-exchanged",
    "as many products are made as the other mode needs",
    "The number of calls is that of the other mode, or an index runs past its end.",
    "Rows and columns are exchanged.",
    "A product with a unit vector on the right gives a column, and there are as many columns as inputs; "
    "one on the left gives a row, and there are as many rows as outputs.",
    "NB03.W5",
)


def _by_columns(product: Any, n: int, m: int, mode: str) -> Any:
    return np.stack([product(e) for e in np.eye(n)], axis=1)


def _by_rows(product: Any, n: int, m: int, mode: str) -> Any:
    return np.stack([product(e) for e in np.eye(m)])


def _mode(mode: str, right: Any, wrong: Any) -> Piece:
    calls = f"calls_for_{mode}"
    return Piece(
        answer="jacobian_from_products(product, n, m, mode) -> J: (m, n)",
        probe=f"nb03.counted(A: (m, n), mode) -> {mode}: (m, n), {calls}",
        reference=values_of(lambda A, m, n: {mode: A, calls: n if mode == "columns" else m}),
        instances=sizes(m=(1, 5), n=(1, 3), draw={"mode": lambda: mode}),
        mistakes=[
            M02(lambda product, n, m, mode: right(product, n, m, mode).T),
            EXCHANGED(wrong),
            EXCHANGED(lambda product, n, m, mode: right(product, m, n, mode)),
        ],
    )


jacobian_from_products = Exercise(
    id="NB03.E06",
    points=3,
    see="NB03.W5",
    pieces=[_mode("columns", _by_columns, _by_rows), _mode("rows", _by_rows, _by_columns)],
)
