"""What classifiers end with: softmax and its loss, exact and silent at any size of the logits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..custom import primitive
from ..rules import declare
from ._tools import shape_of


def _rows(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield (rng.normal(size=(3,)), {})
    yield (rng.normal(size=(2, 4)), {})
    yield (rng.normal(size=(5, 2, 3)), {})
    yield (rng.normal(size=(0, 3)), {})


@primitive
def log_softmax(x: Any) -> Any:
    """Logarithm of `softmax` over the last axis; the largest logit is subtracted first: no overflow."""
    shifted = x - np.max(x, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


@primitive
def softmax(x: Any) -> Any:
    """Probabilities ``exp(x_i) / sum_j exp(x_j)`` over the last axis; shifting the logits changes nothing."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def _summed(x: Any) -> Any:
    return np.sum(x, axis=-1, keepdims=True)


# J = diag(p) - p p' is symmetric: one formula serves both walks (NB05.W6).
def _softmax_rule(bar_or_dot: Any, p: Any, x: Any) -> Any:
    scaled = p * bar_or_dot
    return scaled - p * _summed(scaled)


declare(softmax, vjp=[_softmax_rule], jvp=[_softmax_rule], samples=_rows)
declare(
    log_softmax,
    vjp=[lambda out_bar, out, x: out_bar - np.exp(out) * _summed(out_bar)],
    jvp=[lambda x_dot, out, x: x_dot - _summed(np.exp(out) * x_dot)],
    samples=_rows,
)


@primitive
def softmax_cross_entropy(logits: Any, targets: Any) -> Any:
    """``-sum_j targets_j log softmax(logits)_j`` over the last axis, one number per example.

    `targets` are probabilities with the shape of `logits`: one-hot rows, or soft labels.
    """
    return -np.sum(targets * log_softmax(logits), axis=-1)


def _targets(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for logits, _ in _rows(rng):
        yield logits, softmax(rng.normal(size=logits.shape))


# The gradient of the logits is p - y (NB05.W6), when a row of targets sums to 1; in general its sum scales p.
def _error(logits: Any, targets: Any) -> Any:
    return softmax(logits) * _summed(targets) - targets


declare(
    softmax_cross_entropy,
    vjp=[
        lambda out_bar, out, logits, targets: out_bar[..., None] * _error(logits, targets),
        lambda out_bar, out, logits, targets: -out_bar[..., None] * log_softmax(logits),
    ],
    jvp=[
        lambda x_dot, out, logits, targets: np.sum(x_dot * _error(logits, targets), axis=-1),
        lambda x_dot, out, logits, targets: -np.sum(x_dot * log_softmax(logits), axis=-1),
    ],
    samples=_targets,
)


def one_hot(labels: Any, classes: int) -> Any:
    """Rows with a 1.0 at each of the integer `labels`, shape ``labels.shape + (classes,)``."""
    return (np.asarray(labels)[..., None] == np.arange(classes)).astype(float)


def cross_entropy(logits: Any, labels: Any, *, reduction: str = "mean") -> Any:
    """Cross entropy of `labels` and the softmax of `logits`, over examples.

    Parameters
    ----------
    logits : array_like or Tensor, shape (..., C)
        Scores before the softmax, any size.
    labels : array_like of ints, shape (...), or probabilities, shape (..., C)
        Classes counted from 0, or one-hot or soft rows.
    reduction : {"mean", "sum", "none"}
        Over the examples.
    """
    labels = labels if hasattr(labels, "dtype") else np.asarray(labels)
    targets = one_hot(labels, shape_of(logits)[-1]) if shape_of(labels) != shape_of(logits) else labels
    return reduce(softmax_cross_entropy(logits, targets), reduction)


def reduce(losses: Any, reduction: str) -> Any:
    """Apply ``"mean"``, ``"sum"`` or ``"none"``."""
    from ...errors import UsageError

    if reduction not in ("mean", "sum", "none"):
        raise UsageError(
            "A loss was asked for an unknown reduction.",
            expected="'mean', 'sum' or 'none'",
            got=repr(reduction),
            mend="choose one of the three",
        )
    return losses if reduction == "none" else (np.mean if reduction == "mean" else np.sum)(losses)
