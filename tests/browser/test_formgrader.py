"""nbgrader's formgrader in Chromium: its button gives our points, and what a person enters there stays."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.exercises import of_unit
from autograder.release import REPOSITORY
from tests.classroom import answering, as_bytes

from .conftest import PATIENCE, Lab, running_lab

pytestmark = [pytest.mark.browser, pytest.mark.notebook]

MAXIMUM = sum(exercise.points for exercise in of_unit("NB06"))
AUTOMATIC = 2.0  # of three gradients two are right
# formgrader takes MathJax from outside and waits for it; here it gets something that says it is ready.
NO_MATHJAX = "MathJax = {Hub: {Config() {}, Startup: {signal: {Interest: (then) => then('End')}}}}"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder with NB06 assigned and one submission to it, not yet graded."""
    root = tmp_path_factory.mktemp("formgrader") / "course"
    shutil.copytree(REPOSITORY / "solutions" / "NB06", root / "solutions" / "NB06")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    submitted = root / "submitted" / "ada" / "NB06"
    submitted.mkdir(parents=True)
    (submitted / "NB06.ipynb").write_bytes(submission())
    run(root, Path(sysconfig.get_path("scripts")) / "nbgrader", "generate_assignment", "NB06")
    return root


def submission() -> bytes:
    """Return a notebook with two of the three gradients of NB06.E06 right, a reflection, and scripts."""
    notebook = json.loads(answering("return dY @ W.T, X.T @ dY, dY"))
    (reflection,) = (
        c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == "NB06-R1"
    )
    reflection["source"] = "What is summed over the batch has a row for each example in its Jacobian."
    script = (
        "<img src='data:image/png;base64,AAAA' onerror='window.harmed = 1'><script>window.harmed = 1</script>"
    )
    for kind in ("markdown", "raw"):
        notebook["cells"].append({"cell_type": kind, "id": kind, "metadata": {}, "source": script})
    return as_bytes(notebook)


@pytest.fixture(scope="module")
def server(course: Path) -> Iterator[Lab]:
    with running_lab(course) as lab:
        yield lab


def run(root: Path, *command: str | Path) -> None:
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_autograde_button_gives_our_points_and_what_a_person_enters_stays(
    course: Path, server: Lab, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    page = new_page(viewport={"width": 1200, "height": 900})
    page.set_default_timeout(1000 * PATIENCE / 2)
    page.route("**/mathjax/**", lambda route: route.fulfill(body=NO_MATHJAX, content_type="text/javascript"))
    submissions = f"{server.url}/formgrader/manage_submissions/NB06"

    page.goto(submissions)
    page.locator(".status", has_text="needs autograding").wait_for()
    press(page, "autograde", "Successfully autograded 'NB06' for student 'ada'")
    assert shown_score(page) == f"{AUTOMATIC:g} / {MAXIMUM:g}"
    assert page.locator(".status").inner_text() == "needs manual grading"  # a person reads the reflections
    keep(page, "formgrader-submissions")

    page.goto(f"{server.url}/formgrader/gradebook/NB06/NB06")
    page.get_by_role("link", name="Submission #1").click()
    page.wait_for_function(
        "window.formgrader?.loaded && formgrader.grades.loaded && formgrader.comments.loaded"
    )
    check = page.locator(".code_cell", has=page.locator("#NB06-E06-check"))
    assert "M03" in check.inner_text()  # the card, with the mistake that it names
    assert page.locator("#NB06-E06-check").get_attribute("placeholder") == "2"
    assert "window.harmed = 1</script>" in page.get_by_role("main").inner_text()  # shown, and not run
    assert page.evaluate("window.harmed === undefined")
    keep(check, "formgrader-check-cell")
    enter(page, "#NB06-R1", "0")  # a reflection has no points of its own, but extra credit
    enter(page, "#NB06-R1_extra_credit", "1.5")
    enter(page, "#NB06-R1-comment", "Well put.")
    enter(page, "#NB06-E06-check", "2.5")
    keep(page, "formgrader-manual-score")

    # Our own grading, into the gradebook that the server has open.
    own = ("grade", "submitted", "--unit", "NB06", "--out", "own")
    run(course, sys.executable, "-m", "autograder", *own, "--db", f"sqlite:///{course / 'gradebook.db'}")
    page.goto(submissions)
    page.locator(".autograde a").wait_for()
    assert shown_score(page) == f"4 / {MAXIMUM:g}"
    assert page.locator(".status").inner_text() == "graded"
    keep(page, "formgrader-graded-again")

    press(page, "autograde", "Successfully autograded")  # the button keeps it too
    assert shown_score(page) == f"4 / {MAXIMUM:g}"
    press(page, "generate-feedback", "Successfully generated feedback")
    feedback = (course / "feedback" / "ada" / "NB06" / "NB06.html").read_text(encoding="utf-8")
    assert "Well put." in feedback
    assert "M03" in feedback
    page.complaints = [text for text in page.complaints if "/mathjax/" not in text]


def press(page: Any, button: str, says: str, of: str = "") -> None:
    """Press a button of a student's submission, or of the only one, and close the window that tells of it."""
    pressed = page.get_by_role("row").filter(has_text=of).locator(f".{button} a")
    pressed.click()
    message = page.locator(".modal.in")
    message.wait_for()
    assert says in message.inner_text()
    message.get_by_role("button", name="OK").click()
    message.wait_for(state="detached")
    pressed.wait_for()


def shown_score(page: Any) -> str:
    text: str = page.locator("td.score").inner_text()
    return text


def enter(page: Any, field: str, value: str) -> None:
    """Enter something as a person does, and wait until the server has it."""
    page.locator(field).fill(value)
    with page.expect_response(lambda response: response.request.method == "PUT") as saved:
        page.locator(field).blur()
    assert saved.value.ok
