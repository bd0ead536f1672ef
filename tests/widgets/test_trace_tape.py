"""The trace of a learner's own tape: what their backward does, and what is said where the class is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course import grad, relu
from backprop_course.widgets import TapeStepper, trace_tape

from .own_tape import Tensor, add, first_program, multiply, total


def said(trace: dict[str, Any], part: str) -> list[str]:
    return [step["sentence"] for step in trace["steps"] if part in step["sentence"]]


def shown(trace: dict[str, Any], name: str, step: int) -> list[str]:
    """What the row of a node holds at a step."""
    row = next(row for row in trace["table"]["rows"] if row["name"] == name)
    return [[text for start, text in cell if start <= step][-1] for cell in row["cells"]]


def last(trace: dict[str, Any]) -> int:
    return len(trace["steps"]) - 1


class Hasty(Tensor):
    """Goes by distance from the end, and seeds nothing anew: both are slips of NB07.W4."""

    def backward(self) -> None:
        if not np.any(self.grad):
            self.grad = np.ones(self.value.shape)
        waiting, seen = [self], []
        while waiting:
            node = waiting.pop(0)
            if node not in seen:
                seen.append(node)
                node._backward()
                waiting += node._prev


def hasty_program() -> dict[str, Tensor]:
    x = Tensor(2.0, True)
    a = multiply(x, x)
    b = multiply(a, a)
    c = add(a, b)
    c.__class__ = Hasty
    return {"x": x, "a": a, "b": b, "c": c}


def test_grads_arrive_closure_by_closure_with_the_engines_numbers() -> None:
    nodes = first_program()
    trace = trace_tape(nodes["o"], **nodes)
    assert trace["error"] == ""
    expected = grad(lambda x, y: relu(x * y + y), (0, 1))(3.0, 2.0)
    assert [shown(trace, name, last(trace))[-1] for name in "xy"] == [f"{float(g):g}" for g in expected]
    order = [s.split(" is called")[0] for s in said(trace, "is called")]
    assert order == [f"The closure of {name}" for name in "owwzz"]
    assert said(trace, "y_bar adds it up: 1 + 3 = 4, from all its paths.")
    assert trace["steps"][-1]["sentence"].endswith("A sound walk over your closures gives the same.")


def test_the_ledger_holds_the_grads_of_the_step_that_is_shown() -> None:
    nodes = first_program()
    trace = trace_tape(nodes["o"], **nodes)
    first, second = (
        k for k, s in enumerate(trace["steps"]) if s["phase"] == "backward" and s["node"] == 1 and s["edge"]
    )
    assert shown(trace, "y", first - 1) == ["input", "2", "0"]
    assert shown(trace, "y", first)[-1] == "1"
    assert shown(trace, "y", second)[-1] == "4"


def test_operations_are_called_as_the_functions_that_made_the_closures() -> None:
    nodes = first_program()
    trace = trace_tape(nodes["o"], **nodes)
    assert [node["label"] for node in trace["nodes"]][2:] == [
        ["z", " = x × y"],
        ["w", " = z + y"],
        ["o", " = relu(w)"],
    ]


def test_looking_changes_no_grad_and_no_closure() -> None:
    nodes = first_program()
    nodes["o"].backward()
    held = {name: (node.grad, node.grad.copy(), node._backward) for name, node in nodes.items()}
    trace_tape(nodes["o"], **nodes)
    for name, node in nodes.items():
        array, numbers, closure = held[name]
        assert node.grad is array
        assert node._backward is closure
        np.testing.assert_array_equal(node.grad, numbers)


def test_leaves_add_to_what_they_held_and_it_is_said() -> None:
    nodes = first_program()
    nodes["x"].grad = np.array(5.0)
    trace = trace_tape(nodes["o"], **nodes)
    assert said(trace, "x_bar adds it up: 5 + 2 = 7")
    assert trace["steps"][-1]["sentence"].endswith("x held something before, and leaves add up.")


def test_an_operand_that_is_given_twice_gets_both_shares_at_once() -> None:
    x = Tensor(3.0, True)
    trace = trace_tape(multiply(x, x), x=x)
    assert said(trace, "x is its operand twice; the shares come together.")
    assert shown(trace, "x", last(trace))[-1] == "6"


def test_arrays_are_walked_too() -> None:
    x, w = Tensor([1.0, -2.0, 3.0], True), Tensor([0.5, 0.5, 2.0])
    trace = trace_tape(total(multiply(x, w)), x=x, w=w)
    assert shown(trace, "x", last(trace))[-1] == "[0.5, 0.5, 2]"
    assert "w" not in [row["name"] for row in trace["table"]["rows"]]  # it has asked for no gradient


def test_a_walk_in_a_wrong_order_is_shown_as_it_is_and_explained() -> None:
    nodes = hasty_program()
    trace = trace_tape(nodes["c"], **nodes)
    assert shown(trace, "x", last(trace))[-1] == "4"  # 36 in truth: x**2 + x**4 at 2
    assert trace["steps"][-1]["sentence"].endswith(
        "A sound walk over your closures gives x_bar = 36. "
        "The closure of a was called before all shares had come to it."
    )


def test_inner_nodes_that_keep_an_earlier_call_are_named() -> None:
    x = Tensor(2.0, True)
    q = multiply(x, x)
    r = multiply(q, q)
    r.__class__ = Hasty
    r.backward()
    trace = trace_tape(r, x=x, q=q, r=r)
    assert "q began with what an earlier call had left; inner nodes begin at zero." in said(trace, "Done.")[0]


def test_a_closure_that_ignores_what_arrives_is_noticed_on_its_edge() -> None:
    x = Tensor(3.0, True)
    q = multiply(x, x)

    def deaf() -> None:
        x.grad = x.grad + 2 * x.value

    q._backward = deaf
    trace = trace_tape(multiply(q, Tensor(5.0)), x=x, q=q)
    assert said(trace, "does the closure use the grad of its result?")


def without(field: str) -> Any:
    nodes = first_program()
    delattr(nodes["z"], field)
    return nodes


def changed(**fields: Any) -> Any:
    nodes = first_program()
    for field, value in fields.items():
        setattr(nodes["z"], field, value)
    return nodes


def circle() -> Any:
    nodes = first_program()
    nodes["x"]._prev = (nodes["w"],)
    return nodes


def wrong_share() -> Any:
    nodes = first_program()
    x, z = nodes["x"], nodes["z"]

    def spread() -> None:
        x.grad = x.grad + np.ones(3)

    z._backward = spread
    return nodes


BROKEN: dict[str, tuple[Callable[[], Any], str, str]] = {
    "no value": (lambda: without("value"), "The node z has no field value", "a number or an array"),
    "no grad": (lambda: without("grad"), "The node z has no field grad", "floats in the shape of value"),
    "no _prev": (lambda: without("_prev"), "has no field _prev", "the tuple of its operands"),
    "no _backward": (lambda: without("_backward"), "has no field _backward", "no arguments"),
    "a set": (lambda: changed(_prev={1}), "operands in a set", "loses their order"),
    "a call": (lambda: changed(_backward=None), "cannot be called", "without parentheses"),
    "a Tensor in value": (lambda: changed(value=Tensor(1.0)), "value that is no number", "a.value"),
    "another shape": (lambda: changed(grad=np.zeros(3)), "another shape than its value", "shape ()"),
    "a share of another shape": (wrong_share, "After the closure of z was called, x has", "unbroadcast"),
    "a cycle": (circle, "is behind itself", "that was there before it"),
}


@pytest.mark.parametrize("broken", BROKEN, ids=BROKEN.keys())
def test_a_broken_class_leaves_a_sentence_that_says_what_was_expected(broken: str) -> None:
    make, what, expected = BROKEN[broken]
    nodes = make()
    trace = trace_tape(nodes["o"], **nodes)
    assert trace["steps"] == []
    assert what in trace["error"]
    assert expected in trace["error"]


def test_what_no_operation_has_returned_leaves_a_sentence() -> None:
    assert "NoneType with none of the five fields" in trace_tape(None)["error"]


def test_a_class_without_backward_is_told_how_to_get_one() -> None:
    class Bare:
        def __init__(self) -> None:
            self.value = self.grad = 1.0
            self.requires_grad, self._prev, self._backward = True, (), print

    assert "Tensor.backward = backward" in trace_tape(Bare())["error"]


def test_a_backward_that_raises_is_quoted_and_leaves_the_closures_in_place() -> None:
    a, b = Tensor(1.0), Tensor(2.0)
    c = add(a, b)
    closure = c._backward
    assert "raised RuntimeError: nothing behind this Tensor" in trace_tape(c, a=a, b=b)["error"]
    assert c._backward is closure


def test_more_nodes_than_can_be_read_leave_a_sentence() -> None:
    x = Tensor(1.0, True)
    for _ in range(130):
        x = add(x, x)
    assert "at most 120 nodes" in trace_tape(x)["error"]


def test_the_stepper_has_text_picture_and_plain_json() -> None:
    nodes = first_program()
    stepper = TapeStepper(nodes["o"], x=nodes["x"], y=nodes["y"], z=nodes["z"], w=nodes["w"], o=nodes["o"])
    json.dumps(stepper.trace, allow_nan=False)
    data, _ = stepper._repr_mimebundle_()
    assert "w to y: 1 × 1 = 1, y_bar = 1" in data["text/plain"]
    assert data["image/png"]
    stepper.step = 1000
    assert stepper.sentence == stepper.trace["steps"][-1]["sentence"]
