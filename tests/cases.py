"""Every function of the registry, with samples, as a function of float arrays alone.

What a `Case` returns is laid out as one flat vector, so that values, cotangents, tangents and Jacobians of
functions with several results compare like any other.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import backprop_course
from backprop_course import Tensor
from backprop_course.engine import rules
from backprop_course.engine.trees import leaves, map_leaves
from tests.strategies import primitives, split


def name_of(function: Any) -> str:
    """The name a function goes by in these tests: ``sin``, ``linalg.norm``, ``add.outer``, ``engine.put``.

    Those of the engine that are not public are parts that others are made of.
    """
    ufunc = getattr(function, "__self__", None)
    if isinstance(ufunc, np.ufunc):
        return f"{ufunc.__name__}.{function.__name__}"
    module = getattr(function, "__module__", None) or ""
    name: str = rules.table[function].name if function in rules.table else function.__name__
    if module == "numpy.linalg":
        return f"linalg.{name}"
    if module.startswith("backprop_course") and getattr(backprop_course, name, None) is not function:
        return f"engine.{name}"
    return name


def everything() -> dict[str, tuple[Any, Any]]:
    """Name -> (function, samples) of the table and of the compositions that come without SciPy."""
    known = {name_of(p.function): (p.function, p.samples) for p in primitives() if not of_scipy(p.function)}
    known |= {name_of(f): (f, rules.samples_of[f]) for f in rules.compositions}
    return known


def of_scipy(function: Any) -> bool:
    """Whether a function is one of `scipy.special`: those ufuncs have no module, NumPy's are in NumPy."""
    module = getattr(function, "__module__", None)
    if isinstance(function, np.ufunc):
        return getattr(np, function.__name__, None) is not function
    return bool(module and module.startswith("scipy"))


def is_float(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def flat_leaves(out: Any) -> list[Any]:
    """The arrays in a (nested) tuple or list of results."""
    return [y for x in out for y in flat_leaves(x)] if isinstance(out, tuple | list) else [out]


@dataclasses.dataclass
class Case:
    """One sample of one function, with the directions to ask about."""

    function: Callable[..., Any]
    inputs: list[Any]
    params: dict[str, Any]
    primals: list[Any]
    dots: list[Any]
    kept: list[bool]  # which results are differentiable
    out_bar: Any

    def ours(self, *floats: Any) -> Any:
        outs = flat_leaves(self.call(self.function, floats))
        return np.concatenate([np.ravel(x) for x in itertools.compress(outs, self.kept)])

    def call(self, function: Callable[..., Any], floats: Any, also: Any = lambda x: x) -> Any:
        given = iter(floats)
        filled = map_leaves(lambda x: next(given) if is_float(x) else also(x), self.inputs)
        return function(*filled, **self.params)


def cases(function: Any, samples: Any, rng: np.random.Generator) -> Iterator[Case]:
    for sample in samples(rng):
        inputs, params = split(sample)
        primals = [np.asarray(x) for x in leaves(list(inputs)) if is_float(x)]
        case = Case(function, list(inputs), params, primals, [], [], None)
        outs = flat_leaves(case.call(function, [Tensor(x, requires_grad=True) for x in primals]))
        case.kept = [isinstance(x, Tensor) for x in outs]
        case.out_bar = rng.normal(size=sum(x.size for x in outs if isinstance(x, Tensor)))
        case.dots = [rng.normal(size=x.shape) for x in primals]
        yield case
