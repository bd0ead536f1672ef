"""nbgrader's pages of a submission: its text is shown, and nothing of it runs in the reader's browser."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from traitlets.config.loader import PyFileConfigLoader

from autograder.nbgrader.pages import clean, make_harmless
from autograder.release import REPOSITORY

pytestmark = pytest.mark.notebook

SCRIPT = "<script>document.title = 'owned'</script>"
BREAKS_OUT = f"\"'>{SCRIPT}"


def hostile_notebook() -> Any:
    """Return a notebook with a script wherever its author may write something."""
    markdown = [
        *(SCRIPT, "<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "<svg onload=alert(1)></svg>"),
        *("<iframe src=//x></iframe>", "<a href='data:text/html,x'>b</a>", "![c](http://elsewhere/c.png)"),
        *("<form action=/formgrader/api><button>d</button></form>", f"$x{SCRIPT}$", f"```{SCRIPT}\n1\n```"),
        *("<style>body { display: none }</style>", "<div style='position: fixed; top: 0'>e</div>"),
        *(
            "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
            "<meta http-equiv=refresh content='0'>",
        ),
    ]
    cells = [nbformat.v4.new_markdown_cell(text) for text in markdown]
    cells.append(nbformat.v4.new_raw_cell(SCRIPT, metadata={"raw_mimetype": "text/html"}))
    cells.append(nbformat.v4.new_code_cell(f"# {SCRIPT}", metadata={"tags": [BREAKS_OUT, "kept"]}))
    attached = {"p.png": {"image/svg+xml": SCRIPT, BREAKS_OUT: "x"}}
    cells.append(nbformat.v4.new_markdown_cell("![q](attachment:p.png)", attachments=attached))
    metadata = {
        "title": SCRIPT,
        "language_info": {"name": BREAKS_OUT, "pygments_lexer": BREAKS_OUT},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {BREAKS_OUT: {}}}},
    }
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.fixture(scope="module")
def exporter(tmp_path_factory: pytest.TempPathFactory) -> HTMLExporter:
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(REPOSITORY / "nbgrader_config.py", folder)
    return HTMLExporter(config=PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config())


def page(exporter: HTMLExporter, notebook: Any) -> BeautifulSoup:
    make_harmless(notebook)
    return BeautifulSoup(exporter.from_notebook_node(notebook)[0], "html.parser")


def test_a_page_has_no_script_but_those_of_its_template(exporter: HTMLExporter) -> None:
    made = page(exporter, hostile_notebook())
    empty = page(exporter, nbformat.v4.new_notebook())
    assert [str(script) for script in made("script")] == [str(script) for script in empty("script")]
    assert len(made("style")) == len(empty("style"))
    for name in ("iframe", "form", "object", "embed", "math", "base"):
        assert made(name) == []
    for element in made.body.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"]
        for name in ("href", "src"):
            assert not str(element.get(name, "")).lower().startswith(("javascript:", "data:t", "http:"))
    assert "document.title" in made.body.get_text()  # as text it is there, for who grades to see
    assert made.select(".celltag_kept")


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("# A **b**", "h1 strong"),
        ('<a id="NB06.W1"></a>\n\ntext', '[id="NB06.W1"]'),
        ("| a | b |\n|-|-|\n| 1 | 2 |", "table td"),
        ("```python\nx < 3\n```", ".highlight pre"),
        ("<details><summary>Hint</summary>\n\ntext\n\n</details>", "details summary"),
        ("![figure](figure.png)", 'img[src="figure.png"][alt="figure"]'),
        ("[page](https://example.org)", 'a[href="https://example.org"]'),
    ],
)
def test_what_is_harmless_is_shown_as_it_was_meant(exporter: HTMLExporter, markdown: str, shown: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(markdown)])
    assert page(exporter, notebook).body.select(shown)


def test_a_picture_that_a_learner_put_in_is_shown_and_one_that_is_not_there_does_no_harm(
    exporter: HTMLExporter,
) -> None:
    pictures = {"a.png": {"image/png": "iVBORw0KGgo="}, "b.svg": {"image/svg+xml": SCRIPT}}
    text = "![a](attachment:a.png) ![b](attachment:b.svg) ![c](attachment:c.png)"
    cell = nbformat.v4.new_markdown_cell(text, attachments=pictures)
    made = page(exporter, nbformat.v4.new_notebook(cells=[cell]))
    empty = "data:image/gif;base64,"
    assert [img["src"] for img in made.body("img")] == ["data:image/png;base64,iVBORw0KGgo=", empty, empty]


def test_formulas_come_through_as_text() -> None:
    formula = r"$a<b \& c$"
    assert BeautifulSoup(clean(f"<p>{formula.replace('<', '&lt;')}</p>"), "html.parser").get_text() == formula


def test_other_peoples_servers_are_not_asked_for_pictures() -> None:
    for source in (
        "http://x/y.png",
        "//x/y.png",
        "data:image/svg+xml;base64,x",
        "HTTPS://x",
        "/formgrader/x",
    ):
        assert BeautifulSoup(clean(f'<img src="{source}">'), "html.parser").img.attrs == {}


def test_the_configuration_can_be_shown_as_json(tmp_path: Path) -> None:
    shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(tmp_path)).load_config()
    assert isinstance(config.HTMLExporter.filters["markdown2html"], str)
