"""The trace of the backward debugger: each gradient as five small maps of one grid, cell by cell.

It shows a comparison, which `compare_backward` makes of two functions and ``check.compared`` of an exercise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.drawing.text import MINUS, shape_text

Trace = dict[str, Any]

MOST = 24  # rows and columns that are shown
MAPS = (
    ("yours", "yours"),
    ("reference", "reference"),
    ("differences", "differences"),
    ("error", "relative error"),
    ("ratio", "yours / reference"),
)
_FAINT, _BAND = -9.0, 9.0  # relative errors from 1e-9 to 1 go from no shade to full shade


def trace_backward(comparison: Trace, code: str = "") -> Trace:
    """Turn a comparison of arrays into what is drawn.

    Parameters
    ----------
    comparison : dict
        ``title``, ``where``, ``reason``, ``said`` (sentences) and ``parts``: ``name``, ``state``,
        ``detail`` and the arrays ``got`` (or None), ``right``, ``numerical`` (or None) and ``wrong``
        (booleans, or None).
    code : str
        For "copy as code"; ``{name}`` in it is the name of the gradient.

    Returns
    -------
    dict, plain JSON
        ``error``, ``title``, ``where``, ``reason``, ``said``, ``code`` and ``parts``; each with ``name``,
        ``state``, ``detail``, ``right`` (whether), ``note``, ``rows`` (how an index begins), ``columns``,
        ``wrong`` (0 or 1 by cell), ``first`` (row and column of the first wrong cell, or None), ``worst``
        (the largest relative error), ``sentence`` (with places to fill from the maps) and ``maps``, which
        have ``key``, ``title``, ``shape``, ``fits`` (the grid), ``texts`` and ``shades`` (from -1 to 1).
    """
    parts = [_part(part) for part in comparison["parts"] if part["right"].size]
    return {
        "error": "" if parts else comparison["reason"] or "There are no arrays of numbers to compare here.",
        "title": comparison["title"],
        "where": comparison["where"],
        "reason": comparison["reason"],
        "said": list(comparison["said"]),
        "code": code,
        "parts": parts,
    }


def start_of(trace: Trace) -> dict[str, int]:
    """Return where to look first: at the first wrong cell of the first wrong part."""
    parts = trace["parts"]
    part = next((i for i, p in enumerate(parts) if not p["right"]), 0)
    row, column = (parts[part]["first"] or (0, 0)) if parts else (0, 0)
    return {"part": part, "row": row, "column": column}


def look_up(trace: Trace, part: int, row: int, column: int) -> str:
    """Return what is said of one cell."""
    shown = trace["parts"][part]
    texts = {m["key"]: m["texts"][row][column] for m in shown["maps"] if m["fits"]}
    verdict = "Wrong." if shown["wrong"] and shown["wrong"][row][column] else "Right."
    return str(shown["sentence"].format(index=index_text(shown, row, column), verdict=verdict, **texts))


def index_text(part: Trace, row: int, column: int) -> str:
    """Return an index as NumPy writes it: ``[2, 1]``."""
    return str(part["rows"][row]).replace("*", str(column))


def _part(part: Trace) -> Trace:
    right, got, numerical = _grid(part["right"]), _grid(part["got"]), _grid(part["numerical"])
    fits = part["got"] is not None and part["got"].shape == part["right"].shape
    scale = _largest(part["right"], part["got"], part["numerical"])
    worst = ""
    found: dict[str, tuple[Any, Any]] = {"reference": (right, _signed(right, scale))}
    if got is not None:
        found["yours"] = (got, _signed(got, scale))
    if numerical is not None:
        found["differences"] = (numerical, _signed(numerical, scale))
    if fits:
        errors, ratios = relative_errors(got, right), _ratios(got, right)
        both_nan = np.isnan(got) & np.isnan(right)
        faint = np.where(both_nan, 0.0, _faint(errors))
        found |= {"error": (errors, faint), "ratio": (ratios, _off(ratios))}
        if not both_nan.all():
            worst = _text(float(np.max(errors[~both_nan])))
    wrong = None if part["wrong"] is None else _grid(part["wrong"])
    places = [] if wrong is None else np.argwhere(wrong).tolist()
    return {
        "name": part["name"],
        "state": part["state"],
        "detail": part["detail"],
        "right": part["state"] == "right",
        "note": _note(part),
        "rows": _rows(part["right"].shape),
        "columns": int(right.shape[1]),
        "wrong": None if wrong is None else wrong.astype(int).tolist(),
        "first": places[0] if places else None,
        "worst": worst,
        "sentence": _sentence(part, fits, numerical is not None),
        "maps": [
            _map(key, title, *found[key], part["got"].shape if key == "yours" else part["right"].shape, fits)
            for key, title in MAPS
            if key in found
        ],
    }


def _map(key: str, title: str, values: Any, shades: Any, shape: Any, fits: bool) -> Trace:
    return {
        "key": key,
        "title": title,
        "shape": shape_text(shape),
        "fits": fits or key != "yours",
        "texts": [[_text(float(value)) for value in row] for row in values],
        "shades": np.round(shades, 3).tolist(),
    }


def _sentence(part: Trace, fits: bool, numerical: bool) -> str:
    where = f"{part['name']}{{index}}: "
    beside = "reference {reference}" + (", differences {differences}" if numerical else "")
    if fits:
        return where + "yours {yours}, " + beside + "; relative error {error}, ratio {ratio}. {verdict}"
    return where + f"{beside}. Yours: {part['state']}{': ' if part['detail'] else ''}{part['detail']}."


def _note(part: Trace) -> str:
    shape = part["right"].shape
    notes = []
    rows, columns = (math.prod(shape[:-1]), shape[-1]) if shape else (1, 1)
    if rows > MOST or columns > MOST:
        notes.append(
            f"Shown are {min(rows, MOST)} of {rows} rows and {min(columns, MOST)} of {columns} columns."
        )
        if part["wrong"] is not None and part["wrong"].any():
            index = ", ".join(map(str, np.argwhere(part["wrong"])[0]))
            notes.append(f"The first wrong entry is {part['name']}[{index}].")
    return " ".join(notes)


def _grid(array: Any) -> Any:
    """Return an array of any number of axes as the rows and columns that are shown."""
    if array is None:
        return None
    rows = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    return rows[:MOST, :MOST]


def _rows(shape: tuple[int, ...]) -> list[str]:
    """Return the index of each row, with a star for the column."""
    if not shape:
        return [""]
    if len(shape) == 1:
        return ["[*]"]
    return [
        f"[{', '.join(map(str, i))}, *]" for _, i in zip(range(MOST), np.ndindex(shape[:-1]), strict=False)
    ]


def _largest(*arrays: Any) -> float:
    found = [np.abs(array[np.isfinite(array)]) for array in arrays if array is not None]
    return max((float(a.max()) for a in found if a.size), default=0.0) or 1.0


def relative_errors(a: Any, b: Any) -> Any:
    """Return ``|a - b| / max(|a|, |b|)`` entry by entry, 0 where both are equal."""
    with np.errstate(all="ignore"):
        size = np.maximum(np.abs(a), np.abs(b))
        return np.where(a == b, 0.0, np.abs(a - b) / np.where(size == 0, 1.0, size))


def _ratios(a: Any, b: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.asarray(a, float) / b


def _signed(values: Any, scale: float) -> Any:
    return np.clip(np.nan_to_num(np.asarray(values, float) / scale, nan=0.0), -1, 1)


def _faint(errors: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.clip(np.nan_to_num((np.log10(errors) - _FAINT) / _BAND, nan=1.0, neginf=0.0), 0, 1)


def _off(ratios: Any) -> Any:
    """Shade by how many doublings a ratio is away from 1; negative where the sign differs."""
    with np.errstate(all="ignore"):
        away = np.clip(np.nan_to_num(np.abs(np.log2(np.abs(ratios))) / 3, nan=0.0), 0, 1)
    return np.where(ratios < 0, -np.maximum(away, 0.6), away)


def _text(x: float) -> str:
    if math.isnan(x):
        return "–"
    if math.isinf(x):
        return "∞" if x > 0 else f"{MINUS}∞"
    mantissa, _, exponent = f"{x + 0.0:.4g}".partition("e")
    return (f"{mantissa}e{int(exponent)}" if exponent else mantissa).replace("-", MINUS)
