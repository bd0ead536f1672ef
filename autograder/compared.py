"""An answer beside the reference and beside differences, array by array: what the backward debugger shows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from ._in_process import in_process
from ._parts import leaves
from ._trial import Trial, trial
from .exercise import Exercise, Piece
from .judge import judge
from .reference import cotangents_of
from .report import looks_like

Comparison: TypeAlias = dict[str, Any]


def compared(exercise: Exercise, answer: in_process, seed: int) -> Comparison:
    """Judge an answer, and return what it gave beside what is right.

    Parameters
    ----------
    exercise : Exercise
    answer : in_process
    seed : int

    Returns
    -------
    dict
        ``title``; ``where`` (the inputs that are shown, in words); ``reason`` (how the whole answer fails, or
        empty); ``said`` (sentences: the mistakes it looks like, and what was observed); and ``parts``, each
        with ``name``, ``state``, ``detail`` and the arrays ``got`` (None where it cannot be read), ``right``,
        ``numerical`` (None where there is nothing to take differences of) and ``wrong`` (entry by entry, None
        where the shapes differ).
    """
    verdict = judge(exercise, answer, seed=seed, visible=True)
    details = {status.name: status for status in verdict.statuses}
    tried = [_shown(piece, answer, seed) for piece in exercise.tried]
    said = [sentence for d in verdict.diagnoses for sentence in (f"It {looks_like(d)}.", d.evidence)]
    return {
        "title": f"{exercise.id} {verdict.answer}: {verdict.result}",
        "where": "; ".join(dict.fromkeys(filter(None, (_where(t) for t in tried)))),
        "reason": verdict.reason,
        "said": [*said, *verdict.evidence, *verdict.remarks],
        "parts": [
            part
            for piece, t in zip(exercise.tried, tried, strict=True)
            for name in piece.returns
            for part in _leaves(piece, t, name, details[name].state, details[name].detail)
        ],
    }


def _shown(piece: Piece, answer: in_process, seed: int) -> Trial:
    """Return the first call that went wrong; the first one where none did."""
    call = answer.of(piece.target)
    first = None
    for instance in piece.draw(seed):
        t = trial(piece, instance, call)
        first = first or t
        if t.outcome.kind != "returned" or t.structure or not all(t.equal(name) for name in piece.returns):
            return t
    if first is None:
        raise AssertionError(f"{piece.id} has nothing to be tried on")
    return first


def _where(t: Trial) -> str:
    sizes = ", ".join(f"{letter} = {size}" for letter, size in t.instance.sizes.items())
    label = t.instance.label
    return sizes if label in ("", sizes) else f"{label} ({sizes})" if sizes else label


def _leaves(piece: Piece, t: Trial, name: str, state: str, detail: str) -> Iterator[Comparison]:
    got = {} if name not in t.got else dict(leaves(t.got[name]))
    numerical = dict(leaves(_differences(piece, t).get(name)))
    several = len(list(leaves(t.right[name]))) > 1
    for path, right in leaves(t.right[name]):
        if not isinstance(right, np.ndarray):
            continue
        mine = got.get(path)
        mine = mine if isinstance(mine, np.ndarray) else None
        wrong = None if mine is None or mine.shape != right.shape else ~t.agrees(mine, right)
        if wrong is not None and state == "right":  # another right value, or an accepted convention
            wrong = np.zeros(right.shape, bool)
        fine = wrong is not None and not wrong.any()
        yield {
            "name": f"{name}{path}",
            "state": "right" if several and fine else state,
            "detail": "" if several and fine else detail,
            "got": mine,
            "right": right,
            "numerical": numerical.get(path),
            "wrong": wrong,
        }


def _differences(piece: Piece, t: Trial) -> dict[str, Any]:
    if not isinstance(piece.reference, cotangents_of):
        return {}
    with np.errstate(all="ignore"):
        return piece.reference.by_differences(piece.signature, t.instance)
