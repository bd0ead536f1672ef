"""The trace of the graph stepper: numbers, steps and sentences, without a browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import Tensor, grad, value_and_grad
from backprop_course.errors import UsageError
from backprop_course.widgets import trace_graph

from .functions import fan_out, layer, logistic

W1 = (2.0, -1.0, 1.5, 0.0)
TEXT = 5e-7  # numbers of the course text are given with six decimals


def node(trace: dict[str, Any], name: str) -> int:
    return [n["name"] for n in trace["nodes"]].index(name)


def value(trace: dict[str, Any], name: str) -> Any:
    return trace["nodes"][node(trace, name)]["number"]


def bar(trace: dict[str, Any], name: str) -> Any:
    """What the node has accumulated at the end: the sum on the last edge that came back to it."""
    return [
        edge["sum"] for edge in trace["edges"] if edge["source"] == node(trace, name) and edge["carries"]
    ][-1]


def edge(trace: dict[str, Any], source: str, target: str) -> dict[str, Any]:
    ends = node(trace, source), node(trace, target)
    return next(e for e in trace["edges"] if (e["source"], e["target"]) == ends)


def test_logistic_least_squares_has_the_numbers_of_the_text() -> None:
    trace = trace_graph(logistic, *W1)
    assert value(trace, "z") == 2
    assert value(trace, "y") == pytest.approx(0.880797, abs=TEXT)
    assert value(trace, "L") == pytest.approx(0.387902, abs=TEXT)
    assert bar(trace, "y") == pytest.approx(0.880797, abs=TEXT)
    assert bar(trace, "z") == bar(trace, "b") == pytest.approx(0.092478, abs=TEXT)
    assert bar(trace, "w") == pytest.approx(0.138717, abs=TEXT)


def test_a_fan_out_shows_both_paths_and_their_running_sum() -> None:
    trace = trace_graph(fan_out, 2.0)
    assert value(trace, "L") == pytest.approx(-9.081630, abs=TEXT)
    assert bar(trace, "y") == pytest.approx(-10.114131, abs=TEXT)
    assert bar(trace, "x") == pytest.approx(-40.456524, abs=TEXT)
    paths = [e for e in trace["edges"] if e["source"] == node(trace, "y")]
    assert sum(e["downstream"] for e in paths) == pytest.approx(-10.114131, abs=TEXT)
    assert paths[0]["sum"] == paths[0]["downstream"]
    assert all(e["term"] for e in paths)
    assert edge(trace, "x", "y")["term"] == ""
    step = next(s for s in trace["steps"] if s["edge"] == trace["edges"].index(paths[1]))
    first, second, total = paths[0]["term"], paths[1]["term"].replace("−", "(−") + ")", "−10.114131"
    assert f"y_bar adds it up: {first} + {second} = {total}" in step["sentence"]


@pytest.mark.parametrize(("f", "args"), [(logistic, W1), (fan_out, (2.0,))], ids=["logistic", "fan_out"])
def test_on_every_edge_downstream_is_upstream_times_local(f: Any, args: tuple[float, ...]) -> None:
    trace = trace_graph(f, *args)
    for e in trace["edges"]:
        assert e["downstream"] == pytest.approx(e["upstream"] * e["local"], rel=1e-14)  # one rounding


@pytest.mark.parametrize(("f", "args"), [(logistic, W1), (fan_out, (2.0,))], ids=["logistic", "fan_out"])
def test_the_trace_ends_with_the_engines_gradient(f: Any, args: tuple[float, ...]) -> None:
    trace = trace_graph(f, *args)
    gradient = grad(f, tuple(range(len(args))))(*args)
    names = [n["name"] for n in trace["nodes"] if n["kind"] == "input"]
    assert [bar(trace, name) for name in names] == pytest.approx(list(map(float, gradient)), rel=1e-14)


def test_forward_steps_come_in_order_then_one_step_per_edge() -> None:
    trace = trace_graph(fan_out, 2.0)
    phases = [s["phase"] for s in trace["steps"]]
    assert phases == ["start"] + ["forward"] * 4 + ["backward"] * 6 + ["end"]
    known = {node(trace, "x")}
    for step in trace["steps"][1:5]:
        inputs = {e["source"] for e in trace["edges"] if e["target"] == step["node"]}
        assert inputs <= known
        known.add(step["node"])
    assert [s["edge"] for s in trace["steps"][5:11]] == [None, 0, 1, 2, 3, 4]


def test_a_cotangent_leaves_a_node_only_when_it_is_complete() -> None:
    trace = trace_graph(fan_out, 2.0)
    edges = trace["edges"]
    for i, e in enumerate(edges):
        assert all(later["source"] != e["target"] for later in edges[i:])


def test_sentences_name_upstream_local_and_downstream() -> None:
    trace = trace_graph(logistic, *W1)
    y, z = node(trace, "y"), node(trace, "z")
    forward = next(s for s in trace["steps"] if s["phase"] == "forward" and s["node"] == y)
    assert forward["sentence"] == "Forward 3 of 6: y = σ(z) = σ(2) = 0.880797."
    back = next(s for s in trace["steps"] if s["phase"] == "backward" and s["node"] == z)
    assert back["sentence"].endswith(
        "from y to z: upstream y_bar = 0.880797, times local ∂y/∂z = 0.104994, gives downstream 0.092478. "
        "z_bar = 0.092478."
    )
    assert "w_bar = 0.138717" in trace["steps"][-1]["sentence"]


def test_arguments_can_be_given_names() -> None:
    trace = trace_graph(lambda a: a * a, 3.0, names=["θ"])
    assert trace["nodes"][0]["name"] == "θ"
    assert "θ_bar = 6" in trace["steps"][-1]["sentence"]


def test_numbers_written_in_the_formula_are_not_boxes() -> None:
    trace = trace_graph(fan_out, 2.0)
    assert [n["name"] for n in trace["nodes"]] == ["x", "y", "u", "v", "L"]
    assert trace["nodes"][2]["label"] == ["u", " = 3 × y"]


def test_constant_arrays_are_boxes_that_nothing_comes_back_to() -> None:
    data = np.array([1.0, 2.0])
    trace = trace_graph(lambda w: (w * data).sum(), 3.0)
    constant = next(i for i, n in enumerate(trace["nodes"]) if n["kind"] == "constant")
    assert trace["nodes"][constant]["bar"] == ""
    assert [e["carries"] for e in trace["edges"] if e["source"] == constant] == [False]
    assert bar(trace, "w") == 3


def test_one_operand_used_twice_makes_two_edges() -> None:
    trace = trace_graph(lambda x: x * x, 3.0)
    assert [(e["source"], e["target"], e["downstream"]) for e in trace["edges"]] == [(0, 1, 3.0), (0, 1, 3.0)]
    assert trace["edges"][1]["sum"] == 6


def test_a_local_variable_that_is_bound_again_keeps_names_apart() -> None:
    def f(x: Any) -> Any:
        x = x * 2.0
        return x * x

    names = [n["name"] for n in trace_graph(f, 3.0)["nodes"]]
    assert len(set(names)) == len(names) == 3


def test_what_nobody_named_keeps_clear_of_the_names_that_are_given() -> None:
    trace = trace_graph(lambda v1, v2: v1 * v2 + v1, 2.0, 3.0)
    assert [n["name"] for n in trace["nodes"]] == ["v1", "v2", "u1", "u2"]


def test_arrays_show_shapes_and_small_values() -> None:
    W, x, b = np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2)
    trace = trace_graph(layer, W, x, b)
    assert trace["error"] == ""
    assert trace["nodes"][node(trace, "W")]["shape"] == [2, 3]
    product = edge(trace, "W", "v1")
    assert product["local"] is None
    step = trace["steps"][1 + [s["edge"] for s in trace["steps"][1:]].index(trace["edges"].index(product))]
    assert "the local Jacobian ∂v1/∂W of shape (2, 2, 3)" in step["sentence"]
    assert step["ask"]["kind"] == "shape"
    assert step["ask"]["shape"] == [2, 3]
    _, (W_bar, x_bar, b_bar) = value_and_grad(layer, (0, 1, 2))(W, x, b)
    for name, expected in (("W", W_bar), ("x", x_bar), ("b", b_bar)):
        np.testing.assert_allclose(bar(trace, name), expected, rtol=1e-14)


def test_the_slope_of_an_operation_entry_by_entry_is_its_diagonal() -> None:
    h = np.array([0.5, -1.0])
    trace = trace_graph(lambda x: np.tanh(x).sum(), h)
    np.testing.assert_allclose(edge(trace, "x", "v1")["local"], 1 - np.tanh(h) ** 2, rtol=1e-14)


def test_large_arrays_are_described_not_sent() -> None:
    trace = trace_graph(lambda x: (x * x).sum(), np.ones((100, 100)))
    assert trace["nodes"][0]["number"] is None
    assert trace["nodes"][0]["value"] == "shape (100, 100)"
    assert len(json.dumps(trace)) < 50_000


def test_an_input_that_nothing_depends_on_has_gradient_zero() -> None:
    trace = trace_graph(lambda x, unused: 2 * x, 3.0, 4.0)
    assert any(s["sentence"].startswith("No path leads from unused") for s in trace["steps"])
    assert "x_bar = 2 and unused_bar = 0." in trace["steps"][-1]["sentence"]


@pytest.mark.parametrize("f", [lambda x: x, lambda x: Tensor(3.0)], ids=["identity", "constant"])
def test_a_function_without_operations_has_a_trace(f: Any) -> None:
    trace = trace_graph(f, 2.0)
    assert trace["error"] == ""
    assert [s["phase"] for s in trace["steps"]][-1] == "end"


def test_an_output_of_many_entries_is_walked_forward_only_and_says_why() -> None:
    trace = trace_graph(lambda x: x * 2, np.ones(3))
    assert {s["phase"] for s in trace["steps"]} == {"start", "forward", "end"}
    assert "reduce it" in trace["steps"][-1]["sentence"]
    assert not any(e["carries"] for e in trace["edges"])


def test_a_value_that_is_not_finite_is_said_and_the_trace_stays_plain_json() -> None:
    trace = trace_graph(lambda x: np.log(x) * x, -1.0)
    said = [s["sentence"] for s in trace["steps"] if "not a finite number" in s["sentence"]]
    assert len(said) == 2
    assert "the first such value" in said[0]
    assert "the first such value" not in said[1]
    assert json.loads(json.dumps(trace, allow_nan=False)) == trace


def test_a_function_that_raises_leaves_a_sentence_with_its_line() -> None:
    def f(x: Any) -> Any:
        return x / {}["missing"]

    trace = trace_graph(f, 1.0)
    assert trace["error"].startswith("f raised KeyError: 'missing'")
    assert "{}[" in trace["error"]
    assert trace["steps"] == []


def test_integers_leave_the_engines_own_words() -> None:
    assert "write 2.0" in trace_graph(lambda x: x * x, 2)["error"]


def test_a_graph_that_is_too_large_to_read_leaves_a_sentence() -> None:
    def f(x: Any) -> Any:
        for _ in range(200):
            x = x * 1.01
        return x

    assert "draws at most 120" in trace_graph(f, 1.0)["error"]


def test_wrong_use_raises_and_says_how_to_mend_it() -> None:
    with pytest.raises(UsageError, match=r"write GraphStepper\(f, x\)"):
        trace_graph(3.0)  # type: ignore[arg-type]  # on purpose
    with pytest.raises(UsageError, match="names with 4 entries"):
        trace_graph(logistic, *W1, names=["w"])


def test_prediction_accepts_three_digits_and_not_the_wrong_sign() -> None:
    trace = trace_graph(logistic, *W1)
    ask = next(s["ask"] for s in trace["steps"] if s["phase"] == "backward" and s["node"] == node(trace, "w"))
    assert ask["low"] <= 0.139 <= ask["high"]
    assert not ask["low"] <= -0.139 <= ask["high"]
    assert not ask["low"] <= 0.092478 <= ask["high"]
    assert "0.138717" not in ask["sentence"]


def test_beside_the_edge_a_question_covers_local_and_downstream() -> None:
    for step in trace_graph(fan_out, 2.0)["steps"]:
        if step["edge"] is not None:
            assert [part["text"] for part in step["question"]][2:] == ["?", " = ", "?"]
            covered = [part for part in step["equation"] if part["answer"] or part["secret"]]
            assert {part["role"] for part in covered} >= {"local", "downstream"}
