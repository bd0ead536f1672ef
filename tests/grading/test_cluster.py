"""Grading on a cluster: a real scheduler and two workers on loopback, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="distributed is not installed: pip install '.[cluster]'")

from autograder.grading import cluster
from autograder.grading.backend import Task
from autograder.grading.cluster import DaskBackend, OtherVersion
from autograder.grading.journal import read_results
from autograder.grading.local import LocalBackend
from autograder.grading.result import Result
from autograder.grading.run import grade_class
from autograder.sandbox import Zygote
from backprop_course.errors import UsageError
from tests.classroom import MEMBERS, RIGHT, answering, flat, released_notebook

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="kills by /proc")]

# Dask's own sockets may still be closing when a test ends.
ignored = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@dataclass(frozen=True)
class LosesItsWorker(Task):
    """A task that takes the process with it that grades it."""

    def done(self, zygote: Zygote) -> Result:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("a killed process goes on")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
    with running_cluster(tmp_path, "--no-nanny") as running:
        yield running


@pytest.fixture
def impatient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a scheduler that gives a task up when it has cost one worker; workers start again."""
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with running_cluster(tmp_path, "--nanny") as (scheduler, _):
        yield scheduler


@contextmanager
def running_cluster(tmp_path: Path, nanny: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers; a `nanny` starts a worker again that is lost."""
    file = tmp_path / "scheduler.json"
    program = (
        "import sys; sys.argv = ['dask', *sys.argv[1:]]\n"
        "from distributed.cli.dask_{0} import main\nmain(args=sys.argv[1:])"
    )
    options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    scheduler = start(program.format("scheduler"), *options)
    workers = []
    try:
        wait_for(file.exists)
        about = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--nthreads", "1", "--no-dashboard"]
        about += [nanny, "--local-directory", str(tmp_path)]
        workers = [start(program.format("worker"), *about) for _ in range(2)]
        yield address_in(file), workers
    finally:
        for process in (*workers, scheduler):
            process.terminate()  # a nanny ends its worker, which would live on if it were killed
        for process in (*workers, scheduler):
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def address_in(file: Path) -> str:
    found: str = json.loads(file.read_text())["address"]
    return found


def wait_for(condition: object, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.05)


def classroom(folder: Path) -> Path:
    notebook = released_notebook()
    files = {f"{m.name}.ipynb": m.make(notebook) for m in MEMBERS if m.state in ("graded", "unreadable")}
    files |= {f"more-{i}.ipynb": answering(f"# {i}", RIGHT) for i in range(24)}
    return flat(folder, files)


@ignored
def test_a_cluster_gives_the_same_grades_though_a_worker_is_killed(
    tmp_path: Path, address: tuple[str, list[subprocess.Popen[bytes]]]
) -> None:
    scheduler, workers = address
    submitted = classroom(tmp_path / "in")
    told: list[str] = []

    def kill_one(row: object) -> None:
        told.append("row")
        if len(told) == 12:
            os.kill(workers[0].pid, signal.SIGKILL)

    here = grade_class(submitted, "NB06", tmp_path / "here", seed=7, backend=LocalBackend(1))
    there = grade_class(
        submitted, "NB06", tmp_path / "there", seed=7, backend=DaskBackend(scheduler), told=kill_one
    )
    assert there.complete
    assert workers[0].wait(60) == -signal.SIGKILL
    stored = [
        sorted((replace(r, seconds=0.0) for r in read_results(tmp_path / name)), key=lambda r: r.student)
        for name in ("here", "there")
    ]
    assert stored[0] == stored[1]
    assert here.isolation == there.isolation


@ignored
def test_a_submission_that_costs_its_workers_is_told_and_the_others_are_graded(impatient: str) -> None:
    notebook = answering("", RIGHT)
    tasks = [Task(f"s{i}", f"s{i}.ipynb", "k", notebook, "NB06", 1) for i in range(5)]
    tasks[2] = LosesItsWorker("s2", "s2.ipynb", "k", notebook, "NB06", 1)
    found = {result.student: result for result in DaskBackend(impatient).results(tasks)}
    assert {name: result.state for name, result in found.items()} == {
        **dict.fromkeys(("s0", "s1", "s3", "s4"), "graded"),
        "s2": "crashed",
    }
    assert "lost with it" in found["s2"].reason


@ignored
def test_workers_are_asked_for_their_version(
    address: tuple[str, list[subprocess.Popen[bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_version", lambda unit: "that of this machine")  # a worker has its own
    task = Task("a", "a.ipynb", "k", answering("", RIGHT), "NB06", 1)
    with pytest.raises(OtherVersion, match="another version") as refused:
        list(DaskBackend(address[0]).results([task]))
    assert "that of this machine" in str(refused.value)


def test_a_scheduler_that_is_not_there_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    with pytest.raises(UsageError, match="cannot be reached"):
        next(DaskBackend("tcp://127.0.0.1:9").results([]))


def test_a_worker_of_another_version_is_refused() -> None:
    task = Task("a", "a.ipynb", "k", b"", "NB06", 1)
    with pytest.raises(OtherVersion, match="another version"):
        cluster._graded([task], "other")
