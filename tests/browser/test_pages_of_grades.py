"""Pages of grades in Chromium: nothing complains, all can be read, on a phone and on paper too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from autograder.exercises import of_unit
from autograder.grading.class_report import class_report
from autograder.grading.feedback import feedback
from autograder.grading.grade import grade_notebook
from autograder.grading.result import Row
from autograder.grading.similar_page import similarity_page
from autograder.grading.similarity import Found, Pair
from autograder.sandbox import Limits, Zygote
from tests.browser.blank_page import faint_texts, is_wider_than_the_page
from tests.classroom import answering

pytestmark = pytest.mark.browser

UNIT = of_unit("NB06")
LONG = "x = " + " + ".join(f"array_number_{n}" for n in range(40))


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """A report on thirty students, the page of one of them, and the page of similar submissions."""
    with Zygote(Limits()) as zygote:
        data = answering(LONG.replace("x = ", "# "), "return dY @ W.T, X.T @ dY, dY")
        wrong = replace(grade_notebook(data, UNIT, 5, zygote), student="ana", file="ana.ipynb", key="a")
    row = Row.of(wrong, "ana.ipynb", ["a flag " * 30])
    points = [{e.id: e.points * ((n * k) % 3 > 0) for k, e in enumerate(UNIT, 1)} for n in range(30)]
    rows = [
        replace(row, student=f"student-{n}", scores=scores, score=sum(scores.values()), seconds=0.1 * 1.2**n)
        for n, scores in enumerate(points)
    ]
    pair = Pair("ana", "bo", 40, (0.8, 0.9), 120, [(LONG, LONG)])
    return {
        "report": class_report("NB06", UNIT, rows, "Isolation: sandbox.", {row.mistakes[0]: LONG}),
        "feedback": feedback("NB06", wrong),
        "similarity": similarity_page("NB06", Found([pair], 0, 30, 2)),
    }


@pytest.mark.parametrize("name", ["report", "feedback", "similarity"])
def test_a_page_of_grades_can_be_read_everywhere(
    pages: dict[str, str], name: str, new_page: Callable[..., Any], keep: Callable[..., None]
) -> None:
    for scheme in ("light", "dark"):
        for width in (360, 1100):
            page = new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
            page.set_content(pages[name])
            assert not is_wider_than_the_page(page)
            page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
            assert not is_wider_than_the_page(page)
            page.evaluate("document.body.classList.add('bc-widget')")  # where `faint_texts` looks
            assert page.locator("body.bc-widget *").count() > 20
            assert faint_texts(page) == []
        keep(page, f"grades-{name}-{scheme}")


@pytest.mark.parametrize("name", ["report", "feedback", "similarity"])
def test_what_is_folded_away_is_open_on_paper(
    pages: dict[str, str], name: str, new_page: Callable[..., Any]
) -> None:
    page = new_page(color_scheme="dark")
    page.set_content(pages[name])
    inside = page.locator("details pre, details table, details p").first
    assert not inside.is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    assert inside.is_visible()
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert back == "rgb(255, 255, 255)"
    assert page.pdf(format="A4")[:4] == b"%PDF"
