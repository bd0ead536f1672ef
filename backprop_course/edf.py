"""A third engine, to be read in one sitting: nodes are objects that know their parents (D. McAllester's EDF).

A program makes nodes, and two lists of this module remember them in the order of their creation:

    Forward()            every compute node works out its value from its parents' values
    Backward(loss)       every compute node, last one first, sends its parents their cotangents
    UpdateParameters()   every parameter takes a step against its gradient

The first axis of every value is the batch. A node sends a parameter one gradient *per example*, shape
``(N, *parameter.shape)``, and `Parameter.addgrad` sums them: that is all the framework has to know about
batches. The lists are global, so there is one graph at a time; `clear_compgraph` begins the next one. Compare
`backprop_course.tape`, where a trace makes the graph, and the engine, which keeps no list at all.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _refusals

DT = np.float64
Array: TypeAlias = NDArray[np.float64]

learning_rate = 0.1  # what UpdateParameters takes when it is given none; set it as edf.learning_rate = 0.5
Parameters: list[Parameter] = []
CompNodes: list[CompNode] = []


def clear_compgraph() -> None:
    """Forget all parameters and compute nodes."""
    Parameters.clear()
    CompNodes.clear()


class Input:
    """Data or labels: a value from outside, which may be replaced before each `Forward`.

    Parameters
    ----------
    value : array_like, shape ``(N, ...)``, optional
        May be set later: ``x.value = data``.
    """

    def __init__(self, value: ArrayLike | None = None) -> None:
        self._value = None if value is None else np.asarray(value)

    @property
    def value(self) -> NDArray[Any]:
        """The array; `UsageError` as long as none was set."""
        if self._value is None:
            raise _refusals.not_set()
        return self._value

    @value.setter
    def value(self, value: ArrayLike) -> None:
        self._value = np.asarray(value)

    def addgrad(self, delta: Array) -> None:
        """Do nothing: nobody asks for the gradient of the data."""


class Parameter:
    """An array to be learned; it registers itself.

    Parameters
    ----------
    value : array_like
        Where learning starts; it is copied. It has no batch axis.
    """

    def __init__(self, value: ArrayLike) -> None:
        self.value: Array = np.array(value, dtype=DT)
        self.grad: Array = np.zeros(self.value.shape, dtype=DT)
        Parameters.append(self)

    def addgrad(self, delta: Array) -> None:
        """Sum gradients of single examples, shape ``(N, *value.shape)``, over axis 0 and accumulate them."""
        if delta.ndim == 0 or delta.shape[1:] != self.value.shape:
            raise _refusals.not_per_example(self.value.shape, delta.shape)
        self.grad += delta.sum(axis=0)

    def UpdateParameters(self, lr: float) -> None:
        """Take a step of gradient descent with step size `lr`."""
        self.value -= lr * self.grad


class CompNode:
    """Base of all nodes that compute; a subclass calls our ``__init__`` and has two methods.

    ``forward()`` sets `value` from the parents' values. ``backward()`` finds `grad` complete, in the shape of
    `value`, and calls ``addgrad`` of every parent.

    Parameters
    ----------
    *parents : Input, Parameter or CompNode
        Checked: what was made before `clear_compgraph`, or is no node at all, raises `GraphError`.
    """

    value: Array
    grad: Array

    def __init__(self, *parents: Input | Parameter | CompNode) -> None:
        for x in parents:
            forgotten = isinstance(x, Parameter | CompNode) and x not in [*Parameters, *CompNodes]
            if forgotten or not hasattr(x, "addgrad"):
                raise _refusals.not_in_the_graph(self, x)
        CompNodes.append(self)

    def addgrad(self, delta: Array) -> None:
        """Accumulate a cotangent in the shape of `value`: a node with several children hears from each."""
        if np.shape(delta) != self.grad.shape:
            what = f"A node {type(self).__name__} was sent a cotangent of the wrong shape."
            raise _refusals.unlike(what, self.grad.shape, np.shape(delta))
        self.grad += delta

    def forward(self) -> None:
        """Set `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no forward()")  # a subclass has

    def backward(self) -> None:
        """Send each parent its cotangent."""
        raise NotImplementedError(f"{type(self).__name__} has no backward()")  # a subclass has


class AffineParams:
    """Weights `w`, ``(n_in, n_out)``, normal with variance ``1/n_in``, and bias `b`, ``(n_out,)``, zero.

    `rng` is a `numpy.random.Generator`; without one the weights differ from run to run.
    """

    def __init__(self, n_in: int, n_out: int, rng: np.random.Generator | None = None) -> None:
        rng = np.random.default_rng() if rng is None else rng
        self.w = Parameter(rng.normal(size=(n_in, n_out)) / np.sqrt(n_in))
        self.b = Parameter(np.zeros(n_out))


class Affine(CompNode):
    """``x @ w + b``: from ``(N, d)`` to ``(N, k)``."""

    def __init__(self, params: AffineParams, x: Input | CompNode) -> None:
        if not isinstance(params, AffineParams):
            raise _refusals.weights_first(params)
        super().__init__(params.w, params.b, x)
        self.params, self.x = params, x

    def forward(self) -> None:
        """Set `value`, shape ``(N, k)``."""
        x, w = self.x.value, self.params.w.value
        if x.ndim != 2 or x.shape[1] != len(w):
            raise _refusals.no_input_for(len(w), x.shape)
        self.value = x @ w + self.params.b.value

    def backward(self) -> None:
        """Send ``(N, d)`` to `x`; per example an outer product ``(N, d, k)`` to `w` and `grad` to `b`."""
        self.x.addgrad(self.grad @ self.params.w.value.T)
        self.params.w.addgrad(self.x.value[:, :, None] * self.grad[:, None, :])
        self.params.b.addgrad(self.grad)


class Sigmoid(CompNode):
    """``1 / (1 + exp(-x))``, entry by entry, without overflow and without clipping."""

    def __init__(self, x: Input | CompNode) -> None:
        super().__init__(x)
        self.x = x

    def forward(self) -> None:
        """Set `value`, in the shape of `x`; the exponential is taken where it is at most 1."""
        small = np.exp(-np.abs(self.x.value))
        self.value = np.where(self.x.value >= 0, 1.0, small) / (1.0 + small)

    def backward(self) -> None:
        """The slope is ``value * (1 - value)``."""
        self.x.addgrad(self.grad * self.value * (1.0 - self.value))


class Softmax(CompNode):
    """Probabilities ``(N, C)`` from logits ``(N, C)``; `log_value` has their logarithms, always finite."""

    log_value: Array

    def __init__(self, x: Input | CompNode) -> None:
        super().__init__(x)
        self.x = x

    def forward(self) -> None:
        """Set `value` and `log_value`; the largest logit is subtracted first, which changes neither."""
        shifted = self.x.value - self.x.value.max(axis=-1, keepdims=True)
        self.log_value = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        self.value = np.exp(self.log_value)

    def backward(self) -> None:
        """The Jacobian of each row is ``diag(p) - p p^T``; it is never built."""
        mean = (self.grad * self.value).sum(axis=-1, keepdims=True)
        self.x.addgrad(self.value * (self.grad - mean))


class CrossEntropyLoss(CompNode):
    """``-log p[label]`` of each example, shape ``(N,)``: the mean is taken by `Backward`.

    Parameters
    ----------
    p : node with values of shape ``(N, C)``
        Probabilities. Where they come from a `Softmax`, whose entries may round to 0, loss and gradient are
        worked out from its logits; the cotangent goes straight to these, and ``p.grad`` has no part of it.
    labels : Input with integers of shape ``(N,)``
        Classes, counted from 0.
    """

    def __init__(self, p: Input | CompNode, labels: Input) -> None:
        super().__init__(p, labels)
        self.p, self.labels = p, labels

    def forward(self) -> None:
        """Set `value`, shape ``(N,)``."""
        rows, labels = self._chosen()
        if isinstance(self.p, Softmax):
            self.value = -self.p.log_value[rows, labels]
        else:
            self.value = -np.log(self.p.value[rows, labels])

    def backward(self) -> None:
        """Send ``p - onehot`` to the logits of a `Softmax`, and ``-1/p`` at the labels to any other node."""
        rows, labels = self._chosen()
        onehot = np.zeros(self.p.value.shape, dtype=DT)
        onehot[rows, labels] = 1.0
        if isinstance(self.p, Softmax):
            self.p.x.addgrad(self.grad[:, None] * (self.p.value - onehot))
        else:
            chosen = self.p.value[rows, labels]
            self.p.addgrad(onehot * (-self.grad / chosen)[:, None])

    def _chosen(self) -> tuple[NDArray[np.intp], NDArray[np.integer]]:
        labels, shape = self.labels.value, self.p.value.shape
        if len(shape) != 2 or labels.shape != shape[:1]:
            raise _refusals.labels_apart(labels.shape, shape)
        if labels.dtype.kind not in "iu":
            raise _refusals.no_integers(labels.dtype)
        if labels.size and not 0 <= labels.min() <= labels.max() < shape[1]:
            raise _refusals.no_class(shape[1], labels.min(), labels.max())
        return np.arange(len(labels)), labels


def Forward() -> None:
    """Let every compute node work out its value, in the order of creation: parents before their children."""
    for node in CompNodes:
        node.forward()


def Backward(loss: CompNode) -> None:
    """Fill ``grad`` of every parameter with the gradient of the mean of `loss` over the batch.

    Everything is set to zero first and `loss` is seeded once, with ``1/N`` in every entry, so that a second
    call gives the same gradients again.
    """
    if loss not in CompNodes:
        raise _refusals.forgotten(loss)
    if not all(hasattr(node, "value") for node in CompNodes):
        raise _refusals.nothing_computed()
    if np.ndim(loss.value) == 0:
        raise _refusals.one_loss()
    everything: list[CompNode | Parameter] = [*CompNodes, *Parameters]
    for node in everything:
        node.grad = np.zeros(node.value.shape, dtype=DT)
    loss.grad = np.ones(loss.value.shape, dtype=DT) / len(loss.value)
    for child in reversed(CompNodes):
        child.backward()


def UpdateParameters(lr: float | None = None) -> None:
    """Take a step of gradient descent in every parameter, of size `lr` or, without one, `learning_rate`."""
    for parameter in Parameters:
        parameter.UpdateParameters(learning_rate if lr is None else lr)
