"""What the depth explorer measures, against `grad` and against theory, and the widget around it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course.errors import UsageError
from backprop_course.widgets import DepthExplorer, trace_depth
from backprop_course.widgets.trace_depth import ACTIVATIONS, BINS, INITS, WIDTH


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_network_is_plain_json_with_a_sentence_for_each_layer(activation: str, init: str) -> None:
    run = trace_depth(12, activation, init)
    json.dumps(run, allow_nan=False)
    assert len(run["norms"]) == len(run["sentences"]) == 13
    assert len(run["activations"]) == len(run["gradients"]) == 12
    for column in run["activations"]:
        assert len(column) == BINS
        assert sum(column) == pytest.approx(1, abs=0.0005 * BINS)  # each share has three decimals
    for column, zeros in zip(run["gradients"], run["zeros"], strict=True):
        assert sum(column) + zeros == pytest.approx(1, abs=0.0005 * (BINS + 1))


@pytest.mark.parametrize(
    "settings",
    [("tanh", "Kaiming", False), ("sigmoid", "Xavier", True), ("relu", "deviation 0.05", False)],
)
def test_the_code_to_copy_gives_the_same_norms_by_grad(
    settings: tuple[str, str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    run = trace_depth(4, *settings, seed=3)
    exec(run["code"], {})
    norms = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    assert run["norms"] == pytest.approx(np.log10(norms), abs=0.0006)  # three decimals are sent


def test_ten_sigmoids_leave_less_than_a_quarter_to_the_tenth() -> None:
    run = trace_depth(10, "sigmoid")
    assert run["products"][0] < 10 * np.log10(0.25)
    assert run["products"] == sorted(run["products"])
    assert run["norms"][0] < run["norms"][-1] - 5
    assert "vanishes" in run["summary"]


def test_what_mends_it_and_what_breaks_it_is_what_the_course_says() -> None:
    assert "nearly level" in trace_depth(10, "relu", "Kaiming")["summary"]
    assert "nearly level" in trace_depth(10, "tanh", "Xavier")["summary"]
    assert "changes by a factor" in trace_depth(10, "sigmoid", "Xavier", residual=True)["summary"]
    high = trace_depth(10, "relu", "deviation 1")
    assert high["norms"][0] > 11
    assert "far too high" in high["summary"]
    assert "far too low" in trace_depth(10, "relu", "deviation 0.05")["summary"]
    assert trace_depth(10, "relu", "deviation 0.05")["norms"][0] < -5


def test_units_without_a_slope_are_dead_and_zero_gradients_are_said() -> None:
    zeros = trace_depth(3, "relu", "zeros")
    assert zeros["dead"] == [WIDTH] * 3
    assert zeros["norms"] == [None] * 4
    assert "exactly 0" in zeros["summary"]
    assert trace_depth(3, "tanh")["dead"] == [0] * 3
    # A ReLU unit of a wide layer is off for all of 64 examples now and then, deep in a narrow range.
    assert "dead" in trace_depth(30, "relu", "deviation 1")["sentences"][20]


def test_a_message_is_small() -> None:
    assert len(json.dumps(trace_depth(30, "elu", "Kaiming"))) < 50_000


def test_settings_are_kept_in_range_and_make_a_new_run() -> None:
    explorer = DepthExplorer(3, "relu", "Kaiming")
    explorer.layer = 100
    assert explorer.sentence.startswith("The output layer")
    before = explorer.run
    explorer.depth = 1000
    assert explorer.value("depth") == 30
    assert explorer.run != before
    explorer.seed, before = 4, explorer.run
    assert explorer.run != before


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"depth": "deep"}, "no such layers"),
        ({"depth": np.inf}, "no such layers"),
        ({"activation": "step"}, "no such activation"),
        ({"init": "constant"}, "no such weights"),
        ({"residual": "yes"}, "no such residual blocks"),
        ({"seed": -1}, "no such seed"),
        ({"seed": 0.5}, "no such seed"),
    ],
)
def test_what_cannot_be_explored_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        DepthExplorer(**settings)


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    explorer = DepthExplorer(10, "sigmoid")
    explorer.kept = [{"label": "before", "norms": explorer.run["norms"]}]
    bundle, _ = explorer._repr_mimebundle_()
    assert bundle["image/png"]
    assert explorer.run["summary"] in bundle["text/plain"]
    assert "zeros" in str(DepthExplorer(2, "relu", "zeros"))
