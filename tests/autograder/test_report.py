"""How a verdict reads: marks with words, nothing unescaped, hints one inside the other."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from autograder import check
from autograder.exercises import find
from autograder.judge import Outcome, judge
from autograder.release import REPOSITORY
from autograder.report import STYLE, as_html, as_text

from .solutions import RIGHT as SOLUTIONS


def right(dY, X, W):
    return dY @ W.T, X.T @ dY, dY.sum(axis=0)


def unsummed(dY, X, W):
    return dY @ W.T, X.T @ dY, dY


def hostile(dY, X, W):
    raise ValueError("<script>alert('x')</script>\" onclick=\"alert(1)")


ANSWERS = [
    right,
    unsummed,
    hostile,
    lambda dY, X, W: None,
    lambda dY, X, W: (dY @ W, 1, 2),
    lambda dY, X, W: (np.nan, "<b>", {"<i>": 1}),
    lambda dY: dY,
    "not a function",
]


class Page(HTMLParser):
    """Collects the tags and the text of a page, and insists that what is opened is closed in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.deepest_details, self.words = [], [], 0, ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))
        self.deepest_details = max(self.deepest_details, self.open.count("details"))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data if "style" not in self.open else ""


@pytest.mark.parametrize("answer", ANSWERS)
def test_the_card_says_what_the_text_says(answer):
    result = check("NB06.E06", answer)
    page = Page(result._repr_html_())
    for status in result.statuses:
        assert status.name in page.words
        assert status.state in page.words
        assert status.name in repr(result)
        assert status.state in repr(result)
    for said in (result.reason, *result.evidence, *result.remarks, *(d.evidence for d in result.diagnoses)):
        assert said in page.words
        assert " ".join(said.split()) in " ".join(repr(result).split())
    for code in result.mistakes:
        assert code in page.words
        assert code in repr(result)


@pytest.mark.parametrize("answer", ANSWERS)
def test_nothing_of_a_learners_becomes_markup(answer):
    page = Page(check("NB06.E06", answer)._repr_html_())
    known = {"style", "section", "p", "b", "code", "span", "ul", "li", "details", "summary", "a"}
    assert {tag for tag, _ in page.tags} <= known
    assert {name for _, attributes in page.tags for name in attributes} <= {
        "class", "role", "aria-label", "aria-hidden", "style", "href",
    }  # fmt: skip
    for _, attributes in page.tags:
        assert re.fullmatch(r"--bpc-names: \d+ch", attributes.get("style", "--bpc-names: 1ch"))
        assert attributes.get("href", "#NB06.W5") == "#NB06.W5"


def test_many_right_results_share_a_line_and_wrong_ones_have_one_each():
    result = check("NB07.E01", {**SOLUTIONS["NB07.E01"][0], "multiply": lambda a, b: a})
    wrong = [status.name for status in result.statuses if status.state != "right"]
    assert wrong
    lines = as_text(result).splitlines()
    assert [name for name in wrong if any(line.startswith(f"  ✗ {name}") for line in lines)] == wrong
    assert sum(line.startswith("  ✓ right: ") for line in lines) == 1
    page = Page(as_html(result))
    assert f"{len(result.statuses) - len(wrong)} right" in page.words
    assert all(status.name in page.words for status in result.statuses)


def test_many_results_that_nobody_could_judge_share_a_line():
    exercise = find("NB04.E03")
    outcome = Outcome("raised", error_type="SyntaxError", message="invalid syntax")
    text, html = (
        form(judge(exercise, lambda inputs: outcome, seed=0, visible=False)) for form in (as_text, as_html)
    )
    assert len(text.splitlines()) == 5
    assert "  ○ not judged: t1_bar, z_bar, t3_bar" in text
    assert "13 not judged</summary>" in html
    assert 'class="bpc-row-open"' in html
    assert "bpc-row-right" not in html.replace(STYLE, "")
    assert len(Page(html).open) == 0


def test_the_walkthrough_is_a_link_to_its_heading():
    page = Page(as_html(check("NB06.E06", unsummed)))
    (link,) = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert link == "#NB06.W5"
    assert '<a id="NB06.W5"></a>' in (REPOSITORY / "notebooks/NB06/NB06.ipynb").read_text().replace("\\", "")
    assert "NB06.W5 · " in page.words


def test_a_screen_reader_hears_a_title_and_words_not_marks():
    page = Page(check("NB06.E06", unsummed)._repr_html_())
    (section,) = [attributes for tag, attributes in page.tags if tag == "section"]
    assert section["aria-label"] == "NB06.E06 affine_backward: 2 of 3 points (visible checks)"
    marks = [attributes for _, attributes in page.tags if attributes.get("class") == "bpc-mark"]
    assert len(marks) == 3
    assert all(mark["aria-hidden"] == "true" for mark in marks)


def test_hints_are_nested_so_that_they_open_one_at_a_time():
    result = check("NB06.E06", unsummed)
    assert Page(as_html(result)).deepest_details == len(result.hints) == 3
    assert not any("open" in attributes for _, attributes in Page(as_html(result)).tags)


def test_hints_are_not_in_the_text_until_asked_for():
    result = check("NB06.E06", unsummed)
    assert not any(hint in as_text(result) for hint in result.hints)
    assert ".hint()" in as_text(result)


def test_a_visible_pass_never_sounds_final_and_a_grade_does_not_sound_visible():
    outcome = Outcome("returned", right(*find("NB06.E06").inputs(find("NB06.E06").draw(0)[0])))
    graded = judge(find("NB06.E06"), lambda inputs: outcome, seed=0, visible=False)
    assert "visible" not in as_text(graded)
    assert "visible checks passed (3 of 3 points)" in as_text(check("NB06.E06", right))
    assert "passed" not in as_text(check("NB06.E06", unsummed))


def test_a_page_of_many_cards_brings_the_style_once():
    result = check("NB06.E06", right)
    assert as_html(result).startswith(STYLE)
    assert "<style>" not in as_html(result, style=False)


def test_the_style_follows_jupyterlab_and_has_a_tone_without_it():
    for line in STYLE.splitlines():
        for piece in line.split("var(--jp-")[1:]:
            assert ", " in piece.split(")")[0], f"no fallback in: {line}"
    assert "url(" not in STYLE


def test_text_stays_within_the_width_of_a_page():
    def long(dY, X, W):
        raise ValueError("word " * 400)

    for answer in (*ANSWERS, long):
        assert max(map(len, repr(check("NB06.E06", answer)).splitlines())) <= 110
