"""Running sums and products, differences between neighbours, integrals of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bare import values_in
from ..custom import primitive
from ..rules import declare
from ._calls import compose
from ._tools import given, linear, shape_of
from .reduction import prod_last


@primitive
def running_sum(x: Any) -> Any:
    """Sum of the entries so far, along the last axis."""
    return np.add.accumulate(x, axis=-1)


# Each entry is in its own sum and all later ones: the cotangents are summed from the end.
linear(
    running_sum,
    lambda out_bar, out, x: running_sum(out_bar[..., ::-1])[..., ::-1],
    samples=given(((3,), {}), ((2, 4), {}), ((2, 0), {})),
)


@primitive
def running_product(x: Any) -> Any:
    """Product of the entries so far, along the last axis; none of them is 0 here."""
    return np.multiply.accumulate(x, axis=-1)


declare(
    running_product,
    vjp=[lambda out_bar, out, x: running_sum((out_bar * out)[..., ::-1])[..., ::-1] / x],
    jvp=[lambda x_dot, out, x: out * running_sum(x_dot / x)],
    samples=given(((3,), {}), ((2, 4), {})),
)


def _cumprod_last(x: Any) -> Any:
    if np.all(values_in(x)):
        return running_product(x)
    n = shape_of(x)[-1]  # with zeros: the product of each beginning, one by one
    return prod_last(np.where(np.tri(n, dtype=bool), x[..., None, :], 1.0))


def _along(definition: Any) -> Any:
    """Make a function of the last axis one of any axis; of all entries in a row without one."""

    def along(a: Any, axis: int | None = None, dtype: None = None, out: None = None) -> Any:
        if axis is None:
            return definition(np.ravel(a))
        return np.moveaxis(definition(np.moveaxis(a, axis, -1)), -1, axis)

    return along


def _zeros_too(rng: np.random.Generator) -> Any:
    yield (rng.normal(size=(2, 3)), {"axis": 0})
    yield (np.array([2.0, 0.0, 3.0]), {})


compose(np.cumsum, _along(running_sum), given(((2, 3), {}), ((2, 3), {"axis": 0}), ((3,), {"axis": -1})))
compose(np.cumprod, _along(_cumprod_last), _zeros_too)


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    for _ in range(n):
        size = shape_of(a)[axis]
        a = np.take(a, np.arange(1, size), axis=axis) - np.take(a, np.arange(size - 1), axis=axis)
    return a


def _gradient(f: Any, *spacing: float, axis: int | None = None) -> Any:
    """Differences of neighbours on both sides, one-sided at the ends, as NumPy's for one even spacing."""
    axes = range(len(shape_of(f))) if axis is None else [axis]
    h = spacing[0] if spacing else 1.0
    found = []
    for at in axes:
        n = shape_of(f)[at]
        right, left = np.minimum(np.arange(n) + 1, n - 1), np.maximum(np.arange(n) - 1, 0)
        steps = (right - left).astype(getattr(f, "dtype", float))
        steps = steps.reshape([-1 if i == at % len(shape_of(f)) else 1 for i in range(len(shape_of(f)))])
        found.append((np.take(f, right, axis=at) - np.take(f, left, axis=at)) / steps / h)
    return found[0] if len(found) == 1 else found


def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(y, axis, -1)
    widths = dx if x is None else _diff(np.moveaxis(x, axis, -1) if len(shape_of(x)) > 1 else x)
    return np.sum(widths * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


compose(np.diff, _diff, given(((4,), {}), ((2, 4), {"n": 2}), ((3, 2), {"axis": 0})))
compose(np.gradient, _gradient, given(((4,), {}), ((4,), 0.5, {}), ((3, 4), {"axis": 0})))
compose(np.trapezoid, _trapezoid, given(((4,), {}), ((2, 4), {"dx": 0.5}), ((4,), (4,), {})))
