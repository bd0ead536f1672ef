"""NB08, continued: nodes that are objects, their parameters, and a step of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_course import sigmoid as squash

from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M01, M04, M06, M08, M09, M10, M11, M12, M20, M24, M26, M27, M31, M33, Kind
from ..reference import answered_by, cotangents_of, values_of

CLIPPED = Kind(
    "clipped",
    "the input is clipped",
    "The numbers are those for an input of at most ten or so in size.",
    "A different function is computed where the exponential grows large.",
    "Clipping hides the overflow and changes the function and its slope. Arrange the formula so that only "
    "exponentials of negative numbers occur.",
    "NB08.W3",
)
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
    "A mean is missing.",
    "The loss node holds one loss per example. What the step returns is their mean.",
    "NB08.W3",
)


def _naive(x: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-x))


def _sigmoid(
    slope: Callable[[Any, Any], Any] = lambda y, x: y * (1.0 - y),
    value: Callable[[Any], Any] = squash,
    *,
    upstream: bool = True,
    accumulate: bool = True,
) -> Any:
    """Return the node, or one with a slip in it."""

    class Sigmoid:
        def __init__(self, x: Any) -> None:
            self.x = x
            self.value: Any = None
            self.grad: Any = None

        def forward(self) -> None:
            self.value = value(np.asarray(self.x.value))

        def backward(self) -> None:
            delta = (self.grad if upstream else 1.0) * slope(self.value, self.x.value)
            if accumulate:
                self.x.addgrad(delta)
            else:
                self.x.grad = delta

    return Sigmoid


def _wide(rng: np.random.Generator, n: int, k: int) -> Any:
    """Draw scores of ordinary size, and some beyond ten."""
    x = rng.uniform(0.3, 3.0, (n, k)) * rng.choice((-1.0, 1.0), (n, k))
    x.flat[:4] = [rng.uniform(11.0, 14.0), -rng.uniform(11.0, 14.0), 1.1, -0.7]
    return x


sigmoid = Exercise(
    id="NB08.E04",
    points=2,
    see="NB08.W3",
    needs=("backprop_course.edf",),
    pieces=[
        Piece(
            answer="Sigmoid(x)",
            probe="nb08_edf.sigmoid(x: (n, k), g: (n, k), h: (n, k)) "
            "-> value: (n, k), x_grad: (n, k), x_grad_of_two: (n, k)",
            reference=answered_by(_sigmoid()),
            instances=sizes(n=4, k=3, draw={"x": _wide}),
            atol=1e-12,  # the slope at 14 is of the size e**-14
            mistakes=[
                CLIPPED(_sigmoid(value=lambda x: squash(np.clip(x, -10, 10)))),
                M06(_sigmoid(lambda y, x: y * (y - 1.0))),
                M08(_sigmoid(lambda y, x: squash(y) * (1.0 - squash(y)))),
                M09(_sigmoid(lambda y, x: np.ones_like(y))),
                M09(_sigmoid(lambda y, x: (y * (1.0 - y)) ** 2)),
                M10(_sigmoid(accumulate=False)),
                M12(_sigmoid(upstream=False)),
            ],
        ),
        Piece(
            answer="Sigmoid(x)",
            probe="nb08_edf.sigmoid_again(x: (n, k), other: (n, k)) -> value_after_a_change: (n, k)",
            reference=values_of(lambda other: squash(other)),
            instances=sizes(n=4, k=3),
        ),
        Piece(
            answer="Sigmoid(x)",
            probe="nb08_edf.sigmoid_calmly(x: (n, k), g: (n, k)) "
            "-> value_at_1000: (n, k), x_grad_at_1000: (n, k), warning",
            reference=answered_by(_sigmoid()),
            instances=sizes(n=4, k=3, draw={"x": lambda rng, n, k: rng.choice((-1e3, 0.5, 1e3), (n, k))}),
            mistakes=[M27(_sigmoid(value=_naive))],
        ),
    ],
)


def _outer(g: Any, x: Any, w: Any) -> Any:
    return x[:, :, None] * g[:, None, :]


def _affine(
    x_bar: Any = lambda g, x, w: g @ w.T,
    w_bar: Any = _outer,
    b_bar: Any = lambda g: g,
    *,
    accumulate: bool = True,
) -> Any:
    """Return the node, or one with a slip in it."""

    class Affine:
        def __init__(self, params: Any, x: Any) -> None:
            self.params, self.x = params, x
            self.value: Any = None
            self.grad: Any = None

        def forward(self) -> None:
            self.value = self.x.value @ self.params.w.value + self.params.b.value

        def backward(self) -> None:
            g, x, w = self.grad, self.x.value, self.params.w.value
            if accumulate:
                self.x.addgrad(x_bar(g, x, w))
            else:
                self.x.grad = x_bar(g, x, w)
            self.params.w.addgrad(w_bar(g, x, w))
            self.params.b.addgrad(b_bar(g))

    return Affine


affine = Exercise(
    id="NB08.E05",
    points=4,
    see="NB08.W3",
    needs=("backprop_course.edf",),
    pieces=[
        Piece(
            answer="Affine(params, x)",
            probe="nb08_edf.affine(x: (N, d), w: (d, k), b: (k,), g: (N, k)) "
            "-> value: (N, k), to_x: (N, d), to_w: (N, d, k), to_b: (N, k)",
            reference=answered_by(_affine()),
            instances=sizes(N=(1, 5), d=3, k=4),
            mistakes=[
                M01(_affine(x_bar=lambda g, x, w: g @ w)),
                M04(_affine(w_bar=lambda g, x, w: _outer(g, x, w) / len(g), b_bar=lambda g: g / len(g))),
                M06(_affine(lambda g, x, w: -g @ w.T, lambda g, x, w: -_outer(g, x, w), lambda g: -g)),
                M12(
                    _affine(
                        lambda g, x, w: np.ones_like(g) @ w.T,
                        lambda g, x, w: _outer(np.ones_like(g), x, w),
                        np.ones_like,
                    )
                ),
                M12(_affine(w_bar=lambda g, x, w: _outer(np.ones_like(g), x, w))),
                M31(_affine(w_bar=lambda g, x, w: g[:, :, None] * x[:, None, :])),
                M33(_affine(w_bar=lambda g, x, w: x.T @ g, b_bar=lambda g: g.sum(axis=0))),
                M33(_affine(b_bar=lambda g: g.sum(axis=0))),
                M33(_affine(w_bar=lambda g, x, w: x.T @ g)),
                M20(_affine(b_bar=lambda g: g.sum(axis=1))),
                M10(_affine(w_bar=lambda g, x, w: _outer(g, x, w)[-1:], b_bar=lambda g: g[-1:])),
            ],
        ),
        Piece(
            answer="Affine(params, x)",
            probe="nb08_edf.affine_shared(x: (N, d), w: (d, k), b: (k,), g: (N, k), h: (N, k)) "
            "-> x_of_two: (N, d), w_of_two: (d, k), b_of_two: (k,)",
            reference=cotangents_of(
                lambda x, w, b, g, h: ((x @ w + b) * (g + h)).sum(), x_of_two="x", w_of_two="w", b_of_two="b"
            ),
            instances=sizes(N=(1, 5), d=3, k=4),
            mistakes=[M10(_affine(accumulate=False))],
        ),
    ],
)

# E06: the framework itself. The lists are those of this module, as a notebook has those of edf.

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
            ],
        ),
    ],
)
