"""The trace of the finite-difference microscope against theory, and the widget around it."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from backprop_course import Function
from backprop_course.errors import UsageError
from backprop_course.widgets import DifferenceMicroscope, trace_differences
from backprop_course.widgets.trace_differences import EXPONENTS, TOLERANCES, look_up


def waves(x: Any) -> Any:
    return np.sin(x**2)


def slope_of_waves(x: Any) -> Any:
    return 2 * x * np.cos(x**2)


TRACE = trace_differences(waves, 1.3, slope_of_waves)
H = 10.0 ** np.array(EXPONENTS)


def at(exponent: float) -> int:
    return EXPONENTS.index(exponent)


def relative(trace: dict[str, Any], name: str) -> Any:
    return 10.0 ** np.array(trace["curves"][name]["log"])


def test_the_trace_is_plain_json_and_starts_at_1e_15() -> None:
    json.dumps(TRACE, allow_nan=False)
    assert [TRACE["steps"][i]["text"] for i in (0, 1, 36, 56)] == ["1e−15", "1.8e−15", "1e−6", "0.1"]
    assert TRACE["title"] == "Differences of waves at x = 1.3"


@pytest.mark.parametrize(("exponent", "error"), [(-6.0, 4.3e-11), (-12.0, 1.0e-6), (-1.0, 2.2e-2)])
def test_the_central_error_is_that_of_the_formula_as_it_is_written(exponent: float, error: float) -> None:
    h = 10.0**exponent
    here = abs((waves(1.3 + h) - waves(1.3 - h)) / (2 * h) - slope_of_waves(1.3))
    shown = TRACE["curves"]["central float64"]["errors"][at(exponent)]
    assert float(shown.replace("−", "-")) == pytest.approx(here, rel=0.05)  # two digits are shown
    assert here == pytest.approx(error, rel=0.1)


@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("central", 2)])
def test_truncation_falls_with_its_order_and_the_line_of_theory_meets_it(method: str, order: int) -> None:
    errors = relative(TRACE, f"{method} float64")
    coarse, fine = at(-2.0), at(-4.0)
    # Two decades of h; the next order of Taylor's series changes the slope by about h, hence 1 %.
    assert np.log10(errors[coarse] / errors[fine]) == pytest.approx(2 * order, rel=0.01)
    theory = 10.0 ** TRACE["curves"][f"{method} float64"]["truncation"][fine]
    assert errors[fine] == pytest.approx(theory, rel=0.01)


@pytest.mark.parametrize("name", TRACE["curves"])
def test_no_error_is_above_truncation_and_rounding_together(name: str) -> None:
    curve = TRACE["curves"][name]
    bound = 10.0 ** np.array(curve["truncation"]) + 10.0 ** np.array(curve["rounding"])
    small = at(-2.0)  # for larger steps higher orders of Taylor's series count
    # Rounding is a first-order bound for one rounding each of x and of the value; sin(x**2) has three.
    assert np.all(relative(TRACE, name)[:small] <= 3 * bound[:small])


@pytest.mark.parametrize(("method", "power"), [("forward", 1 / 2), ("central", 1 / 3)])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_truncation_and_rounding_meet_at_the_power_of_the_precision(
    precision: str, method: str, power: float
) -> None:
    curve = TRACE["curves"][f"{method} {precision}"]
    meet = next(i for i, t in enumerate(curve["truncation"]) if t > curve["rounding"][i])
    # Up to a constant of the function, here between 0.1 and 2, and a quarter of a decade of the grid.
    assert EXPONENTS[meet] == pytest.approx(power * np.log10(np.finfo(precision).eps), abs=0.75)
    assert curve["sides"][meet - 1 : meet + 1] == [
        "Rounding is the larger part.",
        "Truncation is the larger part.",
    ]
    assert curve["log"][curve["best"]] == min(curve["log"])


def test_in_float32_a_step_that_is_too_short_does_not_move_x() -> None:
    assert TRACE["curves"]["central float32"]["estimates"][at(-9.0)] == "0"
    assert TRACE["curves"]["central float32"]["relatives"][at(-9.0)] == "1"


@pytest.mark.parametrize(
    ("step", "tolerance", "tested", "kind"),
    [
        (-6.0, -5.0, 0, "rightly passes"),
        (-12.0, -7.0, 0, "wrongly fails"),  # rounding is 3e-6 there
        (-1.0, -3.0, 0, "wrongly fails"),  # truncation is 7e-2 there
        (-6.0, -5.0, 2, "rightly fails"),  # too large by 1e-4
        (-6.0, -3.0, 2, "wrongly passes"),
    ],
)
def test_the_verdict_is_that_of_a_check_with_this_step_and_tolerance(
    step: float, tolerance: float, tested: int, kind: str
) -> None:
    h = 10.0**step
    estimate = (waves(1.3 + h) - waves(1.3 - h)) / (2 * h)
    slope = slope_of_waves(1.3) * (1 + 1e-4 * (tested == 2))
    passes = abs(slope - estimate) / max(abs(slope), abs(estimate)) <= 10.0**tolerance
    found = look_up(TRACE, "central", "float64", at(step), TOLERANCES.index(tolerance), tested)
    assert found["kind"] == kind
    assert passes == kind.endswith("passes")


def test_the_code_to_copy_gives_the_same_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    for step, answer in ((-6.25, "True"), (-12.0, "False")):
        code = look_up(TRACE, "central", "float64", at(step), TOLERANCES.index(-7.0), 0)["code"]
        exec(code, {"f": waves, "grad": slope_of_waves})
        assert capsys.readouterr().out.strip() == answer


def test_an_array_is_followed_along_one_direction_of_length_1(capsys: pytest.CaptureFixture[str]) -> None:
    x = np.array([[1.0, -2.0, 0.5]])
    trace = trace_differences(lambda x: np.sum(np.exp(x)), x, np.exp, seed=3)
    direction = np.random.default_rng(3).standard_normal(x.shape)
    direction /= np.linalg.norm(direction)
    assert float(trace["exact"].replace("−", "-")) == pytest.approx(np.sum(np.exp(x) * direction), rel=1e-9)
    assert "seed 3" in trace["title"]
    assert trace["tested"][0]["right"]
    code = look_up(trace, "forward", "float64", at(-8.0), TOLERANCES.index(-6.0), 0)["code"]
    exec(code, {"f": lambda x: np.sum(np.exp(x)), "grad": np.exp, "x": x})
    assert capsys.readouterr().out.strip() == "True"


def test_a_gradient_of_ones_own_that_is_wrong_is_known_to_be_wrong() -> None:
    trace = trace_differences(waves, 1.3, lambda x: 2 * np.cos(x**2))
    assert trace["tested"][0] == {"name": "your gradient", "right": False, "gaps": trace["tested"][0]["gaps"]}
    assert trace_differences(waves, 1.3)["tested"][0]["name"] == "the engine's gradient"


def test_a_derivative_of_zero_leaves_the_errors_absolute() -> None:
    trace = trace_differences(lambda x: x * x, 0.0)
    assert trace["note"] == "The derivative is 0 here, so all errors are absolute."
    assert trace["curves"]["forward float64"]["relatives"][at(-3.0)] == "1e−3"


def test_a_function_that_leaves_float32_is_told_apart() -> None:
    trace = trace_differences(lambda x: np.sin(np.float64(1.0) * x), 1.3)
    assert "computes in float64" in trace["note"]


class Cube(Function):
    """Saves what it computed on the way, so that it has no second derivative."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x * x)
        return x**3

    @staticmethod
    def backward(ctx: Any, out_bar: Any) -> Any:
        return 3 * ctx.saved_tensors[0] * out_bar


def test_where_there_is_no_third_derivative_the_lines_of_theory_are_left_out() -> None:
    trace = trace_differences(lambda x: Cube.apply(x), 2.0)
    assert "The slopes of theory are left out" in trace["note"]
    assert trace["curves"]["central float64"]["sides"][0] == ""
    assert trace["exact"] == "12"
    json.dumps(trace, allow_nan=False)


def raises(x: Any) -> Any:
    nothing: Any = None
    return nothing(x)


@pytest.mark.parametrize(
    ("f", "x", "grad", "says"),
    [
        (raises, 1.0, None, "raises raised TypeError: 'NoneType' object is not callable"),
        (waves, 1.0, raises, "raises raised TypeError: 'NoneType' object is not callable"),
        (lambda x: np.log(x), -1.0, None, "has the value nan"),
        (lambda x: x * np.ones(3), 1.0, None, "value is not one number"),
        (waves, 1.0, lambda x: np.ones(3), "The gradient under test has the wrong shape."),
        (lambda x: None, 1.0, None, "returned None"),
    ],
)
def test_functions_that_do_not_do_are_told_in_a_sentence(f: Any, x: Any, grad: Any, says: str) -> None:
    widget = DifferenceMicroscope(f, x, grad)
    assert says in widget.trace["error"]
    assert widget.sentence == str(widget) == widget.trace["error"]
    assert widget._repr_mimebundle_()[0]["image/png"]


@pytest.mark.parametrize("x", [np.nan, [], "one", [1.0, np.inf], None])
def test_a_point_that_is_none_is_told_in_a_sentence(x: Any) -> None:
    widget = DifferenceMicroscope(waves, x)
    assert widget.sentence == str(widget) == widget.trace["error"]
    assert widget.sentence.startswith("The microscope needs a point")
    assert repr(x) in widget.sentence
    data, _ = widget._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == widget.sentence


def test_ten_thousand_entries_are_one_point() -> None:
    widget = DifferenceMicroscope(lambda x: np.sum(np.sin(x)), np.linspace(-2, 2, 10_000))
    assert "shape (10000,)" in widget.trace["title"]
    assert widget.trace["tested"][0]["right"]
    assert len(json.dumps(widget.trace)) < 200_000


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(UsageError, match="takes f as a function"):
        DifferenceMicroscope(waves(1.3), 1.3)
    with pytest.raises(UsageError, match="takes grad as a function"):
        DifferenceMicroscope(waves, 1.3, 0.3)  # type: ignore[arg-type]


def test_the_widget_says_in_text_and_picture_what_it_shows() -> None:
    widget = DifferenceMicroscope(waves, 1.3)
    widget.method, widget.precision, widget.step = "forward", "float32", 1000
    assert widget.step == len(EXPONENTS) - 1
    assert widget.sentence.startswith("The forward difference in float32 with h = 0.1 is")
    data, _ = widget._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert widget.sentence in data["text/plain"]
    assert "  1e−12  " in data["text/plain"]
    assert len(repr(widget)) < 80
