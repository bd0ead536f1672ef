"""A teaching assistant: a unit given out, forty graded through a kill, one again, read and handed on."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from autograder.release import REPOSITORY
from tests.browser.conftest import PATIENCE, running_lab
from tests.browser.test_formgrader import NO_MATHJAX, enter, press
from tests.classroom import MEMBERS, RIGHT, answering, released_notebook
from tests.classroom.hostile import LYING
from tests.grading.test_kill import below, is_gone, lines, wait_for
from tests.journeys.conftest import Stage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.notebook,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

AUTOGRADER = (sys.executable, "-m", "autograder")
NBGRADER = (sys.executable, "-m", "nbgrader")
GRADE = (*AUTOGRADER, "grade", "submitted", "--unit", "NB06", "--db", "sqlite:///gradebook.db")
ATTACKS = ("equals-everything", "patched-numpy", "forged-reply", "nested-json")
WRONG = "return -dY @ W.T, X.T @ dY, dY.sum(axis=0)"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A clone's part for one unit."""
    root = tmp_path / "course"
    shutil.copytree(REPOSITORY / "solutions" / "NB06", root / "solutions" / "NB06")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    return root


def forty() -> dict[str, bytes]:
    """Right, wrong, empty, broken, looping and hostile submissions, by student."""
    notebook = released_notebook()
    files = {member.name: member.make(notebook) for member in MEMBERS}
    files |= {attack.name: attack.data for attack in LYING if attack.name in ATTACKS}
    names = (f"student-{n:02d}" for n in count(1))
    for n, name in enumerate(islice(names, 40 - len(files))):  # slow enough for a kill to come upon them
        files[name] = answering("import time", "time.sleep(0.02)", RIGHT if n % 3 else WRONG)
    return files


def test_a_class_is_graded_through_a_kill_and_one_again_and_exported_with_a_persons_points(
    course: Path, tmp_path: Path, new_page: Callable[..., Any], stage: Stage
) -> None:
    run(course, *AUTOGRADER, "release", "NB06", "--root", ".")
    released = course / "notebooks" / "NB06" / "NB06.ipynb"
    assert released.read_bytes() == (REPOSITORY / "notebooks" / "NB06" / "NB06.ipynb").read_bytes()
    run(course, *NBGRADER, "generate_assignment", "NB06")  # tells the gradebook of the unit
    for student, data in forty().items():
        hand_in(course, student, data)

    out = course / "grades" / "NB06"
    kill_in_the_middle(course, out)
    resumed = run(course, *GRADE)
    stage("resumed", resumed)
    assert "40 of 40 students" in resumed
    assert "by an earlier run" in resumed
    first = table(out)

    hand_in(course, "not-yet-written", answering(RIGHT))
    again = run(course, *GRADE)
    stage("one-again", again)
    assert "39 of them by an earlier run" in again
    second = table(out)
    assert (first.pop("not-yet-written")["NB06.E06"], second.pop("not-yet-written")["NB06.E06"]) == ("0", "3")
    assert second == first

    page = new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(2000 * PATIENCE)
    page.set_content((out / "report.html").read_text(encoding="utf-8"))
    stage("report", page)
    page.get_by_role("heading", name="Mistakes, the most frequent first").scroll_into_view_if_needed()
    stage("report-mistakes", page)

    with running_lab(course) as server:
        page.route(
            "**/mathjax/**", lambda route: route.fulfill(body=NO_MATHJAX, content_type="text/javascript")
        )
        page.goto(f"{server.url}/formgrader/manage_submissions/NB06")
        row = page.get_by_role("row").filter(has_text="wrong-sign")
        row.locator(".status", has_text="needs autograding").wait_for()  # it goes by the folder autograded/
        stage("formgrader", page)
        press(page, "autograde", "Successfully autograded 'NB06' for student 'wrong-sign'", of="wrong-sign")
        page.goto(f"{server.url}/formgrader/manage_students/wrong-sign/NB06")
        page.locator("td a", has_text="NB06").click()
        page.wait_for_function(
            "window.formgrader?.loaded && formgrader.grades.loaded && formgrader.comments.loaded"
        )
        enter(page, "#NB06-E06-check", "2.5")
        stage("formgrader-manual-score", page.locator(".code_cell", has=page.locator("#NB06-E06-check")))
        page.complaints = [text for text in page.complaints if "/mathjax/" not in text]
        page.goto("about:blank")
    exported = run(
        course, *AUTOGRADER, "export", "grades/NB06", "--format", "canvas", "--db", "sqlite:///gradebook.db"
    )
    with open(course / exported.strip(), encoding="utf-8", newline="") as file:
        given = {line[3]: line[5] for line in csv.reader(file)}
    stage("exported", (course / exported.strip()).read_text(encoding="utf-8"))
    assert given["wrong-sign"] == "2.5"  # what the person entered
    assert given["bias-not-summed"] == "2"
    assert given["cut-off"] == ""


def run(root: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def hand_in(root: Path, student: str, data: bytes) -> None:
    path = root / "submitted" / student / "NB06" / "NB06.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def kill_in_the_middle(root: Path, out: Path) -> None:
    grading = subprocess.Popen(
        [*GRADE, "--jobs", "2"], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(lambda: lines(out) >= 12 or grading.poll() is not None, 10 * PATIENCE)
    assert grading.poll() is None, "it had finished before it was killed"
    started = list(below(grading.pid))
    os.kill(grading.pid, signal.SIGKILL)
    grading.wait()
    wait_for(lambda: all(map(is_gone, started)))
    assert not (out / "grades.csv").exists()


def table(out: Path) -> dict[str, dict[str, str]]:
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}
