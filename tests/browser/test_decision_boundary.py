"""The decision boundary in a blank page, with Python in the place of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course.widgets import DecisionBoundary
from backprop_course.widgets.trace_boundary import GRID, cross_at

from .blank_page import is_clean_after_dispose, open_widget
from .on_page import (
    THEMES,
    OnPage,
    each_says_what_python_says,
    is_legible_and_fits,
    keeping_its_keys,
    marks_the_focus,
)

pytestmark = pytest.mark.browser

SETTINGS = ("dataset", "points", "model", "hidden", "rate", "seed", "moment")
ANSWERS = ("dataset", "points", "moment", "pasted_answer", "pasted")


class Shown(OnPage):
    """A boundary on a page; its Python twin trains."""

    frame, settings = ".bc-boundary", SETTINGS

    def answer(self) -> None:
        """Do what the kernel does: take the page's settings, hand back the run."""
        self.take_settings()
        self.twin.pasted = self.page.evaluate("model.get('pasted')")
        back = {name: getattr(self.twin, name) for name in ANSWERS}
        self.page.evaluate(
            "([back, surface, run]) => { Object.entries(back).forEach(([k, v]) => model.set(k, v));"
            "model.set('surface', new DataView(Uint8Array.from(surface).buffer)); model.set('run', run); }",
            [back, list(self.twin.surface), self.twin.run],
        )

    @property
    def read(self) -> str:
        return str(self.page.locator(".bc-boundary-read").text_content())

    @property
    def map(self) -> Any:
        return self.page.get_by_role("application")

    def count(self, selector: str) -> int:
        return int(self.page.locator(f".bc-boundary-map {selector}").count())

    def shade(self, column: int, row: int) -> list[int]:
        """Colour of the canvas at a node of the grid."""
        place = [4 * column, 4 * (GRID - 1 - row)]
        script = (
            "([x, y]) => [...document.querySelector('canvas').getContext('2d').getImageData(x, y, 1, 1).data]"
        )
        return list(self.page.evaluate(script, place))


@pytest.fixture
def show(new_page: Callable[..., Any]) -> Callable[..., Shown]:
    def show(widget: DecisionBoundary | None = None, **options: Any) -> Shown:
        widget = widget or DecisionBoundary(steps=60)
        names = ("trace", "run", "pasted", "pasted_answer", *SETTINGS)
        traits = {name: getattr(widget, name) for name in names} | {"surface": list(widget.surface)}
        return Shown(open_widget(new_page, DecisionBoundary, traits, **options), widget)

    return show


def test_every_control_says_what_python_says(show: Callable[..., Shown]) -> None:
    shown = show()

    def every_point_is_drawn() -> None:
        assert shown.count(".bc-class-point") == len(shown.twin.run["points"])

    each_says_what_python_says(
        shown,
        lambda: shown.slider("Training").press("Home"),
        lambda: shown.press("Step on"),
        lambda: shown.slider("Step size η").press("ArrowRight"),
        lambda: shown.press("Network"),
        lambda: shown.slider("Hidden units").press("End"),
        lambda: shown.press("New seed"),
        lambda: shown.page.get_by_role("combobox").select_option("XOR"),
        lambda: shown.slider("Training").press("End"),
        also=every_point_is_drawn,
    )
    shown.press("Reset")
    shown.answer()
    assert shown.twin.model == "logistic regression"
    assert shown.said == shown.twin.sentence


def test_the_map_shows_and_reads_out_what_was_recorded(show: Callable[..., Shown]) -> None:
    shown = show()
    shown.map.press("ArrowRight")  # the cross appears in the middle
    shown.map.press("ArrowRight")
    shown.map.press("ArrowUp")
    column = row = GRID // 2
    twin = shown.twin
    assert shown.read == cross_at(twin.run, twin.surface, twin.moment, column + 1, row + 1)
    assert shown.count(".bc-boundary-line[data-level='1'][d^=M]") == 1
    # Class 1 of the moons is on the lower right, class 0 on the upper left: more red there, more blue here.
    red, _, blue, _ = shown.shade(GRID - 1, 0)
    other_red, _, other_blue, _ = shown.shade(0, GRID - 1)
    assert red > blue
    assert other_blue > other_red
    shown.slider("Training").press("Home")
    assert (
        len({tuple(shown.shade(c, r)) for c, r in ((0, 0), (GRID - 1, 0), (12, 12))}) == 1
    )  # p = 1/2 everywhere


def test_points_are_drawn_and_erased_by_pointer_and_by_keys(show: Callable[..., Shown]) -> None:
    shown = show(DecisionBoundary(dataset="XOR", steps=20))
    box = shown.page.locator(".bc-plot-area").first.bounding_box()
    shown.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert shown.count(".bc-class-point") == 5  # at once, before Python answers
    shown.answer()
    assert shown.twin.dataset == "your points"
    # The middle of the view, to half a pixel and three figures.
    assert shown.twin.points[-1] == pytest.approx([0.5, 0.5, 1], abs=0.01)
    assert shown.said == shown.twin.sentence
    shown.press("Class 0")
    shown.map.press("ArrowLeft")
    shown.map.press("Enter")
    shown.answer()
    assert shown.twin.points[-1][2] == 0
    shown.map.press("Delete")
    shown.answer()
    assert len(shown.twin.points) == 5
    shown.press("Erase")
    shown.map.press(" ")
    shown.answer()
    assert len(shown.twin.points) == 4
    shown.press("Clear")
    shown.answer()
    assert shown.said == shown.twin.sentence
    assert "no points" in shown.said
    assert shown.count(".bc-class-point") == 0


def test_a_point_is_moved_by_pointer_and_by_keys_and_python_trains_for_where_it_is(
    show: Callable[..., Shown], keep: Callable[..., None]
) -> None:
    shown = show(DecisionBoundary(dataset="XOR", steps=20))
    first = shown.twin.run["points"]
    box, mouse = shown.page.locator(".bc-plot-area").first.bounding_box(), shown.page.mouse
    (left, right), (low, high) = shown.twin.run["view"]

    def pixels(x: float, y: float) -> tuple[float, float]:
        return (
            box["x"] + (x - left) / (right - left) * box["width"],
            box["y"] + (high - y) / (high - low) * box["height"],
        )

    mouse.move(*pixels(*first[0]))
    mouse.down()
    mouse.move(*pixels(0.5, 0.5), steps=4)
    assert shown.count(".bc-boundary-held") == 1
    shown.answer()  # in the midst of the drag
    mouse.move(*pixels(0.4, 0.7), steps=4)
    mouse.move(*pixels(right + 1, 0.7))  # it stays on the map
    mouse.up()
    shown.answer()
    moved, *others = shown.twin.points
    assert moved == pytest.approx([right, 0.7, shown.twin.run["labels"][0]], abs=0.01)  # a pixel is 0.005
    assert [point[:2] for point in others] == [list(point) for point in first[1:]]
    assert shown.count(".bc-class-point") == 4
    assert shown.count(".bc-boundary-held") == 0
    assert shown.said == shown.twin.sentence

    mouse.move(0, 0)
    shown.map.press("ArrowRight")  # the cross appears in the middle
    shown.map.press("m")
    at = shown.page.evaluate("model.get('points')")
    assert shown.read.startswith("A point of class ")
    keep(shown.page.locator(".bc-boundary"), "decision-boundary-held")
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft"):
        shown.map.press(key)
    shown.answer()
    changed = [(old, new) for old, new in zip(at, shown.twin.points, strict=True) if old != new]
    ((old, new),) = changed
    assert new[0] == pytest.approx(old[0] - (right - left) / 48, rel=0.01)  # to three figures
    assert new[1] == pytest.approx(old[1] + 2 * (high - low) / 48, rel=0.01)
    assert f"({new[0]:.2f}, {new[1]:.2f})".replace("-", "−") in shown.read
    shown.map.press("Escape")  # it goes back
    assert shown.page.evaluate("model.get('points')") == at
    shown.press("Move")
    shown.map.press("Enter")
    assert shown.read.startswith("A point of class ")
    shown.map.press("Enter")
    assert shown.read.startswith("At (")
    mouse.click(*pixels(0.5, 0.5))  # where points are moved, none is drawn
    assert len(shown.page.evaluate("model.get('points')")) == 4


def test_points_are_pasted_or_refused_with_the_line(show: Callable[..., Shown]) -> None:
    shown = show(DecisionBoundary(steps=20))
    shown.press("Paste")
    field = shown.page.get_by_role("textbox", name="Points, one a line")
    field.fill("1, 2, cat\n3, x, dog")
    shown.press("Take these points")
    shown.answer()
    answer = shown.page.locator(".bc-boundary-pasted")
    assert "line 2" in str(answer.text_content())
    field.fill("1, 2, cat\n3, 1, dog\n4, 1, dog")
    shown.press("Take these points")
    shown.answer()
    assert answer.text_content() == "3 points taken."
    assert shown.count(".bc-class-point") == 3
    assert shown.said == shown.twin.sentence


RENDER_OUTSIDE = """
async (source) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const el = document.createElement("div");
  cleanUps.push((await import(url)).default.render({ model, el }));
  cleanUps.shift()();
  document.querySelector("body > div").replaceWith(el);
  return el.querySelectorAll("[role=alert]").length;
}
"""


def test_it_may_be_made_before_it_stands_in_the_page(show: Callable[..., Shown]) -> None:
    shown = show()  # as in JupyterLab, which puts a widget into the page when it is made
    assert shown.page.evaluate(RENDER_OUTSIDE, DecisionBoundary._esm) == 0
    script = (
        "() => document.querySelector('canvas').getContext('2d').getImageData(2, 2, 1, 1).data[3] === 255"
    )
    shown.page.wait_for_function(script)
    assert shown.said == shown.twin.sentence


def test_the_training_is_played_to_its_end(show: Callable[..., Shown]) -> None:
    shown = show(DecisionBoundary(steps=20, step=0), clock=True)
    shown.press("Play")
    for _ in shown.twin.run["moments"]:
        shown.page.clock.run_for(400)
    assert shown.page.evaluate("model.get('moment')") == len(shown.twin.run["moments"]) - 1
    assert shown.page.get_by_role("button", name="Play").is_visible()


def test_without_an_answer_it_says_so(show: Callable[..., Shown]) -> None:
    shown = show(clock=True)
    shown.press("Network")
    shown.page.clock.run_for(5000)
    note = shown.page.get_by_text("Python has not answered")
    assert note.is_visible()
    shown.answer()
    assert not note.is_visible()


def test_the_notebook_hears_no_key_and_all_focus_is_seen(show: Callable[..., Shown]) -> None:
    shown = show()
    page = shown.page
    with keeping_its_keys(page):
        shown.map.press("ArrowUp")
        shown.slider("Training").press("d")
    page.get_by_role("button", name="Network").focus()
    marks_the_focus(page, 6)
    assert is_clean_after_dispose(page)


def test_many_points_are_drawn_in_part_and_bad_ones_are_a_sentence(
    show: Callable[..., Shown], new_page: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 2))
    shown = show(DecisionBoundary(X, X[:, 0] > 0, steps=5))
    assert shown.count(".bc-class-point") == 500
    assert shown.page.get_by_role("button", name="Class 0").is_hidden()
    shown = show(DecisionBoundary([[0.0, np.nan]], [1]))
    assert shown.page.get_by_role("alert").text_content() == shown.twin.trace["error"]
    page = open_widget(new_page, DecisionBoundary, {"trace": {"error": ""}})
    assert "could not be drawn" in page.get_by_role("alert").text_content()


MARKS = [".bc-boundary-losses", ".bc-boundary-now"]


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(DecisionBoundary(model="network", hidden=6), **THEMES[theme])
    for _ in range(3):
        shown.slider("Training").press("ArrowLeft")
    shown.map.press("ArrowUp")
    is_legible_and_fits(shown, keep, f"decision-boundary-{theme}", *MARKS)
