"""Sets drawn from a rule, seeded by what is handed in: shapes in the plane, and curves to follow.

`rng` is a `np.random.Generator`, from which the next numbers are taken, or a seed. With the default the same
set comes each time; draw a second one, to test on, with the same generator or another seed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UsageError
from .checks import Pair, Rng, amount, count, generator


def moons(n: int = 200, *, noise: float = 0.1, rng: Rng = 0) -> Pair:
    """Draw two interleaving half circles.

    Parameters
    ----------
    n : int
        How many examples, half of them of each class (one more of class 0 where n is odd).
    noise : float
        Standard deviation of the noise, in the unit of the radius, which is 1.
    rng : Generator or int
        What draws.

    Returns
    -------
    X : ndarray, shape (n, 2)
    y : ndarray of integers 0 and 1, shape (n,)

    Examples
    --------
    >>> from backprop_course import data
    >>> X, y = data.moons(100, noise=0.1, rng=0)
    >>> X.shape, y.sum()
    ((100, 2), np.int64(50))
    """
    n, rng = count("n", n, 2), generator(rng)
    y = _halves(n)
    angle = rng.uniform(0.0, np.pi, size=n)
    X = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    X[y == 1] = [1.0, 0.5] - X[y == 1]
    return _shuffled(_noisy(X, noise, rng), y, rng)


def circles(n: int = 200, *, noise: float = 0.05, factor: float = 0.5, rng: Rng = 0) -> Pair:
    """Draw a circle of radius 1 (class 0), and one of radius `factor` inside it (class 1).

    Parameters
    ----------
    n, noise, rng
        As for `moons`.
    factor : float
        From 0 to 1.

    Returns
    -------
    X : ndarray, shape (n, 2)
    y : ndarray of integers 0 and 1, shape (n,)
    """
    n, rng = count("n", n, 2), generator(rng)
    y = _halves(n)
    angle = rng.uniform(0.0, 2 * np.pi, size=n)
    radius = np.where(y == 1, amount("factor", factor, 0.0, 1.0), 1.0)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _shuffled(_noisy(X, noise, rng), y, rng)


def spirals(n: int = 300, *, classes: int = 2, turns: float = 1.0, noise: float = 0.05, rng: Rng = 0) -> Pair:
    """Draw the arms of a spiral, one a class.

    Parameters
    ----------
    n, noise, rng
        As for `moons`; the arms reach a radius of 1.
    classes : int
        How many arms.
    turns : float
        How often each arm winds around the centre.

    Returns
    -------
    X : ndarray, shape (n, 2)
    y : ndarray of integers from 0, shape (n,)
    """
    classes = count("classes", classes, 2)
    n, rng = count("n", n, classes), generator(rng)
    y = np.arange(n) % classes
    radius = rng.uniform(0.05, 1.0, size=n)
    angle = 2 * np.pi * (amount("turns", turns) * radius + y / classes)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _shuffled(_noisy(X, noise, rng), y, rng)


def blobs(n: int = 200, *, classes: int = 3, features: int = 2, spread: float = 1.0, rng: Rng = 0) -> Pair:
    """Draw clouds of normal points around centres that are drawn evenly from -6 to 6.

    Parameters
    ----------
    n, rng
        As for `moons`.
    classes, features : int
        How many clouds, and in how many dimensions.
    spread : float
        Standard deviation of each cloud, in each direction.

    Returns
    -------
    X : ndarray, shape (n, features)
    y : ndarray of integers from 0, shape (n,)
    """
    classes = count("classes", classes)
    n, rng = count("n", n, classes), generator(rng)
    centres = rng.uniform(-6.0, 6.0, size=(classes, count("features", features)))
    y = np.arange(n) % classes
    X = centres[y] + rng.normal(0.0, amount("spread", spread), size=(n, features))
    return _shuffled(X, y, rng)


def sine(n: int = 100, *, noise: float = 0.1, rng: Rng = 0) -> Pair:
    """Draw points around y = sin(x), x evenly from -pi to pi.

    Parameters
    ----------
    n, rng
        As for `moons`.
    noise : float
        Standard deviation of y around the curve.

    Returns
    -------
    X : ndarray, shape (n, 1), in radians
    y : ndarray of floats, shape (n,)
    """
    n, rng = count("n", n), generator(rng)
    x = rng.uniform(-np.pi, np.pi, size=n)
    return x[:, None], np.sin(x) + rng.normal(0.0, amount("noise", noise), size=n)


def plane(
    n: int = 100, *, w: tuple[float, ...] = (1.0, -2.0), b: float = 0.5, noise: float = 0.1, rng: Rng = 0
) -> Pair:
    """Draw points around the plane y = X @ w + b, X evenly from the square (or cube) from -1 to 1.

    Parameters
    ----------
    n, rng
        As for `moons`.
    w : sequence of floats
        Slopes, one for each feature.
    b : float
        Value at 0.
    noise : float
        Standard deviation of y around the plane.

    Returns
    -------
    X : ndarray, shape (n, len(w))
    y : ndarray of floats, shape (n,)
    """
    n, rng = count("n", n), generator(rng)
    slopes = _slopes(w)
    X = rng.uniform(-1.0, 1.0, size=(n, len(slopes)))
    return X, X @ slopes + amount("b", b, -np.inf) + rng.normal(0.0, amount("noise", noise), size=n)


def logistic_1d(n: int = 40, *, w0: float = -1.0, w1: float = 2.0, rng: Rng = 0) -> Pair:
    """Draw labels from a logistic model of one feature: 1 with probability sigmoid(w0 + w1 x).

    Parameters
    ----------
    n : int
        How many examples.
    w0, w1 : float
        Intercept and slope of the logit.
    rng : Generator or int
        Draws x evenly from -3 to 3, and the labels.

    Returns
    -------
    X : ndarray, shape (n, 1)
    y : ndarray of integers 0 and 1, shape (n,)
    """
    w0, w1 = amount("w0", w0, -np.inf), amount("w1", w1, -np.inf)
    return _drawn(count("n", n), np.array([w1]), w0, generator(rng))


def logistic_2d(n: int = 100, *, w: tuple[float, float] = (2.0, -1.0), b: float = 0.5, rng: Rng = 0) -> Pair:
    """Draw labels from a logistic model of two features: 1 with probability sigmoid(X @ w + b).

    Parameters
    ----------
    n : int
        How many examples.
    w, b : pair of floats, float
        Slopes and intercept of the logit: the boundary is the line where it is 0.
    rng : Generator or int
        Draws X evenly from the square from -3 to 3, and the labels.

    Returns
    -------
    X : ndarray, shape (n, 2)
    y : ndarray of integers 0 and 1, shape (n,)
    """
    return _drawn(count("n", n), _slopes(w, 2), amount("b", b, -np.inf), generator(rng))


def _drawn(n: int, w: np.ndarray, b: float, rng: np.random.Generator) -> Pair:
    X = rng.uniform(-3.0, 3.0, size=(n, len(w)))
    # sigmoid(u) by tanh, which does not overflow
    return X, (rng.uniform(size=n) < 0.5 + 0.5 * np.tanh((X @ w + b) / 2)).astype(np.int64)


def _slopes(w: Sequence[float], features: int | None = None) -> np.ndarray:
    if np.ndim(w) != 1 or len(w) != (features or max(len(w), 1)):
        raise UsageError(
            "w has one slope for each feature.",
            expected=f"{features or 'one or more'} numbers in a row",
            got=repr(w),
            mend="give w=(2.0, -1.0) for two features",
        )
    return np.array([amount("w", slope, -np.inf) for slope in w])


def _halves(n: int) -> np.ndarray:
    return np.arange(n) % 2


def _noisy(X: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    return X + rng.normal(0.0, amount("noise", noise), size=X.shape)


def _shuffled(X: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> Pair:
    order = rng.permutation(len(y))
    return X[order], y[order]
