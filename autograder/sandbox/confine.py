"""What confines a process that runs a submission on any Unix: few descriptors, limits, an unprivileged user.

`Plain` is the walls of a zygote that has no namespaces. It keeps a submission from taking the machine's
memory, processes and disk, from gaining rights, and, where the grader is root, from touching its files;
`namespaces.py` has what makes it blind to everything else.

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

if sys.platform == "linux":
    from . import linux

SOCKET = 3  # the one descriptor a child keeps besides /dev/null on 0, 1 and 2

_LOWEST_USER, _USERS = 61184, 4352  # of the range that no one's account is in (systemd's dynamic users)
_CAP_DAC_READ_SEARCH = 2
_COPIED = 16 << 20  # bytes that are copied to a child at most
_ENTRY = 1 << 13  # bytes that a file counts besides its own


def nobodys_user() -> int | None:
    """Return the user that children of this process become; None where only root could change users."""
    return _LOWEST_USER + os.getpid() % _USERS if os.geteuid() == 0 else None


@dataclass
class Plain:
    """The walls of a zygote that stays where it is.

    Parameters
    ----------
    home : Path
        Where each child gets a folder.
    user : int or None
        What children of a privileged zygote become.
    installation : iterable of Path
        What they must be able to read.
    """

    home: Path
    user: int | None
    installation: Iterable[Path]
    _folders: dict[int, Path] = field(default_factory=dict)
    _next: Path = Path()

    def __post_init__(self) -> None:
        self._sealed = self.user is not None and not _can_read(self.user, self.installation)

    def fork(self) -> int:
        """Fork a child, with an empty folder to live in."""
        self._next = Path(tempfile.mkdtemp(dir=self.home))
        if self.user is not None:
            with contextlib.suppress(OSError):  # a container that has no such user; the child will say so
                os.chown(self._next, self.user, self.user)
        child = os.fork()
        if child:
            self._folders[child] = self._next
        return child

    def confine(
        self, connection: int, limits: Mapping[str, float], *, kernel: bool = False
    ) -> tuple[str, list[str]]:
        """Confine the calling process, a child, for good.

        Parameters
        ----------
        connection : int
            The descriptor to keep; it becomes `SOCKET`.
        limits : mapping
            ``memory`` in bytes beyond what the process has now; ``processor`` in seconds; ``file`` in bytes.
            ``threads`` and ``descriptors`` where it may have more than an answer needs.
        kernel : bool
            Whether it serves a notebook over sockets; makes no difference here.

        Returns
        -------
        level : str
            ``"limits"`` when memory, processor time, processes and files are limited and no privilege is left
            or, on Linux, can be gained; ``"process"`` when the answers merely run in another process.
        notes : list of str
            What could not be done, and what is weaker than it might be.
        """
        missing: list[str] = []
        remarks: list[str] = []
        os.setsid()
        has = _address_space()
        keep_only(connection)
        call_home(self._next)
        os.chdir(self._next)
        limit_resources(limits, has, missing)
        if self.user is not None and self._become(missing) and self._sealed:
            remarks.append("answers could read any file: the Python installation is in a private folder")
        if os.geteuid() == 0 and not missing:
            missing.append("runs as root: no unprivileged user could be taken")
        if sys.platform == "linux":
            try:
                linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
            except OSError as error:
                missing.append(str(error))
        else:
            remarks.append(
                "programs that run with their owner's rights are not forbidden: only Linux can do that"
            )
        die_with_parent()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        return ("process" if missing else "limits"), missing + remarks

    def buried(self, child: int) -> None:
        """Clean up after a child."""
        shutil.rmtree(self._folders.pop(child), ignore_errors=True)

    def _become(self, missing: list[str]) -> bool:
        user = self.user
        assert user is not None
        try:
            os.setgroups([])
            os.setresgid(user, user, user)
            if self._sealed:
                linux.prctl(linux.PR_SET_KEEPCAPS, 1)
            os.setresuid(user, user, user)
            if self._sealed:
                linux.set_capabilities(1 << _CAP_DAC_READ_SEARCH)
        except (OSError, AttributeError) as error:  # macOS has no setresuid
            missing.append(f"user {user} could not be taken: {error}")
            return False
        return True


def keep_only(connection: int) -> None:
    """Close every descriptor but `connection`, which becomes `SOCKET`; 0, 1 and 2 lead nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.dup2(connection, SOCKET)
    os.closerange(SOCKET + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def kept(connection: int) -> int:
    """Return the number under which `connection` is open, whether `keep_only` has moved it or not."""
    try:
        os.fstat(connection)
    except OSError:
        return SOCKET
    return connection


def call_home(folder: Path) -> None:
    """Let programs take `folder` for their user's, and keep what they make there to themselves."""
    os.umask(0o077)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder), PWD=str(folder))


def copy_in(folder: Path, user: int | None) -> list[str]:
    """Copy the small files of `folder`, where it is there, into the working folder; say what was left out."""
    left_out, room = 0, _COPIED
    for where, below, names in os.walk(folder):
        to = Path.cwd() / Path(where).relative_to(folder)
        for path in (Path(where, name) for name in (*below, *names)):
            about = path.lstat()
            is_folder = stat.S_ISDIR(about.st_mode)
            room -= _ENTRY + (0 if is_folder else about.st_size)
            if room < 0 or not (is_folder or stat.S_ISREG(about.st_mode)):
                left_out += 1
                room += 0 if is_folder else about.st_size
                continue
            made = to / path.name
            made.mkdir() if is_folder else shutil.copyfile(path, made)
            if user is not None:
                os.chown(made, user, user)
        below[:] = [name for name in below if (to / name).exists()]
    return [f"{left_out} files beside the notebook are links or too large, and were left out"] * (
        left_out > 0
    )


def limit_resources(limits: Mapping[str, float], has: int, missing: list[str]) -> None:
    """Set the limits; `has` is the address space that is there already, in bytes."""
    kinds = {
        "RLIMIT_AS": int(limits["memory"]) + has,
        "RLIMIT_CPU": int(limits["processor"]),
        "RLIMIT_FSIZE": int(limits["file"]),
        "RLIMIT_NOFILE": int(limits.get("descriptors", 64)),
        "RLIMIT_NPROC": int(limits.get("threads", 0)),  # 0: nothing besides the one thread that is there
        "RLIMIT_CORE": 0,
    }
    for name, most in kinds.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError) as error:
            missing.append(f"{name} could not be set: {error}")


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends; forgotten when the user changes."""
    if sys.platform == "linux":
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of what this process's children leave behind, so that it can be found and killed."""
    if sys.platform == "linux":
        linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)


def _can_read(user: int, paths: Iterable[Path]) -> bool:
    """Whether `user` can read the paths; asked in a process of its own."""
    child = os.fork()
    if child == 0:
        readable = False
        with contextlib.suppress(OSError, AttributeError):
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            readable = all(os.access(path, os.R_OK) for path in paths)
        os._exit(0 if readable else 1)
    return os.waitpid(child, 0)[1] == 0


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30
