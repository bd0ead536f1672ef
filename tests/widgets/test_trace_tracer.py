"""The trace of a walk over traced nodes: the dictionary step by step, sound and unsound walks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from backprop_course import tape
from backprop_course.tape import Node, primitive_vjps, toposort
from backprop_course.widgets import TracerStepper, trace_tracer


def program(x: Any) -> Any:
    y = x * x
    return y * tape.exp(-y) + x


def dictionary(trace: dict[str, Any], name: str) -> list[str]:
    """What the entry of a node says, one text after the other."""
    row = next(row for row in trace["table"]["rows"] if row["name"] == name)
    return [text for _, text in row["cells"][-1]]


def last_sentence(trace: dict[str, Any]) -> str:
    return str(trace["steps"][-1]["sentence"])


def own_pass(g: Any, end: Any) -> Any:
    """NB08.E02 as a learner writes it; the values are copied on the way."""
    outgrads = {end: g}
    for node in toposort(end):
        outgrad = outgrads.pop(node)
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            share = primitive_vjps[node.fun][argnum](outgrad, np.array(node.value), *node.args, **node.kwargs)
            before = outgrads.get(parent)
            outgrads[parent] = share if before is None else before + share
    return outgrad


def overwriting_pass(g: Any, end: Any) -> Any:
    outgrads = {end: g}
    for node in toposort(end):
        outgrad = outgrads.pop(node)
        for argnum, parent in zip(node.argnums, node.parents, strict=True):
            rule = primitive_vjps[node.fun][argnum]
            outgrads[parent] = rule(outgrad, node.value, *node.args, **node.kwargs)
    return outgrad


@pytest.mark.parametrize("backward_pass", [None, own_pass], ids=["the package's", "a learner's"])
def test_the_dictionary_fills_and_empties_with_the_packages_numbers(backward_pass: Any) -> None:
    x = Node(2.0)
    trace = trace_tracer(program(x), backward_pass, x=x)
    assert trace["error"] == ""
    expected = tape.grad(program)(2.0)
    assert float(dictionary(trace, "x")[-1]) == pytest.approx(float(expected), abs=5e-7)  # six decimals
    assert dictionary(trace, "n0") == ["1", "taken out"]
    assert dictionary(trace, "n4") == ["0.018316", "−0.054947", "taken out"]
    assert len(dictionary(trace, "x")) == 3  # three shares meet in it
    assert last_sentence(trace).endswith("The entry of x is taken out last, and returned.")


def test_nodes_stand_in_the_order_of_the_walk() -> None:
    x = Node(2.0)
    end = program(x)
    trace = trace_tracer(end, x=x)
    names = [node["name"] for node in trace["nodes"]]
    assert names == ["x", "n4", "n3", "n2", "n1", "n0"]
    values = [node["number"] for node in reversed(trace["nodes"])]
    assert values == [float(node.value) for node in toposort(end)]


def test_what_overwrites_instead_of_adding_is_shown_and_explained() -> None:
    x = Node(2.0)
    trace = trace_tracer(program(x), overwriting_pass, x=x)
    assert "The rule of n4 is called with −0.073263; what had arrived is −0.054947." in last_sentence(trace)
    assert "a sound walk gives 0.780212" in last_sentence(trace)


def test_what_returns_nothing_is_told_what_the_answer_is() -> None:
    def forgets(g: Any, end: Any) -> None:
        own_pass(g, end)

    x = Node(2.0)
    assert "the entry of x, taken out last, is the answer" in last_sentence(
        trace_tracer(program(x), forgets, x=x)
    )


def test_constants_settings_and_arrays_are_read() -> None:
    x: Any = Node(np.array([1.0, 2.0, 3.0]))
    trace = trace_tracer(tape.sum(3.0 * x * np.array([1.0, 0.0, 2.0]), axis=0), x=x)
    assert trace["error"] == ""
    assert dictionary(trace, "x") == ["[3, 0, 6]"]
    assert any("axis=0" in node["formula"] for node in trace["nodes"])


def test_the_table_of_rules_is_as_before() -> None:
    before = {fun: dict(rules) for fun, rules in primitive_vjps.items()}
    x = Node(2.0)
    trace_tracer(program(x), lambda g, end: 1 / 0)
    trace_tracer(program(x))
    assert primitive_vjps == before


def test_a_table_without_a_rule_is_named() -> None:
    ceil = tape.primitive(np.ceil)
    assert "The table has no rule of ceil for argument 0" in trace_tracer(ceil(Node(1.5)))["error"]


def test_a_rule_with_the_wrong_shape_is_named() -> None:
    double = tape.primitive(lambda x: 2 * x)
    tape.defvjp(double, lambda g, ans, x: np.ones(2) * g)
    try:
        trace = trace_tracer(double(Node(1.5)), own_pass)
        assert "a share in another shape than its argument" in trace["error"]
    finally:
        del primitive_vjps[double]


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (3.0, "There is no Node to walk back from."),
        (None, "There is no Node to walk back from."),
        (Node(np.ones(3)), "sum it up with tape.sum"),
        (Node(Node(1.0)), "traced twice"),
    ],
    ids=["a number", "nothing", "an array", "a nested trace"],
)
def test_what_is_no_end_node_leaves_a_sentence(end: Any, why: str) -> None:
    assert why in trace_tracer(end)["error"]


def test_a_cycle_leaves_a_sentence() -> None:
    x: Any = Node(2.0)
    y = x * x
    z = y * y
    y.parents = (z, z)
    assert "behind itself" in trace_tracer(z)["error"]


def test_a_walk_that_raises_is_quoted() -> None:
    assert "raised ZeroDivisionError" in trace_tracer(program(Node(2.0)), lambda g, end: 1 / 0)["error"]


def test_the_stepper_has_text_picture_and_plain_json() -> None:
    x = Node(2.0)
    stepper = TracerStepper(program(x), x=x)
    json.dumps(stepper.trace, allow_nan=False)
    data, _ = stepper._repr_mimebundle_()
    assert "n3 to n4: 0.073263 × −1 = −0.073263, n4_bar = −0.054947" in data["text/plain"]
    assert data["image/png"]
