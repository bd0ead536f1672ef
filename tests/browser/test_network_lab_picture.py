"""What the network lab draws on a blank page: edges, maps, points and curves."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from backprop_course.widgets.network_lab import NetworkLab
from backprop_course.widgets.trace_network import look_up

from .lab_page import Shown
from .lab_page import show as show
from .on_page import THEMES, is_legible_and_fits

pytestmark = pytest.mark.browser

PIXELS = "(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].join()"
COLOURS = """
(c) => {
  const data = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
  return new Set([...Array(data.length / 4).keys()].map((i) => data.slice(4 * i, 4 * i + 3).join())).size;
}
"""
# Where on the screen a pointer meets an edge, and no other edge or unit lies over it.
SPOT = """
(edge) => {
  const hit = document.querySelectorAll(".bc-lab-hit")[edge];
  const points = [...Array(19).keys()].map((i) => {
    const along = hit.getPointAtLength((hit.getTotalLength() * (i + 1)) / 20);
    const { x, y } = along.matrixTransform(hit.getScreenCTM());
    return [x, y];
  });
  return points.find(([x, y]) => document.elementFromPoint(x, y) === hit);
}
"""


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def pixels(length: str) -> float:
    return float(length.removesuffix("px"))


def test_edges_show_weights_or_gradients_by_colour_dash_and_width(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(steps=20))
    edges = shown.page.locator(".bc-lab-edge")
    drawn = """
    all => all.map((e) => {
      const { strokeDasharray, strokeWidth } = getComputedStyle(e);
      return [e.dataset.sign, strokeDasharray, strokeWidth];
    })
    """
    for view, name in (("weights", "Forward: weights"), ("gradients", "Backward: gradients")):
        shown.press(name)
        numbers = [number(shown.twin.now[view][place]) for *_, place in shown.twin.net["edges"]]
        signs, dashes, widths = zip(*edges.evaluate_all(drawn), strict=True)
        assert list(signs) == ["minus" if n < 0 else "plus" for n in numbers]
        assert [dash == "none" for dash in dashes] == [n >= 0 for n in numbers]
        by_size = [width for _, width in sorted(zip(map(abs, numbers), map(pixels, widths), strict=True))]
        assert by_size == sorted(by_size)
        assert by_size[-1] > 2 * by_size[0]


def test_a_click_on_an_edge_chooses_its_weight(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(steps=20))
    shown.page.locator(".bc-lab-network").scroll_into_view_if_needed()
    field = shown.page.get_by_role("textbox", name="Value of the chosen weight or bias")
    for edge in (4, 1):
        x, y = shown.page.evaluate(SPOT, edge)
        shown.page.mouse.click(x, y)
        shown.page.mouse.move(0, 0)
        place = shown.twin.net["edges"][edge][2]
        assert shown.told == look_up(shown.twin.net, shown.twin.now, "weight", edge)
        assert field.input_value() == shown.twin.now["weights"][place]
        assert shown.page.evaluate(
            "[...document.querySelectorAll('.bc-lab-edge')].map((e) => e.classList.contains('bc-lab-marked'))"
        ) == [i == edge for i in range(len(shown.twin.net["edges"]))]


def test_units_show_their_maps_and_the_plane_that_of_the_unit_pointed_at(show: Callable[..., Shown]) -> None:
    shown = show(NetworkLab(steps=20))
    assert min(shown.page.locator(".bc-lab-map").evaluate_all(f"all => all.map({COLOURS})")) > 5
    plane, title = shown.page.locator(".bc-lab-output"), shown.page.locator(".bc-lab-title")
    output = plane.evaluate(PIXELS)
    shown.page.locator(".bc-lab-unit").nth(8).hover()
    assert title.text_content() == "Over the plane: unit 2 of hidden layer 1"
    assert shown.told == look_up(shown.twin.net, shown.twin.now, "unit", 8)
    small = shown.page.locator(".bc-lab-unit").nth(8).locator("canvas").evaluate(PIXELS)
    assert plane.evaluate(PIXELS) == small != output
    hollow = shown.count("bc-lab-test")
    shown.press("Test points")
    assert (hollow, shown.count("bc-lab-test")) == (0, len(shown.twin.cloud["test"]))
    shown.page.mouse.move(0, 0)
    assert plane.evaluate(PIXELS) == output
    assert plane.evaluate(COLOURS) > 20
    shown.press("Two colours")
    assert plane.evaluate(COLOURS) == 2


def test_curves_of_both_losses_go_on_with_the_training_and_reset_is_a_fresh_lab(
    show: Callable[..., Shown],
) -> None:
    shown = show(NetworkLab(steps=20))
    curves = [shown.page.locator(f".bc-lab-{kind}-curve") for kind in ("train", "test")]

    def points() -> list[int]:
        return [len(re.findall(r"[ML]", curve.get_attribute("d"))) for curve in curves]

    seen = points()
    for _ in range(2):
        shown.press("Step by one epoch")
        shown.answer()
        assert points() == [sum(v is not None for v in kind) for kind in shown.twin.now["history"][1:]]
        assert all(new > old for new, old in zip(points(), seen, strict=True))
        seen = points()
    assert [curve.evaluate("(e) => getComputedStyle(e).strokeDasharray === 'none'") for curve in curves] == [
        True,
        False,
    ]
    shown.press("Reset")
    shown.answer()
    fresh = NetworkLab(seed=shown.twin.settings["seed"])
    picture = shown.page.get_by_role("application")
    picture.press("ArrowRight")
    picture.press("Enter")
    first = fresh.net["edges"].index(next(edge for edge in fresh.net["edges"] if edge[1] == 7))
    assert shown.told == look_up(fresh.net, fresh.now, "weight", first)
    assert shown.twin.now["weights"] == fresh.now["weights"]
    assert points() == [1, 1]


def test_the_map_is_painted_anew_when_the_theme_changes(show: Callable[..., Shown]) -> None:
    shown = show(body='data-jp-theme-light="true"')
    # The colour in the middle of the map, where the shade is next to none: that of the paper.
    middle = (
        "() => { const c = document.querySelector('.bc-lab-output');"
        "return [...c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data].join(); }"
    )
    light = shown.page.evaluate(middle)
    shown.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    shown.page.wait_for_function(f"({middle})() !== {light!r}")


@pytest.mark.parametrize("theme", THEMES)
def test_it_is_legible_and_fits(show: Callable[..., Shown], keep: Callable[..., None], theme: str) -> None:
    shown = show(NetworkLab(steps=60, rate=1.0), **THEMES[theme])
    edges = tuple(f".bc-lab-edge[data-sign={sign}]" for sign in ("plus", "minus"))
    net = (*edges, ".bc-lab-unit:not(.bc-lab-off)", ".bc-lab-bias")
    curves = (f".bc-lab-{mark}" for mark in ("train-curve", "test-curve", "now"))
    is_legible_and_fits(shown, keep, f"network-lab-{theme}", *curves, *net)
    shown.press("Numbers")
    shown.press("Backward: gradients")
    is_legible_and_fits(shown, keep, f"network-lab-numbers-{theme}", *net)
    shown.press("From the start of the flow")
    is_legible_and_fits(shown, keep, f"network-lab-flow-{theme}", *net)
