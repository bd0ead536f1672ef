"""Points handed to a fitter: one feature and one target each, few enough to be seen one by one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UsageError

MOST = 40  # more points than these cannot be told from each other


def points_of(data: Any, *, labels: bool = False) -> tuple[Any, Any]:
    """Return features and targets as two arrays of one length.

    Parameters
    ----------
    data : pair of array_like
        Features of shape (n,) or (n, 1), targets of shape (n,), n from 1 to 40.
    labels : bool
        Whether targets have to be 0 or 1.

    Raises
    ------
    UsageError
        If data are no such pair, have a number that is not finite, are none or too many.
    """
    try:
        x, y = (np.asarray(part, dtype=float) for part in data)
    except (TypeError, ValueError):
        raise _refusal(labels, repr(data)[:60]) from None
    x = x[:, 0] if x.ndim == 2 and x.shape[1] == 1 else x
    if x.ndim != 1 or x.shape != y.shape:
        raise _refusal(labels, f"shapes {x.shape} and {y.shape}")
    if not 0 < x.size <= MOST:
        raise _refusal(
            labels, f"{x.size:,} points", mend=f"hand over a share of them: data=(x[:{MOST}], y[:{MOST}])"
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        bad = int(np.argmin(np.isfinite(x) & np.isfinite(y)))
        raise _refusal(labels, f"point {bad} is ({x[bad]:g}, {y[bad]:g})", mend="leave such points out")
    if labels and not np.isin(y, (0, 1)).all():
        raise _refusal(labels, f"a target of {y[~np.isin(y, (0, 1))][0]:g}")
    return x, y


def span_of(values: Any, below: float = 0.1, above: float = 0.1) -> list[float]:
    """Return a view around values, wider by shares of their range."""
    low, high = float(np.min(values)), float(np.max(values))
    wide = (high - low) or 2.0
    low, high = (low, high) if high > low else (low - 1, high + 1)
    return [float(f"{low - below * wide:.3g}"), float(f"{high + above * wide:.3g}")]


def view_of(view: Any) -> list[list[float]]:
    """Return a view as two pairs of numbers, or refuse it with a UsageError."""
    try:
        bounds = np.asarray(view, dtype=float)
        if bounds.shape == (2, 2) and np.isfinite(bounds).all() and (bounds[:, 0] < bounds[:, 1]).all():
            return [[float(v) for v in side] for side in bounds]
    except (TypeError, ValueError):
        pass
    raise UsageError(
        "The fitter needs a view.",
        expected="((low, high), (low, high)) of finite numbers",
        got=repr(view)[:60],
        mend="write view=((0, 8), (-2, 16)), for example, or leave it out",
    )


def pair_of(parameters: Any, name: str) -> list[float]:
    """Return two parameters as finite floats, or refuse them with a UsageError."""
    try:
        point = np.asarray(parameters, dtype=float)
        if point.shape == (2,) and np.isfinite(point).all():
            return [float(v) for v in point]
    except (TypeError, ValueError):
        pass
    raise UsageError(
        f"The fitter needs {name} as a pair.",
        expected="two finite numbers",
        got=repr(parameters)[:60],
        mend=f"write {name}=(1, 0.5), for example",
    )


def _refusal(
    labels: bool, got: str, mend: str = "write data=([0, 1, 2], [0, 1, 1]), for example"
) -> UsageError:
    return UsageError(
        "The fitter needs data: one feature and one target for each point.",
        expected=f"(x, y) of equal length, 1 to {MOST} points, finite"
        + (", each target 0 or 1" if labels else ""),
        got=got,
        mend=mend,
    )
