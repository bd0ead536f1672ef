"""The backward debugger: comparisons of functions and of exercises, the grid of cells, text and picture."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from autograder import check
from backprop_course.errors import UsageError
from backprop_course.widgets import BackwardDebugger, trace_backward
from backprop_course.widgets._compare import compare_backward
from backprop_course.widgets.trace_backward import MOST, look_up, start_of

RNG = np.random.default_rng(0)
X, W = RNG.standard_normal((5, 3)), RNG.standard_normal((3, 4))


def layer(X: Any, W: Any) -> Any:
    return np.tanh(X @ W)


def layer_backward(out_bar: Any, X: Any, W: Any) -> Any:
    z_bar = out_bar * (1 - np.tanh(X @ W) ** 2)
    return z_bar @ W.T, X.T @ z_bar


def half(out_bar: Any, X: Any, W: Any) -> Any:
    dX, dW = layer_backward(out_bar, X, W)
    dW[1, 2] /= 2
    return dX, dW


def unsummed(dY: Any, X: Any, W: Any) -> Any:
    return dY @ W.T, -X.T @ dY, dY


HALF = compare_backward(layer, half, (X, W))


def parts(comparison: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in comparison["parts"]}


def test_a_right_backward_is_right_beside_engine_and_differences() -> None:
    found = parts(compare_backward(layer, layer_backward, (X, W), seed=7))
    assert {name: part["state"] for name, part in found.items()} == {"dX": "right", "dW": "right"}
    out_bar = np.random.default_rng(7).standard_normal((5, 4))
    np.testing.assert_allclose(found["dX"]["right"], layer_backward(out_bar, X, W)[0], rtol=1e-12)
    # Central differences with step 1e-6 of numbers around 1 are right to about 1e-10.
    np.testing.assert_allclose(found["dW"]["numerical"], found["dW"]["right"], atol=1e-8)


def test_only_the_entry_that_is_wrong_is_called_wrong() -> None:
    found = parts(HALF)["dW"]
    assert (found["state"], found["detail"]) == ("wrong value", "1 of 12 entries")
    assert np.argwhere(found["wrong"]).tolist() == [[1, 2]]
    assert parts(HALF)["dX"]["state"] == "right"


def test_the_first_wrong_cell_is_where_one_looks_first() -> None:
    trace = trace_backward(HALF)
    assert start_of(trace) == {"part": 1, "row": 1, "column": 2}
    assert trace["parts"][1]["first"] == [1, 2]
    right = parts(HALF)["dW"]["right"][1, 2]
    shown = f"{right:.4g}".replace("-", "−")
    assert f"dW[1, 2]: yours {right / 2:.4g}".replace("-", "−") in look_up(trace, 1, 1, 2)
    assert f"reference {shown}, differences {shown}; relative error 0.5, ratio 0.5. Wrong." in look_up(
        trace, 1, 1, 2
    )
    assert look_up(trace, 0, 0, 0).endswith("relative error 0, ratio 1. Right.")


def test_the_trace_is_plain_json_with_shades_from_minus_1_to_1() -> None:
    trace = trace_backward(HALF)
    json.dumps(trace, allow_nan=False)
    for part in trace["parts"]:
        keys = [m["key"] for m in part["maps"]]
        assert keys == ["yours", "reference", "differences", "error", "ratio"]
        shades = {m["key"]: np.array(m["shades"]) for m in part["maps"]}
        assert max(np.abs(s).max() for s in shades.values()) <= 1
        np.testing.assert_array_equal(np.sign(shades["reference"]), np.sign(shades["differences"]))
    dX, dW = ({m["key"]: np.array(m["shades"]) for m in part["maps"]} for part in trace["parts"])
    assert not dX["error"].any()
    assert dW["error"][1, 2] > 0.9
    assert (dW["error"] > 0).sum() == 1
    assert dW["ratio"][1, 2] == pytest.approx(1 / 3, abs=1e-3)  # one halving; eight are full shade


def test_a_ratio_below_zero_is_hatched_however_near_to_one_it_is() -> None:
    trace = trace_backward(compare_backward(layer, lambda o, X, W: (-layer_backward(o, X, W)[0], W), (X, W)))
    ratio = {m["key"]: m for m in trace["parts"][0]["maps"]}["ratio"]
    assert {text for row in ratio["texts"] for text in row} == {"−1"}
    assert {shade for row in ratio["shades"] for shade in row} == {-0.6}


@pytest.mark.parametrize(
    ("backward", "said"),
    [
        (lambda o, X, W: (layer_backward(o, X, W)[0], 2 * layer_backward(o, X, W)[1]), "dW is 2 times"),
        (lambda o, X, W: (layer_backward(o, X, W)[0], layer_backward(o, X, W)[1].T), "after transposing"),
        (
            lambda o, X, W: (layer_backward(o, X, W)[0], np.stack([layer_backward(o, X, W)[1] / 5] * 5)),
            "dW is right after adding over axis 0",
        ),
    ],
)
def test_a_footprint_is_said_without_a_catalogue(backward: Any, said: str) -> None:
    assert said in " ".join(compare_backward(layer, backward, (X, W))["said"])


@pytest.mark.parametrize(
    ("backward", "state", "reason"),
    [
        (lambda o, X, W: (X, W[0]), "wrong shape", ""),
        (lambda o, X, W: (X, "text"), "missing", ""),
        (lambda o, X, W: (X, None), "missing", ""),
        (lambda o, X, W: X, "missing", "returned 1 values where 2 gradients"),
        (lambda o, X, W: 1 / 0, "missing", "raised ZeroDivisionError"),
        (lambda X, W: (X, W), "missing", "raised TypeError"),
        (lambda o, X, W: (X, W * np.nan), "wrong value", ""),
    ],
)
def test_whatever_backward_does_there_is_something_to_see(backward: Any, state: str, reason: str) -> None:
    debugger = BackwardDebugger(layer, backward, X, W)
    last = debugger.trace["parts"][-1]
    assert last["state"] == state
    assert reason in debugger.trace["reason"]
    assert "reference" in [m["key"] for m in last["maps"]]
    data, _ = debugger._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    json.dumps(debugger.trace, allow_nan=False)
    debugger.part = 1
    assert debugger.sentence.startswith("dW[")


def square(x: Any) -> Any:
    return np.sum(x**2)


def twice(x: Any) -> Any:
    return 2 * x


def thrice(x: Any) -> Any:
    return 3 * x


def test_a_nan_at_the_same_place_is_right_and_the_other_entries_are_still_compared() -> None:
    x = np.array([1.0, np.nan, -2.0])
    right, wrong = (BackwardDebugger(square, backward, x) for backward in (twice, thrice))
    assert right.trace["parts"][0]["state"] == "right"
    assert right.trace["parts"][0]["worst"] == "0"
    assert look_up(right.trace, 0, 0, 1).startswith("dx[1]: yours –, reference –")
    assert look_up(right.trace, 0, 0, 1).endswith("Right.")
    assert right.trace["said"] == []
    assert wrong.trace["parts"][0]["wrong"] == [[1, 0, 1]]
    assert wrong.trace["parts"][0]["worst"] == "0.3333"
    assert wrong.trace["said"] == ["dx is 1.5 times what is right, in every entry."]
    shades = {m["key"]: m["shades"][0] for m in wrong.trace["parts"][0]["maps"]}["error"]
    assert shades[1] == 0 < shades[0]
    json.dumps([right.trace, wrong.trace], allow_nan=False)


def test_only_an_equal_infinity_agrees_with_an_infinity() -> None:
    def inverse(x: Any) -> Any:
        return np.sum(1 / x)

    def minus(x: Any) -> Any:
        return -1 / x**2

    x = np.array([0.0, 2.0])
    with np.errstate(all="ignore"):
        part = BackwardDebugger(inverse, minus, x).trace["parts"][0]
        flipped = BackwardDebugger(inverse, lambda x: -minus(x), x).trace["parts"][0]
        finite = BackwardDebugger(inverse, lambda x: np.array([-9.0, -0.2]), x).trace["parts"][0]
    assert (part["state"], part["worst"]) == ("right", "0")
    assert flipped["wrong"] == finite["wrong"] == [[1, 1]]


@pytest.mark.parametrize(
    ("x", "says"),
    [
        (
            [np.nan, np.nan],
            "The inputs hold nan, so every entry of the reference is nan: nothing can be told.",
        ),
        ([-1.0, -2.0], "Every entry of the reference is nan: nothing can be told."),
    ],
)
def test_where_all_is_nan_a_sentence_says_that_nothing_can_be_told(x: list[float], says: str) -> None:
    def powers(x: Any) -> Any:
        return np.sum(x**0.5)

    with np.errstate(all="ignore"):
        debugger = BackwardDebugger(powers, lambda x: 0.5 * x**-0.5, np.array(x))
    assert debugger.trace["said"][0].startswith(says)
    bundle, _ = debugger._repr_mimebundle_()
    assert says in bundle["text/plain"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [(), (7,), (2, 3, 4), (1, 30), (40, 2)])
def test_arrays_of_any_number_of_axes_are_laid_out_as_rows(shape: tuple[int, ...]) -> None:
    x = RNG.standard_normal(shape)
    debugger = BackwardDebugger(lambda x: np.sum(x**2), lambda x: np.where(x == np.max(x), 0, 2 * x), x)
    part = debugger.trace["parts"][0]
    where = np.unravel_index(np.argmax(x), shape)
    index = f"[{', '.join(map(str, where))}]" if shape else ""
    if max(shape, default=0) <= MOST:
        assert debugger.sentence.startswith(f"dx{index}: yours 0, reference")
        assert debugger.sentence.endswith("relative error 1, ratio 0. Wrong.")
    else:
        assert f"The first wrong entry is dx{index}." in part["note"]
    assert len(part["rows"]) <= MOST
    assert part["columns"] <= MOST


def test_an_exercise_is_judged_by_the_check_that_is_handed_in() -> None:
    debugger = BackwardDebugger("NB06.E06", unsummed, check=check)
    assert [(p["name"], p["state"]) for p in debugger.trace["parts"]] == [
        ("dX", "right"),
        ("dW", "wrong value"),
        ("db", "wrong shape"),
    ]
    assert (debugger.part, debugger.row, debugger.column) == (1, 0, 0)
    text = str(debugger)
    for row in (
        "NB06.E06 affine_backward: partly right",
        "on N = 5, d = 3, k = 4",
        "  ✗ db  wrong shape: (5, 4) where (k,) = (4,) is asked for",
        "It looks like M03: the bias gradient is not summed over the batch.",
        "relative error 2, ratio −1. Wrong.",
    ):
        assert row in text


def test_another_version_is_looked_at_in_the_same_pictures() -> None:
    debugger = BackwardDebugger(layer, half, X, W)
    debugger.part, debugger.row, debugger.column = 1, 2, 3
    debugger.update(layer_backward)
    assert all(part["right"] for part in debugger.trace["parts"])
    assert (debugger.part, debugger.row, debugger.column) == (0, 0, 0)


def test_a_cell_outside_becomes_the_nearest() -> None:
    debugger = BackwardDebugger(layer, half, X, W)
    debugger.part, debugger.row, debugger.column = 9, 9, -9
    assert (debugger.part, debugger.row, debugger.column) == (1, 2, 0)


def test_the_code_to_copy_names_both_functions() -> None:
    assert "gradient_check(layer, *args, grad=half)" in BackwardDebugger(layer, half, X, W).trace["code"]
    code = BackwardDebugger("NB06.E06", unsummed, check=check).trace["code"].replace("{name}", "db")
    exec(code, {"unsummed": unsummed})


def test_what_cannot_be_compared_is_refused_or_told() -> None:
    with pytest.raises(UsageError, match="needs the check"):
        BackwardDebugger("NB06.E06", unsummed)
    with pytest.raises(UsageError, match="takes a backward function"):
        BackwardDebugger(layer, X, W)
    with pytest.raises(UsageError, match="nothing to differentiate by"):
        BackwardDebugger(layer, half)
    debugger = BackwardDebugger(lambda x: 1 / 0, half, X)
    assert "raised ZeroDivisionError" in str(debugger)
    assert debugger.sentence == debugger.trace["error"]
