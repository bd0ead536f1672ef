"""The system calls of Linux that Python has no name for, through ctypes.

Every one raises `OSError` with the kernel's reason. Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import ctypes
import os
import platform

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECCOMP = 1, 8, 22
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

_AT_RECURSIVE = 0x8000
_CAPABILITY_VERSION_3 = 0x20080522
_MOUNT_SETATTR = 442  # the same on every processor
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}

_libc = ctypes.CDLL(None, use_errno=True)


class _MountAttributes(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "user_fd"))


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapabilitySets(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


_CAPABILITIES = _CapabilityHeader(_CAPABILITY_VERSION_3, 0), (_CapabilitySets * 2)()  # made before any fork


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object, what: str) -> int:
    """Make a system call by its number."""
    numbers = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *numbers), what)


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` name for new ones."""
    _checked(_libc.unshare(flags), "new namespaces")


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace of an open descriptor."""
    _checked(_libc.setns(descriptor, kind), "the namespace before")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount `source` at `target`."""
    texts = [os.fsencode(text) or None for text in (source, target, kind)]
    made = _libc.mount(*texts, ctypes.c_ulong(flags), os.fsencode(options) or None)
    _checked(made, f"mounting {source or kind} at {target}")


def bind(source: str, target: str) -> None:
    """Let what is at `source` be seen at `target` too, mounts below it included."""
    mount(source, target, flags=MS_BIND | MS_REC)


def set_read_only(target: str, *, deep: bool = True) -> None:
    """Let nothing in a mount (`deep`: and those below) be written, no device or set-uid file have effect."""
    attributes = _MountAttributes(MS_RDONLY | MS_NOSUID | MS_NODEV, 0, 0, 0)
    arguments = (-100, os.fsencode(target), _AT_RECURSIVE if deep else 0, ctypes.byref(attributes))
    syscall(_MOUNT_SETATTR, *arguments, ctypes.sizeof(attributes), what=f"making {target or '.'} read-only")


def unmount(target: str) -> None:
    """Take a mount away, with all below it."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"unmounting {target}")


def pivot_root(new: str) -> None:
    """Make the mount at `new` the root; the old one is gone for every process of the mount namespace."""
    number = _PIVOT_ROOT.get(platform.machine())
    if number is None:
        raise OSError(f"the number of pivot_root on {platform.machine()} is not known")
    os.chdir(new)
    syscall(number, b".", b".", what="changing the root")
    unmount(".")
    os.chdir("/")


def prctl(option: int, value: int, third: object = 0) -> None:
    """Set a property of this process."""
    _checked(_libc.prctl(option, ctypes.c_ulong(value), third, 0, 0), f"prctl {option}")


def set_capabilities(kept: int = 0) -> None:
    """Give up every capability but those in the bits of `kept`."""
    header, sets = _CAPABILITIES
    if kept != sets[0].permitted:
        sets[0].effective = sets[0].permitted = kept
    _checked(_libc.capset(ctypes.byref(header), sets), "giving up capabilities")
