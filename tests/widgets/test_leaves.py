"""Inputs of the graph stepper that are changed: the numbers are those of the engine at the new place."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import Tensor, grad, trace
from backprop_course.errors import UsageError
from backprop_course.widgets import GraphStepper, trace_graph

from .functions import layer, logistic


def sums(trace: dict[str, Any]) -> dict[str, Any]:
    """What each node has accumulated at the end."""
    names = [node["name"] for node in trace["nodes"]]
    return {names[edge["source"]]: edge["sum"] for edge in trace["edges"] if edge["carries"]}


def guarded(x: Any) -> Any:
    if x.value < 0:
        raise ValueError("x is a length")
    return np.log(x)


def branching(x: Any) -> Any:
    return np.sin(np.exp(x * x)) if x.value > 1 else 3 * x


def test_a_changed_number_is_traced_with_the_engines_numbers_at_the_same_step() -> None:
    stepper = GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0)
    stepper.step = 11
    before = stepper.sentence
    stepper.changes = {"w": -0.5, "t": 1}
    assert stepper.step == 11
    assert stepper.sentence != before
    at = (-0.5, -1.0, 1.5, 1.0)
    expected = grad(logistic, (0, 1, 2, 3))(*at)
    found = sums(stepper.trace)
    assert [found[name] for name in "wbxt"] == [float(g) for g in expected]
    assert stepper.trace["nodes"][-1]["number"] == float(logistic(*at))
    assert stepper.leaves["changes"] == {"w": -0.5, "t": 1.0}
    stepper.changes = {}
    assert stepper.sentence == before


def test_a_recorded_graph_is_computed_again_and_stays_as_it_was() -> None:
    graph = trace(logistic, 2.0, -1.0, 1.5, 0.0)
    stepper = GraphStepper(graph)
    assert stepper.trace["steps"] == trace_graph(logistic, 2.0, -1.0, 1.5, 0.0)["steps"]
    stepper.changes = {"w": -0.5}
    expected = grad(logistic)(-0.5, -1.0, 1.5, 0.0)
    assert sums(stepper.trace)["w"] == float(expected)
    assert graph.nodes[0].value == 2.0


def test_a_computed_tensor_shows_the_expression_behind_it() -> None:
    w, x = Tensor(2.0, requires_grad=True, name="w"), Tensor([1.0, 3.0], requires_grad=True, name="x")
    loss = np.sum(np.tanh(w * x))
    stepper = GraphStepper(loss)
    assert stepper.trace["title"] == "Computation graph of this expression: 3 operations"
    assert [row["name"] for row in stepper.leaves["rows"]] == ["w", "x[0]", "x[1]"]
    stepper.changes = {"x[1]": 0.0}
    expected = grad(lambda w, x: np.sum(np.tanh(w * x)), (0, 1))(2.0, np.array([1.0, 0.0]))
    assert sums(stepper.trace)["w"] == float(expected[0])
    np.testing.assert_array_equal(sums(stepper.trace)["x"], expected[1])
    assert (w.grad, x.grad, x.value.tolist()) == (None, None, [1.0, 3.0])


def test_one_entry_of_an_array_is_changed_and_the_array_of_the_learner_is_not() -> None:
    W, x, b = np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2)
    stepper = GraphStepper(layer, W, x, b, ledger=True)
    assert [row["name"] for row in stepper.leaves["rows"]][:4] == ["W[0, 0]", "W[0, 1]", "W[0, 2]", "W[1, 0]"]
    stepper.changes = {"W[1, 2]": 2.0, "b[0]": -1.0}
    there = np.array([[0.0, 0.1, 0.2], [0.3, 0.4, 2.0]])
    expected = grad(layer, (0, 1, 2))(there, x, np.array([-1.0, 0.0]))
    found = sums(stepper.trace)
    for name, g in zip("Wxb", expected, strict=True):
        np.testing.assert_array_equal(found[name], g)
    assert W[1, 2] == 0.5
    assert stepper.trace["table"]["caption"] == "Ledger of shapes"


def test_trees_lists_and_narrow_floats_are_changed_where_they_are() -> None:
    def f(p: Any, x: Any) -> Any:
        return (p["w"][0] * x).sum() + p["b"]

    stepper = GraphStepper(f, {"w": [np.float32(2.0)], "n": 3, "b": 1.0}, [1.0, 2.0])
    names = [row["name"] for row in stepper.leaves["rows"]]
    assert names == ["p['w'][0]", "p['b']", "x[0]", "x[1]"]
    stepper.changes = {"p['w'][0]": 3.0, "x[1]": 4.0}
    assert stepper.trace["nodes"][-1]["number"] == 3.0 * 5.0 + 1.0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_no_finite_number_is_refused_in_a_sentence(value: float) -> None:
    stepper = GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0)
    stepper.changes = {"w": 1.0}
    stepper.changes = {"w": value}
    assert stepper.changes == {"w": 1.0}
    assert stepper.leaves["said"] == "w would be no finite number: the inputs are what they were."
    json.dumps(stepper.get_state(["changes", "leaves", "trace"]), allow_nan=False)


def test_outside_of_the_domain_the_first_value_that_is_not_finite_is_named() -> None:
    def f(x: Any) -> Any:
        v = np.log(x)
        return v * v

    stepper = GraphStepper(f, 2.0)
    stepper.changes = {"x": -1.0}
    said = "v = log(x) = nan for these inputs. What comes from it need not be right."
    assert stepper.leaves["said"] == said
    assert "not a finite number" in stepper.trace["steps"][1]["sentence"]
    stepper.changes = {"x": 1.0}
    assert stepper.leaves["said"] == ""


def test_where_the_function_raises_the_trace_before_stays_and_a_sentence_says_so() -> None:
    stepper = GraphStepper(guarded, 2.0)
    before = stepper.trace
    stepper.changes = {"x": -1.0}
    assert stepper.trace == before
    assert stepper.leaves["said"].startswith("guarded raised ValueError: x is a length (line ")
    assert stepper.leaves["said"].endswith("What is shown belongs to the inputs before.")
    stepper.changes = {"x": 1.0}
    assert stepper.leaves["said"] == ""
    assert stepper.sentence.startswith("Given: x = 1.")


def test_a_graph_that_becomes_shorter_is_shown_at_its_last_step() -> None:
    stepper = GraphStepper(branching, 2.0)
    stepper.step = len(stepper.trace["steps"]) - 1
    stepper.changes = {"x": 0.5}
    assert stepper.step == len(stepper.trace["steps"]) - 1
    assert stepper.sentence == "Done. The gradient of v1: x_bar = 3."


@pytest.mark.parametrize(
    ("changes", "says"), [({"q": 1.0}, "no input called 'q'"), ({"w": "1"}, "w is a number")]
)
def test_a_change_of_what_is_not_there_is_an_error(changes: dict[str, Any], says: str) -> None:
    stepper = GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0)
    with pytest.raises(UsageError, match=says):
        stepper.changes = changes


def test_where_nothing_can_be_traced_nothing_can_be_changed() -> None:
    stepper = GraphStepper(lambda x: 1 / 0, 1.0)
    assert stepper.leaves["rows"] == []
    assert stepper.asks == frozenset()


@pytest.mark.parametrize(
    ("value", "reach"), [(0.0, 2.0), (1.0, 2.0), (1.5, 5.0), (-7.0, 20.0), (0.01, 0.02), (float("nan"), 2.0)]
)
def test_a_slider_reaches_twice_as_far_as_the_value(value: float, reach: float) -> None:
    row = GraphStepper(lambda x: x * x, value).leaves["rows"][0]
    assert row["reach"] == pytest.approx(reach)  # a power of ten times 1, 2 or 5, up to rounding


def test_the_picture_does_not_shrink_while_values_change() -> None:
    stepper = GraphStepper(logistic, 2.123456, -1.0, 1.5, 0.0)
    boxes = [node["box"] for node in stepper.trace["nodes"]]
    stepper.changes = {"w": 2.0}
    assert [node["box"] for node in stepper.trace["nodes"]] == boxes
    assert trace_graph(logistic, 2.0, -1.0, 1.5, 0.0)["width"] < stepper.trace["width"]
