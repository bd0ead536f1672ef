"""The widget class: traits, text, picture, and the module it hands to the browser."""

from __future__ import annotations

import base64
import json
import re
import struct
import subprocess
import sys

import numpy as np
import pytest

from backprop_course.widgets import GraphStepper, trace_graph

from .functions import fan_out, layer, logistic

W1 = (2.0, -1.0, 1.5, 0.0)


@pytest.fixture
def stepper() -> GraphStepper:
    return GraphStepper(logistic, *W1)


def test_the_traits_are_the_trace_and_plain_json(stepper: GraphStepper) -> None:
    state = stepper.get_state()
    own = {name: state[name] for name in ("trace", "step", "known", "predict")}
    assert own == {"trace": trace_graph(logistic, *W1), "step": 0, "known": 0, "predict": False}
    json.dumps(own, allow_nan=False)


def test_a_step_outside_the_trace_becomes_the_nearest(stepper: GraphStepper) -> None:
    stepper.step = 1000
    assert stepper.step == len(stepper.trace["steps"]) - 1
    stepper.step = -3
    assert stepper.step == 0


def test_the_text_form_holds_every_number(stepper: GraphStepper) -> None:
    text = str(stepper)
    for row in (
        "  w = 2  (input)",
        "  y = σ(z) = 0.880797",
        "  L_bar = 1",
        "  y to z: 0.880797 × 0.104994 = 0.092478, z_bar = 0.092478",
        "Done. The gradient of L: w_bar = 0.138717, b_bar = 0.092478",
    ):
        assert row in text
    assert "y_bar = −10.114131" in str(GraphStepper(fan_out, 2.0))


def test_the_mimebundle_has_widget_text_and_picture(stepper: GraphStepper) -> None:
    data, _ = stepper._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == stepper.model_id
    assert data["text/plain"] == str(stepper)
    picture = base64.b64decode(data["image/png"])
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == pytest.approx(2 * stepper.trace["width"], abs=1)
    assert height == pytest.approx(2 * stepper.trace["height"], abs=1)


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (layer, (np.ones((2, 3)), np.ones(3), np.zeros(2))),
        (lambda x: np.log(x), (-1.0,)),
        (lambda x: x * 2, (np.ones(3),)),
        (lambda x: x.missing, (1.0,)),
    ],
    ids=["arrays", "nan", "no gradient", "raises"],
)
def test_every_trace_has_text_and_a_picture(f: object, args: tuple[object, ...]) -> None:
    stepper = GraphStepper(f, *args)  # type: ignore[arg-type]  # any callable
    data, _ = stepper._repr_mimebundle_()
    assert data["image/png"]
    assert len(data["text/plain"]) > 20
    assert stepper.sentence
    assert "GraphStepper" in repr(stepper)


def test_where_the_function_raises_the_text_form_says_so() -> None:
    assert "raised ZeroDivisionError" in str(GraphStepper(lambda x: 1 / 0, 1.0))


def test_the_module_is_one_file_without_network() -> None:
    source = GraphStepper._esm
    assert not re.search(r"^\s*import\b", source, re.MULTILINE)
    assert re.findall(r"^export.*$", source, re.MULTILINE) == ["export default { render };"]
    assert set(re.findall(r"https?://[^\"' ]+", source + GraphStepper._css)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in GraphStepper._css


def test_javascript_is_handed_no_mathematics() -> None:
    """Whatever differentiates or evaluates would need one of these; indexing and drawing need none."""
    assert not re.search(r"Math\.(exp|log|tanh|pow|sqrt|sin|cos)", GraphStepper._esm)


def test_the_course_without_its_widgets_imports_no_notebook_library() -> None:
    code = (
        "import sys, backprop_course;"
        "print([m for m in ('anywidget', 'matplotlib', 'IPython') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_widget_is_made_without_matplotlib() -> None:
    code = (
        "import sys; from backprop_course.widgets import GraphStepper;"
        "str(GraphStepper(lambda x: x * x, 2.0)); print('matplotlib' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
