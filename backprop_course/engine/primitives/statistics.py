"""Variances and averages, medians and quantiles, and all of them passing over nan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import refusals
from ..bare import values_in
from ._calls import compose
from ._tools import away_from_zero, given, shape_of
from .reduction import Axis, axes_of, count, gathered, norm2

_SPREADS: tuple[Any, ...] = (
    ((3,), {}),
    ((2, 4), {"axis": 1, "ddof": 1}),
    ((2, 3), {"keepdims": True}),
    ((2, 3, 2), {"axis": (0, 2), "correction": 1}),
)


def _deviations(a: Any, axis: Axis) -> Any:
    return a - np.mean(a, axis=axis, keepdims=True)


def _var(
    a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False, correction: float | None = None
) -> Any:
    free = count(a, axis) - (ddof if correction is None else correction)
    return np.sum(np.square(_deviations(a, axis)), axis=axis, keepdims=keepdims) / free


def _std(
    a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False, correction: float | None = None
) -> Any:
    free = count(a, axis) - (ddof if correction is None else correction)
    # The norm has slope 0 at a zero vector: so has this where all entries are equal.
    return norm2(_deviations(a, axis), axis=axis, keepdims=keepdims) / float(np.sqrt(free))


compose(np.var, _var, given(*_SPREADS))
compose(np.std, _std, given(*_SPREADS))


def _average(
    a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    if weights is None:
        mean, total = np.mean(a, axis=axis, keepdims=keepdims), count(a, axis)
    else:
        if shape_of(weights) != shape_of(a):
            (at,) = axes_of(a, axis)
            weights = np.reshape(weights, [n if i == at else 1 for i, n in enumerate(shape_of(a))])
        total = np.sum(np.broadcast_to(weights, shape_of(a)), axis=axis, keepdims=keepdims)
        mean = np.sum(a * weights, axis=axis, keepdims=keepdims) / total
    return (mean, np.broadcast_to(total, shape_of(mean))) if returned else mean


compose(
    np.average,
    _average,
    given(
        ((3,), {}),
        ((2, 3), {"axis": 1, "weights": np.array([1.0, 2.0, 4.0])}),
        ((3,), None, np.array([0.5, 1.0, 1.5]), True),
    ),
)


def _cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """Products of the deviations of each two variables, on average over the observations."""
    rows = _variables(m, rowvar)
    if y is not None:
        rows = np.concatenate([rows, _variables(y, rowvar)])
    free = shape_of(rows)[-1] - (int(not bias) if ddof is None else ddof)
    away = _deviations(rows, 1)
    return np.squeeze(np.matmul(away, np.transpose(away)) / free)


def _variables(m: Any, rowvar: bool) -> Any:
    m = np.atleast_2d(m)
    return np.transpose(m) if not rowvar and shape_of(m)[0] != 1 else m


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = np.atleast_2d(_cov(x, y, rowvar))
    spread = np.sqrt(np.diagonal(c))
    r = c / spread[:, None] / spread[None, :]
    return np.squeeze(np.clip(r, -1.0, 1.0))


compose(
    np.cov, _cov, given(((3, 5), {}), ((4,), (4,), {"bias": True}), ((5, 2), {"rowvar": False}), ((4,), {}))
)
compose(np.corrcoef, _corrcoef, given(((3, 5), {}), ((5,), (5,), {})))


# Order statistics: sort, and mix the two neighbours of the place asked for.


def _quantiles_last(x: Any, q: Any, n: Any) -> Any:
    """Quantiles `q` of the first `n` of the entries of each row, in sorted order; shape (..., q.size)."""
    x = np.sort(x, axis=-1)
    place = np.ravel(q) * np.maximum(np.asarray(n)[..., None] - 1, 0)
    place = np.broadcast_to(place, (*shape_of(x)[:-1], np.size(q)))
    low = np.take_along_axis(x, np.floor(place).astype(int), -1)
    high = np.take_along_axis(x, np.ceil(place).astype(int), -1)
    share = (place % 1.0).astype(getattr(x, "dtype", float))
    return low * (1.0 - share) + high * share


def _order_statistic(n_of: Callable[[Any], Any], spoils: bool) -> Callable[..., Any]:
    """Quantiles of all entries, or of those that are numbers; `spoils`: one nan makes the result nan."""

    def quantile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Any:
        if method != "linear":
            raise refusals.setting("quantile", "method")
        rows, q = gathered(a, axis), np.asarray(values_in(q), dtype=float)
        nans = np.isnan(values_in(rows))
        found = _quantiles_last(rows, q, n_of(nans))
        empty = np.any(nans, axis=-1) if spoils else np.all(nans, axis=-1)
        found = np.where(empty[..., None], np.nan, found) if np.any(empty) else found
        found = np.moveaxis(found, -1, 0)
        kept = [1 if i in axes_of(a, axis) else n for i, n in enumerate(shape_of(a))]
        return np.reshape(found, q.shape + (tuple(kept) if keepdims else shape_of(found)[1:]))

    return quantile


_quantile = _order_statistic(lambda nans: nans.shape[-1], spoils=True)
_nanquantile = _order_statistic(lambda nans: np.sum(~nans, axis=-1), spoils=False)


def _percent(quantile: Callable[..., Any]) -> Callable[..., Any]:
    def percentile(
        a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False
    ) -> Any:
        return quantile(a, np.asarray(values_in(q)) / 100.0, axis, method=method, keepdims=keepdims)

    return percentile


def _middle(quantile: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, axis=None, keepdims=False: quantile(a, 0.5, axis, keepdims=keepdims)


_MEDIANS = given(
    ((2, 5), {"axis": 1}), ((4,), {}), ((2, 3), {"axis": 0, "keepdims": True}), ((2, 3, 3), {"axis": (0, 2)})
)
compose(np.quantile, _quantile, given(((5,), {"q": 0.3}), ((2, 4), {"q": [0.5, 0.1], "axis": 1})))
compose(np.percentile, _percent(_quantile), given(((5,), {"q": 30.0}), ((2, 3), {"q": 50, "keepdims": True})))
compose(np.median, _middle(_quantile), _MEDIANS)


# The same, passing over nan. Samples hold none where they are compared with differences.


def _with_nan(calls: Any) -> Any:
    def samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
        for shape, settings in calls:
            yield away_from_zero(rng, shape), settings

    return samples


def _nan_aware(function: Callable[..., Any], nothing: float) -> Callable[..., Any]:
    """A reduction that passes over nan: they are replaced by what changes nothing."""

    def reduced(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
        nans = np.isnan(a)
        if np.isinf(nothing):  # of nothing but nan there is no largest: leave them
            nans = np.logical_and(nans, np.logical_not(np.all(nans, axis=axis, keepdims=True)))
        return function(np.where(nans, nothing, a), axis=axis, keepdims=keepdims)

    return reduced


def _numbers(a: Any, axis: Axis, keepdims: bool, less: float = 0.0) -> Any:
    """How many entries are numbers, less some."""
    return np.sum(np.where(np.isnan(a), 0.0, np.ones_like(a)), axis=axis, keepdims=keepdims) - less


def _nanmean(a: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return np.nansum(a, axis=axis, keepdims=keepdims) / _numbers(a, axis, keepdims)


def _nan_deviations(a: Any, axis: Axis) -> Any:
    return np.where(np.isnan(a), 0.0, a - np.nanmean(a, axis=axis, keepdims=True))


def _nanvar(
    a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False, correction: float | None = None
) -> Any:
    free = _numbers(a, axis, keepdims, ddof if correction is None else correction)
    return np.sum(np.square(_nan_deviations(a, axis)), axis=axis, keepdims=keepdims) / free


def _nanstd(
    a: Any, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False, correction: float | None = None
) -> Any:
    free = _numbers(a, axis, keepdims, ddof if correction is None else correction)
    return norm2(_nan_deviations(a, axis), axis=axis, keepdims=keepdims) / np.sqrt(free)


_ROWS = _with_nan((((2, 4), {"axis": 1}), ((3,), {}), ((2, 3), {"keepdims": True})))
compose(np.nansum, _nan_aware(np.sum, 0.0), _ROWS)
compose(np.nanprod, _nan_aware(np.prod, 1.0), _ROWS)
compose(np.nanmax, _nan_aware(np.max, -np.inf), _ROWS)
compose(np.nanmin, _nan_aware(np.min, np.inf), _ROWS)
compose(np.nanmean, _nanmean, _ROWS)
compose(np.nanvar, _nanvar, _ROWS)
compose(np.nanstd, _nanstd, _ROWS)
compose(np.nanquantile, _nanquantile, given(((5,), {"q": 0.3}), ((2, 4), {"q": [0.5, 0.1], "axis": 1})))
compose(np.nanpercentile, _percent(_nanquantile), given(((5,), {"q": 30.0})))
compose(np.nanmedian, _middle(_nanquantile), _MEDIANS)
