"""kill -9 in the middle of a run: the next run gives the grades that an undisturbed run gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.grading.journal import NAME, Journal, read_results
from autograder.grading.result import Result
from tests.classroom import MEMBERS, RIGHT, answering, flat, released_notebook

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


@pytest.fixture(scope="module")
def submitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example class, and some whose answers take a moment, so that a kill finds them at work."""
    folder = tmp_path_factory.mktemp("submitted")
    notebook = released_notebook()
    files = {f"{m.name}.ipynb": m.make(notebook) for m in MEMBERS if m.state != "timeout"}
    for i in range(8):
        files[f"slow-{i}.ipynb"] = answering("import time", f"time.sleep(0.0{i + 1})", RIGHT)
    return flat(folder, files)


@pytest.fixture(scope="module")
def undisturbed(submitted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert start(submitted, out).wait(120) == 0
    return out


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the children of this test's runs have their folders."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o711)
        monkeypatch.setenv("TMPDIR", folder)
        yield Path(folder)


def start(submitted: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "autograder", "grade", str(submitted), "--unit", "NB06"]
    command += ["--out", str(out), "--seed", "7", "--jobs", "2"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def lines(out: Path) -> int:
    try:
        return (out / NAME).read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def wait_for(condition: object, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.002)


def below(pid: int) -> Iterator[int]:
    """Processes that descend from `pid`."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            yield child
            yield from below(child)


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def stored(out: Path) -> list[Result]:
    return sorted((replace(r, seconds=0.0) for r in read_results(out)), key=lambda r: r.student)


@pytest.mark.parametrize("moments", [(1, 9), (4, 5, 17)])
def test_kill_and_resume_gives_the_same_grades(
    submitted: Path, undisturbed: Path, tmp_path: Path, scratch: Path, moments: tuple[int, ...]
) -> None:
    out = tmp_path / "out"
    for moment in moments:
        run = start(submitted, out)
        wait_for(lambda: lines(out) >= moment or run.poll() is not None)  # used at once
        assert run.poll() is None, "it had finished before it was killed"
        started = list(below(run.pid))
        assert list(scratch.iterdir())
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        assert started
        wait_for(lambda: all(map(is_gone, started)) and not list(scratch.iterdir()))  # used at once
    with open(out / NAME, "ab") as journal:  # what a kill leaves that comes in the middle of a line
        journal.write(b'{"student": "slow-7", "fi')
    assert start(submitted, out).wait(120) == 0
    assert stored(out) == stored(undisturbed)
    assert (out / "grades.csv").read_bytes() == (undisturbed / "grades.csv").read_bytes()
    for page in (undisturbed / "feedback").iterdir():
        assert (out / "feedback" / page.name).read_bytes() == page.read_bytes()


def test_a_worker_that_is_killed_costs_nothing(submitted: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = start(submitted, out)
    wait_for(lambda: lines(out) >= 2)
    workers = [int(pid) for pid in Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()]
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    assert run.wait(120) == 0
    assert stored(out) == stored(undisturbed)


def test_a_second_grader_in_the_same_folder_is_refused(submitted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with Journal(out):
        assert start(submitted, out).wait(120) == 1
    assert not (out / "grades.csv").exists()


def test_ctrl_c_keeps_what_is_finished_and_ends_what_it_started(submitted: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = start(submitted, out)
    wait_for(lambda: lines(out) >= 2)
    started = list(below(run.pid))
    run.send_signal(signal.SIGINT)
    assert run.wait(120) == 1
    wait_for(lambda: all(map(is_gone, started)))
    table = (out / "grades.csv").read_text().splitlines()
    assert len(table) - 1 == lines(out) < len(list(submitted.iterdir()))
