"""The judge in the place of nbgrader's `Execute`: no answer of a submission runs in a kernel.

nbgrader reads a grade from the output of a check cell: a number is that many points, an error or anything
on stderr is none, and no output at all, or any other text, is full points. So nothing of a submission may
write there. Here the answers are called in the sandbox, the verdict falls in this process, and this process
writes the output: the number of points, with the card as its HTML. Where points are withheld, 0 stands there
for whatever reads it, and `SaveScores` leaves the score open.

Graded cells that no exercise is declared for, a teacher's own tests, need a kernel; it is a confined one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, get_args

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import determine_grade, is_grade, is_solution
from traitlets import Enum, Unicode

from autograder._verdict import in_points
from autograder.exercise import Exercise
from autograder.exercises import of_unit
from autograder.grading.feedback import WITHHELD
from autograder.grading.grade import DIFFERENCES, Differences, ask
from autograder.grading.overrides import what_counts
from autograder.grading.result import Question
from autograder.grading.seeds import secret_seed
from autograder.report import as_html
from autograder.sandbox import SandboxError, Zygote
from backprop_course.errors import CourseError

from .pages import make_harmless
from .scores import mark_withheld
from .source import CHECK_SUFFIX


class NotJudged(CourseError, RuntimeError):
    """The grader itself failed: the submission gets no grade, rather than no points."""


class PointsError(CourseError, ValueError):
    """nbgrader would record other points than were given."""


class Judge(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Judges the answers of a submission and writes each check cell's output."""

    seed_folder = Unicode(
        help="Where the secret seed of the hidden numbers is kept; without it each submission gets its own."
    ).tag(config=True)
    differences = Enum(
        get_args(Differences),
        default_value=DIFFERENCES,
        help="Points for answers that look computed by differences; as `autograder grade --differences`.",
    ).tag(config=True)

    def preprocess(self, nb: Any, resources: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Judge every exercise of the unit, which is named as the notebook."""
        exercises = of_unit(resources["nbgrader"]["notebook"])
        make_harmless(nb)
        for cell in nb.cells:
            _silence(cell)
        self._judge(nb, exercises, resources)
        self._run_own_tests(nb, exercises, resources)
        return nb, resources

    def _judge(self, nb: Any, exercises: Sequence[Exercise], resources: dict[str, Any]) -> None:
        code = [cell.source for cell in nb.cells if cell.cell_type == "code"]
        with Zygote() as zygote:
            questions, ran = ask(code, exercises, self._seed(), zygote, self.differences)
        _note_isolation(nb, "answers", ran.level, ran.notes)
        self.log.info("The answers' isolation: %s", "; ".join([ran.level or "no answer was run", *ran.notes]))
        for exercise, question in zip(exercises, questions, strict=True):
            if question.verdict.result == "not judged":
                raise NotJudged(
                    f"{exercise.id} could not be judged.",
                    expected="a verdict, right or wrong",
                    got=question.verdict.reason,
                    mend="grade it again; see the log for what failed on this machine",
                )
            cell = _check_cell(nb, exercise)
            cell.outputs = [_points(question)]
            _require_same_points(cell, question)
            if question.score is None:
                mark_withheld(cell, question.reason)
            told = "withheld" if question.score is None else f"{question.score:g}"
            self.log.info("%s: %s of %s", exercise.id, told, in_points(question.max_score))
        for flag in ran.flags:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], flag)

    def _run_own_tests(self, nb: Any, exercises: Sequence[Exercise], resources: dict[str, Any]) -> None:
        """Run the notebook in a confined kernel, if graded cells need one."""
        ours = {exercise.grade_id + CHECK_SUFFIX for exercise in exercises}
        graded = [n for n, cell in enumerate(nb.cells) if _is_test(cell)]
        checks = [n for n in graded if nb.cells[n].metadata.nbgrader.get("grade_id") in ours]
        own = [n for n in graded if n not in checks]
        if not own:
            return
        from .kernel import failed, run_in_kernel

        folder = str(resources.get("metadata", {}).get("path") or "")
        try:
            shown = run_in_kernel(nb, own, checks, folder, self)
        except SandboxError as error:
            raise NotJudged(
                "Cells that need a kernel could not be run.",
                expected="a confined kernel for the notebook's own tests",
                got=error.what + (f" ({error.got})" if error.got else ""),
                mend=error.mend,
            ) from error
        _note_isolation(nb, "cells", shown.level, shown.notes)
        for n in own:
            nb.cells[n].outputs = shown.outputs.get(
                n, [failed("NotRun", "the kernel ended before this cell")]
            )

    def _seed(self) -> int:
        if not self.seed_folder:
            return secrets.randbits(63)
        Path(self.seed_folder).mkdir(parents=True, exist_ok=True)
        return secret_seed(Path(self.seed_folder))


def _silence(cell: Any) -> None:
    """Take away what a code cell shows; one that would be graded by its output gets an error: no points."""
    if cell.cell_type != "code":
        return
    cell.outputs, cell.execution_count = [], None
    if _is_test(cell):
        text = "NotRun: this cell was not run"
        cell.outputs = [nbformat.v4.new_output("error", ename="NotRun", evalue=text, traceback=[text])]


def _is_test(cell: Any) -> bool:
    """Whether nbgrader reads points from what a cell shows."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def _note_isolation(nb: Any, what: str, level: str, notes: Sequence[str]) -> None:
    """Store with the notebook how far apart its answers, or its cells, were run."""
    if level:
        stored = dict(nb.metadata.get("autograder", {}))
        nb.metadata["autograder"] = {**stored, what: {"isolation": level, "notes": list(notes)}}


def _check_cell(nb: Any, exercise: Exercise) -> Any:
    """Return the cell that carries an exercise's grade; one that was deleted is put back at the end."""
    grade_id = exercise.grade_id + CHECK_SUFFIX
    for cell in nb.cells:
        if is_grade(cell) and cell.metadata.nbgrader.get("grade_id") == grade_id:
            return cell
    marks = {"grade": True, "grade_id": grade_id, "locked": True, "points": exercise.points}
    marks |= {"schema_version": 3, "solution": False, "task": False}
    cell = nbformat.v4.new_code_cell(f'check("{exercise.id}")', id=grade_id, metadata={"nbgrader": marks})
    nb.cells.append(cell)
    return cell


def _points(question: Question) -> Any:
    html = as_html(question.verdict, counts=what_counts(question, None))
    if question.score is None:
        html += f"<p><b>{WITHHELD}</b> {escape(question.reason[:1].upper() + question.reason[1:])}.</p>"
    return nbformat.v4.new_output(
        "execute_result", {"text/plain": repr(float(question.score or 0)), "text/html": html}
    )


def _require_same_points(cell: Any, question: Question) -> None:
    """Ask nbgrader how it will read the cell, before it does."""
    given = (question.score or 0, question.max_score)
    try:
        read = determine_grade(cell)
    except ValueError as error:  # more points than the cell has
        read = error
    if read != given:
        raise PointsError(
            f"nbgrader would not record the points of {question.exercise} as they were given.",
            expected=f"{given[0]:g} of {in_points(given[1])}",
            got=str(read),
            mend="run nbgrader generate_assignment again, so that the gradebook knows the exercise's points.",
        )
