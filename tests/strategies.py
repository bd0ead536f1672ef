"""What the tests of primitives share: calling one by its declaration, random directions, inner products."""

from __future__ import annotations

from typing import Any

import numpy as np

from backprop_course import Tensor
from backprop_course.engine import rules
from backprop_course.engine.rules import Primitive


def primitives() -> list[Primitive]:
    """Every primitive of the table (those that tests add for themselves apart)."""
    return sorted((p for p in rules.table.values() if p.ours), key=lambda p: p.name)


def split(sample: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs and settings of a sample."""
    return (sample[:-1], sample[-1]) if sample and isinstance(sample[-1], dict) else (sample, {})


def floats_of(p: Primitive, inputs: tuple[Any, ...]) -> list[int]:
    """Positions of the inputs that `p` has rules for."""
    return [i for i in range(len(inputs)) if p.vjp[i] is not None]


def applied(p: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
    """The primitive as a function of its differentiable inputs alone."""
    where = floats_of(p, inputs)

    def f(*floats: Any) -> Any:
        given = dict(zip(where, floats, strict=True))
        return p.function(*(given.get(i, x) for i, x in enumerate(inputs)), **params)

    return f


def direction(like: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the shape of `like`."""
    return rng.normal(size=np.shape(like))[()]


def inner(a: Any, b: Any) -> float:
    """Sum of products over trees of arrays."""
    if isinstance(a, tuple | list):
        return float(sum(inner(x, y) for x, y in zip(a, b, strict=True)))
    return float(np.sum(np.asarray(values(a)) * np.asarray(values(b))))


def values(x: Any) -> Any:
    """The array in a Tensor."""
    return x.value if isinstance(x, Tensor) else x
