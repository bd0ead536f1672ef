"""Normalisation: subtract a mean, divide by a standard deviation, then scale and shift by what is learned.

    y = (x - mean) / sqrt(var + eps) * weight + bias

The four differ in what mean and variance are taken over. For x of shape (N, C, ...):

    BatchNorm       over N and the axes after C     one mean for each channel
    LayerNorm       over the last axes              one for each example
    GroupNorm       over a group of C and after     one for each example and group
    InstanceNorm    over the axes after C           one for each example and channel

The variance is the biased one, divided by the count. These are PyTorch's conventions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from ..engine import Tensor, no_grad
from ..errors import ShapeError, UsageError
from ._checks import array, float_dtype, size, wrong_input
from .module import Module


class _Normalization(Module):
    """What the four have in common: weight and bias, and the formula."""

    def __init__(self, shape: tuple[int, ...], eps: float, affine: bool, dtype: Any) -> None:
        dtype = float_dtype(dtype)
        if not (isinstance(eps, int | float) and eps >= 0):
            raise UsageError(
                "eps keeps the division away from 0.",
                expected="a small number, not below 0",
                got=repr(eps),
                mend="leave it out for 1e-5",
            )
        self.eps = float(eps)
        self.weight = Tensor(np.ones(shape, dtype), requires_grad=True) if affine else None
        self.bias = Tensor(np.zeros(shape, dtype), requires_grad=True) if affine else None

    def _normalized(self, centred: Any, var: Any) -> Any:
        return centred * (1.0 / np.sqrt(var + self.eps))

    def _scaled(self, y: Any, after: int = 0) -> Any:
        """``y * weight + bias``, with `after` axes behind that of the channels."""
        if self.weight is None or self.bias is None:
            return y
        if after == 0:
            return y * self.weight + self.bias
        shape = (-1, *[1] * after)
        return y * np.reshape(self.weight, shape) + np.reshape(self.bias, shape)

    def _moments(self, x: Any, axes: tuple[int, ...]) -> tuple[Any, Any, Any]:
        """Mean, ``x - mean`` and biased variance, with the axes kept."""
        if (count := _count(x, axes)) < 2:
            raise ShapeError(
                f"{type(self).__name__} was to normalise a single value, whose spread is always 0.",
                expected="at least 2 values for each mean",
                got=f"{count}, for an input of shape {x.shape}",
                mend="use larger batches or groups, or call eval() where BatchNorm only predicts",
            )
        mean = np.mean(x, axis=axes, keepdims=True)
        centred = x - mean
        return mean, centred, np.mean(np.square(centred), axis=axes, keepdims=True)


def _count(x: Any, axes: tuple[int, ...]) -> int:
    return int(np.prod([x.shape[axis] for axis in axes], dtype=int))


class BatchNorm(_Normalization):
    """Normalise each feature or channel over the batch; in evaluation, by running statistics.

    Training uses the batch's own mean and biased variance, and moves the running ones towards them:
    ``running = (1 - momentum) * running + momentum * batch``, where the variance that is remembered is the
    unbiased one, divided by the count less 1.

    Parameters
    ----------
    n : int
        Features or channels: the size of axis 1.
    eps : float
        Added to the variance.
    momentum : float
        The weight of the newest batch.
    affine : bool
        Whether to scale and shift.
    dtype : float64 or float32

    Attributes
    ----------
    weight, bias : Tensor, shape (n,), or None
    running_mean, running_var : ndarray, shape (n,)
        Buffers: saved, but not learned.

    References
    ----------
    Ioffe & Szegedy, "Batch normalization" (2015), alg. 1 and 2.
    """

    buffer_names: ClassVar[tuple[str, ...]] = ("running_mean", "running_var")

    def __init__(
        self,
        n: int,
        *,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        dtype: Any = np.float64,
    ) -> None:
        super().__init__((size("n", n),), eps, affine, dtype)
        self.n, self.momentum = n, momentum
        self.running_mean: Any = np.zeros(n, dtype)
        self.running_var: Any = np.ones(n, dtype)

    def forward(self, x: Any) -> Any:
        """Return the normalised input, in its shape.

        Parameters
        ----------
        x : array_like or Tensor, shape (N, n) or (N, n, ...)

        Raises
        ------
        ShapeError
            If axis 1 has not `n` entries, or if in training there is only one value for a channel.
        """
        x = array(x)
        if x.ndim < 2 or x.shape[1] != self.n:
            raise wrong_input(self, f"shape (N, {self.n}) or (N, {self.n}, ...)", x, "make rows of examples")
        axes = (0, *range(2, x.ndim))
        if self.training:
            mean, centred, var = self._moments(x, axes)
            self._remember(mean, var, _count(x, axes))
        else:
            shape = (1, -1, *[1] * (x.ndim - 2))
            centred, var = x - np.reshape(self.running_mean, shape), np.reshape(self.running_var, shape)
        return self._scaled(self._normalized(centred, var), x.ndim - 2)

    def _remember(self, mean: Any, var: Any, count: int) -> None:
        with no_grad():
            for name, batch in (("running_mean", mean), ("running_var", var * (count / (count - 1)))):
                old = (1.0 - self.momentum) * getattr(self, name)
                self.update_buffer(name, old + self.momentum * np.reshape(batch, (self.n,)))

    def _settings(self) -> str:
        return str(self.n)


class LayerNorm(_Normalization):
    """Normalise each example over its last axes; the same in training and evaluation.

    Parameters
    ----------
    shape : int or tuple of int
        Sizes of the last axes, all of which are normalised together.
    eps, affine, dtype : as for `BatchNorm`

    Attributes
    ----------
    weight, bias : Tensor of that shape, or None

    References
    ----------
    Ba, Kiros & Hinton, "Layer normalization" (2016).
    """

    def __init__(
        self, shape: int | Sequence[int], *, eps: float = 1e-5, affine: bool = True, dtype: Any = np.float64
    ) -> None:
        sizes = tuple(shape) if isinstance(shape, list | tuple) else (shape,)
        self.shape = tuple(size("shape", n) for n in sizes)
        super().__init__(self.shape, eps, affine, dtype)

    def forward(self, x: Any) -> Any:
        """Return the normalised input, shape ``(..., *shape)``."""
        x, n = array(x), len(self.shape)
        if x.shape[-n:] != self.shape:
            expected = f"shape (..., {', '.join(map(str, self.shape))})"
            raise wrong_input(self, expected, x, "make the last axes those it normalises")
        _, centred, var = self._moments(x, tuple(range(x.ndim - n, x.ndim)))
        return self._scaled(self._normalized(centred, var))

    def _settings(self) -> str:
        return ", ".join(map(str, self.shape))


class GroupNorm(_Normalization):
    """Normalise each example over groups of channels; the same in training and evaluation.

    Parameters
    ----------
    groups : int
        Divides the number of channels; neighbouring channels share a group.
    n : int
        Channels: the size of axis 1.
    eps, affine, dtype : as for `BatchNorm`

    References
    ----------
    Wu & He, "Group normalization" (2018).
    """

    def __init__(
        self, groups: int, n: int, *, eps: float = 1e-5, affine: bool = True, dtype: Any = np.float64
    ) -> None:
        self.groups, self.n = size("groups", groups), size("n", n)
        if n % groups:
            raise UsageError(
                "The groups of GroupNorm have equally many channels.",
                expected=f"a number of channels that {groups} divides",
                got=f"{n} channels",
                mend="choose another number of groups",
            )
        super().__init__((n,), eps, affine, dtype)

    def forward(self, x: Any) -> Any:
        """Return the normalised input, shape (N, n, ...)."""
        x = array(x)
        if x.ndim < 2 or x.shape[1] != self.n:
            raise wrong_input(self, f"shape (N, {self.n}) or (N, {self.n}, ...)", x, "make rows of examples")
        grouped = np.reshape(x, (x.shape[0], self.groups, x.size // (max(x.shape[0], 1) * self.groups)))
        _, centred, var = self._moments(grouped, (2,))
        return self._scaled(np.reshape(self._normalized(centred, var), x.shape), x.ndim - 2)

    def _settings(self) -> str:
        return f"{self.groups} groups of {self.n // self.groups}"


class InstanceNorm(_Normalization):
    """Normalise each channel of each example over the axes after it; without running statistics.

    Parameters
    ----------
    n : int
        Channels: the size of axis 1.
    affine : bool
        Whether to scale and shift; not by default, as in PyTorch.
    eps, dtype : as for `BatchNorm`

    References
    ----------
    Ulyanov, Vedaldi & Lempitsky, "Instance normalization" (2016).
    """

    def __init__(self, n: int, *, eps: float = 1e-5, affine: bool = False, dtype: Any = np.float64) -> None:
        self.n = size("n", n)
        super().__init__((n,), eps, affine, dtype)

    def forward(self, x: Any) -> Any:
        """Return the normalised input, shape (N, n, ...)."""
        x = array(x)
        if x.ndim < 3 or x.shape[1] != self.n:
            mend = "add an axis after the channels: it normalises over those"
            raise wrong_input(self, f"shape (N, {self.n}, ...), at least 3 axes", x, mend)
        _, centred, var = self._moments(x, tuple(range(2, x.ndim)))
        return self._scaled(self._normalized(centred, var), x.ndim - 2)

    def _settings(self) -> str:
        return str(self.n)
