"""Grades one submission: (its bytes, the exercises, the seed) to a `Result`, and nothing else enters.

The answers are called in a confined process; instances, reference, comparison and points stay in this one.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from ..exercise import Exercise
from ..judge import judge
from ..sandbox import Place, Session, Zygote
from .notebook import Unreadable, code_cells
from .result import Question, Result, state_of

_SOURCE = 4000  # characters of an answer that are kept


def grade_notebook(data: bytes, exercises: Sequence[Exercise], seed: int, zygote: Zygote) -> Result:
    """Grade a notebook.

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
        cells = code_cells(data)
    except Unreadable as error:
        return unreadable(error)
    questions, session = ask(cells, exercises, seed, zygote)
    return Result(
        student="",
        file="",
        state=state_of(questions),
        questions=tuple(questions),
        flags=tuple(session.flags),
        isolation=session.level,
        notes=session.notes,
        seconds=round(time.monotonic() - begun, 3),
    )


def ask(
    cells: Sequence[str], exercises: Sequence[Exercise], seed: int, zygote: Zygote
) -> tuple[list[Question], Session]:
    """Judge the answers in a notebook's code cells, whatever its metadata says.

    Parameters
    ----------
    cells : sequence of str
    exercises, seed, zygote
        As for `grade_notebook`.

    Returns
    -------
    questions : list of Question
        One for each exercise, in order.
    session : Session
        Closed; its `flags`, `level` and `notes` are of interest.
    """
    questions = []
    with Session(zygote, cells, [exercise.name for exercise in exercises]) as session:
        for exercise in exercises:
            answer = session.question(exercise.name, exercise.time_limit)
            verdict = judge(exercise, answer, seed=seed, visible=False)
            if answer.failure is not None:
                raise answer.failure  # nothing a submission did: it must not cost points
            judged = verdict.result != "not judged"  # else the judge itself failed, and a person decides
            questions.append(
                Question(
                    exercise=exercise.id,
                    score=verdict.score if judged else None,
                    max_score=verdict.max_score,
                    verdict=verdict,
                    trouble=answer.trouble if judged else "withheld",
                    reason=answer.message if judged else verdict.reason,
                    source=_source(cells, session.places.get(exercise.name)),
                )
            )
    return questions, session


def unreadable(error: Unreadable) -> Result:
    """Return the result of a file that is not a notebook."""
    return Result("", "", "unreadable", reason=str(error))


def _source(cells: Sequence[str], place: Place | None) -> str:
    if place is None:
        return ""
    lines = cells[place.cell].splitlines()[place.first - 1 : place.last]
    text = "\n".join(lines)
    return text if len(text) <= _SOURCE else text[:_SOURCE] + "\n..."
