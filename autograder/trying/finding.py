"""What was found when an exercise was tried."""

from __future__ import annotations

from dataclasses import dataclass

from .._verdict import Verdict, in_points


@dataclass(frozen=True)
class Finding:
    """One thing that was tried.

    Parameters
    ----------
    what : str
        ``"solution"``, or the codes of a mistake.
    trouble : str
        What does not hold; empty where all is as it has to be.
    held : str
        What is said where it holds.
    """

    what: str
    trouble: str
    held: str = ""


def told(verdict: Verdict) -> str:
    """Return what a verdict tells, in one line."""
    parts = [f"{s.name} {s.state}{f' ({s.detail})' if s.detail else ''}" for s in verdict.statuses]
    named = f"named {' & '.join(verdict.mistakes)}" if verdict.mistakes else ""
    points = f"{verdict.score:g} of {in_points(verdict.max_score)}"
    return "; ".join(filter(None, [points, verdict.reason or ", ".join(parts), named]))
