"""The trace of the dropout sampler: the values of one unit under many masks, and their running mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import nn, relu
from ..errors import UsageError
from ._live import Trace, decimals, rounded

DRAWS = 400
MOST = 10  # terms of the unit: all their masks are counted


def trace_dropout(
    terms: Any = (6.0, -4.0, 3.0, 1.0),
    p: float = 0.2,
    *,
    scaled: bool = True,
    rectified: bool = False,
    seed: int = 0,
) -> Trace:
    """Draw 400 masks with `nn.Dropout`, and sum what each of them keeps.

    Parameters
    ----------
    terms : sequence of 1 to 10 floats
        Weights times inputs of the unit.
    p : float, from 0 to below 1
        The probability to drop a term.
    scaled : bool
        Whether what is kept is divided by ``1 - p``.
    rectified : bool
        Whether a ReLU stands behind the sum.
    seed : int

    Returns
    -------
    dict
        ``values`` and ``means`` (one for each mask; the mean of all so far), ``kept`` (for each mask a text
        of ``0`` and ``1``), ``terms`` (as texts), ``full`` (the unit without dropout), ``expected`` (the mean
        over all masks), ``view`` (the least and the largest value there can be), ``texts``, ``sentence`` and
        ``said``, ``code`` and ``error``.

    Raises
    ------
    UsageError
        If the terms are none.
    """
    numbers = as_terms(terms)
    kept = np.asarray(nn.Dropout(p, rng=seed)(np.ones((DRAWS, numbers.size)))) > 0
    factor = 1 / (1 - p) if scaled else 1.0

    def unit(masks: Any) -> Any:
        total = masks @ numbers * factor
        return np.asarray(relu(total)) if rectified else total

    values = unit(kept)
    means = np.cumsum(values) / np.arange(1, DRAWS + 1)
    masks = (np.arange(2**numbers.size)[:, None] >> np.arange(numbers.size)) & 1
    chances = np.prod(np.where(masks == 1, 1 - p, p), axis=1)
    every = unit(masks)
    expected = float(chances @ every)
    full = float(np.asarray(relu(numbers.sum())) if rectified else numbers.sum())
    possible = np.append(every[chances > 0], [full, 0.0])
    return {
        "error": "",
        "terms": [_short(v) for v in numbers],
        "values": rounded(values),
        "means": rounded(means, 6),
        "kept": ["".join("1" if k else "0" for k in row) for row in kept],
        "full": full,
        "expected": expected,
        "view": [float(possible.min()), float(possible.max())],
        "texts": {
            "mask": [str(k + 1) for k in range(DRAWS)],
            "kept": [_list(numbers[row]) for row in kept],
            "value": [_short(v) for v in values],
            "mean": [decimals(v, 2) for v in means],
            "full": _short(full),
        },
        "sentence": "Mask {mask} keeps {kept}: the value is {value}. The mean of all values so far is "
        "{mean}; without dropout the unit is {full}.",
        "said": _said(p, scaled, rectified, expected, full),
        "code": _code(numbers, p, scaled, rectified, seed),
    }


def look_up(run: Trace, place: int) -> str:
    """Return what is said of a mask; the browser fills the same places."""
    texts = {name: text if isinstance(text, str) else text[place] for name, text in run["texts"].items()}
    return f"{run['sentence'].format_map(texts)}\n{run['said']}"


def as_terms(terms: Any) -> Any:
    """Return the terms of a unit as an array, or refuse them."""
    try:
        numbers = np.asarray(terms, dtype=float)
    except (TypeError, ValueError):
        numbers = np.array([])
    if numbers.ndim == 1 and 0 < numbers.size <= MOST and np.isfinite(numbers).all():
        return numbers
    raise UsageError(
        "The sampler needs the terms of a unit, weight times input.",
        expected=f"1 to {MOST} finite numbers",
        got=repr(terms)[:60],
        mend="write DropoutSampler((6, -4, 3, 1)), for example",
    )


def _said(p: float, scaled: bool, rectified: bool, expected: float, full: float) -> str:
    goes = f"Over all masks the mean is {_short(expected)}"
    if p == 0:
        return f"{goes}: nothing is ever dropped."
    if rectified:
        return f"{goes}: behind a ReLU that is not the unit without dropout, {_short(full)}, in general."
    if scaled:
        return f"{goes}: what is kept is divided by 1 − p = {_short(1 - p)}, and nothing is lost."
    return f"{goes}: only 1 − p = {_short(1 - p)} of the full sum {_short(full)}."


def _list(kept: Sequence[float]) -> str:
    texts = [_short(v) for v in kept]
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else "".join(texts) or "nothing"


def _short(x: float) -> str:
    text = decimals(float(x), 2)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _code(numbers: Any, p: float, scaled: bool, rectified: bool, seed: int) -> str:
    total = "layer(np.tile(terms, (masks, 1))).sum(axis=1)" + ("" if scaled else f" * (1 - {p})")
    imported = "nn, relu" if rectified else "nn"
    return (
        f"import numpy as np\nfrom backprop_course import {imported}\n\n"
        f"terms, masks = np.array({numbers.tolist()}), {DRAWS}\nlayer = nn.Dropout({p}, rng={seed})\n"
        f"values = {f'relu({total})' if rectified else total}\nprint(values.mean())"
    )
