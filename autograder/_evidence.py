"""What can be observed about a wrong part without knowing the mistake: ratios, rows, the first entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ._outcome import Call
from ._parts import arrays, leaves
from ._reading import Array, Read
from ._trial import Trial, trial
from .exercise import Piece

_ROWS = 8  # of arrays inside arguments that are listed
_ORDINALS = ("first", "second", "third", "fourth")


def observations(name: str, trials: Sequence[Trial], *, numbers: bool) -> list[str]:
    """Return sentences about one wrong part; with `numbers` the first wrong entry is among them.

    Parameters
    ----------
    name : str
        The part.
    trials : sequence of Trial
        Those for naming.
    numbers : bool
        False for a grader's hidden instances, whose numbers are not told.
    """
    if not trials or any(name in t.accepts or name not in t.got for t in trials):
        return []
    if not all(isinstance(t.right[name], np.ndarray) for t in trials):
        return _about_the_leaves(name, trials, numbers)
    pairs = [(t, value) for t in trials if (value := t.array(name)) is not None]
    if len(pairs) < len(trials):
        return []
    said = [
        sentence
        for sentence in (
            _transposed(name, pairs),
            _summed(name, pairs),
            _ratio(name, pairs, numbers),
            _lines(name, pairs),
            _nearly(name, pairs),
        )
        if sentence
    ]
    if numbers and (entry := first_wrong_entry(name, *pairs[0])):
        said.append(entry)
    return said


def _about_the_leaves(name: str, trials: Sequence[Trial], numbers: bool) -> list[str]:
    """Return sentences about a list or dict: which of its entries are right, how the first wrong one is."""
    flat = [_flat(t, name) for t in trials]
    first = flat[0]
    everywhere = [path for path in first.right if all(path in t.right and path in t.got for t in flat)]
    wrong = [path for path in everywhere if not any(t.equal(path) for t in flat)]
    right = [path for path in everywhere if all(t.equal(path) for t in flat)]
    said = []
    if wrong and right:
        said.append(
            f"Of {name}, {_listed(wrong)} {_is(wrong)} wrong and {_listed(right)} {_is(right)} right."
        )
    for path in wrong[:1]:
        right_one, got = first.right[path], first.got[path]
        if isinstance(right_one, np.ndarray):
            said += observations(path, flat, numbers=numbers)
        elif numbers and isinstance(got, str):
            said.append(f"{path} is {got[:80]!r}, where {right_one!r} is right.")
    return said


def _flat(t: Trial, name: str) -> Trial:
    """Return a trial whose parts are the arrays and texts of one part of `t`."""
    right = {f"{name}{path}": leaf for path, leaf in leaves(t.right[name])}
    got = {f"{name}{path}": leaf for path, leaf in leaves(t.got[name])}
    return replace(t, right=right, got=got)


def _listed(paths: Sequence[str]) -> str:
    shown = list(paths[:4])
    return ", ".join(shown) + (" and others" if len(paths) > 4 else "")


def _is(paths: Sequence[str]) -> str:
    return "is" if len(paths) == 1 else "are"


def right_when_upstream_is_ones(piece: Piece, name: str, trials: Sequence[Trial], call: Call) -> str:
    """Return a sentence if a wrong gradient is right when all ones arrive; calls the answer again.

    Nothing is said of an answer that is wrong in a special case only, nor where all ones have a gradient of
    zero, as behind a row that is divided by its sum: many wrong answers give that zero.
    """
    upstream = piece.upstream
    if upstream is None or not trials or any(t.equal(name) for t in trials):
        return ""
    for t in trials:
        variables = t.instance.variables
        ones = {**variables, upstream: np.ones_like(variables[upstream])}
        there = trial(piece, replace(t.instance, variables=ones), call)
        if not there.equal(name) or _largest(there.right[name]) < 1e-3 * _largest(t.right[name]):
            return ""
    return f"{name} is right when every entry of {upstream} is 1, and only then."


def _largest(right: Read) -> float:
    return max((float(np.max(np.abs(leaf), initial=0.0)) for leaf in arrays(right)), default=0.0)


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
    got, asked = _told_apart(value[index], right[index])
    return f"{where} is {got}, where {asked} is right{count}."


def shape_ledger(piece: Piece, name: str, t: Trial) -> str:
    """Return what shape is asked for beside the shapes of the arguments, where that is what is wrong."""
    got, right = t.array(name), t.right[name]
    if got is None or not isinstance(right, np.ndarray) or got.shape == right.shape:
        return ""
    shapes = ledger(piece, t.instance.sizes)
    letters = piece.signature.letters(name)
    named = f"{letters} = " if letters != str(right.shape) else ""
    said = f"{name} must be {named}{right.shape}" if letters else ""
    return f"Here {shapes}; {said}." if shapes and said else ""


def _number(x: float, digits: int = 6) -> str:
    return f"{float(x):.{digits}g}"


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as it takes to see that they differ."""
    for digits in (6, 9, 12):
        if (said := _number(one, digits)) != (others := _number(other, digits)):
            return said, others
    return _number(one, 17), _number(other, 17)


def ledger(piece: Piece, sizes: Mapping[str, int], names: Sequence[str] = ()) -> str:
    """Return the shapes of the arguments (or of `names`) in letters and numbers."""
    signature = piece.signature
    rows = []
    for name in names or signature.parameters:
        if signature.shapes[name] and all(type(d) is int or d in sizes for d in signature.shapes[name]):
            letters, shape = signature.letters(name), str(signature.shape(name, sizes))
            rows.append(f"{name} is {shape}" if letters == shape else f"{name} is {letters} = {shape}")
    return ", ".join(rows)


def inside(variables: Mapping[str, object], names: Sequence[str]) -> str:
    """Return the shapes of the arrays in arguments that are dicts."""
    rows = [
        f'{name}["{key}"] is {value.shape}'
        for name in names
        if isinstance(held := variables[name], dict)
        for key, value in held.items()
        if isinstance(value, np.ndarray) and value.ndim
    ]
    return ", ".join(rows[:_ROWS])


def _transposed(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    if all(value.ndim > 1 and t.equal(name, value.T) and not t.equal(name) for t, value in pairs):
        return f"{name} is right after transposing."
    return ""


def _nearly(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    if all(differences_level(t, name, value) is not None for t, value in pairs):
        return f"{name} is right to a few digits only: this looks like a finite difference."
    return ""


def differences_level(t: Trial, name: str, value: Array) -> float | None:
    """Return the relative error of a part, if it is one that finite differences leave and a formula does not.

    A formula in double precision is good to about 1e-14, central differences leave 1e-11 to 1e-7 of the
    largest entry, forward ones up to 1e-5.
    """
    right = t.right[name]
    if not t.exact or t.instance.single or value.dtype.kind != "f":
        return None
    if value.shape != right.shape or not np.any(right):
        return None
    with np.errstate(all="ignore"):
        error = float(np.max(np.abs(value - right)) / np.max(np.abs(right)))
    return error if 3e-12 < error < 1e-4 else None


def _summed(name: str, pairs: Sequence[tuple[Trial, Array]]) -> str:
    for axis in range(pairs[0][1].ndim):
        if all(value.ndim > axis and t.equal(name, value.sum(axis)) for t, value in pairs):
            return f"{name} is right after adding over its {_ORDINALS[min(axis, 3)]} axis."
    return ""


def _ratio(name: str, pairs: Sequence[tuple[Trial, Array]], numbers: bool) -> str:
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
    # Any other ratio is a number of the instances', where a right value is the same in all of them.
    times = f"{_number(ratios[0])} times" if numbers else "a constant number of times"
    word = next((w for r, w in words.items() if np.isclose(ratios[0], r, rtol=1e-6)), times)
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
            if all(sum(good := _good_lines(t, name, value, axis)) == 1 and good[index] for t, value in pairs):
                return f"Only the {which} {word} of {name} is right."
    for axis, word in ((0, "rows"), (1, "columns")):
        found = [_good_lines(t, name, value, axis) for t, value in pairs]
        if all(any(good) and not all(good) for good in found) and all(
            _is_wrong_throughout(t, name, value, axis) for t, value in pairs
        ):
            good, label = found[0], pairs[0][0].instance.label
            fine = [i for i, is_right in enumerate(good) if is_right]
            return f"Of the {word} of {name}, {sum(good)} of {len(good)} are right: {_and(fine)} ({label})."
    return ""


def _good_lines(t: Trial, name: str, value: Array, axis: int) -> list[bool]:
    """Return which rows or columns are right; empty where there are none to compare."""
    right = t.right[name]
    if value.shape != right.shape or right.ndim < 2 or right.ndim <= axis:
        return []
    rows = zip(np.moveaxis(value, axis, 0), np.moveaxis(right, axis, 0), strict=True)
    return [t.close(v, r) for v, r in rows]


def _is_wrong_throughout(t: Trial, name: str, value: Array, axis: int) -> bool:
    """Whether lines that are wrong are wrong in most of their entries: else it is not a matter of lines."""
    other = tuple(a for a in range(value.ndim) if a != axis)
    shares = np.mean(~t.agrees(value, t.right[name]), axis=other)
    return bool(np.all((shares == 0.0) | (shares > 0.5)))


def _and(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, dict.fromkeys(numbers)))
