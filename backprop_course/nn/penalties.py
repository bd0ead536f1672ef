"""Penalties on weights, to be added to a loss; biases are left out unless asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import UsageError
from .module import Module


def l2(parameters: Module | Mapping[str, Any], strength: float, *, biases: bool = False) -> Any:
    """``strength / 2 * sum(w**2)``, so that the gradient is ``strength * w``.

    Parameters
    ----------
    parameters : Module, or dict of str to array or Tensor
        As `nn.values` names them. What is named ``bias`` is left out.
    strength : float
        Not below 0.
    biases : bool
        Whether to count them in.

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import grad, nn
    >>> values = {"weight": np.array([[1.0, -2.0]]), "bias": np.array([5.0, 5.0])}
    >>> float(nn.l2(values, 0.1))
    0.25
    >>> grad(lambda values: nn.l2(values, 0.1))(values)
    {'weight': array([[ 0.1, -0.2]]), 'bias': array([0., 0.])}
    """
    return 0.5 * _strength(strength) * _total(np.square, parameters, biases)


def l1(parameters: Module | Mapping[str, Any], strength: float, *, biases: bool = False) -> Any:
    """``strength * sum(|w|)``, which draws weights to exactly 0; slope 0 there. See `l2`."""
    return _strength(strength) * _total(np.abs, parameters, biases)


def _strength(strength: Any) -> Any:
    """Return a Python float: a NumPy one would make float64 of a float32 loss."""
    if isinstance(strength, int | float | np.number) and 0 <= strength < np.inf:
        return float(strength)
    raise UsageError(
        "The strength of a penalty is out of range.",
        expected="a finite number, not below 0",
        got=repr(strength),
        mend="0.01 is a common start; 0 is no penalty",
    )


def _total(cost: Callable[[Any], Any], parameters: Module | Mapping[str, Any], biases: bool) -> Any:
    named = dict(parameters.named_parameters()) if isinstance(parameters, Module) else parameters
    if not isinstance(named, Mapping):
        raise UsageError(
            "A penalty is taken of named parameters.",
            expected="a module, or a dict of arrays as nn.values gives it",
            got=type(parameters).__name__,
            mend="hand in the model; by the names biases are told from weights",
        )
    total: Any = 0.0
    for name, w in named.items():
        if biases or name.rpartition(".")[2] != "bias":
            total = total + np.sum(cost(w))
    return total
