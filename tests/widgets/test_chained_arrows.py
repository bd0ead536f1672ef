"""The trace of the chained arrows against the engine's own products, and the widget around it."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course import jvp, vjp
from backprop_course.errors import UsageError
from backprop_course.widgets import ChainedArrows, trace_arrows
from backprop_course.widgets.trace_arrows import WAYS, frame_arrows, layer, loss


def polar(x: Any) -> Any:
    return np.stack([x[0] * np.cos(x[1]), x[0] * np.sin(x[1])])


def squared(y: Any) -> Any:
    return np.stack([y[0] ** 2 - y[1] ** 2, 2 * y[0] * y[1]])


def spread(t: Any) -> Any:
    return np.stack([np.cos(t), t**2])


CHAINS: dict[str, tuple[list[Any], Any]] = {
    "numbers": ([np.square, np.sin], np.array(0.8)),
    "two units and a loss": ([layer, loss], np.array([-0.3, 0.4])),
    "pairs": ([polar, squared], np.array([1.2, 0.5])),
    "a number to a pair": ([np.exp, spread, squared, np.sum], np.array(-0.4)),
    "arrays of one entry": ([np.square, np.sin], np.array([0.8])),
}
# What is drawn has four figures: at most half of the last one off.
DRAWN = {"rtol": 6e-4, "atol": 1e-12}


def whole(links: list[Any], upto: int) -> Any:
    def chain(x: Any) -> Any:
        for link in links[:upto]:
            x = link(x)
        return x

    return chain


@pytest.mark.parametrize("name", CHAINS)
def test_the_nudge_at_each_link_is_the_jvp_of_the_chain_so_far(name: str) -> None:
    links, x = CHAINS[name]
    run = trace_arrows(links, x, nudge=0.3)
    json.dumps(run, allow_nan=False)
    assert len(json.dumps(run)) < 20_000
    for k in range(1, len(links) + 1):
        for place, way in enumerate(WAYS[x.size]):
            dot = 0.3 * np.reshape(way, x.shape)
            expected = jvp(whole(links, k), (x,), (dot,))[1]
            np.testing.assert_allclose(run["tips"][k][place], np.ravel(expected), **DRAWN)
            moved = whole(links, k)(x + dot) - whole(links, k)(x)
            np.testing.assert_allclose(run["moved"][k][place], np.ravel(moved), **DRAWN)


@pytest.mark.parametrize("name", CHAINS)
def test_the_slope_at_each_value_is_the_vjp_of_the_links_behind_it(name: str) -> None:
    links, x = CHAINS[name]
    run = trace_arrows(links, x, bar=60.0)
    values = [whole(links, k)(x) for k in range(len(links) + 1)]
    size = np.size(values[-1])
    bar = np.reshape([0.5, np.sqrt(0.75)] if size == 2 else [1.0], np.shape(values[-1]))
    bars = [np.ravel(vjp(whole(links[k:], len(links)), values[k])[1](bar)[0]) for k in range(len(links))] + [
        np.ravel(bar)
    ]
    longest = max(float(np.linalg.norm(b)) for b in bars)
    for shown, expected in zip(run["bars"], bars, strict=True):
        np.testing.assert_allclose(shown, expected / longest, **DRAWN)
    for place, way in enumerate(WAYS[x.size]):
        assert float(run["texts"]["meets"][place].replace("−", "-")) == pytest.approx(
            float(0.4 * np.dot(bars[0], way)),
            abs=5.1e-4,  # three decimals are written
        )


def test_the_product_of_the_jacobians_is_that_of_the_chain() -> None:
    run = trace_arrows([polar, squared], (1.2, 0.5))
    r, angle = 1.2, 1.0
    by_hand = [
        [2 * r * np.cos(angle), -2 * r**2 * np.sin(angle)],
        [2 * r * np.sin(angle), 2 * r**2 * np.cos(angle)],
    ]
    written = [[f"{v:.3f}".replace("-", "−") for v in row] for row in by_hand]
    assert run["forward"][-1] == run["back"][-1] == written
    assert run["forward"][1] == run["jacobians"][0]
    assert run["back"][1] == run["jacobians"][1]


def test_each_step_says_its_numbers_forward_and_back() -> None:
    arrows = ChainedArrows([np.square, np.sin], 0.8, nudge=0.2, direction=0, passed=0, view=(0, 1.6))
    assert arrows.sentence == "At x = 0.800 the nudge is ẋ = 0.200. It has passed no link yet."
    arrows.passed = 2
    assert arrows.sentence == (
        "Link 2 of 2, sin: ż = J₂ ẏ = 0.257. Really z moves by 0.244.\n"
        "J₂ J₁, the Jacobian of the whole chain, takes ẋ there at once."
    )
    arrows.mode, arrows.passed = 1, 0
    assert arrows.sentence == "The way back begins at z = 0.597 with z̄ = 1.000: no link passed yet."
    arrows.passed = 2
    assert arrows.sentence == (
        "Back through link 1 of 2, square: x̄ = J₁ᵀ ȳ = 1.283.\n"
        "x̄ · ẋ = 0.257 = z̄ · ż: both ways predict the same."
    )
    assert all(line in str(arrows) for line in arrows.sentence.split("\n"))


def test_at_the_top_of_the_sine_the_slopes_predict_nothing_and_half_a_nudge_misses_a_quarter() -> None:
    top = np.sqrt(np.pi / 2)
    ends = [trace_arrows([np.square, np.sin], top, nudge=nudge) for nudge in (0.02, 0.01)]
    assert all(end["texts"]["tips"][2] == ["0.000", "0.000"] for end in ends)
    one, half = (end["moved"][2][0][0] for end in ends)
    assert one < 0
    assert half / one == pytest.approx(1 / 4, rel=0.02)  # the next order is a hundredth of it


def test_settings_move_what_they_name_and_stay_in_range() -> None:
    arrows = ChainedArrows()
    before = arrows.run
    arrows.way = 7
    arrows.passed = 99
    assert arrows.run is before
    assert arrows.passed == 2
    arrows.x1 = 20
    assert arrows.value("x1") == 1
    assert arrows.run["values"][0] == [1.0, 0.4]
    arrows.bar = 5
    assert arrows.bar == 0  # the loss is a number: its slope has one way
    pairs = ChainedArrows([polar, squared], (1.2, 0.5), bar=90)
    assert pairs.run["texts"]["bars"][-1] == "(0.000, 1.000)"


def test_the_input_given_is_a_place_of_its_slider() -> None:
    arrows = ChainedArrows([np.square], 0.123, view=(0.5, 1))
    assert arrows.value("x1") == 0.123
    assert arrows.trace["bounds"] == [[0.123, 1.0]]


def test_plots_are_wide_enough_for_all_places_and_show_what_a_pole_leaves() -> None:
    frame = frame_arrows([polar, squared], (1.2, 0.5), view=((0, 2), (-1, 1)))
    (low, high), other = frame["views"][2]
    assert low <= -1.66  # 4 cos 2
    assert high >= 4
    assert high - low == pytest.approx(other[1] - other[0], rel=0.01)
    pole = frame_arrows([np.reciprocal], 1.0, view=(-1.0001, 1))
    ((low, high),) = pole["views"][1]
    assert low < 1 < high < 100


@pytest.mark.parametrize("links", [None, [polar, squared]])
def test_the_code_gives_the_numbers_shown(links: Any, capsys: pytest.CaptureFixture[str]) -> None:
    arrows = ChainedArrows(links, None if links is None else (1.2, 0.5), direction=45)
    names: dict[str, Any] = {"polar": polar, "squared": squared}
    exec(arrows.run["code"].replace("{way}", arrows.trace["inCode"]["way"][arrows.way]), names)
    assert capsys.readouterr().out
    np.testing.assert_allclose(names["predicted"], np.squeeze(arrows.run["tips"][-1][arrows.way]), **DRAWN)
    pulled = names["pull"](names["slope"])[0]
    text = ", ".join(f"{v:.3f}".replace("-", "−") for v in pulled)
    assert arrows.run["texts"]["bars"][0] == f"({text})"


def test_functions_without_names_are_left_to_be_filled_in() -> None:
    run = trace_arrows([lambda x: 2 * x], 1.0)
    assert "links = [...]  # the functions of your chain" in run["code"]


def three_values(x: Any) -> Any:
    return np.stack([x, x, x])


def angry(x: Any) -> Any:
    raise ZeroDivisionError("not today")


@pytest.mark.parametrize(
    ("links", "x", "says"),
    [
        ([np.square], np.nan, "not finite"),
        ([np.square], [], "shape (0,)"),
        ([np.square], [1.0, 2.0, 3.0], "shape (3,)"),
        ([np.square], [[1.0, 2.0]], "shape (1, 2)"),
        ([np.square], "far", "'far'"),
        ([np.square], None, "input"),
        ([three_values], 1.0, "y = three_values cannot be drawn"),
        ([np.square, np.log], 0.0, "z = log is not finite"),
        ([np.square, angry], 1.0, "Angry raised ZeroDivisionError: not today"),
    ],
)
def test_what_does_not_do_is_told_in_a_sentence(links: Any, x: Any, says: str) -> None:
    names = ("x", "y") if links == [three_values] else None
    arrows = ChainedArrows(links, x, names=names)
    assert says.lower() in arrows.sentence.lower()
    assert arrows.sentence == str(arrows) == arrows.trace["error"]
    assert arrows._repr_mimebundle_()[0]["image/png"]


def test_a_place_that_the_chain_does_not_reach_is_told_and_the_next_one_drawn() -> None:
    arrows = ChainedArrows([np.sqrt, np.square], 1.0, view=(-1, 1))
    arrows.x1 = 0
    assert "y = sqrt is not finite" in arrows.sentence
    assert arrows._repr_mimebundle_()[0]["image/png"]
    arrows.x1 = 80
    assert arrows.value("x1") == 0
    assert "The Jacobian of sqrt is not finite at 0.000" in arrows.sentence
    arrows.x1 = 88  # x = 0.1, from where a nudge to the left leads out of the domain
    assert arrows.run["error"] == ""
    assert arrows.run["moved"][1][1] is None
    assert arrows.run["texts"]["moved"][1][1] == "nan"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"links": []}, "a list of functions"),
        ({"links": [1.0]}, "a list of functions"),
        ({"links": [np.sin] * 6}, "a list of functions"),
        ({"links": np.sin}, "a list of functions"),
        ({"names": ("x", "y")}, "a name of its own"),
        ({"names": ("x", "x", "x")}, "a name of its own"),
        ({"names": ("x", "", "z")}, "a name of its own"),
        ({"view": (1, 0)}, "a view of its input"),
        ({"view": ((0, 1), (0, 1))}, "a view of its input"),
        ({"view": "wide"}, "a view of its input"),
        ({"nudge": np.nan}, "no such length"),
        ({"direction": "north"}, "no such way"),
        ({"mode": "sideways"}, "no such arrows"),
        ({"passed": None, "bar": 1.0, "mode": 3}, "no such arrows"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        ChainedArrows(**{"links": [np.square, np.sin], "x": 0.8, **settings})


@pytest.mark.parametrize("mode", ["forward", "back"])
@pytest.mark.parametrize("name", CHAINS)
def test_the_widget_says_in_text_and_picture_what_it_shows(name: str, mode: str) -> None:
    arrows = ChainedArrows(*CHAINS[name], mode=mode, passed=1)
    bundle, _ = arrows._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert arrows.sentence in bundle["text/plain"]
    assert len(repr(arrows)) < 80
