"""Control groups: what a zygote and its children use together is limited, not only each by itself.

A second wall behind the limits of single processes, for what those do not count: pages of files in memory,
and many processes with a little each. Version 2 of control groups, and only where the controllers for memory
and processes are delegated to who grades, as in ``systemd-run --user --scope -p Delegate=yes COMMAND``.
See cgroups(7) and the kernel's ``admin-guide/cgroup-v2.rst``. Imports the standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

_NEEDED = ("memory", "pids")
_GRADER = (
    "autograder"  # the group that the grader itself goes to: one with groups below it holds no processes
)
_OWN = 1 << 29  # bytes that a zygote and what it has loaded may use
_PATIENCE = 1.0  # seconds until a group must be empty whose processes were killed

_numbers = itertools.count()


class NotDelegated(OSError):
    """There is no control group that could be divided here; the text says why."""


@dataclass(frozen=True)
class Group:
    """A group with limits.

    Parameters
    ----------
    path : Path
        Its folder, which is there.
    """

    path: Path

    def enter(self) -> None:
        """Move this process into it, and with it what it will fork."""
        _write(self.path / "cgroup.procs", "0")

    def remove(self) -> None:
        """Kill what is in it, and take it away."""
        with contextlib.suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")
        deadline = time.monotonic() + _PATIENCE
        while self.path.exists() and time.monotonic() < deadline:
            try:
                self.path.rmdir()
            except OSError:
                time.sleep(0.01)


def new_group(memory: int, processes: int, base: Path | None = None) -> Group:
    """Make a group below that of this process.

    Parameters
    ----------
    memory : int
        Bytes that its processes may use besides what they begin with.
    processes : int
        How many there may be, threads included.
    base : Path, optional
        The group to divide; that of this process by default.

    Raises
    ------
    NotDelegated
        If that is not allowed, or there is no such group.
    """
    base = own_group() if base is None else base
    try:
        _divide(base)
        path = base / f"autograder-{os.getpid()}-{next(_numbers)}"
        path.mkdir()
    except OSError as error:
        raise NotDelegated(str(error)) from error
    group = Group(path)
    limits = {"memory.max": memory + _OWN, "memory.swap.max": 0, "pids.max": processes}
    try:
        for name, most in limits.items():
            if name != "memory.swap.max" or (path / name).exists():  # a kernel without swap has no such file
                _write(path / name, str(most))
    except OSError as error:
        group.remove()
        raise NotDelegated(str(error)) from error
    return group


def own_group(proc: Path = Path("/proc/self")) -> Path:
    """Return the folder of the group that this process is in.

    Raises
    ------
    NotDelegated
        If there is none: no version 2, or it is mounted nowhere.
    """
    try:
        entries = [line.split(":", 2) for line in (proc / "cgroup").read_text().splitlines()]
        inside = next(path for number, names, path in entries if (number, names) == ("0", ""))
        for line in (proc / "mountinfo").read_text().splitlines():
            ours, _, theirs = line.partition(" - ")
            if theirs.split()[0] == "cgroup2":
                root, mounted = ours.split()[3:5]
                group = Path(mounted) / Path(inside).relative_to(root)
                return group.parent if group.name == _GRADER else group
    except (OSError, StopIteration, ValueError):
        pass
    raise NotDelegated("no control groups of version 2 are mounted")


def _divide(base: Path) -> None:
    """Let groups below `base` have limits; this process leaves it, where that is what stands against it."""
    there = (base / "cgroup.controllers").read_text().split()
    if missing := [name for name in _NEEDED if name not in there]:
        raise NotDelegated(f"the controllers for {' and '.join(missing)} are not given to {base}")
    control = base / "cgroup.subtree_control"
    if set(_NEEDED) <= set(control.read_text().split()):
        return
    order = " ".join(f"+{name}" for name in _NEEDED)
    try:
        _write(control, order)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        leaf = base / _GRADER
        leaf.mkdir(exist_ok=True)
        _write(leaf / "cgroup.procs", str(os.getpid()))
        try:
            _write(control, order)
        except OSError:
            _write(base / "cgroup.procs", str(os.getpid()))
            leaf.rmdir()
            raise


def _write(file: Path, text: str) -> None:
    with open(file, "r+") as opened:  # never make a file: all that a group has is there
        opened.write(text)
