"""Points of two classes in the plane: what the widgets take as such, and the frame they are drawn in."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import data
from ..data.checks import Pair
from ..errors import ShapeError, UsageError

SHOWN = 40  # more points than these are not written into the code to copy


def two_classes(X: Any, y: Any, most: int) -> Pair:
    """Bring points and labels into the form of the course.

    Parameters
    ----------
    X : array_like of finite numbers, shape (N, 2)
    y : array_like, shape (N,)
        One or two different labels, of any kind; 0 and 1 stay what they are.
    most : int
        How many points can be shown.

    Returns
    -------
    X : ndarray of float64, shape (N, 2)
    y : ndarray of int64, 0 and 1, shape (N,)

    Raises
    ------
    ShapeError, DtypeError, UsageError
        If they are none, or if there are too many.
    """
    try:
        labels = np.asarray(y)
    except ValueError:
        labels = np.array(None)  # rows of different lengths; no label then is known
    known = labels.ndim == 1 and labels.dtype.kind in "fiub" and bool(np.isin(labels, (0, 1)).all())
    X, y = data.from_arrays(X, labels, kind="classes", classes=[0, 1] if known else None)
    if X.shape[1:] != (2,):
        raise ShapeError(
            "A plane has two axes.",
            expected="X of shape (N, 2): two features of each point",
            got=f"shape {X.shape}",
            mend="choose two columns: X[:, :2]",
        )
    if (classes := int(y.max()) + 1) > 2:
        raise UsageError(
            "A boundary lies between two classes.",
            expected="one or two different labels",
            got=f"{classes} of them",
            mend="ask for one class against the rest: y == 0",
        )
    if len(X) > most:
        raise UsageError(
            "There are too many points to be shown here.",
            expected=f"at most {most:,}",
            got=f"{len(X):,}",
            mend=f"take some of them: X[:{most}], y[:{most}]",
        )
    return X, y


def view_of(X: Any, margin: float) -> list[list[float]]:
    """Return from where to where both axes go, with a margin as a share of what the points cover."""
    low, high = X.min(axis=0), X.max(axis=0)
    room = np.where(high > low, margin * (high - low), 1.0)
    bounds = np.stack([low - room, high + room], axis=1)
    return [[float(f"{v:.4g}") for v in side] for side in bounds]


def written_out(X: Any, y: Any, names: str = "X, y") -> str:
    """Return the lines of code that have these points, where they are few."""
    first, second = names.split(", ")
    if len(X) > SHOWN:
        return f"# {first} and {second} are your points and their labels"
    return f"{first} = np.array({np.round(X, 6).tolist()})\n{second} = np.array({np.asarray(y).tolist()})"
