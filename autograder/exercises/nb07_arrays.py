"""NB07, continued: products, reductions and broadcasting as operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._mistake import Mistake
from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M01, M02, M04, M10, M12, M19, M20, M21, M32, M34, M36, Kind
from ..reference import answered_by
from .nb07 import operation
from .nb07_fit import FIT
from .nb07_unbroadcast import undone

MEAN_OF_ALL = Kind(
    "mean-of-all",
    "the mean divides by the number of all entries",
    "The numbers are too small by the lengths of the axes that stay.",
    "The wrong count is divided by.",
    "A mean over an axis divides by the length of that axis. The other axes only say how many such means "
    "there are.",
    "NB07.W5",
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
    def op(back: Any = undone, **settings: Any) -> Any:
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
        lambda g, y, a, b: undone(to_a(g, a, b), a.shape),
        lambda g, y, a, b: undone(to_b(g, a, b), b.shape),
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
        FIT,
    ],
    shares={"w": 3.0, "b": 3.0, "history": 2.0},
)
