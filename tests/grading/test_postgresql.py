"""nbgrader's gradebook in PostgreSQL: Debian's server, started here, with nothing but a folder of its own."""

from __future__ import annotations

import csv
import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.grading.classroom import build
from autograder.grading.gradebook import GradebookError, students_in
from autograder.grading.run import grade_class
from autograder.release import REPOSITORY

pytestmark = pytest.mark.slow

_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_ADMIN = "grader"


class Server:
    """A server on loopback, as a user that is not root: PostgreSQL refuses to run as root."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.data = _PROGRAMS[-1].parent, folder / "data"
        self.user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        if os.geteuid() == 0:
            shutil.chown(folder, self.user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "-D", str(self.data), "-U", _ADMIN, "--auth=trust", "--no-sync")
        options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", str(self.data), "-o", options, "-l", str(folder / "log"), "-w", "start")

    def url(self, database: str, password: str = "") -> str:
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", _ADMIN, database)
        return f"postgresql+psycopg://{_ADMIN}{password}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        user = self.user if os.geteuid() == 0 else None
        done = subprocess.run(
            command, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if not _PROGRAMS:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="its driver is not installed: pip install 'psycopg[binary]'")
    with tempfile.TemporaryDirectory(prefix="gradebook") as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.stop()


def test_a_class_has_the_same_gradebook_there_and_manual_scores_stay(server: Server, tmp_path: Path) -> None:
    from nbgrader.api import Gradebook

    url = server.url("course")
    submitted = build(tmp_path / "submitted")
    grade_class(submitted, "NB06", tmp_path / "out", seed=3, db_url=url)
    with (tmp_path / "out" / "grades.csv").open() as file:
        scores = {row["student"]: row["score"] for row in csv.DictReader(file)}
    assert set(students_in(url)) <= set(scores)

    with Gradebook(url) as gradebook:
        stored = {s.student.id: s for s in gradebook.assignment_submissions("NB06")}
        assert len(stored) > 10
        for student, submission in stored.items():
            assert float(scores[student] or 0) == pytest.approx(submission.score)
        grade = gradebook.find_grade("NB06-E06-check", "NB06", "NB06", "wrong-sign")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()

    grade_class(submitted, "NB06", tmp_path / "again", seed=3, db_url=url)
    with Gradebook(url) as gradebook:
        assert gradebook.find_grade("NB06-E06-check", "NB06", "NB06", "wrong-sign").score == 1.5


def test_nbgraders_own_commands_begin_with_an_empty_database(server: Server, tmp_path: Path) -> None:
    """PostgreSQL holds nbgrader to its foreign keys, SQLite does not: an assignment needs its course."""
    from nbgrader.api import Gradebook

    shutil.copytree(REPOSITORY / "solutions" / "NB00", tmp_path / "solutions" / "NB00")
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    url = server.url("empty")
    with (tmp_path / "nbgrader_config.py").open("a") as file:
        file.write(f'get_config().CourseDirectory.db_url = "{url}"\n')
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "NB00"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Gradebook(url) as gradebook:
        assert gradebook.find_grade_cell("NB00-E01-check", "NB00", "NB00").max_score == 0


def test_a_server_that_is_gone_is_said_without_the_password(server: Server) -> None:
    url = server.url("closed", password=":secret").replace(str(server.port), "1")
    with pytest.raises(GradebookError, match=r"(?s)could not be opened.*postgresql.*to mend:") as caught:
        students_in(url)
    assert "secret" not in str(caught.value)
