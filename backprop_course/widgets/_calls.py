"""How one recorded operation is written in Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import backprop_course

from ..engine.rules import Primitive
from ._literals import is_long, literal

Write = Callable[[Sequence[str]], str]

_INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": "*",
    "divide": "/",
    "true_divide": "/",
    "matmul": "@",
    "power": "**",
}


def infix(function: str, operands: Sequence[str]) -> str | None:
    """Write an operation with an operator of Python; `None` where it has none.

    Examples
    --------
    >>> infix("multiply", ["w", "-1.0"]), infix("power", ["x ** 2", "3"]), infix("negative", ["x"])
    ('w * (-1.0)', '(x ** 2) ** 3', '-x')
    """
    if function == "negative" and len(operands) == 1:
        return f"-{_bracketed(operands[0])}"
    if function not in _INFIX or len(operands) != 2:
        return None
    first, second = map(_atom if function == "power" else _bracketed, operands)
    return f"{first} {_INFIX[function]} {second}"


def call_of(p: Primitive, params: Mapping[str, Any]) -> Write | None:
    """Return how a recorded call is written; `None` where nothing public takes these arguments."""
    name = p.name
    settings = {key: value for key, value in params.items() if value is not None and value is not False}
    if not p.ours:
        return None
    if not settings and infix(name, ["a"] * p.arrays):
        return lambda operands: str(infix(name, operands))
    if name == "getitem":
        inside = _index(settings["index"])
        return None if inside is None else lambda operands: f"{_atom(operands[0])}[{inside}]"
    written = {key: setting(value) for key, value in settings.items()}
    if None in written.values():
        return None
    if name == "concatenate":
        return lambda operands: f"np.concatenate([{', '.join(operands)}], axis={written['axis']})"
    if name == "reshape":
        return lambda operands: f"np.reshape({operands[0]}, {written['shape']})"
    is_numpys = getattr(np, name, None) is p.function
    if not is_numpys and name not in public():
        return None
    called = f"np.{name}" if is_numpys else name
    more = [f"{key}={text}" for key, text in written.items()]
    return lambda operands: f"{called}({', '.join([*operands, *more])})"


def public() -> list[str]:
    """Names of the package's functions."""
    return [name for name in backprop_course.__all__ if callable(vars(backprop_course).get(name))]


def setting(value: Any) -> str | None:
    """Write a setting; `None` for what is no plain Python.

    Examples
    --------
    >>> setting((0, 1)), setting("sum"), setting(object())
    ('(0, 1)', "'sum'", None)
    """
    if isinstance(value, tuple):
        inner = [setting(part) for part in value]
        return None if None in inner else f"({', '.join(map(str, inner))}{',' * (len(inner) == 1)})"
    if value is None or isinstance(value, bool | int | float | str):
        return repr(value)
    return literal(value) if isinstance(value, np.ndarray | np.generic) and not is_long(value) else None


def _index(value: Any) -> str | None:
    if isinstance(value, tuple) and value:
        inner = [_index(part) for part in value]
        return None if None in inner else ", ".join(map(str, inner)) + "," * (len(inner) == 1)
    if isinstance(value, slice):
        ends = ["" if end is None else str(end) for end in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    return "..." if value is Ellipsis else setting(value)


def _atom(operand: str) -> str:
    return operand if re.fullmatch(r"[\w.]+|[\w.]*\([^()]*\)", operand) else f"({operand})"


def _bracketed(operand: str) -> str:
    return f"({operand})" if operand.startswith("-") else operand
