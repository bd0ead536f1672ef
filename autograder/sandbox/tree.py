"""The tree of files that a submission sees: Python, its packages, the C library, nothing of the grader's.

Each folder is bound read-only at its own path into an empty tree; what must not be seen inside one of them
(the autograder in ``site-packages``, packages that differentiate) is covered by an empty folder.

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .linux import MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, bind, mount, pivot_root, set_read_only
from .packages import inside

COURSE_FOLDER = "/course"  # where that of the course is which an exercise needs
SOCKETS = "/sockets"  # where a notebook's kernel has the sockets over which it is served
BESIDE = "/beside"  # where it sees the folder that its notebook is in
PRIVATE = "/private"  # where a child's own empty folder is mounted; Python itself may lie below /tmp

_SYSTEM = ("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32")
_SYSTEM_TOO = ("/usr/local/lib", "/usr/local/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
_STORES = ("/nix/store", "/gnu/store")  # where some systems keep every library in a folder of its own
_DEVICES = ("null", "zero", "full", "random", "urandom")
_BUILT_AT = "/proc"  # a folder that is on every machine, and that nothing of the tree comes from


@dataclass(frozen=True)
class ForKernel:
    """What else the kernel of a notebook sees.

    Parameters
    ----------
    user : int or None
        Who it will be.
    beside : str
        A folder of which it gets a copy; empty for none.
    """

    user: int | None
    beside: str


def build(hidden: Sequence[str], course: Mapping[str, str], kernel: ForKernel | None = None) -> None:
    """Make the tree, and make it this mount namespace's root.

    Parameters
    ----------
    hidden : sequence of str
        Names of packages that are not to be seen.
    course : dict of str to str
        What of the course is to be seen: paths by module name, as `packages.course_files` has them.
    kernel : ForKernel, optional

    Raises
    ------
    OSError
        If the kernel refuses a step.
    """
    mount("tmpfs", _BUILT_AT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755,size=4m")
    for path in dict.fromkeys(_without_nested(_folders())):
        _show(path, path)
    for path in _packages(hidden):
        _cover(path)
    for name, path in inside(course, COURSE_FOLDER).items():
        _show(course[name], path)
    _add_devices()
    os.makedirs(_inside(PRIVATE))
    if kernel is not None:
        _add_sockets(kernel.user)
        if kernel.beside:
            _show(kernel.beside, BESIDE)
    if not os.path.exists(_inside("/tmp")):
        os.symlink(PRIVATE, _inside("/tmp"))
    set_read_only(_BUILT_AT, deep=False)
    pivot_root(_BUILT_AT)


def installation() -> list[Path]:
    """Return what must be readable for Python and NumPy to work."""
    folders = [Path(p) for p in (sys.prefix, sys.base_prefix, sys.executable, *_libraries())]
    return [folder for folder in folders if folder.exists()]


def _folders() -> Iterator[str]:
    yield from (path for path in (*_SYSTEM, *_SYSTEM_TOO) if os.path.lexists(path))
    for path in _libraries():
        if os.path.lexists(path):
            yield path
    for store in _STORES:
        if sys.base_prefix.startswith(store):
            yield store
    for path in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep):
        if os.path.isabs(path) and os.path.isdir(path):
            yield path.rstrip("/")


def _libraries() -> list[str]:
    """Return the folders that Python's own modules and the installed packages are in."""
    prefixes = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    folders = [f"{prefix}/{name}" for prefix in prefixes for name in ("lib", "lib64", "lib32")]
    folders += [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    # Of the search path only what belongs to this Python: a source tree on it is the course itself.
    folders += [p for p in sys.path if any(p.startswith(f"{prefix}/") for prefix in prefixes)]
    return list(dict.fromkeys(folders))


def _without_nested(paths: Iterable[str]) -> list[str]:
    """Leave out what lies in another of the folders; a link counts as itself."""
    every = sorted(set(paths))
    seen_through = [path for path in every if not os.path.islink(path)]
    return [path for path in every if not any(path.startswith(f"{other}/") for other in seen_through)]


def _packages(names: Sequence[str]) -> Iterator[str]:
    """Yield the installed packages and modules of these names."""
    for folder in dict.fromkeys(_libraries()):
        for name in names:
            for path in (f"{folder}/{name}", f"{folder}/{name}.py"):
                if os.path.exists(path) and os.path.exists(_inside(path)):
                    yield path


def _inside(path: str) -> str:
    return f"{_BUILT_AT}{path}"


def _show(source: str, path: str) -> None:
    target = _inside(path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(source):
        os.symlink(os.readlink(source), target)
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        _touch(target)
    bind(source, target)
    set_read_only(target)


def _cover(path: str) -> None:
    target = _inside(path)
    if os.path.isdir(target):
        mount("tmpfs", target, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755,size=4k")
    else:
        bind(os.devnull, target)


def _add_devices() -> None:
    os.makedirs(_inside("/dev"), exist_ok=True)
    for name in _DEVICES:
        _touch(_inside(f"/dev/{name}"))
        bind(f"/dev/{name}", _inside(f"/dev/{name}"))


def _add_sockets(user: int | None) -> None:
    """Make a small folder in memory; the grader reaches it by ``/proc/PID/root``."""
    os.makedirs(_inside(SOCKETS))
    owner = "" if user is None else f",uid={user},gid={user}"
    flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
    mount("tmpfs", _inside(SOCKETS), "tmpfs", flags, f"mode=700,size=16k,nr_inodes=32{owner}")


def _touch(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o444))
