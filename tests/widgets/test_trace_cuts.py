"""The trace of the granularity switch: cuts that differ in their steps and agree in value and slopes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import Tensor, affine, grad, logsumexp, sigmoid, silu, softmax, softplus
from backprop_course.widgets import GranularitySwitch, trace_cuts
from backprop_course.widgets._cuts import FORMULAS, contract, finer
from backprop_course.widgets._operations import Recording, record
from backprop_course.widgets._walks import carry

from .functions import fan_out, layer, logistic

W1 = (2.0, -1.0, 1.5, 0.0)
LAYER = (np.arange(6.0).reshape(2, 3) / 10, np.ones(3), np.zeros(2))


def cut(trace: dict[str, Any], name: str) -> dict[str, Any]:
    return next(cut for cut in trace["cuts"] if cut["name"] == name)


def formulas(trace: dict[str, Any], name: str) -> list[str]:
    """How the computed nodes of a cut are written, without their values."""
    nodes = cut(trace, name)["trace"]["nodes"]
    return [node["title"].split(", ")[0] for node in nodes if node["kind"] == "compute"]


def slopes(recording: Recording) -> dict[str, Any]:
    inputs = {i: op.name for i, op in enumerate(recording.operations) if op.kind == "input"}
    sums = {c.source: c.sum for c in carry(recording)}
    return {name: sums[i] for i, name in inputs.items()}


def test_the_lines_of_a_program_are_its_middle_cut() -> None:
    trace = trace_cuts(logistic, *W1)
    assert [cut["name"] for cut in trace["cuts"]] == ["whole", "line by line", "as recorded", "written out"]
    assert formulas(trace, "whole") == ["L = (σ(w × x + b) − t)² / 2"]
    assert formulas(trace, "line by line") == ["z = w × x + b", "y = σ(z)", "L = (y − t)² / 2"]
    assert formulas(trace, "written out")[2:6] == ["v3 = −z", "v4 = exp(v3)", "v5 = 1 + v4", "y = 1 / v5"]


@pytest.mark.parametrize(
    ("f", "args"), [(logistic, W1), (fan_out, (2.0,)), (layer, LAYER)], ids=["logistic", "fan-out", "arrays"]
)
def test_every_cut_has_the_engines_slopes(f: Any, args: tuple[Any, ...]) -> None:
    expected = grad(f, tuple(range(len(args))))(*args)
    recorded = record(f, args, None, "f")
    for recording in (
        contract(recorded, set()),
        contract(recorded, {"z", "y", "h"}),
        finer(f, args, (), "f"),
    ):
        found = slopes(recording)
        assert len(found) == len(args)
        for bar, reference in zip(found.values(), expected, strict=True):
            np.testing.assert_allclose(bar, reference, rtol=1e-12)  # the order of a few sums differs


@pytest.mark.parametrize(
    ("name", "f", "x"),
    [
        ("sigmoid", lambda x: sigmoid(x), 0.7),
        ("tanh", lambda x: np.tanh(x), 0.7),
        ("softplus", lambda x: softplus(x), 0.7),
        ("silu", lambda x: silu(x), 0.7),
        ("square", lambda x: np.square(x), 0.7),
        ("softmax", lambda x: softmax(x)[..., 0].sum(), np.array([[0.3, -1.0, 2.0]])),
        ("logsumexp", lambda x: logsumexp(x, axis=1).sum(), np.array([[0.3, -1.0, 2.0]])),
        ("affine", lambda x: affine(x, Tensor(np.ones((3, 2))), Tensor(np.ones(2))).sum(), np.ones((4, 3))),
    ],
)
def test_what_is_written_out_is_the_same_function(name: str, f: Any, x: Any) -> None:
    assert name in FORMULAS
    written = finer(f, (x,), (), "f")
    assert name not in [op.function for op in written.operations]
    np.testing.assert_allclose(written.operations[written.output].value, np.asarray(f(x)), rtol=1e-14)
    np.testing.assert_allclose(slopes(written)["x"], np.asarray(grad(f)(x)), rtol=1e-12)


def test_powers_are_written_out_as_products() -> None:
    trace = trace_cuts(lambda x: x**3, 2.0)
    assert formulas(trace, "written out") == ["v1 = x × x", "v2 = v1 × x"]


def test_brackets_stand_where_they_are_needed_and_nowhere_else() -> None:
    def f(x: Any) -> Any:
        return (x + 1) * (x - (x - 2)) / (x * 3) - np.exp(x + 1)

    assert formulas(trace_cuts(f, 2.0), "whole") == ["v9 = (x + 1) × (x − (x − 2)) / (x × 3) − exp(x + 1)"]


def test_a_value_that_several_use_stays_a_node_unless_the_whole_is_one() -> None:
    trace = trace_cuts(lambda x: (x * x) + np.sin(x * x), 2.0)
    recorded = cut(trace, "as recorded")["trace"]
    assert cut(trace, "whole")["row"][1] == "1"
    assert len(recorded["nodes"]) == 5


def test_the_table_counts_operations_edges_and_numbers() -> None:
    trace = trace_cuts(logistic, *W1)
    counts = {cut["name"]: cut["row"][1:4] for cut in trace["cuts"]}
    assert counts["whole"] == ["1", "4", "1"]
    assert counts["line by line"] == ["3", "6", "3"]
    assert counts["as recorded"] == ["6", "9", "6"]
    assert counts["written out"] == ["9", "13", "9"]


def test_cuts_that_change_nothing_are_left_out() -> None:
    assert [cut["name"] for cut in trace_cuts(lambda x: np.sin(x), 1.0)["cuts"]] == ["as recorded"]


def test_where_a_fine_cut_overflows_it_is_said() -> None:
    trace = trace_cuts(lambda z: sigmoid(z), -800.0)
    assert (
        "look at the slope of z. One rule for the whole can be the safer one."
        in trace["cuts"][-1]["sentence"]
    )
    json.dumps(trace, allow_nan=False)


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (lambda x: x * (1 / 0), 1.0, "ZeroDivisionError"),
        (lambda x: x * 2, np.ones(3), "sum it up"),
        (lambda x: sum((x * k for k in range(99)), x), 1.0, "draws at most 120"),
    ],
    ids=["raises", "array", "long"],
)
def test_what_cannot_be_shown_leaves_a_sentence(f: Any, x: Any, why: str) -> None:
    widget = GranularitySwitch(f, x)
    assert why in widget.sentence
    assert why in str(widget)
    assert widget._repr_mimebundle_()[0]["image/png"]


def test_the_switch_has_text_and_picture_and_keeps_within_its_cuts() -> None:
    switch = GranularitySwitch(logistic, *W1)
    assert switch.trace["cuts"][switch.cut]["name"] == "as recorded"
    switch.cut = 100
    assert switch.cut == 3
    data, _ = switch._repr_mimebundle_()
    assert "line by line  3" in data["text/plain"]
    assert "v3 = −z = −2" in data["text/plain"]
    assert data["image/png"]
