"""Classes given by their numbers: checked, as rows with a one, and in the cross-entropy of a softmax.

Inside, the class axis comes first: what is done to a few classes then runs along the long axis of examples,
which is two to three times faster than along rows of ten entries.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...errors import UsageError
from ..custom import primitive
from ..rules import declare, entry
from ..tensor import Tensor
from ._tools import given, linear, shape_of


@primitive
def contiguous(x: Any) -> Any:
    """A copy whose entries lie in memory row by row."""
    return np.array(x, order="C")


linear(contiguous, lambda out_bar, out, x: out_bar, samples=given(((2, 3), {}), ((0, 3), {})))


@functools.lru_cache(maxsize=64)
def _numbers(classes: int, axes: int) -> Any:
    """Numbers of the classes along the first of several axes."""
    return np.arange(classes).reshape((classes,) + (1,) * axes)


def hits(labels: Any, classes: int) -> Any:
    """Where the label is the class: booleans of shape ``(classes,) + labels.shape``.

    Raises
    ------
    UsageError
        If a label is not the number of a class.
    """
    return one_each(np.equal(labels, _numbers(classes, len(shape_of(labels)))), labels)


@primitive
def one_each(found: Any, labels: Any) -> Any:
    """`found` itself, if every label hit a class: to count is six times faster than to look at the labels."""
    if np.count_nonzero(found) != np.size(labels):
        raise UsageError(
            "A label is not the number of a class.",
            expected=f"whole numbers from 0 to {len(found) - 1}",
            got=f"from {np.min(labels)} to {np.max(labels)}",
            mend="count classes from 0",
        )
    return found


def one_hot(labels: Any, classes: int, dtype: Any = np.float64) -> Any:
    """Rows with a one at each of the integer `labels`, shape ``labels.shape + (classes,)``."""
    found = np.moveaxis(hits(labels if isinstance(labels, Tensor) else np.asarray(labels), classes), 0, -1)
    return np.where(found, np.ones((), dtype), np.zeros((), dtype))


def _shifted(logits: Any) -> Any:
    """Logits less the largest of each example, so that no exponential overflows; class axis first."""
    first = contiguous(logits.T if len(shape_of(logits)) == 2 else np.moveaxis(logits, -1, 0))
    return first - np.max(first, axis=0)


@primitive
def softmax_by_class(logits: Any) -> Any:
    """Softmax over the last axis, which comes first in the result."""
    e = np.exp(_shifted(logits))
    return e / np.sum(e, axis=0)


def _softmax_vjp(out_bar: Any, p: Any, logits: Any) -> Any:
    axis = len(shape_of(out_bar)) - len(shape_of(p))  # of the classes, after a batch of cotangents
    scaled = p * out_bar
    return np.moveaxis(scaled - p * np.sum(scaled, axis=axis, keepdims=True), axis, -1)


def _softmax_jvp(x_dot: Any, p: Any, logits: Any) -> Any:
    axis = len(shape_of(x_dot)) - len(shape_of(p))
    scaled = p * np.moveaxis(x_dot, -1, axis)
    return scaled - p * np.sum(scaled, axis=axis, keepdims=True)


declare(
    softmax_by_class,
    vjp=[_softmax_vjp],
    jvp=[_softmax_jvp],
    samples=given(((3,), {}), ((2, 4), {}), ((5, 2, 3), {}), ((0, 3), {})),
)


@primitive
def label_cross_entropy(logits: Any, hits: Any) -> Any:
    """``-log softmax(logits)[label]`` over the last axis, one number per example; see `hits`."""
    shifted = _shifted(logits)
    return np.log(np.sum(np.exp(shifted), axis=0)) - np.sum(hits * shifted, axis=0)


# The same for a matrix of logits, without a second array where one serves.


def _of_a_matrix(logits: Any) -> bool:
    return type(logits) is np.ndarray and logits.ndim == 2 and logits.size > 0


def _shifted_matrix(logits: Any) -> Any:
    first = np.array(logits.T, order="C")
    return np.subtract(first, np.maximum.reduce(first, 0), first)


def _quick(logits: Any, hits: Any) -> Any:
    if not _of_a_matrix(logits):
        return label_cross_entropy(logits, hits)
    shifted = _shifted_matrix(logits)
    right = np.add.reduce(hits * shifted, 0)
    e = np.exp(shifted, shifted)
    total = np.add.reduce(e, 0)
    latest_exponentials[:] = [(weakref.ref(logits, _forget), e, total)]
    return np.log(total) - right


entry(label_cross_entropy).call = _quick


# The rule needs the exponentials again, which are half of the work: those of the latest logits are kept until
# the rule takes them, or the logits are gone. A graph that is not the latest computes them anew.
latest_exponentials: list[tuple[weakref.ref[Any], Any, Any]] = []


def _forget(logits: weakref.ref[Any]) -> None:
    if any(kept is logits for kept, *_ in latest_exponentials[:]):
        latest_exponentials.clear()


def _exponentials(logits: Any) -> tuple[Any, Any]:
    """Exponentials of the shifted logits, class axis first, for the caller to write into; and their sums."""
    try:
        kept, e, total = latest_exponentials.pop()  # in one step: no other thread gets them, too
    except IndexError:
        kept = None
    if kept is not None and kept() is logits:
        return e, total
    e = _shifted_matrix(logits)
    np.exp(e, e)
    return e, np.add.reduce(e, 0)


# The gradient of the logits is p - y, y the row with a one at the label (NB05.W6).
def _vjp(out_bar: Any, out: Any, logits: Any, hits: Any) -> Any:
    if _of_a_matrix(logits) and type(out_bar) is np.ndarray and out_bar.ndim == 1:
        p, total = _exponentials(logits)
        p /= total
        p -= hits
        return np.multiply(p, out_bar, p).T
    error = softmax_by_class(logits) - hits
    if len(shape_of(out_bar)) == len(shape_of(out)):
        x_bar = error * out_bar
        return x_bar.T if len(shape_of(x_bar)) == 2 else np.moveaxis(x_bar, 0, -1)
    return out_bar[..., None] * np.moveaxis(error, 0, -1)


def _jvp(x_dot: Any, out: Any, logits: Any, hits: Any) -> Any:
    error = softmax_by_class(logits) - hits
    return np.sum(x_dot * np.moveaxis(error, 0, -1), axis=-1)


def _samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for shape in ((3,), (2, 4), (5, 2, 3), (0, 3)):
        yield rng.normal(size=shape), hits(rng.integers(0, shape[-1], size=shape[:-1]), shape[-1])


declare(label_cross_entropy, vjp=[_vjp, None], jvp=[_jvp, None], samples=_samples)
