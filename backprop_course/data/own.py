"""Data of one's own, brought into the form `(X, y)` of all the others. Read next: `files`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import DtypeError, ShapeError, UsageError
from .checks import Pair, aligned, numbers

KINDS = ("auto", "classes", "numbers")


def from_arrays(X: Any, y: Any, *, kind: str = "auto", classes: Sequence[Any] | None = None) -> Pair:
    """Bring examples and targets into the form of all data sets here.

    Parameters
    ----------
    X : array_like of finite numbers, N rows
        One row an example; N numbers alone are taken for one feature.
    y : array_like, N rows
        Classes or numbers.
    kind : str
        ``"classes"`` or ``"numbers"``. By default text is classes, floats are numbers, and integers are
        classes if they are 0, 1, ... without a gap.
    classes : sequence, optional
        The labels in the order in which they are to be numbered; sorted by default.

    Returns
    -------
    X : ndarray of float64, shape (N, ...), a copy
    y : ndarray of int64 (classes) or float64 (numbers), a copy

    Raises
    ------
    ShapeError
        If X and y differ in their number of rows, or rows in their length.
    DtypeError
        If X is not made of numbers, or y neither of numbers nor of labels.
    UsageError
        If some numbers are not finite, a label is unknown, or integers may be either.

    Examples
    --------
    >>> from backprop_course import data
    >>> X, y = data.from_arrays([[1, 2], [3, 4], [5, 6]], ["no", "yes", "no"])
    >>> y
    array([0, 1, 0])
    """
    X = numbers(X)
    X = X[:, None] if X.ndim == 1 else X
    aligned(X, y)
    return X, as_targets(y, kind, classes)


def as_targets(y: Any, kind: str = "auto", classes: Sequence[Any] | None = None) -> np.ndarray:
    """Turn labels into integers from 0, and numbers into float64; see `from_arrays`."""
    array = np.asarray(y)
    if kind not in KINDS:
        raise UsageError(
            "There is no such kind of target.",
            expected=", ".join(KINDS),
            got=repr(kind),
            mend="write one of these, or leave it out",
        )
    if array.dtype.kind == "O" and all(isinstance(label, str) for label in array.flat):
        array = array.astype(str)
    if array.dtype.kind not in "fiubU":
        raise DtypeError(
            "y is made of numbers or of labels.",
            expected="floats, integers, booleans or text",
            got=f"dtype {array.dtype}",
            mend="leave out examples without a target, and do not mix text with numbers",
        )
    if array.dtype.kind == "b":
        array, classes = array.astype(np.int64), [0, 1] if classes is None else classes
    if kind == "auto":
        kind = "classes" if classes is not None else _kind_of(array)
    if kind == "numbers":
        return numbers(array, "y")
    if array.ndim != 1:
        raise ShapeError(
            "Classes are one label an example.",
            expected="shape (N,)",
            got=f"shape {array.shape}",
            mend="y.argmax(axis=1) makes labels of one-hot rows; kind='numbers' keeps several numbers",
        )
    return _numbered(array, sorted(set(array.tolist())) if classes is None else list(classes))


def _kind_of(array: np.ndarray) -> str:
    if array.dtype.kind in "fU":
        return "numbers" if array.dtype.kind == "f" else "classes"
    found = sorted({int(x) for x in array.flat})
    if found == list(range(len(found))):
        return "classes"
    raise UsageError(
        "These integers may be classes or numbers.",
        expected="classes as 0, 1, 2, ... without a gap, numbers as floats",
        got=f"{len(found)} different integers from {found[0]} to {found[-1]}",
        mend="say which: kind='classes' numbers them in sorted order, kind='numbers' makes them floats",
    )


def _numbered(labels: np.ndarray, classes: list[Any]) -> np.ndarray:
    places = {label: number for number, label in enumerate(classes)}
    for row, label in enumerate(labels.tolist()):
        if label not in places:
            raise UsageError(
                "A label is not one of the classes.",
                expected=", ".join(map(repr, classes)),
                got=f"{label!r} in row {row}, counted from 0",
                mend="add it to classes, or look at its spelling",
            )
    return np.array([places[label] for label in labels.tolist()], dtype=np.int64)
