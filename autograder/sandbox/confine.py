"""How far a process that runs a submission is confined: everything it cannot do is decided here.

`confine` runs in the forked child before any code of a submission. Further walls (namespaces, a
read-only tree, seccomp, Landlock) have their place in it and raise the level it returns.

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

SOCKET = 3  # the one descriptor a child keeps besides /dev/null on 0, 1 and 2

_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 8, 36, 38
_CAP_DAC_READ_SEARCH = 2
_CAPABILITY_VERSION_3 = 0x20080522


def confine(
    connection: int, folder: Path, limits: Mapping[str, float], user: int | None, sealed: bool
) -> tuple[str, list[str]]:
    """Confine the calling process, which was just forked, for good.

    Parameters
    ----------
    connection : int
        The descriptor to keep; it becomes `SOCKET`.
    folder : Path
        The empty folder to live in.
    limits : mapping
        ``memory`` in bytes beyond what the process has now; ``processor`` in seconds; ``file`` in bytes.
    user : int or None
        The unprivileged user and group to become, where the process is privileged.
    sealed : bool
        Whether that user cannot read the Python installation, and has to keep the one capability to.

    Returns
    -------
    level : str
        ``"limits"`` when memory, processor time, processes and files are limited and no privilege is left or
        can be gained; ``"process"`` when the answers merely run in another process.
    notes : list of str
        What could not be done, and what is weaker than it might be.
    """
    missing: list[str] = []
    remarks: list[str] = []
    os.setsid()
    _keep_only(connection)
    _quiet_environment(folder)
    _limit_resources(limits, missing)
    if user is not None and _become(user, sealed, missing) and sealed:
        remarks.append("may read any file: the Python installation lies in a private folder")
    if os.geteuid() == 0 and not missing:
        missing.append("runs as root: no unprivileged user could be taken")
    if sys.platform != "linux" or _prctl(_PR_SET_NO_NEW_PRIVS, 1) != 0:
        missing.append("no_new_privs could not be set")
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    return ("process" if missing else "limits"), missing + remarks


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends; forgotten when the user changes."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of what this process's children leave behind, so that it can be found and killed."""
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def can_read(user: int, paths: Iterable[Path]) -> bool:
    """Whether `user` can read the paths; asked in a process of its own."""
    child = os.fork()
    if child == 0:
        readable = False
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            readable = all(os.access(path, os.R_OK) for path in paths)
        os._exit(0 if readable else 1)
    return os.waitpid(child, 0)[1] == 0


def _keep_only(connection: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.dup2(connection, SOCKET)
    os.closerange(SOCKET + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _quiet_environment(folder: Path) -> None:
    os.umask(0o077)
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder), PWD=str(folder))


def _limit_resources(limits: Mapping[str, float], missing: list[str]) -> None:
    kinds = {
        "RLIMIT_AS": int(limits["memory"]) + _address_space(),
        "RLIMIT_CPU": int(limits["processor"]),
        "RLIMIT_FSIZE": int(limits["file"]),
        "RLIMIT_NOFILE": 64,
        "RLIMIT_NPROC": 0,  # no process and no thread besides the one that is there
        "RLIMIT_CORE": 0,
    }
    for name, most in kinds.items():
        try:
            resource.setrlimit(getattr(resource, name), (most, most))
        except (AttributeError, ValueError, OSError) as error:
            missing.append(f"{name} could not be set: {error}")


def _address_space() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 1 << 30


def _become(user: int, sealed: bool, missing: list[str]) -> bool:
    try:
        os.setgroups([])
        os.setresgid(user, user, user)
        if sealed:
            _prctl(_PR_SET_KEEPCAPS, 1)
        os.setresuid(user, user, user)
    except OSError as error:
        missing.append(f"user {user} could not be taken: {error}")
        return False
    if sealed:
        _keep_only_reading()
    return True


def _keep_only_reading() -> None:
    """Give up every capability but that of reading any file."""

    class CapabilityHeader(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    class CapabilitySets(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))

    sets = (CapabilitySets * 2)()
    sets[0].effective = sets[0].permitted = 1 << _CAP_DAC_READ_SEARCH
    header = CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    if ctypes.CDLL(None, use_errno=True).capset(ctypes.byref(header), sets) != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be given up")


def _prctl(option: int, value: int) -> int:
    result: int = ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
    return result
