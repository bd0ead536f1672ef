"""The grader's side of the zygote: start it, have a child, end a child, start it again when it is gone."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from backprop_course.errors import CourseError

from . import packages
from .frames import Closed, Frames, Header, decode, encode
from .limits import LEVELS, Limits
from .starting import ENVIRONMENT, NotStarted, Started, as_line, heard
from .values import BadFrame

_START = 30.0  # seconds until a zygote must be ready, also on a busy machine
_ANSWER = 30.0  # seconds until it must have answered
_NOTABLE = 0.01  # seconds of waiting for a processor that are granted
_TOGETHER = 32  # processes of a zygote and its children
_PATIENCE = 5.0  # seconds in which it may end by itself
_GRACE = 0.5  # seconds between the end of a child's socket and the end of the child


class SandboxError(CourseError, RuntimeError):
    """The process that runs submissions could not be started or was lost."""


@dataclass(frozen=True)
class Ending:
    """How a child ended.

    Parameters
    ----------
    code : int
        Exit code, or minus the signal's number.
    by_itself : bool
        Whether it had ended before it was killed.
    memory : int
        Bytes, at most, beyond what the zygote has.
    processor : float
        Seconds.
    with_zygote : bool
        Whether the zygote was gone, and it with the zygote.
    """

    code: int
    by_itself: bool
    memory: int
    processor: float
    with_zygote: bool = False


class Waiting:
    """Seconds of waiting for a processor that are granted to a process, a little at a time.

    Parameters
    ----------
    most : float
        All together: on a machine that is never free a submission ends all the same.
    """

    def __init__(self, most: float) -> None:
        self._most, self._granted = most, 0.0

    def granted(self, waited: float) -> float:
        """Return what is due of all that it has waited; 0 for what is not worth it."""
        due = min(waited, self._most) - self._granted
        if due <= _NOTABLE:
            return 0.0
        self._granted += due
        return due


class Child:
    """One confined process.

    Attributes
    ----------
    level : str
        The isolation it reached: ``sandbox``, ``limits`` or ``process``.
    notes : tuple of str
        What it could not reach, and why.
    number : int
        Of the reply that was heard last.
    """

    def __init__(self, zygote: Zygote, pid: int, connection: socket.socket, refused: str) -> None:
        self._zygote, self._pid, self._connection = zygote, pid, connection
        self._frames = Frames(connection)
        self.number = -1  # that of the last reply
        self._waiting = Waiting(zygote.limits.waiting)
        self._ending: Ending | None = None
        # It tells this before any code of a submission runs: it can be believed.
        hello, _ = self.reply(_ANSWER)
        self.level, self.notes = str(hello["level"]), tuple(map(str, hello["notes"]))
        if refused:
            self.notes = (f"no namespaces: {refused}", *self.notes)
        if zygote.ungrouped and sys.platform == "linux":
            self.notes = (*self.notes, f"no control group: {zygote.ungrouped}")
        if self.level == "none":
            raise SandboxError(
                "A process could not be confined.",
                expected="limits on memory and time at least",
                got="; ".join(self.notes) or "no way to set any",
                mend="grade on Linux or macOS",
            )

    def ask(
        self, request: Header, value: object, seconds: float, opaque: Callable[[str], object] = str
    ) -> tuple[Header, Any]:
        """Send a request and return the reply to it: `send`, then `reply`."""
        self.send(request, value, seconds)
        return self.reply(seconds, opaque)

    def send(self, request: Header, value: object, seconds: float) -> None:
        """Send a request, to which there may be several replies.

        Raises
        ------
        TooLarge
            If the value may not be sent; nothing is sent then.
        TimeoutError, Closed
            If it does not take it in time, or has ended.
        """
        frame = encode({"id": self.number + 1, **request}, value)
        if self._connection.gettimeout() != seconds:
            self._connection.settimeout(seconds)
        try:
            self._connection.sendall(frame)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed("the connection was reset") from error

    def reply(self, seconds: float, opaque: Callable[[str], object] = str) -> tuple[Header, Any]:
        """Return the next reply; `opaque` as for `frames.decode`.

        Seconds in which it wanted to run and no processor was free do not count, up to `Limits.waiting`.

        Raises
        ------
        TimeoutError, Closed, BadFrame
            If it does not answer in time, has ended, or says something that is no answer.
        """
        return self.read(*self.hear(seconds), opaque)

    def hear(self, seconds: float) -> tuple[bytes, bytes]:
        """Return the header and the body of the next reply, unread; as `reply` otherwise."""
        self.number += 1
        return self._frames.parts(seconds, self._unpaid)

    def read(self, header: bytes, body: bytes, opaque: Callable[[str], object] = str) -> tuple[Header, Any]:
        """Read the reply that was heard last; `BadFrame` if it is no answer."""
        told, value = decode(header, body, opaque)
        if told.get("id") != self.number:
            raise BadFrame("an answer to something else")
        return told, value

    def end(self) -> Ending:
        """Kill it, with all it started, and tell how it ended. Twice is the same as once."""
        if self._ending is None:
            gone = _is_closed(self._connection)
            self._connection.close()
            self._ending = self._zygote.end(self._pid, _GRACE if gone else 0.0)
        return self._ending

    def _unpaid(self) -> float:
        """Return the seconds it has waited for a processor, those that were granted already apart."""
        return self._waiting.granted(self._zygote.waited(self._pid))


class Zygote:
    """A warm process that forks children; a context manager.

    Parameters
    ----------
    limits : Limits
        For each child.
    needs : tuple of str
        Packages that answers may import although they are hidden elsewhere.
    namespaces : bool
        Whether to confine by namespaces where the kernel allows it.
    """

    def __init__(
        self, limits: Limits | None = None, needs: Sequence[str] = (), *, namespaces: bool = True
    ) -> None:
        self.limits, self.needs = limits or Limits(), tuple(needs)
        self._namespaces = namespaces and sys.platform == "linux"
        self._refused = ""  # why there are no namespaces
        self.ungrouped = ""  # why there is no control group
        self._others: dict[tuple[str, ...], Zygote] = {}
        self._released: tuple[str, ...] = ()
        self._own: Started | None = None

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process, which is started first where it is not there."""
        process = self._running().process
        assert process is not None
        return process.pid

    def fitting(self, needs: Sequence[str]) -> Zygote:
        """Return the zygote whose children may import what is needed: this one, or one that ends with it."""
        if tuple(needs) == self.needs:
            return self
        if tuple(needs) not in self._others:
            other = self._others[tuple(needs)] = Zygote(self.limits, needs, namespaces=self._namespaces)
            other._released = self._released
        return self._others[tuple(needs)]

    def read_in_advance(self, cells: Sequence[str]) -> None:
        """Let cells be parsed once, before a process is forked for each notebook that holds them.

        Parameters
        ----------
        cells : sequence of str
            Of the notebook as it was released: what every submission may see.
        """
        for zygote in (self, *self._others.values()):
            if zygote._released != tuple(cells):
                zygote._released = tuple(cells)
                if zygote._own is not None:
                    try:
                        zygote._hand_over(zygote._own.control)
                    except (OSError, ValueError):
                        zygote.close()  # it is gone; the next child starts it again

    def child(self) -> Child:
        """Fork a fresh child; starts the zygote first where it is not there (any more).

        Raises
        ------
        SandboxError
            If it cannot be had, or is less isolated than `Limits.isolation` asks for.
        """
        child = self._child()
        if LEVELS.index(child.level) > LEVELS.index(self.limits.isolation):
            child.end()
            raise SandboxError(
                "Answers cannot be isolated here as far as it is required.",
                expected=self.limits.isolation,
                got="; ".join([child.level, *child.notes]),
                mend="grade where the kernel allows user namespaces, or require less with --require",
            )
        return child

    def _child(self) -> Child:
        names = ("memory", "processor", "file", "folder")
        limits = {name: getattr(self.limits, name) for name in names}
        for last in (False, True):
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    pid = int(self._ask({"fork": limits}, theirs)["child"])
                return Child(self, pid, ours, self._refused)
            except (OSError, BadFrame, KeyError, ValueError) as error:
                ours.close()
                self.close()
                if last:
                    raise SandboxError(
                        "The process that runs submissions was lost twice in a row.",
                        expected="a process that answers",
                        got=str(error) or type(error).__name__,
                        mend="look for a lack of memory or of processes on this machine",
                    ) from error
            except SandboxError:
                ours.close()
                self.close()
                raise
        raise AssertionError  # the loop has returned or raised

    def waited(self, pid: int) -> float:
        """Return the seconds in which a child was ready to run and no processor was free; 0 if not known."""
        try:
            if self._namespaces:  # its number is that of another namespace; there is one child at a time
                (inside,) = _children(self.pid)
                (pid,) = _children(inside)
            return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
        except (OSError, ValueError, IndexError):
            return 0.0

    def end(self, pid: int, grace: float) -> Ending:
        """Kill a child by its number, after `grace` seconds in which it may end by itself."""
        try:
            told = self._ask({"end": pid, "grace": grace})
            return Ending(
                int(told["code"]), bool(told["by itself"]), int(told["memory"]), float(told["processor"])
            )
        except (OSError, KeyError, ValueError):  # the zygote is gone, and its children with it
            self.close()
            return Ending(-9, False, 0, 0.0, with_zygote=True)

    def close(self) -> None:
        """End the zygote; what it forked ends with it."""
        for other in self._others.values():
            other.close()
        if self._own is not None:
            self._own.end(_PATIENCE)
            self._own = None

    def _ask(self, request: Header, attached: socket.socket | None = None) -> Header:
        control = self._running().control
        line = as_line(request)
        if attached is None:
            control.sendall(line)
        else:
            socket.send_fds(control, [line], [attached.fileno()])
        return heard(control)

    def _hand_over(self, control: socket.socket) -> None:
        if self._released:
            control.sendall(as_line({"read": self._released}))
            heard(control)

    def _running(self) -> Started:
        """Return the process, which is started first where it is not there."""
        if self._own is None:
            self._own = self._started()
            if "refused" in self._own.told:  # the kernel, or who runs this machine, allows no namespaces
                self._namespaces, self._refused = False, str(self._own.told["refused"])
                self._own.end(_PATIENCE)
                self._own = self._started()
            self.ungrouped = self._own.ungrouped
            self._own.control.settimeout(_ANSWER)
            self._hand_over(self._own.control)
        return self._own

    def _started(self) -> Started:
        handed_on = {name: os.environ[name] for name in ("TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
        try:
            return Started(
                Path(__file__).with_name("zygote_main.py"),
                {"hidden": packages.hidden(self.needs), "course": packages.course_files(self.needs)},
                namespaces=self._namespaces,
                memory=self.limits.memory + self.limits.folder,
                processes=_TOGETHER,
                environment=ENVIRONMENT | handed_on,
                seconds=_START,
            )
        except NotStarted as error:
            raise SandboxError(
                "The process that runs submissions did not start.",
                expected="a process that answers",
                got=str(error),
                mend="check that this Python can import NumPy; grading needs Linux or macOS",
            ) from error


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed: nothing is left to read but the end."""
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
