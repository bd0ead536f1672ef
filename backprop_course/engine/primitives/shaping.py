"""The same entries in another shape: all linear, and mostly permutations of the axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..custom import primitive
from ..rules import declare
from ._calls import compose
from ._tools import batch_of, given, linear, shape_of, unbroadcast
from .elementwise import cast


@primitive
def reshape(x: Any, *, shape: Any) -> Any:
    """Entries of `x`, row by row, in another shape."""
    return np.reshape(x, shape)


def _numpys_reshape(
    a: Any, shape: Any = None, order: Any = "C", *, newshape: Any = None, copy: Any = None
) -> Any:
    shape = newshape if shape is None else shape  # NumPy has called it both
    if order == "F":
        shape = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
        return np.transpose(reshape(np.transpose(a), shape=shape[::-1]))
    return reshape(a, shape=shape)


_RESHAPES = given(
    ((2, 3), {"shape": (3, 2)}), ((2, 3), {"shape": -1}), ((), {"shape": (1, 1)}), ((0, 3), {"shape": (3, 0)})
)

linear(
    reshape,
    lambda out_bar, out, x, shape: np.reshape(out_bar, batch_of(out_bar, out) + shape_of(x)),
    samples=_RESHAPES,
)
compose(np.reshape, _numpys_reshape, given(*[((2, 3), [3, 2], {"order": o}) for o in "CF"]))
compose(
    np.ravel,
    lambda a, order="C": _numpys_reshape(a, -1, order),
    given(((2, 3), {}), ((2, 3), {"order": "F"})),
)


def _transpose_vjp(out_bar: Any, out: Any, x: Any, axes: Any = None) -> Any:
    ndim, batch = len(shape_of(x)), len(batch_of(out_bar, out))
    axes = range(ndim)[::-1] if axes is None else [a % ndim for a in axes]
    back = [batch + int(i) for i in np.argsort(axes)]
    return np.transpose(out_bar, [*range(batch), *back])


linear(
    np.transpose,
    _transpose_vjp,
    samples=given(
        ((2, 3), {}), ((3,), {}), ((2, 3, 4), {"axes": (1, 2, 0)}), ((2, 3, 4), {"axes": (-1, 0, 1)})
    ),
)


def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(len(shape_of(a))))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return np.transpose(a, axes)


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    ndim = len(shape_of(a))
    labels = np.moveaxis(np.empty(tuple(range(1, ndim + 1)), dtype=bool), source, destination).shape
    return np.transpose(
        a, [n - 1 for n in labels]
    )  # an array whose axes are as long as their numbers shows the order


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    ndim = len(shape_of(a))
    labels = np.rollaxis(np.empty(tuple(range(1, ndim + 1)), dtype=bool), axis, start).shape
    return np.transpose(a, [n - 1 for n in labels])


compose(np.swapaxes, _swapaxes, given(((2, 3, 4), {"axis1": 0, "axis2": -1})))
compose(np.rollaxis, _rollaxis, given(((2, 3, 4), {"axis": 2})))
compose(
    np.moveaxis,
    _moveaxis,
    given(
        ((2, 3, 4), {"source": 0, "destination": -1}),
        ((2, 3, 4, 5), {"source": (0, 1), "destination": (2, 0)}),
    ),
)
compose(np.matrix_transpose, lambda x: np.swapaxes(x, -1, -2), given(((2, 3, 4), {})))


def _like(function: Any) -> Any:
    """A function that only adds or drops axes of size 1: reshape to what it makes of an empty array."""
    return lambda a, axis=None: reshape(a, shape=function(np.empty(shape_of(a), dtype=bool), axis).shape)


compose(np.expand_dims, _like(np.expand_dims), given(((2, 3), {"axis": 1}), ((2, 3), {"axis": (0, -1)})))
compose(np.squeeze, _like(np.squeeze), given(((1, 3, 1), {}), ((1, 3, 1), {"axis": -1})))
for _at_least in (np.atleast_1d, np.atleast_2d, np.atleast_3d):

    def _raised(*arrays: Any, _f: Any = _at_least) -> Any:
        found = [reshape(a, shape=_f(np.empty(shape_of(a), dtype=bool)).shape) for a in arrays]
        return found[0] if len(found) == 1 else tuple(found)

    compose(_at_least, _raised, given(((), {}), ((3,), {}), ((2, 3), {})))

declare(
    np.broadcast_to,
    vjp=[lambda out_bar, out, x, shape: unbroadcast(out_bar, x, out)],
    jvp=[lambda x_dot, out, x, shape: np.broadcast_to(x_dot, shape)],
    samples=given(((3,), {"shape": (2, 3)}), ((2, 1), {"shape": (4, 2, 3)}), ((), {"shape": (2,)})),
)


def _broadcast_arrays(*arrays: Any) -> tuple[Any, ...]:
    shape = np.broadcast_shapes(*map(shape_of, arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


compose(np.broadcast_arrays, _broadcast_arrays, given(((3,), (2, 1))))
compose(np.copy, lambda a: np.positive(a), given(((2, 3),)))


def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: bool = True, shape: Any = None
) -> Any:
    """The fill value, stretched; a plain array where it is a plain number."""
    shape = shape_of(a) if shape is None else shape
    dtype = getattr(a, "dtype", np.float64) if dtype is None else dtype
    if hasattr(fill_value, "node"):
        return np.broadcast_to(cast(fill_value, to=dtype), shape)
    return np.full(shape, fill_value, dtype)


compose(np.full_like, _full_like, given(((2, 3), (3,)), ((2, 3), (), {"shape": (2,)})))
