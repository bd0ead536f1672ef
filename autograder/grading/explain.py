"""Why each point was given or not: a student's stored result, read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backprop_course.errors import UsageError

from ..exercises import UnknownExercise, find
from ..report import as_text
from .journal import read_results
from .overrides import Override, overridden, what_counts
from .result import Question, Result, Row
from .stored import key_of, read_run
from .tables import in_words, points

_NONE: Mapping[str, Override] = {}
_MANY = 8  # parts; where there are more, and all count the same, this is said once


def find_result(folder: Path, student: str) -> Result:
    """Return the result that counts for a student.

    Parameters
    ----------
    folder : Path
        Where a class was graded.
    student : str

    Raises
    ------
    UsageError
        If nothing was graded there, or no such student.
    """
    key = key_of(read_run(folder), student)
    if not key:
        return Result(student, "", "not_submitted")
    found = [result for result in read_results(folder) if result.key == key]
    if found:
        return found[-1]  # it was graded again where more isolation was required
    raise UsageError(
        f"The journal in {folder} has lost the result of {student}.",
        expected=f"a line with the key {key}",
        got="none",
        mend="run autograder grade again with the same --out",
    )


def explanation(
    result: Result,
    exercise: str | None = None,
    decided: Mapping[str, Override] = _NONE,
    listed: Sequence[str] = (),
    undone: Mapping[str, Override] = _NONE,
) -> str:
    """Return a result as text, all questions or one.

    Parameters
    ----------
    result : Result
    exercise : str, optional
        ``NB06.E06``, or ``E06`` within the unit.
    decided : mapping, optional
        What a person decided, by exercise.
    listed : sequence of str, optional
        What was said of the file when it was found.
    undone : mapping, optional
        What a person decided and took back, by exercise.

    Raises
    ------
    UsageError
        If the exercise was not asked.
    """
    row = overridden(Row.of(result, result.file, tuple(listed)), decided)
    lines = [
        f"{row.student}  {row.file}",
        f"state {in_words(row.state)}, score {points(row.score) or 'none'}",
    ]
    lines += [f"flag: {flag}" for flag in (*row.flags, *(one.text for one in undone.values()))]
    lines += [result.reason] if result.reason else []
    for question in asked_in(result, exercise):
        counts = what_counts(question, decided.get(question.exercise))
        without_hints = replace(question.verdict, hints=())  # they follow, all of them
        lines += ["", as_text(without_hints, counts=counts)]
        lines += _worth(question)
        if question.trouble == "withheld":
            if question.exercise not in decided:
                lines.append(f"  withheld until a person has decided: {question.reason}")
        elif question.trouble and question.trouble != question.verdict.result:
            lines.append(f"  {in_words(question.trouble)}: {question.reason}")
        if question.exercise in decided:
            lines.append(f"  {decided[question.exercise].text}")
        elif question.exercise in undone:
            lines.append(f"  {undone[question.exercise].text}")
        lines += [f"  Hint {n}: {hint}" for n, hint in enumerate(question.verdict.hints, start=1)]
    return "\n".join(lines)


def _worth(question: Question) -> list[str]:
    """What each part of an answer is worth, where there are several: the points are shared among them."""
    names = [status.name for status in question.verdict.statuses]
    try:
        share = find(question.exercise).share
    except UnknownExercise:
        return []
    whole = sum(map(share, names))
    worth = [f"{name} {question.verdict.max_score * share(name) / whole:.3g}" for name in names]
    if len(names) > _MANY and len({one.split()[-1] for one in worth}) == 1:
        return [f"  Worth: {worth[0].split()[-1]} for each of {len(names)}."]
    return [f"  Worth: {', '.join(worth)}."] if len(names) > 1 else []


def asked_in(result: Result, exercise: str | None) -> tuple[Question, ...]:
    """Return a result's questions, or the one that is named; `UsageError` where there is no such one."""
    if exercise is None:
        return result.questions
    wanted = exercise.strip().upper().replace("-", ".")
    found = tuple(q for q in result.questions if wanted in (q.exercise, q.exercise.partition(".")[2]))
    if not found:
        raise UsageError(
            "This exercise was not asked.",
            expected=", ".join(question.exercise for question in result.questions) or "nothing: not graded",
            got=exercise,
            mend="name one that was asked, or give no exercise to see all",
        )
    return found
