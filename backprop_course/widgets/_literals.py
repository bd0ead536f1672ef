"""Values and names as they are written in code that a learner copies."""

from __future__ import annotations

import importlib
import keyword
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..engine.drawing.text import joined, shape_text

MOST_ENTRIES = 400  # of an array that is written out; a larger one is called by its name
_SPECIAL = re.compile(r"\b(nan|inf)\b")


def literal(value: Any) -> str:
    """Write a number or an array so that running it gives the very same floats, in the same dtype.

    Examples
    --------
    >>> literal(-1.5), literal(np.float32(0.5)), literal(float("nan"))
    ('-1.5', 'np.float32(0.5)', 'np.nan')
    >>> print(literal(np.array([[1.0, 2.0], [3.0, 4.0]])))
    np.array([[1., 2.],
              [3., 4.]])
    """
    array = np.asarray(value)
    plain = array.dtype in (np.dtype(float), np.dtype(int), np.dtype(bool))
    if array.ndim == 0:
        text = _SPECIAL.sub(r"np.\1", repr(array.item()))
        return text if plain else f"np.{array.dtype.name}({text})"
    dtype = "" if plain and array.size else f", dtype=np.{array.dtype.name}"
    if not array.size:
        return f"np.zeros({shape_text(array.shape)}{dtype})"
    text = np.array2string(
        array,
        separator=", ",
        prefix="np.array(",
        threshold=array.size + 1,
        floatmode="unique",
        max_line_width=100,
    )
    text = _SPECIAL.sub(r"np.\1", text)
    return f"np.array({text}{dtype})"


def is_long(value: Any) -> bool:
    """Whether an array has too many entries to be written out."""
    return int(np.size(value)) > MOST_ENTRIES


def identifiers(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return names that Python takes, one for each, all different, none of them taken already.

    Examples
    --------
    >>> identifiers(["w", "w′", "p['b']", "lambda"], taken=["w"])
    ['w_', 'w_2', 'p_b', 'lambda_']
    """
    used = set(taken)
    found = []
    for name in names:
        plain = re.sub(r"\W+", "_", name.replace("′", "")).strip("_") or "v"
        plain = f"c{plain}" if plain[0].isdigit() else plain
        wanted = plain
        count = 1
        while wanted in used or keyword.iskeyword(wanted):
            wanted = f"{plain}_" if count == 1 else f"{plain}_{count}"
            count += 1
        used.add(wanted)
        found.append(wanted)
    return found


def origins(things: Iterable[Any]) -> tuple[list[str], str]:
    """Return the lines that import classes and functions, and a remark on those that cannot be imported.

    What a notebook defines has no module to be imported from: the code runs where it is defined.
    """
    lines: dict[str, list[str]] = {}
    own = []
    for thing in dict.fromkeys(things):
        module, name = thing.__module__, thing.__qualname__.split(".")[0]
        if module != "__main__" and hasattr(_loaded(module), name):
            lines.setdefault(module, []).append(name)
        else:
            own.append(name)
    found = [f"from {module} import {', '.join(sorted(set(names)))}" for module, names in lines.items()]
    own = sorted(set(own))
    if not own:
        return found, ""
    verb, they = ("is", "it is") if len(own) == 1 else ("are", "they are")
    return found, f"# {joined(own)} {verb} your own: this runs where {they} defined."


def _loaded(module: str | None) -> Any:
    try:
        return importlib.import_module(module) if module else None
    except ImportError:  # exec'ed under a name of its own
        return None
