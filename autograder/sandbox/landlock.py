"""Landlock: files may be read, and written only in the private folder; no ports, signals, abstract sockets.

A second wall behind the mount namespace, held by another part of the kernel. Source of the numbers:
``linux/landlock.h``. Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import ctypes
import os

from .linux import syscall
from .tree import PRIVATE

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every processor
_ASK_VERSION, _PATH_BENEATH = 1, 1

_READ = 1 << 2 | 1 << 3  # files, folders
_WRITE_FILE = 1 << 1
_DEVICES = 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11  # making character devices, sockets, pipes, block devices
_SOCKETS = 1 << 5 | 1 << 9  # removing files, making sockets
_FILE_BITS = {1: 13, 2: 14, 3: 15, 4: 15}  # how many rights each version knows; later ones: 16


class _Ruleset(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("files", "ports", "scoped"))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def restrict_files(sockets: str = "") -> None:
    """Let this process read what it sees, write in its private folder, and reach nothing else, for good.

    Parameters
    ----------
    sockets : str, optional
        A folder in which it may have sockets.

    Raises
    ------
    OSError
        If the kernel has no Landlock, or has it switched off.
    """
    version = syscall(_CREATE, None, 0, _ASK_VERSION, what="Landlock")
    every = (1 << _FILE_BITS.get(version, 16)) - 1
    # A size of 8, 16 or 24 bytes: what an older kernel does not know must not be there.
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _Ruleset(every, 0b11, 0b11)
    ruleset = syscall(_CREATE, ctypes.byref(rules), size, 0, what="a Landlock ruleset")
    try:
        _allow(ruleset, "/", _READ)
        _allow(ruleset, PRIVATE, every & ~_DEVICES)
        if sockets:
            _allow(ruleset, sockets, _READ | _SOCKETS)
        _allow(ruleset, os.devnull, _READ & ~(1 << 3) | _WRITE_FILE)
        syscall(_RESTRICT, ruleset, 0, what="Landlock")
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _Beneath(rights, opened)
        syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0, what=f"a Landlock rule for {path}")
    finally:
        os.close(opened)
