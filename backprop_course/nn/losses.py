"""Losses: ``loss(output, target)`` is one number; what is averaged and which factor stands before it is said.

Outputs are Tensors or arrays with examples as rows. ``reduction`` is ``"mean"``, ``"sum"`` or ``"none"``,
over all entries where each entry is compared, over examples where each row is. Settings are fixed for
training by ``functools.partial(nn.huber, delta=0.5)``.
"""

from __future__ import annotations

from typing import Any

from ..engine.primitives.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    mae_loss,
    mse_loss,
)

__all__ = ["absolute_error", "binary_cross_entropy", "cross_entropy", "squared_error"]


def squared_error(output: Any, target: Any, *, factor: float = 1.0, reduction: str = "mean") -> Any:
    """``factor * (output - target)**2``, mean over all entries.

    Parameters
    ----------
    output, target : array_like or Tensor, the same shape
    factor : float
        1 makes it the mean squared error; ½ makes the slope of one entry the plain error.
    reduction : {"mean", "sum", "none"}
    """
    loss = mse_loss(output, target, reduction=reduction)
    return loss if factor == 1.0 else factor * loss


def absolute_error(output: Any, target: Any, *, reduction: str = "mean") -> Any:
    """``|output - target|``, mean over all entries; slope 0 where they are equal."""
    return mae_loss(output, target, reduction=reduction)


def binary_cross_entropy(output: Any, target: Any, *, reduction: str = "mean") -> Any:
    """``-t log p - (1 - t) log(1 - p)`` with p = sigmoid(output), in nats, mean over all entries.

    Parameters
    ----------
    output : array_like or Tensor
        Logits, so without a sigmoid at the end of the network; exact at any size.
    target : array_like of the same shape
        0 or 1, or soft labels from 0 to 1.
    reduction : {"mean", "sum", "none"}
    """
    return binary_cross_entropy_with_logits(output, target, reduction=reduction)
