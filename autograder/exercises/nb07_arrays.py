"""NB07, continued: arrays of different shapes, and a regression on the learner's own engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._mistake import Mistake
from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M01, M02, M03, M04, M06, M07, M10, M12, M19, M20, M21, M24, M32, M34, M36, Kind
from ..reference import answered_by, values_of
from .nb07 import operation

NOT_STRETCHED = Kind(
    "not-stretched",
    "an axis is summed that was not stretched",
    "The result has length 1 along an axis along which the operand has more.",
    "A sum runs over every axis.",
    "Only an axis that broadcasting added or stretched holds copies. Along the others the entries are "
    "different variables, and each keeps its own gradient.",
    "NB07.W5",
)
MEAN_OF_ALL = Kind(
    "mean-of-all",
    "the mean divides by the number of all entries",
    "The numbers are too small by the lengths of the axes that stay.",
    "The wrong count is divided by.",
    "A mean over an axis divides by the length of that axis. The other axes only say how many such means "
    "there are.",
    "NB07.W5",
)
MEAN_OVER_ROWS = Kind(
    "mean-over-rows",
    "the loss divides by the number of rows, not of entries",
    "The first loss is too large by the number of columns.",
    "The wrong count is divided by.",
    "The loss is the mean over all entries of the residual: over the rows and over the columns.",
    "NB07.W6",
)
BIAS_STAYS = Kind(
    "bias-stays",
    "the bias takes no steps",
    "The bias is still zero.",
    "A parameter is left out of the update.",
    "Both the weights and the bias reach the loss. Each of them takes a step against its own gradient.",
    "NB07.W6",
)
HISTORY_SHORT = Kind(
    "history-short",
    "the loss before the first or after the last step is not in the history",
    "The history has as many entries as there are steps, one too few.",
    "A loss is recorded at one end only.",
    "Between and around the steps there is one more loss than there are steps: the first is that of the "
    "zeros, the last that of what is returned.",
    "NB07.W6",
)


def _unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


def _copies(reduce: Callable[..., Any]) -> Any:
    """Return `unbroadcast` with another function of the copies than their sum."""

    def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
        for _ in range(g.ndim - len(shape)):
            g = reduce(g, 0)
        for axis in (i for i, n in enumerate(shape) if n == 1):
            g = np.expand_dims(reduce(g, axis), axis)
        return g

    return unbroadcast


def _stretched(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(i for i, n in enumerate(shape) if n == 1)


def _leading(g: Any, shape: tuple[int, ...]) -> Any:
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def _trailing(g: Any, shape: tuple[int, ...]) -> Any:
    return g.sum(axis=tuple(range(len(shape), g.ndim)))


def _summed_back(g: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    return lambda rng: {"g": rng.standard_normal(g), "shape": shape}


unbroadcast = Exercise(
    id="NB07.E06",
    answer="unbroadcast(g, shape) -> x_bar",
    reference=values_of(_unbroadcast),
    instances=made(
        _summed_back((4, 3, 5), (3, 1)),
        _summed_back((5, 4, 6, 3), (6, 1)),
        an_axis_was_added=_summed_back((4, 3), (3,)),
        two_axes_were_added=_summed_back((5, 4, 3), (3,)),
        an_axis_was_stretched=_summed_back((4, 3), (4, 1)),
        two_axes_were_stretched=_summed_back((4, 5, 3), (1, 5, 1)),
        the_operand_is_one_number=_summed_back((4, 3), ()),
        the_shapes_are_equal=_summed_back((4, 3), (4, 3)),
        an_axis_has_length_1_on_both_sides=_summed_back((4, 1, 3), (1, 3)),
        both_are_numbers=_summed_back((), ()),
    ),
    points=3,
    see="NB07.W5",
    mistakes=[
        M21(lambda g, shape: g),
        M21(_leading),
        M21(lambda g, shape: g.sum(tuple(i + g.ndim - len(shape) for i in _stretched(shape)), keepdims=True)),
        M36(lambda g, shape: _leading(g, shape).sum(_stretched(shape))),
        NOT_STRETCHED(lambda g, shape: _leading(g, shape).sum(keepdims=True)),
        M32(lambda g, shape: g.sum()),
        M04(_copies(np.mean)),
        M10(_copies(lambda g, axis: np.take(g, 0, axis))),
        M10(_copies(lambda g, axis: np.take(g, -1, axis))),
        M20(_trailing),
        M20(lambda g, shape: _trailing(g, shape).sum(_stretched(shape), keepdims=True)),
        M06.each(lambda g: -g),
    ],
)


def _matmul(a_bar: Any, b_bar: Any, **settings: Any) -> Any:
    return operation(np.matmul, a_bar, b_bar, **settings)


_TO_A, _TO_B = (lambda g, y, a, b: g @ b.T), (lambda g, y, a, b: a.T @ g)

_MATMUL = [
    Piece(
        answer="matmul(a, b)",
        uses=("Tensor",),
        probe="nb07.binary(a: (n, d), b: (d, k), g: (n, k), before: (n, d)) "
        "-> matmul_value: (n, k), matmul_a: (n, d), matmul_b: (d, k)",
        reference=answered_by(_matmul(_TO_A, _TO_B)),
        instances=sizes(n=(1, 5), d=3, k=4),
        mistakes=[
            M01(_matmul(lambda g, y, a, b: g @ b, _TO_B)),
            M01(_matmul(_TO_A, lambda g, y, a, b: a @ g)),
            M01(_matmul(lambda g, y, a, b: g @ b, lambda g, y, a, b: a @ g)),
            M02(_matmul(_TO_A, lambda g, y, a, b: g.T @ a)),
            M02(_matmul(lambda g, y, a, b: b @ g.T, _TO_B)),
            M10(_matmul(_TO_A, _TO_B, accumulate=False)),
            M12(_matmul(*(lambda g, y, a, b, r=r: r(np.ones_like(g), y, a, b) for r in (_TO_A, _TO_B)))),
            M34(_matmul(_TO_B, _TO_A)),
        ],
    ),
    Piece(
        answer="matmul(a, b)",
        uses=("Tensor",),
        probe="nb07.repeated_operand(a: (n, n), g: (n, n), before: (n, n)) -> matmul_with_itself: (n, n)",
        reference=answered_by(_matmul(_TO_A, _TO_B)),
        instances=sizes(n=4),
        mistakes=[
            M01(_matmul(lambda g, y, a, b: g @ b, _TO_B)),
            M01(_matmul(_TO_A, lambda g, y, a, b: a @ g)),
            M01(_matmul(lambda g, y, a, b: g @ b, lambda g, y, a, b: a @ g)),
            M10(_matmul(_TO_A, _TO_B, accumulate=False)),
        ],
    ),
]


def _broadcast(name: str, forward: Any, to_a: Any, to_b: Any, *mistakes: Mistake) -> Piece:
    def op(back: Any = _unbroadcast, **settings: Any) -> Any:
        return operation(
            forward,
            lambda g, y, a, b: back(to_a(g, a, b), a.shape),
            lambda g, y, a, b: back(to_b(g, a, b), b.shape),
            **settings,
        )

    def only(change: Callable[[Any], Any]) -> Any:
        """Return the slip of someone who thinks of biases alone."""
        return op(lambda g, shape: change(g) if g.shape != shape else g)

    def operands(a: tuple[int, ...], b: tuple[int, ...]) -> Any:
        shape = np.broadcast_shapes(a, b)
        drawn = {"a": a, "b": b, "g": shape, "before": a}
        return lambda rng: {key: rng.standard_normal(value) for key, value in drawn.items()}

    return Piece(
        answer=f"{name}(a, b)",
        uses=("Tensor",),
        probe=f"nb07.binary(a, b, g, before) -> {name}_value, {name}_a, {name}_b",
        reference=answered_by(op()),
        instances=made(
            operands((5, 3), (3,)),
            operands((4, 6), (6,)),
            the_second_operand_has_one_column=operands((5, 3), (5, 1)),
            the_first_operand_is_smaller=operands((3,), (5, 3)),
            both_are_stretched=operands((4, 1), (1, 3)),
            the_second_operand_is_a_number=operands((4, 3), ()),
            the_shapes_are_equal=operands((4, 3), (4, 3)),
        ),
        mistakes=[
            M21(op(lambda g, shape: g)),
            M21(op(lambda g, shape: g, in_place=True)),
            M20(only(lambda g: g.sum(axis=1))),
            M04(only(lambda g: g.mean(axis=0))),
            M32(only(np.sum)),
            M36(only(lambda g: g.sum(axis=0, keepdims=True))),
            M10(op(accumulate=False)),
            *mistakes,
        ],
    )


def _bar(to_a: Any, to_b: Any) -> list[Any]:
    return [
        lambda g, y, a, b: _unbroadcast(to_a(g, a, b), a.shape),
        lambda g, y, a, b: _unbroadcast(to_b(g, a, b), b.shape),
    ]


_BROADCAST = [
    _broadcast(
        "broadcast_add",
        np.add,
        lambda g, a, b: g,
        lambda g, a, b: g,
        M12(operation(np.add, *_bar(*[lambda g, a, b: np.ones_like(g)] * 2))),
    ),
    _broadcast(
        "broadcast_mul",
        np.multiply,
        lambda g, a, b: g * b,
        lambda g, a, b: g * a,
        M12(operation(np.multiply, *_bar(lambda g, a, b: 0 * g + b, lambda g, a, b: 0 * g + a))),
        M19(operation(np.multiply, *_bar(lambda g, a, b: g * a, lambda g, a, b: g * b))),
    ),
]


def _restored(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """Put back the axis that a reduction took away, and the copies along it."""
    g = np.asarray(g)
    return np.broadcast_to(g if keepdims or axis is None else np.expand_dims(g, axis), x.shape)


def _count(x: Any, axis: Any) -> Any:
    return x.size if axis is None else x.shape[axis]


def _reduction(forward: Any, rule: Any, **settings: Any) -> Any:
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return operation(
            lambda v: forward(v, axis=axis, keepdims=keepdims),
            lambda g, y, v: rule(g, v, axis, keepdims),
            **settings,
        )(x)

    return reduce


def _reductions(name: str, forward: Any, right: Any, *mistakes: Mistake) -> list[Piece]:
    """Return what is asked of a reduction: an axis, and all of them."""

    def drawn(shape: tuple[int, ...], axis: int | None, keepdims: bool = False) -> Any:
        def draw(rng: np.random.Generator) -> dict[str, Any]:
            g = rng.standard_normal(np.sum(np.zeros(shape), axis=axis, keepdims=keepdims).shape)
            x, before = rng.standard_normal((2, *shape))
            return {"x": x, "axis": axis, "keepdims": keepdims, "g": g, "before": before}

        return draw

    answer = f"{name}(x, axis=None, keepdims=False)"
    common = [
        M10(_reduction(forward, right, accumulate=False)),
        M12(_reduction(forward, lambda g, x, axis, keepdims: right(np.ones_like(g), x, axis, keepdims))),
        *mistakes,
    ]
    return [
        Piece(
            answer=answer,
            uses=("Tensor",),
            probe=f"nb07.reduced(x, axis, keepdims, g, before) -> {name}_value, {name}_x",
            reference=answered_by(_reduction(forward, right)),
            instances=made(
                drawn((4, 3, 5), 1),
                drawn((6, 5, 3), 1),
                over_the_rows_of_a_matrix=drawn((4, 3), 0),
                over_the_last_axis=drawn((4, 3), -1),
                the_axis_is_kept=drawn((4, 3), 1, keepdims=True),
                all_axes_are_kept=drawn((4, 3), None, keepdims=True),
                over_a_vector=drawn((5,), 0),
            ),
            mistakes=[
                M36(_reduction(forward, lambda g, x, axis, keepdims: right(g, x, None, keepdims))),
                *common,
            ],
        ),
        Piece(
            answer=answer,
            uses=("Tensor",),
            probe=f"nb07.reduced_to_a_number(x, g, before) -> {name}_of_all_value, {name}_of_all_x",
            reference=answered_by(_reduction(forward, right)),
            instances=made(
                *(
                    lambda rng, shape=shape: {
                        "x": rng.standard_normal(shape),
                        "g": np.asarray(rng.uniform(1.5, 2.5)),
                        "before": rng.standard_normal(shape),
                    }
                    for shape in ((4, 3), (6, 5, 3))
                )
            ),
            mistakes=[m for m in common if m.codes != ("mean-of-all",)],
        ),
    ]


def _sum_rule(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return _restored(g, x, axis, keepdims)


def _mean_rule(g: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    return _restored(g, x, axis, keepdims) / _count(x, axis)


def _fit(
    gradient: Any = lambda g, scale: g,
    loss: Any = np.mean,
    bias: Any = lambda g: g.sum(axis=0),
    *,
    fresh: bool = True,
    ends: slice = slice(None),
) -> Any:
    """Return the descent of a mean squared error from zeros, or one with a slip in it."""

    def fit_affine(X: Any, y: Any, lr: float, steps: int) -> tuple[Any, Any, list[Any]]:
        w, b = np.zeros((X.shape[1], y.shape[1])), np.zeros(y.shape[1])
        w_bar, b_bar = np.zeros_like(w), np.zeros_like(b)
        history = [loss((X @ w + b - y) ** 2)]
        for _ in range(steps):
            g = gradient(2.0 * (X @ w + b - y) / y.size, y.size)
            w_bar = X.T @ g if fresh else w_bar + X.T @ g
            b_bar = bias(g) if fresh else b_bar + bias(g)
            w, b = w - lr * w_bar, b - lr * b_bar
            history.append(loss((X @ w + b - y) ** 2))
        return w, b, history[ends]

    return fit_affine


def _planes(N: int, d: int, k: int) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        X = rng.standard_normal((N, d))
        y = X @ rng.standard_normal((d, k)) + rng.uniform(1.0, 2.0, k) + 0.1 * rng.standard_normal((N, k))
        return {"X": X, "y": y, "lr": 0.3, "steps": 4 + k}

    return draw


def _rows(square: Any) -> Any:
    return square.sum() / len(square)


_FIT = Piece(
    answer="fit_affine(X: (N, d), y: (N, k), lr, steps) -> w: (d, k), b: (k,), history",
    reference=values_of(_fit()),
    instances=made(
        _planes(9, 3, 4),
        _planes(11, 4, 3),
        no_step_is_taken=lambda rng: {**_planes(6, 3, 4)(rng), "steps": 0},
        there_is_one_column=_planes(7, 3, 1),
    ),
    time_limit=20.0,
    see="NB07.W6",
    mistakes=[
        M03(_fit(bias=lambda g: g)),
        M04(_fit(lambda g, n: g * n, np.sum)),
        M04(_fit(lambda g, n: g * n)),
        M06(_fit(lambda g, n: -g)),
        M07(_fit(lambda g, n: 0.5 * g)),
        M07(_fit(lambda g, n: 0.5 * g, lambda square: 0.5 * np.mean(square))),
        M24(_fit(fresh=False)),
        MEAN_OVER_ROWS(lambda X, y, lr, steps: _fit(lambda g, n: g * y.shape[1], _rows)(X, y, lr, steps)),
        BIAS_STAYS(_fit(bias=lambda g: np.zeros(g.shape[1]))),
        HISTORY_SHORT(_fit(ends=slice(1, None))),
        HISTORY_SHORT(_fit(ends=slice(None, -1))),
    ],
)

arrays = Exercise(
    id="NB07.E07",
    points=8,
    see="NB07.W5",
    pieces=[
        *_MATMUL,
        *_reductions(
            "sum",
            np.sum,
            _sum_rule,
            M04(_reduction(np.sum, _mean_rule)),
        ),
        *_reductions(
            "mean",
            np.mean,
            _mean_rule,
            M04(_reduction(np.mean, _sum_rule)),
            MEAN_OF_ALL(_reduction(np.mean, lambda g, x, axis, keep: _restored(g, x, axis, keep) / x.size)),
        ),
        *_BROADCAST,
        _FIT,
    ],
    shares={"w": 3.0, "b": 3.0, "history": 2.0},
)
