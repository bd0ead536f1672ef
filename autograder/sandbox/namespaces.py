"""Namespaces: a zygote that has left the machine behind, and children that see nothing but themselves.

Once, the zygote enters a user, mount, pid, net, ipc, uts and cgroup namespace of its own and makes the tree
of `tree.py` its root. Each child then gets a pid, mount and ipc namespace for itself, an empty folder in
memory, an unprivileged user without any capability, limits, and what filters the kernel has. Nothing of a
child is left when its namespaces end with it: no process, no file, no shared memory. The network is that of
the zygote, which has no device but a loopback that is down; sockets end with the process that has them.

Loaded in the zygote; imports the standard library only. See namespaces(7), user_namespaces(7).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from . import linux, tree
from .confine import call_home, copy_in, die_with_parent, keep_only, limit_resources
from .landlock import restrict_files
from .seccomp import filter_system_calls, instructions

_OF_THE_ZYGOTE = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWCGROUP
)
_OF_A_CHILD = linux.CLONE_NEWNS | linux.CLONE_NEWIPC  # a network of its own would cost 0.6 ms


@dataclass
class Namespaces:
    """The walls of a zygote that is inside; made by `enter`.

    Parameters
    ----------
    user : int or None
        The user that children become; None where there is only one, the grader's own.
    pids : int
        Descriptor of the zygote's own pid namespace.
    memory : int
        Descriptor of the file that tells the zygote's own memory.
    """

    user: int | None
    pids: int
    memory: int

    def fork(self) -> int:
        """Fork a child that is the first process of a pid namespace."""
        linux.unshare(linux.CLONE_NEWPID)
        child = os.fork()
        if child:
            linux.setns(self.pids, linux.CLONE_NEWPID)
        return child

    def confine(
        self, connection: int, limits: Mapping[str, float], *, kernel: bool = False
    ) -> tuple[str, list[str]]:
        """Confine the calling process, a child, for good; `OSError` if that fails.

        A `kernel` keeps Unix sockets, for which there is a folder, and threads.
        """
        has = int(os.pread(self.memory, 100, 0).split()[0]) * os.sysconf("SC_PAGE_SIZE")
        keep_only(connection)
        linux.unshare(_OF_A_CHILD)
        owner = "" if self.user is None else f",uid={self.user},gid={self.user}"
        linux.mount(
            "tmpfs",
            tree.PRIVATE,
            "tmpfs",
            linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC,
            f"mode=700,size={int(limits['folder'])},nr_inodes=4096{owner}",
        )
        os.chdir(tree.PRIVATE)
        remarks = copy_in(Path(tree.BESIDE), self.user) if kernel else []
        missing: list[str] = []
        limit_resources(limits, has, missing)
        if missing:
            raise OSError("; ".join(missing))
        if self.user is not None:
            os.setgroups([])
            os.setresgid(self.user, self.user, self.user)
            os.setresuid(self.user, self.user, self.user)
        linux.set_capabilities()
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
        walls: tuple[tuple[str, Callable[[], None]], ...] = (
            ("Landlock", partial(restrict_files, tree.SOCKETS if kernel else "")),
            ("seccomp", partial(filter_system_calls, kernel=kernel)),
        )
        for name, wall in walls:
            try:
                wall()
            except OSError as error:
                remarks.append(f"without {name}: {error}")
        return "sandbox", remarks

    def buried(self, child: int) -> None:
        """Clean up after a child: nothing is left of it."""


def enter(
    user: int | None,
    hidden: Sequence[str],
    course: Mapping[str, str],
    kernel: tree.ForKernel | None = None,
) -> Namespaces:
    """Go inside; returns in another process than the one that called, which stays to wait for it.

    Parameters
    ----------
    user : int or None
        What children of a privileged zygote become.
    hidden, course, kernel
        As for `tree.build`.

    Raises
    ------
    OSError
        In the caller or in the new process, if the kernel refuses a step.
    """
    _unshare_with_users()
    child = os.fork()
    if child:
        _wait_for(child)
    die_with_parent()
    pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    memory = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    linux.mount("", "/", flags=linux.MS_REC | linux.MS_PRIVATE)
    _forbid_more_namespaces()
    tree.build(hidden, course, kernel)
    call_home(Path(tree.PRIVATE))  # of each child, for it would cost 0.5 ms there
    with contextlib.suppress(OSError):  # each child says so
        instructions(kernel=kernel is not None)
    return Namespaces(user, pids, memory)


def _wait_for(child: int) -> NoReturn:
    """Be the process that the grader started and can kill; the one inside ends with it."""
    os.closerange(0, 64)  # the control socket among them: its end must be that of the process inside
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)


def _unshare_with_users() -> None:
    """Enter new namespaces, with the same users inside as outside as far as that is allowed."""
    own = os.getpid()
    users, groups = _maps("uid_map", os.geteuid()), _maps("gid_map", os.getegid())
    waiting, ready = os.pipe()
    helper = os.fork()  # whoever writes the maps must be outside
    if helper == 0:
        code = 1
        try:
            os.close(ready)
            if os.read(waiting, 1):
                if os.geteuid() != 0:
                    Path(f"/proc/{own}/setgroups").write_text("deny")
                Path(f"/proc/{own}/uid_map").write_text(users)
                Path(f"/proc/{own}/gid_map").write_text(groups)
                code = 0
        finally:
            os._exit(code)
    os.close(waiting)
    try:
        linux.unshare(_OF_THE_ZYGOTE)
        os.write(ready, b"x")
    finally:
        os.close(ready)
        mapped = os.waitpid(helper, 0)[1] == 0
    if not mapped:
        raise OSError("the kernel did not let users be mapped into a namespace")


def _maps(name: str, own: int) -> str:
    if os.geteuid() != 0:
        return f"{own} {own} 1\n"
    extents = [line.split() for line in Path(f"/proc/self/{name}").read_text().splitlines()]
    return "".join(f"{inside} {inside} {count}\n" for inside, _, count in extents)


def _forbid_more_namespaces() -> None:
    try:
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
    except OSError:
        return  # /proc/sys is read-only in many containers; the filter of system calls refuses them too
