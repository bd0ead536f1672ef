"""NB08, continued: nodes that are objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from backprop_course import sigmoid as squash

from ..exercise import Exercise, Piece
from ..instances import sizes
from ..mistakes import M01, M04, M06, M08, M09, M10, M12, M20, M27, M31, M33, Kind
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
