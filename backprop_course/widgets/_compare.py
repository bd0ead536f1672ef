"""A backward function beside the engine and beside differences, array by array.

The same dict comes from ``check.compared`` for an exercise; `trace_backward` shows either.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..derivatives import vjp
from ..derivatives.numerical import numerical_jacobian, returned
from ..engine.drawing.text import number_text, shape_text
from ..errors import UsageError
from ._failures import failure, name_of

Func = Callable[..., Any]
Comparison = dict[str, Any]

RTOL = 1e-6  # a formula in float64 has more digits than this, whichever way it is written
ATOL = 1e-9  # of the largest entry: where terms cancel, few digits are left


def compare_backward(f: Func, backward: Func, args: Sequence[Any], seed: int = 0) -> Comparison:
    """Set what `backward` returns beside the engine's gradients and beside central differences.

    Parameters
    ----------
    f : callable
        Maps arrays to one array.
    backward : callable
        ``backward(*args)`` where `f` gives one number, else ``backward(out_bar, *args)``. Returns one array,
        or a tuple with one for each argument of floats.
    args : sequence of array_like
    seed : int
        Draws the cotangent ``out_bar``, if there are several outputs.

    Returns
    -------
    dict
        ``title``, ``where``, ``reason``, ``said`` and ``parts``, as `trace_backward` takes it.
    """
    arrays = [np.asarray(arg) for arg in args]
    where = [i for i, array in enumerate(arrays) if array.dtype.kind == "f"]
    if not where:
        raise UsageError(
            "There is nothing to differentiate by.",
            expected="at least one argument of floats",
            got=", ".join(str(array.dtype) for array in arrays) or "no arguments",
            mend="hand over the arguments of f behind backward, as arrays of floats",
        )
    names = _names(f, len(arrays))
    out, pull = vjp(f, *(array.copy() for array in arrays))
    shape = np.shape(returned(out))
    single = int(np.prod(shape)) == 1
    out_bar = np.ones(shape) if single else np.random.default_rng(seed).standard_normal(shape)
    right = [np.asarray(returned(bar)) if i in where else None for i, bar in enumerate(pull(out_bar))]
    numerical = [_differences(f, arrays, i, out_bar) for i in where]
    got, reason = _given(backward, arrays, out_bar, single, len(where))
    parts = [
        _part(f"d{names[i]}", given, right[i], slopes)
        for i, given, slopes in zip(where, got, numerical, strict=True)
    ]
    said = [sentence for part in parts for sentence in observed(part)] + _all_nan(parts, arrays)
    drawn = "" if single else f"; the cotangent out_bar is drawn with seed {seed}"
    shapes = ", ".join(f"{name} {shape_text(array.shape)}" for name, array in zip(names, arrays, strict=True))
    title = f"{name_of(backward)} beside the engine's backward of {name_of(f)}"
    return {"title": title, "where": shapes + drawn, "reason": reason, "said": said, "parts": parts}


def observed(part: Comparison) -> list[str]:
    """Return what can be said of a wrong gradient without knowing the mistake."""
    got, right, name = part["got"], part["right"], part["name"]
    if got is None or part["state"] == "right":
        return []
    if got.shape == right.T.shape != right.shape and _close(got.T, right):
        return [f"{name} is right after transposing it."]
    for axis in range(got.ndim):
        if got.shape != right.shape and _close(got.sum(axis), right):
            return [f"{name} is right after adding over axis {axis}."]
    if got.shape != right.shape:
        return []
    if got.ndim == 2 and got.shape[0] == got.shape[1] and _close(got.T, right):
        return [f"{name} is right after transposing it."]
    largest = np.unravel_index(np.argmax(np.where(np.isfinite(right), np.abs(right), 0.0)), right.shape)
    ratio = float(got[largest] / right[largest]) if right[largest] else np.nan
    if np.isfinite(ratio) and _close(got, ratio * right):
        return [f"{name} is {number_text(ratio)} times what is right, in every entry."]
    return []


def _names(f: Func, count: int) -> list[str]:
    try:
        names = [
            p.name for p in inspect.signature(f).parameters.values() if p.kind <= p.POSITIONAL_OR_KEYWORD
        ]
    except (TypeError, ValueError):
        names = []
    return names[:count] if len(names) >= count else [f"x{i}" for i in range(count)]


def _differences(f: Func, arrays: Sequence[Any], i: int, out_bar: Any) -> Any:
    def value(x: Any) -> float:
        changed = [x if j == i else array.copy() for j, array in enumerate(arrays)]
        return float(np.sum(out_bar * np.asarray(returned(f(*changed)))))

    return np.asarray(numerical_jacobian(value, arrays[i].astype(float)))


def _given(
    backward: Func, arrays: Sequence[Any], out_bar: Any, single: bool, count: int
) -> tuple[list[Any], str]:
    """Return an array or None for each gradient, and how the whole fails if it does."""
    nothing: list[Any] = [None] * count
    try:
        inputs = [array.copy() for array in arrays]
        given = backward(*inputs) if single else backward(out_bar.copy(), *inputs)
    except Exception as error:  # the learner's function may raise anything: the widget says what it was
        return nothing, failure(error, backward)
    several = given if isinstance(given, tuple | list) and count > 1 else (given,)
    if len(several) != count:
        return (
            nothing,
            f"{name_of(backward)} returned {len(several)} values where {count} gradients are asked for.",
        )
    return [_array(value) for value in several], ""


def _array(value: Any) -> Any:
    try:
        array = np.asarray(returned(value), dtype=float)
    except (TypeError, ValueError, UsageError):
        return None
    return array


def _part(name: str, got: Any, right: Any, numerical: Any) -> Comparison:
    part = {"name": name, "detail": "", "got": got, "right": right, "numerical": numerical, "wrong": None}
    if got is None:
        return {**part, "state": "missing", "detail": "nothing that can be read as an array of numbers"}
    if got.shape != right.shape:
        detail = f"{shape_text(got.shape)} where {shape_text(right.shape)} is asked for"
        return {**part, "state": "wrong shape", "detail": detail}
    wrong = ~_agree(got, right)
    if not wrong.any():
        return {**part, "state": "right", "wrong": wrong}
    detail = f"{int(wrong.sum())} of {wrong.size} entries"
    return {**part, "state": "wrong value", "detail": detail, "wrong": wrong}


def _all_nan(parts: Sequence[Comparison], arrays: Sequence[Any]) -> list[str]:
    if not all(part["right"].size and np.isnan(part["right"]).all() for part in parts):
        return []
    spoilt = any(array.dtype.kind == "f" and np.isnan(array).any() for array in arrays)
    here = "The inputs hold nan, so every" if spoilt else "Every"
    return [f"{here} entry of the reference is nan: nothing can be told. Choose other inputs."]


def _agree(a: Any, b: Any) -> Any:
    """Compare entry by entry; two nan agree, and so do two equal infinities."""
    finite = np.isfinite(b)
    with np.errstate(all="ignore"):
        largest = float(np.max(np.abs(b), initial=1.0, where=finite))
        near = np.abs(a - b) <= RTOL * np.abs(b) + ATOL * largest
    return np.where(finite, near, (a == b) | (np.isnan(a) & np.isnan(b)))


def _close(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool(np.all(_agree(a, b)))
