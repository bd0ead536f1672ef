"""Curves, slopes and flat zones of one unit against theory, and the widget around them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import numerical_gradient
from backprop_course.errors import UsageError
from backprop_course.widgets import ActivationExplorer, trace_activation
from backprop_course.widgets.trace_activation import ACTIVATIONS, INPUTS, look_up

FIVE, THREE = INPUTS.index(5.0), INPUTS.index(3.0)


def test_the_slopes_of_the_course_are_those_shown() -> None:
    assert trace_activation(ACTIVATIONS["sigmoid"])["texts"]["slope"][FIVE] == "0.0066"
    assert trace_activation(ACTIVATIONS["tanh"])["texts"]["slope"][THREE] == "0.0099"
    assert "lies in a hatched zone" in look_up(trace_activation(ACTIVATIONS["tanh"]), THREE)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_curve_is_plain_json_and_its_slope_is_that_of_differences(name: str) -> None:
    run = trace_activation(ACTIVATIONS[name], 1.7, -0.6)
    json.dumps(run, allow_nan=False)
    x = np.linspace(-8, 8, len(run["y"]))
    found = numerical_gradient(lambda x: np.sum(ACTIVATIONS[name](1.7 * x - 0.6)), x)
    # Differences are good to 1e-8 here, the numbers sent have four figures: slopes are at most 1.9.
    assert run["slope"] == pytest.approx(found, abs=1e-3)
    low, high = run["heights"]
    assert low < -1 < 1 < high


def test_the_zones_of_a_sigmoid_begin_where_theory_says() -> None:
    s = (1 + np.sqrt(1 - 4 * 0.01)) / 2  # of s (1 - s) = 0.01
    edge = np.log(s / (1 - s))
    (low, a), (b, high) = trace_activation(ACTIVATIONS["sigmoid"])["zones"]
    assert (low, high) == (-8, 8)
    # Points at which a zone can begin lie 0.01 apart, and slopes are compared after six decimals.
    assert (-a, b) == pytest.approx((edge, edge), abs=0.011)


def test_a_larger_weight_makes_the_flat_zones_wider_and_a_bias_moves_them() -> None:
    sigmoid = ACTIVATIONS["sigmoid"]
    plain, steep, moved = (trace_activation(sigmoid, w, b)["zones"] for w, b in ((1, 0), (3, 0), (1, 2)))
    assert steep[1][0] < plain[1][0]
    assert moved[1][0] == pytest.approx(plain[1][0] - 2, abs=0.011)


def test_a_weight_of_zero_is_flat_everywhere_and_a_line_nowhere() -> None:
    assert trace_activation(np.tanh, 0.0)["said"] == "The slope is less than a hundredth everywhere in view."
    assert trace_activation(lambda z: 1.0 * z)["zones"] == []


def test_ranges_stay_where_they_are_when_weight_and_bias_move() -> None:
    one, other = (trace_activation(ACTIVATIONS["relu"], w, b) for w, b in ((1, 0), (-3, 6)))
    assert (one["heights"], one["steepest"]) == (other["heights"], other["steepest"])


def test_what_is_not_finite_is_left_out_and_said() -> None:
    run = trace_activation(np.log)
    json.dumps(run, allow_nan=False)
    assert run["y"][0] is None
    assert "not a number" in look_up(run, 0)


def raises(z: Any) -> Any:
    nothing: Any = None
    return nothing(z)


@pytest.mark.parametrize(
    ("function", "says"),
    [(raises, "raised TypeError"), (lambda z: z.sum(), "shape ()"), (lambda z: np.round(z).astype(int), "")],
)
def test_functions_that_do_not_do_are_told_in_a_sentence(function: Any, says: str) -> None:
    explorer = ActivationExplorer(function)
    assert says in explorer.sentence
    assert explorer.sentence == explorer.run["error"] or not says
    assert explorer._repr_mimebundle_()[0]["image/png"]


def test_the_code_gives_the_numbers_shown(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("sigmoid", "tanh"):
        explorer = ActivationExplorer(name, weight=0.5, bias=1.0, x=3)
        exec(explorer.run["code"].replace("{probe}", explorer.trace["inCode"]["probe"][explorer.probe]), {})
        y, slope = capsys.readouterr().out.split()
        assert f"y = {float(y):.4f}" in explorer.sentence
        assert f"curve, {float(slope):.4f}" in explorer.sentence


def test_settings_are_values_for_people_and_places_for_the_browser() -> None:
    explorer = ActivationExplorer("tanh", weight=2, bias=-1, x=0.5)
    assert (explorer.value("activation"), explorer.value("weight")) == ("tanh", 2)
    before = explorer.run
    explorer.weight = 1000
    assert explorer.value("weight") == 3
    assert explorer.run != before
    before = explorer.run
    explorer.probe = -5
    assert explorer.value("probe") == -8
    assert explorer.run is before  # an input needs no new curve


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"activation": "step"}, "no such activation"),
        ({"activation": 3}, "no such activation"),
        ({"weight": np.nan}, "no such weight w"),
        ({"bias": "big"}, "no such bias b"),
        ({"x": True}, "no such input x"),
    ],
)
def test_what_cannot_be_explored_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        ActivationExplorer(**settings)


def test_a_step_of_the_weight_is_a_small_message() -> None:
    assert len(json.dumps(ActivationExplorer("gelu", weight=1.3).run)) < 50_000
