"""Judges an answer by calling it: asks in a telling order, compares, and names the mistake.

The judge never sees a function, only a `Call`, so that the answer may run in this process (`in_process`) or
in another. It fails closed: whatever is not recognised as right earns nothing, and the verdict says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from ._diagnosis import Recognised, conventions, recognised
from ._evidence import first_wrong_entry, observations, right_when_upstream_is_ones
from ._faults import Fault, fault
from ._in_process import in_process as in_process
from ._outcome import Call as Call
from ._outcome import Opaque as Opaque
from ._outcome import Outcome as Outcome
from ._outcome import Value as Value
from ._reading import Unreadable
from ._trial import Trial, for_naming, is_stub, trial
from ._verdict import TELLING_ORDER, Diagnosis, Result
from ._verdict import Status as Status
from ._verdict import Verdict as Verdict
from .exercise import Exercise
from .mistakes import Kind


def judge(exercise: Exercise, call: Call, *, seed: int, visible: bool) -> Verdict:
    """Return the verdict on an answer.

    Parameters
    ----------
    exercise : Exercise
    call : callable
        Maps the inputs to the `Outcome` of the learner's function; called about ten times.
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
    try:
        trials, second = _tried(exercise, call, seed)
        if found := fault(exercise, trials, second, visible=visible):
            return _faulty(exercise, trials, found, visible)
        return _compared(exercise, trials, call, visible)
    except Exception as error:
        reason = f"This answer could not be judged: {type(error).__name__}: {error}"
        return _verdict(exercise, visible, [], _unjudged(exercise), result="not judged", reason=reason)


def _tried(exercise: Exercise, call: Call, seed: int) -> tuple[list[Trial], Trial | None]:
    """Call the answer on every instance, on the first one twice; stop where more calls tell no more."""
    trials: list[Trial] = []
    second = None
    for instance in exercise.draw(seed):
        trials.append(trial(exercise, instance, call))
        outcome = trials[-1].outcome
        if outcome.kind in ("missing", "timeout", "died") or is_stub(outcome):
            break
        if len(trials) == 1 and outcome.kind == "returned":
            second = trial(exercise, replace(instance, label="it is called a second time"), call)
        if len(trials) > 1 and all(t.outcome.kind == "raised" for t in trials):
            break  # both instances for naming raised
    return trials, second


def _faulty(exercise: Exercise, trials: Sequence[Trial], found: Fault, visible: bool) -> Verdict:
    """Return the verdict where the whole answer earns nothing."""
    statuses, diagnoses, hints = _unjudged(exercise), [], list(found.advice)
    if found.result == "not yet written":
        statuses = [Status(name, "not yet written") for name in exercise.returns]
    elif found.values_known:
        returned = [t for t in trials if t.outcome.kind == "returned"]
        statuses = [_status(exercise, name, returned)[0] for name in exercise.returns]
    if found.kind:
        diagnoses = [Diagnosis((found.kind.code,), (found.kind.name,), exercise.returns, found.reason)]
    elif found.result == "raised" and (known := recognised(exercise, trials, exercise.returns)):
        evidence = "This mistake fails in the same way, with the same sizes, on two instances."
        diagnoses = [_diagnosis(r, evidence) for r in known]
        footprints = " ".join(kind.footprint for r in known for kind in r.kinds)
        hints = [footprints, *_families_and_rules(exercise, known)]
    return _verdict(
        exercise,
        visible,
        trials,
        statuses,
        result=found.result,
        reason=found.reason,
        diagnoses=diagnoses,
        evidence=found.evidence,
        hints=hints,
        score=0.0,
    )


def _compared(exercise: Exercise, trials: Sequence[Trial], call: Call, visible: bool) -> Verdict:
    """Return the verdict gradient by gradient."""
    found = {name: _status(exercise, name, trials) for name in exercise.returns}
    statuses = [status for status, _ in found.values()]
    wrong = [status.name for status in statuses if not status.right]
    known = recognised(exercise, trials, wrong)
    explained = {name for r in known for name in r.gradients}
    evidence = {name: _evidence(name, trials, visible) for name in wrong}
    for name in wrong:
        if name not in explained and (
            said := right_when_upstream_is_ones(exercise, name, for_naming(trials), call)
        ):
            evidence[name].append(said)
    diagnoses = [_diagnosis(r, _said_of(exercise, r, evidence, trials)) for r in known]
    unexplained = [sentence for name in wrong if name not in explained for sentence in evidence[name]]
    accepted = {kind: name for name, (_, kinds) in found.items() for kind in kinds}
    return _verdict(
        exercise,
        visible,
        trials,
        statuses,
        diagnoses=diagnoses,
        evidence=unexplained,
        hints=_hints(exercise, known, unexplained) if wrong else (),
        accepted=accepted,
    )


def _status(exercise: Exercise, name: str, trials: Sequence[Trial]) -> tuple[Status, tuple[Kind, ...]]:
    """Return what is told of one gradient, its first trouble in telling order; and accepted conventions."""
    statuses, kinds = [], []
    for t in trials:
        status, accepted = _status_in(exercise, name, t)
        if t is not trials[0] and status.detail:
            status = Status(name, status.state, f"{status.detail}, where {t.instance.label}")
        statuses.append(status)
        kinds += [kind for kind in accepted if kind not in kinds]
    return min(statuses, key=lambda status: TELLING_ORDER.index(status.state)), tuple(kinds)


def _status_in(exercise: Exercise, name: str, t: Trial) -> tuple[Status, tuple[Kind, ...]]:
    got, right = t.got.get(name), t.right[name]
    if got is None:
        return Status(name, "not judged"), ()
    if isinstance(got, Unreadable):
        return Status(name, got.state, got.detail), ()
    if got.shape != right.shape:
        letters = exercise.signature.letters(name)
        asked = f"{letters} = {right.shape}" if letters else f"one number, shape {right.shape},"
        return Status(name, "wrong shape", f"{got.shape} where {asked} is asked for"), ()
    if not np.all(np.isfinite(got)) and np.all(np.isfinite(right)):
        return Status(name, "not finite", f"{np.count_nonzero(~np.isfinite(got))} of {got.size} entries"), ()
    if t.equal(name):
        return Status(name, "right"), ()
    if kinds := conventions(exercise, t, name):
        return Status(name, "right"), kinds
    if got.dtype.kind in "iu":
        return Status(name, "wrong type", "its entries are integers"), ()
    differing = int(np.count_nonzero(~t.agrees(got, right)))
    return Status(name, "wrong value", f"{differing} of {right.size} entries" if right.size > 1 else ""), ()


def _unjudged(exercise: Exercise) -> list[Status]:
    return [Status(name, "not judged") for name in exercise.returns]


def _evidence(name: str, trials: Sequence[Trial], visible: bool) -> list[str]:
    naming = for_naming(trials)
    if not all(t.equal(name) for t in naming):
        return observations(name, naming, numbers=visible)
    t = next(t for t in trials if not t.equal(name))
    said = [f"{name} is right elsewhere, and wrong where {t.instance.label}."]
    got = t.array(name)
    return [*said, first_wrong_entry(name, t, got)] if visible and got is not None else said


def _said_of(
    exercise: Exercise, r: Recognised, evidence: dict[str, list[str]], trials: Sequence[Trial]
) -> str:
    where = " and ".join(t.instance.label for t in for_naming(trials) if t.instance.sizes)
    names = ", ".join(r.gradients)
    same = f"What you return for {names} equals what this mistake gives, twice" + (
        f": {where}." if where else "."
    )
    return " ".join([*(evidence[r.gradients[0]]), same])


def _diagnosis(r: Recognised, evidence: str) -> Diagnosis:
    codes = tuple(kind.code for kind in r.kinds)
    return Diagnosis(codes, tuple(kind.name for kind in r.kinds), r.gradients, evidence)


def _hints(exercise: Exercise, known: Sequence[Recognised], unexplained: Sequence[str]) -> list[str]:
    """Return three levels: how it shows, what sort of mistake it is, the rule and where it is taught."""
    first = [f"{', '.join(r.gradients)}: {' '.join(kind.footprint for kind in r.kinds)}" for r in known]
    if known:
        return [" ".join([*first, *unexplained]), *_families_and_rules(exercise, known)]
    return [
        " ".join(unexplained) or "Compare the shape of what you return with the shape of its variable.",
        "Take the wrong gradient that comes first in the chain, and write down the shape and the meaning of "
        "every factor in it: upstream, local, downstream.",
        f"Go through {exercise.see} again with your own line beside it.",
    ]


def _families_and_rules(exercise: Exercise, known: Sequence[Recognised]) -> list[str]:
    kinds = list(dict.fromkeys(kind for r in known for kind in r.kinds))
    parts = dict.fromkeys(kind.see if kind.see.startswith(exercise.unit) else exercise.see for kind in kinds)
    return [
        " ".join(kind.family for kind in kinds),
        " ".join(kind.rule for kind in kinds) + f" See {' and '.join(parts)}.",
    ]


def _verdict(
    exercise: Exercise,
    visible: bool,
    trials: Sequence[Trial],
    statuses: Sequence[Status],
    *,
    result: Result | None = None,
    reason: str = "",
    diagnoses: Iterable[Diagnosis] = (),
    evidence: Iterable[str] = (),
    hints: Iterable[str] = (),
    accepted: dict[Kind, str] | None = None,
    score: float | None = None,
) -> Verdict:
    right = sum(status.right for status in statuses)
    share = right / len(statuses)
    remarks = [f"{name}: {kind.name}. {kind.rule}" for kind, name in (accepted or {}).items()]
    if printed := sum(t.outcome.printed for t in trials):
        remarks.append(f"It printed {printed} characters while it was checked; they are not shown.")
    return Verdict(
        exercise=exercise.id,
        answer=exercise.name,
        result=result or ("right" if share == 1 else "partly right" if right else "wrong"),
        score=round(exercise.points * share, 2) if score is None else score,
        max_score=exercise.points,
        statuses=tuple(statuses),
        reason=reason,
        diagnoses=tuple(diagnoses),
        evidence=tuple(evidence),
        remarks=tuple(remarks),
        hints=tuple(hints),
        see=exercise.see,
        visible=visible,
        accepted=tuple(kind.code for kind in accepted or ()),
    )
