"""The system calls that an answer has no use for, refused by a filter in the kernel.

A list of what is refused, not of what is allowed: NumPy and SciPy go on working on a C library that uses
calls nobody thought of. The walls do not rest on it: namespaces, the user and the limits hold without.
Numbers from the kernel's headers (``asm/unistd_64.h`` and ``asm-generic/unistd.h``).

Loaded in the zygote; imports the standard library only.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from functools import lru_cache

from .linux import PR_SET_SECCOMP, prctl

# name: (x86_64, aarch64); None where the processor has no such call
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # the network, and memory or messages that outlive their process
    "socket": (41, 198),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    # other programs and other processes
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    # namespaces, mounts, users
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "quotactl": (179, 60),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    # the kernel itself: large surfaces that no computation needs
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "acct": (163, 89),
    "syslog": (103, 116),
    "iopl": (172, None),
    "ioperm": (173, None),
    "personality": (135, 92),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "lookup_dcookie": (212, 18),
    "vhangup": (153, 58),
}
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
_CLONE, _CLONE3 = (56, 220), (435, 435)
_FORKS: dict[str, tuple[int | None, int | None]] = {"fork": (57, None), "vfork": (58, None)}
_CLONE_THREAD, _AF_UNIX = 0x10000, 1
_NEW_NAMESPACES = 0x7E020000  # user, pid, net, ipc, uts, cgroup, mount
_MODE_FILTER = 2
_X32 = 0x40000000  # the other numbering that an x86_64 kernel may have

_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_system_calls(*, kernel: bool = False) -> None:
    """Refuse the calls of the list, for good, in this process.

    Parameters
    ----------
    kernel : bool
        Whether it serves a notebook: it may have Unix sockets, but no other process than itself.

    Raises
    ------
    OSError
        If the kernel has no filters, or the processor's numbers are not known here.
    """
    code = instructions(kernel=kernel)
    program = _Program(len(code) // 8, code)
    prctl(PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program))


@lru_cache(maxsize=2)
def instructions(*, kernel: bool = False) -> bytes:
    """Return the filter; a process that is forked once it was asked for need not write it anew.

    Raises
    ------
    OSError
        If the processor's numbers are not known here.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(f"the system calls of {machine} are not known")
    return b"".join(_instructions(*_ARCHITECTURES[machine], kernel))


def _instructions(column: int, architecture: int, kernel: bool) -> list[bytes]:
    """Return the filter: a word loaded, compared, and what to do, again and again."""
    code = [
        _word(_LOAD, _ARCHITECTURE),
        _word(_JUMP_EQUAL, architecture, 1, 0),
        _word(_RETURN, _KILL),
        _word(_LOAD, _NUMBER),
    ]
    if column == 0:
        code += [_word(_JUMP_SET, _X32, 0, 1), _refuse(errno.ENOSYS)]
    for name, numbers in (_REFUSED | (_FORKS if kernel else {})).items():
        number = numbers[column]
        if number is not None and kernel and name == "socket":
            code += [
                _word(_JUMP_EQUAL, number, 0, 4),
                _word(_LOAD, _FIRST_ARGUMENT),
                _word(_JUMP_EQUAL, _AF_UNIX, 1, 0),
                _refuse(errno.EPERM),
                _word(_RETURN, _ALLOW),
            ]
        elif number is not None:
            code += [_word(_JUMP_EQUAL, number, 0, 1), _refuse(errno.EPERM)]
    code += [_word(_JUMP_EQUAL, _CLONE3[column], 0, 1), _refuse(errno.ENOSYS)]  # its flags cannot be seen
    only_threads = [_word(_JUMP_SET, _CLONE_THREAD, 1, 0), _refuse(errno.EPERM)] if kernel else []
    code += [
        _word(_JUMP_EQUAL, _CLONE[column], 0, 3 + len(only_threads)),
        _word(_LOAD, _FIRST_ARGUMENT),
        _word(_JUMP_SET, _NEW_NAMESPACES, 0, 1),
        _refuse(errno.EPERM),
        *only_threads,
        _word(_RETURN, _ALLOW),
    ]
    return code


def _word(operation: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", operation, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _word(_RETURN, _REFUSE | number)
