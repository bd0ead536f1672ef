"""Where walls cannot be had: what the kernel refuses is told, and what can be had still holds."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from autograder.sandbox import Limits, SandboxError, Session, Zygote, linux, seccomp
from autograder.sandbox.frames import Closed
from autograder.sandbox.starting import Started
from autograder.sandbox.zygote import Child

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

# In a user namespace of its own a process may forbid itself and its children any more of them.
_REFUSING = """\
#!/bin/sh
exec unshare --user --map-root-user sh -c '
    echo 0 > /proc/sys/user/max_user_namespaces && exec "$0" "$@"' {python} "$@"
"""

_BROKEN = """\
#!/bin/sh
exec {python} -c '
import os, runpy, sys
def fail(*numbers): raise OSError(5, os.strerror(5))
os.dup2 = fail
sys.argv = sys.argv[4:]
runpy.run_path(sys.argv[0], run_name="__main__")
' "$@"
"""


@pytest.fixture(scope="module")
def without_namespaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """One whose kernel refuses namespaces, and users other than the grader's own."""
    python = tmp_path_factory.mktemp("refusing") / "python"
    python.write_text(_REFUSING.format(python=sys.executable))
    python.chmod(0o755)
    tried = subprocess.run([python, "-c", "print('here')"], capture_output=True, text=True)
    if tried.stdout != "here\n":
        pytest.skip(f"no kernel that refuses can be had: {tried.stderr.strip()}")
    with Zygote() as zygote:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "executable", str(python))
            zygote.child().end()
        yield zygote


def test_what_the_kernel_refuses_is_told_and_answers_are_called_all_the_same(
    without_namespaces: Zygote,
) -> None:
    with Session(without_namespaces, ["def f(x): return 2 * x"], ["f"]) as session:
        assert session.question("f")((1.5,)).value == 3.0
        refused = next(note for note in session.notes if note.startswith("no namespaces: "))
        assert os.strerror(28) in refused  # ENOSPC: more than max_user_namespaces
        assert session.level == "process"
        assert any("could not be taken" in note for note in session.notes)


def test_limits_hold_also_where_no_user_could_be_taken(without_namespaces: Zygote) -> None:
    cell = """
import resource
def f():
    return [resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE)]
def g(): return len(bytes(1 << 40))
"""
    with Session(without_namespaces, [cell], ["f", "g"]) as session:
        assert session.question("f")(()).value == [without_namespaces.limits.file, 0]
        assert session.question("g")(()).error_type == "MemoryError"


@pytest.mark.skipif(os.geteuid() != 0, reason="the kernel refuses processes to other users")
def test_a_process_that_an_answer_leaves_behind_ends_with_it(without_namespaces: Zygote) -> None:
    """Only where limits do not hold can there be one: root may always fork."""
    cell = """
import os, time
def f():
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(theirs, str(os.getpid()).encode())
            time.sleep(600)
        os._exit(0)
    return int(os.read(ours, 100))
"""
    with Session(without_namespaces, [cell], ["f"]) as session:
        left = session.question("f")(()).value
        assert is_there(left)
    assert not is_there(left)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_less_than_is_required_is_refused_with_the_reasons(without_namespaces: Zygote) -> None:
    lax = without_namespaces.limits
    without_namespaces.limits = Limits(isolation="sandbox")
    try:
        with pytest.raises(SandboxError, match="no namespaces: ") as refused:
            without_namespaces.child()
    finally:
        without_namespaces.limits = lax
    assert "expected: sandbox" in str(refused.value)


# What is not known of a processor ------------------------------------------------------------------


def test_on_a_processor_that_is_not_known_nothing_is_guessed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "vax")
    seccomp.instructions.cache_clear()
    with pytest.raises(OSError, match="the system calls of vax are not known"):
        seccomp.filter_system_calls()
    with pytest.raises(OSError, match="pivot_root on vax is not known"):
        linux.pivot_root("/proc")


# A zygote that is lost -----------------------------------------------------------------------------


def test_a_zygote_that_is_lost_again_and_again_is_no_submissions_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = Zygote._started

    def lost(self: Zygote) -> Started:
        own = start(self)
        assert own.process is not None
        own.process.kill()
        own.process.wait()
        return own

    monkeypatch.setattr(Zygote, "_started", lost)
    with Zygote() as own, pytest.raises(SandboxError, match="lost twice in a row"):
        own.child()


def test_a_zygote_that_is_gone_is_started_again_before_it_reads_in_advance() -> None:
    with Zygote(namespaces=False) as own:  # else it is a process inside that hears, and ends a moment later
        gone = own.pid
        os.kill(gone, signal.SIGKILL)
        os.waitid(os.P_PID, gone, os.WEXITED | os.WNOWAIT)
        own.read_in_advance(["def f(x): return x"])
        with Session(own, ["def f(x): return x"], ["f"]) as session:
            assert session.question("f")((3.0,)).value == 3.0
        assert own.pid != gone


def test_a_zygote_ends_with_a_grader_that_is_killed_in_the_middle_of_a_line() -> None:
    with Zygote(namespaces=False) as own:
        started = own._running()
        started.control.sendall(b'{"fork": {"memo')
        started.control.close()
        assert started.process is not None
        assert started.process.wait(60) == 0


# A child that is asked for what it cannot do -------------------------------------------------------


def test_a_child_that_takes_nothing_is_not_waited_for() -> None:
    with Zygote(namespaces=False) as own:
        child = own.child()
        os.kill(child._pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            child.send({"do": "call"}, np.zeros(1 << 21), 0.2)
        child.end()


def test_a_child_that_is_gone_takes_nothing() -> None:
    with Zygote(namespaces=False) as own:
        child = own.child()
        os.kill(child._pid, signal.SIGKILL)
        with pytest.raises(Closed, match="connection was reset"):
            send_much(child)
        assert child.end().code == -signal.SIGKILL


def send_much(child: Child) -> None:
    for _ in range(100):  # the first may be taken before it is gone
        child.send({"do": "call"}, np.zeros(1 << 16), 60.0)


def test_the_end_of_a_child_is_told_as_often_as_it_is_asked_for() -> None:
    with Zygote() as own:
        child = own.child()
        assert child.end() is child.end()
        assert own.waited(2**30) == 0.0


def broken_python(folder: Path) -> Path:
    """One in which a step of confining fails."""
    python = folder / "python"
    python.write_text(_BROKEN.format(python=sys.executable))
    python.chmod(0o755)
    return python


def test_a_child_that_cannot_be_confined_runs_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(broken_python(tmp_path)))
    with Zygote() as own, pytest.raises(SandboxError, match="A process could not be confined") as refused:
        own.child()
    assert "got:      [Errno 5] Input/output error" in str(refused.value)
