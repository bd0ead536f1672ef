"""The walls of the sandbox, tried from inside: what an answer sees, and what it cannot do."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograder
from autograder.sandbox import Limits, SandboxError, Session, Zygote

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import ctypes, os, socket
import numpy as np
def tried(action):
    try: return repr(action())
    except BaseException as error: return type(error).__name__
def libc(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) < 0: raise OSError(ctypes.get_errno(), name)
def prctl(*arguments):
    return ctypes.CDLL(None).prctl(*arguments, *[ctypes.c_ulong(0)] * (5 - len(arguments)))
def capabilities():
    sets = (ctypes.c_uint32 * 6)()  # twice effective, permitted and inheritable
    libc("capget", (ctypes.c_uint32 * 2)(0x20080522, 0), sets)
    return list(sets)
"""


@pytest.fixture(scope="module")
def walled() -> Iterator[Zygote]:
    with Zygote(Limits(call=10.0)) as zygote:
        child = zygote.child()
        child.end()
        if child.level != "sandbox":
            pytest.skip(f"no namespaces here: {'; '.join(child.notes)}")
        yield zygote


def value_of(zygote: Zygote, expression: str, *inputs: Any) -> Any:
    """What an expression is in a child; its inputs are called ``given``."""
    with Session(zygote, [PRELUDE, f"def f(*given): return {expression}"], ["f"]) as session:
        outcome = session.question("f")(inputs)
    assert outcome.kind == "returned", outcome
    return outcome.value


# What is seen --------------------------------------------------------------------------------------


def test_the_course_is_not_there(walled: Zygote) -> None:
    names = ("solutions", "source", "notebooks", "tests", "autograder", "backprop_course", ".git")
    paths = [str(ROOT / name) for name in names] + [autograder.__path__[0]]
    there = value_of(walled, "[p for p in given[0] if os.path.isdir(p) and os.listdir(p)]", paths)
    assert there == []


def test_nothing_of_the_machine_is_there(walled: Zygote, tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("grades")
    hidden = [
        str(tmp_path / "gradebook.db"),
        "/etc/passwd",
        "/home",
        "/proc",
        "/sys",
        "/var",
        "/run",
        "/dev/shm",
    ]
    assert value_of(walled, "[os.path.exists(p) for p in given[0]]", hidden) == [False] * len(hidden)
    assert value_of(walled, "sorted(os.listdir('/dev'))") == ["full", "null", "random", "urandom", "zero"]


def test_an_answer_is_alone_and_has_no_rights(walled: Zygote) -> None:
    assert value_of(walled, "os.getpid(), os.getppid()") == (1, 0)
    assert value_of(walled, "os.getuid()") != 0
    assert value_of(walled, "tried(lambda: os.setuid(0))") == "PermissionError"
    assert value_of(walled, "prctl(39)") == 1  # PR_GET_NO_NEW_PRIVS: no program gives it any, whoever's it is


def test_an_answer_has_no_capability_and_keeps_none_it_could_pass_on(walled: Zygote) -> None:
    ambient = "[prctl(47, 1, n) for n in range(38)]"  # PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET
    assert value_of(walled, f"[*capabilities(), *{ambient}]") == [0] * 44


def test_packages_that_differentiate_are_not_there_even_for_who_looks_at_files(walled: Zygote) -> None:
    import numpy

    site = str(Path(numpy.__file__).parents[1])
    there = "[n for n in os.listdir(given[0]) if n in given[1] and os.listdir(os.path.join(given[0], n))]"
    assert value_of(walled, there, site, ["torch", "jax", "autograd", "backprop_course", "autograder"]) == []


def test_numpy_and_what_stands_on_it_work_inside(walled: Zygote) -> None:
    x = np.array([[2.0, 1.0], [1.0, 3.0]])
    assert np.allclose(value_of(walled, "np.linalg.solve(given[0], given[0])", x), np.eye(2))
    assert value_of(walled, "np.random.default_rng(0).normal(size=3).shape") == (3,)
    for module in ("scipy.special", "scipy.linalg", "matplotlib.pyplot", "sqlite3", "decimal"):
        loaded = "__import__(given[0]) and 1"
        assert value_of(walled, loaded, module) == 1


# What cannot be done -------------------------------------------------------------------------------

REFUSED = {
    "a file outside": "open('/usr/lib/x', 'w')",
    "a file in the root": "open('/x', 'w')",
    "a program": "os.execv('/bin/true', ['true'])",
    "a process": "os.fork()",
    "TCP": "socket.socket()",
    "UDP": "socket.socket(type=socket.SOCK_DGRAM)",
    "a Unix socket": "socket.socket(socket.AF_UNIX)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "a user namespace": "libc('unshare', 0x10000000)",
    "a mount": "libc('mount', b'tmpfs', b'/private', b'tmpfs', 0, None)",
    "an unmount": "libc('umount2', b'/private', 2)",
    "another root": "os.chroot('.')",
    "a device": "os.mknod('null', 0o20666, os.makedev(1, 3))",
    "shared memory": "libc('shmget', 0, 4096, 0o1777)",
    "a file in memory": "os.memfd_create('x')",
    "looking into a process": "libc('ptrace', 0, 0, 0, 0)",
    "another user": "os.setuid(0)",
    "more memory": "__import__('resource').setrlimit(9, (1 << 40, 1 << 40))",
    "rights of a covered folder": "os.chmod('/usr/lib', 0o777)",
}


@pytest.mark.parametrize("attempt", REFUSED)
def test_an_answer_cannot_have(walled: Zygote, attempt: str) -> None:
    came = value_of(walled, f"tried(lambda: {REFUSED[attempt]})")
    assert came in ("PermissionError", "OSError", "BlockingIOError", "FileNotFoundError", "ValueError")


def test_it_has_a_folder_of_its_own_with_a_limit(walled: Zygote) -> None:
    fill = """
def f():
    written = 0
    try:
        for n in range(100):
            with open(f"{n}", "wb") as file: written += file.write(bytes(8 << 20))
    except OSError: pass
    return written
"""
    with Session(walled, [fill], ["f"]) as session:
        written = session.question("f")(()).value
    assert 0 < written <= Limits().folder


def test_nothing_passes_from_one_child_to_the_next(walled: Zygote) -> None:
    leave = "[open('left', 'w').write('x'), os.listdir('.')][1]"
    assert value_of(walled, leave) == ["left"]
    assert value_of(walled, "os.listdir('.')") == []


# The zygote ----------------------------------------------------------------------------------------


def test_a_zygote_that_is_killed_takes_all_with_it_and_costs_nothing() -> None:
    with Zygote() as own:
        with Session(own, ["def f(x): return x"], ["f"]) as session:
            question = session.question("f")
            assert question((1.0,)).value == 1.0
            below = processes_below(own.pid)
            os.kill(own.pid, signal.SIGKILL)
            deadline = time.monotonic() + 60.0
            while any(map(is_alive, below)):
                assert time.monotonic() < deadline
                time.sleep(0.01)
            assert question((2.0,)).value == 2.0
            assert question.trouble is None
    assert below


def processes_below(pid: int) -> list[int]:
    children = [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
    ]
    return [*children, *(grand for child in children for grand in processes_below(child))]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_where_namespaces_are_refused_it_says_so_and_goes_on_with_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = Zygote._started

    def refusing(self: Zygote) -> Any:
        own = started(self)
        if self._namespaces:
            own.told = {"refused": "Operation not permitted"}
        return own

    monkeypatch.setattr(Zygote, "_started", refusing)
    with Zygote() as zygote, Session(zygote, ["def f(x): return x"], ["f"]) as session:
        assert session.question("f")((1.0,)).value == 1.0
        assert session.level in ("limits", "process")
        assert "no namespaces: Operation not permitted" in session.notes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.skipif(not (shutil.which("unshare") and shutil.which("setpriv")), reason="needs util-linux")
def test_a_user_without_rights_has_the_same_walls(walled: Zygote) -> None:
    """Run as another user, in a mount namespace in which that user can reach this Python."""
    program = (
        "from autograder.sandbox import Session, Zygote\n"
        "import json\n"
        "cell = 'import os\\ndef f(): return os.getpid(), os.path.exists(\"/etc/passwd\")'\n"
        "with Zygote() as z, Session(z, [cell], ['f']) as s:\n"
        "    print(json.dumps([s.question('f')(()).value, s.level, s.notes]))\n"
    )
    opened = " && ".join(map(opening, private_parents(sys.base_prefix)))
    python = [sys.executable, "-c", program]
    become = 'exec setpriv --reuid 61000 --regid 61000 --clear-groups "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"{opened or 'true'} && {become}", "sh", *python],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )
    if "Permission denied" in done.stderr:
        pytest.skip(f"another user cannot use this Python: {done.stderr.strip().splitlines()[-1]}")
    value, level, notes = json.loads(done.stdout)
    assert (value, level) == ([1, False], "sandbox")
    assert [note for note in notes if not note.startswith("no control group")] == []


def private_parents(path: str) -> list[Path]:
    """Folders above `path` that others may not enter."""
    return [p for p in reversed(Path(path).parents) if not p.stat().st_mode & 0o001]


def opening(folder: Path) -> str:
    """Shell commands that put an open folder in the place of a private one, with Python's part in it."""
    inner = Path(sys.base_prefix).relative_to(folder)
    kept = f"/tmp/python-{os.getpid()}"
    steps = (
        f"mkdir -p {kept}",
        f"mount --bind {folder / inner} {kept}",
        f"mount -t tmpfs -o mode=755 none {folder}",
        f"mkdir -p {folder / inner}",
        f"mount --bind {kept} {folder / inner}",
        f"umount {kept}",
        f"rmdir {kept}",
    )
    return " && ".join(steps)


def test_a_python_that_cannot_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Zygote() as broken, pytest.raises(SandboxError, match="did not start"):
        broken.child()
