"""Sets so small that they stand here: the four points of least squares, and the logic gates."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .checks import Pair

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
    if isinstance(name, str) and name == "not":
        return np.array([[0.0], [1.0]]), np.array([1, 0])
    if not isinstance(name, str) or name not in GATES:
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
