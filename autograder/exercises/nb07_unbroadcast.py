"""NB07, continued: broadcasting undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise
from ..instances import made
from ..mistakes import M04, M06, M10, M20, M21, M32, M36, Kind
from ..reference import values_of

NOT_STRETCHED = Kind(
    "not-stretched",
    "an axis is summed that was not stretched",
    "The result has length 1 along an axis along which the operand has more.",
    "A sum runs over every axis.",
    "Only an axis that broadcasting added or stretched holds copies. Along the others the entries are "
    "different variables, and each keeps its own gradient.",
    "NB07.W5",
)


def undone(g: Any, shape: tuple[int, ...]) -> Any:
    """Return a cotangent with broadcasting undone: summed over the copies of each entry."""
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


def _copies(reduce: Callable[..., Any]) -> Any:
    """Return `unbroadcast` with another function of the copies than their sum."""

    def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
        for _ in range(g.ndim - len(shape)):
            g = reduce(g, 0)
        for axis in (i for i, n in enumerate(shape) if n == 1):
            g = np.expand_dims(reduce(g, axis), axis)
        return g

    return unbroadcast


def _stretched(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i for i, n in enumerate(shape) if n == 1)


def _leading(g: Any, shape: tuple[int, ...]) -> Any:
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def _trailing(g: Any, shape: tuple[int, ...]) -> Any:
    return g.sum(axis=tuple(range(len(shape), g.ndim)))


def _summed_back(g: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    return lambda rng: {"g": rng.standard_normal(g), "shape": shape}


unbroadcast = Exercise(
    id="NB07.E06",
    answer="unbroadcast(g, shape) -> x_bar",
    reference=values_of(undone),
    instances=made(
        _summed_back((4, 3, 5), (3, 1)),
        _summed_back((5, 4, 6, 3), (6, 1)),
        an_axis_was_added=_summed_back((4, 3), (3,)),
        two_axes_were_added=_summed_back((5, 4, 3), (3,)),
        an_axis_was_stretched=_summed_back((4, 3), (4, 1)),
        two_axes_were_stretched=_summed_back((4, 5, 3), (1, 5, 1)),
        the_operand_is_one_number=_summed_back((4, 3), ()),
        the_shapes_are_equal=_summed_back((4, 3), (4, 3)),
        an_axis_has_length_1_on_both_sides=_summed_back((4, 1, 3), (1, 3)),
        both_are_numbers=_summed_back((), ()),
    ),
    points=3,
    see="NB07.W5",
    mistakes=[
        M21(lambda g, shape: g),
        M21(_leading),
        M21(lambda g, shape: g.sum(tuple(i + g.ndim - len(shape) for i in _stretched(shape)), keepdims=True)),
        M36(lambda g, shape: _leading(g, shape).sum(_stretched(shape))),
        NOT_STRETCHED(lambda g, shape: _leading(g, shape).sum(keepdims=True)),
        M32(lambda g, shape: g.sum()),
        M32(lambda g, shape: np.full(shape, g.sum())),
        M04(_copies(np.mean)),
        M10(_copies(lambda g, axis: np.take(g, 0, axis))),
        M10(_copies(lambda g, axis: np.take(g, -1, axis))),
        M20(_trailing),
        M20(lambda g, shape: _trailing(g, shape).sum(_stretched(shape), keepdims=True)),
        M06.each(lambda g: -g),
    ],
)
