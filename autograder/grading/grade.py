"""Grades one submission: (its bytes, the exercises, the seed) to a `Result`, and nothing else enters.

The answers are called in a confined process; instances, reference, comparison and points stay in this one.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .._faults import NOT_THERE
from ..exercise import Exercise
from ..judge import judge
from ..sandbox import LEVELS, Place, Session, Zygote
from .differences import Recorder, evidence
from .notebook import Unreadable, cells_of
from .released import released_cells
from .renamed import under_another_name
from .result import Question, Result, state_of

Differences: TypeAlias = Literal["withhold", "flag"]
DIFFERENCES: Differences = "withhold"  # where nobody says otherwise, in nbgrader too

_SOURCE = 4000  # characters of an answer that are kept


def grade_notebook(
    data: bytes,
    exercises: Sequence[Exercise],
    seed: int,
    zygote: Zygote,
    name: str = "",
    differences: Differences = DIFFERENCES,
) -> Result:
    """Grade a notebook, or a script.

    Parameters
    ----------
    data : bytes
        The file as it was submitted.
    exercises : sequence of Exercise
        The questions.
    seed : int
        Secret; decides the hidden instances.
    zygote : Zygote
        Where the answers run.
    name : str, optional
        Of the file; its suffix says what it is.
    differences : {"withhold", "flag"}
        What happens to the points of an answer that looks computed by finite or complex-step differences.

    Returns
    -------
    Result
        Without student, file and key; ``unreadable`` with the reason if it is not a notebook.

    Raises
    ------
    SandboxError
        If no process could be had: the submission is not graded then.
    """
    begun = time.monotonic()
    try:
        cells = cells_of(name, data)
    except Unreadable as error:
        return unreadable(error)
    questions, ran = ask(cells, exercises, seed, zygote, differences)
    return Result(
        student="",
        file="",
        state=state_of(questions),
        questions=tuple(questions),
        flags=ran.flags,
        isolation=ran.level,
        notes=ran.notes,
        seconds=round(time.monotonic() - begun, 3),
    )


@dataclass(frozen=True)
class Ran:
    """How a submission's answers ran: what a person should know, the isolation, and what it lacks."""

    flags: tuple[str, ...]
    level: str
    notes: tuple[str, ...]


def ask(
    cells: Sequence[str],
    exercises: Sequence[Exercise],
    seed: int,
    zygote: Zygote,
    differences: Differences = DIFFERENCES,
) -> tuple[list[Question], Ran]:
    """Judge the answers in a notebook's code cells, whatever its metadata says.

    Parameters
    ----------
    cells : sequence of str
    exercises, seed, zygote, differences
        As for `grade_notebook`.

    Returns
    -------
    questions : list of Question
        One for each exercise, in order.
    ran : Ran
    """
    questions: dict[str, Question] = {}
    sessions = []
    units = dict.fromkeys(exercise.unit for exercise in exercises)
    zygote.read_in_advance([cell for unit in units for cell in released_cells(unit)])
    for needs, group in _by_needs(exercises).items():
        names = [name for exercise in group for name in (*exercise.names, *exercise.uses)]
        with Session(zygote.fitting(needs), cells, names) as session:
            sessions.append(session)
            for exercise in group:
                questions[exercise.id] = _question(cells, exercise, seed, session, differences)
    levels = {session.level for session in sessions if session.level}
    ran = Ran(
        tuple(dict.fromkeys(flag for session in sessions for flag in session.flags)),
        max(levels, key=LEVELS.index, default=""),
        tuple(dict.fromkeys(note for session in sessions for note in session.notes)),
    )
    return [questions[exercise.id] for exercise in exercises], ran


def _question(
    cells: Sequence[str], exercise: Exercise, seed: int, session: Session, differences: Differences
) -> Question:
    answer = session.question(exercise.name, exercise.time_limit)
    recorder = Recorder(answer)
    verdict = judge(exercise, recorder, seed=seed, visible=False)
    if answer.failure is not None:
        raise answer.failure  # nothing a submission did: it must not cost points
    score: float | None = verdict.score
    trouble: str | None = answer.trouble
    reason = answer.message
    if verdict.result == "not judged":  # the judge itself failed, and a person decides
        score, trouble, reason = None, "withheld", verdict.reason
    elif verdict.score and (found := evidence(exercise, recorder, session.ran.lines(exercise.names))):
        reason = f"this looks computed by differences: {found}"
        session.flags.append(f"{exercise.id}: {reason}")
        if differences == "withhold":
            score, trouble = None, "withheld"
    elif verdict.result == "raised" and NOT_THERE in verdict.reason:
        session.flags.append(f"{exercise.id}: {verdict.reason}")
    elif verdict.result == "missing" and (renamed := under_another_name(cells, exercise)):
        session.flags.append(f"{exercise.id}: {renamed}")
    return Question(
        exercise=exercise.id,
        score=score,
        max_score=verdict.max_score,
        verdict=verdict,
        trouble=trouble,
        reason=reason,
        source=_source(cells, session.places.get(exercise.name), exercise.name),
    )


def _by_needs(exercises: Sequence[Exercise]) -> dict[tuple[str, ...], list[Exercise]]:
    """Group exercises by the packages that their answers may import; each group has processes of its own."""
    groups: dict[tuple[str, ...], list[Exercise]] = {}
    for exercise in exercises:
        groups.setdefault(tuple(sorted(exercise.needs)), []).append(exercise)
    return groups


def unreadable(error: Unreadable) -> Result:
    """Return the result of a file that is not a notebook."""
    return Result("", "", "unreadable", reason=str(error))


def _source(cells: Sequence[str], place: Place | None, name: str) -> str:
    if place is None:  # of a cell that cannot be parsed no line is known: all from the definition on is shown
        defines = re.compile(rf"^[ \t]*(?:def|class)[ \t]+{re.escape(name)}\b", re.MULTILINE)
        found = [cell[match.start() :] for cell in cells if (match := defines.search(cell))]
        text = found[-1] if found else ""
    else:
        lines = cells[place.cell].splitlines()[place.first - 1 : place.last]
        text = "\n".join(lines)
    return text if len(text) <= _SOURCE else text[:_SOURCE] + "\n..."
