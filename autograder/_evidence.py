"""What can be observed about a wrong gradient without knowing the mistake: ratios, rows, the first entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ._outcome import Call
from ._reading import Array
from ._trial import Trial, trial
from .exercise import Exercise

_ORDINALS = ("first", "second", "third", "fourth")


def observations(name: str, trials: Sequence[Trial], *, numbers: bool) -> list[str]:
    """Return sentences about one wrong gradient; with `numbers` the first wrong entry is among them.

    Parameters
    ----------
    name : str
        The gradient.
    trials : sequence of Trial
        Those for naming.
    numbers : bool
        False for a grader's hidden instances, whose numbers are not told.
    """
    pairs = [(t, value) for t in trials if (value := t.array(name)) is not None]
    if not pairs or len(pairs) < len(trials):
        return []
    said = [
        sentence
        for sentence in (
            _transposed(name, pairs),
            _summed(name, pairs),
            _ratio(name, pairs),
            _lines(name, pairs),
        )
        if sentence
    ]
    if numbers and (entry := first_wrong_entry(name, *pairs[0])):
        said.append(entry)
    return said


def right_when_upstream_is_ones(exercise: Exercise, name: str, trials: Sequence[Trial], call: Call) -> str:
    """Return a sentence if a wrong gradient is right when all ones arrive; calls the answer again."""
    upstream = exercise.upstream
    if upstream is None or not trials:
        return ""
    for t in trials:
        variables = t.instance.variables
        ones = {**variables, upstream: np.ones_like(variables[upstream])}
        if not trial(exercise, replace(t.instance, variables=ones), call).equal(name):
            return ""
    return f"{name} is right when every entry of {upstream} is 1, and only then."


def first_wrong_entry(name: str, t: Trial, value: Array) -> str:
    """Return where the first difference is, with both numbers."""
    right = t.right[name]
    if value.shape != right.shape:
        return ""
    wrong = np.argwhere(~t.agrees(value, right))
    if not len(wrong):
        return ""
    index = tuple(wrong[0].tolist())
    where = f"{name}[{', '.join(map(str, index))}]" if index else name
    count = f"; {len(wrong)} of {right.size} entries differ" if right.size > 1 else ""
    return f"{where} is {_number(value[index])}, where {_number(right[index])} is right{count}."


def _number(x: float) -> str:
    return f"{float(x):.6g}"


def ledger(exercise: Exercise, sizes: Mapping[str, int], names: Sequence[str] = ()) -> str:
    """Return the shapes of the arguments (or of `names`) in letters and numbers."""
    signature = exercise.signature
    rows = [
        f"{name} is {signature.letters(name)} = {signature.shape(name, sizes)}"
        for name in (names or signature.parameters)
        if signature.shapes[name]
    ]
    return ", ".join(rows)


def _transposed(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    if all(value.ndim > 1 and t.equal(name, value.T) and not t.equal(name) for t, value in pairs):
        return f"{name} is right after transposing."
    return ""


def _summed(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    for axis in range(pairs[0][1].ndim):
        if all(value.ndim > axis and t.equal(name, value.sum(axis)) for t, value in pairs):
            return f"{name} is right after adding over its {_ORDINALS[min(axis, 3)]} axis."
    return ""


def _ratio(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    ratios = [ratio for t, value in pairs if (ratio := constant_ratio(t, name, value)) is not None]
    if len(ratios) < len(pairs):
        return ""
    for letter in pairs[0][0].instance.sizes:
        lengths = [t.instance.sizes[letter] for t, _ in pairs]
        for sign, minus in ((1.0, ""), (-1.0, "minus ")):
            if np.allclose(ratios, [sign * n for n in lengths], rtol=1e-6):
                return f"{name} is {minus}{letter} times what is right ({letter} = {_and(lengths)})."
            if np.allclose(ratios, [sign / n for n in lengths], rtol=1e-6):
                return f"{name} is {minus}1/{letter} of what is right ({letter} = {_and(lengths)})."
    if not np.allclose(ratios, ratios[0], rtol=1e-6):
        return ""
    if np.isclose(ratios[0], 0.0):
        return f"{name} is zero."
    words = {-1.0: "minus", 2.0: "twice", 0.5: "half of", -2.0: "minus twice", -0.5: "minus half of"}
    word = next(
        (w for r, w in words.items() if np.isclose(ratios[0], r, rtol=1e-6)), f"{_number(ratios[0])} times"
    )
    return f"{name} is {word} what is right, in every entry."


def constant_ratio(t: Trial, name: str, value: Array) -> float | None:
    """Return the number by which every right entry is multiplied, None if there is no such number."""
    right = t.right[name]
    if value.shape != right.shape or not np.any(right) or t.equal(name):
        return None
    largest = np.unravel_index(np.argmax(np.abs(right)), right.shape)
    ratio = float(value[largest] / right[largest])
    return ratio if np.isfinite(ratio) and t.close(value, ratio * right) else None


def _lines(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    """Whether only the first or the last of the rows or columns are right."""
    for axis, word in ((0, "row"), (1, "column")):
        for index, which in ((0, "first"), (-1, "last")):
            if all(_only_line(t, name, value, axis, index) for t, value in pairs):
                return f"Only the {which} {word} of {name} is right."
    return ""


def _only_line(t: Trial, name: str, value: Array, axis: int, index: int) -> bool:
    right = t.right[name]
    if value.shape != right.shape or right.ndim < 2 or right.ndim <= axis:
        return False
    rows = zip(np.moveaxis(value, axis, 0), np.moveaxis(right, axis, 0), strict=True)
    good = [t.close(v, r) for v, r in rows]
    return good[index] and sum(good) == 1


def _and(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, dict.fromkeys(numbers)))
