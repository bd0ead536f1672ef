"""Makes one verdict of what was found about the pieces of an exercise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ._verdict import Diagnosis, Result, Status, Verdict
from .exercise import Exercise
from .mistakes import Kind


@dataclass(frozen=True)
class Judged:
    """What was found about one piece.

    Parameters
    ----------
    statuses : sequence of Status
        One for each part.
    result : str or None
        What became of the whole piece, None where the parts tell.
    reason, diagnoses, evidence, remarks, hints, accepted
        As in `Verdict`; an accepted convention with the part it was found in.
    score : float or None
        Set where it is not the right parts that count.
    printed : int
        Characters.
    """

    statuses: Sequence[Status]
    result: Result | None = None
    reason: str = ""
    diagnoses: Sequence[Diagnosis] = ()
    evidence: Sequence[str] = ()
    remarks: Sequence[str] = ()
    hints: Sequence[str] = ()
    accepted: Mapping[Kind, str] = field(default_factory=dict)
    score: float | None = None
    printed: int = 0

    @property
    def right(self) -> bool:
        """Whether all of it earns points."""
        return self.result is None and all(status.right for status in self.statuses)


def merged(exercise: Exercise, pieces: Sequence[Judged], visible: bool) -> Verdict:
    """Return the verdict on an exercise."""
    statuses = [status for judged in pieces for status in judged.statuses]
    earned = sum(
        exercise.share(status.name)
        for judged in pieces
        if judged.score is None
        for status in judged.statuses
        if status.right
    )
    share = earned / sum(exercise.share(status.name) for status in statuses)
    accepted = {kind: name for judged in pieces for kind, name in judged.accepted.items()}
    remarks = [f"{name}: {kind.name}. {kind.rule}" for kind, name in accepted.items()]
    remarks += dict.fromkeys(remark for judged in pieces for remark in judged.remarks)
    if printed := sum(judged.printed for judged in pieces):
        remarks.append(f"It printed {printed} characters while it was checked; they are not shown.")
    return Verdict(
        exercise=exercise.id,
        answer=exercise.title,
        result=_result(pieces, share),
        score=round(exercise.points * share, 2),
        max_score=exercise.points,
        statuses=tuple(statuses),
        reason=_one_after_another(judged.reason for judged in pieces if judged.reason),
        diagnoses=_together(pieces),
        evidence=tuple(dict.fromkeys(sentence for judged in pieces for sentence in judged.evidence)),
        remarks=tuple(remarks),
        # First things first: the hints are about the first piece that needs any.
        hints=next((tuple(judged.hints) for judged in pieces if judged.hints), ()),
        see=exercise.see,
        visible=visible,
        accepted=tuple(kind.code for kind in accepted),
    )


def _one_after_another(reasons: Iterable[str]) -> str:
    """Return different reasons as sentences: what Python says of an error has no full stop."""
    *others, last = dict.fromkeys(reasons) or ("",)
    return " ".join([*(said if said.endswith((".", "!", "?")) else f"{said}." for said in others), last])


def _result(pieces: Sequence[Judged], share: float) -> Result:
    results = {judged.result for judged in pieces}
    if "not judged" in results:
        return "not judged"
    if all(judged.right for judged in pieces):
        return "right"
    if share:
        return "partly right"
    only = results.pop() if len(results) == 1 else None
    return only or "wrong"


def _together(pieces: Sequence[Judged]) -> tuple[Diagnosis, ...]:
    """Return the diagnoses, one for each mistake: it may have been recognised in several pieces."""
    found: dict[tuple[str, ...], Diagnosis] = {}
    for diagnosis in (diagnosis for judged in pieces for diagnosis in judged.diagnoses):
        before = found.get(diagnosis.codes)
        gradients = (*before.gradients, *diagnosis.gradients) if before else diagnosis.gradients
        evidence = before.evidence if before else diagnosis.evidence
        found[diagnosis.codes] = Diagnosis(diagnosis.codes, diagnosis.names, gradients, evidence)
    return tuple(found.values())
