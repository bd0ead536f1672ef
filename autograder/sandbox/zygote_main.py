"""The zygote: a process that has imported NumPy once and forks a confined child for each submission.

Run by path, as a program of its own: neither `autograder` nor `backprop_course` is imported here, so that no
child inherits the reference. Requests come one at a time over the control socket, a line of JSON each:
``fork`` (the child's end of its own socket attached) and ``end`` (kill, wait, clean up, tell how it ended).
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import shutil
import signal
import socket
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).resolve().parent

# The files beside this one are loaded as a package of another name: `autograder` itself stays unknown here.
_package = ModuleType("_sandbox")
_package.__path__ = [str(HERE)]
sys.modules["_sandbox"] = _package

from _sandbox import confine, frames, runner  # type: ignore[import-not-found]  # noqa: E402  # the package made above

_LOWEST_USER, _USERS = 61184, 4352  # of the range that no one's account is in (systemd's dynamic users)


class Zygote:
    """Forks children and buries them."""

    def __init__(self, control: socket.socket, home: Path) -> None:
        self.control, self.home = control, home
        self.folders: dict[int, Path] = {}
        self.own = _peak(resource.getrusage(resource.RUSAGE_SELF))  # what every child begins with
        self.user = _LOWEST_USER + os.getpid() % _USERS if os.geteuid() == 0 else None
        installation = [Path(sys.prefix), Path(sys.base_prefix), Path(os.__file__), Path(runner.np.__file__)]
        installation += [Path(sysconfig.get_path("platlib")), Path(sys.executable)]
        self.sealed = self.user is not None and not confine.can_read(self.user, installation)

    def serve(self) -> None:
        """Obey until the other side closes (a grader that is killed closes too); then end what is left."""
        try:
            self._obey()
        finally:
            for child in list(self.folders):
                self._end(child, 0.0)

    def _obey(self) -> None:
        self._say({"ready": os.getpid()})
        while line := self._line():
            request, attached = line
            if "fork" in request:
                self._say({"child": self._fork(request["fork"], attached[0])})
            else:
                self._say(self._end(request["end"], request["grace"]))

    def _line(self) -> tuple[dict[str, Any], list[int]] | None:
        text, attached, _, _ = socket.recv_fds(self.control, 1 << 16, 1)
        while text and not text.endswith(b"\n"):
            text += self.control.recv(1 << 16)
        return (json.loads(text), attached) if text else None

    def _say(self, reply: dict[str, Any]) -> None:
        self.control.sendall(json.dumps(reply).encode() + b"\n")

    def _fork(self, limits: dict[str, float], connection: int) -> int:
        folder = Path(tempfile.mkdtemp(dir=self.home))
        if self.user is not None:
            with contextlib.suppress(OSError):  # a container that has no such user; the child will say so
                os.chown(folder, self.user, self.user)
        child = os.fork()
        if child == 0:
            self._be_child(connection, folder, limits)
        os.close(connection)
        self.folders[child] = folder
        return child

    def _be_child(self, connection: int, folder: Path, limits: dict[str, float]) -> None:
        try:
            level, notes = confine.confine(connection, folder, limits, self.user, self.sealed)
            served = socket.socket(fileno=confine.SOCKET)
            served.sendall(frames.encode({"id": 0, "kind": "confined", "level": level, "notes": notes}))
            runner.Runner(served).serve()
        finally:
            os._exit(0)  # no exit handler, no destructor of a submission's runs

    def _end(self, child: int, grace: float) -> dict[str, Any]:
        """Kill a child and all it has left, and tell how it ended."""
        before = _ended(child, grace)
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(child, signal.SIGKILL)
        status, usage = before or os.wait4(child, 0)[1:]
        self._kill_orphans()
        shutil.rmtree(self.folders.pop(child), ignore_errors=True)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "by itself": before is not None,
            "memory": max(0, _peak(usage) - self.own),
            "processor": usage.ru_utime + usage.ru_stime,
        }

    def _kill_orphans(self) -> None:
        children = Path(f"/proc/self/task/{os.getpid()}/children")
        while children.exists() and (left := children.read_text().split()):
            for pid in map(int, left):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _ended(child: int, grace: float) -> tuple[int, resource.struct_rusage] | None:
    """How a child ended that is ending by itself: its socket closes a moment before it can be waited for."""
    deadline = time.monotonic() + grace
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            return status, usage
        if time.monotonic() > deadline:
            return None
        time.sleep(0.001)


def _peak(usage: resource.struct_rusage) -> int:
    """Return the most memory that was in use, in bytes."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Serve the control socket whose number is the first argument; the second is the folder to work in."""
    control, home = socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine.adopt_orphans()
    try:
        zygote = Zygote(control, home)
        gc.collect()
        gc.freeze()  # a child that collects garbage copies none of the pages it shares with the zygote
        zygote.serve()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
