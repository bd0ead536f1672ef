"""Run a learner's notebook from the top, without a window, and collect the verdicts of its checks.

The notebook runs in a kernel of its own, cell by cell; an error in one cell does not stop the next.
Whatever a check cell answered with is asked for its verdict in that kernel, so nothing is guessed
from the text it prints, and a cell that did not answer with a verdict counts as not passed.
Nothing is written: the notebook on disk stays as it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from backprop_course.cli.kernel import Kernel, KernelGone
from backprop_course.cli.units import RELEASED, NotebookError, unreadable

if TYPE_CHECKING:
    from nbformat import NotebookNode

# Asked of a check's verdict inside the kernel: plain values cross, never the object.
QUESTION = (
    "lambda v: (v.ok, v.score, v.max_score, '; '.join("
    '[f\'looks like {" and ".join(d.codes)}: {" and ".join(d.names)}\' for d in v.diagnoses]'
    " or [v.reason or v.result]))"
)

CHECK = re.compile(r"^\s*(?:\w+\s*=\s*)?check\(\s*['\"](\w+\.E\d+)", re.MULTILINE)
IN_CELL = re.compile(r"\([^()]*, (line \d+)\)$")  # Python's place of a syntax error: a made-up file name
PART = re.compile(r"\w+\.[A-DF-Z]\d+")  # a part of a unit that is not an exercise


@dataclass(frozen=True)
class Checked:
    """What one check cell came to.

    Parameters
    ----------
    exercise : str
        The exercise it checks.
    ok : bool
        Whether the check passed.
    score, max_score : float or None
        Points; None where there is no verdict.
    detail : str
        The mistake or mistakes named, or why there is no verdict.
    """

    exercise: str
    ok: bool
    score: float | None = None
    max_score: float | None = None
    detail: str = ""


def run_checks(path: Path, *, timeout: int) -> list[Checked]:
    """Run the notebook at `path` and return what each of its check cells came to, in order.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    timeout : int
        Seconds one cell may take; then it is interrupted.

    Raises
    ------
    NotebookError
        If the file is not a notebook or holds no check.
    KernelError
        If no kernel starts in the notebook's folder.
    """
    notebook = _read(path)
    if not any(_exercise(cell) for cell in notebook.cells):
        raise NotebookError(
            f"{path} holds no check.",
            expected="a unit of the course, with cells such as check('NB04.E01', answer)",
            got=f"{len(notebook.cells)} cells without one",
            mend="name a unit's notebook, such as NB04/NB04.ipynb",
        )
    with Kernel(notebook, path.resolve().parent, timeout) as kernel:
        return _results(kernel, list(notebook.cells), timeout)


def _results(kernel: Kernel, cells: list[NotebookNode], timeout: int) -> list[Checked]:
    """Run all cells as far as the kernel goes; every check cell gets a result."""
    checks = {index: exercise for index, cell in enumerate(cells) if (exercise := _exercise(cell))}
    results: dict[int, Checked] = {}
    failed: list[str] = []  # what went wrong in the cells since the last check
    ended = ""
    for index, cell in enumerate(cells):
        try:
            in_time = kernel.run(cell, index)
            trouble = _error(cell) if in_time else f"took more than {timeout} s and was interrupted"
            if index in checks:
                result = _verdict(kernel, cell, checks[index], trouble)
                results[index] = (
                    result if result.ok else replace(result, detail="; ".join([*failed, result.detail]))
                )
                failed.clear()
            elif trouble:
                failed.append(f"cell {index + 1} before it: {trouble}")
            if not in_time:
                kernel.require_answer()
        except KernelGone:
            ended = f"not run: cell {index + 1} ended the kernel or does not let go of it"
            break
    return [results.get(index, Checked(exercise, False, detail=ended)) for index, exercise in checks.items()]


def _exercise(cell: NotebookNode) -> str:
    """Return the exercise a cell checks, or an empty text; what a walkthrough shows is nobody's answer."""
    shown = any(PART.fullmatch(tag) for tag in cell.metadata.get("tags", []))
    found = CHECK.search(cell.source) if cell.cell_type == "code" and not shown else None
    return found[1] if found else ""


def _error(cell: NotebookNode) -> str:
    """The error a cell ended with, in a line; an empty text if there was none."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            told = f"{output.ename}: {output.evalue}".splitlines()[0]
            return IN_CELL.sub(r"(\1)", told)
    return ""


def _verdict(kernel: Kernel, cell: NotebookNode, exercise: str, trouble: str) -> Checked:
    """Ask the kernel for the verdict that `cell` answered with, unless it met with `trouble`."""
    if trouble:
        return Checked(exercise, False, detail=trouble)
    answer = kernel.ask(f"__import__('json').dumps(({QUESTION})(Out[{cell.execution_count}]))")
    if answer is None:
        return Checked(exercise, False, detail="no verdict: the check has to be the last line of its cell")
    ok, score, max_score, detail = json.loads(answer)
    return Checked(exercise, ok is True, score, max_score, detail)


def _read(path: Path) -> NotebookNode:
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except OSError as error:
        raise unreadable(path, error) from error
    except Exception as error:  # nbformat raises whatever its readers meet in a damaged file
        raise NotebookError(
            f"{path} is not a notebook.",
            expected="a Jupyter notebook, JSON of format 4",
            got=next(iter(str(error).splitlines()), type(error).__name__),
            mend=RELEASED,
        ) from error
    return notebook
