"""The exported gallery, opened from a file on a screen of 360 px: by keyboard alone, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from backprop_course.widgets import pages
from backprop_course.widgets.gallery import Entry, gallery
from backprop_course.widgets.trace_symptoms import PATIENTS, TREATMENTS

from .blank_page import faint_texts, is_wider_than_the_page

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    pages.export(gallery(), folder)
    return folder


@pytest.fixture
def served(exported: Path) -> Iterator[str]:
    """The address of a server on this machine that serves the export."""

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=exported)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def open_file(exported: Path, new_page: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """Open a page of the export; pages of the export are all that may be asked for."""
    opened = []

    def open_file(name: str, **options: Any) -> Any:
        page = new_page(**PHONE | {"offline": True} | options)
        opened.append(page)
        page.goto((exported / name).as_uri())
        return page

    yield open_file
    own = [f"asked for {path.as_uri()}" for path in exported.iterdir()]
    for page in opened:
        page.complaints = [complaint for complaint in page.complaints if complaint not in own]


def test_the_index_leads_to_every_page_by_keyboard_from_a_file_or_over_http(
    open_file: Callable[..., Any], served: str, keep: Any
) -> None:
    page = open_file("index.html")
    assert not is_wider_than_the_page(page)
    keep(page, "gallery-phone")
    names = []
    for _ in gallery():
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.textContent"))
        assert "2px" in page.evaluate("getComputedStyle(document.activeElement).outline")
    assert names == [entry.name for entry in gallery()]
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=names[-1], level=1).wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Backpropagation, to be touched").wait_for()
    page.context.set_offline(False)
    page.goto(f"{served}/index.html")
    page.get_by_role("link", name=names[-1]).press("Enter")
    page.locator("#widget .bc-widget").wait_for()
    assert page.url.startswith(served)
    assert page.locator("#widget [role=alert]").count() == 0


@pytest.mark.parametrize("entry", gallery(), ids=lambda entry: entry.slug)
def test_each_page_draws_its_widget_and_fits(open_file: Callable[..., Any], keep: Any, entry: Entry) -> None:
    page = open_file(f"{entry.slug}.html")
    page.locator("#widget .bc-widget").wait_for()
    assert page.locator("#widget [role=alert]").count() == 0
    assert page.locator("#answer").text_content() == ""
    assert not is_wider_than_the_page(page)
    assert faint_texts(page) == []
    keep(page, f"page-{entry.slug}-phone")


@pytest.mark.parametrize("entry", gallery(), ids=lambda entry: entry.slug)
def test_whatever_is_moved_the_page_answers_or_says_that_it_cannot(
    open_file: Callable[..., Any], entry: Entry
) -> None:
    page = open_file(f"{entry.slug}.html")
    widget = page.locator("#widget")
    widget.locator(".bc-widget").wait_for()
    for kind, keys in (
        ("slider", ["ArrowRight", "Home"]),
        ("combobox", ["ArrowDown"]),
        ("application", ["ArrowLeft"]),
    ):
        for control in widget.get_by_role(kind).all():
            for key in keys:
                if control.is_visible():
                    control.press(key)
                    page.wait_for_timeout(100)  # questions of a drag are sent a little later
                    answer = page.locator("#answer").text_content()
                    assert answer == "" or answer.endswith(("back where it was.", " set back."))
    assert widget.get_by_role("alert").count() == 0
    assert widget.locator(".bc-widget").count() == 1


def test_what_was_recorded_answers_and_what_was_not_is_set_back(
    open_file: Callable[..., Any], keep: Callable[..., None]
) -> None:
    page = open_file("descent-explorer.html")
    said, answer = page.locator(".bc-descent > .bc-say"), page.locator("#answer")
    said.wait_for()
    first = said.text_content()

    def slider(name: str) -> Any:
        return page.get_by_role("slider", name=name, exact=True)

    slider("Step size η").focus()
    for _ in range(20):  # one power of ten: 0.316, where 2/L is 0.059
        page.keyboard.press("ArrowRight")
    assert "diverged" in said.text_content()
    assert answer.text_content() == ""

    slider("Start β₀").press("Home")
    assert answer.text_content().startswith("That needs Python")
    assert slider("Start β₀").get_attribute("aria-valuetext") == "4"
    assert answer.is_visible()
    assert answer.bounding_box()["y"] < 740  # in sight, though the end of the page is not
    keep(page, "page-unanswered-phone")
    page.get_by_role("button", name="Close this notice").press("Enter")
    assert answer.text_content() == ""  # what it covered can be read
    assert page.get_by_role("button", name="Close this notice").count() == 0

    page.get_by_role("combobox", name="Method").select_option(
        "conjugate gradients"
    )  # recorded with the first step size alone
    assert "This method finds its own step sizes." in said.text_content()
    assert answer.text_content().startswith("These settings together need Python")
    slider("Step").press("Home")  # scrubbing asks nobody
    assert said.text_content().startswith("Step 0 of")
    page.get_by_role("combobox", name="Method").select_option("fixed step")
    assert answer.text_content() == ""
    slider("Step").press("End")
    assert said.text_content() == first


def test_no_treatment_changes_the_patient_and_all_pairs_are_recorded(open_file: Callable[..., Any]) -> None:
    page = open_file("symptom-board.html")
    said, treatment = page.locator(".bc-live > .bc-say"), page.get_by_role("combobox", name="Treatment")
    said.wait_for()
    for patient in PATIENTS:
        page.get_by_role("button", name=patient, exact=True).click()
        seen = said.text_content().split("\n")[0]
        assert seen.startswith(f"Patient {patient}: ")
        for cure in TREATMENTS:
            treatment.select_option(cure)
            assert said.text_content().split("\n")[0] == seen
            assert (f"With {cure}: " in said.text_content()) == (cure != "none")
            assert page.locator("#answer").text_content() == ""


def test_a_point_is_dragged_through_the_plane_without_python(open_file: Callable[..., Any]) -> None:
    page = open_file("chained-arrows.html")
    said = page.locator(".bc-live > .bc-say")
    seen = {said.text_content()}
    area = page.locator(".bc-arrows-first .bc-plot-area").bounding_box()
    for share in (0.3, 0.5, 0.7, 0.2):
        page.mouse.move(area["x"] + share * area["width"], area["y"] + 0.9 * area["height"])
        page.mouse.down()
        page.mouse.move(area["x"] + share * area["width"], area["y"] + (1 - share) * area["height"])
        page.mouse.up()
        page.wait_for_timeout(100)
        assert page.locator("#answer").text_content() == ""
        seen.add(said.text_content())
    assert len(seen) == 5


def test_a_setting_that_is_set_back_for_another_one_is_named(open_file: Callable[..., Any]) -> None:
    page = open_file("depth-explorer.html")
    page.get_by_role("combobox", name="Weights").select_option("zeros")
    page.get_by_role("button", name="Residual blocks").click()
    assert page.locator("#answer").text_content() == ""
    page.get_by_role("slider", name="Layers").press("Home")  # recorded with the other settings as they were
    assert page.locator("#answer").text_content().endswith("“Weights” and “Residual blocks” were set back.")


def test_the_pages_follow_the_theme_of_the_system(open_file: Callable[..., Any], keep: Any) -> None:
    page = open_file("index.html", color_scheme="dark", viewport={"width": 1100, "height": 900})
    keep(page, "gallery-dark")
    page = open_file("descent-explorer.html", color_scheme="dark", viewport={"width": 1100, "height": 900})
    page.locator("#widget .bc-widget").wait_for()
    assert faint_texts(page) == []
    keep(page, "page-descent-explorer-dark")


def test_without_javascript_there_is_the_picture_and_the_text(open_file: Callable[..., Any]) -> None:
    page = open_file("graph-stepper.html", java_script_enabled=False)
    assert page.locator("noscript img").count() == 1
    assert "upstream × local = downstream" in page.locator("pre").text_content()
