"""Grading on a cluster: a real scheduler and two workers on loopback, one of which is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="distributed is not installed: pip install '.[cluster]'")

from autograder.grading import cluster
from autograder.grading.backend import Task
from autograder.grading.cluster import DaskBackend, OtherVersion
from autograder.grading.journal import read_results
from autograder.grading.local import LocalBackend
from autograder.grading.run import grade_class
from backprop_course.errors import UsageError
from tests.classroom import MEMBERS, RIGHT, answering, flat, released_notebook

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="kills by /proc")]

# Dask's own sockets may still be closing when a test ends.
ignored = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """The address of a scheduler, and its two workers."""
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
        about += ["--no-nanny", "--local-directory", str(tmp_path)]
        workers = [start(program.format("worker"), *about) for _ in range(2)]
        yield address_in(file), workers
    finally:
        for process in (*workers, scheduler):
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


def test_a_scheduler_that_is_not_there_is_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.5)
    with pytest.raises(UsageError, match="cannot be reached"):
        next(DaskBackend("tcp://127.0.0.1:9").results([]))


def test_a_worker_of_another_version_is_refused() -> None:
    task = Task("a", "a.ipynb", "k", b"", "NB06", 1)
    with pytest.raises(OtherVersion, match="another version"):
        cluster._graded([task], "other")
