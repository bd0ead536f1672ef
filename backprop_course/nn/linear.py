"""Linear: ``y = x W + b``, rows are examples. Read next: `activations`, `containers`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import Tensor
from ..engine.primitives.linalg import affine
from ._checks import array, float_dtype, size, wrong_input
from .init import Rng, start
from .module import Module


class Linear(Module):
    """The affine map ``x @ weight + bias``.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and outputs.
    bias : bool
        Whether there is one; it starts at 0.
    rng : Generator or seed
        Draws the weights; not needed where `init` draws nothing.
    init : str, float, array, or callable
        A name of `nn.init`, a constant, the weights, or a function of shape and generator.
    dtype : float64 or float32

    Attributes
    ----------
    weight : Tensor, shape (n_in, n_out)
        PyTorch keeps its transpose.
    bias : Tensor, shape (n_out,), or None

    Examples
    --------
    >>> import numpy as np
    >>> from backprop_course import nn
    >>> layer = nn.Linear(2, 3, rng=np.random.default_rng(0))
    >>> layer
    Linear(2 -> 3): weight (2, 3), bias (3,): 9 parameters, 6 multiply-adds per row
    >>> layer(np.ones((5, 2))).shape
    (5, 3)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        bias: bool = True,
        rng: Rng | None = None,
        init: Any = "xavier_uniform",
        dtype: Any = np.float64,
    ) -> None:
        self.n_in, self.n_out = size("n_in", n_in), size("n_out", n_out)
        dtype = float_dtype(dtype)
        self.weight = Tensor(start(init, (self.n_in, self.n_out), rng, dtype), requires_grad=True)
        self.bias = Tensor(np.zeros(self.n_out, dtype), requires_grad=True) if bias else None

    def forward(self, x: Any) -> Any:
        """Return ``x @ weight + bias``, shape (..., n_out).

        Parameters
        ----------
        x : array_like or Tensor, shape (..., n_in)

        Raises
        ------
        ShapeError
            If the last axis of `x` has not `n_in` entries.
        """
        x = array(x)
        if x.shape[-1:] != (self.n_in,):
            mend = "make rows of examples: x[None, :] of a vector, x.T exchanges rows and columns"
            raise wrong_input(self, f"shape (..., {self.n_in})", x, mend)
        return x @ self.weight if self.bias is None else affine(x, self.weight, self.bias)

    def multiply_adds(self) -> int:
        """Multiply-adds of the product, for one row."""
        return self.n_in * self.n_out

    def _settings(self) -> str:
        return f"{self.n_in} -> {self.n_out}" + ("" if self.bias is not None else ", no bias")
