"""Values between samples, evenly spaced values, choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..bare import values_in
from ._calls import compose
from ._tools import given, shape_of
from .indexing import put


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    """Straight lines between the points (xp, fp); outside them the values at the ends, with slope 0."""
    at, ends = np.asarray(values_in(x)), np.asarray(values_in(xp))
    cell = np.clip(np.searchsorted(ends, at, side="right") - 1, 0, max(len(ends) - 2, 0))
    after = np.minimum(cell + 1, len(ends) - 1)
    x0, x1, f0, f1 = xp[cell], xp[after], fp[cell], fp[after]
    inside = f0 + (x - x0) / np.where(after == cell, 1.0, x1 - x0) * (f1 - f0)
    below, above = fp[0] if left is None else left, fp[-1] if right is None else right
    return np.where(at < ends[0], below, np.where(at > ends[-1], above, inside))


def _points(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield np.array([-1.0, 0.3, 1.7, 2.4, 9.0]), np.array([0.0, 1.0, 2.0, 4.0]), rng.normal(size=4)


compose(np.interp, _interp, _points)


def _linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, axis: int = 0
) -> Any:
    parts = num - 1 if endpoint else num
    shares = np.arange(num) / max(parts, 1)
    rank = max(len(shape_of(start)), len(shape_of(stop)))
    shares = np.reshape(shares, (-1,) + (1,) * rank).astype(np.result_type(*map(_kind, (start, stop))))
    spaced = np.moveaxis(start + shares * (stop - start), 0, axis)
    return (spaced, (stop - start) / parts) if retstep else spaced


def _kind(x: Any) -> Any:
    """The floating dtype that `x` asks for; Python's numbers ask for none."""
    return x.dtype if hasattr(x, "dtype") and x.dtype.kind == "f" else np.float64


def _logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, axis: int = 0
) -> Any:
    return base ** np.linspace(start, stop, num, endpoint, axis=axis)


def _geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    rank = max(len(shape_of(start)), len(shape_of(stop)))
    zero = np.zeros(rank * (1,), np.result_type(*map(_kind, (start, stop))))[()]
    shares = np.linspace(zero, zero + 1.0, num, endpoint)
    return np.moveaxis(start * (stop / start) ** shares, 0, axis)  # the ratio of neighbours stays


def _ends(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield rng.uniform(0.5, 2.0), rng.uniform(0.5, 2.0), {"num": 4}
    yield (
        rng.uniform(0.5, 2.0, size=2),
        rng.uniform(0.5, 2.0, size=2),
        {"num": 3, "endpoint": False, "axis": 1},
    )


compose(
    np.linspace,
    _linspace,
    given(((), (), {"num": 4}), ((2,), (2,), {"num": 3, "endpoint": False}), ((), (), 3, True, True)),
)
compose(np.logspace, _logspace, _ends)
compose(np.geomspace, _geomspace, _ends)


def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0.0) -> Any:
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        default = np.where(condition, choice, default)
    return default


def _piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """Each function where its condition holds; one function more is for where none does."""
    conditions = list(np.asarray(condlist, bool).reshape(-1, *shape_of(x)))
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    out = np.zeros_like(x)
    for condition, piece in zip(conditions, funclist, strict=True):
        part = piece(x[condition], *args, **kw) if callable(piece) else piece
        part = np.broadcast_to(part, (int(np.sum(condition)),))
        out = np.where(condition, put(part, shape=shape_of(x), index=condition), out)
    return out


def _choose(a: Any, choices: Sequence[Any], mode: Any = "raise") -> Any:
    numbers = np.asarray(values_in(a))
    shape = np.broadcast_shapes(numbers.shape, *map(shape_of, choices))
    numbers = np.choose(numbers, np.arange(len(choices)), mode=mode)  # refuses, wraps or clips as NumPy does
    every = np.stack([np.broadcast_to(choice, shape) for choice in choices])
    return np.take_along_axis(every, np.broadcast_to(numbers, shape)[None], 0)[0]


compose(
    np.select,
    _select,
    given(([np.array([True, False, False]), np.array([True, True, False])], [(3,), (3,)], {})),
)
compose(
    np.piecewise,
    _piecewise,
    given(
        (
            (4,),
            [np.array([True, False, False, True]), np.array([False, True, False, False])],
            [np.sin, 2.0, np.exp],
        )
    ),
)
compose(
    np.choose,
    _choose,
    given((np.array([0, 1, 1]), [(3,), (2, 3)], {}), (np.array([0, 3, 1]), [(3,), (3,)], {"mode": "wrap"})),
)
