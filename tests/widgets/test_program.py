"""Programs that a learner copies out of a stepper: they run, and make the numbers that are shown."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from backprop_course import affine, defvjp, edf, leaky_relu, logsumexp, primitive, sigmoid, softmax, tape
from backprop_course.widgets import (
    EdfStepper,
    GranularitySwitch,
    GraphStepper,
    TapeStepper,
    TracerStepper,
    trace_edf,
    trace_tape,
    trace_tracer,
)
from backprop_course.widgets._examples import node_objects, own_tape, tracer

from .functions import fan_out, layer, logistic
from .own_tape import first_program, total
from .own_tape import multiply as product
from .test_trace_edf import OwnSigmoid, network
from .test_trace_tracer import own_pass
from .test_trace_tracer import program as traced

RNG = np.random.default_rng(0)
W, X = RNG.standard_normal((2, 3)), RNG.standard_normal((2, 2, 2))
TARGETS = np.array([[0.0, 1.0], [1.0, 0.0]], dtype=np.float32)


def shapes(W: Any) -> Any:
    a = np.reshape(W, (3, 2)) @ W
    b = np.concatenate([a, W], axis=0)[1:, ..., -1]
    c = np.where(b > 0, b, 0.5).sum() + W.T[0, 1]
    return c + np.max(W, axis=1, keepdims=True).mean()


def ours(x: Any, W: Any) -> Any:
    softmax_ = softmax(leaky_relu(W, 0.1), axis=-1)
    sigmoid_ = sigmoid(logsumexp(softmax_, axis=1))
    grad = affine(W.T, np.ones((2, 2)), x[0, 0])
    return (sigmoid_ * grad.sum() - TARGETS.sum(axis=0)).sum()


def bound_again(x: Any) -> Any:
    y = np.tanh(x)
    y = -y
    y = 2 ** (y + 1) ** 2
    return (-y) ** 3 / (x - (x - y))


def long_constant(x: Any) -> Any:
    return (x * np.arange(1000.0)).sum()


def named_like_a_name_of_the_program(value: Any, name: Any) -> Any:
    at = value * name
    return at


named_like_a_name_of_the_program.__name__ = "value"


@primitive
def cube(x: Any) -> Any:
    return x**3


defvjp(cube, lambda out_bar, out, x: out_bar * 3 * x**2)

CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (logistic, (2.0, -1.0, 1.5, 0.0)),
    (fan_out, (2.0,)),
    (layer, (W, np.ones(3), np.zeros(2))),
    (shapes, (W,)),
    (ours, (X, np.float32(1) * RNG.standard_normal((2, 2)))),
    (bound_again, (0.5,)),
    (named_like_a_name_of_the_program, (2.0, 3.0)),
    (lambda x: np.sum(x * x), (np.array([1.0, np.inf]),)),
    (lambda x: x * 2, (np.ones(3, dtype=np.float32),)),
    (lambda x: x, (1.0,)),
    (lambda x: 3.0, (1.0,)),
]


def run(code: str, **known: Any) -> dict[str, Any]:
    """Run a program as a cell of a notebook would, with these names defined."""
    names: dict[str, Any] = {"__name__": "__main__", **known}
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(code, "<copied>", "exec"), names)
    return {**names, "printed": out.getvalue()}


@pytest.mark.parametrize(("f", "args"), CASES, ids=lambda case: getattr(case, "__name__", ""))
def test_the_program_of_a_graph_makes_its_value_and_gradients(
    f: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    trace = GraphStepper(f, *args).trace
    names = run(trace["code"])
    assert "your own" not in trace["code"]
    sums = {edge["source"]: edge["sum"] for edge in trace["edges"] if edge["carries"]}
    if "gradients" in names:
        inputs = [i for i, node in enumerate(trace["nodes"]) if node["kind"] == "input"]
        for i, gradient in zip(inputs, names["gradients"], strict=True):
            if i in sums and np.all(np.isfinite(gradient)):
                np.testing.assert_allclose(gradient, sums[i], rtol=1e-12)  # the same operations, in an order
        if trace["nodes"][-1]["number"] is not None and trace["nodes"][-1]["kind"] == "compute":
            assert names["value"] == trace["nodes"][-1]["number"]
    else:
        assert names["printed"].startswith("value [2. 2. 2.]")


def test_the_program_follows_a_changed_input() -> None:
    stepper = GraphStepper(logistic, 2.0, -1.0, 1.5, 0.0, ledger=True)
    stepper.changes = {"w": 0.25}
    names = run(stepper.trace["code"])
    assert names["at"] == (0.25, -1.0, 1.5, 0.0)
    assert "GraphStepper(logistic, *at, ledger=True)" in stepper.trace["code"]


def test_a_function_that_cannot_be_written_is_called_by_its_name() -> None:
    def squared(x: Any) -> Any:
        return cube(x) ** 2

    code = GraphStepper(squared, 2.0).trace["code"]
    assert "# squared is your own function: this runs where it is defined." in code
    assert run(code, squared=squared)["value"] == 64.0


def test_an_array_too_long_to_be_written_is_called_by_its_name() -> None:
    code = GraphStepper(long_constant, 2.0).trace["code"]
    assert "# constant: your own array of this name" in code
    assert run(code, constant=np.arange(1000.0))["value"] == 2 * 499500.0


@pytest.mark.parametrize(
    ("f", "args"), [(logistic, (2.0, -1.0, 1.5, 0.0)), (bound_again, (0.5,)), (layer, CASES[2][1])]
)
def test_every_cut_has_a_program_of_its_own(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    trace = GranularitySwitch(f, *args).trace
    values = []
    for cut in trace["cuts"]:
        values.append(float(run(cut["trace"]["code"])["value"]))
        computed = sum(node["kind"] == "compute" for node in cut["trace"]["nodes"])
        body = cut["trace"]["code"].split("    return ")[0]
        assert body.count("    ") >= computed  # one line each, in a function
    np.testing.assert_allclose(values, values[0], rtol=1e-12)  # cut otherwise, rounded otherwise
    assert len(trace["cuts"]) >= 3


IN_A_NOTEBOOK = """
import numpy as np

class Tensor:
    def __init__(self, value, requires_grad=False):
        self.value = np.array(value, dtype=float)
        self.grad = np.zeros(self.value.shape)
        self.requires_grad = requires_grad
        self._prev, self._backward = (), lambda: None

    def backward(self):
        self.grad = np.ones(self.value.shape)
        waiting = [self]
        while waiting:
            node = waiting.pop()
            node._backward()
            waiting += node._prev

    def __mul__(self, other):
        out = Tensor(self.value * other.value, True)
        out._prev = (self, other)
        def _backward():
            for x, y in ((self, other), (other, self)):
                if x.requires_grad:
                    x.grad = x.grad + y.value * out.grad
        out._backward = _backward
        return out

    def half(self):
        out = Tensor(self.value / 2, True)
        out._prev = (self,)
        def _backward():
            self.grad = self.grad + out.grad / 2
        out._backward = _backward
        return out

def pow(x, n, mode="plain"):
    out = Tensor(x.value**n, True)
    out._prev = (x,)
    slope = n * x.value ** (n - 1)
    def _backward():
        x.grad = x.grad + slope * out.grad * (n / n)
    out._backward = _backward
    return out

x = Tensor(3.0, requires_grad=True)
o = (pow(x, 2) * Tensor(0.5)).half()
"""


def test_the_program_of_a_tape_calls_the_learners_own_functions() -> None:
    nodes: dict[str, Any] = dict(first_program())
    names = run(trace_tape(nodes["o"], **nodes)["code"])
    assert [float(names[name].grad) for name in "xy"] == [2.0, 4.0]
    assert isinstance(names["picture"], TapeStepper)
    assert names["picture"].sentence == TapeStepper(nodes["o"], **nodes).sentence
    x = nodes["x"].__class__(np.arange(6.0).reshape(2, 3), True)
    names = run(trace_tape(total(product(x, x)), x=x)["code"])
    np.testing.assert_array_equal(names["x"].grad, 2 * x.value)


def test_what_a_notebook_defines_is_named_and_found_there() -> None:
    cell = run(IN_A_NOTEBOOK)
    code = trace_tape(cell["o"], x=cell["x"])["code"]
    assert "# Tensor and pow are your own: this runs where they are defined." in code
    for line in ("x = Tensor(3.0, requires_grad=True)", "v1 = pow(x, 2)", "v3 = v2.half()"):
        assert line in code
    assert "v2 = v1 * c0_5" in code
    names = run(code, Tensor=cell["Tensor"], pow=cell["pow"])
    assert names["v3"].value == cell["o"].value == 2.25
    assert names["x"].grad == 1.5


def test_where_a_call_cannot_be_known_there_is_no_program() -> None:
    nodes: dict[str, Any] = dict(first_program())
    nodes["o"]._backward = lambda: None  # made in no function
    assert trace_tape(nodes["o"])["code"] == ""


@pytest.mark.parametrize("walk", [None, own_pass], ids=["the package's", "a learner's"])
def test_the_program_of_a_tracer_makes_its_nodes_again(walk: Any) -> None:
    code = TracerStepper(traced(tape.Node(2.0)), walk).trace["code"]
    names = run(code)
    assert f"the gradient {tape.grad(traced)(2.0)}" in names["printed"]
    x = tape.Node(np.arange(6.0).reshape(2, 3))
    end = tape.sum(tape.power(tape.dot(np.array([1.0, 2.0]), x) / 2.0, 2), axis=0)
    names = run(trace_tracer(end, x=x)["code"])
    np.testing.assert_array_equal(names["x"].value, x.value)
    assert names["n0"].value == end.value


@pytest.mark.parametrize("activation", [edf.Sigmoid, OwnSigmoid], ids=["the package's", "a learner's"])
def test_the_program_of_node_objects_makes_them_again_with_the_same_weights(activation: Any) -> None:
    try:
        loss = network(activation)
        code = trace_edf(loss)["code"]
        grads = [parameter.grad.copy() for parameter in edf.Parameters]
        names = run(code)
        assert names["loss"] is not loss
        np.testing.assert_array_equal(names["loss"].value, loss.value)
        for name, grad in zip(("w1", "b1", "w2", "b2"), grads, strict=True):
            np.testing.assert_array_equal(names[name].grad, grad)
    finally:
        edf.clear_compgraph()


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (own_tape, TapeStepper, "Done. The gradient of o: x_bar = 2 and y_bar = 4."),
        (tracer, TracerStepper, "Done. The gradient of n0: x_bar = 0.780212."),
        (node_objects, EdfStepper, "Done. The gradient of loss: w1_bar = "),
    ],
)
def test_the_examples_of_the_gallery_are_sound_and_their_programs_run(
    make: Any, kind: Any, says: str
) -> None:
    before = edf.CompNodes[:], edf.Parameters[:]
    stepper = make()
    assert (edf.CompNodes, edf.Parameters) == before
    assert isinstance(stepper, kind)
    stepper.step = 1000
    assert stepper.sentence.startswith(says)
    try:
        assert run(stepper.trace["code"])["printed"]
    finally:
        edf.clear_compgraph()
