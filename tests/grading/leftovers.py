"""What ended processes have left in the machine's shared memory.

All processes of a machine share it, and others come and go while a test runs, with semaphores and segments of
their own. Theirs is what a living process has open, mapped or made, if it is no submission's. What an attack
leaves has nobody, and stays until somebody removes it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Set
from contextlib import suppress
from pathlib import Path

FILES = Path("/dev/shm")
SEGMENT = "segment "


def in_shared_memory() -> set[tuple[str, int]]:
    """Every file by its name and inode, and every segment of System V by its key and creator."""
    segments = [line.split() for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]]
    files = {(entry.name, entry.inode()) for entry in os.scandir(FILES)}
    return files | {(f"{SEGMENT}{key} {number}", int(creator)) for key, number, _, _, creator, *_ in segments}


def left_in_shared_memory(known: Set[tuple[str, int]], patience: float = 20.0) -> list[str]:
    """What is not `known` and, at each look for `patience` seconds, nobody's."""
    deadline = time.monotonic() + patience
    left = in_shared_memory() - known
    while left := left & in_shared_memory() - _of_others():
        if time.monotonic() > deadline:
            break
        time.sleep(0.1)
    return sorted(name for name, _ in left)


def _of_others() -> set[tuple[str, int]]:
    living = {int(name) for name in os.listdir("/proc") if name.isdigit()}
    living = {pid for pid in living if not _runs_a_submission(pid)}
    held = {inode for pid in living for inode in _inodes(pid)}
    return {
        (name, number)
        for name, number in in_shared_memory()
        if number in (living if name.startswith(SEGMENT) else held)
    }


def _runs_a_submission(pid: int) -> bool:
    try:
        return b"zygote_main.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _inodes(pid: int) -> Iterator[int]:
    """The files in shared memory that a process has mapped or open; none once it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines():
            if f" {FILES}/" in line:
                yield int(line.split()[4])
    with suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if os.readlink(link).startswith(f"{FILES}/"):
                    yield link.stat().st_ino
