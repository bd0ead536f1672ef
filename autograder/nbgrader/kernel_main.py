"""The kernel of a notebook, confined as an answer is, but for Unix sockets and threads, which it needs.

Run by path, as a program of its own. It enters namespaces, forks, confines the child, and the child becomes
IPython's kernel; this process waits for its end, for that of the grader, or until its time is up. What to do
comes as JSON on standard input: the key of the sockets is in it, and arguments can be seen by everybody.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

# The sandbox's files under another name, as `zygote_main.py` has them: `autograder` is for the notebook.
_package = ModuleType("_sandbox")
_package.__path__ = [str(Path(__file__).resolve().parents[1] / "sandbox")]
sys.modules["_sandbox"] = _package

from _sandbox import cgroup, confine, packages, tree  # type: ignore[import-not-found]  # noqa: E402

if TYPE_CHECKING:
    from autograder.sandbox.confine import Plain
    from autograder.sandbox.namespaces import Namespaces

    Walls = Plain | Namespaces

_LOOK = 0.1  # seconds between two looks at what has ended
_TIME_IS_UP = 124  # the exit code


def main() -> None:
    """Run a kernel; the first argument is the number of a socket over which is said how that went."""
    control, wanted = socket.socket(fileno=int(sys.argv[1])), json.loads(sys.stdin.readline())
    if wanted["group"]:
        cgroup.Group(Path(wanted["group"])).enter()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    user = confine.nobodys_user()
    import ipykernel.kernelapp  # noqa: F401  before its files are shut away from who reads them as another user

    course: dict[str, str] = wanted["course"]
    limits: dict[str, float] = wanted["limits"]
    walls: Walls
    if wanted["namespaces"]:
        try:
            from _sandbox import namespaces

            walls = namespaces.enter(user, (), course, tree.ForKernel(user, wanted["beside"]))
            course = packages.inside(course, tree.COURSE_FOLDER)
        except OSError as error:
            _say(control, {"refused": str(error)})
            return
    else:
        walls = confine.Plain(Path(wanted["home"]), user, tree.installation())
        if user is None:
            limits["threads"] = -1  # they would be counted with all that the grader's user runs
    child = walls.fork()
    if child == 0:
        _be_kernel(control, walls, limits, course, wanted)
    if not wanted["namespaces"]:  # there it has a session of its own, and signals to ours do not reach it
        signal.signal(signal.SIGINT, lambda number, frame: os.kill(child, number))
    code = _wait(child, control, limits["wall"])
    walls.buried(child)
    os._exit(code)


def _be_kernel(
    control: socket.socket,
    walls: Walls,
    limits: dict[str, float],
    course: dict[str, str],
    wanted: dict[str, Any],
) -> None:
    try:
        try:
            level, notes = walls.confine(control.fileno(), limits, kernel=True)
            confined = socket.socket(fileno=confine.SOCKET)
        except Exception as error:
            kept = socket.socket(fileno=confine.kept(control.detach()))
            _say(kept, {"level": "none", "notes": [f"{type(error).__name__}: {error}"]})
            return
        control.detach()
        folder = tree.SOCKETS if wanted["namespaces"] else os.getcwd()
        try:
            app = _kernel({**wanted["connection"], "ip": f"{folder}/k"}, wanted["arguments"], course)
        except BaseException:
            _say(confined, {"level": "none", "notes": [traceback.format_exc()[-2000:]]})
            return
        _say(confined, {"level": level, "notes": notes, "folder": folder})
        confined.close()
        app.start()
    finally:
        os._exit(0)


def _kernel(connection: dict[str, Any], arguments: list[str], course: dict[str, str]) -> Any:
    """Return IPython's kernel with its sockets open; nothing of the notebook has run yet."""
    kernelapp: Any = importlib.import_module("ipykernel.kernelapp")
    publisher = kernelapp.IOPubThread

    def without_pipe(socket: Any, pipe: bool, **named: Any) -> Any:
        """What a forked process prints would come over a port; there are neither forks nor ports here."""
        return publisher(socket, pipe=False, **named)

    kernelapp.IOPubThread = without_pipe
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.path += [str(Path(path).parent) for path in course.values()]
    told = Path("connection.json")
    told.write_text(json.dumps(connection))
    app = kernelapp.IPKernelApp.instance()
    app.initialize(["-f", str(told.absolute()), *arguments])
    told.unlink()
    return app


def _wait(child: int, control: socket.socket, seconds: float) -> int:
    """Wait until the kernel has ended, or end it: with the grader, or when its time is up."""
    deadline = time.monotonic() + seconds
    control.setblocking(False)
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) & 0xFF
        up = time.monotonic() > deadline
        if up or _is_closed(control):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return _TIME_IS_UP if up else 0
        time.sleep(_LOOK)


def _is_closed(control: socket.socket) -> bool:
    try:
        return control.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _say(control: socket.socket, reply: dict[str, Any]) -> None:
    control.sendall(json.dumps(reply).encode() + b"\n")


if __name__ == "__main__":
    main()
