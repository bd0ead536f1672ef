"""Exported pages without a browser: what stands in them, what they do not need, what they leave alone."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import traitlets

from backprop_course.errors import UsageError
from backprop_course.widgets import DescentExplorer, gallery, pages
from backprop_course.widgets._widget import TracedWidget
from backprop_course.widgets.gallery import GALLERY, Entry

ENTRIES = pytest.mark.parametrize("entry", GALLERY, ids=lambda entry: entry.slug)


class Counter(TracedWidget):
    """A widget with bytes, a text that would end a script, and a setting that Python answers."""

    _esm = "function render() { return '</script>'; }\nexport default { render };\n"
    _css = ".bc-counter {}"
    places = traitlets.Bytes(b"\x00\xff").tag(sync=True)
    by = traitlets.Int(1).tag(sync=True)
    total = traitlets.Int(0).tag(sync=True)
    seen = traitlets.Int(0).tag(sync=True)

    def __init__(self) -> None:
        super().__init__(trace={"error": "", "title": "</script><!-- & 2 < 3"})
        self.observe(self._add, "by")
        self._add()

    def _add(self, _: Any = None) -> None:
        self.total = 10 * self.by

    def text_form(self) -> str:
        return "1 < 2 & 3"

    def png(self) -> bytes:
        return b"\x89PNG"


COUNTER = Entry("Counter of things", "Counts <all> & more.", "NB00", Counter, [{"by": [2, 3]}])


class Read(HTMLParser):
    """What a browser would find in a page: elements, addresses, and the texts of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    @property
    def recorded(self) -> Any:
        return json.loads(self.scripts[0])


@ENTRIES
def test_an_entry_says_what_it_shows_in_one_sentence_and_where(entry: Entry) -> None:
    assert re.fullmatch(r"[A-Z][^.]*\.", entry.sentence.replace("2.", "2"))
    assert re.fullmatch(r"NB\d\d", entry.unit)
    assert gallery.find(entry.slug) is entry


def test_entries_have_addresses_of_their_own() -> None:
    slugs = [entry.slug for entry in GALLERY]
    assert len(set(slugs)) == len(slugs)
    assert all(re.fullmatch(r"[a-z][a-z-]*", slug) for slug in slugs)


def test_a_widget_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="no 'stepper' in the gallery") as caught:
        gallery.find("stepper")
    assert "graph-stepper" in caught.value.expected


@ENTRIES
def test_a_page_asks_for_nothing_and_holds_the_trace(entry: Entry) -> None:
    widget = entry.make()
    assert widget.trace["error"] == ""
    read = Read(pages.page(entry, widget))
    assert [a for a in read.addresses if not a.startswith("data:")] == ["index.html"]
    assert read.recorded["traits"]["trace"] == json.loads(json.dumps(widget.trace))
    assert not any(name.startswith("_") for name in read.recorded["traits"])
    assert "layout" not in read.recorded["traits"]
    assert "import" not in re.findall(r"^\w+", read.scripts[1], re.MULTILINE)


def test_texts_and_bytes_of_a_widget_stand_in_its_page_as_they_are() -> None:
    read = Read(pages.page(COUNTER, Counter()))
    assert read.tags.count("script") == read.tags.count("/script") == 2
    traits = read.recorded["traits"]
    assert traits["trace"]["title"] == "</script><!-- & 2 < 3"
    assert traits["places"] == {"base64": "AP8="}
    assert traits["total"] == 10


def test_settings_that_python_answers_are_recorded_beforehand_and_nothing_else_is() -> None:
    recorded = Read(pages.page(COUNTER, Counter())).recorded
    assert recorded["asks"] == ["by"]
    answers = {one["settings"]["by"]: one["answer"] for one in recorded["recorded"]}
    assert answers == {n: {"by": n, "total": 10 * n} for n in (1, 2, 3)}  # as made, then as asked for


def test_pages_explain_what_only_the_course_would_explain() -> None:
    stepper = gallery.find("graph-stepper")
    assert "A bar, as in w̄, marks a derivative" in pages.page(stepper, stepper.make())
    board = gallery.find("break-it")
    assert "Points are those of an exercise" in pages.page(board, board.make())


def test_a_page_says_whether_it_lacks_a_kernel() -> None:
    builder = gallery.find("jacobian-builder")
    assert "nothing here needs a kernel" in pages.page(builder, builder.make())
    page = pages.page(COUNTER, Counter())
    assert "nothing here needs a kernel" not in page
    assert "Python is not behind it" in page


def test_the_descent_explorer_is_recorded_for_each_method_and_beyond_the_limit() -> None:
    recorded = Read(pages.page(gallery.find("descent-explorer"), DescentExplorer())).recorded
    methods = {one["settings"]["method"] for one in recorded["recorded"]}
    assert methods == set(DescentExplorer().trace["methods"])
    settings = [one["answer"]["run"]["setting"] for one in recorded["recorded"]]
    assert any("is below the limit" in setting for setting in settings)
    assert any("is not below the limit" in setting for setting in settings)
    assert {"start", "rate", "momentum", "batch", "seed"} < set(recorded["asks"])
    assert "step" not in recorded["asks"]


def test_an_export_is_written_and_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    written = pages.export([COUNTER, GALLERY[0]], folder)
    assert [path.name for path in written] == ["index.html", "counter-of-things.html", "graph-stepper.html"]
    assert set(folder.iterdir()) == set(written)
    before = written[0].read_text(encoding="utf-8")
    read = Read(before)
    assert [a for a in read.addresses if not a.startswith("data:")] == [path.name for path in written[1:]]
    assert "Counts &lt;all&gt; &amp; more." in before
    pages.export([COUNTER, GALLERY[0]], folder)
    assert written[0].read_text(encoding="utf-8") == before


def test_a_file_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "counter-of-things.html").write_text("<h1>My page</h1>")
    with pytest.raises(UsageError, match=r"counter-of-things\.html is in the way"):
        pages.export([COUNTER], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["counter-of-things.html"]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be used"):
        pages.export([COUNTER], tmp_path / "file" / "below")
