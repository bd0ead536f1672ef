"""Judges an answer by calling it: asks in a telling order, compares, and names the mistake.

The judge never sees a function, only a `Call`, so that the answer may run in this process (`in_process`) or
in another. It fails closed: whatever is not recognised as right earns nothing, and the verdict says why. An
exercise of several pieces is judged piece by piece; `_merging.py` makes one verdict of them.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ._diagnosis import Recognised, conventions, recognised, telling
from ._evidence import (
    differences_level,
    first_wrong_entry,
    observations,
    right_when_upstream_is_ones,
    shape_ledger,
)
from ._faults import Fault, fault, reads_globals
from ._in_process import in_process as in_process
from ._merging import Judged, merged
from ._not_finite import not_judged_for
from ._outcome import Call as Call
from ._outcome import Opaque as Opaque
from ._outcome import Outcome as Outcome
from ._outcome import Value as Value
from ._parts import arrays, leaves
from ._reading import Read, Unreadable, unreadable
from ._trial import Trial, for_naming, trial
from ._verdict import TELLING_ORDER, Diagnosis
from ._verdict import Status as Status
from ._verdict import Verdict as Verdict
from .exercise import Exercise, Piece
from .mistakes import Kind
from .probes.tools import NOTHING


def judge(exercise: Exercise, answer: Call, *, seed: int, visible: bool) -> Verdict:
    """Return the verdict on an answer.

    Parameters
    ----------
    exercise : Exercise
    answer : callable
        Maps the inputs to the `Outcome` of the learner's function; called about ten times. Where an exercise
        has a probe or several pieces, its method ``of`` gives such a call for a `Target`. Its method
        ``noted``, if it has one, is handed each piece with its trials.
    seed : int
        Decides the numbers the answer is tried on, and nothing of the verdict.
    visible : bool
        True for a learner's own check, whose evidence shows numbers; False for a grader's, whose inputs stay
        hidden.

    Returns
    -------
    Verdict
        Always: an error of the judge's own is a verdict of 0 points that says so.
    """
    return merged(exercise, [_judged(piece, answer, seed, visible) for piece in exercise.tried], visible)


def _judged(piece: Piece, answer: Call, seed: int, visible: bool) -> Judged:
    try:
        with np.errstate(all="ignore"):  # an answer's infinities meet in sums and differences
            call = _call_of(piece, answer)
            trials, again = _tried(piece, call, seed)
            if noted := getattr(answer, "noted", None):
                noted(piece, trials)
            met = [*trials, again] if again else trials
            if not all(t.outcome.shared for t in met):
                return _judged_by(piece, trials, again, call, visible)
            # Most answers of a class return the same numbers: what they came to is known.
            kept, key = trials[0].led_to, (visible, *map(id, met))
            if key not in kept:
                judged = _judged_by(piece, trials, again, call, visible)
                if not judged.right:  # it may have been called again, to be told from another
                    return judged
                if len(kept) >= _MOST:
                    kept.clear()
                kept[key] = met, judged  # as long as they are kept, no other trial has their identity
            known: Judged = kept[key][1]
            return known
    except Exception as error:
        reason = f"This answer could not be judged: {type(error).__name__}: {error}"
        return Judged(_unjudged(piece), "not judged", reason, score=0.0)


_MOST = 64  # verdicts that are kept of what begins with one trial


def _judged_by(
    piece: Piece, trials: Sequence[Trial], again: Trial | None, call: Call, visible: bool
) -> Judged:
    if reason := not_judged_for(piece, trials):
        return Judged(_unjudged(piece), "not judged", reason, score=0.0)
    second = replace(again, instance=replace(again.instance, label=_AGAIN)) if again else None
    if found := fault(piece, trials, second, visible=visible):
        judged = _faulty(piece, trials, found, visible)
    else:
        judged = _compared(piece, trials, call, visible)
    return replace(judged, printed=sum(t.outcome.printed for t in trials))


_AGAIN = "it is called a second time"


def _call_of(piece: Piece, answer: Call) -> Call:
    of = getattr(answer, "of", None)
    if of is not None:
        call: Call = of(piece.target)
        return call
    if piece.probe and not getattr(answer, "takes_probes", False):  # a defect of a grader, not of an answer
        raise NotImplementedError(f"there is nothing here that runs the probe {piece.target.probe}")
    return answer


def _tried(piece: Piece, call: Call, seed: int) -> tuple[list[Trial], Trial | None]:
    """Call the answer on every instance, on the first one again; stop where more calls tell no more."""
    trials: list[Trial] = []
    again = None
    instances = piece.draw(seed)
    if ahead := getattr(call, "ahead", None):
        inputs = [piece.inputs(instance) for instance in instances]
        ahead([*inputs[:1], *inputs])
    for instance in instances:
        trials.append(trial(piece, instance, call))
        kind = trials[-1].outcome.kind
        if kind in ("missing", "timeout", "died") or trials[-1].is_stub:
            break
        if len(trials) == 1 and kind == "returned":
            again = trial(piece, instance, call)
        if len(trials) > 1 and all(t.outcome.kind == "raised" for t in trials):
            break  # both instances for naming raised
    return trials, again


def _faulty(piece: Piece, trials: Sequence[Trial], found: Fault, visible: bool) -> Judged:
    """Return what is said where the whole answer earns nothing."""
    statuses, diagnoses, hints = _unjudged(piece), [], list(found.advice)
    if found.result == "not yet written":
        statuses = [Status(name, "not yet written") for name in piece.returns]
    elif found.values_known:
        returned = [t for t in trials if t.outcome.kind == "returned"]
        statuses = [_status(piece, name, returned, visible)[0] for name in piece.returns]
    if found.kind:
        diagnoses = [Diagnosis((found.kind.code,), (found.kind.name,), piece.returns, found.reason)]
    elif found.result == "raised" and (known := recognised(piece, trials, piece.returns)):
        evidence = "This mistake fails in the same way, with the same sizes, on two instances."
        diagnoses = [_diagnosis(r, evidence) for r in known]
        footprints = " ".join(kind.footprint for r in known for kind in r.kinds)
        hints = [footprints, *_families_and_rules(piece, known)]
    return Judged(
        statuses,
        found.result,
        found.reason,
        diagnoses=diagnoses,
        evidence=found.evidence,
        hints=hints,
        score=0.0,
    )


def _compared(piece: Piece, trials: Sequence[Trial], call: Call, visible: bool) -> Judged:
    """Return what is said part by part."""
    found = {name: _status(piece, name, trials, visible) for name in piece.returns}
    statuses = [status for status, _ in found.values()]
    wrong = [status.name for status in statuses if not status.right]
    known = recognised(piece, trials, wrong)
    explained = {name for r in known for name in r.gradients}
    evidence = {name: _evidence(name, trials, visible) for name in wrong}
    for name in wrong:
        if name not in explained:
            said = [
                right_when_upstream_is_ones(piece, name, for_naming(trials), call),
                shape_ledger(piece, name, trials[0]),
            ]
            evidence[name] += filter(None, said)
    diagnoses = [_diagnosis(r, _said_of(r, evidence, trials)) for r in known]
    unexplained = [sentence for name in wrong if name not in explained for sentence in evidence[name]]
    if unexplained and (outcome := trials[0].outcome).globals_read:
        unexplained.append(reads_globals(outcome))
    accepted = {kind: name for name, (status, kinds) in found.items() if status.right for kind in kinds}
    return Judged(
        statuses,
        diagnoses=diagnoses,
        evidence=unexplained,
        hints=_hints(piece, known, unexplained, statuses) if wrong else (),
        remarks=_by_differences(piece, trials) if not wrong else (),
        accepted=accepted,
    )


def _by_differences(piece: Piece, trials: Sequence[Trial]) -> list[str]:
    """Return a remark where a right answer has the errors of finite differences."""
    numbers = [
        (t, name, got)
        for t in for_naming(trials)
        for name in piece.returns
        if (got := t.array(name)) is not None
    ]
    if not numbers or any(differences_level(*number) is None for number in numbers):
        return []
    return [
        "The numbers are right to about 9 digits, no further: this looks like a finite difference. It is "
        "right here; the exercise asks for a formula, and a grader will ask for one too."
    ]


def _status(
    piece: Piece, name: str, trials: Sequence[Trial], visible: bool
) -> tuple[Status, tuple[Kind, ...]]:
    """Return what is told of one part, its first trouble in telling order; and accepted conventions."""
    if all(t.equal(name) for t in trials):
        return Status(name, "right"), ()
    statuses, kinds = [], []
    for t in trials:
        status, accepted = _status_in(piece, name, t, visible)
        if t is not trials[0] and status.detail:
            status = Status(name, status.state, f"{status.detail}, where {t.instance.label}")
        statuses.append(status)
        kinds += [kind for kind in accepted if kind not in kinds]
    return min(statuses, key=lambda status: TELLING_ORDER.index(status.state)), tuple(kinds)


def _status_in(piece: Piece, name: str, t: Trial, visible: bool) -> tuple[Status, tuple[Kind, ...]]:
    if name not in t.got:
        return Status(name, "not judged"), ()
    got, right = t.got[name], t.right[name]
    if isinstance(got, Unreadable):
        return Status(name, got.state, got.detail), ()
    if t.equal(name):
        return Status(name, "right"), ()
    if inner := unreadable(got):
        path, leaf = min(inner, key=lambda found: TELLING_ORDER.index(found[1].state))
        return Status(name, leaf.state, f"{name}{path}: {leaf.detail}" if leaf.detail else ""), ()
    if name in piece.accepts:
        return Status(name, "wrong value", t.refusal(name, got)), ()
    if isinstance(got, np.ndarray) and isinstance(right, np.ndarray) and got.shape != right.shape:
        letters = piece.signature.letters(name)
        named = letters and letters != str(right.shape)  # of (5,) there is no more to say than (5,)
        asked = f"{letters} = {right.shape}" if named else _shape_of_one(right)
        return Status(name, "wrong shape", f"{got.shape} where {asked} is asked for"), ()
    if kinds := conventions(piece, t, name):
        return Status(name, "right"), kinds
    return _wrong(name, got, right, t, visible), ()


def _shape_of_one(right: Read) -> str:
    return str(right.shape) if right.shape else "one number, shape (),"


def _wrong(name: str, got: Read, right: Read, t: Trial, visible: bool) -> Status:
    """Return the status of a part of which a number or a text is wrong."""
    if isinstance(right, str):
        shown = repr(got[:80]) if visible or got in _KNOWN_TEXTS else "another text"
        return Status(name, "wrong value", f"{shown} where {right!r} is asked for")
    theirs, ours = dict(leaves(got)), dict(leaves(right))
    for path, leaf in ours.items():
        if isinstance(leaf, np.ndarray) and theirs[path].shape != leaf.shape:
            detail = f"{name}{path} is {theirs[path].shape} where {leaf.shape} is asked for"
            return Status(name, "wrong shape", detail)
    numbers = arrays(got)
    odd = sum(int(np.count_nonzero(~np.isfinite(array))) for array in numbers)
    count = sum(array.size for array in numbers)
    if odd and all(np.all(np.isfinite(array)) for array in arrays(right)):
        return Status(name, "not finite", f"{odd} of {count} entries")
    if numbers and all(array.dtype.kind in "iu" for array in numbers) and _has_fractions(right):
        return Status(name, "wrong type", "its entries are integers")
    differing = sum(
        int(np.count_nonzero(~t.agrees(theirs[path], leaf)))
        for path, leaf in ours.items()
        if isinstance(leaf, np.ndarray)
    )
    return Status(name, "wrong value", f"{differing} of {count} entries" if count > 1 else "")


# Texts that a probe says of itself: no number of an input is in them.
_KNOWN_TEXTS = frozenset((NOTHING, *(name for name, e in vars(builtins).items() if isinstance(e, type))))


def _has_fractions(right: Read) -> bool:
    return any(array.dtype.kind == "f" for array in arrays(right))


def _unjudged(piece: Piece) -> list[Status]:
    return [Status(name, "not judged") for name in piece.returns]


def _evidence(name: str, trials: Sequence[Trial], visible: bool) -> list[str]:
    naming = for_naming(trials)
    if not all(t.equal(name) for t in naming):
        return observations(name, naming, numbers=visible)
    t = next(t for t in trials if not t.equal(name))
    said = [f"{name} is right elsewhere, and wrong where {t.instance.label}."]
    got = t.array(name)
    entry = first_wrong_entry(name, t, got) if visible and got is not None else ""
    return [*said, entry] if entry else said  # of two shapes there is no first wrong entry


def _said_of(r: Recognised, evidence: dict[str, list[str]], trials: Sequence[Trial]) -> str:
    told = [t for t in telling(trials, r.gradients) if not all(t.equal(name) for name in r.gradients)][:2]
    where = " and ".join(t.instance.label for t in told if t.instance.sizes)
    names = ", ".join(r.gradients)
    same = f"What you return for {names} equals what this mistake gives, on both of two inputs" + (
        f": {where}." if where else "."
    )
    return " ".join([*(evidence[r.gradients[0]]), same])


def _diagnosis(r: Recognised, evidence: str) -> Diagnosis:
    codes = tuple(kind.code for kind in r.kinds)
    return Diagnosis(codes, tuple(kind.name for kind in r.kinds), r.gradients, evidence)


def _hints(
    piece: Piece, known: Sequence[Recognised], unexplained: Sequence[str], statuses: Sequence[Status]
) -> list[str]:
    """Return three levels: how it shows, what sort of mistake it is, the rule and where it is taught."""
    first = [f"{', '.join(r.gradients)}: {' '.join(kind.footprint for kind in r.kinds)}" for r in known]
    if known:
        return [" ".join([*first, *unexplained]), *_families_and_rules(piece, known)]
    if piece.keys and all(status.right or status.state == "missing" for status in statuses):
        return [f"Compare the keys of what you return with those asked for: {', '.join(piece.returns)}."]
    return [
        " ".join(unexplained) or _where_to_look([status for status in statuses if not status.right]),
        "Take the wrong result that is computed first, and write down the shape and the meaning of all that "
        "goes into it.",
        f"Go through {piece.see} again with your own line beside it.",
    ]


def _where_to_look(wrong: Sequence[Status]) -> str:
    """Return what is said where nothing was observed: by what is wrong, the shapes or the values."""
    states = {status.state for status in wrong}
    if "wrong shape" in states:
        return "Compare the shape of what you return with the shape of its variable."
    names = ", ".join(status.name for status in wrong)
    if states <= {"wrong value", "not finite"}:
        return f"The form is right, the values of {names} are not: work out one of them by hand, and compare."
    return f"Compare the form of what you return with the form asked for: {names}."


def _families_and_rules(piece: Piece, known: Sequence[Recognised]) -> list[str]:
    kinds = list(dict.fromkeys(kind for r in known for kind in r.kinds))
    parts = dict.fromkeys(kind.see if kind.see.startswith(piece.unit) else piece.see for kind in kinds)
    return [
        " ".join(kind.family for kind in kinds),
        " ".join(kind.rule for kind in kinds) + f" See {' and '.join(parts)}.",
    ]
