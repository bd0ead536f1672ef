"""The trace of node objects: who calls whose addgrad, with the framework's own numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from backprop_course import edf
from backprop_course.widgets import EdfStepper, trace_edf


@pytest.fixture(autouse=True)
def _no_graph_is_left_behind() -> Iterator[None]:
    edf.clear_compgraph()
    yield
    edf.clear_compgraph()


class OwnSigmoid(edf.CompNode):
    """NB08.E04 as a learner writes it."""

    def __init__(self, x: Any) -> None:
        super().__init__(x)
        self.x = x

    def forward(self) -> None:
        self.value = 1 / (1 + np.exp(-self.x.value))

    def backward(self) -> None:
        self.x.addgrad(self.grad * self.value * (1 - self.value))


def network(activation: Any = edf.Sigmoid) -> Any:
    rng = np.random.default_rng(3)
    x = edf.Input(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    labels = edf.Input(np.array([0, 1, 1]))
    hidden, output = edf.AffineParams(2, 4, rng), edf.AffineParams(4, 2, rng)
    return edf.CrossEntropyLoss(edf.Softmax(edf.Affine(output, activation(edf.Affine(hidden, x)))), labels)


def sums(trace: dict[str, Any]) -> dict[str, Any]:
    """What each node holds at the end."""
    names = [node["name"] for node in trace["nodes"]]
    return {names[edge["source"]]: edge["sum"] for edge in trace["edges"] if edge["carries"]}


@pytest.mark.parametrize("activation", [edf.Sigmoid, OwnSigmoid], ids=["the package's", "a learner's"])
def test_parameters_end_with_the_frameworks_gradients(activation: Any) -> None:
    loss = network(activation)
    trace = trace_edf(loss)
    assert trace["error"] == ""
    edf.Forward()
    edf.Backward(loss)
    expected = {"w1": 0, "b1": 1, "w2": 2, "b2": 3}
    for name, place in expected.items():
        np.testing.assert_array_equal(np.array(sums(trace)[name]), edf.Parameters[place].grad)


def test_the_graph_is_read_off_the_attributes() -> None:
    trace = trace_edf(network())
    formulas = {node["name"]: node["formula"] for node in trace["nodes"] if node["kind"] == "compute"}
    assert formulas == {
        "affine1": "Affine(w1, b1, x)",
        "sigmoid": "Sigmoid(affine1)",
        "affine2": "Affine(w2, b2, sigmoid)",
        "softmax": "Softmax(affine2)",
        "loss": "CrossEntropyLoss(softmax, labels)",
    }


def test_a_parameter_is_sent_one_gradient_for_each_example_and_sums_them() -> None:
    trace = trace_edf(network())
    said = next(s["sentence"] for s in trace["steps"] if "addgrad of w2" in s["sentence"])
    assert "one gradient for each example, (3, 4, 2) in all; w2 sums them" in said
    edge = next(e for e in trace["edges"] if trace["nodes"][e["source"]]["name"] == "w2" and e["carries"])
    np.testing.assert_allclose(np.sum(edge["downstream"], axis=0), edge["sum"], rtol=1e-14)


def test_the_loss_goes_straight_to_the_logits_and_softmax_sends_zeros() -> None:
    trace = trace_edf(network())
    senders = [s["sentence"] for s in trace["steps"] if "addgrad of affine2" in s["sentence"]]
    assert [s.split()[0] for s in senders] == ["loss", "softmax"]
    assert "All that it sends is zero." in senders[1]


def test_the_seed_is_the_mean() -> None:
    said = next(s for s in trace_edf(network())["steps"] if s["phase"] == "backward")["sentence"]
    assert "[0.3333, 0.3333, 0.3333]" in said
    assert "N = 3" in said


def test_the_objects_are_as_before() -> None:
    loss = network()
    before = [dict(vars(node)).keys() for node in edf.CompNodes]
    trace_edf(loss)
    for node, names in zip(edf.CompNodes, before, strict=True):
        assert "addgrad" not in vars(node)
        assert set(vars(node)) - set(names) <= {"value", "grad", "log_value"}


@pytest.mark.parametrize("loss", [None, 3.0, edf.Input(np.ones(2))], ids=["nothing", "a number", "an input"])
def test_what_is_no_loss_leaves_a_sentence(loss: Any) -> None:
    assert "a CompNode made since clear_compgraph()" in trace_edf(loss)["error"]


def test_a_loss_of_a_graph_that_was_cleared_leaves_a_sentence() -> None:
    loss = network()
    edf.clear_compgraph()
    assert "made since clear_compgraph()" in trace_edf(loss)["error"]


def test_a_share_of_the_wrong_shape_leaves_the_frameworks_words() -> None:
    class Summed(OwnSigmoid):
        def backward(self) -> None:
            self.x.addgrad((self.grad * self.value * (1 - self.value)).sum(axis=0))

    assert "was sent a cotangent of the wrong shape" in trace_edf(network(Summed))["error"]


def test_a_node_that_raises_is_quoted_with_its_line() -> None:
    class Broken(OwnSigmoid):
        def backward(self) -> None:
            self.x.addgrad(self.grad * self.slope)  # type: ignore[attr-defined]  # on purpose

    error = trace_edf(network(Broken))["error"]
    assert "AttributeError" in error
    assert "slope" in error


def test_the_stepper_has_text_picture_and_plain_json() -> None:
    stepper = EdfStepper(network())
    json.dumps(stepper.trace, allow_nan=False)
    data, _ = stepper._repr_mimebundle_()
    assert "loss = CrossEntropyLoss(softmax, labels) = shape (3,)" in data["text/plain"]
    assert data["image/png"]
