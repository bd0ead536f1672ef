"""Where weights start: functions of a shape ``(n_in, n_out)`` and a generator.

Weights that start equal get equal gradients and stay equal: hidden units need numbers of their own. How large
they are decides whether signals keep their size from layer to layer, forward (fan-in) and backward (fan-out).
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ShapeError, UsageError
from ._checks import generator

if TYPE_CHECKING:
    from .module import Module

Shape = tuple[int, ...]
Rng = np.random.Generator | int


class SymmetryWarning(UserWarning):
    """Units of a hidden layer start as copies of each other, and will stay so."""


def zeros(shape: Shape, rng: Rng | None = None) -> Any:
    """All weights 0."""
    return np.zeros(shape)


def constant(shape: Shape, rng: Rng | None = None, *, value: float) -> Any:
    """All weights `value`."""
    return np.full(shape, float(value))


def normal(shape: Shape, rng: Rng, *, mean: float = 0.0, std: float = 0.01) -> Any:
    """Draw from a normal distribution of standard deviation `std`."""
    return generator(rng).normal(mean, std, size=shape)


def xavier_uniform(shape: Shape, rng: Rng, *, gain: float = 1.0) -> Any:
    """Draw uniformly with variance ``gain**2 * 2 / (n_in + n_out)``, between two opposite bounds.

    References
    ----------
    Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010).
    """
    return _uniform(shape, rng, gain * np.sqrt(2.0 / sum(fans(shape))))


def xavier_normal(shape: Shape, rng: Rng, *, gain: float = 1.0) -> Any:
    """Draw normally with variance ``gain**2 * 2 / (n_in + n_out)``; see `xavier_uniform`."""
    return normal(shape, rng, std=gain * np.sqrt(2.0 / sum(fans(shape))))


def kaiming_uniform(shape: Shape, rng: Rng, *, gain: float = np.sqrt(2.0)) -> Any:
    """Draw uniformly with variance ``gain**2 / n_in``; the gain √2 makes up for what relu sets to 0.

    References
    ----------
    He, Zhang, Ren & Sun, "Delving deep into rectifiers" (2015).
    """
    return _uniform(shape, rng, gain / np.sqrt(fans(shape)[0]))


def kaiming_normal(shape: Shape, rng: Rng, *, gain: float = np.sqrt(2.0)) -> Any:
    """Draw normally with variance ``gain**2 / n_in``; see `kaiming_uniform`."""
    return normal(shape, rng, std=gain / np.sqrt(fans(shape)[0]))


def lecun_normal(shape: Shape, rng: Rng) -> Any:
    """Draw normally with variance ``1 / n_in``: what the self-normalising `selu` counts on."""
    return kaiming_normal(shape, rng, gain=1.0)


def _uniform(shape: Shape, rng: Rng, std: float) -> Any:
    bound = np.sqrt(3.0) * std  # the variance of a uniform number from -b to b is b**2 / 3
    return generator(rng).uniform(-bound, bound, size=shape)


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs reach a unit, and how many units an input reaches: ``(n_in, n_out)``."""
    if len(shape) != 2:
        raise ShapeError(
            "Fan-in and fan-out are those of a matrix of weights.",
            expected="a shape (n_in, n_out)",
            got=str(shape),
            mend="use normal(shape, rng, std=...) for other shapes",
        )
    return shape[0], shape[1]


KINDS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (zeros, normal, xavier_uniform, xavier_normal, kaiming_uniform, kaiming_normal, lecun_normal)
}


def start(how: Any, shape: Shape, rng: Any, dtype: Any) -> Any:
    """Starting weights, by name (``"xavier_uniform"``), number, array, or function of shape and generator."""
    if isinstance(how, str) and how in KINDS:
        how = KINDS[how]
    if isinstance(how, int | float) and not isinstance(how, bool):
        how = functools.partial(constant, value=how)
    if callable(how):
        needs_none = getattr(how, "func", how) in (zeros, constant)
        found = np.asarray(how(shape, rng if needs_none else generator(rng)), dtype=dtype)
    elif hasattr(how, "shape"):
        found = np.array(how, dtype=dtype)
    else:
        raise UsageError(
            "Weights cannot start this way.",
            expected=f"one of {', '.join(KINDS)}, a number, an array, or a function of (shape, rng)",
            got=repr(how),
            mend="settings go in by functools.partial(nn.init.normal, std=0.1)",
        )
    if found.shape != tuple(shape):
        raise ShapeError(
            "The starting weights have another shape than the layer.",
            expected=str(tuple(shape)),
            got=str(found.shape),
            mend="return weights of (n_in, n_out): a column for each unit",
        )
    return found


def initialize(module: Any, how: Any, rng: Rng | None = None) -> Any:
    """Start all linear layers of a module anew, biases at 0; return the module.

    Parameters
    ----------
    module : Module
    how : str, float, or callable
        As ``Linear(init=...)`` takes it.
    rng : Generator or seed
        Not needed for zeros and constants.

    Warns
    -----
    SymmetryWarning
        If the units of a hidden layer start equal.
    """
    from .linear import Linear
    from .module import a_module

    layers = [
        layer for _, layer in a_module(module, "initialize").named_modules() if isinstance(layer, Linear)
    ]
    for layer in layers:
        layer.weight.assign(start(how, layer.weight.shape, rng, layer.weight.dtype))
        if layer.bias is not None:
            layer.bias.assign(np.zeros(layer.bias.shape))
    warn_of_symmetry(layers)
    return module


def warn_of_symmetry(layers: Sequence[Module], stacklevel: int = 3) -> None:
    """Warn of hidden units that are copies: same weights coming in and going out get the same gradients."""
    from .linear import Linear

    before = None
    for layer in layers:
        if isinstance(layer, Linear):
            if before is not None and _copies(before.weight.value, layer.weight.value):
                warnings.warn(
                    f"The {layer.n_in} units of a hidden layer start with equal weights, coming in and going "
                    "out. They get equal gradients and stay equal: the layer can do no more than one unit. "
                    'Draw the weights instead, e.g. init="xavier_uniform" (relu: "kaiming_uniform").',
                    SymmetryWarning,
                    stacklevel=stacklevel,
                )
                return
            before = layer
        elif hasattr(layer, "rng"):
            before = None  # masks tell the units apart


def _copies(coming: Any, going: Any) -> bool:
    """Whether all units between two matrices of weights are one and the same."""
    if not coming.shape[1] == going.shape[0] > 1:
        return False
    return bool(np.all(coming == coming[:, :1]) and np.all(going == going[:1]))
