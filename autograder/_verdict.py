"""What the judge found: plain data, made once, stored as JSON and shown by `report.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self, TypeAlias, get_args

# In the judge's telling order: of several troubles with one gradient the first of these is told.
State: TypeAlias = Literal[
    "not yet written",
    "not judged",
    "missing",
    "wrong shape",
    "wrong type",
    "not finite",
    "wrong value",
    "right",
]
TELLING_ORDER: tuple[State, ...] = get_args(State)

# What became of the whole answer.
Result: TypeAlias = Literal[
    "right",
    "partly right",
    "wrong",
    "not yet written",
    "missing",
    "wrong arguments",
    "raised",
    "timeout",
    "died",
    "wrong structure",
    "changed inputs",
    "not repeatable",
    "not judged",
]


@dataclass(frozen=True)
class Status:
    """One returned gradient.

    Parameters
    ----------
    name : str
    state : str
        A word of `TELLING_ORDER`.
    detail : str
        What is wrong and how, or an empty string.
    """

    name: str
    state: State
    detail: str = ""

    @property
    def right(self) -> bool:
        """Whether this gradient earns its share."""
        return self.state == "right"


@dataclass(frozen=True)
class Diagnosis:
    """A mistake the answer looks like.

    Parameters
    ----------
    codes, names : tuple of str
        One each; two for a pair of mistakes made at once.
    gradients : tuple of str
        Where it was recognised.
    evidence : str
        The numbers that speak for it.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    gradients: tuple[str, ...]
    evidence: str


@dataclass(frozen=True, repr=False)
class Verdict:
    """How an answer was judged.

    Parameters
    ----------
    exercise : str
        Its id.
    answer : str
        Name of the function.
    result : str
        What became of the whole answer, in a word or two.
    score, max_score : float
        In points.
    statuses : tuple of Status
        One for each returned gradient.
    reason : str
        Where the whole answer fails: how, and the learner's line. Else empty.
    diagnoses : tuple of Diagnosis
        The mistakes it looks like.
    evidence : tuple of str
        What was observed about gradients that no mistake explains.
    remarks : tuple of str
        What costs nothing: a convention, printed text.
    hints : tuple of str
        Levels to be revealed one at a time; the last one points to the walkthrough.
    see : str
        The walkthrough part.
    visible : bool
        Whether this is the learner's own check or a grader's verdict.
    accepted : tuple of str
        Codes of conventions that earn a remark only.
    """

    exercise: str
    answer: str
    result: Result
    score: float
    max_score: float
    statuses: tuple[Status, ...]
    reason: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    evidence: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    see: str = ""
    visible: bool = True
    accepted: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything is right."""
        return self.result == "right"

    @property
    def mistakes(self) -> list[str]:
        """Codes of the mistakes the answer looks like, accepted conventions included."""
        return list(dict.fromkeys([code for d in self.diagnoses for code in d.codes] + list(self.accepted)))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON types."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # tuples become lists
        return {**plain, "ok": self.ok, "mistakes": self.mistakes}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the verdict that `to_json` stored."""
        data = {key: value for key, value in stored.items() if key not in ("ok", "mistakes")}
        data["statuses"] = tuple(Status(**status) for status in data["statuses"])
        data["diagnoses"] = tuple(
            Diagnosis(tuple(d["codes"]), tuple(d["names"]), tuple(d["gradients"]), d["evidence"])
            for d in data["diagnoses"]
        )
        for key in ("evidence", "remarks", "hints", "accepted"):
            data[key] = tuple(data[key])
        return cls(**data)

    def __repr__(self) -> str:
        from .report import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from .report import as_html

        return as_html(self)


def in_points(number: float) -> str:
    """Return a number with its unit, ``"1 point"`` or ``"2.5 points"``."""
    return f"{round(number, 2):g} point{'' if number == 1 else 's'}"
