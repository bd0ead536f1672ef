"""How pictures write numbers, arrays, names and formulas: one voice for picture, sentence and text form."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np

MINUS = "−"
_INFIX = {
    "add": "+",
    "subtract": MINUS,
    "multiply": "×",
    "divide": "/",
    "true_divide": "/",
    "matmul": "@",
}
_SYMBOLS = {"sigmoid": "σ", "sqrt": "√", "absolute": "abs", "getitem": "entry"}
_POWERS = {2.0: "²", 3.0: "³"}


def number_text(x: float) -> str:
    """Write one number: short where it is, else with six decimals, in powers of ten where it is tiny or huge.

    Examples
    --------
    >>> [number_text(x) for x in (2.0, -0.25, 0.8807970779778823, -9.08163, 0.000043, float("inf"))]
    ['2', '−0.25', '0.880797', '−9.081630', '4.3e−05', '∞']
    """
    x = float(x)
    if not math.isfinite(x):
        return "nan" if math.isnan(x) else "∞" if x > 0 else f"{MINUS}∞"
    if x == 0 or 1e-3 <= abs(x) < 1e7:
        short = f"{x:.3f}".rstrip("0").rstrip(".")
        text = short if math.isclose(float(short), x, rel_tol=1e-12) else f"{x:.6f}"
    else:
        mantissa, exponent = f"{x:.4e}".split("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
    return "0" if x == 0 else text.replace("-", MINUS)


def value_text(value: Any, limit: int = 6) -> str:
    """Write a number, an array of up to `limit` entries, or the shape of a larger one."""
    array = np.asarray(value)
    if array.ndim == 0:
        return number_text(float(array))
    if 0 < array.size <= limit and array.ndim <= 2:
        return _entries(array)
    return f"shape {shape_text(array.shape)}"


def _entries(array: Any) -> str:
    inner = (_entries(row) if row.ndim else f"{row:.4g}".replace("-", MINUS) for row in array)
    return f"[{', '.join(inner)}]"


def shape_text(shape: Sequence[int]) -> str:
    """Write a shape as NumPy does."""
    return str(tuple(int(n) for n in shape))


def bar_code(name: str) -> str:
    """Name of a cotangent as in code and sentences: ``y_bar``."""
    return f"{name}_bar"


def bar_mark(name: str) -> str:
    """Name of a cotangent as in formulas: the first letter wears the bar."""
    return unicodedata.normalize("NFC", f"{name[0]}\u0304{name[1:]}") if name else ""


def formula(function: str, operands: Sequence[str], settings: str = "") -> str:
    """Write one operation on named or numeric operands.

    Examples
    --------
    >>> formula("multiply", ["w", "−1"])
    'w × (−1)'
    >>> formula("power", ["r", "2"]), formula("sigmoid", ["z"]), formula("sum", ["X"], "axis=0")
    ('r²', 'σ(z)', 'sum(X, axis=0)')
    """
    if function in _INFIX and len(operands) == 2:
        return f"{_bracketed(operands[0])} {_INFIX[function]} {_bracketed(operands[1])}"
    if function == "power" and len(operands) == 2:
        exponent = _POWERS.get(_as_number(operands[1]), f"^{_bracketed(operands[1])}")
        return f"{_bracketed(operands[0])}{exponent}"
    if function == "square" and len(operands) == 1:
        return f"{_bracketed(operands[0])}²"
    if function == "negative" and len(operands) == 1:
        return f"{MINUS}{_bracketed(operands[0])}"
    if function == "transpose" and len(operands) == 1 and not settings:
        return f"{_bracketed(operands[0])}ᵀ"
    inside = ", ".join([*operands, *([settings] if settings else [])])
    return f"{_SYMBOLS.get(function, function)}({inside})"


def _bracketed(operand: str) -> str:
    return f"({operand})" if operand.startswith(MINUS) else operand


def _as_number(text: str) -> float:
    try:
        return float(text.replace(MINUS, "-"))
    except ValueError:
        return math.nan


def joined(parts: Sequence[str]) -> str:
    """Join with commas and a final "and"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""
