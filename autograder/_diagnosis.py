"""Recognises an exercise's mistakes in wrong gradients; names one only where it alone explains them.

First whole answers are compared, then gradient by gradient: someone may have slipped in one place only, or in
two places differently. Every comparison runs on all instances for naming, at least two with different sizes.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from ._reading import Array
from ._trial import Trial, for_naming
from .exercise import Exercise
from .instances import Instance
from .mistakes import M28, M36, Kind, Mistake
from .reference import Gradients

Kinds: TypeAlias = tuple[Kind, ...]
Failure: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Recognised:
    """Mistakes of one sort, and the gradients that they explain."""

    kinds: Kinds
    gradients: tuple[str, ...]


def recognised(exercise: Exercise, trials: Sequence[Trial], wrong: Sequence[str]) -> list[Recognised]:
    """Return the mistakes that the wrong gradients look like, none where that is not certain."""
    naming = for_naming(trials)
    if len(naming) < 2 or not wrong:
        return []
    effects = [(m, [effect(m, exercise, t.instance, t.right) for t in naming]) for m in exercise.mistakes]
    if all(t.outcome.kind == "raised" for t in naming):
        seen = [failure(t.outcome.error_type, t.outcome.message) for t in naming]
        return _alone({m.kinds for m, found in effects if found == seen}, wrong)
    # The whole answer equals one mistake's answer.
    whole = {
        m.kinds
        for m, found in effects
        if not m.accepted
        and all(_equals(t, g, name) for t, g in zip(naming, found, strict=True) for name in exercise.returns)
    }
    if len(whole) == 1:
        return _alone(whole, wrong)
    # Gradient by gradient: a mistake that explains all wrong ones, else the one that alone explains this one.
    explained = {name: _explaining(name, effects, naming) for name in wrong}
    common = set.intersection(*explained.values())
    if len(common) == 1:
        return _alone(common, wrong)
    by_kind: dict[Kinds, list[str]] = {}
    for name, kinds in explained.items():
        if len(kinds) == 1:
            by_kind.setdefault(next(iter(kinds)), []).append(name)
    return [Recognised(kinds, tuple(names)) for kinds, names in by_kind.items()]


def _alone(kinds: set[Kinds], gradients: Sequence[str]) -> list[Recognised]:
    return [Recognised(next(iter(kinds)), tuple(gradients))] if len(kinds) == 1 else []


def effect(mistake: Mistake, exercise: Exercise, instance: Instance, right: Gradients) -> Gradients | Failure:
    """Return the gradients a mistake gives, or how it fails."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return mistake.gradients(exercise.signature, instance, right)
        except Exception as error:
            return failure(type(error).__name__, str(error))


_SIZES = (
    r"size (\d+) is different from (\d+)",
    r"not aligned: (\d+) \(dim \d+\) != (\d+) \(dim \d+\)",
)
_SHAPES = r"could not be broadcast together with shapes (\([\d,]*\)) (\([\d,]*\))"


def product_sizes(message: str) -> tuple[int, int] | None:
    """Return the two sizes that did not meet in a matrix product, as NumPy's message tells them."""
    for pattern in _SIZES:
        if found := re.search(pattern, message):
            return int(found[1]), int(found[2])
    return None


def broadcast_shapes(message: str) -> tuple[str, str] | None:
    """Return the two shapes that could not be broadcast together, as NumPy's message tells them."""
    found = re.search(_SHAPES, message)
    return (found[1], found[2]) if found else None


def failure(error_type: str, message: str) -> Failure:
    """Return the kind of an error: two errors of one kind come from the same mistake."""
    if error_type == "ValueError":
        if sizes := product_sizes(message):
            return ("product", *sorted(sizes))
        if shapes := broadcast_shapes(message):
            return ("broadcast", *sorted(shapes))
        return (error_type, message)
    return (error_type,)


def _equals(t: Trial, effects: Gradients | Failure, name: str) -> bool:
    got = t.got.get(name)
    return isinstance(effects, dict) and isinstance(got, np.ndarray) and t.close(got, effects[name])


def _explains(t: Trial, effects: Gradients | Failure, name: str) -> bool:
    return isinstance(effects, dict) and not t.equal(name, effects[name]) and _equals(t, effects, name)


def _explaining(
    name: str, effects: Iterable[tuple[Mistake, list[Gradients | Failure]]], naming: Sequence[Trial]
) -> set[Kinds]:
    found = {
        m.kinds
        for m, per_trial in effects
        if not m.accepted and all(_explains(t, g, name) for t, g in zip(naming, per_trial, strict=True))
    }
    arrays = [(t, t.got[name]) for t in naming]
    for kind, looks_like in EVERYWHERE.items():
        if all(isinstance(got, np.ndarray) and looks_like(t, name, got) for t, got in arrays):
            found.add((kind,))
    return found


def _cut_to_integers(t: Trial, name: str, got: Array) -> bool:
    right = t.right[name]
    return not t.equal(name) and t.close(got, np.trunc(right))


def _dimension_kept_or_lost(t: Trial, name: str, got: Array) -> bool:
    right = t.right[name]
    return got.shape != right.shape and t.close(np.squeeze(got), np.squeeze(right))


# Looked for in every exercise.
EVERYWHERE = {M28: _cut_to_integers, M36: _dimension_kept_or_lost}


def conventions(exercise: Exercise, t: Trial, name: str) -> tuple[Kind, ...]:
    """Return the accepted conventions under which a gradient that differs is right."""
    for mistake in exercise.mistakes:
        if mistake.accepted and _equals(t, effect(mistake, exercise, t.instance, t.right), name):
            return mistake.kinds
    return ()
