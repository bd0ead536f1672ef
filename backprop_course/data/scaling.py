"""Standardizing: columns brought to mean 0 and standard deviation 1, by numbers that are remembered."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import ShapeError
from .checks import numbers


class Scale:
    """What `standardize` returns: the means and deviations it has seen; see there.

    Attributes
    ----------
    mean, std : ndarray, the shape of one example
        In the unit of the data. Where all examples were the same, `std` is 1: such a column becomes 0.
    """

    def __init__(self, X: Any) -> None:
        array = numbers(X)
        if array.ndim == 0 or len(array) == 0:
            raise ShapeError(
                "There is nothing to take a mean of.",
                expected="an array with at least one row",
                got=f"shape {array.shape}",
                mend="hand over the examples of the training part",
            )
        # Equal numbers are told by their range: rounding may leave their mean beside them.
        same = array.max(axis=0) == array.min(axis=0)
        self.mean: np.ndarray = np.where(same, array[0], array.mean(axis=0))
        std = (array - self.mean).std(axis=0)
        self.std: np.ndarray = np.where(std == 0, 1.0, std)

    def apply(self, X: Any) -> np.ndarray:
        """Return ``(X - mean) / std``, for any number of rows of the same columns."""
        Z: np.ndarray = (self._fitting(X) - self.mean) / self.std
        return Z

    def undo(self, Z: Any) -> np.ndarray:
        """Return ``Z * std + mean``: what `apply` was given."""
        X: np.ndarray = self._fitting(Z) * self.std + self.mean
        return X

    def _fitting(self, X: Any) -> np.ndarray:
        array = numbers(X)
        if array.ndim == 0 or array.shape[1:] != self.mean.shape:
            raise ShapeError(
                "These are other columns than those the scale was made of.",
                expected=f"any number of rows, each of shape {self.mean.shape}",
                got=f"shape {array.shape}",
                mend="hand over the same columns; a single example as X[:1]",
            )
        return array

    def __repr__(self) -> str:
        return f"Scale(mean={self.mean.tolist()}, std={self.std.tolist()})"


def standardize(X: Any) -> Scale:
    """Take means and standard deviations of the columns of `X`, to scale this and other data by.

    Parameters
    ----------
    X : array_like of numbers, N rows
        The training part; what is measured on validation and test data would leak into training.

    Returns
    -------
    Scale
        ``scale.apply(X)`` has mean 0 and standard deviation 1 (divided by N, as `np.std` does) in each column
        that varies; ``scale.undo`` leads back.

    Raises
    ------
    ShapeError
        If there is no row, or, in `apply` and `undo`, other columns than before.
    DtypeError
        If it is not made of numbers.
    UsageError
        If some are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import data
    >>> scale = data.standardize([[1.0, 5.0], [3.0, 5.0]])
    >>> scale.apply([[5.0, 6.0]])
    array([[3., 1.]])
    >>> scale.undo([[3.0, 1.0]])
    array([[5., 6.]])
    """
    return Scale(X)
