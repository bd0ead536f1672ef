"""The hostile class on the real path: each earns what its answer deserves, and changes nothing else."""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from autograder.exercises import of_unit
from autograder.grading.grade import grade_notebook
from autograder.grading.journal import NAME, read_results
from autograder.grading.local import LocalBackend
from autograder.grading.result import Row
from autograder.grading.run import Grading, grade_class
from autograder.sandbox import Limits, Zygote
from tests.classroom import RIGHT, answering, came, flat
from tests.classroom.hostile import EXHAUSTING, LYING, Attack, prying
from tests.grading.leftovers import FILES, in_shared_memory, left_in_shared_memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

MAKES_A_SEGMENT = "import ctypes; print(ctypes.CDLL(None).shmget(0, 4096, 0o1600))"
NAMES = [attack.name for attack in [*EXHAUSTING, *prying("", 0), *LYING]]


@dataclass
class Siege:
    """The class after it was graded."""

    grading: Grading
    attacks: dict[str, Attack]
    files: dict[str, bytes]
    before: dict[str, object]
    after: dict[str, object] = field(default_factory=dict)
    heard: list[bytes] = field(default_factory=list)


@pytest.fixture(scope="module")
def siege(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siege]:
    """Every attack, with a right submission before each, graded by two workers."""
    folder = tmp_path_factory.mktemp("siege")
    witness = folder / "witness"
    witness.write_text("untouched")
    with Listener() as listener, pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_THE_GRADER", "3.0")
        patch.setattr(tempfile, "tempdir", str(folder))
        attacks = [*EXHAUSTING, *prying(str(witness), listener.port), *LYING]
        files: dict[str, bytes] = {}
        for position, attack in enumerate(attacks):
            files[f"right-{position:02d}.ipynb"] = answering(RIGHT) + b" " * position
            files[f"{attack.name}.ipynb"] = attack.data
        flat(folder / "in", files)
        known = in_shared_memory()
        before = seen(folder, known)
        with Zygote() as zygote:
            child = zygote.child()
            child.end()
            if child.level != "sandbox":
                pytest.skip(f"no namespaces here: {'; '.join(child.notes)}")
        limits = Limits(memory=256 << 20)
        grading = grade_class(
            folder / "in", "NB06", folder / "grades", backend=LocalBackend(2), limits=limits
        )
        yield Siege(grading, {a.name: a for a in attacks}, files, before, seen(folder, known), listener.heard)


class Listener:
    """Listens where attacks try to send something: TCP, UDP and an abstract socket."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._udp = socket.socket(type=socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self.port = self._udp.getsockname()[1]
        self._tcp = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
        self._abstract = socket.socket(socket.AF_UNIX)
        self._abstract.bind(f"\0hostile-class-{self.port}")
        self._abstract.listen()

    def __enter__(self) -> Listener:
        for sock in (self._tcp, self._udp, self._abstract):
            threading.Thread(target=self._listen, args=(sock,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._tcp, self._udp, self._abstract):
            sock.close()

    def _listen(self, sock: socket.socket) -> None:
        sock.settimeout(None)
        try:
            if sock is self._udp:
                self.heard.append(sock.recv(100))
            else:
                sock.accept()[0].close()
                self.heard.append(b"a connection")
        except OSError:
            return


def seen(folder: Path, known: set[tuple[str, int]]) -> dict[str, object]:
    """What an attack could change outside its sandbox."""
    return {
        "witness": (folder / "witness").read_text(),
        "submissions": {path.name: path.read_bytes() for path in (folder / "in").iterdir()},
        "temporary": sorted(p.name for p in folder.iterdir() if p.name.startswith(("autograder-", "tmp"))),
        "shared memory": left_in_shared_memory(known),
    }


def test_a_file_that_nobody_has_is_a_trace() -> None:
    known = in_shared_memory()
    path = FILES / f"nobody-{os.getpid()}"
    path.write_text("was here")
    try:
        assert path.name in left_in_shared_memory(known, patience=0.0)
    finally:
        path.unlink()


def test_a_segment_whose_maker_has_ended_is_a_trace() -> None:
    known = in_shared_memory()
    made = subprocess.run([sys.executable, "-c", MAKES_A_SEGMENT], capture_output=True, text=True, check=True)
    number = int(made.stdout)
    try:
        assert [name for name in left_in_shared_memory(known, patience=0.0) if name.endswith(f" {number}")]
    finally:
        assert ctypes.CDLL(None).shmctl(number, 0, None) == 0  # IPC_RMID


def test_a_semaphore_of_a_living_process_is_no_trace() -> None:
    known = in_shared_memory()
    semaphore = multiprocessing.get_context("spawn").Semaphore()
    assert [name for name, _ in in_shared_memory() - known if name.startswith("sem.mp-")]
    assert left_in_shared_memory(known) == []
    del semaphore


# What each came to ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_an_attack_earns_what_its_answer_deserves(siege: Siege, name: str) -> None:
    row = siege.grading.rows[name]
    assert came(row) in siege.attacks[name].deserves, (row.reason, row.flags, row.troubles)


def test_there_are_enough_attacks_and_no_two_of_a_name() -> None:
    assert len(NAMES) >= 60
    assert len(set(NAMES)) == len(NAMES)


def test_an_attack_costs_the_others_nothing(siege: Siege) -> None:
    others = {
        name: row for name, row in siege.grading.rows.items() if name[:6] == "right-" and name[6].isdigit()
    }
    assert len(others) == len(NAMES)
    assert {(*came(row), row.state, row.flags) for row in others.values()} == {("graded", 3.0, "graded", ())}


def test_an_attack_leaves_no_trace(siege: Siege) -> None:
    assert siege.after == siege.before
    assert siege.before["submissions"] == siege.files


def test_nobody_hears_of_it(siege: Siege) -> None:
    assert siege.heard == []


def test_no_process_of_it_lives_on(siege: Siege) -> None:
    """Nothing runs as one of the users that submissions are given, or in a folder of theirs."""
    deadline = time.monotonic() + 60.0
    while left := [pid for pid in processes() if runs_a_submission(pid)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def runs_a_submission(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    except OSError:
        return False
    return b"zygote_main.py" in command and parent == "1"


def test_every_submission_has_one_line_and_the_isolation_it_ran_under(siege: Siege) -> None:
    lines = list(read_results(siege.grading.folder))
    assert sorted(line.student for line in lines) == sorted(siege.grading.rows)
    assert len({line.key for line in lines}) == len(lines)
    assert {line.isolation for line in lines if line.state != "unreadable"} == {"sandbox"}
    assert (siege.grading.folder / NAME).read_bytes().count(b"\n") == len(lines)


# Without namespaces ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain() -> Iterator[Zygote]:
    with Zygote(Limits(memory=256 << 20), namespaces=False) as zygote:
        yield zygote


@pytest.mark.parametrize("attack", LYING, ids=lambda attack: attack.name)
def test_a_lie_earns_no_more_without_namespaces(plain: Zygote, attack: Attack) -> None:
    result = grade_notebook(attack.data, of_unit("NB06"), 5, plain)
    assert came(Row.of(result, "")) in attack.deserves


# Files that harm who reads them ----------------------------------------------------------------------


def test_files_made_to_harm_the_reader_are_unreadable_and_cost_the_others_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(answering(RIGHT))
    printed = with_outputs(answering(RIGHT), 100)
    flat(tmp_path / "in", {"right.ipynb": answering(RIGHT), "right-and-printed-100-MB.ipynb": printed})
    with open(tmp_path / "in" / "half-a-gigabyte.ipynb", "wb") as sparse:
        sparse.truncate(500 << 20)
    (tmp_path / "in" / "link.ipynb").symlink_to(secret)
    (tmp_path / "in" / "endless.ipynb").symlink_to("/dev/zero")
    (tmp_path / "in" / "itself.ipynb").symlink_to("itself.ipynb")
    os.mkfifo(tmp_path / "in" / "pipe.ipynb")
    grading = grade_class(tmp_path / "in", "NB06", tmp_path / "out", backend=LocalBackend(1))
    assert grading.rows["right"].score == grading.rows["right-and-printed-100-MB"].score == 3.0
    for name in ("half-a-gigabyte", "link", "endless", "itself", "pipe"):
        assert (grading.rows[name].state, grading.rows[name].score) == ("unreadable", None)
        assert grading.rows[name].reason


def with_outputs(notebook: bytes, megabytes: int) -> bytes:
    """Return a notebook whose cells have printed that much."""
    cells = json.loads(notebook)
    line = "x" * 99 + "\n"
    printed = {"output_type": "stream", "name": "stdout", "text": [line] * (megabytes * 10_000)}
    cells["cells"][-1]["outputs"] = [printed]
    return json.dumps(cells).encode()


# What people see -------------------------------------------------------------------------------------


def test_nothing_of_a_submission_runs_on_a_page(siege: Siege) -> None:
    pages = list(siege.grading.folder.rglob("*.html"))
    assert len(pages) == len(siege.grading.rows) + 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<img" not in text
        assert "default-src 'none'" in text


def test_a_name_that_is_a_formula_is_text_in_the_table(siege: Siege) -> None:
    table = (siege.grading.folder / "grades.csv").read_text(encoding="utf-8")
    assert "\n'=cmd," in table
    assert "\n=cmd" not in table
