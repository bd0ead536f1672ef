"""NB03: derivatives, Jacobians, products. Differences (E02, E03) are in `nb03_differences.py`."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from backprop_course import Tensor, sigmoid

from ..exercise import Exercise, Piece
from ..instances import made, sizes
from ..mistakes import M01, M02, M06, M07, M08, M09, M10, M12, M19, M20, M31, M34, Kind
from ..reference import cotangents_of, values_of
from .shared import VALUE_FOR_SLOPE

ONE_MISSING = Kind(
    "direct-part-missing",
    "the part of f that holds y by itself is not differentiated",
    "The derivative along y lacks its term of 1.",
    "A term of a sum is left out.",
    "The function is a sum of two terms, and y stands in both: by itself and in the exponent.",
    "NB03.W2",
)


def _value_and_slope(t: Any) -> tuple[Any, Any]:
    at = Tensor(np.asarray(t, np.float64), requires_grad=True)
    x, y = np.cos(at), at**2
    f = y + np.exp(x * y)
    f.backward(np.ones(at.shape))
    return f.value, at.grad


def _paths(along_x: Any, along_y: Any, both: Any = lambda a, b: a + b) -> Any:
    def total_derivative(t: Any) -> tuple[Any, Any]:
        x, y = np.cos(t), t**2
        e = np.exp(x * y)
        return y + e, both(along_x(t, x, y, e), along_y(t, x, y, e))

    return total_derivative


def _along_x(t: Any, x: Any, y: Any, e: Any) -> Any:
    return -y * e * np.sin(t)


def _along_y(t: Any, x: Any, y: Any, e: Any) -> Any:
    return (1 + x * e) * 2 * t


def _zero(t: Any, x: Any, y: Any, e: Any) -> Any:
    return 0.0 * t


total_derivative = Exercise(
    id="NB03.E01",
    answer="total_derivative(t) -> f, dfdt",
    reference=values_of(_value_and_slope),
    instances=sizes(
        draw={"t": lambda rng: float(rng.uniform(0.4, 1.6) * rng.choice([-1.0, 1.0]))},
        cases={
            "t is an array": {"t": lambda rng: rng.uniform(-1.5, 1.5, 5)},
            "t has two axes": {"t": lambda rng: rng.uniform(-1.5, 1.5, (2, 3))},
            "t = 0": {"t": 0.0},
        },
    ),
    points=1,
    see="NB03.W2",
    mistakes=[
        M06(_paths(lambda *a: -_along_x(*a), _along_y)),
        M06(_paths(_along_x, lambda *a: -_along_y(*a))),
        M10(_paths(_along_x, _zero)),
        M10(_paths(_zero, _along_y)),
        M12(_paths(lambda t, x, y, e: -np.sin(t), lambda t, x, y, e: 2 * t)),
        M09(_paths(lambda t, x, y, e: y * e, lambda t, x, y, e: 1 + x * e)),
        M19(_paths(lambda t, x, y, e: -x * e * np.sin(t), lambda t, x, y, e: (1 + y * e) * 2 * t)),
        M34(lambda t: _paths(_along_x, _along_y)(t)[::-1]),
        ONE_MISSING(_paths(_along_x, lambda t, x, y, e: x * e * 2 * t)),
    ],
)

FULL_JACOBIAN = Kind(
    "full-jacobian",
    "the whole Jacobian is returned, or a product with it in full",
    "The result has an axis for the inputs and one for the outputs.",
    "A diagonal matrix is written out.",
    "Each output depends on its own input alone. The Jacobian is diagonal, and a product with it is entry "
    "by entry: there is no need to build it.",
    "NB03.W6",
)

INPUT_FOR_VALUE = Kind(
    "input-for-value",
    "the function's input stands where its value belongs",
    "The slope is a formula in the value, and the input was put into it.",
    "A formula is right, and the wrong number goes into it.",
    "Some slopes are written with the value: that of a sigmoid is its value times one minus its value. What "
    "is handed in here is the input. Compute the value first.",
    "NB03.W6",
)


def _s(z: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-z))


_FUNCTIONS: dict[str, tuple[Any, Any, Any]] = {  # on Tensors, on arrays, its slope
    "exp": (np.exp, np.exp, np.exp),
    "log": (np.log, np.log, lambda z: 1.0 / z),
    "sigmoid": (sigmoid, _s, lambda z: _s(z) * (1.0 - _s(z))),
    "tanh": (np.tanh, np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "square": (np.square, np.square, lambda z: 2.0 * z),
}
_OWN_SLIPS: dict[str, list[Any]] = {
    "exp": [M09(lambda z, g: g), INPUT_FOR_VALUE(lambda z, g: g * z)],
    "log": [
        M09(lambda z, g: g),
        M19(lambda z, g: g * z),
        VALUE_FOR_SLOPE(lambda z, g: g * np.log(z)),
        M06(lambda z, g: -g / z),
    ],
    "sigmoid": [
        M08(lambda z, g: g * _s(_s(z)) * (1.0 - _s(_s(z)))),
        M09(lambda z, g: g),
        VALUE_FOR_SLOPE(lambda z, g: g * _s(z)),
        INPUT_FOR_VALUE(lambda z, g: g * z * (1.0 - z)),
        M06(lambda z, g: -g * _s(z) * (1.0 - _s(z))),
    ],
    "tanh": [
        M08(lambda z, g: g * (1.0 - np.tanh(np.tanh(z)) ** 2)),
        M09(lambda z, g: g),
        VALUE_FOR_SLOPE(lambda z, g: g * np.tanh(z)),
        INPUT_FOR_VALUE(lambda z, g: g * (1.0 - z**2)),
        M06(lambda z, g: -g * (1.0 - np.tanh(z) ** 2)),
    ],
    "square": [
        M07(lambda z, g: g * z),
        M09(lambda z, g: g),
        VALUE_FOR_SLOPE(lambda z, g: g * z**2),
        M06(lambda z, g: -2.0 * g * z),
    ],
}
_SHAPES = {"there is one number": (), "there is one axis": (5,), "there are three axes": (2, 4, 3)}


def _elementwise(name: str) -> Piece:
    on_tensors, _, slope = _FUNCTIONS[name]

    def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        z = np.asarray(rng.standard_normal(shape))
        return np.abs(z) + 0.1 if name == "log" else z

    return Piece(
        answer=f"elementwise_vjp(name, z: (n, k), g: (n, k)) -> {name}: (n, k)",
        reference=cotangents_of(lambda name, z: on_tensors(z), **{name: "z"}),
        instances=sizes(
            n=4,
            k=3,
            draw={"name": lambda: name, "z": lambda rng, n, k: drawn(rng, (n, k))},
            cases={
                label: {
                    "z": lambda rng, shape=shape: drawn(rng, shape),
                    "g": lambda rng, shape=shape: np.asarray(rng.standard_normal(shape)),
                }
                for label, shape in _SHAPES.items()
            },
            without=["zeros"] if name == "log" else [],
        ),
        mistakes=[
            M09(lambda z, g: g * slope(z) ** 2),
            M12(lambda z, g: slope(z)),
            FULL_JACOBIAN(lambda z, g: np.diag(slope(z).ravel())),
            FULL_JACOBIAN(lambda z, g: np.diag((g * slope(z)).ravel())),
            *_OWN_SLIPS[name],
        ],
    )


elementwise_vjp = Exercise(
    id="NB03.E04", points=2, see="NB03.W6", pieces=[_elementwise(name) for name in _FUNCTIONS]
)

matvec_vjp = Exercise(
    id="NB03.E05",
    answer="matvec_vjp(W: (m, n), x: (n,), g: (m,)) -> gW: (m, n), gx: (n,)",
    reference=cotangents_of(lambda W, x: W @ x, gW="W", gx="x"),
    instances=sizes(m=(1, 4), n=(1, 3)),
    points=3,
    see="NB03.W6",
    mistakes=[
        M01(lambda W, x, g: (np.outer(g, x), W @ g)),
        M31(lambda W, x, g: (np.outer(x, g), W.T @ g)),
        M06.each(lambda g: -g),
        M12(lambda W, x, g: (np.outer(np.ones(len(g)), x), W.sum(axis=0))),
        M12(lambda W, x, g: (np.outer(np.ones(len(g)), x), W.T @ g)),
        M10(lambda W, x, g: (np.outer(g, x), W[-1] * g[-1])),
        M10(lambda W, x, g: (np.outer(g, x), W[0] * g[0])),
        M19(lambda W, x, g: (W * g[:, None], W.T @ g)),
        M20(lambda W, x, g: (np.outer(g, x), (W * g[:, None]).sum(axis=1))),
        M34(lambda W, x, g: (W.T @ g, np.outer(g, x))),
    ],
)

EXCHANGED = Kind(
    "calls-exchanged",
    "as many products are made as the other mode needs",
    "The number of calls is that of the other mode, or an index runs past its end.",
    "Rows and columns are exchanged.",
    "A product with a unit vector on the right gives a column, and there are as many columns as inputs; "
    "one on the left gives a row, and there are as many rows as outputs.",
    "NB03.W5",
)
ONE_CALL_TOO_MANY = Kind(
    "one-call-more",
    "a product is made that is not needed",
    "There is one call more than columns or rows, or there are twice as many.",
    "Work is done that the result does not show.",
    "Each product costs a whole pass through the function. Sizes are handed in, so that no product is "
    "needed to learn them.",
    "NB03.W5",
)


def _by_columns(product: Any, n: int, m: int, mode: str) -> Any:
    return np.stack([product(e) for e in np.eye(n)], axis=1)


def _by_rows(product: Any, n: int, m: int, mode: str) -> Any:
    return np.stack([product(e) for e in np.eye(m)])


def _mode(mode: str, right: Any, wrong: Any) -> Piece:
    calls = f"calls_for_{mode}"

    def twice(product: Any, n: int, m: int, mode: str) -> Any:
        right(product, n, m, mode)
        return right(product, n, m, mode)

    def first_once_more(product: Any, n: int, m: int, mode: str) -> Any:
        product(np.eye(n if mode == "columns" else m)[0])
        return right(product, n, m, mode)

    def only_the_last(product: Any, n: int, m: int, mode: str) -> Any:
        J = right(product, n, m, mode)
        kept = np.zeros_like(J)
        last = (slice(None), -1) if mode == "columns" else (-1,)
        kept[last] = J[last]
        return kept

    return Piece(
        answer="jacobian_from_products(product, n, m, mode) -> J: (m, n)",
        probe=f"nb03.counted(A: (m, n), mode) -> {mode}: (m, n), {calls}",
        reference=values_of(lambda A, m, n: {mode: A, calls: n if mode == "columns" else m}),
        instances=sizes(m=(1, 5), n=(1, 3), draw={"mode": lambda: mode}),
        mistakes=[
            M02(lambda product, n, m, mode: right(product, n, m, mode).T),
            M10(only_the_last),
            EXCHANGED(wrong),
            EXCHANGED(lambda product, n, m, mode: right(product, m, n, mode)),
            ONE_CALL_TOO_MANY(twice),
            ONE_CALL_TOO_MANY(first_once_more),
        ],
    )


jacobian_from_products = Exercise(
    id="NB03.E06",
    points=3,
    see="NB03.W5",
    pieces=[_mode("columns", _by_columns, _by_rows), _mode("rows", _by_rows, _by_columns)],
)

ONE_PRODUCT = Kind(
    "one-product-only",
    "the cost of one product is returned, not that of the whole Jacobian",
    "Both numbers are the same.",
    "A factor is left out.",
    "One product gives one column or one row. The whole Jacobian takes as many as there are inputs, or "
    "outputs.",
    "NB03.W5",
)
LINK_MISSED = Kind(
    "link-missed",
    "the first or the last Jacobian of the chain is not counted",
    "A whole Jacobian is missing from the sum.",
    "A loop ends one step too early or begins one too late.",
    "Between as many sizes as you are given there is one Jacobian less. Count the pairs of neighbours.",
    "NB03.W5",
)


def _cost(dims: Any) -> int:
    return sum(a * b for a, b in pairwise(dims))


def _chain(links: int, *, square: bool = False) -> Any:
    def draw(rng: np.random.Generator) -> dict[str, Any]:
        dims = (2 + rng.permutation(40)[: links + 1]).tolist()
        return {"dims": [*dims[:-1], dims[0]] if square else dims}

    draw.__doc__ = f"{links} links" + (", m = n" if square else "")
    return draw


mode_cost = Exercise(
    id="NB03.E07",
    answer="mode_cost(dims) -> forward, reverse",
    reference=values_of(lambda dims: (dims[0] * _cost(dims), dims[-1] * _cost(dims))),
    instances=made(*map(_chain, (3, 4, 1, 2, 5, 6)), as_many_outputs_as_inputs=_chain(3, square=True)),
    points=2,
    see="NB03.W5",
    mistakes=[
        M10(lambda dims: (dims[0] * _cost(dims[-2:]), dims[-1] * _cost(dims[-2:]))),
        M10(lambda dims: (dims[0] * _cost(dims[:2]), dims[-1] * _cost(dims[:2]))),
        M34(lambda dims: (dims[-1] * _cost(dims), dims[0] * _cost(dims))),
        ONE_PRODUCT(lambda dims: (_cost(dims), _cost(dims))),
        LINK_MISSED(lambda dims: (dims[0] * _cost(dims[:-1]), dims[-1] * _cost(dims[:-1]))),
        LINK_MISSED(lambda dims: (dims[0] * _cost(dims[1:]), dims[-1] * _cost(dims[1:]))),
    ],
)
