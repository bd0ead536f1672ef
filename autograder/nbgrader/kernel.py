"""Cells that need a kernel: a teacher's own tests, run in a confined one.

The judge needs none for the course's exercises. But an assignment may have graded cells that no exercise is
declared for, and there nbgrader's rules hold: the notebook is run and the points are read from what the cell
shows. What it shows can be forged by the answers beside it, here as in nbgrader; what they cannot do is reach
the machine, the gradebook or other submissions.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import DeadKernelError
from nbgrader.preprocessors import Execute

from .provisioner import NAME
from .source import NOTEBOOK_METADATA

_SHOWN = 1 << 20  # bytes that a cell may show
_SAFE = ("text/plain", "image/png", "image/jpeg")  # what no browser runs


class ConfinedKernelManager(AsyncKernelManager):
    """Has kernels started in the sandbox, with a copy of the folder that the notebook is in."""

    @property
    def kernel_spec(self) -> Any:
        """The kernel's specification, with our provisioner in it."""
        spec: Any = copy.copy(super().kernel_spec)
        spec.metadata = {
            **spec.metadata,
            "kernel_provisioner": {"provisioner_name": NAME, "config": {"beside": True}},
        }
        return spec


class ConfinedExecute(Execute):  # type: ignore[misc]  # nbgrader has no types
    """nbgrader's `Execute` with a confined kernel; a cell that shows too much is an error.

    Attributes
    ----------
    finished : list of int
        Positions of the cells that have run.
    level, notes
        As for `ConfinedProvisioner`.
    """

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **{"kernel_manager_class": ConfinedKernelManager, **named})
        self.level, self.notes = "", ()
        self.finished: list[int] = []
        self._shown: dict[int, int] = {}

    def start_new_kernel_client(self) -> Any:
        """Note how far the kernel is confined."""
        assert self.km is not None
        self.level, self.notes = self.km.provisioner.level, self.km.provisioner.notes
        return super().start_new_kernel_client()

    def on_cell_executed(self, **named: Any) -> None:
        """Note that a cell has run."""
        super().on_cell_executed(**named)
        self.finished.append(named["cell_index"])

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        """Take in what a cell shows, up to a limit."""
        if msg["msg_type"] in ("stream", "display_data", "execute_result", "error"):
            size = self._shown[cell_index] = self._shown.get(cell_index, 0) + len(str(msg["content"]))
            if size > _SHOWN:
                cell.outputs = [failed("ShowsTooMuch", f"more than {_SHOWN} bytes are shown")]
                return None
        return super().process_message(msg, cell, cell_index)


@dataclass
class Shown:
    """What cells came to that were run in a kernel."""

    outputs: dict[int, list[Any]] = field(default_factory=dict)
    level: str = ""
    notes: tuple[str, ...] = ()


def run_in_kernel(
    notebook: Any, wanted: Sequence[int], left_out: Sequence[int], folder: str, parent: Any = None
) -> Shown:
    """Run a copy of a notebook in a confined kernel.

    Parameters
    ----------
    notebook : NotebookNode
    wanted : sequence of int
        Positions of the cells whose outputs are asked for.
    left_out : sequence of int
        Positions of the cells that are not to run.
    folder : str
        Of which the kernel gets a copy; empty for none.
    parent : Configurable, optional
        Whose settings count.

    Returns
    -------
    Shown
        With the outputs of those wanted cells that have run, as text and pictures.

    Raises
    ------
    SandboxError
        If the kernel could not be started.
    """
    trial = copy.deepcopy(notebook)
    trial.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for position in left_out:
        trial.cells[position].source = ""
    execute = ConfinedExecute(parent=parent)
    with contextlib.suppress(DeadKernelError):  # what has run by then counts
        execute.preprocess(trial, {"metadata": {"path": folder}})
    outputs = {n: [_as_text(o) for o in trial.cells[n].outputs] for n in wanted if n in execute.finished}
    return Shown(outputs, execute.level, execute.notes)


def failed(name: str, reason: str) -> Any:
    """Return an output that is an error: nbgrader gives no points for it."""
    text = f"{name}: {reason}"
    return nbformat.v4.new_output("error", ename=name, evalue=reason, traceback=[text])


def _as_text(output: Any) -> Any:
    """Return an output without what could run in the browser of who grades."""
    if "data" in output:
        output.data = {kind: value for kind, value in output.data.items() if kind in _SAFE}
        output.metadata = {}
    return output
