"""Threshold units: McCulloch and Pitts's, which are wired, and Rosenblatt's perceptron, which learns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..engine import Tensor
from ..errors import ShapeError, UsageError
from ._checks import array, size, wrong_input
from .module import Module


class McCullochPitts(Module):
    """A unit of 0 and 1: it fires if enough inputs are active and no inhibitory one is.

    Parameters
    ----------
    n_in : int
        How many inputs.
    threshold : int
        How many of the exciting inputs must be 1 for it to fire.
    inhibitory : sequence of int
        Places of inputs that stop it, each alone.

    References
    ----------
    McCulloch & Pitts, "A logical calculus of the ideas immanent in nervous activity" (1943).

    Examples
    --------
    >>> from backprop_course import nn
    >>> two_of_three = nn.McCullochPitts(3, threshold=2)
    >>> two_of_three([[0, 1, 0], [0, 1, 1], [1, 1, 1]])
    array([0., 1., 1.])
    """

    def __init__(self, n_in: int, threshold: int, inhibitory: Sequence[int] = ()) -> None:
        self.n_in, self.threshold = size("n_in", n_in), threshold
        self.inhibitory = tuple(inhibitory) if isinstance(inhibitory, Iterable) else (inhibitory,)
        if not all(isinstance(i, int | np.integer) and 0 <= i < n_in for i in self.inhibitory):
            raise UsageError(
                "An inhibitory input is not one of the inputs.",
                expected=f"places from 0 to {n_in - 1}",
                got=repr(self.inhibitory),
                mend="count inputs from 0",
            )

    def forward(self, x: Any) -> Any:
        """Return 1.0 where the unit fires and 0.0 where not, shape (...).

        Parameters
        ----------
        x : array_like of 0 and 1, shape (..., n_in)
        """
        x = np.asarray(getattr(x, "value", x))
        if x.shape[-1:] != (self.n_in,):
            raise wrong_input(self, f"shape (..., {self.n_in})", x, "give one entry for each input")
        if not np.isin(x, (0, 1)).all():
            raise UsageError(
                "A McCulloch-Pitts unit was given something between active and not.",
                expected="inputs of 0 and 1",
                got=f"from {x.min()} to {x.max()}",
                mend="use a Perceptron for other numbers",
            )
        excites = [i not in self.inhibitory for i in range(self.n_in)]
        active, stopped = x[..., excites].sum(axis=-1), x[..., list(self.inhibitory)].any(axis=-1)
        return np.where((active >= self.threshold) & ~stopped, 1.0, 0.0)

    def _settings(self) -> str:
        inhibitory = f", inhibitory={self.inhibitory}" if self.inhibitory else ""
        return f"{self.n_in}, threshold={self.threshold}{inhibitory}"


def gate(name: str, n_in: int = 2) -> McCullochPitts:
    """Make the unit that is a gate: ``"AND"``, ``"OR"``, ``"NOR"`` of any number of inputs, ``"NOT"`` of one.

    Small letters will do.

    ``"AND NOT"`` is 1 where the first of two inputs is 1 and the second is not. XOR takes three units.
    """
    given, name = name, str(name).upper()
    if name == "NOT":
        return McCullochPitts(1, threshold=0, inhibitory=(0,))
    if name == "AND NOT":
        return McCullochPitts(2, threshold=1, inhibitory=(1,))
    if name == "NOR":
        return McCullochPitts(n_in, threshold=0, inhibitory=range(n_in))
    if name in ("AND", "OR"):
        return McCullochPitts(n_in, threshold=n_in if name == "AND" else 1)
    raise UsageError(
        "There is no such gate among single units.",
        expected="'AND', 'OR', 'NOR', 'NOT' or 'AND NOT'",
        got=repr(given),
        mend="others, XOR among them, take several units",
    )


class Perceptron(Module):
    """A threshold unit that learns: 1 where ``x @ weight + bias`` is above 0, else 0.

    It starts at zeros and learns by the perceptron rule: for an example whose output is wrong, ``weight``
    moves by ``eta * (t - o) * x`` and ``bias`` by ``eta * (t - o)``. It settles where a line separates the
    classes, and never where none does.

    Parameters
    ----------
    n_in : int
        How many inputs.
    eta : float
        The step. Starting at zeros, it scales the weights and changes nothing else.

    Attributes
    ----------
    weight : Tensor, shape (n_in,)
    bias : Tensor, shape ()

    References
    ----------
    Rosenblatt, "The perceptron: a probabilistic model for information storage and organization in the brain"
    (1958).

    Examples
    --------
    >>> from backprop_course import nn
    >>> unit = nn.Perceptron(2)
    >>> unit.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1])
    [1, 2, 1, 0]
    >>> unit([[0, 0], [0, 1], [1, 0], [1, 1]])
    array([0., 1., 1., 1.])
    """

    def __init__(self, n_in: int, *, eta: float = 1.0) -> None:
        self.n_in, self.eta = size("n_in", n_in), eta
        self.weight = Tensor(np.zeros(self.n_in), requires_grad=True)
        self.bias = Tensor(np.zeros(()), requires_grad=True)

    def forward(self, x: Any) -> Any:
        """Return 1.0 or 0.0 for each row of `x`, shape (..., n_in); 0.0 where the sum is 0."""
        x = array(x)
        if x.shape[-1:] != (self.n_in,):
            raise wrong_input(self, f"shape (..., {self.n_in})", x, "give one entry for each input")
        return np.where(np.greater(x @ self.weight + self.bias, 0), 1.0, 0.0)

    def update(self, x: Any, t: float) -> bool:
        """Learn from one example, and return whether the unit was wrong about it."""
        x = np.asarray(x, dtype=float)
        error = t - float(self(x))
        if error:
            self.weight.assign(self.weight.value + self.eta * error * x)
            self.bias.assign(self.bias.value + self.eta * error)
        return bool(error)

    def fit(self, X: Any, t: Any, *, passes: int = 100) -> list[int]:
        """Learn from all rows in their order, until a pass changes nothing or `passes` are over.

        Parameters
        ----------
        X : array_like, shape (N, n_in)
        t : array_like of 0 and 1, shape (N,)

        Returns
        -------
        list of int
            How many updates each pass made; the last is 0 if the unit settled.
        """
        X, t = np.asarray(X, dtype=float), np.asarray(t, dtype=float)
        if X.ndim != 2 or t.shape != X.shape[:1]:
            raise ShapeError(
                "Examples and targets belong together row by row.",
                expected=f"X of shape (N, {self.n_in}) and t of shape (N,)",
                got=f"shapes {X.shape} and {t.shape}",
                mend="give one target for each row",
            )
        if not np.isin(t, (0, 1)).all():
            raise UsageError(
                "The perceptron rule was given targets that the unit cannot return.",
                expected="targets 0 and 1",
                got=f"from {t.min()} to {t.max()}",
                mend="write (t + 1) / 2 to make 0 and 1 of -1 and 1",
            )
        updates: list[int] = []
        while len(updates) < passes and (not updates or updates[-1]):
            updates.append(sum(self.update(x, float(target)) for x, target in zip(X, t, strict=True)))
        return updates

    def multiply_adds(self) -> int:
        """Multiply-adds of the product, for one row."""
        return self.n_in

    def _settings(self) -> str:
        return f"{self.n_in}, eta={self.eta}"
