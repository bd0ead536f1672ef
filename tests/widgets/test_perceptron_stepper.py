"""The perceptron's looks at examples against the rule by hand, and the widget around them."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course import data
from backprop_course.errors import UsageError
from backprop_course.widgets import PerceptronStepper, trace_perceptron
from backprop_course.widgets.trace_perceptron import GATES, LOOKS, MOST

RUNS = {run["name"]: run for run in trace_perceptron()["runs"]}


def by_hand(X: Any, t: Any, looks: int, eta: float = 1.0) -> list[Any]:
    """Weights (b, w1, w2) after each look at an example, by the rule as NB01.W3 writes it."""
    w, met = np.zeros(3), [np.zeros(3)]
    for k in range(looks):
        x, target = np.array([1.0, *X[k % len(X)]]), t[k % len(X)]
        w = w + eta * (target - int(w @ x > 0)) * x
        met.append(w)
    return met


def numbers(texts: list[str]) -> list[float]:
    return [float(text.replace("−", "-")) for text in texts]


@pytest.mark.parametrize("gate", GATES)
def test_weights_and_updates_are_those_of_the_rule_by_hand(gate: str) -> None:
    run = RUNS[gate]
    met = by_hand(*data.gate(gate), len(run["steps"]) - 1)
    for k, step in enumerate(run["steps"]):
        assert numbers(step["rows"]["after"]) == met[k].tolist()
        assert step["wrong"] == (k > 0 and not np.array_equal(met[k], met[k - 1]))


def test_the_trace_is_plain_json_and_small() -> None:
    # With all three gates it is sent once; a step then needs nothing more.
    assert len(json.dumps(trace_perceptron(), allow_nan=False)) < 60_000


def test_or_and_and_settle_and_xor_meets_its_weights_again() -> None:
    assert RUNS["or"]["updates"] == [1, 2, 1, 0]
    assert RUNS["and"]["updates"][-1] == 0
    assert "settled" in RUNS["or"]["ending"]
    assert min(RUNS["xor"]["updates"]) > 0
    assert "from before pass 3 again" in RUNS["xor"]["ending"]
    after = [step["rows"]["after"] for step in RUNS["xor"]["steps"]]
    assert after[2 * 4] == after[3 * 4] == after[8 * 4]
    assert after[0] != after[1 * 4] != after[2 * 4]


@pytest.mark.parametrize("gate", GATES)
def test_the_table_of_a_step_adds_up(gate: str) -> None:
    run = RUNS[gate]
    for step in run["steps"][1:]:
        rows = step["rows"]
        assert sum(numbers(rows["product"])) == numbers([rows["sum"]])[0]
        assert rows["output"] == str(int(numbers([rows["sum"]])[0] > 0))
        moved = np.add(numbers(rows["weight"]), numbers(rows["change"]))
        assert moved.tolist() == numbers(rows["after"])
        assert rows["target"] == str(run["targets"][step["example"]])


@pytest.mark.parametrize("gate", GATES)
def test_the_line_is_where_the_sum_is_zero_and_the_side_where_it_is_above(gate: str) -> None:
    for step in RUNS[gate]["steps"]:
        b, *w = numbers(step["rows"]["after"])
        for end in step["line"] or []:
            assert b + np.dot(w, end) == pytest.approx(0, abs=1e-3)  # four decimals, weights of at most 3
        if step["on"]:
            assert b + np.dot(w, np.mean(step["on"], axis=0)) > 0
        assert bool(step["line"]) == (any(w))  # all lines of the gates are in view


def test_the_line_before_is_that_of_the_step_before() -> None:
    steps = RUNS["xor"]["steps"]
    assert [step["before"] for step in steps[1:]] == [step["line"] for step in steps[:-1]]


def test_eta_scales_the_weights_and_changes_nothing_else() -> None:
    halved = trace_perceptron(("or",), eta=0.5)["runs"][0]
    assert halved["updates"] == RUNS["or"]["updates"]
    for one, other in zip(halved["steps"], RUNS["or"]["steps"], strict=True):
        assert np.multiply(2, numbers(one["rows"]["after"])).tolist() == numbers(other["rows"]["after"])


@pytest.mark.parametrize(
    "settings", [{"gate": "xor"}, {"gate": "nand"}, {"data": ([[0, 3], [2, 1.5]], ["a", "b"])}]
)
def test_the_code_to_copy_ends_where_the_run_ends(settings: dict[str, Any]) -> None:
    stepper = PerceptronStepper(eta=0.25, **settings)
    names: dict[str, Any] = {}
    exec(stepper.run["code"], names)
    assert names["updates"] == stepper.run["updates"]
    unit = names["unit"]
    last = stepper.run["steps"][-1]["rows"]["after"]
    assert numbers(last) == [float(unit.bias.value), *unit.weight.value]


def test_points_of_ones_own_take_the_place_of_the_gates() -> None:
    X, y = data.blobs(30, classes=2, rng=0)
    stepper = PerceptronStepper(data=(X, y), passes=3)
    assert (stepper.gate, len(stepper.trace["runs"])) == ("your data", 1)
    met = by_hand(X, y, 1)
    assert numbers(stepper.run["steps"][1]["rows"]["after"]) == pytest.approx(met[1], abs=1e-6)


def test_many_points_are_looked_at_in_fewer_passes() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(MOST, 2)), rng.integers(0, 2, size=MOST)
    run = trace_perceptron(data=(X, y), passes=50)["runs"][0]
    assert len(run["steps"]) - 1 <= LOOKS
    assert "not settled so far" in run["steps"][-1]["sentence"]
    assert "# X and t are your points" in run["code"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (([[0.0, np.nan]], [1]), "not finite"),
        (([], []), "at least one"),
        ((np.zeros((3, 1)), [0, 1, 0]), "two axes"),
        ((np.zeros((3, 2)), [0, 1, 2]), "two classes"),
        ((np.zeros((10_000, 2)), np.zeros(10_000)), "too many points"),
        ((np.zeros((3, 2)), [0, 1]), "row by row"),
        ((np.zeros((2, 2)), [[0], [1, 1]]), "row by row"),
        (3, "pair of points"),
        ((None, None), "made of numbers"),
    ],
)
def test_data_that_cannot_be_stepped_through_are_told_in_a_sentence(given: Any, says: str) -> None:
    stepper = PerceptronStepper(data=given)
    assert says in stepper.sentence
    assert str(stepper) == stepper.sentence
    assert stepper._repr_mimebundle_()[0]["image/png"]
    assert repr(stepper).startswith("<PerceptronStepper: ")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"gate": "maybe"}, "no such gate"),
        ({"gate": "not"}, "two inputs"),
        ({"passes": 0}, "passes"),
        ({"eta": 0}, "eta"),
        ({"eta": "fast"}, "eta"),
    ],
)
def test_settings_that_are_none_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        PerceptronStepper(**settings)


def test_steps_stay_in_the_run_and_a_new_gate_begins_at_the_start() -> None:
    stepper = PerceptronStepper("xor", step=1000)
    assert stepper.step == len(stepper.run["steps"]) - 1
    stepper.gate = "or"
    assert stepper.step == 0
    stepper.step = -3
    assert stepper.step == 0
    stepper.gate = "no gate"
    assert stepper.gate == "and"


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    stepper = PerceptronStepper("or")
    bundle, _ = stepper._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert "updates in each pass: [1, 2, 1, 0]" in bundle["text/plain"]
    assert stepper.run["ending"] in bundle["text/plain"]
