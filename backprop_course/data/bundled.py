"""Measured sets that scikit-learn brings along: nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import MissingExtra
from .checks import Pair


def digits() -> Pair:
    """Return 1797 handwritten digits as pictures of 8 by 8 pixels.

    Returns
    -------
    X : ndarray, shape (1797, 64)
        Grey values from 0 to 1; ``X[i].reshape(8, 8)`` is a picture.
    y : ndarray of integers 0 to 9, shape (1797,)

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.

    References
    ----------
    Alpaydin & Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository (1998).
    """
    X, y = _load("load_digits")
    return X / 16.0, y.astype(np.int64)


def iris() -> Pair:
    """Return 150 flowers of three species: lengths and widths of sepal and petal.

    Returns
    -------
    X : ndarray, shape (150, 4), in centimetres
    y : ndarray of integers 0 to 2, shape (150,)

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.
    """
    X, y = _load("load_iris")
    return X, y.astype(np.int64)


def wine() -> Pair:
    """Return 178 wines of three growers: thirteen measured quantities, each in a unit of its own.

    Returns
    -------
    X : ndarray, shape (178, 13)
    y : ndarray of integers 0 to 2, shape (178,)

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.
    """
    X, y = _load("load_wine")
    return X, y.astype(np.int64)


def diabetes() -> Pair:
    """Return 442 patients: ten measurements, as they were taken, and how the illness went on in a year.

    Returns
    -------
    X : ndarray, shape (442, 10)
        Age in years, sex (1 or 2), body mass index, blood pressure, six blood values; not scaled.
    y : ndarray of floats, shape (442,)

    Raises
    ------
    MissingExtra
        If scikit-learn is not installed.

    References
    ----------
    Efron, Hastie, Johnstone & Tibshirani, "Least angle regression", Annals of Statistics 32 (2004).
    """
    X, y = _load("load_diabetes", scaled=False)
    return X, y.astype(np.float64)


def _load(name: str, **settings: Any) -> Pair:
    try:
        from sklearn import datasets
    except ModuleNotFoundError:
        raise MissingExtra(
            "The bundled sets come with scikit-learn, which is not installed.",
            expected="the extra 'course'",
            got="an installation without the package scikit-learn",
            mend="pip install 'backprop-course[course]'; moons, blobs and the like need NumPy alone",
        ) from None
    X, y = getattr(datasets, name)(return_X_y=True, **settings)
    return np.array(X, dtype=np.float64), np.array(y)
