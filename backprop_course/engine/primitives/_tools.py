"""What rules share: undoing broadcasting, elementwise functions by their partial derivatives, samples."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..rules import Function, declare, entry


def shape_of(x: Any) -> tuple[int, ...]:
    """Shape of an array, a Tensor or a number."""
    return getattr(x, "shape", ())


def unbroadcast(x_bar: Any, x: Any, out: Any) -> Any:
    """Sum `x_bar` over the axes along which broadcasting stretched `x` to the shape of `out`.

    `x_bar` has the shape of `out`, after any extra leading axes (a batch of cotangents), which stay.
    """
    shape, full = getattr(x, "shape", ()), getattr(x_bar, "shape", ())
    if full == shape:  # most often, and then there is no batch either
        return x_bar
    batch = len(full) - len(shape_of(out))
    return x_bar if full[batch:] == shape else sum_to(x_bar, shape, batch)


def sum_to(x_bar: Any, shape: tuple[int, ...], batch: int) -> Any:
    """Sum `x_bar` to `shape`, the reverse of broadcasting; the first `batch` axes stay."""
    full = shape_of(x_bar)
    if len(full) == 2 and len(shape) == 1 and shape[0] == full[1] and not batch:
        return row_sum(x_bar)
    added = len(full) - len(shape)
    axes = (
        *range(batch, added),
        *(added + i for i, n in enumerate(shape) if n == 1 and full[added + i] != 1),
    )
    if axes:
        x_bar = np.sum(x_bar, axis=axes, keepdims=True)
    return np.reshape(x_bar, full[:batch] + shape)


def row_sum(x: Any) -> Any:
    """Sum of the rows of a matrix, as a product with ones: a third of the cost of `np.sum` for small ones."""
    ones = ones_of(x.shape[0], x.dtype)
    return ones.dot(x) if isinstance(x, np.ndarray) else np.matmul(ones, x)


@functools.lru_cache(maxsize=64)
def ones_of(n: int, dtype: Any) -> Any:
    """Return a vector of ones, read-only and made once."""
    ones = np.ones(n, dtype)
    ones.flags.writeable = False
    return ones


def broadcast(x_dot: Any, out: Any) -> Any:
    """Stretch a tangent to the shape of `out`."""
    return x_dot if shape_of(x_dot) == shape_of(out) else np.broadcast_to(x_dot, shape_of(out))


def over(a: Any, b: Any) -> Any:
    """``a / b``, where Python's floats stay floats and a zero below is NumPy's affair."""
    try:
        return a / b
    except ZeroDivisionError:
        return np.true_divide(a, b)


def or_zero(numerator: Any, denominator: Any) -> Any:
    """A quotient that is 0, with slopes 0 of any order, where the denominator is 0."""
    nothing = np.equal(denominator, 0)
    return np.where(nothing, 0.0, numerator) / np.where(nothing, 1.0, denominator)


def elementwise(
    function: Function, *partials: Any, samples: Any, name: str = "", scalar: Function | None = None
) -> None:
    """Declare an elementwise function by its partial derivatives ``(out, *inputs) -> array``, or constants.

    Both rules are one product with the partial derivative: the Jacobian is diagonal, so it is its own
    transpose. Only the broadcasting differs: undone on the way back, done on the way ahead. `scalar` does
    the same to Python's floats.
    """
    declare(
        function,
        vjp=[_elementwise_vjp(partial, i, len(partials)) for i, partial in enumerate(partials)],
        jvp=[_elementwise_jvp(partial) for partial in partials],
        samples=samples,
        name=name,
    )
    entry(function).scalar, entry(function).diagonal = scalar, True


def _elementwise_vjp(partial: Any, i: int, count: int) -> Function:
    """The vjp rule for argument `i` of `count`; arguments spelled out are faster than ``*xs``."""
    if count == 1:
        if not callable(partial):
            return lambda out_bar, out, x, **params: out_bar * partial
        return lambda out_bar, out, x: out_bar * partial(out, x)
    left = i == 0

    def constant(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
        x_bar = out_bar if partial == 1.0 else out_bar * partial
        return x_bar if type(x_bar) is float else unbroadcast(x_bar, a if left else b, out)

    def rule(out_bar: Any, out: Any, a: Any, b: Any) -> Any:
        x_bar = out_bar * partial(out, a, b)
        return x_bar if type(x_bar) is float else unbroadcast(x_bar, a if left else b, out)

    return rule if callable(partial) else constant


def _elementwise_jvp(partial: Any) -> Function:
    if not callable(partial):
        return lambda x_dot, out, *xs, **params: broadcast(x_dot * partial, out)
    return lambda x_dot, out, *xs: broadcast(x_dot * partial(out, *xs), out)


def linear(function: Function, vjp: Function, *, samples: Any, name: str = "") -> None:
    """Declare a function that is linear in its one array: its own formula carries tangents ahead."""
    declare(
        function,
        vjp=[vjp],
        jvp=[lambda x_dot, out, x, **params: function(x_dot, **params)],
        samples=samples,
        name=name,
    )


def given(*calls: tuple[Any, ...]) -> Any:
    """Samples from shapes: tuples and lists of tuples are drawn, anything else is handed on."""

    def samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
        def drawn(item: Any) -> Any:
            if isinstance(item, tuple):
                return rng.normal(size=item)
            return list(map(drawn, item)) if isinstance(item, list) and isinstance(item[0], tuple) else item

        for call in calls:
            yield tuple(map(drawn, call))

    return samples


def batch_of(out_bar: Any, out: Any) -> tuple[int, ...]:
    """Sizes of the extra leading axes of a batch of cotangents."""
    full = shape_of(out_bar)
    return full[: len(full) - len(shape_of(out))]


class EachArgument:
    """Rules of a function of any number of arrays: the i-th is ``rule(i, ...)``."""

    def __init__(self, rule: Function) -> None:
        self.rule = rule

    def __getitem__(self, i: int) -> Function:
        return functools.partial(self.rule, i)


def unary(draw: Callable[[np.random.Generator, tuple[int, ...]], Any]) -> Any:
    """Samples for a function of one array, whose entries `draw` puts where the function is smooth."""

    def samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
        for shape in ((), (3,), (2, 4), (0, 3)):
            yield (draw(rng, shape),)

    return samples


def anywhere(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw entries of both signs."""
    return rng.normal(size=shape)


def away_from_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw entries of both signs, none nearer to zero than 0.2."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.2, 2.0, size=shape)


def positive(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw entries between 0.2 and 3."""
    return rng.uniform(0.2, 3.0, size=shape)


def inside_one(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw entries between -0.9 and 0.9."""
    return rng.uniform(-0.9, 0.9, size=shape)


def between_integers(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Draw entries of both signs away from integers and halves, where steps are."""
    return rng.integers(-3, 4, size=shape) + rng.choice([0.25, 0.75], size=shape)


PAIRS = (
    ((), ()),
    ((3,), ()),
    ((), (3,)),
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((4, 1, 3), (2, 1)),
    ((0, 3), (3,)),
)


def binary(left: Any = anywhere, right: Any = anywhere) -> Any:
    """Samples for a function of two arrays that broadcast against each other in every way."""

    def samples(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
        for a, b in PAIRS:
            yield left(rng, a), right(rng, b)

    return samples
