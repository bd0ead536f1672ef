"""What classifiers end with: softmax and its loss, exact and silent at any size of the logits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import ShapeError, UsageError
from ..custom import primitive
from ..rules import declare, entry
from ..values import as_value
from ._calls import compose
from ._tools import given, shape_of
from .activations import softplus
from .labels import hits, label_cross_entropy
from .labels import one_hot as one_hot
from .reduction import logsumexp as _logsumexp

_ROWS: tuple[Any, ...] = (((3,), {}), ((2, 4), {}), ((5, 2, 3), {}), ((0, 3), {}))


@primitive
def _log_softmax(x: Any) -> Any:
    """Logarithm of `softmax` over the last axis; the largest logit is subtracted first: no overflow."""
    shifted = x - np.max(x, axis=-1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True))


@primitive
def _softmax(x: Any) -> Any:
    """Probabilities ``exp(x_i) / sum_j exp(x_j)`` over the last axis; shifting the logits changes nothing."""
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def _summed(x: Any) -> Any:
    return np.sum(x, axis=-1, keepdims=True)


# J = diag(p) - p p' is symmetric: one formula serves both walks (NB05.W6).
def _softmax_rule(bar_or_dot: Any, p: Any, x: Any) -> Any:
    scaled = p * bar_or_dot
    return scaled - p * _summed(scaled)


declare(_softmax, vjp=[_softmax_rule], jvp=[_softmax_rule], samples=given(*_ROWS), name="softmax")
declare(
    _log_softmax,
    vjp=[lambda out_bar, out, x: out_bar - np.exp(out) * _summed(out_bar)],
    jvp=[lambda x_dot, out, x: x_dot - _summed(np.exp(out) * x_dot)],
    samples=given(*_ROWS),
    name="log_softmax",
)


def softmax(x: Any, axis: int = -1) -> Any:
    """Probabilities ``exp(x_i) / sum_j exp(x_j)`` along an axis; exact and silent at any size of `x`.

    Parameters
    ----------
    x : array_like or Tensor of floats
    axis : int
        The axis whose entries sum to 1.
    """
    return _on_last_axis(_softmax, x, axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Logarithm of `softmax`, without its rounding to 0."""
    return _on_last_axis(_log_softmax, x, axis)


def _on_last_axis(function: Any, x: Any, axis: int) -> Any:
    x = x if hasattr(x, "shape") else np.asarray(_array(x), dtype=float)
    if axis in (-1, len(shape_of(x)) - 1):
        return function(x)
    return np.moveaxis(function(np.moveaxis(x, axis, -1)), -1, axis)


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """``log(sum(exp(x)))`` over the given axes, all by default; exact at any size of `x`."""
    return _logsumexp(_array(x), axis=axis, keepdims=keepdims)


@primitive
def softmax_cross_entropy(logits: Any, targets: Any) -> Any:
    """``-sum_j targets_j log _softmax(logits)_j`` over the last axis, one number per example.

    `targets` are probabilities with the shape of `logits`: one-hot rows, or soft labels.
    """
    return -np.sum(targets * _log_softmax(logits), axis=-1)


def _targets(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for shape, _ in _ROWS:
        yield rng.normal(size=shape), _softmax(rng.normal(size=shape))


# The gradient of the logits is p - y (NB05.W6), when a row of targets sums to 1; in general its sum scales p.
def _error(logits: Any, targets: Any) -> Any:
    return _softmax(logits) * _summed(targets) - targets


declare(
    softmax_cross_entropy,
    vjp=[
        lambda out_bar, out, logits, targets: out_bar[..., None] * _error(logits, targets),
        lambda out_bar, out, logits, targets: -out_bar[..., None] * _log_softmax(logits),
    ],
    jvp=[
        lambda x_dot, out, logits, targets: np.sum(x_dot * _error(logits, targets), axis=-1),
        lambda x_dot, out, logits, targets: -np.sum(x_dot * _log_softmax(logits), axis=-1),
    ],
    samples=_targets,
)


def cross_entropy(logits: Any, labels: Any, *, reduction: str = "mean", label_smoothing: float = 0.0) -> Any:
    """Cross entropy of `labels` and the softmax of `logits`, over examples.

    Parameters
    ----------
    logits : array_like or Tensor, shape (..., C)
        Scores before the softmax, any size.
    labels : array_like of ints, shape (...), or probabilities, shape (..., C)
        Classes counted from 0, or one-hot or soft rows.
    reduction : {"mean", "sum", "none"}
        Over the examples.
    label_smoothing : float, from 0 to 1
        The share of each row of labels that is spread evenly over all classes.

    Raises
    ------
    ShapeError
        If `labels` fit neither as classes nor as rows.
    UsageError
        If a class is not one of the C.
    """
    logits = logits if hasattr(logits, "shape") else np.asarray(_array(logits), dtype=float)
    labels = _array(labels)
    shape, of_labels = shape_of(logits), shape_of(labels)
    classes = shape[-1] if shape else 0
    if of_labels == shape[:-1] and (shape or labels.dtype.kind != "f") and not label_smoothing:
        return reduce(label_cross_entropy(logits, hits(labels, classes)), reduction)
    if of_labels == shape and labels.dtype.kind == "f":
        targets = labels
    elif of_labels == shape[:-1]:
        targets = one_hot(labels, classes, getattr(logits, "dtype", np.dtype(float)))
    elif of_labels == shape:
        targets = np.asarray(labels, dtype=float)
    else:
        raise ShapeError(
            "The labels do not fit the logits.",
            expected=f"classes of shape {shape_of(logits)[:-1]}, or rows of shape {shape_of(logits)}",
            got=f"shape {shape_of(labels)}",
            mend="give one class, or one row of probabilities, per example",
        )
    if label_smoothing:
        targets = (1.0 - label_smoothing) * targets + label_smoothing / classes
    return reduce(softmax_cross_entropy(logits, targets), reduction)


@primitive
def mean_squared_error(prediction: Any, target: Any) -> Any:
    """Mean of the squared differences: one product of the vector of differences with itself."""
    difference = np.reshape(prediction - target, -1)
    return np.matmul(difference, difference) / difference.size


def _quick_mean_square(prediction: Any, target: Any) -> Any:
    difference = (prediction - target).ravel()
    return difference.dot(difference) / difference.size


def _mean_squared_vjp(sign: float) -> Any:
    def rule(out_bar: Any, out: Any, prediction: Any, target: Any) -> Any:
        share = out_bar * (sign * 2.0 / prediction.size)
        if type(share) is np.float64 and type(prediction) is np.ndarray:  # most often, without another array
            difference = prediction - target
            return np.multiply(difference, share, difference)
        if shape_of(share):
            share = np.reshape(share, shape_of(share) + (1,) * len(shape_of(prediction)))
        return (prediction - target) * share

    return rule


def _mean_squared_jvp(sign: float) -> Any:
    def rule(x_dot: Any, out: Any, prediction: Any, target: Any) -> Any:
        axes = tuple(range(-len(shape_of(prediction)), 0))
        return np.sum((prediction - target) * x_dot, axis=axes) * (sign * 2.0 / prediction.size)

    return rule


declare(
    mean_squared_error,
    vjp=[_mean_squared_vjp(1.0), _mean_squared_vjp(-1.0)],
    jvp=[_mean_squared_jvp(1.0), _mean_squared_jvp(-1.0)],
    samples=given(((3,), (3,), {}), ((2, 3), (2, 3), {}), ((4, 1), (4, 1), {})),
)


entry(mean_squared_error).call = _quick_mean_square


def mse_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Squared error ``(prediction - target)**2``, without a factor ½; the mean is over all entries."""
    prediction, target = _same_shape(prediction, target)
    if (
        isinstance(reduction, str)
        and reduction == "mean"
        and target.ndim
        and target.size
        and _precise(prediction.dtype, target.dtype)
    ):
        return mean_squared_error(prediction, target)
    return reduce(np.square(prediction - target), reduction)


def _precise(a: Any, b: Any) -> bool:
    """Whether a product of vectors in this dtype is as good as a sum."""
    return a is b and a.kind == "f" and a.itemsize > 2


def mae_loss(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Absolute error ``|prediction - target|``; slope 0 where they are equal."""
    prediction, target = _same_shape(prediction, target)
    return reduce(np.abs(prediction - target), reduction)


def binary_cross_entropy_with_logits(logits: Any, labels: Any, *, reduction: str = "mean") -> Any:
    """``-y log p - (1 - y) log(1 - p)`` with p = sigmoid(logits), from the logits; exact at any size of them.

    Parameters
    ----------
    logits : array_like or Tensor of floats
    labels : array_like of the same shape, from 0 to 1
    reduction : {"mean", "sum", "none"}
        Over all entries.
    """
    logits, labels = _same_shape(logits, labels)
    return reduce(softplus(logits) - logits * labels, reduction)


def kl_divergence(p: Any, q: Any, *, reduction: str = "mean") -> Any:
    """``sum_i p_i log(p_i / q_i)`` over the last axis, in nats; ``0 log 0 = 0``; mean over distributions."""
    p, q = _array(p), _array(q)
    safe_p = np.where(np.equal(p, 0), 1.0, p)
    return reduce(np.sum(p * (np.log(safe_p) - np.log(np.where(np.equal(p, 0), 1.0, q))), axis=-1), reduction)


def _same_shape(prediction: Any, target: Any) -> tuple[Any, Any]:
    if type(target) is np.ndarray and target.shape == getattr(prediction, "shape", None):
        return prediction, target
    prediction, target = _array(prediction), _array(target)
    if shape_of(prediction) != shape_of(target):
        raise ShapeError(
            "A loss was given predictions and targets of different shapes, which would broadcast silently.",
            expected=f"targets of shape {shape_of(prediction)}",
            got=f"shape {shape_of(target)}",
            mend="reshape the targets, e.g. y[:, None] for a column",
        )
    return prediction, target


def _array(x: Any) -> Any:
    """What has a shape; lists and numbers become arrays, and what is neither is refused."""
    return x if hasattr(x, "shape") else np.asarray(as_value(x, copy=False))


def reduce(losses: Any, reduction: str) -> Any:
    """Apply ``"mean"``, ``"sum"`` or ``"none"``."""
    if not isinstance(reduction, str) or reduction not in ("mean", "sum", "none"):
        raise UsageError(
            "A loss was asked for an unknown reduction.",
            expected="'mean', 'sum' or 'none'",
            got=repr(reduction),
            mend="choose one of the three",
        )
    return losses if reduction == "none" else (np.mean if reduction == "mean" else np.sum)(losses)


# The public functions are held to the promises of compositions, too.


def _labelled(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for shape, settings in (((2, 3), {}), ((3,), {"reduction": "sum"}), ((2, 2), {"reduction": "none"})):
        yield rng.normal(size=shape), rng.uniform(0.1, 0.9, size=shape), settings


def _classified(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    yield rng.normal(size=(3, 4)), np.array([0, 3, 1]), {}
    yield rng.normal(size=(2, 3, 4)), rng.integers(0, 4, size=(2, 3)), {"reduction": "none"}
    yield rng.normal(size=(3, 4)), _softmax(rng.normal(size=(3, 4))), {"label_smoothing": 0.1}


def _distributions(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for reduction in ("mean", "sum", "none"):
        yield _softmax(rng.normal(size=(3, 4))), _softmax(rng.normal(size=(3, 4))), {"reduction": reduction}


for _loss in (mse_loss, mae_loss, binary_cross_entropy_with_logits):
    compose(_loss, _loss, _labelled)
compose(cross_entropy, cross_entropy, _classified)
compose(kl_divergence, kl_divergence, _distributions)
for _function in (softmax, log_softmax, logsumexp):
    compose(_function, _function, given(((3,), {}), ((2, 4), {"axis": 0}), ((2, 3, 4), {"axis": 1})))
