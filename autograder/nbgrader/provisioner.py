"""A kernel provisioner: Jupyter's way to have kernels started by somebody else, here by the sandbox.

``autograder-confined`` is its name among the entry points; a kernel specification names it, or, for every
kernel that a command starts, the environment: ``JUPYTER_DEFAULT_PROVISIONER_NAME=autograder-confined``.

The kernel has the walls of an answer (`autograder.sandbox`): namespaces, a tree without the course folder,
the gradebook or other submissions, no network, an unprivileged user, limits. Messages go over Unix sockets in
a folder in memory which the kernel sees as its own and the grader through ``/proc``. More than an answer it
has threads, these sockets, and the course's packages with the judge, which check cells import.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Bool, Enum, Int

from autograder.sandbox import LEVELS, Limits, SandboxError
from autograder.sandbox.packages import COURSE, course_files
from autograder.sandbox.starting import ENVIRONMENT, NotStarted, Started

NAME = "autograder-confined"

_LAUNCHER = "ipykernel_launcher"
_START = 60.0  # seconds until a kernel must be ready, also on a busy machine
_THREADS = 64
_CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
_HANDED_ON = ("NBGRADER_EXECUTION", "NBGRADER_VALIDATING")  # how a check shows its points
_ANSWER = Limits()


class ConfinedProvisioner(LocalProvisioner):
    """Starts IPython's kernel in a sandbox.

    Attributes
    ----------
    level : str
        The isolation that was reached: ``sandbox``, ``limits`` or ``process``.
    notes : tuple of str
        What could not be had.
    """

    isolation = Enum(LEVELS, "process", help="The least isolation that will do.").tag(config=True)
    beside = Bool(False, help="Whether the kernel gets a copy of the folder it is started in.").tag(
        config=True
    )
    memory = Int(_ANSWER.memory, help="Bytes that the notebook may use.").tag(config=True)
    processor = Int(_ANSWER.processor, help="Seconds of processor time.").tag(config=True)
    wall = Int(600, help="Seconds of wall time.").tag(config=True)

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.level = ""
        self.notes: tuple[str, ...] = ()
        self._own: Started | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Prepare the command; no port is reserved and no connection file written."""
        kwargs.pop("transport_encryption", None)  # the sockets are no other process's to open
        command = [*self.kernel_spec.argv, *kwargs.pop("extra_arguments", [])]
        prepared: dict[str, Any] = await KernelProvisionerBase.pre_launch(self, cmd=command, **kwargs)
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and return where its sockets are.

        Raises
        ------
        SandboxError
            If it does not start, is no Python kernel, or is less isolated than `isolation` asks for.
        """
        arguments = _arguments(cmd)
        # Never the folder of this process itself: that is the course's, with the gradebook in it.
        folder = str(Path(kwargs["cwd"]).absolute()) if self.beside and kwargs.get("cwd") else ""
        environment = ENVIRONMENT | {
            name: kwargs["env"][name] for name in _HANDED_ON if name in kwargs.get("env", {})
        }
        del environment["MPLBACKEND"]  # a kernel has its own
        told = await asyncio.to_thread(self._start, arguments, folder, environment)
        self.level, self.notes = str(told["level"]), tuple(map(str, told["notes"]))
        try:
            self._require()
        except SandboxError:
            self._end()
            raise
        self.log.info("The kernel's isolation: %s", "; ".join([self.level, *self.notes]))
        self.connection_info = self._connection()
        self.connection_info["ip"] = f"{told['folder']}/k"
        assert self.process is not None
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """End what is left of the kernel."""
        self._end()

    def _end(self) -> None:
        self.process = None
        if self._own is not None:
            self._own.end()
            self._own = None

    async def get_provisioner_info(self) -> dict[str, Any]:
        """Tell the isolation too."""
        told: dict[str, Any] = await super().get_provisioner_info()
        return told | {"isolation": self.level, "notes": list(self.notes)}

    def _connection(self) -> Any:  # a KernelConnectionInfo, whose form differs between versions
        manager: Any = self.parent
        return {
            "transport": "ipc",
            "key": manager.session.key,
            "signature_scheme": manager.session.signature_scheme,
            "kernel_name": manager.kernel_name,
            **{f"{channel}_port": number for number, channel in enumerate(_CHANNELS, 1)},
        }

    def _require(self) -> None:
        if self.level == "none":
            raise SandboxError(
                "A notebook's kernel could not be confined.",
                expected="limits on memory and time at least",
                got="; ".join(self.notes) or "no way to set any",
                mend="grade on Linux or macOS",
            )
        if LEVELS.index(self.level) > LEVELS.index(self.isolation):
            raise SandboxError(
                "Cells cannot be isolated here as far as it is required.",
                expected=self.isolation,
                got="; ".join([self.level, *self.notes]),
                mend="grade where the kernel allows user namespaces, or require less",
            )

    def _start(self, arguments: list[str], beside: str, environment: dict[str, str]) -> dict[str, Any]:
        refused = ""
        for namespaces in (True, False) if sys.platform == "linux" else (False,):
            own = self._own = self._started(arguments, beside, environment, namespaces)
            if "refused" not in own.told:
                break
            refused = str(own.told["refused"])
            self._end()
        self.process, told = own.process, own.told
        if refused:
            told["notes"] = [f"no namespaces: {refused}", *told["notes"]]
        if own.ungrouped and sys.platform == "linux":
            told["notes"] = [*told["notes"], f"no control group: {own.ungrouped}"]
        if told.get("folder") and namespaces:
            assert self.process is not None
            told["folder"] = f"/proc/{self.process.pid}/root{told['folder']}"
        return told

    def _started(
        self, arguments: list[str], beside: str, environment: dict[str, str], namespaces: bool
    ) -> Started:
        """Start the process, which speaks once the kernel has its sockets."""
        limits = {"memory": self.memory, "processor": self.processor, "wall": self.wall}
        limits |= {"file": _ANSWER.file, "folder": _ANSWER.folder, "threads": _THREADS, "descriptors": 256}
        connection = self._connection()
        orders = {
            "beside": beside,
            "course": {"autograder": str(Path(__file__).resolve().parents[1]), **course_files([COURSE])},
            "arguments": arguments,
            "connection": {**connection, "key": connection["key"].decode()},
            "limits": limits,
        }
        try:
            return Started(
                Path(__file__).with_name("kernel_main.py"),
                orders,
                namespaces=namespaces,
                memory=self.memory + _ANSWER.folder,
                processes=_THREADS + 16,
                environment=environment,
                seconds=_START,
            )
        except NotStarted as error:
            raise SandboxError(
                "A notebook's kernel did not start.",
                expected="a kernel that tells its ports",
                got=str(error),
                mend="check that this Python can import ipykernel; it comes with [course]",
            ) from error


def _arguments(command: list[str]) -> list[str]:
    """Return what a kernel's command tells IPython, but for the file with the connection."""
    if _LAUNCHER not in command:
        raise SandboxError(
            "Only Python's own kernel can be confined.",
            expected=f"a kernel specification that runs {_LAUNCHER}",
            got=" ".join(command),
            mend="grade notebooks of this language without the judge's configuration",
        )
    arguments = command[command.index(_LAUNCHER) + 1 :]
    if "-f" in arguments:
        at = arguments.index("-f")
        del arguments[at : at + 2]
    return arguments
