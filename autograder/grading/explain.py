"""Why each point was given or not: a student's stored result, read back."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from pathlib import Path

from backprop_course.errors import UsageError

from ..report import as_text
from .journal import read_results
from .result import Question, Result
from .run import RUN
from .tables import in_words, points


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
    try:
        run = json.loads((folder / RUN).read_text(encoding="utf-8"))
        keys: dict[str, str] = run["students"]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"There are no grades in {folder}.",
            expected="a folder that autograder grade has written",
            got=f"no usable {RUN} in it",
            mend="name the folder that was given as --out",
        ) from error
    if student not in keys:
        near = ", ".join(difflib.get_close_matches(student, keys, n=3, cutoff=0.4))
        raise UsageError(
            "There is no such student in these grades.",
            expected=f"one of {near}" if near else f"one of the {len(keys)} in grades.csv",
            got=student,
        )
    if not keys[student]:
        return Result(student, "", "not_submitted")
    found = [result for result in read_results(folder) if result.key == keys[student]]
    if found:
        return found[-1]  # it was graded again where more isolation was required
    raise UsageError(
        f"The journal in {folder} has lost the result of {student}.",
        expected=f"a line with the key {keys[student]}",
        mend="run autograder grade again with the same --out",
    )


def explanation(result: Result, exercise: str | None = None) -> str:
    """Return a result as text, all questions or one.

    Raises
    ------
    UsageError
        If the exercise was not asked.
    """
    score = points(result.score) or "none"
    lines = [f"{result.student}  {result.file}", f"state {in_words(result.state)}, score {score}"]
    lines += [f"flag: {flag}" for flag in result.flags]
    lines += [result.reason] if result.reason else []
    for question in _asked(result, exercise):
        lines += ["", as_text(replace(question.verdict, hints=()))]  # they follow, all of them
        if question.trouble and question.trouble != question.verdict.result:
            lines.append(f"  {in_words(question.trouble)}: {question.reason}")
        lines += [f"  Hint {n}: {hint}" for n, hint in enumerate(question.verdict.hints, start=1)]
    return "\n".join(lines)


def _asked(result: Result, exercise: str | None) -> tuple[Question, ...]:
    if exercise is None:
        return result.questions
    wanted = exercise.strip().upper().replace("-", ".")
    found = tuple(question for question in result.questions if question.exercise == wanted)
    if not found:
        raise UsageError(
            "This exercise was not asked.",
            expected=", ".join(question.exercise for question in result.questions) or "nothing: not graded",
            got=exercise,
        )
    return found
