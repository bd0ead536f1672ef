"""Run a learner's notebook from the top, without a window, and collect the verdicts of its checks.

The notebook runs in a kernel of its own, cell by cell; an error in one cell does not stop the next.
Whatever a check cell answered with is asked for its verdict in that kernel, so nothing is guessed
from the text it prints, and a cell that did not answer with a verdict counts as not passed.
Nothing is written: the notebook on disk stays as it is.
"""

from __future__ import annotations

import ast
import json
import logging
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backprop_course.cli.units import NotebookError

if TYPE_CHECKING:
    from nbclient import NotebookClient
    from nbformat import NotebookNode

PROBE_SECONDS = 10

# Asked of a check's verdict inside the kernel: plain values cross, never the object.
QUESTION = (
    "lambda v: (v.ok, v.score, v.max_score, '; '.join("
    "[f'looks like {code}' for code in v.mistakes] or [s.detail for s in v.statuses if s.detail][:1]))"
)

CHECK = re.compile(r"^\s*(?:\w+\s*=\s*)?check\(\s*['\"](NB\d+\.E\d+)", re.MULTILINE)


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


def run_checks(path: Path, *, timeout: float) -> list[Checked]:
    """Run the notebook at `path` and return what each of its check cells came to, in order.

    Parameters
    ----------
    path : pathlib.Path
        The notebook.
    timeout : float
        Seconds one cell may take; then it is interrupted.

    Raises
    ------
    NotebookError
        If the file is not a notebook or holds no check.
    """
    notebook = _read(path)
    if not any(_exercise(cell) for cell in notebook.cells):
        raise NotebookError(
            f"{path} holds no check.",
            expected="a unit of the course, with cells such as check('NB04.E01', answer)",
            got=f"{len(notebook.cells)} cells without one",
        )
    return _run(notebook, path.resolve().parent, timeout)


def _read(path: Path) -> NotebookNode:
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except OSError as error:
        raise NotebookError(f"{path} cannot be read.", got=error.strerror or str(error)) from error
    except Exception as error:  # nbformat raises whatever its readers meet in a damaged file
        raise NotebookError(
            f"{path} is not a notebook.",
            expected="a Jupyter notebook, JSON of format 4",
            got=next(iter(str(error).splitlines()), type(error).__name__),
            mend="start from the released one: backprop-course reset UNIT (keeps a copy of yours)",
        ) from error
    return notebook


def _run(notebook: NotebookNode, folder: Path, timeout: float) -> list[Checked]:
    from nbclient import NotebookClient
    from nbclient.exceptions import DeadKernelError

    replies: list[Any] = []  # one per cell that ran: what the kernel replied, None when it did not in time
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=True,
        interrupt_on_timeout=True,
        on_cell_executed=lambda execute_reply, **_: replies.append(execute_reply),
        resources={"metadata": {"path": str(folder)}},
        log=_silent_log(),
    )
    results: list[Checked] = []
    cells = list(notebook.cells)
    with client.setup_kernel(env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}):
        for index, cell in enumerate(cells):
            replies.clear()
            try:
                client.execute_cell(cell, index)
                in_time = None not in replies
                if exercise := _exercise(cell):
                    late = f"took more than {timeout:g} s and was interrupted"
                    results.append(
                        _verdict(client, cell, exercise) if in_time else _no_verdict(exercise, late)
                    )
                if not in_time and _ask(client, "1") is None:
                    raise DeadKernelError("it does not answer after an interrupt")
            except DeadKernelError:
                ended = f"not run: cell {index + 1} ended the kernel or does not let go of it"
                rest = filter(None, map(_exercise, cells[index:]))
                known = {result.exercise for result in results}
                return results + [_no_verdict(exercise, ended) for exercise in rest if exercise not in known]
    return results


def _exercise(cell: NotebookNode) -> str:
    """Return the exercise a cell checks, or an empty text."""
    found = CHECK.search(cell.source) if cell.cell_type == "code" else None
    return found[1] if found else ""


def _verdict(client: NotebookClient, cell: NotebookNode, exercise: str) -> Checked:
    """Ask the kernel for the verdict that `cell` answered with."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        return _no_verdict(exercise, f"{errors[0].ename}: {errors[0].evalue}".splitlines()[0])
    answer = _ask(client, f"__import__('json').dumps([({QUESTION})(Out[{cell.execution_count}])])")
    if answer is None:
        return _no_verdict(exercise, "the check gave no verdict; it has to be the last line of its cell")
    [(ok, score, max_score, detail)] = json.loads(answer)
    return Checked(exercise, ok is True, score, max_score, detail)


def _ask(client: NotebookClient, expression: str) -> str | None:
    """Return the text an expression evaluates to in the kernel; None when it fails or does not answer."""
    from nbformat.v4 import new_code_cell

    probe = new_code_cell(expression)
    limit, client.timeout = client.timeout, PROBE_SECONDS
    try:
        client.execute_cell(probe, len(client.nb.cells) - 1)
    finally:
        client.timeout = limit
    results = [output for output in probe.outputs if output.output_type == "execute_result"]
    return str(ast.literal_eval(results[0].data["text/plain"])) if results else None


def _no_verdict(exercise: str, why: str) -> Checked:
    return Checked(exercise, False, detail=why)


def _silent_log() -> logging.Logger:
    """Return a log that says nothing: what nbclient would say is in the results."""
    log = logging.getLogger(__name__)
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log
