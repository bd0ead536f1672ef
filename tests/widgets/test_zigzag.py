"""The paths of the zig-zag against a loop by hand, and the widget around them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import data
from backprop_course.errors import UsageError
from backprop_course.widgets import ZigZag, trace_zigzag
from backprop_course.widgets._live import decimals
from backprop_course.widgets.trace_zigzag import STEPS, TARGET


def by_hand(inputs: Any, lr: float) -> Any:
    w, path = np.zeros(2), [np.zeros(2)]
    for x in inputs:
        w = w - lr * (w @ x - np.array(TARGET) @ x) * x
        path.append(w)
    return np.array(path)


def test_both_paths_are_those_of_the_formula() -> None:
    run = trace_zigzag(1.0, 0.4, 0.2, seed=3)
    json.dumps(run, allow_nan=False)
    drawn = np.random.default_rng(3).normal(1.0, 0.4, (STEPS, 2))
    for path, inputs in zip(run["paths"], (np.abs(drawn), data.standardize(drawn).apply(drawn)), strict=True):
        assert path == pytest.approx(by_hand(inputs, 0.2), abs=6e-5)  # four decimals are sent


@pytest.mark.parametrize("seed", range(5))
def test_positive_inputs_never_move_the_weights_in_opposite_directions(seed: int) -> None:
    run = trace_zigzag(seed=seed)
    assert run["mixed"][0] == 0
    assert run["mixed"][1] > STEPS / 4
    assert all("two signs" not in sentence.split("\n")[0] for sentence in run["sentences"])


def test_standardised_inputs_come_nearer_to_the_target() -> None:
    ends = [np.linalg.norm(np.subtract(path[-1], TARGET)) for path in trace_zigzag()["paths"]]
    assert ends[1] < 0.1 * ends[0]
    assert f"they are {ends[0]:.2f} and" in trace_zigzag()["said"]


def test_steps_that_run_away_are_cut_off_and_said() -> None:
    run = trace_zigzag(3.0, 1.5, 1.0)
    json.dumps(run, allow_nan=False)
    assert len(run["paths"][0]) < STEPS
    assert "grown without bounds" in run["sentences"][-1]
    assert "more than a thousand" in run["said"] or "e+" in run["said"]


def test_the_code_gives_the_ends_of_both_paths(capsys: pytest.CaptureFixture[str]) -> None:
    run = trace_zigzag(seed=2)
    exec(run["code"], {})
    distances = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    one, other = (decimals(distance, 2) for distance in distances)
    assert f"they are {one} and {other} away" in run["said"]


def test_settings_are_kept_in_range_and_make_new_paths() -> None:
    zigzag = ZigZag()
    zigzag.step = 1000
    assert "after 60 steps" in zigzag.sentence
    before = zigzag.run
    zigzag.rate = 1000
    assert zigzag.value("rate") == 1
    assert zigzag.run != before
    assert len(json.dumps(zigzag.run)) < 50_000


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"centre": np.nan}, "no such centre"),
        ({"spread": "wide"}, "no such spread"),
        ({"lr": np.inf}, "no such step size"),
        ({"seed": -3}, "no such seed"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        ZigZag(**settings)


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    bundle, _ = ZigZag()._repr_mimebundle_()
    assert bundle["image/png"]
    assert "Positive, after 0 steps: 1.41 away" in bundle["text/plain"]
