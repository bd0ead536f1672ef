"""Activations as modules, and by name: what stands between two linear layers.

Most are one function applied entry by entry; `PReLU` has a parameter, `Maxout` is a layer of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine import Tensor
from ..engine.primitives import activations as functions
from ..errors import UsageError
from ._checks import array, float_dtype, generator, size, wrong_input
from .init import Rng, start
from .module import Module


class Activation(Module):
    """Any function of one array as a module.

    Parameters
    ----------
    function : callable
        Of an array or Tensor; written with NumPy's functions.
    **settings
        Keyword arguments of it.

    Attributes
    ----------
    init : str
        How the weights before it should start; see `nn.init`.
    """

    init = "xavier_uniform"

    def __init__(self, function: Callable[..., Any], **settings: Any) -> None:
        self.function, self.settings = function, settings

    def forward(self, x: Any) -> Any:
        """Return the function of `x`."""
        return self.function(array(x), **self.settings)

    def _settings(self) -> str:
        name = [getattr(self.function, "__name__", "function")] if type(self) is Activation else []
        return ", ".join(name + [f"{key}={value!r}" for key, value in self.settings.items()])


def identity(x: Any) -> Any:
    """Return `x`."""
    return x


class Identity(Activation):
    """The input itself: a network of it is one linear map, however deep."""

    def __init__(self) -> None:
        super().__init__(identity)


class Sigmoid(Activation):
    """``1 / (1 + exp(-x))``, from 0 to 1; slopes of at most 1/4."""

    def __init__(self) -> None:
        super().__init__(functions.sigmoid)


class Tanh(Activation):
    """The hyperbolic tangent, from -1 to 1, centred at 0."""

    def __init__(self) -> None:
        super().__init__(np.tanh)


class ReLU(Activation):
    """``max(x, 0)``; the slope at 0 is 0."""

    init = "kaiming_uniform"

    def __init__(self) -> None:
        super().__init__(functions.relu)


class LeakyReLU(Activation):
    """``x`` above 0, ``slope * x`` elsewhere: no unit dies."""

    init = "kaiming_uniform"

    def __init__(self, slope: float = 0.01) -> None:
        super().__init__(functions.leaky_relu, slope=slope)


class ELU(Activation):
    """``x`` above 0, ``alpha * (exp(x) - 1)`` elsewhere."""

    init = "kaiming_uniform"

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__(functions.elu, alpha=alpha)


def selu(x: Any) -> Any:
    """``scale * elu(x, alpha)``, with the two numbers that keep mean 0 and variance 1 from layer to layer.

    References
    ----------
    Klambauer, Unterthiner, Mayr & Hochreiter, "Self-normalizing neural networks" (2017).
    """
    return 1.0507009873554805 * functions.elu(x, 1.6732632423543772)


class SELU(Activation):
    """A scaled ELU that keeps mean 0 and variance 1; see `selu`."""

    init = "lecun_normal"

    def __init__(self) -> None:
        super().__init__(selu)


class Softplus(Activation):
    """``log(1 + exp(x))``, a smooth relu."""

    init = "kaiming_uniform"

    def __init__(self) -> None:
        super().__init__(functions.softplus)


class SiLU(Activation):
    """``x * sigmoid(x)``, also called Swish."""

    init = "kaiming_uniform"

    def __init__(self) -> None:
        super().__init__(functions.silu)


class GELU(Activation):
    """``x * Phi(x)`` with the normal distribution function, or its form by tanh."""

    init = "kaiming_uniform"

    def __init__(self, approximate: str = "none") -> None:
        super().__init__(functions.gelu, approximate=approximate)


def hard_threshold(x: Any, theta: float = 0.0) -> Any:
    """1 where ``x >= theta``, else 0. Its slope is 0 wherever it has one: nothing is learned through it."""
    return np.where(np.greater_equal(x, theta), x * 0.0 + 1.0, 0.0)


class HardThreshold(Activation):
    """1 where ``x >= theta``, else 0: the units of the perceptron's time. No gradient passes."""

    def __init__(self, theta: float = 0.0) -> None:
        super().__init__(hard_threshold, theta=theta)


class PReLU(Module):
    """``x`` above 0, ``weight * x`` elsewhere, with a learned slope.

    Parameters
    ----------
    n : int
        1 for one slope, or as many as the last axis has entries, one each. (PyTorch counts along axis 1.)
    slope : float
        Where they start.
    dtype : float64 or float32

    References
    ----------
    He, Zhang, Ren & Sun, "Delving deep into rectifiers" (2015).
    """

    init = "kaiming_uniform"

    def __init__(self, n: int = 1, *, slope: float = 0.25, dtype: Any = np.float64) -> None:
        self.weight = Tensor(np.full(size("n", n), slope, float_dtype(dtype)), requires_grad=True)

    def forward(self, x: Any) -> Any:
        """Return the entries above 0, and slopes times the others."""
        x, n = array(x), self.weight.shape[0]
        if n > 1 and x.shape[-1:] != (n,):
            raise wrong_input(self, f"shape (..., {n})", x, f"give it {n} columns: it has a slope for each")
        return np.where(np.greater(x, 0), x, self.weight * x)


class Maxout(Module):
    """The largest of several affine maps, unit by unit: it learns its own convex, piecewise linear shape.

    Parameters
    ----------
    n_in, n_out : int
    pieces : int
        How many affine maps; two of them double the number of parameters.
    rng : Generator or seed
    init : as for `Linear`
    dtype : float64 or float32

    Attributes
    ----------
    weight : Tensor, shape (pieces, n_in, n_out)
    bias : Tensor, shape (pieces, n_out)

    References
    ----------
    Goodfellow, Warde-Farley, Mirza, Courville & Bengio, "Maxout networks" (2013).
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        pieces: int = 2,
        rng: Rng | None = None,
        init: Any = "xavier_uniform",
        dtype: Any = np.float64,
    ) -> None:
        self.n_in, self.n_out, self.pieces = size("n_in", n_in), size("n_out", n_out), size("pieces", pieces)
        dtype, shape = float_dtype(dtype), (self.n_in, self.n_out)
        rng = rng if rng is None else generator(rng)  # a seed, asked once for each piece, would draw the same
        weights = np.stack([start(init, shape, rng, dtype) for _ in range(self.pieces)])
        self.weight = Tensor(weights, requires_grad=True)
        self.bias = Tensor(np.zeros((self.pieces, self.n_out), dtype), requires_grad=True)

    def forward(self, x: Any) -> Any:
        """Return ``max_k (x @ weight[k] + bias[k])``, shape (..., n_out); equal maxima share the gradient."""
        x = array(x)
        if x.shape[-1:] != (self.n_in,):
            raise wrong_input(self, f"shape (..., {self.n_in})", x, "make rows of examples")
        return functions.maxout(*(x @ self.weight[k] + self.bias[k] for k in range(self.pieces)))

    def multiply_adds(self) -> int:
        """Multiply-adds of the products, for one row."""
        return self.pieces * self.n_in * self.n_out

    def _settings(self) -> str:
        return f"{self.n_in} -> {self.n_out}, pieces={self.pieces}"


BY_NAME: dict[str, Callable[..., Module]] = {
    "identity": Identity,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "prelu": PReLU,
    "elu": ELU,
    "selu": SELU,
    "softplus": Softplus,
    "silu": SiLU,
    "swish": SiLU,
    "gelu": GELU,
    "threshold": HardThreshold,
}


def activation(what: Any) -> Module:
    """Make a module of a name (``"tanh"``), a function (`np.tanh`) or a class; copy one that is one."""
    if isinstance(what, str) and what in BY_NAME:
        return BY_NAME[what]()
    if isinstance(what, Module):
        return what.copy()
    if isinstance(what, type) and issubclass(what, Module):
        return what()
    if callable(what):
        return Activation(what)
    raise UsageError(
        "There is no such activation.",
        expected=f"one of {', '.join(BY_NAME)}, or a function of an array",
        got=repr(what),
        mend="settings go in with a module, e.g. nn.LeakyReLU(0.1)",
    )
