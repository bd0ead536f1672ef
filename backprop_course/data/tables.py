"""Sets so small that they stand here: the four points of least squares, the gates, exam results."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .checks import Pair, Rng, amount, count, generator

CORNERS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))
GATES = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xor": (0, 1, 1, 0),
    "xnor": (1, 0, 0, 1),
    "implies": (1, 1, 0, 1),
}


def ols() -> Pair:
    """Return four points for least squares: x = 0, 1, 2, 3 and y = 1, 3, 4, 8.

    The line of least squares is 0.7 + 2.2 x; its sum of squares is 1.8, that of the zero line 90.

    Returns
    -------
    X : ndarray, shape (4, 1)
    y : ndarray of floats, shape (4,)

    Examples
    --------
    >>> from backprop_course import data
    >>> X, y = data.ols()
    >>> X[:, 0], y
    (array([0., 1., 2., 3.]), array([1., 3., 4., 8.]))
    """
    return np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 3.0, 4.0, 8.0])


def gate(name: str) -> Pair:
    """Return the truth table of a logic gate, rows in the order 00, 01, 10, 11.

    Parameters
    ----------
    name : str
        ``"and"``, ``"or"``, ``"nand"``, ``"nor"``, ``"xor"``, ``"xnor"``, ``"implies"``, or ``"not"`` of one
        input.

    Returns
    -------
    X : ndarray, shape (4, 2), or (2, 1) for ``"not"``
    y : ndarray of integers 0 and 1

    Raises
    ------
    UsageError
        If there is no such gate.
    """
    if name == "not":
        return np.array([[0.0], [1.0]]), np.array([1, 0])
    if name not in GATES:
        raise UsageError(
            "There is no such gate.",
            expected=", ".join([*GATES, "not"]),
            got=repr(name),
            mend="write one of these names",
        )
    return np.array(CORNERS), np.array(GATES[name])


def xor() -> Pair:
    """Return the truth table of exclusive or, which no line separates: X (4, 2), y of 0 and 1 (4,)."""
    return gate("xor")


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
    first, second = w
    slopes = np.array([amount("w[0]", first, -np.inf), amount("w[1]", second, -np.inf)])
    return _drawn(count("n", n), slopes, amount("b", b, -np.inf), generator(rng))


def _drawn(n: int, w: np.ndarray, b: float, rng: np.random.Generator) -> Pair:
    X = rng.uniform(-3.0, 3.0, size=(n, len(w)))
    # sigmoid(u) by tanh, which does not overflow
    return X, (rng.uniform(size=n) < 0.5 + 0.5 * np.tanh((X @ w + b) / 2)).astype(np.int64)
