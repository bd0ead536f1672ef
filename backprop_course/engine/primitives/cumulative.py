"""Running sums and products, differences between neighbours, integrals of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..bare import values_in
from ..custom import primitive
from ..modes import mode
from ..rules import declare
from ._calls import compose
from ._tools import given, linear, shape_of
from .reduction import axes_of, prod_last


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
    if not mode.tracing and np.all(values_in(x)):
        return running_product(x)
    n = shape_of(x)[-1]  # with zeros: the product of each beginning, one by one
    return prod_last(np.where(np.tri(n, dtype=bool), x[..., None, :], 1.0))


def _along(definition: Any) -> Any:
    """Make a function of the last axis one of any axis; of all entries in a row without one."""

    def along(a: Any, axis: int | None = None, dtype: None = None, out: None = None) -> Any:
        if axis is None or not shape_of(a):
            return definition(np.ravel(a))
        return np.moveaxis(definition(np.moveaxis(a, axis, -1)), -1, axis)

    return along


def _zeros_too(rng: np.random.Generator) -> Any:
    yield (rng.normal(size=(2, 3)), {"axis": 0})
    yield (np.array([2.0, 0.0, 3.0]), {})


compose(np.cumsum, _along(running_sum), given(((2, 3), {}), ((2, 3), {"axis": 0}), ((3,), {"axis": -1})))
compose(np.cumprod, _along(_cumprod_last), _zeros_too)


def _cumulative(running: Any, start: float) -> Any:
    """The names of the array API; they may begin with what an empty sum or product is."""

    def cumulative(x: Any, /, *, axis: int | None = None, include_initial: bool = False) -> Any:
        x, axis = np.atleast_1d(x), 0 if axis is None else axis
        out = running(x, axis=axis)
        if not include_initial:
            return out
        first = np.full([1 if i == axis % len(shape_of(x)) else n for i, n in enumerate(shape_of(x))], start)
        return np.concatenate([first.astype(getattr(x, "dtype", float)), out], axis)

    return cumulative


def _passing_over_nan(running: Any, nothing: float) -> Any:
    return lambda a, axis=None: running(np.where(np.isnan(a), nothing, a), axis)


def _initials(rng: np.random.Generator) -> Any:
    yield (rng.normal(size=3), {})
    yield (rng.normal(size=(2, 3)), {"axis": -1, "include_initial": True})


if hasattr(np, "cumulative_sum"):  # NumPy 2.1
    compose(np.cumulative_sum, _cumulative(np.cumsum, 0.0), _initials)
    compose(np.cumulative_prod, _cumulative(np.cumprod, 1.0), _initials)
compose(np.nancumsum, _passing_over_nan(np.cumsum, 0.0), given(((2, 3), {}), ((2, 3), {"axis": 0})))
compose(np.nancumprod, _passing_over_nan(np.cumprod, 1.0), given(((2, 3), {}), ((2, 3), {"axis": 0})))


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    known = np.asarray(values_in(p))
    jumps = np.unwrap(known, discont, axis, period=period) - known  # whole periods: no entry moves them
    return p + jumps.astype(known.dtype)


compose(np.unwrap, _unwrap, given(((5,), {}), ((2, 4), {"axis": 0, "period": 1.5})))


def _along_with(a: Any, extra: Any, axis: int) -> Any:
    """What is joined to `a` along the axis: an array, or one number for all."""
    if shape_of(extra):
        return extra
    return np.broadcast_to(
        extra, [1 if i == axis % len(shape_of(a)) else n for i, n in enumerate(shape_of(a))]
    )


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    ends = [None if x is None else _along_with(a, x, axis) for x in (prepend, append)]
    parts = [x for x in (ends[0], a, ends[1]) if x is not None]
    a = np.concatenate(parts, axis) if len(parts) > 1 else a
    for _ in range(n):
        size = shape_of(a)[axis]
        a = np.take(a, np.arange(1, size), axis=axis) - np.take(a, np.arange(size - 1), axis=axis)
    return a


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [to_begin, _diff(np.ravel(ary)), to_end]
    return np.concatenate([np.ravel(x) for x in parts if x is not None])


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Slopes of the parabolas through each three neighbours; at the ends of a line, or of a parabola."""
    axes = axes_of(f, axis)
    spacings = varargs * len(axes) if len(varargs) == 1 else varargs or (1.0,) * len(axes)
    found = [_slopes(f, h, at, edge_order) for at, h in zip(axes, spacings, strict=True)]
    return found[0] if len(found) == 1 else tuple(found)


def _slopes(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    f = np.moveaxis(f, axis, -1)
    steps = _diff(h) if shape_of(h) else h * np.ones(shape_of(f)[-1] - 1, getattr(f, "dtype", float))
    rises = _diff(f) / steps
    before, after = steps[:-1], steps[1:]
    inner = (before * rises[..., 1:] + after * rises[..., :-1]) / (before + after)
    first, last = rises[..., :1], rises[..., -1:]
    if edge_order == 2:
        bends = (rises[..., 1:] - rises[..., :-1]) / (before + after)
        first, last = first - steps[:1] * bends[..., :1], last + steps[-1:] * bends[..., -1:]
    return np.moveaxis(np.concatenate([first, inner, last], -1), -1, axis)


def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(y, axis, -1)
    widths = dx if x is None else _diff(np.moveaxis(x, axis, -1) if len(shape_of(x)) > 1 else x)
    return np.sum(widths * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


compose(
    np.diff,
    _diff,
    given(
        ((4,), {}), ((2, 4), {"n": 2}), ((3, 2), {"axis": 0, "prepend": 1.0}), ((2, 3), 1, -1, (2, 1), (2, 2))
    ),
)
compose(np.ediff1d, _ediff1d, given(((2, 3), {}), ((4,), (2,), 0.5)))
_UNEVEN = np.array([0.0, 0.5, 1.5, 3.0])
compose(
    np.gradient,
    _gradient,
    given(
        ((4,), {}),
        ((4,), 0.5, {}),
        ((3, 4), {"axis": 0}),
        ((3, 4), {"edge_order": 2}),
        ((3, 4), 2.0, _UNEVEN, {}),
        ((4, 3), _UNEVEN, {"axis": 0, "edge_order": 2}),
    ),
)
compose(np.trapezoid, _trapezoid, given(((4,), {}), ((2, 4), {"dx": 0.5}), ((4,), (4,), {})))
