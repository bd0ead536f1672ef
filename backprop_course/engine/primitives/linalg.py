"""Products of matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..rules import declare
from ._tools import shape_of, sum_to


def _matmul_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for a, b in (
        ((2, 3), (3, 4)),
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 4)),
        ((5, 2, 3), (3, 4)),
        ((2, 3), (5, 3, 4)),
        ((5, 1, 2, 3), (6, 3, 4)),
        ((3,), (5, 3, 4)),
        ((5, 2, 3), (3,)),
        ((2, 0), (0, 3)),
    ):
        yield rng.normal(size=a), rng.normal(size=b)


def turned(x: Any) -> Any:
    """Exchange the last two axes."""
    return np.swapaxes(x, -1, -2) if len(shape_of(x)) > 2 else x.T


def _matrices(out_bar: Any, out: Any, a: Any, b: Any) -> tuple[Any, Any, Any, int]:
    """Read vectors as matmul does: the left one as a row, the right one as a column."""
    batch = len(shape_of(out_bar)) - len(shape_of(out))
    if len(shape_of(b)) == 1:
        b, out_bar = b[:, None], out_bar[..., None]
    if len(shape_of(a)) == 1:
        a, out_bar = a[None, :], out_bar[..., None, :]
    return out_bar, a, b, batch


# Y = A B: A_bar = Y_bar B', B_bar = A' Y_bar (NB03.W6). Stacks of matrices broadcast, and are summed back.
def _matmul_vjp_left(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
    y_bar, _, b, batch = _matrices(out_bar, out, a, b)
    a_bar = np.matmul(y_bar, turned(b))
    return sum_to(a_bar if len(shape_of(a)) > 1 else a_bar[..., 0, :], shape_of(a), batch)


def _matmul_vjp_right(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
    y_bar, a, _, batch = _matrices(out_bar, out, a, b)
    b_bar = np.matmul(turned(a), y_bar)
    return sum_to(b_bar if len(shape_of(b)) > 1 else b_bar[..., 0], shape_of(b), batch)


declare(
    np.matmul,
    vjp=[_matmul_vjp_left, _matmul_vjp_right],
    jvp=[lambda a_dot, out, a, b: np.matmul(a_dot, b), lambda b_dot, out, a, b: np.matmul(a, b_dot)],
    samples=_matmul_samples,
)
