"""A process that confines itself: started with nothing of the grader's, heard, and taken away again.

Two are started so: the zygote that answers are forked from, and a notebook's kernel.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import cgroup
from .frames import Closed, Header

# Nothing of the grader's own environment reaches a submission. One thread: a class is graded side by side.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")},
}

_SHOWN = 2000  # characters of what it has written that are told


class NotStarted(Exception):
    """It has ended, or said nothing in time; the text is what it has written."""


class Started:
    """A process that was started, and all that goes with it.

    Parameters
    ----------
    program : Path
        A file of Python, run by path.
    orders : dict
        Of JSON's types: what it reads from its standard input, in one line, since arguments can be seen by
        everybody. Added are ``namespaces``, the ``group`` that it enters, and ``home``, a folder, where it
        has no namespaces and so no folder in memory.
    namespaces : bool
    memory, processes : int
        What the control group may have.
    environment : mapping
        All of it.
    seconds : float
        Until it must have said something.

    Attributes
    ----------
    process : subprocess.Popen
    control : socket
        Its number is the program's first argument.
    told : dict
        The first that it says.
    group : Group or None
    ungrouped : str
        Why there is no control group.

    Raises
    ------
    NotStarted
        If it does not say anything that is JSON; nothing is left of it then.
    """

    def __init__(
        self,
        program: Path,
        orders: Header,
        *,
        namespaces: bool,
        memory: int,
        processes: int,
        environment: Mapping[str, str],
        seconds: float,
    ) -> None:
        self._home = None if namespaces else tempfile.mkdtemp(prefix="autograder-")
        if self._home is not None:
            os.chmod(self._home, 0o711)  # so that who it becomes can pass
        self.group: cgroup.Group | None = None
        self.ungrouped = ""
        try:
            self.group = cgroup.new_group(memory, processes)
        except cgroup.NotDelegated as error:
            self.ungrouped = str(error)
        group = str(self.group.path) if self.group else None
        orders = {**orders, "namespaces": namespaces, "group": group, "home": self._home}
        self.process: subprocess.Popen[bytes] | None = None
        self.control, theirs = socket.socketpair()
        with tempfile.TemporaryFile() as said, theirs:
            try:
                self.process = _popen(program, theirs, said, environment)
                theirs.close()
                self.control.settimeout(seconds)
                with self.process.stdin as stdin, contextlib.suppress(BrokenPipeError):  # type: ignore[union-attr]
                    stdin.write(as_line(orders))
                self.told = heard(self.control)
            except (OSError, ValueError) as error:
                self.end()
                said.seek(0)
                written = said.read().decode(errors="replace").strip()[-_SHOWN:]
                raise NotStarted(written or str(error) or type(error).__name__) from error

    def end(self, patience: float = 0.0) -> None:
        """End it, and take away what goes with it; it has so many seconds to end by itself."""
        self.control.close()
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=patience)
            self.process.kill()
            self.process.wait()
        if self.group is not None:
            self.group.remove()
        if self._home is not None:  # where it was killed, and has not done so itself
            shutil.rmtree(self._home, ignore_errors=True)


def _popen(
    program: Path, theirs: socket.socket, said: Any, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-B", str(program), str(theirs.fileno())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=said,
        env=dict(environment),
        cwd="/",
        pass_fds=[theirs.fileno()],
        start_new_session=True,
    )


def as_line(said: Header) -> bytes:
    """Return it as it goes over a control socket."""
    return json.dumps(said).encode() + b"\n"


def heard(control: socket.socket) -> Header:
    """Return the next line from a control socket.

    Raises
    ------
    OSError, ValueError
        If nothing comes in time, it was closed (`Closed`), or what comes is not JSON.
    """
    text = b""
    while not text.endswith(b"\n"):
        chunk = control.recv(1 << 16)
        if not chunk:
            raise Closed("the process is gone")
        text += chunk
    told: Header = json.loads(text)
    return told
