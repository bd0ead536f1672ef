"""The zygote: a process that has imported NumPy once and forks a confined child for each submission.

Run by path, as a program of its own: neither `autograder` nor `backprop_course` is imported here, so that no
child inherits the reference. Requests come one at a time over the control socket, a line of JSON each:
``read`` (the released notebook's cells, so that no child need parse them again), ``fork`` (the child's end of
its own socket attached) and ``end`` (kill, wait, clean up, tell how it ended).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import resource
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

HERE = Path(__file__).resolve().parent

# The files beside this one are loaded as a package of another name: `autograder` itself stays unknown here.
_package = ModuleType("_sandbox")
_package.__path__ = [str(HERE)]
sys.modules["_sandbox"] = _package
PROBES = Path(__file__).parents[1] / "probes"  # loaded as `_probes`

from _sandbox import cgroup, confine, frames, packages, program, runner, standins, tree, warming  # type: ignore[import-not-found]  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

# What NumPy imports when it is first used, and answers often import: once here, not in every child.
_WARM = (
    *("numpy.random", "numpy.linalg", "numpy.fft", "numpy.polynomial", "numpy.ma"),
    *("collections", "contextlib", "copy", "dataclasses", "functools", "itertools", "math", "operator"),
    *("random", "time", "types", "typing", "warnings"),
)


class Walls(Protocol):
    """How children are made and confined: `confine.Plain` or `namespaces.Namespaces`."""

    def fork(self) -> int:
        """Fork, and return the child's number, 0 in the child."""
        ...

    def confine(self, connection: int, limits: Mapping[str, float]) -> tuple[str, list[str]]:
        """Confine the calling child, for good; return the level that it reached, and remarks."""
        ...

    def buried(self, child: int) -> None:
        """Clean up after a child that has ended."""
        ...


class Zygote:
    """Forks children and buries them."""

    def __init__(self, control: socket.socket, walls: Walls) -> None:
        self.control, self.walls = control, walls
        self.children: set[int] = set()
        self._left = _list_of_children()
        warming.warm_up()
        self.runner = runner.Runner()  # of all children: each has its own copy from the fork on
        self.runner.prepare()
        self.settle()

    def settle(self) -> None:
        """Take what is here now as what every child begins with."""
        gc.collect()
        gc.freeze()  # a child that collects garbage copies none of the pages it shares with the zygote
        self.own = _peak(resource.getrusage(resource.RUSAGE_SELF))

    def serve(self) -> None:
        """Obey until the other side closes (a grader that is killed closes too); then end what is left."""
        try:
            self._obey()
        finally:
            for child in list(self.children):
                self._end(child, 0.0)

    def _obey(self) -> None:
        while line := self._line():
            request, attached = line
            if "fork" in request:
                _say(self.control, {"child": self._fork(request["fork"], attached[0])})
            elif "read" in request:
                program.read_in_advance(request["read"])
                self.settle()
                _say(self.control, {"read": True})
            else:
                _say(self.control, self._end(request["end"], request["grace"]))

    def _line(self) -> tuple[dict[str, Any], list[int]] | None:
        text, attached, _, _ = socket.recv_fds(self.control, 1 << 16, 1)
        while text and not text.endswith(b"\n"):
            if not (more := self.control.recv(1 << 16)):
                return None  # the grader ended in the middle of a line
            text += more
        return (json.loads(text), attached) if text else None

    def _fork(self, limits: dict[str, float], connection: int) -> int:
        child = self.walls.fork()
        if child == 0:
            self._be_child(connection, limits)
        os.close(connection)
        self.children.add(child)
        return child

    def _be_child(self, connection: int, limits: dict[str, float]) -> None:
        try:
            said: dict[str, Any] = {"id": 0, "kind": "confined"}
            try:
                said["level"], said["notes"] = self.walls.confine(connection, limits)
                served = socket.socket(fileno=confine.SOCKET)
            except OSError as error:
                said |= {"level": "none", "notes": [str(error)]}
                socket.socket(fileno=confine.kept(connection)).sendall(frames.encode(said))
                return
            served.sendall(frames.encode(said))
            self.runner.serve(served)
        finally:
            os._exit(0)  # no exit handler, no destructor of a submission's runs

    def _end(self, child: int, grace: float) -> dict[str, Any]:
        """Kill a child and all it has left, and tell how it ended."""
        before = _ended(child, grace)
        for kill in (os.killpg, os.kill):
            try:
                kill(child, signal.SIGKILL)
            except OSError:
                continue
        status, usage = before or os.wait4(child, 0)[1:]
        self._kill_orphans()
        self.children.discard(child)
        self.walls.buried(child)
        return {
            "code": os.waitstatus_to_exitcode(status),
            "by itself": before is not None,
            "memory": max(0, _peak(usage) - self.own),
            "processor": usage.ru_utime + usage.ru_stime,
        }

    def _kill_orphans(self) -> None:
        while self._left is not None and (left := os.pread(self._left, 1 << 16, 0).split()):
            for pid in map(int, left):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)


def _list_of_children() -> int | None:
    """Open the list of this process's children, once; None where it cannot be seen, as in namespaces."""
    try:
        return os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


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


def _say(control: socket.socket, reply: dict[str, Any]) -> None:
    control.sendall(json.dumps(reply).encode() + b"\n")


def _load_probes() -> None:
    """Load what may be asked of an answer besides a plain call, before their files are out of sight."""
    found = importlib.util.spec_from_file_location("_probes", PROBES / "__init__.py")
    if found is None or found.loader is None or not PROBES.is_dir():
        return
    module = importlib.util.module_from_spec(found)
    sys.modules["_probes"] = module
    found.loader.exec_module(module)
    module.load_all()


def main() -> None:
    """Serve the control socket whose number is the first argument; how is read from the standard input."""
    control, wanted = socket.socket(fileno=int(sys.argv[1])), json.loads(sys.stdin.readline())
    if wanted["group"]:
        cgroup.Group(Path(wanted["group"])).enter()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    user = confine.nobodys_user()
    course: dict[str, str] = wanted["course"]
    walls: Walls
    _load_probes()
    for name in _WARM:
        importlib.import_module(name)
    if wanted["namespaces"]:
        try:
            from _sandbox import namespaces

            walls = namespaces.enter(user, wanted["hidden"], course)
            course = packages.inside(course, tree.COURSE_FOLDER)
        except OSError as error:
            _say(control, {"refused": str(error)})
            return
    else:
        confine.adopt_orphans()
        walls = confine.Plain(Path(wanted["home"]), user, tree.installation())
    standins.hide(wanted["hidden"], course)
    if packages.COURSE in course:
        importlib.import_module(packages.COURSE)  # once, for all children
    try:
        zygote = Zygote(control, walls)
        _say(control, {"ready": os.getpid()})
        zygote.serve()
    finally:
        if not wanted["namespaces"]:
            shutil.rmtree(wanted["home"], ignore_errors=True)


if __name__ == "__main__":
    main()
