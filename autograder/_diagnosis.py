"""Recognises an exercise's mistakes in wrong parts; names one only where it alone explains them.

First whole answers are compared, then part by part: someone may have slipped in one place only, or in two
places differently. Every comparison runs on all instances for naming, at least two with different sizes;
where an answer is right there, on two special cases at least, and on all of those where it is wrong.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np

from ._in_process import copied
from ._parts import Parts, arrays, same
from ._reading import Array
from ._trial import Trial, for_naming
from .exercise import Piece
from .instances import Instance
from .mistakes import M27, M28, M36, Kind, Mistake

Kinds: TypeAlias = tuple[Kind, ...]
Failure: TypeAlias = tuple[object, ...]


@dataclass(frozen=True)
class Recognised:
    """Mistakes of one sort, and the parts that they explain."""

    kinds: Kinds
    gradients: tuple[str, ...]


def recognised(piece: Piece, trials: Sequence[Trial], wrong: Sequence[str]) -> list[Recognised]:
    """Return the mistakes that the wrong parts look like, none where that is not certain."""
    naming = telling(trials, wrong)
    if len(naming) < 2 or not wrong:
        return _overflowing(trials, wrong)
    effects = [(m, [effect(m, piece, t.instance, t.right) for t in naming]) for m in piece.mistakes]
    # The whole answer equals one mistake's answer, or fails as it does.
    whole = {
        m.kinds
        for m, found in effects
        if not m.accepted and all(_is_whole(t, gives) for t, gives in zip(naming, found, strict=True))
    }
    if len(whole) == 1 or any(t.outcome.kind == "raised" for t in naming):
        return _alone(whole, wrong)
    # Part by part: a mistake that explains all wrong ones, else the one that alone explains this one.
    differing = [name for name in wrong if not all(t.equal(name) for t in naming)]
    explained = {name: _explaining(name, effects, naming) for name in differing}
    common = set.intersection(*explained.values()) if explained else set()
    if len(common) == 1:
        return _alone(common, wrong)
    by_kind: dict[Kinds, list[str]] = {}
    for name, kinds in explained.items():
        if len(kinds) == 1:
            by_kind.setdefault(next(iter(kinds)), []).append(name)
    found = [Recognised(kinds, tuple(names)) for kinds, names in by_kind.items()]
    return found or _at_some_rate(piece, naming, wrong) or _overflowing(trials, wrong)


def telling(trials: Sequence[Trial], wrong: Sequence[str]) -> list[Trial]:
    """Return the trials that tell mistakes apart: those for naming, or those where the answer is wrong."""
    naming = for_naming(trials)
    if any(t.outcome.kind == "raised" for t in naming):
        return naming
    if not wrong or not all(t.equal(name) for t in naming for name in wrong):
        return naming
    special = [t for t in trials if not t.instance.naming and not all(t.equal(name) for name in wrong)]
    return [*special, *naming] if len(special) > 1 else []


def _alone(kinds: set[Kinds], parts: Sequence[str]) -> list[Recognised]:
    return [Recognised(next(iter(kinds)), tuple(parts))] if len(kinds) == 1 else []


def _at_some_rate(piece: Piece, naming: Sequence[Trial], wrong: Sequence[str]) -> list[Recognised]:
    """Return the mistake that explains the whole answer at a step size that one instance tells."""
    for mistake in {m.at: m for m in piece.mistakes if m.at}.values():
        rate = _solved(mistake, piece, naming[0])
        if rate is None:
            continue
        stepped = mistake.with_rate(rate)
        if all(_is_whole(t, _computed(stepped, piece, t.instance, t.right)) for t in naming):
            return [Recognised(mistake.kinds, tuple(wrong))]
    return []


def _solved(mistake: Mistake, piece: Piece, t: Trial) -> float | None:
    """Return the rate at which a mistake gives what the answer gave, by Gauss-Newton steps in one unknown."""

    def away(rate: float) -> Array | None:
        gives = _computed(mistake.with_rate(rate), piece, t.instance, t.right)
        if not isinstance(gives, dict) or any(name not in t.got for name in gives):
            return None
        pairs = [(arrays(gives[name]), arrays(t.got[name])) for name in gives]
        if any([a.shape for a in mine] != [a.shape for a in theirs] for mine, theirs in pairs):
            return None
        return np.concatenate(
            [np.ravel(a - b) for mine, theirs in pairs for a, b in zip(mine, theirs, strict=True)]
        )

    rate = 0.0
    for _ in range(30):  # the gradients are polynomials in the rate, of a degree below the number of layers
        here, ahead = away(rate), away(rate + 1e-4)
        if here is None or ahead is None or not np.all(np.isfinite(here)):
            return None
        slope = (ahead - here) / 1e-4
        if not np.any(slope):
            return None
        step = float(slope @ here / (slope @ slope))
        rate -= step
        if abs(step) <= 1e-12 * abs(rate):
            return rate if 0 < rate < 1e3 else None
    return rate if 0 < rate < 1e3 else None


def _overflowing(trials: Sequence[Trial], wrong: Sequence[str]) -> list[Recognised]:
    """Return M27 for the parts that are wrong only because large inputs overflow."""
    found = [name for name in wrong if all(t.equal(name) or _overflows(t, name) for t in trials)]
    return [Recognised((M27,), tuple(found))] if found else []


def _overflows(t: Trial, name: str) -> bool:
    if not t.instance.large or name not in t.got:
        return False
    right, got = t.right[name], t.got[name]
    if isinstance(right, str):  # a probe's report of the first warning
        return isinstance(got, str) and "encountered in" in got
    return any(not np.all(np.isfinite(leaf)) for leaf in arrays(got))


def effect(mistake: Mistake, piece: Piece, instance: Instance, right: Parts) -> Parts | Failure:
    """Return the parts a mistake gives, or how it fails; computed once for each instance."""
    known = _EFFECTS.setdefault(instance, {})
    if id(mistake) not in known:
        known[id(mistake)] = mistake, _computed(mistake, piece, instance, right)
    return known[id(mistake)][1]


# By instance, then by mistake, which is kept so that no other one can take its id.
_EFFECTS: WeakKeyDictionary[Instance, dict[int, tuple[Mistake, Parts | Failure]]] = WeakKeyDictionary()


def _computed(mistake: Mistake, piece: Piece, instance: Instance, right: Parts) -> Parts | Failure:
    variables = {name: copied(value) for name, value in instance.variables.items()}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return piece.mistaken(mistake, replace(instance, variables=variables), right)
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


def _is_whole(t: Trial, effects: Parts | Failure) -> bool:
    if t.outcome.kind == "raised":
        return effects == failure(t.outcome.error_type, t.outcome.message)
    return isinstance(effects, dict) and all(_equals(t, effects, name) for name in effects)


def _equals(t: Trial, effects: Parts | Failure, name: str) -> bool:
    return isinstance(effects, dict) and name in t.got and t.alike(t.got[name], effects[name])


def _explains(t: Trial, effects: Parts | Failure, name: str) -> bool:
    if t.equal(name):  # only in special cases is the answer wrong
        return isinstance(effects, dict) and t.equal(name, effects[name])
    return isinstance(effects, dict) and not t.equal(name, effects[name]) and _equals(t, effects, name)


def _explaining(
    name: str, effects: Iterable[tuple[Mistake, list[Parts | Failure]]], naming: Sequence[Trial]
) -> set[Kinds]:
    found = {
        m.kinds
        for m, per_trial in effects
        if not m.accepted and all(_explains(t, g, name) for t, g in zip(naming, per_trial, strict=True))
    }
    wrong = [t for t in naming if not t.equal(name)]
    for kind, looks_like in EVERYWHERE.items():
        if len(wrong) > 1 and all(_everywhere(t, name, looks_like) for t in wrong):
            found.add((kind,))
    return found


def _everywhere(t: Trial, name: str, looks_like: Callable[[Trial, Array, Array], bool]) -> bool:
    """Whether a part's arrays look like a mistake that may be made with any array."""
    got, right = t.got.get(name), t.right[name]
    if t.equal(name) or name in t.accepts or not arrays(right):
        return False
    return same(got, right, lambda g, r: t.close(g, r) or looks_like(t, g, r))


def _cut_to_integers(t: Trial, got: Array, right: Array) -> bool:
    cut = np.trunc(right)
    # Zeros alone are also what an array that was never filled holds: then its type has to tell.
    return t.close(got, cut) and (bool(np.any(cut)) or got.dtype.kind in "iu")


def _dimension_kept_or_lost(t: Trial, got: Array, right: Array) -> bool:
    return got.shape != right.shape and t.close(np.squeeze(got), np.squeeze(right))


# Looked for in every exercise.
EVERYWHERE = {M28: _cut_to_integers, M36: _dimension_kept_or_lost}


def conventions(piece: Piece, t: Trial, name: str) -> tuple[Kind, ...]:
    """Return the accepted conventions under which a part that differs is right."""
    for mistake in piece.mistakes:
        if mistake.accepted and _equals(t, effect(mistake, piece, t.instance, t.right), name):
            return mistake.kinds
    return ()
