"""Grades for Gradescope: what an autograder there writes for each student, and one that hands it out.

The form is that of https://gradescope-autograders.readthedocs.io/en/latest/specs/. A file without any score
is none, so that nothing is written for who was never graded.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..report import as_text
from .overrides import Override, what_counts
from .pages import file_name
from .result import Question, Result, Row
from .tables import in_words, write_whole

AUTOGRADER = "autograder.zip"

# Runs there, on whatever Python 3 there is: it finds the student among the grades and calls no answer.
_RUN = """#!/usr/bin/env python3
import json
import os
import sys

here = sys.argv[1] if len(sys.argv) > 1 else "/autograder"
with open(os.path.join(here, "source", "grades.json"), encoding="utf-8") as file:
    grades = {name.lower(): grade for name, grade in json.load(file).items()}
with open(os.path.join(here, "submission_metadata.json"), encoding="utf-8") as file:
    users = json.load(file)["users"]
for user in users:
    email = user.get("email") or ""
    for name in (email, email.split("@")[0]):  # never by the name, which users choose themselves
        if name.lower() in grades:
            with open(os.path.join(here, "results", "results.json"), "w", encoding="utf-8") as file:
                json.dump(grades[name.lower()], file)
            sys.exit(0)
who = ", ".join(str(user.get("email")) for user in users)
sys.exit("There is no grade for " + who + ". Nothing is written, not 0.")
"""

_SET_UP = "#!/usr/bin/env bash\ncommand -v python3 || apt-get install -y python3\n"


def results_json(result: Result, row: Row, decided: Sequence[Override], *, anonymous: bool) -> dict[str, Any]:
    """Return what a Gradescope autograder writes; a test whose points are withheld has no score."""
    tests: list[dict[str, Any]] = []
    said = {override.exercise: override.text for override in decided}
    for question in result.questions:
        test: dict[str, Any] = {"name": question.exercise, "max_score": question.max_score}
        if question.exercise in row.scores:
            test["score"] = row.scores[question.exercise]
        if not anonymous:
            test["output"] = said.get(question.exercise) or _told(question)
        tests.append(test)
    extra = round((row.score or 0.0) - sum(row.scores.values()), 2)
    if extra:
        tests.append({"name": "extra credit", "score": extra})
    return {
        "score": row.score,
        "execution_time": round(row.seconds),
        "output": in_words(row.state),
        "visibility": "visible",
        "tests": tests,
    }


def _told(question: Question) -> str:
    """Return a verdict with its hints: nobody can ask for them there, as in a notebook."""
    verdict = question.verdict
    hints = (f"Hint {n}: {hint}" for n, hint in enumerate(verdict.hints, start=1))
    return "\n".join([as_text(replace(verdict, hints=()), counts=what_counts(question, None)), *hints])


def write_files(target: Path, grades: Mapping[str, dict[str, Any]], *, anonymous: bool) -> None:
    """Write a file for each student, and the autograder that knows them by their address or its first part.

    Parameters
    ----------
    target : Path
        A folder; files of an earlier export are removed.
    grades : mapping of str to dict
        By student.
    anonymous : bool
        Then there is no autograder: nobody could be found in it.
    """
    target.mkdir(mode=0o700, exist_ok=True)
    for old in [*target.glob("*.json"), *target.glob(AUTOGRADER)]:
        old.unlink()
    for student, found in grades.items():
        write_whole(target / f"{file_name(student)}.json", _as_json(found))
    if not anonymous:
        _write_autograder(target / AUTOGRADER, grades)


def _write_autograder(path: Path, grades: Mapping[str, dict[str, Any]]) -> None:
    files = {"run_autograder": _RUN, "setup.sh": _SET_UP, "grades.json": _as_json(grades)}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (0o100755 if text.startswith("#!") else 0o100644) << 16
            archive.writestr(member, text, zipfile.ZIP_DEFLATED)
    path.chmod(0o600)


def _as_json(grades: Mapping[str, Any]) -> str:
    return json.dumps(grades, indent=1, ensure_ascii=False) + "\n"
