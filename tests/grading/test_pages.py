"""Pages people read: whole HTML that runs and loads nothing, plots with numbers, examples without authors."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autograder.exercises import of_unit
from autograder.grading.class_report import class_report
from autograder.grading.examples import examples
from autograder.grading.feedback import feedback, write_feedback
from autograder.grading.journal import read_results
from autograder.grading.plots import Line, histogram, rates
from autograder.grading.result import Result, Row
from autograder.grading.run import Grading, grade_class
from autograder.sandbox import Zygote
from tests.classroom import RIGHT, answering, flat, member, released_notebook
from tests.grading.test_class import Here

UNIT = of_unit("NB06")
NOT_SUMMED = "return dY @ W.T, X.T @ dY, dY"
HOSTILE = "</code></pre><script>alert('zoe')</script><img src=x onerror=alert(1)>"
FILES = {
    "zoe.ipynb": answering("# by zoe: " + HOSTILE, f"text = {HOSTILE!r}", NOT_SUMMED),
    "ana.ipynb": answering('"""Ana wrote this."""', "upstream = dY  # ana again", NOT_SUMMED),
    "bo.ipynb": answering(RIGHT),
}
_VOID = {"meta", "link", "br", "img", "input"}


class Reader(HTMLParser):
    """Notes tags, ids, links and attributes, and whether every tag is closed by its own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read_whole(text: str) -> Reader:
    """A page that is well formed, runs nothing and loads nothing."""
    reader = Reader(text)
    assert reader.open == []
    assert "default-src 'none'" in text
    assert not {"script", "img", "iframe", "object", "link"} & {tag for tag, _ in reader.tags}
    assert not [name for _, found in reader.tags for name in found if name.startswith("on") or name == "src"]
    assert all("url(" not in (found.get("style") or "") for _, found in reader.tags)
    ids = [found["id"] for _, found in reader.tags if "id" in found]
    assert len(ids) == len(set(ids))
    return reader


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Grading:
    folder = tmp_path_factory.mktemp("pages")
    flat(folder / "in", {**FILES, "cut-off.ipynb": member("cut-off").make(released_notebook())})
    return grade_class(folder / "in", "NB06", folder / "out", seed=5, backend=Here(zygote))


def result_of(graded: Grading, student: str) -> Result:
    return next(result for result in read_results(graded.folder) if result.student == student)


# The class report ------------------------------------------------------------------------------


def report_of(graded: Grading) -> str:
    return (graded.folder / "report.html").read_text(encoding="utf-8")


def test_the_report_is_one_page_that_runs_and_loads_nothing(graded: Grading) -> None:
    read_whole(report_of(graded))


def test_each_plot_says_what_it_shows_and_has_its_numbers_in_a_table(graded: Grading) -> None:
    reader = read_whole(report_of(graded))
    plots = reader.all("svg")
    assert len(plots) == 3  # scores, questions, times
    assert all(plot["role"] == "img" and plot["aria-label"] for plot in plots)
    assert report_of(graded).count("The numbers of this plot") == 2
    assert [f"{e.id} <code>{e.name}</code>" in report_of(graded) for e in UNIT] == [True] * len(UNIT)


def test_a_mistake_has_an_example_without_its_author(graded: Grading) -> None:
    text = report_of(graded)
    mistakes = text[text.index("Mistakes") : text.index("Times")]
    assert "upstream = dY" in mistakes
    assert NOT_SUMMED in mistakes
    assert "again" not in mistakes
    assert not re.search(r"\bana\b|\bzoe\b", mistakes, re.IGNORECASE)


def test_code_that_names_its_author_is_no_example(graded: Grading) -> None:
    rows = [row for row in graded.rows.values() if row.student == "zoe"]
    wanted = rows[0].mistakes
    assert wanted
    assert examples(graded.folder, wanted, rows) == {}


def test_an_example_is_the_shortest_of_those_looked_at(graded: Grading) -> None:
    renamed = [replace(row, student="someone") for row in graded.rows.values()]
    (mistake,) = graded.rows["ana"].mistakes
    assert "upstream" in examples(graded.folder, [mistake], renamed)[mistake]


def test_the_report_lists_who_needs_a_person(graded: Grading) -> None:
    text = report_of(graded)
    assert "To look at: 1" in text
    assert 'href="feedback/cut-off.html"' in text
    assert "The file breaks off before its end." in text


@pytest.mark.parametrize("state", ["unreadable", "not_submitted"])
def test_a_class_without_scores_has_a_report_too(state: str) -> None:
    rows = [Row.of(Result("ana", "", state), "")]  # type: ignore[arg-type]
    text = class_report("NB06", UNIT, rows, "")
    read_whole(text)
    assert "No submission has a score." in text
    read_whole(class_report("NB06", UNIT, [], ""))


def test_a_large_class_has_a_small_report(graded: Grading) -> None:
    rows = [
        replace(row, student=f"{row.student}-{n}", flags=("look",))
        for n in range(1000)
        for row in graded.rows.values()
    ]
    text = class_report("NB06", UNIT, rows, "")
    read_whole(text)
    assert "4000 students" in text
    assert "3800 more in grades.csv" in text
    assert len(text) < 200_000


def test_names_and_notes_are_escaped_in_the_report(graded: Grading) -> None:
    row = replace(
        graded.rows["ana"], student=HOSTILE, flags=(HOSTILE,), mistakes=(("NB06.E06", "M03", HOSTILE),)
    )
    read_whole(class_report("NB06", UNIT, [row], HOSTILE, {row.mistakes[0]: HOSTILE}))


def test_plots_of_nothing_and_of_one_are_drawn() -> None:
    assert Reader(histogram("none", [0], ["0", "1"], "points")).open == []
    assert Reader(histogram("<one>", [1], ["0", "1"], "points")).open == []
    text = rates("<two>", ("a", "b"), [Line("<x>", None, None, None, None), Line("y", 1.0, -1.0, -1.0, 1.0)])
    assert Reader(text).open == []
    assert "<x>" not in text
    assert "too few" in text


# A student's page ------------------------------------------------------------------------------


@pytest.mark.parametrize("student", ["zoe", "ana", "bo", "cut-off"])
def test_a_students_page_runs_and_loads_nothing(graded: Grading, student: str) -> None:
    read_whole((graded.folder / "feedback" / f"{student}.html").read_text(encoding="utf-8"))


def test_a_students_page_has_all_that_is_needed(graded: Grading) -> None:
    text = feedback("NB06", result_of(graded, "ana"))
    reader = read_whole(text)
    links = [found["href"] for found in reader.all("a")]
    ids = {f"#{found['id']}" for _, found in reader.tags if "id" in found}
    assert links == [f"#{e.id}" for e in UNIT]
    assert set(links) <= ids
    card = text[text.index('id="NB06.E06"') : text.index('id="NB06.E07"')]
    for expected in (
        "upstream = dY  # ana again",
        "wrong shape",
        "Looks like M03",
        "Hint 1 of 3",
        "NB06.W5 · ",
    ):
        assert expected in card
    overview = text[: text.index('id="NB06.E01"')]
    assert "partly right" in overview
    assert "NB06.W5 · " in overview  # what to read again


def test_what_is_right_need_not_be_read_again(graded: Grading) -> None:
    line = r'href="#NB06.E06".*?</tr>'
    right = re.search(line, feedback("NB06", result_of(graded, "bo")))
    wrong = re.search(line, feedback("NB06", result_of(graded, "ana")))
    assert right is not None
    assert wrong is not None
    assert "W5" in wrong[0]
    assert "W5" not in right[0]
    assert "3 of 3" in right[0]


def test_labels_that_open_something_differ(graded: Grading) -> None:
    text = feedback("NB06", result_of(graded, "ana"))
    labels = re.findall(r"<summary>(Your answer.*?)</summary>", text)
    assert len(labels) == len(set(labels)) == len(UNIT)


def test_a_page_of_an_older_form_is_written_anew(graded: Grading, tmp_path: Path) -> None:
    result = result_of(graded, "ana")
    path = write_feedback(tmp_path, "NB06", result)
    text = path.read_text(encoding="utf-8")
    made_from = re.compile(rf'content="\d+ {result.key}"')
    assert made_from.search(text)
    path.write_text(made_from.sub(f'content="{result.key}"', text).replace("ana", "old"))
    assert write_feedback(tmp_path, "NB06", result).read_text(encoding="utf-8") == text


def test_a_hostile_answer_is_text_on_every_page(graded: Grading) -> None:
    text = feedback("NB06", result_of(graded, "zoe"))
    assert "&lt;script&gt;alert" in text
    read_whole(text)
    questions = tuple(
        replace(q, source=HOSTILE, reason=HOSTILE, trouble="out_of_memory")
        for q in result_of(graded, "zoe").questions
    )
    result = replace(
        result_of(graded, "zoe"), student=HOSTILE, reason=HOSTILE, flags=(HOSTILE,), questions=questions
    )
    read_whole(feedback("NB06", result))
