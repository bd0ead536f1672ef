"""kill -9 in the middle of a run: the next run gives the grades that an undisturbed run gives."""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
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
    return subprocess.Popen(command(submitted, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def command(submitted: Path, out: Path) -> list[str]:
    grade = [sys.executable, "-m", "autograder", "grade", str(submitted), "--unit", "NB06"]
    return [*grade, "--out", str(out), "--seed", "7", "--jobs", "2"]


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
    with contextlib.suppress(OSError):  # it ends while it is looked at
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


@pytest.fixture(scope="module")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Sixty submissions, and what an undisturbed run makes of them."""
    folder = tmp_path_factory.mktemp("sixty")
    notebook = released_notebook()
    members = [m for m in MEMBERS if m.state in ("graded", "unreadable")]
    files = {f"{m.name}.ipynb": m.make(notebook) for m in members}
    for i in range(60 - len(files)):
        wrong = "return -dY @ W.T, X.T @ dY, dY.sum(axis=0)"
        body = ("import time", f"time.sleep(0.01 * {i % 5})", RIGHT if i % 3 else wrong)
        files[f"slow-{i}.ipynb"] = answering(*body)
    flat(folder / "in", files)
    assert start(folder / "in", folder / "out").wait(300) == 0
    return folder / "in", folder / "out"


def grades_alone(out: Path) -> list[Result]:
    """Results without what tells that a process had died on the way."""
    return [replace(r, flags=tuple(f for f in r.flags if "asked again" not in f)) for r in stored(out)]


def part_of(pid: int, grader: int) -> str:
    """Return what a process is in the run of a grader; empty if it has ended."""
    try:
        if is_gone(pid):
            return ""
        if pid == grader:
            return "grader"
        if b"zygote_main" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return "worker"
        # Only who runs answers may start no process at all.
        return "child" if NO_PROCESS.search(Path(f"/proc/{pid}/limits").read_text()) else "zygote"
    except OSError:
        return ""


NO_PROCESS = re.compile(r"^Max processes +0 +0 ", re.MULTILINE)


@pytest.mark.parametrize("seed", [1])
def test_thirty_kills_of_any_process_change_no_grade(
    sixty: tuple[Path, Path], tmp_path: Path, seed: int
) -> None:
    submitted, undisturbed = sixty
    out, rng = tmp_path / "out", random.Random(seed)
    wanted = ["grader"] * 3 + ["worker"] * 7 + ["zygote"] * 13 + ["child"] * 7
    rng.shuffle(wanted)
    run = start(submitted, out)
    while wanted:
        done = lines(out)
        # Two lines further at least, so that no one question is ended again and again.
        wait_for(lambda: lines(out) >= min(done + 2, 60) or run.poll() is not None)  # used at once
        time.sleep(rng.uniform(0.0, 0.1))
        targets: list[int] = []
        while not targets and run.poll() is None:  # a child is there only while an answer is asked
            time.sleep(0.002)
            every = [run.pid, *below(run.pid)]
            targets = [pid for pid in every if part_of(pid, run.pid) == wanted[-1]]
        if not targets:
            (out / NAME).unlink()  # it has finished: from the beginning again
            run = start(submitted, out)
            continue
        target = rng.choice(targets)
        with contextlib.suppress(ProcessLookupError):
            os.kill(target, signal.SIGKILL)
            wanted.pop()
        if target == run.pid:
            run.wait()
            run = start(submitted, out)
    assert run.wait(300) in (0, 1)  # 1: a worker found no sandbox twice in a row, and the run said so
    assert start(submitted, out).wait(300) == 0
    assert grades_alone(out) == grades_alone(undisturbed)
    keys = [result.key for result in read_results(out)]
    assert len(keys) == len(set(keys)) == 60


def test_two_graders_started_at_once_do_not_meet(sixty: tuple[Path, Path], tmp_path: Path) -> None:
    submitted, undisturbed = sixty
    out = tmp_path / "out"
    runs = [start(submitted, out) for _ in range(2)]
    assert sorted(run.wait(300) for run in runs) == [0, 1]
    assert stored(out) == stored(undisturbed)


def test_a_disk_that_fills_up_stops_the_run_and_costs_no_grade(
    sixty: tuple[Path, Path], tmp_path: Path
) -> None:
    submitted, undisturbed = sixty
    out = tmp_path / "out"

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))

    full = subprocess.run(command(submitted, out), capture_output=True, text=True, preexec_fn=little_room)
    assert full.returncode == 1
    assert "to mend:  make room" in full.stderr
    assert "Traceback" not in full.stderr
    assert 0 < lines(out) < 60
    assert start(submitted, out).wait(300) == 0
    assert stored(out) == stored(undisturbed)


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
