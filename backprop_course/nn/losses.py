"""Losses: ``loss(output, target)`` is one number; what is averaged and which factor stands before it is said.

Outputs are Tensors or arrays with examples as rows. ``reduction`` is ``"mean"``, ``"sum"`` or ``"none"``,
over all entries where each entry is compared, over examples where each row is. Settings are fixed for
training by ``functools.partial(nn.huber, delta=0.5)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.primitives import losses as engine
from ..engine.primitives.activations import relu
from ..engine.primitives.losses import (
    binary_cross_entropy_with_logits,
    log_softmax,
    mae_loss,
    mse_loss,
    one_hot,
    reduce,
)
from ..errors import ShapeError, UsageError
from ._checks import array

__all__ = [
    "absolute_error",
    "binary_cross_entropy",
    "cross_entropy",
    "huber",
    "kl_from_logits",
    "max_margin",
    "squared_error",
]


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

    Raises
    ------
    UsageError
        If a target is below 0 or above 1: the loss would have no lower bound.
    """
    if isinstance(target, np.ndarray) and target.size and not (target.min() >= 0 and target.max() <= 1):
        raise UsageError(
            "Targets of a binary cross-entropy are probabilities.",
            expected="0 and 1, or numbers between",
            got=f"from {target.min()} to {target.max()}",
            mend="write (y + 1) / 2 where the classes are -1 and +1",
        )
    return binary_cross_entropy_with_logits(array(output), target, reduction=reduction)


def cross_entropy(output: Any, target: Any, *, label_smoothing: float = 0.0, reduction: str = "mean") -> Any:
    """``-sum_j t_j log p_j`` with p = softmax(output), in nats, mean over examples.

    Parameters
    ----------
    output : array_like or Tensor, shape (..., C)
        Logits, so without a softmax at the end of the network; exact at any size.
    target : array_like of ints, shape (...), or of probabilities, shape (..., C)
        Classes counted from 0, or one-hot or soft rows.
    label_smoothing : float, from 0 to 1
        The share of each target that is spread evenly over all classes.
    reduction : {"mean", "sum", "none"}
        Over the examples.

    Raises
    ------
    ShapeError
        If the targets fit neither as classes nor as rows.
    UsageError
        If a class is not one of the C, or the share is not from 0 to 1.
    """
    if not 0 <= label_smoothing <= 1:
        raise UsageError(
            "label_smoothing is a share.",
            expected="a number from 0 to 1",
            got=repr(label_smoothing),
            mend="0.1 is usual; leave it out for none",
        )
    output = array(output)
    return engine.cross_entropy(output, target, reduction=reduction, label_smoothing=label_smoothing)


def huber(output: Any, target: Any, *, delta: float = 1.0, reduction: str = "mean") -> Any:
    """Half the squared error up to `delta`, and a line of slope `delta` from there on; mean over all entries.

    With ``r = |output - target|``: ``r**2 / 2`` where r <= delta, ``delta * (r - delta / 2)`` beyond.

    References
    ----------
    Huber, "Robust estimation of a location parameter" (1964).
    """
    if not delta > 0:
        raise UsageError(
            "Huber's loss changes from a square to a line at delta.",
            expected="a number above 0",
            got=f"delta={delta!r}",
            mend="leave it out for 1",
        )
    distance = mae_loss(output, target, reduction="none")
    near = np.minimum(distance, float(delta))
    return reduce(near * (distance - 0.5 * near), reduction)


def kl_from_logits(output: Any, target: Any, *, reduction: str = "mean") -> Any:
    """``sum_j t_j log(t_j / p_j)`` with p = softmax(output), in nats, mean over examples; ``0 log 0 = 0``.

    Parameters
    ----------
    output : array_like or Tensor, shape (..., C)
        Logits.
    target : array_like or Tensor, shape (..., C)
        Rows of probabilities.
    reduction : {"mean", "sum", "none"}
        Over the examples.
    """
    if np.shape(output) != np.shape(target):
        raise _unlike("rows of probabilities", np.shape(output), np.shape(target))
    logs = np.log(np.where(np.equal(target, 0), 1.0, target))
    return reduce(np.sum(target * (logs - log_softmax(output)), axis=-1), reduction)


def max_margin(output: Any, labels: Any, *, margin: float = 1.0, reduction: str = "mean") -> Any:
    """``sum over j != label of max(0, margin + s_j - s_label)`` for the scores s, mean over examples.

    The sum is not divided by the number of classes (PyTorch's is). The slope at a kink is 0.

    Parameters
    ----------
    output : array_like or Tensor, shape (..., C)
        Scores.
    labels : array_like of ints, shape (...)
        Classes counted from 0.
    margin : float
        By how much the right score has to be above all others.
    reduction : {"mean", "sum", "none"}
        Over the examples.

    References
    ----------
    Weston & Watkins, "Multi-class support vector machines" (1998).
    """
    output = array(output)
    if not output.shape or np.shape(labels) != output.shape[:-1]:
        raise _unlike("classes", output.shape[:-1], np.shape(labels))
    right = one_hot(labels, output.shape[-1], output.dtype)
    score = np.sum(right * output, axis=-1, keepdims=True)
    return reduce(np.sum((1.0 - right) * relu(margin + output - score), axis=-1), reduction)


def _unlike(what: str, expected: Any, got: Any) -> ShapeError:
    return ShapeError(
        "A loss was given targets that do not fit the outputs.",
        expected=f"{what} of shape {expected}",
        got=f"shape {got}",
        mend="give one for each row of outputs",
    )
