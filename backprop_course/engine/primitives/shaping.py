"""The same entries in another shape: all linear, and mostly permutations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..custom import primitive
from ..rules import compose, declare
from ._tools import linear, shape_of, unbroadcast


def batch_of(out_bar: Any, out: Any) -> tuple[int, ...]:
    """Sizes of the extra leading axes of a batch of cotangents."""
    full = shape_of(out_bar)
    return full[: len(full) - len(shape_of(out))]


def _reshape_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(2, 3)), {"shape": (3, 2)})
    yield (rng.normal(size=(2, 3)), {"shape": -1})
    yield (rng.normal(size=()), {"shape": (1, 1)})
    yield (rng.normal(size=(0, 3)), {"shape": (3, 0)})


@primitive
def _reshape(x: Any, *, shape: Any) -> Any:
    return np.reshape(x, shape)


def _numpys_reshape(
    a: Any, shape: Any = None, order: Any = "C", *, newshape: Any = None, copy: Any = None
) -> Any:
    """`np.reshape`, whose parameter has had two names."""
    if order == "F":
        shape = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
        return np.transpose(_reshape(np.transpose(a), shape=shape[::-1]))
    return _reshape(a, shape=shape if newshape is None else newshape)


def _reshape_vjp(out_bar: Any, out: Any, x: Any, shape: Any) -> Any:
    return np.reshape(out_bar, batch_of(out_bar, out) + shape_of(x))


linear(_reshape, _reshape_vjp, samples=_reshape_samples, name="reshape")
compose(np.reshape, _numpys_reshape, _reshape_samples)


def _transpose_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(2, 3)), {})
    yield (rng.normal(size=(3,)), {})
    yield (rng.normal(size=(2, 3, 4)), {"axes": (1, 2, 0)})
    yield (rng.normal(size=(2, 3, 4)), {"axes": (-1, 0, 1)})


def _transpose_vjp(out_bar: Any, out: Any, x: Any, axes: Any = None) -> Any:
    ndim, batch = len(shape_of(x)), len(batch_of(out_bar, out))
    axes = range(ndim)[::-1] if axes is None else [a % ndim for a in axes]
    back = [batch + int(i) for i in np.argsort(axes)]
    return np.transpose(out_bar, [*range(batch), *back])


linear(np.transpose, _transpose_vjp, samples=_transpose_samples)


def _broadcast_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(3,)), {"shape": (2, 3)})
    yield (rng.normal(size=(2, 1)), {"shape": (4, 2, 3)})
    yield (rng.normal(size=()), {"shape": (2,)})


declare(
    np.broadcast_to,
    vjp=[lambda out_bar, out, x, shape: unbroadcast(out_bar, x, out)],
    jvp=[lambda x_dot, out, x, shape: np.broadcast_to(x_dot, shape)],
    samples=_broadcast_samples,
)


def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(len(shape_of(a))))
    axes[axis1], axes[axis2] = axes[axis2], axes[axis1]
    return np.transpose(a, axes)


def _swapaxes_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(2, 3, 4)), {"axis1": 0, "axis2": -1})


def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    ndim = len(shape_of(a))
    labels = np.moveaxis(np.empty(tuple(range(1, ndim + 1)), dtype=bool), source, destination).shape
    return np.transpose(
        a, [n - 1 for n in labels]
    )  # an array whose axes are as long as their numbers shows the order


def _moveaxis_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(2, 3, 4)), {"source": 0, "destination": -1})
    yield (rng.normal(size=(2, 3, 4, 5)), {"source": (0, 1), "destination": (2, 0)})


def _expand_dims(a: Any, axis: Any) -> Any:
    return _reshape(a, shape=np.expand_dims(np.empty(shape_of(a), dtype=bool), axis).shape)


def _expand_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(2, 3)), {"axis": 1})
    yield (rng.normal(size=(2, 3)), {"axis": (0, -1)})


def _squeeze(a: Any, axis: Any = None) -> Any:
    return _reshape(a, shape=np.squeeze(np.empty(shape_of(a), dtype=bool), axis).shape)


def _squeeze_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(1, 3, 1)), {})
    yield (rng.normal(size=(1, 3, 1)), {"axis": -1})


def _ravel(a: Any, order: Any = "C") -> Any:
    return _numpys_reshape(a, -1, order)


def _ravel_samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(2, 3)), {})
    yield (rng.normal(size=(2, 3)), {"order": "F"})


compose(np.swapaxes, _swapaxes, _swapaxes_samples)
compose(np.moveaxis, _moveaxis, _moveaxis_samples)
compose(np.expand_dims, _expand_dims, _expand_samples)
compose(np.squeeze, _squeeze, _squeeze_samples)
compose(np.ravel, _ravel, _ravel_samples)
