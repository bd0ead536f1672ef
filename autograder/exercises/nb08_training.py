"""NB08, continued: the step of training around nodes that are objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M04, M06, M11, M24, M26, Kind
from ..reference import values_of

SEEDED_BEFORE_ZEROING = Kind(
    "seeded-before-zeroing",
    "the loss is seeded before all gradients are set to zero",
    "Every gradient is zero.",
    "Two steps stand in the wrong order.",
    "The loss is a node like the others and is set to zero with them. What the walk begins with is put into "
    "it afterwards.",
    "NB08.W3",
)
PARAMETERS_NOT_ZEROED = Kind(
    "parameters-not-zeroed",
    "the parameters keep the gradients of the step before",
    "The gradients of the parameters grow with each call.",
    "One of two lists is forgotten.",
    "Both lists are set to zero, the nodes that compute and the parameters: each walk begins from nothing.",
    "NB08.W3",
)
RATE_IGNORED = Kind(
    "rate-ignored",
    "the step size is left out, or divides",
    "The steps have another length.",
    "A factor of the update is wrong.",
    "A step is the gradient times the step size, against the gradient.",
    "NB08.W3",
)
NO_FORWARD = Kind(
    "no-forward",
    "the values are not computed anew before going back",
    "The second step uses the values of the first.",
    "A part of the step is missing.",
    "After an update all values are out of date. A step computes the values, then the gradients, then the "
    "update.",
    "NB08.W3",
)
LOSS_PER_EXAMPLE = Kind(
    "loss-per-example",
    "the losses of the examples are returned, or their sum, not their mean",
    "There is one number per example, or one that is N times too large.",
    "The mean over the examples is missing.",
    "The loss node holds one loss per example. What the step returns is their mean.",
    "NB08.W3",
)


# The lists are those of this module, as a notebook has those of edf.

CompNodes: list[Any] = []
Parameters: list[Any] = []


def _back(
    *,
    zero: Callable[[], list[Any]] = lambda: [*CompNodes, *Parameters],
    seed: Callable[[Any], Any] = lambda value: np.ones_like(value) / len(value),
    order: Callable[[list[Any]], Any] = reversed,
    seed_first: bool = False,
) -> Any:
    """Return `Backward`, or one with a slip in it."""

    def Backward(loss: Any) -> None:
        if seed_first:
            loss.grad = seed(loss.value)
        for node in zero():
            node.grad = np.zeros_like(node.value)
        if not seed_first:
            loss.grad = seed(loss.value)
        for node in order(CompNodes):
            node.backward()

    return Backward


def _update(
    step: Callable[[Any, float], Any] = lambda grad, lr: -lr * grad, only: slice = slice(None)
) -> Any:
    """Return `UpdateParameters`, or one with a slip in it."""

    def UpdateParameters(lr: float) -> None:
        for parameter in Parameters[only]:
            parameter.value = parameter.value + step(parameter.grad, lr)

    return UpdateParameters


def _step(
    backward: Any = None, *, forward: str = "always", returned: Any = np.mean, late: bool = False
) -> Any:
    """Return `train_step`, or one with a slip in it."""

    def train_step(loss: Any, lr: float) -> Any:
        def move() -> None:
            for node in CompNodes:
                if forward == "always" or node.value is None:
                    node.forward()

        move()
        if late:
            for parameter in Parameters:
                parameter.grad = np.zeros_like(parameter.value) if parameter.grad is None else parameter.grad
            _update()(lr)
        value = returned(loss.value)
        (backward or _back())(loss)
        if not late:
            _update()(lr)
        return value

    return train_step


def _regression(rng: np.random.Generator, N: int, d: int) -> Any:
    drawn = {"X": (N, d), "y": (N,), "w": (d,), "b": (1,)}
    return {name: rng.standard_normal(shape) for name, shape in drawn.items()}


def _mean_loss(X: Any, y: Any, w: Any, b: Any) -> Any:
    score = X @ w + b
    return np.mean((score - y) ** 2 + 0.5 * score + 0.3 * b)


def _gradients(X: Any, y: Any, w: Any, b: Any) -> tuple[Any, Any]:
    g = (2.0 * (X @ w + b - y) + 0.5) / len(y)
    return X.T @ g, np.array([g.sum() + 0.3])


def _trained(X: Any, y: Any, w: Any, b: Any, lr: float, steps: int) -> Any:
    losses = []
    for _ in range(steps):
        losses.append(_mean_loss(X, y, w, b))
        w_bar, b_bar = _gradients(X, y, w, b)
        w, b = w - lr * w_bar, b - lr * b_bar
    return w, b, losses


def _graph(N: int, d: int, **more: Any) -> Any:
    return lambda rng: {**_regression(rng, N, d), **more}


def _each_twice(rng: np.random.Generator) -> Any:
    drawn = _regression(rng, 5, 3)
    return {**drawn, "X": np.repeat(drawn["X"], 2, axis=0), "y": np.repeat(drawn["y"], 2), "stale": 0.3}


_LISTS = ("CompNodes", "Parameters")

training = Exercise(
    id="NB08.E06",
    points=3,
    see="NB08.W3",
    needs=("backprop_course.edf",),
    pieces=[
        Piece(
            answer="Backward(loss)",
            uses=_LISTS,
            probe="nb08_edf.back(X, y, w, b, stale) -> w_grad, b_grad, w_grad_again, b_grad_again",
            reference=values_of(lambda X, y, w, b: 2 * _gradients(X, y, w, b)),
            instances=made(
                _graph(6, 3, stale=0.7),
                _graph(5, 4, stale=-0.4),
                each_example_comes_twice=_each_twice,
                there_is_one_example=_graph(1, 3, stale=0.7),
            ),
            mistakes=[
                M24(_back(zero=list)),
                PARAMETERS_NOT_ZEROED(_back(zero=lambda: CompNodes)),
                M24(_back(zero=lambda: Parameters)),
                M04(_back(seed=np.ones_like)),
                (M04 & M24)(_back(zero=list, seed=np.ones_like)),
                M11(_back(order=list)),
                SEEDED_BEFORE_ZEROING(_back(seed_first=True)),
            ],
        ),
        Piece(
            answer="UpdateParameters(lr)",
            uses=_LISTS,
            probe="nb08_edf.updated(w: (d, k), b: (k,), w_bar: (d, k), b_bar: (k,), lr) "
            "-> w_after: (d, k), b_after: (k,)",
            reference=values_of(lambda w, b, w_bar, b_bar, lr: (w - lr * w_bar, b - lr * b_bar)),
            instances=sizes(d=3, k=4, draw={"lr": lambda rng: float(rng.uniform(0.1, 0.4))}),
            mistakes=[
                M06(_update(lambda grad, lr: lr * grad)),
                RATE_IGNORED(_update(lambda grad, lr: -grad)),
                RATE_IGNORED(_update(lambda grad, lr: -grad / lr)),
            ],
        ),
        Piece(
            answer="train_step(loss, lr)",
            uses=_LISTS,
            probe="nb08_edf.trained(X, y, w, b, lr, steps) -> w_trained, b_trained, losses",
            reference=values_of(_trained),
            instances=made(
                _graph(6, 3, lr=0.07, steps=3),
                _graph(5, 4, lr=0.05, steps=4),
                one_step=_graph(7, 3, lr=0.1, steps=1),
            ),
            mistakes=[
                NO_FORWARD(_step(forward="once")),
                M26(_step(late=True)),
                LOSS_PER_EXAMPLE(_step(returned=lambda value: value.tolist())),
                LOSS_PER_EXAMPLE(_step(returned=np.sum)),
                M04(_step(_back(seed=np.ones_like))),
                PARAMETERS_NOT_ZEROED(_step(_back(zero=lambda: CompNodes))),
                SEEDED_BEFORE_ZEROING(_step(_back(seed_first=True))),
                M11(_step(_back(order=list))),
            ],
        ),
    ],
)
