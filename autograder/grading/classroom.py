"""An example class for NB06, made from the released notebook: each submission with what it must come to.

``autograder demo`` grades it; so do the tests. A member is named after what it submits.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from backprop_course.cli.units import find_unit

from .result import State

Notebook: TypeAlias = dict[str, Any]  # as JSON has it

UNIT = "NB06"
EXERCISE = "NB06-E06"

RIGHT = "return dY @ W.T, X.T @ dY, dY.sum(axis=0)"


@dataclass(frozen=True)
class Member:
    """One submission.

    Parameters
    ----------
    name : str
        Of the student: what is submitted, in a word.
    make : callable
        Makes the file from the released notebook.
    state : str
        What grading it must come to: that of the submission, or the trouble of the one answer that is tried.
    score : float or None
        Points for that answer, out of 3; None where there is no score.
    mistakes : tuple of str
        Codes that must be named.
    """

    name: str
    make: Callable[[Notebook], bytes]
    state: State
    score: float | None
    mistakes: tuple[str, ...] = ()


def released_notebook() -> Notebook:
    """Return NB06 as learners receive it."""
    notebook: Notebook = json.loads(find_unit(UNIT).notebook.read_text(encoding="utf-8"))
    return notebook


def solution_cell(notebook: Notebook) -> dict[str, Any]:
    """Return the cell that holds the stub of `EXERCISE`."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == EXERCISE:
            found: dict[str, Any] = cell
            return found
    raise LookupError(EXERCISE)


def answered(*body: str) -> Callable[[Notebook], bytes]:
    """Return what writes the lines of a body into the stub."""
    return lambda notebook: as_bytes(with_answer(notebook, *body))


def with_answer(notebook: Notebook, *body: str) -> Notebook:
    """Return a copy of a notebook with a body in the stub, below its docstring."""
    filled = copy.deepcopy(notebook)
    cell = solution_cell(filled)
    head, docstring, _ = "".join(cell["source"]).split('"""')
    lines = "".join(f"    {line}\n" for line in body)
    cell["source"] = f'{head}"""{docstring}"""\n{lines}'.splitlines(keepends=True)
    return filled


def as_bytes(notebook: Notebook) -> bytes:
    """Return a notebook as Jupyter saves it."""
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _twice(notebook: Notebook) -> bytes:
    """A first try, and a copy of its cell below, mended: same metadata, same ids."""
    tried = with_answer(notebook, "return dY @ W.T, X.T @ dY, dY")
    mended = solution_cell(with_answer(notebook, RIGHT))
    position = tried["cells"].index(solution_cell(tried))
    tried["cells"].insert(position + 1, mended)
    return as_bytes(tried)


def _cut(notebook: Notebook) -> bytes:
    whole = answered(RIGHT)(notebook)
    return whole[: len(whole) * 2 // 3]


def _bare(notebook: Notebook) -> bytes:
    """Right, with all metadata lost on the way through another editor."""
    bare = with_answer(notebook, RIGHT)
    for cell in bare["cells"]:
        cell["metadata"] = {}
    return as_bytes(bare)


_IN_LOOPS = answered(
    "dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(W.shape[1], dY.dtype)",
    "for upstream, x, row in zip(dY, X, dX):",
    "    for j, signal in enumerate(upstream):",
    "        row += signal * W[:, j]",
    "        dW[:, j] += signal * x",
    "        db[j] += signal",
    "return dX, dW, db",
)
_TALKATIVE = answered(
    "import sys, warnings",
    "warnings.warn('almost there')",
    "print('here ' * 100_000)",
    "print('there ' * 100_000, file=sys.stderr)",
    RIGHT,
)
_CHANGES_INPUT = answered(
    "dX, dW, db = dY @ W.T, X.T @ dY, dY.sum(axis=0)", "dY[...] = 0.0", "return dX, dW, db"
)
_MEAN = answered("return dY @ W.T, X.T @ dY / len(X), dY.mean(axis=0)")
_SIGN = answered("return dY @ W.T, -X.T @ dY, -dY.sum(axis=0)")
_LAST = answered("return dY @ W.T, np.outer(X[-1], dY[-1]), dY[-1]")
_MEMORY = answered("return np.ones((1 << 20, 1 << 20))")

MEMBERS = (
    Member("right-in-matrices", answered(RIGHT), "graded", 3.0),
    Member("right-in-loops", _IN_LOOPS, "graded", 3.0),
    Member("right-without-metadata", _bare, "graded", 3.0),
    Member("right-in-a-copied-cell", _twice, "graded", 3.0),
    Member("right-and-talkative", _TALKATIVE, "graded", 3.0),
    Member("bias-not-summed", answered("return dY @ W.T, X.T @ dY, dY"), "graded", 2.0, ("M03",)),
    Member("mean-for-sum", _MEAN, "graded", 1.0, ("M04",)),
    Member("wrong-sign", _SIGN, "graded", 1.0, ("M06",)),
    Member("last-example-only", _LAST, "graded", 1.0, ("M10",)),
    Member("wrong-axis", answered("return dY @ W.T, X.T @ dY, dY.sum(axis=1)"), "graded", 2.0, ("M20",)),
    Member("wrong-order", answered("return X.T @ dY, dY @ W.T, dY.sum(axis=0)"), "graded", 1.0, ("M34",)),
    Member("changes-its-input", _CHANGES_INPUT, "graded", 0.0, ("M25",)),
    Member("not-yet-written", as_bytes, "graded", 0.0),
    Member("syntax-error", answered("return dY @ W.T, X.T @ dY, dY.sum(axis=0"), "graded", 0.0),
    Member("endless-loop", answered("while True: pass"), "timeout", 0.0),
    Member("leaves-python", answered("import os; os._exit(0)"), "crashed", 0.0),
    Member("takes-all-memory", _MEMORY, "out_of_memory", 0.0),
    Member("cut-off", _cut, "unreadable", None),
)


def build(folder: Path, members: Iterable[Member] = MEMBERS) -> Path:
    """Write the class in nbgrader's layout, ``folder/STUDENT/NB06/NB06.ipynb``, and return `folder`."""
    notebook = released_notebook()
    for member in members:
        path = folder / member.name / UNIT / f"{UNIT}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(member.make(notebook))
    (folder / "nothing-submitted").mkdir(exist_ok=True)
    return folder
