"""The registry: how each function is differentiated. Formulas stand in `primitives/`. Read next: `tensor`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import rule_refusals
from .calls import parameter_names

Function = Callable[..., Any]
Samples = Callable[["np.random.Generator"], Iterator[tuple[Any, ...]]]


class Primitive:
    """One differentiable function: its rules, one per array argument, and inputs worth testing.

    A vjp rule maps ``(out_bar, out, *inputs, **params)`` to the cotangent of its input (a joint one: of all),
    a jvp rule ``(x_dot, out, *inputs, **params)`` to what its input adds to the output's tangent.
    """

    __slots__ = "function call name arrays names vjp jvp joint samples scalar batched diagonal ours".split()

    def __init__(self, function: Function) -> None:
        self.function = self.call = function  # what it is in NumPy, and the quickest way to have it done
        self.name: str = getattr(function, "__name__", repr(function))
        self.arrays = 0  # how many leading parameters are arrays; the others are settings
        self.names = parameter_names(function)
        self.vjp: Any = ()
        self.jvp: Any = ()
        self.joint: Function | None = None
        self.samples: Samples | None = None
        self.scalar: Function | None = None  # the same for Python's floats
        self.batched = False  # the rules take cotangents with extra leading axes
        self.diagonal = False  # it works entry by entry, and so does its Jacobian
        self.ours = False  # tests hold the rules of the table; a user's are checked at every walk

    def rule(self, kind: str, position: int) -> Function:
        """Return the ``"vjp"`` or ``"jvp"`` rule of one argument, or raise `NoDerivativeError`."""
        rules = getattr(self, kind)
        try:
            rule: Function | None = rules[position]
        except IndexError:
            rule = None
        if rule is None:
            raise rule_refusals.rule_missing(self.name, kind, position)
        return rule


table: dict[Function, Primitive] = {}  # what has rules
compositions: dict[Function, Function] = {}  # what is written with functions that have rules
plain: set[Function] = set()  # what returns plain arrays: comparisons, integers, shapes
static: set[Function] = set()  # what looks at shapes and dtypes only
asked: dict[Function, Primitive] = {}  # those of them that were recorded while `compile` traced
samples_of: dict[Function, Samples] = {}  # inputs worth testing, of the compositions
on_import: dict[str, Function] = {}  # what enters more rules, once somebody has imported the module


def entered_late() -> bool:
    """Enter the rules of modules that were imported meanwhile; whether there were any."""
    found = [name for name in on_import if name in sys.modules]
    for name in found:
        on_import.pop(name)()
    return bool(found)


def entry(function: Function) -> Primitive:
    """Look up the `Primitive` of `function`; it is made when it is not there yet."""
    return table.setdefault(function, table.get(function) or Primitive(function))


def declare(
    function: Function, *, vjp: Any, jvp: Any, samples: Samples, arrays: int = 0, name: str = ""
) -> None:
    """Enter one primitive of the table: both kinds of rules and its samples, in one place.

    Parameters
    ----------
    function : callable
        A NumPy function, or one of ours made with `primitive`.
    vjp, jvp : sequences of rules, one per array argument
        Any object with ``__getitem__`` serves, for functions of any number of arrays.
    samples : callable
        Maps an `rng` to inputs worth testing: tuples of arrays, settings last in a dict where there are any.
    arrays : int, optional
        How many leading parameters are arrays (default: as many as there are vjp rules).
    """
    p = entry(function)
    p.vjp, p.jvp, p.samples, p.batched, p.ours = vjp, jvp, samples, True, True
    p.arrays = arrays or (len(vjp) if hasattr(vjp, "__len__") else 0)  # 0: all positional ones, however many
    p.names = parameter_names(function) if p.arrays and not isinstance(function, np.ufunc) else ()
    p.name = name or p.name


def compose(function: Function, definition: Function, samples: Samples) -> None:
    """Enter a function that is written with others of the table: they are what is recorded."""
    compositions[function], samples_of[function] = definition, samples
