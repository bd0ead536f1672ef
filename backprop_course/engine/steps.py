"""The calls of a program before any memory is given to them, simplified while they are entered.

A `Step` is one call of a NumPy function on earlier steps and constants. `Steps.call` enters one unless an
earlier step, or a constant, is already what it would compute. All rules here keep every bit, but for the
sign of a zero: ``0 + x`` turns -0.0 into 0.0, and is left out all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .values import is_basic

Call = Callable[..., Any]

_SMALL = 8192  # bytes of a constant that is worth comparing


class Step:
    """One value of a program: what is called on what to get it.

    Attributes
    ----------
    function : callable or None
        None for an input of the program.
    inputs : tuple
        Steps and constants.
    params : dict
        Settings of the call.
    like : ndarray or number
        The value met while recording: its shape, dtype and memory order are those of all replays.
    seen : Step or None
        The input whose memory the result looks at, where it is a view.
    """

    __slots__ = ("function", "inputs", "like", "params", "seen")

    def __init__(self, function: Call | None, inputs: tuple[Any, ...], params: dict[str, Any], like: Any):
        self.function, self.inputs, self.params, self.like = function, inputs, params, like
        self.seen: Step | None = None


def assembled(*parts: Any, like: Any, places: tuple[Any, ...], covered: Any) -> Any:
    """Zeros in the shape of `like` with each part written at its place; the places do not overlap."""
    out = np.zeros_like(like)
    for part, place in zip(parts, places, strict=True):
        out[place] = part
    return out


class Steps:
    """The steps entered so far, in an order in which they can run."""

    def __init__(self) -> None:
        self.all: list[Step] = []
        self.known: dict[Any, Step] = {}
        self.kept: list[Any] = []  # what keys name by its id must not die and leave the id to another

    def input(self, like: Any) -> Step:
        """Enter what comes with each call."""
        return Step(None, (), {}, like)

    def call(self, function: Call, inputs: tuple[Any, ...], params: dict[str, Any], like: Any) -> Any:
        """Return the step that computes this: an earlier one if there is one. Or the constant that it is."""
        if type(like) is not float and isinstance(function, np.ufunc):
            inputs = _unstretched(function, inputs, like)
        shortcut = _SHORTCUTS.get(function)
        if shortcut is not None and not params:
            found = shortcut(self, *inputs, like)
            if found is not None:
                return found
        key = (function, *[x if type(x) is Step else self._key(x) for x in inputs])
        if params:
            key += tuple((name, self._key(p)) for name, p in params.items())
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = Step(function, inputs, params, like)
            self.all.append(found)
        return found

    def draw(self, function: Call, params: dict[str, Any], like: Any) -> Step:
        """Enter random numbers: no two draws are the same step."""
        self.all.append(Step(function, (), params, like))
        return self.all[-1]

    def needed(self, outs: list[Any]) -> list[Step]:
        """The steps that `outs` depend on; the others never run."""
        wanted = {id(x) for x in outs}
        found = []
        for step in reversed(self.all):
            if id(step) in wanted:
                found.append(step)
                wanted.update(map(id, step.inputs))
        return found[::-1]

    def _key(self, x: Any) -> Any:
        """What tells two arguments apart; 0.0 and -0.0, 1 and 1.0 are not the same."""
        kind = type(x)
        if kind is float and x:
            return x, kind
        if kind is np.ndarray and x.nbytes <= _SMALL and x.dtype.kind in "fiub":
            return x.shape, x.dtype, x.strides, x.tobytes()  # rules make the same constants again and again
        if kind is np.ndarray:
            self.kept.append(x)
            return id(x)
        if kind in (tuple, list):
            return (kind, *map(self._key, x))
        return kind, repr(x) if kind in (int, float, slice) or isinstance(x, np.generic) else self._opaque(x)

    def _opaque(self, x: Any) -> Any:
        try:
            hash(x)
        except TypeError:
            self.kept.append(x)
            return id(x)
        return x


def uniform(x: Any) -> Any:
    """The number that a constant is made of, as it is or 0-d; None where there are several, or none."""
    if type(x) in (float, int) or isinstance(x, np.generic):
        return x
    if not isinstance(x, np.ndarray) or not x.size or x.dtype.kind not in "fiub":
        return None
    first = x[(0,) * x.ndim]
    if x.size > 1 and not (first == x).all():
        return None
    return None if first == 0 and np.signbit(x.astype(float)).any() else first


def _unstretched(function: np.ufunc, inputs: tuple[Any, ...], like: Any) -> tuple[Any, ...]:
    """Inputs without the stretching that an elementwise call does by itself."""
    if not any(type(x) is Step and x.function is np.broadcast_to for x in inputs) or function.signature:
        return inputs
    short = tuple(x.inputs[0] if type(x) is Step and x.function is np.broadcast_to else x for x in inputs)
    shapes = [np.shape(x.like if type(x) is Step else x) for x in short]
    return short if np.broadcast_shapes(*shapes) == np.shape(like) else inputs


# Each shortcut answers with what the call would compute, or None.


def _whole(x: Any, like: Any) -> bool:
    """Whether step `x` has the shape and the dtype of the result."""
    if type(x) is not Step:
        return False
    a, b = x.like, like
    if type(a) is float or type(b) is float:
        return type(a) is type(b)
    return bool(a.shape == b.shape and a.dtype == b.dtype)


def _is_negative(x: Any) -> bool:
    return type(x) is Step and x.function is np.negative and not x.params


def _multiply(steps: Steps, a: Any, b: Any, like: Any) -> Any:
    for x, c in () if type(a) is type(b) else ((a, b), (b, a)):  # a step and a constant
        if type(x) is not Step or not _whole(x, like):
            continue
        factor = uniform(c)
        if factor is None:
            continue
        if factor == 1:
            return x
        if factor == -1:
            return steps.call(np.negative, (x,), {}, like)
        if _is_negative(x):  # (-x) c = x (-c)
            return steps.call(np.multiply, (x.inputs[0], -c), {}, like)
    if type(like) is float:  # a sign is passed on, to end up in a subtraction
        if _is_negative(a):
            return steps.call(np.negative, (steps.call(np.multiply, (a.inputs[0], b), {}, like),), {}, like)
        if _is_negative(b):
            return steps.call(np.negative, (steps.call(np.multiply, (a, b.inputs[0]), {}, like),), {}, like)
    return None


def _true_divide(steps: Steps, a: Any, b: Any, like: Any) -> Any:
    if type(b) is not Step and _whole(a, like) and uniform(b) == 1:
        return a
    return None


def _add(steps: Steps, a: Any, b: Any, like: Any) -> Any:
    for x, c in ((a, b), (b, a)):
        if type(c) is not Step and _whole(x, like) and uniform(c) == 0:
            return x
        if _is_negative(c):
            return steps.call(np.subtract, (x, c.inputs[0]), {}, like)
    if type(a) is type(b) is Step and a.function is b.function is assembled:
        there, here = a.params["covered"], b.params["covered"]
        if a.like.dtype == b.like.dtype and there.shape == here.shape and not (there & here).any():
            places = a.params["places"] + b.params["places"]
            return assemble(steps, a.inputs + b.inputs, places, there | here, like)
    return None


def _subtract(steps: Steps, a: Any, b: Any, like: Any) -> Any:
    if type(b) is not Step and _whole(a, like) and uniform(b) == 0:
        return a
    if _is_negative(b):
        return steps.call(np.add, (a, b.inputs[0]), {}, like)
    return None


def _negative(steps: Steps, x: Any, like: Any) -> Any:
    return x.inputs[0] if _is_negative(x) else None


_SHORTCUTS: dict[Any, Call] = {
    np.multiply: _multiply,
    np.true_divide: _true_divide,
    np.add: _add,
    np.subtract: _subtract,
    np.negative: _negative,
}


# Cotangents of slices: zeros with a part added, again and again, are one array made of its parts.


def assemble(steps: Steps, parts: tuple[Any, ...], places: tuple[Any, ...], covered: Any, like: Any) -> Any:
    """Enter an array that is made of disjoint parts, each at its place."""
    params = {"like": like, "places": places, "covered": covered}
    return steps.call(assembled, parts, params, like)


def put_down(steps: Steps, part: Any, shape: Any, index: Any, like: Any) -> Any:
    """Enter the cotangent of ``x[index]`` for a basic index; None where it is not one."""
    if not is_basic(index) or like.shape != tuple(shape) or not like.ndim:
        return None
    covered = np.zeros(shape, bool)
    covered[index] = True
    if covered[index].shape != np.shape(part.like if type(part) is Step else part):
        return None  # a batch of cotangents
    place = index if isinstance(index, tuple) else (index,)
    place = place if Ellipsis in place else (*place, ...)  # a view also where it is one entry
    return assemble(steps, (part,), (place,), covered, like)


def joined(steps: Steps, parts: tuple[Any, ...], axis: int, like: Any) -> Any:
    """Enter a concatenation: the parts side by side."""
    places, start = [], 0
    for part in parts:
        stop = start + np.shape(part.like if type(part) is Step else part)[axis]
        places.append((*[slice(None)] * (axis % like.ndim), slice(start, stop)))
        start = stop
    return assemble(steps, parts, tuple(places), np.ones(like.shape, bool), like)
