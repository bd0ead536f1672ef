"""What grading one submission came to: plain data, one line of the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, cast, get_args

from ..judge import Verdict

State: TypeAlias = Literal[
    "graded",  # every question has a verdict
    "partial",  # some question timed out or crashed
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
    score, max_score : float
        In points.
    verdict : Verdict
    trouble : str or None
        ``timeout``, ``crashed`` or ``out_of_memory`` if the answer could not be called to the end.
    reason : str
        What happened then.
    source : str
        The answer as the learner wrote it, shortened; empty if it was not found.
    """

    exercise: str
    score: float
    max_score: float
    verdict: Verdict
    trouble: str | None = None
    reason: str = ""
    source: str = ""


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
        How far its process was confined: ``limits`` or ``process``; empty where no process was needed.
    seconds : float
        Wall time.
    """

    student: str
    file: str
    state: State
    key: str = ""
    questions: tuple[Question, ...] = ()
    reason: str = ""
    flags: tuple[str, ...] = ()
    isolation: str = ""
    seconds: float = 0.0

    @property
    def score(self) -> float | None:
        """Points; None, never 0, for what was not graded."""
        return round(sum(q.score for q in self.questions), 2) if self.questions else None

    @property
    def mistakes(self) -> list[str]:
        """Codes of the mistakes that were recognised, each once."""
        return list(dict.fromkeys(code for q in self.questions for code in q.verdict.mistakes))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        questions = [{**asdict(q), "verdict": q.verdict.to_json()} for q in self.questions]
        return {**asdict(self), "questions": questions, "score": self.score, "flags": list(self.flags)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Result:
        """Return the result that `to_json` stored."""
        data = {name: stored[name] for name in cls.__dataclass_fields__}
        data["questions"] = tuple(
            Question(**{**q, "verdict": Verdict.from_json(q["verdict"])}) for q in stored["questions"]
        )
        return cls(**{**data, "flags": tuple(stored["flags"])})


def state_of(questions: Sequence[Question]) -> State:
    """Return the state of a submission whose questions were asked."""
    troubles = Counter(q.trouble for q in questions if q.trouble)
    if not troubles:
        return "graded"
    if any(q.trouble is None for q in questions):
        return "partial"
    return cast(State, troubles.most_common(1)[0][0])
