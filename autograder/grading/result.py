"""What grading one submission came to: plain data, one line of the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias, cast, get_args

from ..judge import Verdict
from ..sandbox import LEVELS

State: TypeAlias = Literal[
    "graded",  # every question has a verdict
    "partial",  # some question timed out, crashed or was withheld
    "timeout",  # no question could be judged because of it; so are the next two
    "crashed",
    "out_of_memory",
    "unreadable",
    "not_submitted",
]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True)
class Question:
    """One exercise of a submission.

    Parameters
    ----------
    exercise : str
        Its id.
    score : float or None
        In points; None, left out of all sums, where it is withheld until a person decides.
    max_score : float
    verdict : Verdict
    trouble : str or None
        ``timeout``, ``crashed`` or ``out_of_memory`` if the answer could not be called to the end;
        ``withheld`` if a person has to decide.
    reason : str
        What happened then.
    source : str
        The answer as the learner wrote it, shortened; empty if it was not found.
    version : str
        Of the exercise: what else than the answer the verdict depends on.
    """

    exercise: str
    score: float | None
    max_score: float
    verdict: Verdict
    trouble: str | None = None
    reason: str = ""
    source: str = ""
    version: str = ""


@dataclass(frozen=True)
class Result:
    """One submission.

    Parameters
    ----------
    student, file : str
        The file's path below what was graded; empty for ``not_submitted``.
    state : str
        One of `STATES`.
    key : str
        Hash of all that the result depends on; empty for ``not_submitted``.
    questions : tuple of Question
        Empty where there was nothing to judge.
    reason : str
        Why it is unreadable.
    flags : tuple of str
        What a person should know.
    isolation : str
        How far its process was confined: one of `sandbox.LEVELS`; empty where no process was needed.
    notes : tuple of str
        What the isolation lacks.
    seconds : float
        Wall time.
    basis : str
        Hash of all that the result depends on but the exercises' versions.
    """

    student: str
    file: str
    state: State
    key: str = ""
    questions: tuple[Question, ...] = ()
    reason: str = ""
    flags: tuple[str, ...] = ()
    isolation: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    basis: str = ""

    @property
    def score(self) -> float | None:
        """Points; None, never 0, for what was not graded."""
        scores = [q.score for q in self.questions if q.score is not None]
        return round(sum(scores), 2) if scores else None

    @property
    def mistakes(self) -> list[str]:
        """Codes of the mistakes that were recognised, each once."""
        return list(dict.fromkeys(code for q in self.questions for code in q.verdict.mistakes))

    def stamped(self, versions: Mapping[str, str]) -> Result:
        """Return it with the version of each exercise."""
        questions = (replace(q, version=versions.get(q.exercise, "")) for q in self.questions)
        return replace(self, questions=tuple(questions))

    def of_versions(self, versions: Mapping[str, str]) -> Result:
        """Return what of it these versions of the exercises would give again.

        Not what had trouble: time that an answer lacked may have been spent on another exercise.
        """
        same = (q for q in self.questions if q.version and q.version == versions.get(q.exercise))
        kept = [q for q in same if not q.trouble]
        gone = {q.exercise for q in self.questions}.difference(q.exercise for q in kept)
        flags = (flag for flag in self.flags if flag.partition(":")[0] not in gone)
        return replace(self, questions=tuple(kept), flags=tuple(flags))

    def with_those_of(self, other: Result) -> Result:
        """Return it with another's questions too, in order, and all that either says of how answers ran."""
        questions = sorted((*self.questions, *other.questions), key=lambda question: question.exercise)
        return replace(
            self,
            questions=tuple(questions),
            state=state_of(questions),
            flags=tuple(dict.fromkeys((*other.flags, *self.flags))),
            isolation=max(other.isolation, self.isolation, key=_weakness),
            notes=tuple(dict.fromkeys((*other.notes, *self.notes))),
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        questions = [{**asdict(q), "verdict": q.verdict.to_json()} for q in self.questions]
        return {
            **asdict(self),
            "questions": questions,
            "score": self.score,
            "flags": list(self.flags),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Result:
        """Return the result that `to_json` stored."""
        data = {name: stored[name] for name in cls.__dataclass_fields__ if name in stored}
        data["questions"] = tuple(
            Question(**{**q, "verdict": Verdict.from_json(q["verdict"])}) for q in stored["questions"]
        )
        return cls(**{**data, "flags": tuple(stored["flags"]), "notes": tuple(stored["notes"])})


@dataclass(frozen=True)
class Row:
    """What of a result is needed for tables: small, since a class is held in memory as rows.

    Parameters
    ----------
    student, file, state, key, score, reason, flags, isolation, notes, seconds
        As in `Result`.
    scores : dict of str to float
        By exercise, those that have a score.
    right : tuple of str
        Exercises that were answered right.
    mistakes : tuple of (str, str, str)
        Exercise, code and name of each mistake that was recognised.
    troubles : dict of str to str
        By exercise, where there was trouble.
    by_hand : dict of str to float
        By exercise, points that a person gave; they are in `scores` too.
    automatic : dict of str to float or None
        What `scores` were before, where a person gave some.
    """

    student: str
    file: str
    state: State
    key: str
    score: float | None
    reason: str
    flags: tuple[str, ...]
    isolation: str
    notes: tuple[str, ...]
    seconds: float
    scores: dict[str, float]
    right: tuple[str, ...]
    mistakes: tuple[tuple[str, str, str], ...]
    troubles: dict[str, str]
    by_hand: dict[str, float] = field(default_factory=dict)
    automatic: dict[str, float] | None = None

    @classmethod
    def of(cls, result: Result, file: str, flags: Sequence[str] = ()) -> Row:
        """Return the row of a result, under the name its file has now; `flags` are those of the listing."""
        named = {
            (question.exercise, code, name): None
            for question in result.questions
            for diagnosis in question.verdict.diagnoses
            for code, name in zip(diagnosis.codes, diagnosis.names, strict=True)
        }
        return cls(
            student=result.student,
            file=file,
            state=result.state,
            key=result.key,
            score=result.score,
            reason=result.reason,
            flags=(*flags, *result.flags),
            isolation=result.isolation,
            notes=result.notes,
            seconds=result.seconds,
            scores={q.exercise: q.score for q in result.questions if q.score is not None},
            right=tuple(q.exercise for q in result.questions if q.verdict.ok),
            mistakes=tuple(named),
            troubles={q.exercise: q.trouble for q in result.questions if q.trouble},
        )


def _weakness(level: str) -> int:
    return LEVELS.index(level) if level else -1


def state_of(questions: Sequence[Question]) -> State:
    """Return the state of a submission whose questions were asked."""
    troubles = Counter(q.trouble for q in questions if q.trouble)
    if not troubles:
        return "graded"
    if "withheld" in troubles or any(q.trouble is None for q in questions):
        return "partial"
    return cast(State, troubles.most_common(1)[0][0])
