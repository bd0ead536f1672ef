"""The site as it is built: without a warning, with links that lead somewhere, and nothing from elsewhere."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("sphinx", "myst_nb", "furo", "numpydoc", "anywidget", "nbgrader")
ABSENT = [name for name in NEEDED if importlib.util.find_spec(name) is None]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ABSENT), reason=f"{', '.join(ABSENT)} absent: pip install -e '.[docs]'"),
]


class Page(HTMLParser):
    """What a page has to be pointed at, and what it points at itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []  # by the browser, without being asked
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "link" and given.get("rel") not in ("canonical", "index", "search", "next", "prev"):
            self.loaded.append(given.get("href", ""))
        if "src" in given:
            self.loaded.append(given["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site, warnings being errors."""
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html"]
    run = subprocess.run(
        [*command, "backprop_course/docs", str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return out


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def test_every_link_within_the_site_leads_somewhere(pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            if urlparse(link).scheme or link.startswith("//"):
                continue
            target, fragment = urldefrag(unquote(link))
            where = (path.parent / target).resolve() if target else path
            known = pages[where].anchors if where in pages else None
            if known is None and not where.is_file():
                broken.append(f"{path.name} -> {link}")
            elif known is not None and fragment and fragment not in known:
                broken.append(f"{path.name} -> {link}")
    assert broken == []


def test_no_page_loads_anything_from_another_host(site: Path, pages: dict[Path, Page]) -> None:
    foreign = re.compile(r"^(https?:)?//")
    assert [
        (path.name, url) for path, page in pages.items() for url in page.loaded if foreign.match(url)
    ] == []
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", sheet.read_text(encoding="utf-8")), (
            sheet
        )


def test_every_error_class_has_its_anchor(pages: dict[Path, Page]) -> None:
    from backprop_course.docs.errors_page import anchor, error_classes

    (page,) = (page for path, page in pages.items() if path.name == "errors.html")
    assert {anchor(error.__name__) for error in error_classes("backprop_course.errors")} <= page.anchors


def test_every_unit_is_a_page_whose_formulas_need_no_script(site: Path) -> None:
    units = sorted(path.stem for path in (ROOT / "notebooks").glob("*/*.ipynb"))
    assert units
    for unit in units:
        text = (site / "units" / f"{unit}.html").read_text(encoding="utf-8")
        assert "<math" in text
        assert "mathjax" not in text.lower()


def test_every_unit_shows_its_pictures_and_its_widgets_as_pictures(site: Path) -> None:
    for unit in sorted((ROOT / "notebooks").glob("*/*.ipynb")):
        cells = json.loads(unit.read_text(encoding="utf-8"))["cells"]
        drawn = [cell for cell in cells if "\npicture(" in "\n" + "".join(cell["source"])]
        text = (site / "units" / f"{unit.stem}.html").read_text(encoding="utf-8")
        assert len(re.findall(r"<img\b", text)) >= len(drawn), unit.stem
        assert "Traceback" not in text
        assert "application/vnd.jupyter" not in text
    assert '<img alt="A widget as it begins' in (site / "units" / "NB04.html").read_text(encoding="utf-8")
