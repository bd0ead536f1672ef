"""A kernel that runs the cells of one notebook without a window, and can be asked about what they left.

A thin layer over nbclient: a cell that takes too long is interrupted, and a kernel that does not come
back from it counts as gone.
"""

from __future__ import annotations

import ast
import logging
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from backprop_course.cli.doctor import shadowing_files
from backprop_course.errors import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode

PROBE_SECONDS = 10
LATE = {"ename": "Late", "evalue": "", "traceback": []}  # what nbclient reports of a cell it interrupted


class KernelError(CourseError, RuntimeError):
    """No kernel could be started to run a notebook."""


class KernelGone(Exception):
    """The kernel died, or does not let go of a cell; nothing more can be run in it."""


class Kernel:
    """Runs cells one after another; a context that ends the kernel.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook the cells are from.
    folder : pathlib.Path
        Where the kernel runs.
    timeout : int
        Seconds one cell may take.
    """

    def __init__(self, notebook: NotebookNode, folder: Path, timeout: int) -> None:
        from nbclient import NotebookClient
        from traitlets.config import Config

        self._folder = folder
        self._reply: dict[str, Any] = {}  # the kernel's answer to the last cell
        self._client = NotebookClient(
            notebook,
            timeout=timeout,
            kernel_name="python3",
            allow_errors=True,
            interrupt_on_timeout=True,
            error_on_timeout=LATE,
            on_cell_executed=self._keep_reply,
            resources={"metadata": {"path": str(folder)}},
            config=Config({"KernelManager": kernel_settings()}),
            log=_silent_log(),
        )
        self._setup = self._client.setup_kernel(env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})

    def __enter__(self) -> Self:
        from jupyter_client.kernelspec import NoSuchKernel

        try:
            self._setup.__enter__()
        except (RuntimeError, NoSuchKernel) as error:
            raise self._not_started(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._setup.__exit__(kind, error, trace)

    def run(self, cell: NotebookNode, index: int) -> bool:
        """Run one cell and keep its outputs in it; False if it had to be interrupted.

        Raises
        ------
        KernelGone
            If no further cell can be run.
        """
        from nbclient.exceptions import DeadKernelError

        self._reply = {}
        try:
            self._client.execute_cell(cell, index)
        except DeadKernelError as error:
            raise KernelGone from error
        return bool(self._reply.get("content", {}).get("ename") != LATE["ename"])

    def ask(self, expression: str) -> str | None:
        """Return the text that `expression` evaluates to in the kernel, None if it fails."""
        from nbformat.v4 import new_code_cell

        probe = new_code_cell(expression)
        limit, self._client.timeout = self._client.timeout, PROBE_SECONDS
        try:
            self.run(probe, len(self._client.nb.cells) - 1)
        finally:
            self._client.timeout = limit
        results = [output for output in probe.outputs if output.output_type == "execute_result"]
        return str(ast.literal_eval(results[0].data["text/plain"])) if results else None

    def require_answer(self) -> None:
        """Raise `KernelGone` unless the kernel still answers."""
        if self.ask("1") is None:
            raise KernelGone

    def _keep_reply(self, *, execute_reply: dict[str, Any], **_: Any) -> None:  # Any: nbclient's own messages
        self._reply = execute_reply

    def _not_started(self, error: Exception) -> KernelError:
        hiding = ", ".join(path.name for path in shadowing_files(self._folder))
        rename = f"rename {hiding} in {self._folder}: Python takes it for its own module"
        return KernelError(
            "The kernel that should run the notebook did not start.",
            expected="a Python kernel that starts in the notebook's folder",
            got=str(error),
            mend=rename if hiding else "see: backprop-course doctor",
        )


def kernel_settings() -> dict[str, str]:
    """Return settings for Jupyter's KernelManager: talk to kernels encrypted, where that can be done.

    Other users of the machine could listen otherwise, as newer kernels warn at every start.
    """
    import zmq
    from jupyter_client.manager import KernelManager

    possible = "transport_encryption" in KernelManager.class_trait_names() and zmq.has("curve")
    return {"transport_encryption": "auto"} if possible else {}


def _silent_log() -> logging.Logger:
    """Return a log that says nothing: what nbclient would say is in the results."""
    log = logging.getLogger(__name__)
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log
